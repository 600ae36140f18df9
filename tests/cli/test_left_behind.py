"""What status and stop make of a run that was killed, or began only now."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from runner.cli import stop as stopping
from tests.cli.aws_tools import (
    aws_environment,
    detached,
    fake,
    job_in,
    keep_of_journal,
    rewrite,
)
from tests.cli.crashing import Scene, applying
from tests.cli.test_status import status_of
from tests.cli.test_stop import LONG_AGO, stopped
from tests.cli.tools import Shell, job, shell
from tests.fake_aws import RUNS_ON, FakeAws, slow

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["aws_environment", "fake", "shell"]


def killed_at_first(document: dict[str, Any]) -> None:
    """As a run leaves its results that is killed before it wrote them a second time."""
    document["run"].update(status="running", endedAt=None)
    for each in document["jobs"]:
        each.update(status="pending", executionArn=None, executionName=None, attempts=[])


def test_what_only_the_journal_tells_is_shown_and_stopped(shell: Shell, fake: FakeAws) -> None:
    detached(shell, fake, job("a", "slow"), job("b", "slow"), job("c", more="needs: [a]"))
    rewrite(shell, killed_at_first)
    assert status_of(shell) == (4, {"a": "running", "b": "running", "c": "pending"})
    assert stopped(shell) == (0, {"a": "stopped", "b": "stopped"})


@pytest.mark.parametrize("change", ["", '{"event":"run_started","runId":"another"}\n', "{"])
def test_without_its_journal_nothing_is_said_to_be_over(
    shell: Shell, fake: FakeAws, change: str
) -> None:
    detached(shell, fake, job("a", "slow"))
    rewrite(shell, killed_at_first)
    (shell.folder / "results.jsonl").write_text(change)
    outcome = shell("stop")
    assert outcome.code == 1
    assert "nothing of this run was left running" not in outcome.out
    assert "Nothing was stopped: what of this run may run is not known" in outcome.out
    assert shell("stop", "--format", "json").data["complete"] is False
    assert "what began last is shown as pending" in shell("status").out.replace("\n", " ")


def test_an_apply_that_dies_at_once_keeps_what_the_one_before_left(
    shell: Shell, fake: FakeAws, tmp_path: Path
) -> None:
    scene = Scene(tmp_path, fake)
    fake.machine("work", RUNS_ON)
    scene.write(job("a", "work") + job("b", "work"))
    assert shell("apply", "--detach").code == 4
    run_id = shell.results()["run"]["id"]
    fake.faults.add("DescribeExecution", slow(3600), calls=range(1, 100))
    old = scene.journal()[0]

    def has_begun() -> bool:
        is_new = any(each != old for each in scene.journal()[:1])
        return is_new and scene.results()["run"]["status"] == "running"

    with applying(scene) as victim:
        assert victim.watch(has_begun)
        victim.kill()
    fake.faults.clear()
    assert shell.results()["run"]["id"] == run_id
    assert [each["attempts"][0]["adopted"] for each in shell.results()["jobs"]] == [False] * 2
    assert status_of(shell) == (4, {"a": "running", "b": "running"})
    assert stopped(shell) == (0, {"a": "stopped", "b": "stopped"})


def test_an_apply_tells_of_what_its_plan_has_no_more(shell: Shell, fake: FakeAws) -> None:
    running = detached(shell, fake, job("a", "slow"), job("b", "slow"))
    outcome = shell("apply", "--detach", "--select", "a")
    assert running["b"] in outcome.err.replace("\n", "")


def test_what_shows_only_after_a_moment_is_stopped_then(shell: Shell, fake: FakeAws) -> None:
    fake.world.visible_after = 2.0
    detached(shell, fake, job("a", "slow"), job("b", "slow"))
    assert stopped(shell) == (0, {"a": "stopped", "b": "stopped"})


def test_what_does_not_show_yet_is_not_taken_for_ended(
    shell: Shell, fake: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopping, "PAUSES", (0.0, 0.0))
    fake.world.visible_after = 3600
    detached(shell, fake, job("a", "slow"))
    outcome = shell("stop")
    assert outcome.code == 1
    assert "Step Functions does not show it yet" in outcome.out.replace("\n      ", " ")


def test_many_that_were_never_started_are_told_by_lists(shell: Shell, fake: FakeAws) -> None:
    detached(shell, fake, *(job(f"j{number}", "slow") for number in range(30)))
    rewrite(shell, killed_at_first)
    keep_of_journal(shell, "starting")
    journal = shell.folder / "results.jsonl"
    first, started, *rest = journal.read_text().splitlines()
    never = (line.replace('-0-1"', '-0-2"') for line in rest)
    journal.write_text("".join(f"{line}\n" for line in (first, started, *never)))
    code, statuses = status_of(shell)
    assert (code, statuses["j0"], statuses["j1"]) == (4, "running", "pending")
    assert "DescribeExecution" not in fake.calls
    assert fake.calls["ListExecutions"] == 2


def test_one_that_was_never_started_is_known_by_the_answer_to_its_stop(
    shell: Shell, fake: FakeAws
) -> None:
    running = detached(shell, fake, *(job(f"j{number}", "slow") for number in range(30)))
    rewrite(shell, killed_at_first)
    keep_of_journal(shell, "starting")
    journal = shell.folder / "results.jsonl"
    records = [json.loads(each) for each in journal.read_text().splitlines()]
    old = (json.dumps({**each, "time": LONG_AGO}) for each in records)
    journal.write_text("".join(f"{each}\n" for each in old))
    for arn in running.values():
        fake.world.vanish(arn)
    outcome = shell("stop")
    assert outcome.code == 0
    assert "Stop: 30 not begun\n" in outcome.out
    assert "was about to be started" in outcome.out
    assert fake.calls == {"StopExecution": 30}
    assert job_in(shell.results(), "j1")["status"] == "pending"
