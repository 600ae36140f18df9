from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from runner import schema
from tests.cli.tools import PROJECT, Shell, job, shell
from tests.fake_aws import FakeAws, RealClock, denied, fails
from tests.fake_aws.fixtures import aws_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["aws_environment", "shell"]

VALIDATOR = Draft202012Validator(schema.load("drift.schema.json"))
FOLLOWS = "needs: [a]\nparameters: {n: 2}"


@pytest.fixture
def fake(aws_environment: None) -> Iterator[FakeAws]:
    """The fake in real time, as the engine's own clock is real here."""
    with FakeAws(RealClock()) as running:
        running.machine("echo")
        running.machine("other")
        running.machine("quick", type="EXPRESS")
        running.machine("live", versions=(1, 2), aliases={"prod": {1: 100}})
        yield running


def project_at(fake: FakeAws) -> str:
    platform = (
        "spec: {type: aws-step-functions, region: us-east-1, accountId: '123456789012',"
        f" endpointUrl: '{fake.url}'}}"
    )
    return PROJECT.replace("spec: {type: local, timeScale: 0}", platform)


def applied(shell: Shell, fake: FakeAws, *jobs: str) -> None:
    shell.write(*jobs, project=project_at(fake))
    assert shell("apply").code == 0


def drift_of(shell: Shell, *options: str) -> tuple[int, Any]:
    outcome = shell("drift", "--format", "json", *options)
    assert list(VALIDATOR.iter_errors(outcome.data)) == []
    return outcome.code, outcome.data


def names(found: list[dict[str, Any]]) -> list[str]:
    return [each["job"] for each in found]


def test_after_an_apply_nothing_drifted_and_nothing_is_started(shell: Shell, fake: FakeAws) -> None:
    applied(
        shell,
        fake,
        job("a"),
        job("b", more=FOLLOWS),
        job("c", "live:prod"),
        job("e", "quick"),
        job("every", "other", "run: always"),
    )
    fake.forget_calls()
    code, data = drift_of(shell)
    assert (code, data["drifted"], data["jobs"]) == (0, False, 5)
    assert "StartExecution" not in fake.calls
    assert "StartSyncExecution" not in fake.calls
    assert fake.calls["DescribeStateMachineForExecution"] == 2
    outcome = shell("drift")
    assert (outcome.code, outcome.out) == (0, "shop: 5 jobs looked at\n\nNo drift\n")


def test_a_change_in_the_specs_that_was_not_applied_is_drift(shell: Shell, fake: FakeAws) -> None:
    applied(shell, fake, job("a"), job("b", more=FOLLOWS), job("c", more="parameters: {n: 1}"))
    shell.write(
        job("a"),
        job("b", more=FOLLOWS),
        job("c", more="parameters: {n: 2}"),
        job("d"),
        project=project_at(fake),
    )
    code, data = drift_of(shell)
    assert (code, names(data["wouldRun"])) == (6, ["c", "d"])
    outcome = shell("drift")
    assert outcome.code == 6
    assert "      ~ n: 1 → 2\n" in outcome.out
    assert "Drift: 2 jobs would run" in outcome.out
    assert "**2 jobs would run**" in shell("drift", "--format", "markdown").out
    assert drift_of(shell, "--select", "a")[0] == 0


def test_of_a_selection_drift_is_told_where_a_need_outside_of_it_drifted(
    shell: Shell, fake: FakeAws
) -> None:
    jobs = [job("b", more=FOLLOWS), job("c", more="needs: [b]\nparameters: {n: 3}")]
    applied(shell, fake, job("a"), *jobs)
    assert drift_of(shell, "--select", "c")[1]["jobs"] == 1
    shell.write(job("a", more="parameters: {n: 9}"), *jobs, project=project_at(fake))
    for options in (("--select", "c"), ("--exclude", "a", "--exclude", "b")):
        code, data = drift_of(shell, *options)
        assert (code, data["jobs"], names(data["wouldRun"])) == (6, 1, ["c"])
    assert "after b" in shell("drift", "--select", "c").out
    assert names(drift_of(shell, "--select", "+c")[1]["wouldRun"]) == ["a", "b", "c"]


