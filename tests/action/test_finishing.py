"""What the last step tells, by what the one before it left."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from runner import results
from runner.cli.action import applying, finishing
from runner.cli.action import state as states
from runner.cli.action.state import State
from runner.cli.exits import Exit
from runner.errors import Place
from runner.model import MachineType
from runner.results import JobResult, RunInfo, RunResults, RunStatus, Status
from tests.composite import files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

BEGAN = datetime(2026, 11, 19, 3, 0, tzinfo=UTC)


def ended(status: RunStatus, job: Status, *events: Mapping[str, Any]) -> RunResults:
    left = JobResult(
        name="extract",
        status=job,
        reason="it says why",
        platform="aws",
        machine="arn:aws:states:us-east-1:123456789012:stateMachine:echo",
        type=MachineType.STANDARD,
        place=Place("specs/all.yaml", 5, 1),
    )
    return RunResults(RunInfo("55", "shop"), status, BEGAN, BEGAN, (left,), events=events)


def outputs(folder: Path, outcome: str, state: State, run: RunResults | None) -> dict[str, str]:
    """The outputs of the step, whose environment has nothing of a workflow but its files."""
    states.write(state, folder)
    if run is not None:
        results.write(folder / states.RESULTS, results.to_json(run))
    file = folder / "output"
    file.touch()
    environ = {"ACTION_FOLDER": str(folder), "GITHUB_OUTPUT": str(file), "RUN_OUTCOME": outcome}
    finishing.run(environ)
    return dict(files.pairs(file.read_text()))


RAN = State(command="apply", ran=True)
LOST = {"event": "credentials_lost", "time": "2026-11-19T03:00:00Z", "reason": "they expired"}


@pytest.mark.parametrize(
    ("run", "outcome", "result", "reason"),
    [
        (ended(RunStatus.SUCCEEDED, Status.SUCCEEDED), "success", "succeeded", ""),
        (ended(RunStatus.FAILED, Status.FAILED), "failure", "failed", "1 failed"),
        (ended(RunStatus.DETACHED, Status.RUNNING), "success", "running", ""),
        (ended(RunStatus.DETACHED, Status.RUNNING, LOST), "failure", "running", "they expired"),
        (ended(RunStatus.RUNNING, Status.RUNNING), "failure", "interrupted", finishing.KILLED),
        (None, "cancelled", "interrupted", finishing.ENDED_EARLY),
        (None, "failure", "error", finishing.ENDED_EARLY),
    ],
    ids=["succeeded", "failed", "left", "lost credentials", "killed", "cancelled", "crashed"],
)
def test_how_a_run_ended(
    tmp_path: Path, run: RunResults | None, outcome: str, result: str, reason: str
) -> None:
    told = outputs(tmp_path, outcome, RAN, run)
    assert (told["result"], told["failure-reason"]) == (result, reason)
    assert bool(told["results-path"]) == (run is not None)


def test_what_was_known_before_is_told_as_it_was(tmp_path: Path) -> None:
    state = State(command="plan", result="changes", plan_digest="0" * 20, pr_number="7")
    told = outputs(tmp_path, "success", state, None)
    assert (told["result"], told["plan-digest"], told["pr-number"]) == ("changes", "0" * 20, "7")


def test_a_state_that_is_damaged_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"result": "succeeded", "oops"')
    file = tmp_path / "output"
    file.touch()
    finishing.run({"ACTION_FOLDER": str(tmp_path), "GITHUB_OUTPUT": str(file)})
    assert dict(files.pairs(file.read_text()))["result"] == "error"


LEAVING = {"event": "leaving", "time": "2026-11-19T03:00:00Z"}


@pytest.mark.parametrize(
    ("job", "events", "code", "says"),
    [
        (Status.RUNNING, (LEAVING,), Exit.DONE, "1 running"),
        (Status.PENDING, (LEAVING,), Exit.DONE, "1 pending"),
        (Status.SUCCEEDED, (LEAVING,), Exit.DONE, ""),
        (Status.FAILED, (LEAVING,), Exit.FAILED, ""),
        (Status.RUNNING, (LOST,), Exit.RUNNING, ""),
    ],
    ids=["runs", "waits", "ended", "failed", "lost credentials"],
)
def test_a_wait_that_is_over_is_no_failure_and_lost_credentials_are(
    capsys: pytest.CaptureFixture[str],
    job: Status,
    events: tuple[Mapping[str, Any], ...],
    code: Exit,
    says: str,
) -> None:
    status = RunStatus.FAILED if job is Status.FAILED else RunStatus.DETACHED
    assert applying.left(ended(status, job, *events)) is code
    printed = capsys.readouterr().out
    assert says in printed
    assert bool(says) == ("::warning" in printed)
