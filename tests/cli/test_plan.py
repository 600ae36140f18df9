from __future__ import annotations

import json
import re
from random import Random
from typing import Any

import pytest
import yaml

from tests.cli.tools import PROJECT, Shell, job, shell

__all__ = ["shell"]

AWS = PROJECT.replace(
    "spec: {type: local, timeScale: 0}",
    'spec: {type: aws-step-functions, region: us-east-1, accountId: "123456789012"}',
)


def test_the_plan_counts_last(shell: Shell) -> None:
    shell.write(job("a"), job("b", more="needs: [a]"), job("c", more="if: false"))
    outcome = shell("plan")
    assert outcome.code == 0
    assert outcome.out.splitlines()[-1] == "Plan: 2 to run, 1 skipped"


def test_detailed_exitcode_tells_changes_from_none(shell: Shell) -> None:
    shell.write(job("a"))
    assert shell("plan", "--detailed-exitcode").code == 2
    shell.write(job("a", more="if: false"))
    assert shell("plan", "--detailed-exitcode").code == 0


def test_a_saved_plan_is_the_json_plan(shell: Shell) -> None:
    shell.write(job("a"))
    outcome = shell("plan", "--format", "json", "-o", "plan.json")
    saved = json.loads((shell.folder / "plan.json").read_text())
    assert saved == outcome.data
    assert saved["counts"]["run"] == 1


def test_a_plan_that_cannot_be_saved_is_refused(shell: Shell) -> None:
    shell.write(job("a"))
    outcome = shell("plan", "-o", "nowhere/plan.json")
    assert outcome.code == 3
    assert "nowhere/plan.json" in outcome.err


def test_a_saved_plan_is_replaced_whole_also_where_a_link_leads_to_it(shell: Shell) -> None:
    shell.write(job("a"))
    shell("plan", "-o", "real.json")
    before = (shell.folder / "real.json").read_text()
    (shell.folder / "as-it-was.json").hardlink_to(shell.folder / "real.json")
    (shell.folder / "plan.json").symlink_to("real.json")
    shell.write(job("b"))
    shell("plan", "-o", "plan.json")
    assert (shell.folder / "plan.json").is_symlink()
    assert (shell.folder / "as-it-was.json").read_text() == before
    assert [each["name"] for each in shell.results("real.json")["jobs"]] == ["b"]


def test_a_device_that_takes_no_plan_is_refused(shell: Shell) -> None:
    shell.write(job("a"))
    assert shell("plan", "-o", "/dev/null").code == 0
    outcome = shell("plan", "-o", "/dev/full")
    assert outcome.code == 3
    assert "/dev/full: No space left on device" in outcome.err


def test_markdown(shell: Shell) -> None:
    shell.write(job("a"))
    assert "| " in shell("plan", "--format", "markdown").out


def test_offline_asks_nobody_and_says_what_it_does_not_know(shell: Shell) -> None:
    shell.write(job("a"), project=AWS)
    outcome = shell("plan", "--offline")
    assert outcome.code == 0
    assert "offline" in outcome.out


def test_local_plans_any_project_for_the_embedded_engine(shell: Shell) -> None:
    shell.write(job("a"), project=AWS)
    assert "embedded engine" in shell("plan", "--local").out


def test_selection(shell: Shell) -> None:
    shell.write(job("a"), job("b", more="needs: [a]"), job("c"))
    assert "Plan: 2 to run" in shell("plan", "--select", "+b").out
    assert "Plan: 2 to run" in shell("plan", "--exclude", "c").out
    refused = shell("plan", "--select", "b")
    assert refused.code == 3
    assert "+b" in refused.err
    assert shell("plan", "--select", "nothing*").code == 3


