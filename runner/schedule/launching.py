"""The last questions before a job is started: is its machine as it was, and is nobody newer?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.model import RerunOn
from runner.schedule import checking, endings, redrives, remembering, starts
from runner.schedule.events import Note

if TYPE_CHECKING:
    from runner.schedule.board import Board
    from runner.schedule.jobs import JobState


def launch(board: Board, state: JobState) -> None:
    """Start a job for which there is room, or find out what keeps it from being started."""
    if checking.is_due(board, state):
        checking.wait(board, state)
    elif _is_refused(board, state):
        return
    elif not state.attempts and state.recalled.decided_on is not state.recalled.past:
        remembering.take_turn(board, state)
    elif state.to_redrive:
        redrives.ask(board, state)
    elif state.job.carries and not remembering.carries(board, state):
        return
    elif state.attempts:
        starts.ask(board, state)
    else:
        starts.begin(board, state)


def _is_refused(board: Board, state: JobState) -> bool:
    if _is_changed(board, state):
        return True
    newer = checking.newcomer(state)
    if newer is None:
        return False
    what = f"other work of this job began after this run looked: {newer.arn}"
    endings.refuse(board, state, what)
    return True


def _is_changed(board: Board, state: JobState) -> bool:
    """Tell whether the machine's revision moved, and that refuses the start."""
    machine = board.machines.of_job.get(state.name)
    arn = state.job.machine
    if machine is None or state.revision is None:
        return False
    if board.options.reviewed and arn in machine.gone:
        endings.refuse(board, state, f"the state machine can't be looked at: {machine.gone[arn]}")
        return True
    revision = machine.revisions.get(arn, state.revision)
    if revision == state.revision:
        return False
    if board.options.reviewed:
        endings.refuse(board, state, "the state machine changed since the plan")
        return True
    _take(board, state, revision)
    return False


def _take(board: Board, state: JobState, revision: str) -> None:
    """Go on with the machine as it is now: other work only where its revision is part of it.

    Another attempt of this run stays one at the same work.
    """
    board.emit(
        Note(
            "revision_moved",
            state.name,
            reason="the state machine changed since the plan; it is started as it is now",
            details={"stateMachine": str(state.job.machine)},
        )
    )
    state.revision = revision
    if state.job.rerun_on is RerunOn.REVISION and not state.attempts:
        state.work = None
        state.attempt = 0
        state.recalled.decided_on = None
