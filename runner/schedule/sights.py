"""What looking at executions shows, and for how long one may be out of sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.errors import AccessDenied, NotFound, ProviderError, Rejected
from runner.provider import Execution
from runner.results import Status
from runner.schedule import endings, remembering
from runner.schedule.jobs import Phase

if TYPE_CHECKING:
    from runner.schedule.board import Board
    from runner.schedule.events import Observed
    from runner.schedule.jobs import JobState

_NOT_FOUND_FOR = 60.0
"""Seconds for which an execution may be invisible: what AWS shows is eventually consistent."""

_PATIENCE = 600.0
"""Seconds for which looking may fail in a row for any other reason that can pass."""


def observed(board: Board, event: Observed) -> None:
    """Take one answer about many executions."""
    for arn in event.asked:
        state = board.watched.get(arn)
        if state is None:
            continue
        found = event.found.get(arn)
        if isinstance(found, Execution):
            _seen(board, state, found)
        else:
            _not_seen(board, state, found or ProviderError("it was left out of the answer"))
    board.watch.answered(event.platform, event.asked, board.now.seconds)


def _seen(board: Board, state: JobState, execution: Execution) -> None:
    state.trouble_since = state.invisible_since = None
    if state.doubtful:
        state.doubtful = False
        state.change_attempt(status=execution.raw_status, started_at=execution.started_at)
        board.note("started", state)
    if execution.status.is_running:
        return
    if state.phase is Phase.BEHIND:
        remembering.other_ended(board, state, execution)
    else:
        endings.execution_ended(board, state, execution)


def _not_seen(board: Board, state: JobState, error: ProviderError) -> None:
    now = board.now.seconds
    if isinstance(error, (AccessDenied, Rejected)):
        _lose(board, state, f"It can't be looked at: {error}")
    elif isinstance(error, NotFound):
        if state.invisible_since is None:
            state.invisible_since = now
        unseen = now - state.invisible_since
        if state.phase is Phase.BEHIND and unseen >= _NOT_FOUND_FOR:
            remembering.other_forgotten(board, state)
        else:
            _bear(board, state, unseen, _NOT_FOUND_FOR, error)
    else:
        if state.trouble_since is None:
            state.trouble_since = now
            board.note("unseen", state, str(error))
        _bear(board, state, now - state.trouble_since, _PATIENCE, error)


def _bear(
    board: Board, state: JobState, seconds: float, patience: float, error: ProviderError
) -> None:
    if seconds >= patience:
        _lose(board, state, f"It could not be seen for {seconds:.0f} s: {error}")


def _lose(board: Board, state: JobState, why: str) -> None:
    """Give up on an execution. What to look at comes first, as long messages are cut."""
    if state.phase is Phase.BEHIND:
        what = f"{state.watching}, of other work of this job, has to end first. {why}"
        endings.refuse(board, state, what, "look at it, then apply again")
        return
    board.settle(
        state,
        Status.UNKNOWN,
        f"it may still run: look at {state.arn}, then apply again, which adopts it. {why}",
    )