def test_variables_come_from_options_environment_and_files(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.write(job("a", more="parameters: {day: '${{ vars.day }}'}"))

    def planned(*arguments: str) -> object:
        return shell("plan", "--format", "json", *arguments).data["variables"]["day"]

    (shell.folder / "vars.yaml").write_text("day: 2026-01-01\n")
    assert planned() == "2026-11-19"
    assert planned("--var-file", "vars.yaml") == "2026-01-01"
    monkeypatch.setenv("STEPFLEET_VAR_day", "2026-02-02")
    assert planned("--var-file", "vars.yaml") == "2026-02-02"
    assert planned("--var", "day=2026-03-03") == "2026-03-03"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--var", "day=tomorrow"], "date"),
        (["--var", "dya=2026-01-01"], "day"),
        (["--var-file", "nowhere.yaml"], "nowhere.yaml"),
        (["--var-file", "../outside.yaml"], "outside.yaml"),
    ],
)
def test_bad_variables_are_refused(shell: Shell, arguments: list[str], says: str) -> None:
    shell.write(job("a"))
    (shell.folder.parent / "outside.yaml").write_text("day: 2026-01-01\n")
    outcome = shell("plan", *arguments)
    assert outcome.code == 3
    assert says in outcome.err


@pytest.mark.parametrize(
    "text", [b'day: "2026', b"day: [", b"day: \xff", b"day: !x a", b"day: *a", b"day: a\nday: b"]
)
def test_a_var_file_that_can_not_be_read_right_is_refused_with_its_place(
    shell: Shell, text: bytes
) -> None:
    shell.write(job("a"))
    (shell.folder / "vars.yaml").write_bytes(text)
    outcome = shell("plan", "--var-file", "vars.yaml")
    assert outcome.code == 3
    assert re.search(r"^vars\.yaml:\d+:\d+: ", outcome.err, re.MULTILINE)


def test_verbose_shows_values_whole(shell: Shell) -> None:
    shell.write(job("a", more=f"parameters: {{long: {'x' * 500}}}"))
    assert "x" * 500 in shell("plan", "--verbose").out


def test_a_variable_without_a_value_is_a_usage_error(shell: Shell) -> None:
    shell.write(job("a"))
    assert shell("plan", "--var", "day").code == 64


def test_what_the_embedded_engine_cannot_do_is_said_before_anything_starts(shell: Shell) -> None:
    shell.write(
        job("a", "invoke"),
        """\
---
apiVersion: stepfleet/v1
kind: StateMachine
metadata: {name: invoke}
spec:
  definition:
    StartAt: Call
    States:
      Call:
        Type: Task
        Resource: arn:aws:states:::lambda:invoke
        Parameters: {FunctionName: f}
        End: true
""",
    )
    outcome = shell("plan")
    assert outcome.code == 3
    assert "specs/all.yaml:41:7" in outcome.err
    assert "mocks" in outcome.err


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_machine_is_refused_in_its_own_words(shell: Shell, command: str) -> None:
    shell.write(job("a", more="needs: [nobody]"))
    outcome = shell(command, "--format", "json")
    assert outcome.code == 3
    assert "nobody" in outcome.data["diagnostics"][0]["message"]


def shuffled(value: Any, random: Random) -> Any:
    """The same value with the keys of every mapping in another order."""
    if isinstance(value, list):
        return [shuffled(child, random) for child in value]
    if not isinstance(value, dict):
        return value
    keys = random.sample(list(value), len(value))
    return {key: shuffled(value[key], random) for key in keys}


@pytest.mark.parametrize("seed", range(8))
def test_the_order_of_files_and_keys_changes_no_byte_of_the_plan(shell: Shell, seed: int) -> None:
    random = Random(seed)
    shell.write(
        job(
            "a",
            more="parameters: {x: 1, y: {type: object, value: {b: 1, a: [2]}}, z: '${{vars.day}}'}",
        ),
        job("b", more="needs: [a]\ntimeout: 5m\nretry: {maxAttempts: 2, interval: 1s}"),
        job("c", more="if: false"),
    )
    documents = list(yaml.safe_load_all((shell.folder / "specs" / "all.yaml").read_text()))
    folders = [shell.folder / "one", shell.folder / "two"]
    for folder in folders:
        folder.mkdir()
    plans = []
    for order in (documents, [shuffled(each, random) for each in documents]):
        for number, document in enumerate(order):
            text = yaml.safe_dump(document, sort_keys=False)
            (folders[number % 2] / f"{number}.yaml").write_text(text)
        paths = random.sample(["one", "two"], 2)
        plans.append(shell("plan", "--format", "json", *paths).out)
    assert '"run":2' in plans[0].replace(" ", "")
    assert plans[0] == plans[1]
