"""Following an execution that runs: one of this run, or one that another run started."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner import inputs
from runner.results import Status, status_of
from runner.schedule import endings, leaving
from runner.schedule.jobs import Phase
from runner.schedule.options import LEFT, Timer

if TYPE_CHECKING:
    from datetime import datetime

    from runner.provider import Execution
    from runner.schedule.board import Board
    from runner.schedule.jobs import JobState


def adopt(board: Board, state: JobState, execution: Execution) -> None:
    """Take over an execution that another run started, if it does the same as ours would."""
    theirs = inputs.sent_in(execution.input)
    try:
        rendered = board.render(state, {**theirs})
    except inputs.InputError as error:
        reason = f"{error}; nothing was started, and {execution.arn} is left alone"
        board.settle(state, Status.FAILED, reason)
        return
    if not inputs.same_work(rendered, execution.input):
        collide(board, state, execution)
        return
    state.rendered = rendered
    endings.record_earlier(board, state, execution)
    endings.take_input(state, execution)
    if status_of(execution) is Status.RUNNING:
        age = age_of_run(board, execution, execution.age)
        follow(board, state, execution.arn, execution.started_at, age=age, adopted=True)
    else:
        state.executions += 1
        board.note("adopted", state)
        endings.execution_ended(board, state, execution)


def follow(
    board: Board,
    state: JobState,
    arn: str,
    started_at: datetime | None,
    *,
    age: float,
    adopted: bool,
) -> None:
    """An execution runs: look at it until it ends.

    With `adopted`, another apply started it: of another run, or of this one.
    """
    state.executions += 1
    is_others = adopted and not board.is_own(state.attempts[-1].name)
    state.change_attempt(arn=arn, status="RUNNING", started_at=started_at, adopted=is_others)
    if not adopted:
        age = min(age, board.now.seconds - state.asked_at)
    state.began_at = board.now.seconds - age
    state.status = Status.RUNNING
    board.move(state, Phase.RUNNING)
    if adopted and not is_others:
        board.note("adopted", state, own=True)
    else:
        board.note("adopted" if adopted else "started", state)
    if board.options.detach:
        board.settle(state, Status.RUNNING, LEFT)
        return
    board.watch_execution(state, arn, age=age, whole=adopted)
    set_deadline(board, state, age)
    leaving.heed(board, state)


def collide(board: Board, state: JobState, execution: Execution) -> None:
    """Refuse loudly: an execution has the name of our work, and does something else."""
    board.settle(
        state,
        Status.FAILED,
        f"name collision: {execution.arn} exists with another input; nothing was started. "
        "Look at who started it; a change of the job's name or input gives a new name",
    )


def age_of(board: Board, told: float | None, started_at: datetime | None) -> float:
    """Seconds for which an execution has run, by this machine's clock only where none are told."""
    if told is None:
        told = (board.now.wall - started_at).total_seconds() if started_at else 0.0
    return max(0.0, told)


def age_of_run(board: Board, execution: Execution, told: float | None) -> float:
    """Seconds for which an execution has run since it was redriven last, or else since its start.

    `told` is how long ago it started.
    """
    age = age_of(board, told, execution.started_at)
    if execution.redriven_at is None or execution.started_at is None:
        return age
    return max(0.0, age - (execution.redriven_at - execution.started_at).total_seconds())


def set_deadline(board: Board, state: JobState, age: float) -> None:
    """Have the job's timeout go off, for an execution of this age."""
    if state.job.timeout is not None:
        state.deadline = board.set_timer(state, Timer.DEADLINE, state.job.timeout - age)
