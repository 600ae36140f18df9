"""What an ended execution means for its job: outputs, another attempt, or the job's end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runner import identity, inputs
from runner.model import Direction, RetryMode
from runner.provider import ExecutionStatus
from runner.results import (
    INTERRUPT_ERROR,
    TIMEOUT_ERROR,
    Attempt,
    Status,
    status_left,
    status_of,
)
from runner.schedule import policy
from runner.schedule.jobs import Phase, StopFor
from runner.schedule.options import AFTER_INTERRUPT, AFTER_LEAVING, Timer
from runner.schedule.outputs import hand_on
from runner.schedule.words import duration

if TYPE_CHECKING:
    from runner.provider import Execution
    from runner.schedule.board import Board
    from runner.schedule.jobs import JobState

_STOPPED_WITH = {StopFor.TIMEOUT: TIMEOUT_ERROR, StopFor.INTERRUPT: INTERRUPT_ERROR}

_WHOLE_SECONDS = 2.0
"""By so much an execution may seem to be younger than it is, as answers tell whole seconds."""

_LEFT = "in an earlier run, and is not tried again (--no-retry)"

_CAUSE_IN_REASON = 300
"""Characters of a cause that a reason shows; the attempt holds all of it."""


def record_execution(state: JobState, execution: Execution) -> None:
    """Take what an execution says of itself into the job's newest attempt."""
    newest = state.attempts[-1]
    state.change_attempt(
        arn=execution.arn,
        status=execution.raw_status,
        started_at=execution.started_at or newest.started_at,
        stopped_at=execution.stopped_at,
        error=execution.error,
        cause=execution.cause,
        redrive_count=max(execution.redrive_count, newest.redrive_count, state.redrives),
    )


def has_more_to_tell(state: JobState, execution: Execution) -> bool:
    """Tell whether an execution that a list told the end of left something that is wanted."""
    if execution.status is ExecutionStatus.SUCCEEDED:
        return any(one.direction is not Direction.INPUT for one in state.job.parameters)
    # A person may have stopped it just before its timeout did: its error tells.
    return (
        execution.status is not ExecutionStatus.ABORTED or state.stop_for is not StopFor.INTERRUPT
    )


def is_sealed(state: JobState, execution: Execution) -> bool:
    """Tell whether something is wanted that an execution left, and that it does not tell."""
    return not execution.detailed and has_more_to_tell(state, execution)


def take_end(board: Board, state: JobState, execution: Execution) -> None:
    """Take the end of an execution that was looked at by itself."""
    if is_sealed(state, execution):
        unread(board, state, execution, "the caller may not decrypt it")
    else:
        execution_ended(board, state, execution)


def await_rest(board: Board, state: JobState, execution: Execution) -> None:
    """An execution has ended: have what it left read. It takes no place any more."""
    state.ended = execution
    board.move(state, Phase.ENDING)
    board.watch.fetch(execution.arn, board.now.seconds)
    if board.interrupted or board.leaving:
        wait = AFTER_INTERRUPT if board.interrupted else AFTER_LEAVING
        board.set_timer(state, Timer.GIVE_UP, wait)


def unread(board: Board, state: JobState, execution: Execution, why: str) -> None:
    """Take an execution's end where what it left can't be read."""
    hands_on = execution.status is ExecutionStatus.SUCCEEDED and has_more_to_tell(state, execution)
    if not hands_on:
        cause = f"its error and cause can't be read: {why}"
        execution_ended(board, state, replace(execution, cause=execution.cause or cause))
        return
    record_execution(state, execution)
    reason = f"it has succeeded, but what it handed on can't be read: {why}"
    board.settle(state, Status.UNKNOWN, f"{reason}: look at {execution.arn}, then apply again")


def execution_ended(board: Board, state: JobState, execution: Execution) -> None:
    """Take an execution's end, whichever it is."""
    board.unwatch(state)
    state.ended = None
    if not execution.detailed and state.stop_for and _stopped_here(state, execution):
        execution = replace(execution, error=_STOPPED_WITH[state.stop_for])
    record_execution(state, execution)
    match _status(state, execution):
        case Status.SUCCEEDED:
            succeed(board, state, execution, Status.SUCCEEDED)
        case Status.FAILED:
            execution_failed(board, state, execution)
        case Status.CANCELLED:
            board.settle(state, Status.CANCELLED, _cancelled(state, execution))
        case _:
            board.settle(state, Status.UNKNOWN, unknown_word(execution))


def record_earlier(board: Board, state: JobState, execution: Execution) -> None:
    """Begin an attempt with an execution that another apply started, of this run or another."""
    name = identity.read_name(execution.name)
    state.attempt = name.attempt if name else 1
    adopted = not board.is_own(execution.name)
    state.attempts.append(Attempt(state.attempt, execution.name, adopted=adopted))
    state.redrives = execution.redrive_count
    record_execution(state, execution)


def leave(board: Board, state: JobState, execution: Execution) -> None:
    """End a job whose work failed, or was stopped, in an earlier run, as it ended there."""
    status = status_left(execution)
    what = "was stopped" if status is Status.CANCELLED else "failed"
    board.settle(state, status, f"{what} {_LEFT}")


