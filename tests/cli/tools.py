"""Running the command line in this process, on projects written for a test."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from runner.cli.main import run

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = """\
apiVersion: stepfleet/v1
kind: Project
metadata: {name: shop}
spec:
  platform: here
  environment: [SHOP_TOKEN]
  variables:
    day: {type: date, default: 2026-11-19}
    password: {type: string, sensitive: true, default: ""}
---
apiVersion: stepfleet/v1
kind: Platform
metadata: {name: here}
spec: {type: local, timeScale: 0}
---
apiVersion: stepfleet/v1
kind: StateMachine
metadata: {name: echo}
spec:
  definition: {StartAt: Echo, States: {Echo: {Type: Pass, End: true}}}
---
apiVersion: stepfleet/v1
kind: StateMachine
metadata: {name: broken}
spec:
  definition: {StartAt: Break, States: {Break: {Type: Fail, Error: Broken, Cause: it broke}}}
"""


def job(name: str, machine: str = "echo", more: str = "") -> str:
    """A Job document; `more` are further lines of its spec."""
    lines = "".join(f"  {line}\n" for line in more.splitlines())
    return (
        "---\napiVersion: stepfleet/v1\nkind: Job\n"
        f"metadata: {{name: {name}}}\nspec:\n  stateMachine: {machine}\n{lines}"
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command left: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


class Shell:
    """Runs commands in a folder that holds a project under `specs`."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def write(self, *jobs: str, project: str = PROJECT) -> None:
        (self.folder / "specs").mkdir(exist_ok=True)
        (self.folder / "specs" / "all.yaml").write_text(project + "".join(jobs))

    def __call__(self, *arguments: str) -> Outcome:
        self._capsys.readouterr()
        code = run(arguments)
        written = self._capsys.readouterr()
        return Outcome(code, written.out, written.err)

    def results(self, name: str = "results.json") -> Any:
        return json.loads((self.folder / name).read_text())


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    """A shell in an empty folder, on a machine without settings of its own."""
    for name in ("GITHUB_ACTIONS", "GITHUB_SHA", "SHOP_TOKEN", "NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path, capsys)
