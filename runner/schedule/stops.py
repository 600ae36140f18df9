"""Timeouts and interrupts: which executions are stopped, and what is left running."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.errors import CAN_PASS
from runner.model import OnCancel
from runner.results import INTERRUPT_ERROR, TIMEOUT_ERROR, Status
from runner.schedule import endings
from runner.schedule.events import Note, Stop, WithdrawStarts
from runner.schedule.jobs import Phase, Purpose, StopFor
from runner.schedule.options import AFTER_INTERRUPT, LEFT, Closed, Timer
from runner.schedule.words import duration, within

if TYPE_CHECKING:
    from runner.errors import ProviderError
    from runner.schedule.board import Board
    from runner.schedule.jobs import JobState

_FIRST_DELAY = 5.0
_PATIENCE = 600.0
"""Seconds after a timeout for which a stop is asked for again."""

"""What may keep a stop from having effect, and not the next one."""

_AFTER_STOP = 60.0
"""Seconds for which a stopped execution is looked at until it has ended."""

UNSTARTED = (
    Phase.WAITING,
    Phase.READING,
    Phase.BEHIND,
    Phase.READY,
    Phase.CHECKING,
    Phase.BACKING_OFF,
)
_OF_ANOTHER_RUN = "left running: another run started it"
_PERHAPS_OF_ANOTHER_RUN = "left running: another run asked for it at the same time"
_NOT_REACHED = "it may run: an earlier apply of this run left it, and this one did not come to it"
_EXPRESS_GOES_ON = "an Express execution can't be stopped: it runs on for up to 5 minutes"


def close(board: Board, closed: Closed) -> None:
    """Start nothing more, and settle what had no execution."""
    if board.closed is None:
        board.closed = closed
    board.emit(WithdrawStarts())
    for state in board.jobs.values():
        if state.phase in UNSTARTED:
            settle_unstarted(board, state)


def settle_unstarted(board: Board, state: JobState) -> None:
    """Settle a job that will not start: as failed where an attempt of this run failed."""
    closed = board.closed_for(state)
    if closed is None:
        raise ValueError("starts go on")
    reading = state.reading
    state.drop_unstarted()
    if reading is not None and reading.purpose is Purpose.ADOPT:
        endings.record_earlier(board, state, reading.execution)
        board.settle(state, Status.RUNNING, LEFT if board.leaving else _OF_ANOTHER_RUN)
    elif state.left is not None and state.left.arn is not None and not state.attempts:
        state.attempts.append(state.left)
        board.settle(state, Status.RUNNING, _NOT_REACHED)
    elif state.executions:
        why = state.reason or "its last attempt failed"
        if closed.tries_again:
            board.settle(state, Status.PENDING, f"{why}; its next attempt waits: apply again")
        else:
            board.settle(state, Status.FAILED, f"{why}; not tried again: {closed.reason}")
    else:
        board.settle(state, closed.status, closed.reason)


def withdrawn(board: Board, starts: frozenset[tuple[str, int]]) -> None:
    """Take the starts that were never sent; after an interrupt, let go of Express calls."""
    for name, attempt in sorted(starts):
        state = board.jobs[name]
        if state.is_express:
            board.express_answered()
        if state.phase is Phase.STARTING and state.attempt == attempt:
            board.note("withdrawn", state)
            settle_unstarted(board, state)
    if board.interrupted:
        for state in board.jobs.values():
            if state.phase is Phase.STARTING and state.is_express:
                board.settle(state, Status.UNKNOWN, f"interrupted; {_EXPRESS_GOES_ON}")


def deadline_passed(board: Board, state: JobState) -> None:
    """A job's timeout is over, unless its call was made anew since it began to count."""
    if state.deadline is None or board.now.seconds < state.deadline:
        return
    if state.is_express:
        _express_timed_out(board, state)
    elif state.phase is Phase.RUNNING and state.stop_for is None and not board.leaving:
        _stop(board, state, StopFor.TIMEOUT)


