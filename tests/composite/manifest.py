"""An `action.yml` of a composite action of `run` steps; anything else in it is an error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from pathlib import Path

_TOP = {"name", "description", "author", "branding", "inputs", "outputs", "runs"}
_STEP = {"name", "id", "if", "shell", "run", "env", "working-directory"}


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a composite action; its texts still hold their expressions."""

    id: str
    name: str
    run: str
    condition: str
    env: dict[str, str]


@dataclass(frozen=True, slots=True)
class Manifest:
    """Inputs with their defaults, outputs with their values, and the steps."""

    inputs: dict[str, str]
    required: frozenset[str]
    outputs: dict[str, str]
    steps: tuple[Step, ...]


def read(path: Path) -> Manifest:
    """The action that lies at this path. Raises ValueError for what this runner can't run."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    _only(data, _TOP, "the action")
    if data["runs"]["using"] != "composite":
        raise ValueError("this is no composite action")
    _only(data["runs"], {"using", "steps"}, "runs")
    inputs = data.get("inputs", {})
    return Manifest(
        {name: _text(each.get("default", "")) for name, each in inputs.items()},
        frozenset(name for name, each in inputs.items() if each.get("required")),
        {name: each["value"] for name, each in data.get("outputs", {}).items()},
        tuple(_step(each, number) for number, each in enumerate(data["runs"]["steps"])),
    )


def _step(data: dict[str, Any], number: int) -> Step:
    _only(data, _STEP, f"step {number}")
    if data.get("shell") != "bash" or "run" not in data:
        raise ValueError(f"step {number} is no `run` with `shell: bash`")
    return Step(
        id=data.get("id", f"__{number}"),
        name=data.get("name", data["run"].split("\n")[0]),
        run=data["run"],
        condition=_text(data.get("if", "success()")),
        env={name: _text(value) for name, value in data.get("env", {}).items()},
    )


def _only(data: dict[str, Any], known: set[str], what: str) -> None:
    if unknown := sorted(data.keys() - known):
        raise ValueError(f"{what} has what this runner does not know: {', '.join(unknown)}")


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
