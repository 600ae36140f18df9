"""Describing executions that others started: for what they left, and for what they were sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner import identity, memory
from runner.errors import AccessDenied, NotFound, Rejected
from runner.provider import ExecutionStatus
from runner.results import Status
from runner.schedule import endings
from runner.schedule.events import Read
from runner.schedule.jobs import Phase, Purpose, Reading
from runner.schedule.options import Timer
from runner.schedule.words import within

if TYPE_CHECKING:
    from runner.errors import ProviderError
    from runner.provider import Execution
    from runner.schedule.board import Board
    from runner.schedule.jobs import JobState

_FIRST_DELAY = 5.0
_PATIENCE = 600.0
"""Seconds for which an execution that can't be described is asked about again."""


def ask(board: Board, state: JobState, execution: Execution, purpose: Purpose) -> None:
    """Have an execution described. It takes no place of those that concurrency allows."""
    state.reading = Reading(execution, purpose, board.now.seconds)
    board.move(state, Phase.READING)
    ask_again(board, state)


def ask_again(board: Board, state: JobState) -> None:
    """Ask for what is being read, once more."""
    if state.reading is not None:
        arn = state.reading.execution.arn
        board.emit(Read(state.name, state.attempt, state.job.platform, arn))


def failed(board: Board, state: JobState, error: ProviderError) -> bool:
    """Take an answer that tells nothing: True when the execution has been forgotten."""
    reading = state.reading
    if reading is None:
        return False
    waited = board.now.seconds - reading.since
    if isinstance(error, NotFound):
        return _forget(board, state, reading)
    if isinstance(error, (AccessDenied, Rejected)):
        _give_up(board, state, reading, f"can't be read: {within(error)}")
    elif waited >= _PATIENCE:
        _give_up(board, state, reading, f"could not be read for {waited:.0f} s: {within(error)}")
    else:
        wait = max(_FIRST_DELAY, waited / 2)
        board.note("unseen", state, str(error), waitSeconds=round(wait))
        board.set_timer(state, Timer.READ, wait)
    return False


def _forget(board: Board, state: JobState, reading: Reading) -> bool:
    """The service knows the execution no more: it doesn't count.

    Of one that ended long ago the name may still be taken, so another attempt is made. One
    that began or ended lately may only be out of sight, and its name tells.
    """
    arn = reading.execution.arn
    recalled = state.recalled
    recalled.before = recalled.before.without(arn)
    recalled.past = recalled.past.without(arn)
    name = identity.read_name(reading.execution.name)
    is_of_work = name is not None and state.work is not None and name.run == state.work.run
    if name is not None and is_of_work and _is_old(board, reading.execution):
        recalled.least = max(recalled.least, name.attempt + 1)
    state.reading = None
    board.note("forgotten", state, f"{arn} does not exist any more")
    if reading.purpose is not Purpose.CARRY:
        return True
    endings.refuse(
        board,
        state,
        f"{_source(reading.execution)} does not exist any more ({arn})",
        "plan again",
    )
    return False


def _is_old(board: Board, execution: Execution) -> bool:
    ended = execution.stopped_at
    return ended is not None and board.now.wall - ended > memory.LATELY


def _source(execution: Execution) -> str:
    if execution.status is ExecutionStatus.SUCCEEDED:
        return "the newest success, which left what it carries,"
    return "the newest execution, which was sent what it carries,"


def _give_up(board: Board, state: JobState, reading: Reading, why: str) -> None:
    arn = reading.execution.arn
    state.reading = None
    match reading.purpose:
        case Purpose.CARRY:
            what = f"{_source(reading.execution)} {why}"
            endings.refuse(board, state, what, f"look at {arn}, then apply again")
        case Purpose.OUTPUTS:
            endings.record_earlier(board, state, reading.execution)
            reason = f"it has succeeded, but what it handed on {why}"
            board.settle(state, Status.UNKNOWN, f"{reason}: look at {arn}, then apply again")
        case Purpose.ADOPT:
            endings.record_earlier(board, state, reading.execution)
            reason = f"it may run: look at {arn}, then apply again, which adopts it. It {why}"
            board.settle(state, Status.UNKNOWN, reason)
