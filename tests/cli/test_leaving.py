"""`apply --wait-minutes`: a run that is left when its time is up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from runner import schema
from tests.cli.aws_tools import arns, aws_environment, detached, fake, project_at, rewrite
from tests.cli.tools import Shell, job, shell
from tests.fake_aws import SUCCEEDS, fails

if TYPE_CHECKING:
    from tests.fake_aws import FakeAws

__all__ = ["aws_environment", "fake", "shell"]

SOON = ("--wait-minutes", "0.02")


def test_what_runs_is_left_and_the_report_says_how_to_go_on(shell: Shell, fake: FakeAws) -> None:
    shell.write(
        job("a", "slow", "onCancel: stop"), job("b", more="needs: [a]"), project=project_at(fake)
    )
    outcome = shell("apply", *SOON)
    assert outcome.code == 4
    assert "StopExecution" not in fake.calls
    results = shell.results()
    Draft202012Validator(schema.load("results.schema.json")).validate(results)
    assert results["run"]["status"] == "detached"
    assert [each["status"] for each in results["jobs"]] == ["running", "pending"]
    assert "1 execution may still run:\n" in outcome.out
    assert arns(shell)["a"] in outcome.out
    assert "1 job waits for them: b\n" in outcome.out
    assert "To go on from here:  stepfleet apply, with the same arguments\n" in outcome.out
    assert "the run was left after 1s200ms" in outcome.err


def test_the_next_apply_of_the_run_goes_on(shell: Shell, fake: FakeAws) -> None:
    shell.write(job("a", "slow"), job("b", more="needs: [a]"), project=project_at(fake))
    assert shell("apply", *SOON).code == 4
    run_id, left = shell.results()["run"]["id"], arns(shell)["a"]
    fake.world.finish(left)
    assert shell("apply").code == 0
    assert shell.results()["run"]["id"] == run_id
    assert arns(shell)["a"] == left
    assert set(fake.world.starts.values()) == {1}


def test_a_retry_that_was_left_is_told_as_waiting_and_made_by_the_next_apply(
    shell: Shell, fake: FakeAws
) -> None:
    left = detached(shell, fake, job("a", "slow"))["a"]
    fake.world.finish(left, fails())

    def as_it_is_left(document: dict[str, Any]) -> None:
        (result,) = document["jobs"]
        result |= {"status": "pending", "reason": "Boom; its next attempt waits: apply again"}
        result["attempts"][-1] |= {"status": "FAILED", "stoppedAt": document["run"]["endedAt"]}
        document["counts"] = {"pending": 1}

    rewrite(shell, as_it_is_left)
    waiting = shell("status")
    assert waiting.code == 4
    assert "a  pending" in waiting.out
    assert shell("stop", "--yes").code == 0
    fake.world.machines["slow"].script = SUCCEEDS
    assert shell("apply").code == 0
    assert arns(shell)["a"] == left.removesuffix("-1") + "-2"


def test_one_that_is_done_before_ends_as_ever(shell: Shell, fake: FakeAws) -> None:
    shell.write(job("a"), project=project_at(fake))
    assert shell("apply", "--wait-minutes", "5").code == 0


def test_the_embedded_engine_cannot_be_left(shell: Shell) -> None:
    shell.write(job("a"))
    outcome = shell("apply", "--wait-minutes", "5")
    assert outcome.code == 3
    assert "--wait-minutes: a would run on the embedded engine" in outcome.err


@pytest.mark.parametrize("minutes", ["0", "-1", "nan", "inf", "soon", "525601"])
def test_what_is_no_time_is_refused(shell: Shell, minutes: str) -> None:
    shell.write(job("a"))
    outcome = shell("apply", "--wait-minutes", minutes)
    assert outcome.code == 64
    assert "--wait-minutes" in outcome.err