def take_input(state: JobState, execution: Execution) -> None:
    """Take what an execution was sent by another run, sensitive values that differ included."""
    if execution.input is None:
        return
    sent = inputs.sent_in(execution.input)
    state.sent = sent
    state.secrets += tuple(
        sent[parameter.name]
        for parameter in state.job.parameters
        if parameter.sensitive and parameter.name in sent
    )


def succeed(
    board: Board, state: JobState, execution: Execution, status: Status, reason: str = ""
) -> None:
    """End a job whose work is done; a required output that is missing fails it after all."""
    handed = hand_on(state.job, state.sent, execution.output)
    state.outputs, state.missing, state.misfits = handed.outputs, handed.missing, handed.misfits
    if not handed.problem:
        board.settle(state, status, reason)
    elif status is Status.UP_TO_DATE:
        way_out = f"run it once more with --rerun {state.name}"
        board.settle(state, Status.FAILED, f"{handed.problem}; it {reason}: {way_out}")
    else:
        board.settle(state, Status.FAILED, handed.problem)


def refuse(board: Board, state: JobState, why: str, way_out: str = "plan again") -> None:
    """Fail a job that is not to be started, or not once more."""
    state.drop_unstarted()
    if state.executions:
        failure = state.reason or "its last attempt failed"
        board.settle(state, Status.FAILED, f"{failure}; not tried again, as {why}: {way_out}")
    else:
        board.settle(state, Status.FAILED, f"{why}; nothing was started: {way_out}")


def execution_failed(board: Board, state: JobState, execution: Execution) -> None:
    """Try a job again where its retry says so, else fail it."""
    if state.stop_for is StopFor.TIMEOUT and execution.status is ExecutionStatus.ABORTED:
        error = TIMEOUT_ERROR
        reason = f"timed out after {duration(state.job.timeout)} and was stopped"
    else:
        error = execution.error or _error_of(execution) or ""
        reason = _failure(execution)
    attempt_failed(board, state, error, reason)


def attempt_failed(board: Board, state: JobState, error: str, reason: str) -> None:
    """End an attempt that failed with an error: another follows, or the job fails."""
    retry = state.job.retry
    closed = board.closed_for(state)
    is_retried = board.may_start(state.job) and policy.is_retried(retry, error, state.executions)
    if is_retried and closed is None:
        wait = policy.backoff(retry, state.executions)
        state.to_redrive = (
            retry.mode is RetryMode.REDRIVE and state.can_redrive and not state.is_express
        )
        board.move(state, Phase.BACKING_OFF)
        state.trouble_since = None
        state.status = Status.PENDING
        state.reason = reason
        board.note("retrying", state, reason, waitSeconds=round(wait))
        board.set_timer(state, Timer.RETRY, wait)
    elif is_retried and closed is not None and closed.tries_again:
        board.settle(state, Status.PENDING, f"{reason}; its next attempt waits: apply again")
    else:
        many = f" (attempt {state.executions})" if state.executions > 1 else ""
        board.settle(state, Status.FAILED, reason + many)


def unknown_word(execution: Execution) -> str:
    """The reason for a status that Step Functions added after this was written."""
    return (
        f"Step Functions says {execution.raw_status!r}, which is not known here: look at the "
        "execution in its console"
    )


def _status(state: JobState, execution: Execution) -> Status:
    status = status_of(execution)
    timed_out = state.stop_for is StopFor.TIMEOUT and status is Status.CANCELLED
    return Status.FAILED if timed_out and _stopped_here(state, execution) else status


def _stopped_here(state: JobState, execution: Execution) -> bool:
    """Tell whether an execution was stopped by this run: a person may have been faster.

    A stop need not tell its error. But a timeout counts from the execution's start, or from its
    redrive, so what was stopped before it was over was stopped by someone else.
    """
    if state.stop_for is None or execution.status is not ExecutionStatus.ABORTED:
        return False
    if execution.error is not None:
        return execution.error == _STOPPED_WITH[state.stop_for]
    timeout = state.job.timeout if state.stop_for is StopFor.TIMEOUT else None
    began = execution.redriven_at or execution.started_at or state.attempts[-1].started_at
    seconds = replace(execution, started_at=began).seconds
    return timeout is None or seconds is None or seconds >= timeout - _WHOLE_SECONDS


def _error_of(execution: Execution) -> str | None:
    return "States.Timeout" if execution.status is ExecutionStatus.TIMED_OUT else None


def _failure(execution: Execution) -> str:
    what = execution.error or _error_of(execution) or "failed"
    if not execution.cause:
        return what
    cause = execution.cause
    if len(cause) > _CAUSE_IN_REASON:
        cause = f"{cause[:_CAUSE_IN_REASON]}…"
    return f"{what}: {cause}"


def _cancelled(state: JobState, execution: Execution) -> str:
    if state.stop_for is StopFor.INTERRUPT:
        return "stopped, as the run was interrupted"
    why = f" ({_failure(execution)})" if execution.error or execution.cause else ""
    return f"stopped by someone{why}"
