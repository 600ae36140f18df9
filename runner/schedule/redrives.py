"""Redriving: a failed execution goes on from the state that failed, in place of a new one.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from runner.errors import HAD_NO_EFFECT, Transient
from runner.results import Status
from runner.schedule import leaving, remembering, starts, stops
from runner.schedule.events import Redrive
from runner.schedule.following import set_deadline
from runner.schedule.jobs import Phase
from runner.schedule.options import LEFT, Timer
from runner.schedule.unseen import Why
from runner.schedule.words import within

if TYPE_CHECKING:
    from runner.errors import ProviderError
    from runner.provider import Execution
    from runner.schedule.board import Board
    from runner.schedule.jobs import JobState

_SHOWN_WITHIN = 60.0
"""Seconds for which a redrive may not show: what AWS shows is eventually consistent."""

_HELD_FOR = 1.0
_ASKED_AGAIN = 10.0
_PATIENCE = 600.0
"""Seconds after which a redrive in doubt is asked for again, and for which in all."""


def ask(board: Board, state: JobState) -> None:
    """Ask for a redrive, noting the intent before the call."""
    state.deadline = None
    state.unseen.clear()
    state.stop_for = None
    state.status = Status.RUNNING
    state.redrives = (state.newest.redrive_count if state.newest else 0) + 1
    board.move(state, Phase.STARTING)
    board.note("redriving", state)
    _send(board, state)


def is_held(state: JobState) -> bool:
    """Tell whether a stop is under way that might hit what is redriven: an ARN stays the same."""
    return state.to_redrive and state.awaits_stop


def hold(board: Board, state: JobState) -> None:
    """Wait for the answer of a stop, which comes in any case."""
    board.set_timer(state, Timer.RETRY, _HELD_FOR)


def answered(board: Board, state: JobState) -> None:
    """The service has taken a redrive: follow the execution, once it shows."""
    if state.phase is Phase.STARTING:
        _follow(board, state)
    elif state.doubtful:
        state.doubtful = False
        board.note("redriven", state)
        leaving.doubt_is_over(board, state)


def failed(board: Board, state: JobState, error: ProviderError) -> None:
    """A redrive whose answer was lost may go on; one that had no effect is asked for later.

    Where the execution can't be redriven, a new attempt is made.
    """
    if state.phase is not Phase.STARTING:
        # What was asked again about one that may go on tells nothing new.
        return
    if isinstance(error, Transient):
        state.doubtful = True
        _follow(board, state, within(error))
    elif isinstance(error, HAD_NO_EFFECT):
        starts.delay(board, state, error)
    else:
        _start_anew(board, state, within(error))


def not_shown(board: Board, state: JobState) -> bool:
    """Take that an execution is seen as before its redrive; False to give it up.

    The same token makes the same redrive, so it may be asked for again where it is in doubt.
    """
    waited = _out_of_sight(board, state)
    if not state.doubtful:
        return waited < _SHOWN_WITHIN
    if board.now.seconds - state.asked_at >= _ASKED_AGAIN and board.closed_for(state) is None:
        _send(board, state)
    return waited < _PATIENCE


def runs(board: Board, state: JobState, execution: Execution) -> None:
    """Take that an execution runs which is followed: someone else may have redriven it.

    Where a list told its end before, a look that lags may show it as it was.
    """
    counted = max(state.redrives, state.ended.redrive_count if state.ended else 0)
    if execution.redrive_count > counted:
        state.redrives = execution.redrive_count
        state.stop_for = None
        state.began_at = board.now.seconds
        board.note("redriven", state, "someone else redrove it")
        _follow_on(board, state, execution)
    elif state.phase is Phase.ENDING:
        board.watch.want_redrives(execution.arn)
        if _out_of_sight(board, state) >= _SHOWN_WITHIN:
            _follow_on(board, state, execution)


def _follow_on(board: Board, state: JobState, execution: Execution) -> None:
    """Follow an execution that goes on."""
    state.ended = None
    state.unseen.clear()
    age = board.now.seconds - state.began_at
    state.change_attempt(status="RUNNING", redrive_count=state.redrives)
    board.move(state, Phase.RUNNING)
    board.unwatch(state)
    board.watch_execution(state, execution.arn, age=age, whole=True)
    set_deadline(board, state, age)
    if state.stop_for is not None:
        stops.stop_or_leave(board, state)
    else:
        leaving.heed(board, state)


def _out_of_sight(board: Board, state: JobState) -> float:
    """Seconds for which an execution is not seen as it must be."""
    return state.unseen.count(Why.HIDDEN, board.now.seconds)


def _send(board: Board, state: JobState) -> None:
    newest = state.newest
    if newest is None or newest.arn is None:
        raise ValueError(f"{state.name} has no execution to redrive")
    state.asked_at = board.now.seconds
    token = _token(newest.arn, state.redrives)
    board.emit(Redrive(state.name, state.attempt, state.job.platform, newest.arn, token))


def _follow(board: Board, state: JobState, doubt: str = "") -> None:
    state.trouble_since = None
    state.to_redrive = False
    state.executions += 1
    state.reason = ""
    state.began_at = board.now.seconds
    state.change_attempt(
        status="RUNNING",
        redrive_count=state.redrives,
        stopped_at=None,
        error=None,
        cause=None,
    )
    board.move(state, Phase.RUNNING)
    if doubt:
        board.note("doubtful", state, f"the answer to its redrive was lost: {doubt}")
    else:
        board.note("redriven", state)
    if board.options.detach:
        stops.leave(board, state, LEFT)
        return
    board.watch_execution(state, state.arn or "", age=0.0, whole=True)
    set_deadline(board, state, 0.0)
    leaving.heed(board, state)


def _start_anew(board: Board, state: JobState, why: str) -> None:
    board.note("not_redriven", state, f"a new attempt is made: {why}")
    state.can_redrive = state.to_redrive = False
    state.redrives = state.newest.redrive_count if state.newest else 0
    state.trouble_since = None
    if board.closed_for(state) is not None:
        stops.settle_unstarted(board, state)
        return
    state.attempt = remembering.next_number(state)
    board.queue(state)


def _token(arn: str, number: int) -> str:
    """A token that every run derives alike, so that two of them make one redrive."""
    return hashlib.sha256(f"{arn} {number}".encode()).hexdigest()[:32]
