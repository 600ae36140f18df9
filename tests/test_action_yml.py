"""What action.yml declares is what its steps use, and what its packages are is what we need."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from runner.cli.action import finishing
from runner.cli.action import inputs as given
from runner.cli.action.state import Result
from tests.composite import expressions, manifest

ROOT = Path(__file__).parent.parent
DATA: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = DATA["runs"]["steps"]
ACTION = manifest.read(ROOT / "action.yml")

TO_INSTALL = {"python-version", "embedded-engine"}
HANDED_ON = {
    "install": {"python", "folder"},
    "run": set[str](),
    "finish": {*finishing._OUTPUTS, "results-path"},
}
"""The outputs that each step writes."""


def used(text: str) -> set[str]:
    return {name for place in expressions.places(text) for name in expressions.references(place)}


def used_by(step: dict[str, Any]) -> set[str]:
    names = used(" ".join([step["run"], *map(str, step["env"].values())]))
    return names | set(expressions.references(step.get("if", "success()")))


def test_every_input_and_output_is_described() -> None:
    for each in (*DATA["inputs"].values(), *DATA["outputs"].values()):
        assert len(each["description"]) > 20
    assert all("default" in each for each in DATA["inputs"].values())
    for result in Result:
        assert f"`{result.value}`" in DATA["outputs"]["result"]["description"]


def test_the_defaults_are_what_the_action_takes() -> None:
    environ = {f"INPUT_{name.upper().replace('-', '_')}": "" for name in DATA["inputs"]}
    defaults = {name: each["default"] for name, each in DATA["inputs"].items()}
    said = {f"INPUT_{name.upper().replace('-', '_')}": text for name, text in defaults.items()}
    said["INPUT_GITHUB_TOKEN"] = ""
    assert given.read(said) == given.read(environ)


def test_all_that_steps_refer_to_exists() -> None:
    known = {f"inputs.{name}" for name in DATA["inputs"]} | {"always", "success"}
    for step in STEPS:
        assert used_by(step) <= known, step["name"]
        known |= {f"steps.{step['id']}.outcome"}
        known |= {f"steps.{step['id']}.outputs.{name}" for name in HANDED_ON[step["id"]]}
    for name, each in DATA["outputs"].items():
        assert used(each["value"]) == {f"steps.finish.outputs.{name}"}
    assert {each["default"] for each in DATA["inputs"].values() if "${{" in each["default"]} == {
        "${{ github.token }}"
    }


def test_every_input_reaches_the_steps_that_need_it() -> None:
    env = {step["id"]: dict(step["env"]) for step in STEPS}
    assert env["finish"].pop("RUN_OUTCOME") == "${{ steps.run.outcome }}"
    assert env["run"] == env["finish"]
    named = {f"INPUT_{name.upper().replace('-', '_')}": name for name in DATA["inputs"]}
    for variables in env.values():
        for variable, text in variables.items():
            if variable.startswith("INPUT_"):
                assert text == f"${{{{ inputs.{named[variable]} }}}}"
    to_install = {named[variable] for variable in env["install"]}
    rest = {named[variable] for variable in env["run"] if variable in named}
    assert (to_install, rest) == (TO_INSTALL, set(DATA["inputs"]) - TO_INSTALL)


def test_scripts_hold_no_expression_and_become_one_process() -> None:
    for step in STEPS:
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"
        assert re.fullmatch(r"exec [^|;&\n]+", step["run"].strip())
    assert [step["run"] for step in STEPS[1:]] == [
        'exec "$PYTHON" -I -m runner.cli.action run',
        'exec "$PYTHON" -I -m runner.cli.action finish',
    ]


@pytest.mark.parametrize(
    ("status", "python", "runs"),
    [("success", "p", True), ("failure", "p", True), ("cancelled", "p", True), ("x", "", False)],
)
def test_the_last_step_runs_whatever_happened_once_there_is_a_python(
    status: str, python: str, runs: bool
) -> None:
    outputs = expressions.Optional({"python": python} if python else {})
    contexts = {"steps": {"install": {"outputs": outputs}}}
    functions = {"always": lambda: True, "success": lambda: status == "success"}
    assert expressions.condition(ACTION.steps[2].condition, contexts, functions) is runs
    contexts = {"steps": {"finish": {"outputs": expressions.Optional()}}}
    assert expressions.render(ACTION.outputs["result"], contexts, {}) == "error"


LISTS = {"requirements.txt": [], "requirements-local.txt": ["local"]}


def pinned(name: str) -> dict[str, tuple[Version, int]]:
    """Each package in the list, with its version and how many hashes it has."""
    text = (ROOT / ".github" / "action" / name).read_text(encoding="utf-8")
    lines = [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]
    assert not re.search(r"https?:|--(?!hash=sha256:[0-9a-f]{64}\b)", _without_header(text))
    found: dict[str, tuple[Version, int]] = {}
    for line in (line for line in lines if not line.lstrip().startswith("#")):
        requirement = Requirement(line.partition("--hash=")[0])
        [specifier] = requirement.specifier
        assert specifier.operator == "=="
        hashes = line.count("--hash=sha256:")
        found[canonicalize_name(requirement.name)] = (Version(specifier.version), hashes)
    return found


def _without_header(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("#"))


@pytest.mark.parametrize("name", LISTS)
def test_what_is_installed_is_pinned_with_hashes_and_fits_the_project(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extra = [each for extra in LISTS[name] for each in project["optional-dependencies"][extra]]
    found = pinned(name)
    assert all(hashes for _, hashes in found.values())
    for requirement in map(Requirement, [*project["dependencies"], *extra]):
        version, _ = found[canonicalize_name(requirement.name)]
        assert version in requirement.specifier, requirement


def test_both_lists_hold_the_same_versions() -> None:
    plain, local = (pinned(name) for name in LISTS)
    assert plain == {name: local[name] for name in plain}
