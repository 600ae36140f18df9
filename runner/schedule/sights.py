"""What looking at executions shows, and for how long one may be out of sight."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runner.errors import (
    AccessDenied,
    CredentialsFailed,
    NotFound,
    ProviderError,
    Rejected,
    Throttled,
)
from runner.provider import ExecutionStatus
from runner.results import Status
from runner.schedule import endings, leaving, redrives, remembering, starts
from runner.schedule.events import Note
from runner.schedule.jobs import Phase
from runner.schedule.unseen import Why
from runner.schedule.words import within

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runner.provider import Execution
    from runner.schedule.board import Board
    from runner.schedule.events import Observed, Surveyed
    from runner.schedule.jobs import JobState

_NOT_FOUND_FOR = 60.0
"""Seconds for which an execution may be invisible: what AWS shows is eventually consistent."""

_PATIENCE = 600.0
"""Seconds for which looking may fail in a row for any other reason that can pass."""

_FOLLOWED = (Phase.RUNNING, Phase.ENDING)


def surveyed(board: Board, event: Surveyed) -> None:
    """Take what lists show of many executions. One that they lack may be out of their sight."""
    if isinstance(event.error, (AccessDenied, NotFound, Rejected)):
        board.watch.cannot_list(event.platform, event.machine)
        _note_not_listed(board, event, "each execution is looked at by itself")
    for state in _watched(board, event.found):
        _seen(board, state, event.found[state.watching or ""])
    fails = board.watch.surveyed(event, board.now.seconds)
    if fails and not isinstance(event.error, CredentialsFailed):
        _note_not_listed(board, event, "until a list works, each is looked at by itself")


def _note_not_listed(board: Board, event: Surveyed, what: str) -> None:
    details = {"stateMachine": str(event.machine)}
    board.emit(Note("not_listed", reason=f"{what}: {event.error}", details=details))


def observed(board: Board, event: Observed) -> None:
    """Take how one execution is."""
    in_vain = isinstance(event.result, ProviderError)
    for state in _watched(board, (event.execution_arn,)):
        if isinstance(event.result, ProviderError):
            _not_seen(board, state, event.result)
        else:
            _seen(board, state, event.result, alone=True)
            in_vain = state.unseen.is_any
    board.watch.observed(event.execution_arn, event.platform, board.now.seconds, in_vain=in_vain)


def _watched(board: Board, arns: Iterable[str]) -> list[JobState]:
    return [board.watched[arn] for arn in arns if arn in board.watched]


def _seen(board: Board, state: JobState, execution: Execution, *, alone: bool = False) -> None:
    state.unseen.clear(Why.FAULT)
    if state.phase in _FOLLOWED and _is_before_redrive(board, state, execution):
        return
    if state.ended is None:
        state.unseen.clear(Why.HIDDEN)
    if state.is_unseen:
        _first_seen(board, state, execution, alone=alone)
        return
    was_doubtful = state.doubtful
    if state.doubtful:
        state.doubtful = False
        state.change_attempt(status=execution.raw_status, started_at=execution.started_at)
        board.note("redriven", state)
    if execution.status.is_running and state.phase in _FOLLOWED:
        redrives.runs(board, state, execution)
    if execution.status.is_running:
        if was_doubtful:
            leaving.doubt_is_over(board, state)
        return
    board.watch.ended(execution.arn, _seconds(state, execution), board.now.seconds)
    if state.phase is Phase.BEHIND:
        remembering.other_ended(board, state, execution)
    elif alone or not endings.is_sealed(state, execution):
        endings.take_end(board, state, execution)
    else:
        endings.await_rest(board, state, execution)


def _first_seen(board: Board, state: JobState, execution: Execution, *, alone: bool) -> None:
    """Take that an execution exists whose start got no answer. No list tells whose it is."""
    if alone:
        starts.found(board, state, execution)
    else:
        board.watch.look(execution.arn, board.now.seconds)


def _seconds(state: JobState, execution: Execution) -> float | None:
    """How long an execution ran; not one that was stopped, which tells nothing of others."""
    if execution.status is ExecutionStatus.ABORTED or state.redrives:
        return None
    began = execution.started_at or (state.newest.started_at if state.newest else None)
    return replace(execution, started_at=began).seconds


def _is_before_redrive(board: Board, state: JobState, execution: Execution) -> bool:
    """Tell whether an execution is seen as it was before it was redriven, as what is shown lags."""
    if execution.redrive_count >= state.redrives or execution.status.is_running:
        return False
    if not redrives.not_shown(board, state):
        waited = state.unseen.seconds(Why.HIDDEN, board.now.seconds)
        _lose(board, state, f"It was redriven, and does not show it after {waited:.0f} s.")
    return True


def _not_seen(board: Board, state: JobState, error: ProviderError) -> None:
    if state.ended is not None and isinstance(error, (AccessDenied, Rejected)):
        endings.unread(board, state, state.ended, within(error))
    elif isinstance(error, (AccessDenied, Rejected)):
        _lose(board, state, f"It can't be looked at: {error}")
    elif isinstance(error, NotFound):
        _hidden(board, state, error)
    else:
        _failed(board, state, error)


def _hidden(board: Board, state: JobState, error: NotFound) -> None:
    waited = state.unseen.count(Why.HIDDEN, board.now.seconds)
    if waited < _NOT_FOUND_FOR:
        return
    if state.phase is Phase.BEHIND:
        remembering.other_forgotten(board, state)
    else:
        _lose(board, state, _not_seen_for(waited, error))


def _failed(board: Board, state: JobState, error: ProviderError) -> None:
    now = board.now.seconds
    if not isinstance(error, CredentialsFailed) and state.unseen.is_news(now):
        board.note("unseen", state, str(error))
    if isinstance(error, Throttled):
        # Others use the quota: that says nothing of the execution, for however long.
        return
    waited = state.unseen.count(Why.FAULT, now)
    if waited >= _PATIENCE:
        _lose(board, state, _not_seen_for(waited, error))


def _not_seen_for(waited: float, error: ProviderError) -> str:
    return f"It could not be seen for {waited:.0f} s: {error}"


def _lose(board: Board, state: JobState, why: str) -> None:
    """Give up on an execution. What to look at comes first, as long messages are cut."""
    if state.ended is not None:
        endings.unread(board, state, state.ended, why)
        return
    if state.phase is Phase.BEHIND:
        what = f"{state.watching}, of other work of this job, has to end first. {why}"
        endings.refuse(board, state, what, "look at it, then apply again")
        return
    board.settle(
        state,
        Status.UNKNOWN,
        f"it may still run: look at {state.arn}, then apply again, which adopts it. {why}",
    )