def interrupt(board: Board, signal: str) -> None:
    """Stop or leave what runs, the longest to run first; the second time, leave all at once."""
    if board.interrupted:
        _abandon(board)
        return
    board.interrupted = True
    board.emit(Note("interrupted", reason=signal))
    for state in board.jobs.values():
        _take_over(board, state)
    running = [state for state in board.jobs.values() if state.phase is Phase.RUNNING]
    ending = [state for state in board.jobs.values() if state.phase is Phase.ENDING]
    close(board, Closed(Status.CANCELLED, "not started: the run was interrupted"))
    for state in sorted(running, key=lambda state: _left(board, state), reverse=True):
        stop_or_leave(board, state)
    for state in ending:
        board.set_timer(state, Timer.GIVE_UP, AFTER_INTERRUPT)
    stopping = sum(each.phase is Phase.RUNNING and each.stop_for is not None for each in running)
    if stopping:
        # A stop may hang for a minute where credentials have to be renewed for it.
        what, them = ("executions are", "them") if stopping > 1 else ("execution is", "it")
        again = f"interrupt again to leave {them} running"
        board.emit(Note("interrupted", reason=f"{stopping} {what} being stopped; {again}"))


def _take_over(board: Board, state: JobState) -> None:
    """Follow what an earlier apply of this run started, and is being described, to stop it."""
    reading = state.reading
    if reading is None or reading.purpose is not Purpose.ADOPT:
        return
    if board.is_own(reading.execution.name):
        state.reading = None
        endings.record_earlier(board, state, reading.execution)
        state.executions += 1
        state.status = Status.RUNNING
        board.move(state, Phase.RUNNING)
        board.watch_execution(state, reading.execution.arn, age=0.0, whole=True)


def stop_or_leave(board: Board, state: JobState) -> None:
    """Stop a running execution of an interrupted run, or leave it, as its job wants."""
    newest = state.newest
    if state.is_unseen:
        # It may be another run's, or other work that has its name: a look tells.
        board.watch.look(state.arn or "", board.now.seconds)
        board.set_timer(state, Timer.UNSEEN, AFTER_INTERRUPT)
    elif state.stop_for is not None:
        # What is being stopped already, as for its timeout, is stopped whoever started it.
        ask_again(board, state)
    elif board.leaving:
        leave(board, state, LEFT)
    elif newest is not None and newest.adopted:
        leave(board, state, _OF_ANOTHER_RUN)
    elif state.contested and newest is not None and not board.is_own(newest.name):
        leave(board, state, _PERHAPS_OF_ANOTHER_RUN)
    elif state.job.on_cancel is OnCancel.DETACH:
        leave(board, state, "left running: onCancel is detach")
    else:
        _stop(board, state, StopFor.INTERRUPT)


def leave(board: Board, state: JobState, why: str) -> None:
    """End a job whose execution runs on; unknown where it is in doubt whether it does."""
    if state.doubtful:
        cut_short = why.removeprefix("left running: ")
        board.settle(state, Status.UNKNOWN, f"{_in_doubt(state)} ({cut_short})")
    else:
        board.settle(state, Status.RUNNING, why)


def _in_doubt(state: JobState) -> str:
    """What to do about what may run. It comes first, as long reasons are cut."""
    if state.is_unseen and state.is_taken:
        return f"another execution has its name: look at {state.arn}, then apply again"
    what = "redrive" if state.redrives else "start"
    return f"it may run, as no answer came to its {what}: look at {state.arn}, then apply again"


def heard(board: Board, state: JobState, error: ProviderError | None) -> None:
    """Take the answer of a stop, None for one that was taken, whatever became of the job."""
    state.awaits_stop = False
    if state.phase is not Phase.RUNNING or state.stop_for is None:
        return
    if error is None:
        _taken(board, state)
    else:
        _failed(board, state, error)


