from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.tools import PROJECT, Shell, job, shell
from tests.fake_aws import FakeAws, RealClock
from tests.fake_aws.faults import Fault
from tests.fake_aws.fixtures import aws_environment
from tests.fake_aws.operations import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["aws_environment", "shell"]


@pytest.fixture
def fake(aws_environment: None) -> Iterator[FakeAws]:
    """An endpoint that remembers, in real time, as the engine's own clock is real here."""
    with FakeAws(RealClock()) as running:
        running.machine("echo")
        yield running


def on(fake: FakeAws) -> str:
    """A project on the endpoint, with a date that changes with every run."""
    platform = (
        "spec: {type: aws-step-functions, region: us-east-1, accountId: '123456789012',"
        f" endpointUrl: '{fake.url}'}}"
    )
    dated = PROJECT.replace("default: 2026-11-19}", "default: 2026-11-19, perRun: true}")
    return dated.replace("spec: {type: local, timeScale: 0}", platform)


def save(shell: Shell, *options: str) -> None:
    assert shell("plan", "-o", "plan.json", *options).code == 0


def inputs(fake: FakeAws) -> list[Any]:
    return [json.loads(body["input"]) for body in fake.requests("StartExecution")]


DATED = "parameters: {day: '${{ vars.day }}', rows: {direction: inout, value: 3}}"


def test_a_saved_plan_runs_as_it_is_whatever_the_specs_say_by_then(
    shell: Shell, fake: FakeAws
) -> None:
    shell.write(job("a", more=DATED), job("b", more="needs: [a]"), project=on(fake))
    save(shell)
    shell.write(project=on(fake))
    assert shell("apply", "plan.json").code == 0
    assert [each["status"] for each in shell.results()["jobs"]] == ["succeeded", "succeeded"]
    assert inputs(fake)[0] == {"day": "2026-11-19", "rows": 3}


def test_what_the_plan_and_the_specs_start_is_the_same_work(shell: Shell, fake: FakeAws) -> None:
    shell.write(job("a", more=DATED), project=on(fake))
    save(shell)
    shell("apply", "plan.json")
    assert shell("apply").code == 0
    assert [each["status"] for each in shell.results()["jobs"]] == ["up_to_date"]
    assert len(inputs(fake)) == 1


def test_a_variable_of_every_run_is_given_anew_and_no_other(shell: Shell, fake: FakeAws) -> None:
    more = "parameters: {day: '${{ vars.day }}', secret: '${{ vars.password }}'}"
    project = on(fake).replace('sensitive: true, default: ""}', "sensitive: true}")
    project = project.replace(
        "    password:", "    size: {type: integer, default: 4}\n    password:"
    )
    shell.write(
        job("a", more=more), job("b", more="parameters: {n: '${{ vars.size }}'}"), project=project
    )
    save(shell, "--var", "password=xyzzy-secret")
    assert "xyzzy-secret" not in (shell.folder / "plan.json").read_text()
    missing = shell("apply", "plan.json")
    assert missing.code == 3
    assert "'password' has no value" in missing.err
    fixed = shell("apply", "plan.json", "--var", "size=5", "--var", "password=xyzzy-secret")
    assert fixed.code == 3
    assert "--var size" in fixed.err
    given = shell("apply", "plan.json", "--var", "day=2026-11-20", "--var", "password=xyzzy-secret")
    assert given.code == 0
    assert {"day": "2026-11-20", "secret": "xyzzy-secret"} in inputs(fake)


@pytest.mark.parametrize(
    ("kind", "machine", "more"),
    [
        ("echo", "'${{ vars.kind }}'", ""),
        ("here", "echo", "platform: '${{ vars.kind }}'"),
        ("echo", "echo", "traceHeader: 'Root=${{ vars.kind }}'"),
    ],
)
def test_a_variable_that_says_what_runs_and_where_is_that_of_the_plan(
    shell: Shell, fake: FakeAws, kind: str, machine: str, more: str
) -> None:
    kinds = f"    kind: {{default: {kind}, perRun: true}}\n    password:"
    parameters = "parameters: {kind: '${{ vars.kind }}'}\n"
    shell.write(
        job("a", machine, more=parameters + more), project=on(fake).replace("    password:", kinds)
    )
    save(shell)
    outcome = shell("apply", "plan.json", "--var", "kind=other")
    assert outcome.code == 3
    assert "--var kind" in outcome.err
    assert inputs(fake) == []
    assert shell("apply", "plan.json").code == 0
    assert inputs(fake) == [{"kind": kind}]


def test_a_platform_s_trace_header_fixes_its_variables_as_well(shell: Shell, fake: FakeAws) -> None:
    project = on(fake).replace(
        "region: us-east-1,", "region: us-east-1, traceHeader: 'Root=${{ vars.day }}',"
    )
    shell.write(job("a", more=DATED), project=project)
    save(shell)
    assert shell("apply", "plan.json", "--var", "day=2026-11-20").code == 3


