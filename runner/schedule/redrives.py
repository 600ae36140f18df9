"""Redriving: a failed execution goes on from the state that failed, in place of a new one.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from runner.errors import CredentialsFailed, Rejected, Throttled, Transient, Unreachable
from runner.results import Status
from runner.schedule import remembering, starts, stops
from runner.schedule.events import Redrive
from runner.schedule.following import set_deadline
from runner.schedule.jobs import Phase
from runner.schedule.words import within

if TYPE_CHECKING:
    from runner.errors import ProviderError
    from runner.schedule.board import Board
    from runner.schedule.jobs import JobState


def ask(board: Board, state: JobState) -> None:
    """Ask for a redrive, noting the intent before the call."""
    newest = state.newest
    if newest is None or newest.arn is None:
        raise ValueError(f"{state.name} has no execution to redrive")
    state.asked_at = board.now.seconds
    state.deadline = None
    state.stop_for = None
    state.doubtful = state.doubtful and state.trouble_since is not None
    state.status = Status.RUNNING
    board.move(state, Phase.STARTING)
    board.note("redriving", state)
    token = _token(newest.arn, newest.redrive_count)
    board.emit(Redrive(state.name, state.attempt, state.job.platform, newest.arn, token))


def answered(board: Board, state: JobState) -> None:
    """The execution goes on: follow it, once its redrive shows."""
    newest = state.newest
    if newest is None or newest.arn is None:
        return
    state.trouble_since = None
    state.doubtful = state.to_redrive = False
    state.executions += 1
    state.redrives = newest.redrive_count + 1
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
    board.note("redriven", state)
    if board.options.detach:
        board.settle(state, Status.RUNNING, "left running: the run does not wait")
        return
    board.watch_execution(state, newest.arn, age=0.0, whole=True)
    set_deadline(board, state, 0.0)
    if board.interrupted:
        stops.stop_or_leave(board, state)


def failed(board: Board, state: JobState, error: ProviderError) -> None:
    """A redrive that may have been taken is asked for again; else a new attempt is made.

    The same token makes the same redrive.
    """
    if isinstance(error, Transient) and board.closed_for(state) is not None:
        reason = f"the answer to its redrive was lost ({within(error)}): it may run"
        board.settle(state, Status.UNKNOWN, f"{reason}; apply again, which adopts it")
        return
    if isinstance(error, (Throttled, Unreachable, Transient, CredentialsFailed)):
        state.doubtful = state.doubtful or isinstance(error, Transient)
        starts.delay(board, state, error)
        return
    if state.doubtful and isinstance(error, Rejected):
        # Long after a lost answer the token is forgotten, and what runs can't be redriven.
        answered(board, state)
        return
    board.note("not_redriven", state, f"a new attempt is made: {within(error)}")
    state.can_redrive = state.to_redrive = False
    state.trouble_since = None
    if board.closed_for(state) is not None:
        stops.settle_unstarted(board, state)
        return
    state.attempt = remembering.next_number(state)
    board.queue(state)


def _token(arn: str, redrive_count: int) -> str:
    """A token that every run derives alike, so that two of them make one redrive."""
    return hashlib.sha256(f"{arn} {redrive_count + 1}".encode()).hexdigest()[:32]
