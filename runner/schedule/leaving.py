"""Leaving a run in good order once its time is up: nothing is stopped, nothing more begins.

What runs is let go of as soon as it is known where it is. The answer of a start that was sent is
waited for, and an Express execution runs to its end, as nobody could ask about it later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.results import Status
from runner.schedule import stops
from runner.schedule.events import Note
from runner.schedule.jobs import Phase
from runner.schedule.options import AFTER_LEAVING, LEFT, Closed, Timer
from runner.schedule.words import duration

if TYPE_CHECKING:
    from runner.schedule.board import Board
    from runner.schedule.jobs import JobState


def is_due(board: Board) -> bool:
    """Tell, once, that the run's time is up. One that was interrupted is left already."""
    if board.leave_at is None or board.now.seconds < board.leave_at:
        return False
    board.leave_at = None
    return not board.interrupted


def let_go(board: Board) -> None:
    """Leave what runs, before `close`: what needs it is to know of that."""
    board.leaving = True
    board.emit(Note("leaving", reason=_after(board)))
    for state in board.jobs.values():
        if state.phase is Phase.RUNNING:
            _leave(board, state)
        elif state.phase is Phase.ENDING:
            board.set_timer(state, Timer.GIVE_UP, AFTER_LEAVING)


def close(board: Board) -> None:
    """Start nothing more. What waits for its next attempt has it in the next apply."""
    why = f"not started: {_after(board)}; apply again"
    stops.close(board, Closed(Status.PENDING, why, tries_again=board.retry_failed))


def heed(board: Board, state: JobState) -> None:
    """Stop or leave an execution that is known to run only now, where the run is to end."""
    if board.interrupted:
        stops.stop_or_leave(board, state)
    elif board.leaving:
        _leave(board, state)


def doubt_is_over(board: Board, state: JobState) -> None:
    """Leave an execution that was asked to go on, now that it is certain that it does."""
    if board.leaving and state.phase is Phase.RUNNING:
        _leave(board, state)


def _leave(board: Board, state: JobState) -> None:
    """Let go of an execution, once it is certain that it runs, or that it could be stopped."""
    if state.doubtful:
        board.watch.look(state.arn or "", board.now.seconds)
        board.set_timer(state, Timer.UNSEEN, AFTER_LEAVING)
    elif state.stop_for is not None:
        board.set_timer(state, Timer.GIVE_UP, AFTER_LEAVING)
    else:
        board.settle(state, Status.RUNNING, LEFT)


def _after(board: Board) -> str:
    return f"the run was left after {duration(board.options.leave_after)}"
