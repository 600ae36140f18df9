"""Workflows, the project's own, those that the documentation shows and that `init` writes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import workflow_examples
from tests.composite import expressions

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".github" / "workflows"
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
SHOWN = [
    (f"{page.stem}-{number}", text)
    for page in workflow_examples.PAGES
    for number, text in enumerate(workflow_examples.found_in(page), 1)
]
OWN = [(path.name, path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yml"))]
WRITTEN = list(workflow_examples.of_init().items())
ALL = [pytest.param(text, id=name) for name, text in [*OWN, *SHOWN, *WRITTEN]]

MAY_ASK = {
    "validate": {"contents": "read"},
    "drift": {"contents": "read", "id-token": "write"},
    "plan": {"contents": "read", "pull-requests": "write", "id-token": "write"},
    "apply": {"contents": "read", "pull-requests": "write", "id-token": "write"},
}
"""The most that a job may ask for, by the command of the action that it runs."""


def read(text: str) -> dict[str, Any]:
    # PyYAML reads the key `on` as true.
    data: dict[Any, Any] = yaml.safe_load(text)
    return {"on" if key is True else key: value for key, value in data.items()}


def steps_of(job: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for step in job["steps"] if "uses" in step]


def is_ours(step: dict[str, Any]) -> bool:
    return bool(re.match(r"\./|.*/stepfleet@", step.get("uses", "")))


def commands_of(job: dict[str, Any]) -> set[str]:
    return {step.get("with", {}).get("command", "plan") for step in steps_of(job) if is_ours(step)}


@pytest.mark.parametrize("text", ALL)
def test_permissions_are_the_least(text: str) -> None:
    workflow = read(text)
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        most = [MAY_ASK[command] for command in commands_of(job)] or [{"contents": "read"}]
        assert any(job["permissions"].items() <= each.items() for each in most)


@pytest.mark.parametrize("text", ALL)
def test_actions_of_others_are_pinned_by_their_whole_hash(text: str) -> None:
    for line in re.findall(r"^[ -]*uses: *(.*)", text, re.MULTILINE):
        assert re.fullmatch(r"\./( #.*)?|[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*", line), line


@pytest.mark.parametrize("text", ALL)
def test_no_checkout_keeps_its_token_and_no_job_is_without_an_end(text: str) -> None:
    for job in read(text)["jobs"].values():
        assert job["timeout-minutes"] > 0
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("text", ALL)
def test_the_action_is_given_inputs_that_it_has(text: str) -> None:
    for job in read(text)["jobs"].values():
        ours = {step.get("id"): step for step in steps_of(job) if is_ours(step)}
        for step in ours.values():
            assert step.get("with", {}).keys() <= ACTION["inputs"].keys()
        for output in re.findall(r"steps\.([\w-]+)\.outputs\.([\w-]+)", str(job)):
            assert output[0] in ours
            assert output[1] in ACTION["outputs"]


@pytest.mark.parametrize("text", ALL)
def test_what_is_applied_waits_its_turn_and_needs_an_approval(text: str) -> None:
    workflow = read(text)
    for job in workflow["jobs"].values():
        if "apply" in commands_of(job):
            concurrency = job.get("concurrency", workflow.get("concurrency"))
            assert (concurrency["cancel-in-progress"], concurrency["queue"]) == (False, "max")
            assert "${{" not in concurrency["group"]
            assert job["environment"]
            assert "pull_request" not in workflow["on"]


def event(*, same: bool, author: str) -> dict[str, Any]:
    head = {"repo": {"full_name": "acme/jobs" if same else "fork/jobs"}}
    pull = {"head": head, "user": {"login": author}, "number": 1.0}
    return {"github": {"repository": "acme/jobs", "event": {"pull_request": pull}}}


@pytest.mark.parametrize("text", ALL)
@pytest.mark.parametrize(
    ("same", "author", "runs"),
    [
        (True, "ann", "plan"),
        (False, "ann", "validate"),
        (True, "dependabot[bot]", "validate"),
        (False, "dependabot[bot]", "validate"),
    ],
)
def test_pull_requests_that_github_does_not_trust_are_validated_only(
    text: str, same: bool, author: str, runs: str
) -> None:
    workflow = read(text)
    assert "pull_request_target" not in workflow["on"]
    jobs = [job for job in workflow["jobs"].values() if commands_of(job)]
    if "pull_request" not in workflow["on"] or not jobs:
        return
    contexts, functions = event(same=same, author=author), {"success": lambda: True}
    running = [job for job in jobs if expressions.condition(job["if"], contexts, functions)]
    assert [commands_of(job) for job in running] == [{runs}]


def test_a_workflow_in_the_documentation_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    workflow = "on: push\njobs:\n  a: {}\n"
    page.write_text(f"x\n```yaml\n{workflow}```\n```yaml\nkind: Job\n```\n```yaml\non: x\n```\n")
    assert workflow_examples.found_in(page) == [workflow]