def _taken(board: Board, state: JobState) -> None:
    """See soon what came of a stop, and look on for a while."""
    if state.arn is not None:
        board.watch.hurry(state.arn, board.now.seconds)
    wait = AFTER_INTERRUPT if board.interrupted else _AFTER_STOP
    board.set_timer(state, Timer.GIVE_UP, wait)


def _failed(board: Board, state: JobState, error: ProviderError) -> None:
    """Ask for a stop that failed again, unless an interrupt can't wait for that."""
    late = board.now.seconds - (state.deadline or 0.0)
    if isinstance(error, CAN_PASS) and not board.interrupted and late < _PATIENCE:
        board.set_timer(state, Timer.STOP, _FIRST_DELAY)
        return
    _leave_unstopped(board, state, "left running: it", f"could not be stopped: {within(error)}")


def ask_again(board: Board, state: JobState) -> None:
    """Ask once more for a stop, unless its answer is still to come."""
    if state.stop_for is not None and not state.awaits_stop:
        _stop(board, state, state.stop_for)


def gave_up(board: Board, state: JobState) -> None:
    """The end of a stopped execution, or what one left, was not seen in the time given to it."""
    if state.ended is not None:
        why = "the run was interrupted" if board.interrupted else "the run was left"
        endings.unread(board, state, state.ended, why)
    elif state.phase is Phase.RUNNING and state.stop_for is not None:
        _leave_unstopped(board, state, "it", "was asked to stop, and its end was not seen")


def _leave_unstopped(board: Board, state: JobState, subject: str, what: str) -> None:
    if state.stop_for is StopFor.TIMEOUT:
        board.settle(
            state,
            Status.UNKNOWN,
            f"timed out after {duration(state.job.timeout)} and {what}; it may still run",
        )
    else:
        leave(board, state, f"{subject} {what}")


def _stop(board: Board, state: JobState, why: StopFor) -> None:
    arn = state.arn
    if arn is None:
        raise ValueError(f"{state.name} has no execution")
    state.stop_for = why
    state.awaits_stop = True
    if why is StopFor.TIMEOUT:
        error = TIMEOUT_ERROR
        cause = (
            f"Stepfleet stopped it: job {state.name} has a timeout of {duration(state.job.timeout)}"
        )
    else:
        error = INTERRUPT_ERROR
        cause = f"Stepfleet stopped it: run {board.run_id} was interrupted"
    board.note("stopping", state, cause)
    board.emit(Stop(state.name, state.attempt, state.job.platform, arn, error, cause))


def _express_timed_out(board: Board, state: JobState) -> None:
    if state.phase is not Phase.STARTING:
        return
    state.change_attempt(error=TIMEOUT_ERROR)
    reason = f"timed out after {duration(state.job.timeout)}; {_EXPRESS_GOES_ON}"
    state.executions += 1
    if state.job.idempotent:
        endings.attempt_failed(board, state, TIMEOUT_ERROR, reason)
    else:
        board.settle(state, Status.FAILED, reason)


def _abandon(board: Board) -> None:
    """End at once: whatever has not settled is left as it is."""
    board.emit(Note("interrupted", reason="interrupted again: ending at once"))
    for state in board.jobs.values():
        if state.phase is Phase.STARTING:
            if not state.is_express:
                # Its name is known, so its ARN is, for whoever looks after it.
                name = state.attempts[-1].name
                state.change_attempt(arn=state.job.machine.execution(name))
            board.settle(
                state, Status.UNKNOWN, "interrupted while it was being started; it may run"
            )
        elif state.ended is not None:
            endings.unread(board, state, state.ended, "the run was ended at once")
        elif state.phase is Phase.RUNNING:
            leave(board, state, "left running: the run was ended at once")


def _left(board: Board, state: JobState) -> tuple[float, float]:
    """How long an execution may run on: without a timeout, longer than any that has one."""
    age = board.now.seconds - state.began_at
    timeout = state.job.timeout
    return (timeout - age if timeout is not None else float("inf"), -age)