def test_of_a_selection_a_need_outside_of_it_that_runs_by_design_is_no_drift(
    shell: Shell, fake: FakeAws
) -> None:
    project = project_at(fake).replace("default: 2026-11-19}", "default: 2026-11-19, perRun: true}")
    dated = job("a", more="parameters: {day: '${{ vars.day }}'}")
    shell.write(dated, job("b", more=FOLLOWS), project=project)
    assert shell("apply").code == 0
    fake.world.update("echo", "new-revision")
    code, data = drift_of(shell, "--select", "b", "--var", "day=2026-11-20")
    assert (code, data["wouldRun"], names(data["moved"])) == (6, [], ["b"])


def test_the_next_date_of_a_nightly_project_is_no_drift(shell: Shell, fake: FakeAws) -> None:
    project = project_at(fake).replace("default: 2026-11-19}", "default: 2026-11-19, perRun: true}")
    dated = "parameters: {day: '${{ vars.day }}', n: 1}"
    shell.write(job("a", more=dated), job("b", more=FOLLOWS), project=project)
    assert shell("apply").code == 0
    assert drift_of(shell, "--var", "day=2026-11-20")[0] == 0
    changed = dated.replace("n: 1", "n: 2")
    shell.write(job("a", more=changed), job("b", more=FOLLOWS), project=project)
    code, data = drift_of(shell, "--var", "day=2026-11-20")
    assert (code, names(data["wouldRun"])) == (6, ["a", "b"])


def test_a_failure_that_was_left_is_drift(shell: Shell, fake: FakeAws) -> None:
    fake.machine("echo", [fails()])
    shell.write(job("a"), job("b", more=FOLLOWS), project=project_at(fake))
    assert shell("apply").code == 1
    code, data = drift_of(shell)
    assert (code, [each["action"] for each in data["wouldRun"]]) == (6, ["retry", "run"])


def test_a_machine_that_was_updated_drifted_from_what_ran_before(
    shell: Shell, fake: FakeAws
) -> None:
    applied(shell, fake, job("a"), job("b", more=FOLLOWS), job("o", "other"))
    fake.world.update("echo", "new-revision")
    code, data = drift_of(shell)
    assert (code, data["wouldRun"]) == (6, [])
    assert [(each["job"], each["kind"], each["now"]) for each in data["moved"]] == [
        ("a", "revision-moved", "new-revision"),
        ("b", "revision-moved", "new-revision"),
    ]
    assert shell("apply", "--rerun", "b").code == 0
    assert names(drift_of(shell)[1]["moved"]) == ["a"]
    assert shell("apply", "--rerun", "a").code == 0
    assert drift_of(shell)[0] == 0


def test_an_alias_that_leads_elsewhere_drifted(shell: Shell, fake: FakeAws) -> None:
    applied(shell, fake, job("c", "live:prod"))
    fake.world.machines["live"].aliases = {"prod": {1: 10, 2: 90}}
    assert drift_of(shell)[0] == 0
    fake.world.machines["live"].aliases = {"prod": {2: 100}}
    code, data = drift_of(shell)
    assert code == 6
    assert [(each["kind"], each["before"], each["now"]) for each in data["moved"]] == [
        ("alias-routed-elsewhere", "version 1", "version 2 100%")
    ]
    assert "Alias routed elsewhere (1)\n  ~ live:prod  version 1 → version 2 100%\n" in (
        shell("drift").out
    )


def test_what_may_not_be_asked_is_no_clean_bill(shell: Shell, fake: FakeAws) -> None:
    applied(shell, fake, job("a"))
    operation = "DescribeStateMachineForExecution"
    fake.faults.add(operation, denied(operation))
    code, data = drift_of(shell)
    assert (code, data["drifted"]) == (1, False)
    assert [each["jobs"] for each in data["unknown"]] == [["a"]]


def test_wrong_specs_and_local_projects_are_refused(shell: Shell, fake: FakeAws) -> None:
    shell.write(job("a"))
    outcome = shell("drift")
    assert outcome.code == 3
    assert "remembers nothing" in outcome.err
    shell.write(job("a", "missing"), project=project_at(fake))
    assert shell("drift").code == 3
    assert shell("drift", "--format", "json").data["errors"] == 1