def test_a_machine_that_was_deployed_meanwhile_makes_the_plan_stale(
    shell: Shell, fake: FakeAws
) -> None:
    shell.write(job("a"), project=on(fake))
    save(shell)
    fake.machine("echo", revision="22222222-3333-4444-5555-666666666666")
    outcome = shell("apply", "plan.json")
    assert outcome.code == 3
    assert "revision" in outcome.out
    assert inputs(fake) == []
    assert not (shell.folder / "results.json").exists()


def test_a_job_that_the_plan_does_not_start_makes_it_stale(shell: Shell, fake: FakeAws) -> None:
    shell.write(job("a"), job("b"), project=on(fake))
    shell("apply", "--select", "a")
    save(shell)
    shell.write(job("a", more="parameters: {n: 1}"), job("b"), project=on(fake))
    shell("apply", "--select", "a")
    outcome = shell("apply", "plan.json", "--format", "json")
    assert outcome.code == 3
    assert [each["job"] for each in outcome.data["stale"]] == ["a"]
    assert len(inputs(fake)) == 2


def test_a_job_that_was_done_meanwhile_is_no_reason_to_refuse(shell: Shell, fake: FakeAws) -> None:
    shell.write(job("a"), job("b"), project=on(fake))
    save(shell)
    shell("apply", "--select", "a")
    assert shell("apply", "plan.json").code == 0
    statuses = {each["name"]: each["status"] for each in shell.results()["jobs"]}
    assert statuses == {"a": "up_to_date", "b": "succeeded"}


def test_what_the_plan_starts_is_started_though_it_seemed_to_be_done_meanwhile(
    shell: Shell, fake: FakeAws
) -> None:
    shell.write(job("a", more="parameters: {n: {direction: output}}"), project=on(fake))
    save(shell)
    shell("apply")
    gone = ApiError("ExecutionDoesNotExist", "Execution Does Not Exist")
    fake.faults.add("DescribeExecution", Fault(gone), calls={1})
    assert shell("apply", "plan.json").code == 0
    assert len(inputs(fake)) == 2


@pytest.mark.parametrize(
    "option", [["--select", "a"], ["--exclude", "a"], ["--rerun"], ["--no-retry"], ["--local"]]
)
def test_what_was_chosen_for_the_plan_is_not_chosen_again(shell: Shell, option: list[str]) -> None:
    shell.write(job("a"))
    save(shell)
    outcome = shell("apply", "plan.json", *option)
    assert outcome.code == 64
    assert "part of a saved plan" in outcome.err


def test_a_saved_plan_stands_alone(shell: Shell) -> None:
    shell.write(job("a"))
    save(shell)
    outcome = shell("apply", "plan.json", "specs")
    assert outcome.code == 3
    assert "name it alone" in outcome.err


def test_the_environment_is_read_when_the_plan_runs(
    shell: Shell, fake: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.write(job("a", more="parameters: {token: '${{ env.SHOP_TOKEN }}'}"), project=on(fake))
    monkeypatch.setenv("SHOP_TOKEN", "first-token")
    save(shell)
    monkeypatch.delenv("SHOP_TOKEN")
    outcome = shell("apply", "plan.json")
    assert outcome.code == 3
    assert "SHOP_TOKEN" in outcome.err
    monkeypatch.setenv("SHOP_TOKEN", "second-token")
    assert shell("apply", "plan.json").code == 0
    assert inputs(fake) == [{"token": "second-token"}]


def test_a_plan_that_is_cut_short_is_refused(shell: Shell) -> None:
    shell.write(job("a"))
    save(shell)
    whole = (shell.folder / "plan.json").read_text()
    (shell.folder / "plan.json").write_text(whole[: len(whole) // 2])
    outcome = shell("apply", "plan.json")
    assert outcome.code == 3
    assert "not a whole plan" in outcome.err


@pytest.mark.parametrize(
    "text", ["", "\n", "{", '{"formatV', "[]", '{"StartAt": "Echo", "States": {}}']
)
def test_a_json_file_that_is_neither_plan_nor_spec_is_no_plan(shell: Shell, text: str) -> None:
    (shell.folder / "plan.json").write_text(text)
    outcome = shell("apply", "plan.json")
    assert outcome.code == 3
    assert "plan.json is no plan" in outcome.err


def test_specs_may_be_written_in_json(shell: Shell) -> None:
    shell.write()
    spec = {"apiVersion": "stepfleet/v1", "kind": "Job", "metadata": {"name": "a"}}
    (shell.folder / "a.json").write_text(json.dumps({**spec, "spec": {"stateMachine": "echo"}}))
    assert shell("apply", "specs", "a.json").code == 0
