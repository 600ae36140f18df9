"""Starting an execution, and every answer that a start can have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner import identity, inputs
from runner.errors import (
    HAD_NO_EFFECT,
    CredentialsFailed,
    ProviderError,
    StartLost,
    Transient,
)
from runner.model import RunPolicy
from runner.provider import NameTaken, StartRequest
from runner.results import Attempt, Status, status_of
from runner.schedule import endings, leaving, stops
from runner.schedule.events import Start
from runner.schedule.following import age_of, age_of_run, collide, follow, set_deadline
from runner.schedule.jobs import Phase
from runner.schedule.options import Timer
from runner.schedule.words import succeeded_on, within

if TYPE_CHECKING:
    from runner.provider import Execution, StartOutcome
    from runner.schedule.board import Board
    from runner.schedule.jobs import JobState

_LENIENCE = 5.0
"""Seconds by which a start of ours may seem to be older than the call that made it.

The clocks of the service's machines differ, and where it tells no time, ours counts.
"""

_STOP_LENIENCE = 0.1
"""The same for stopping it: in doubt it is another run's. No answer tells too great an age."""

_MOST_ATTEMPTS = 1000
_FIRST_DELAY = 5.0
_PATIENCE = 600.0
"""Seconds for which a start that had no effect is asked for again."""


def begin(board: Board, state: JobState) -> None:
    """Render a job's input and ask for the start of its first attempt in this run."""
    if render(board, state):
        ask(board, state)


def render(board: Board, state: JobState) -> bool:
    """Render a job's input with what it carries; False when that fails it."""
    try:
        rendered = board.render(state, state.recalled.carried)
    except inputs.InputError as error:
        board.settle(state, Status.FAILED, f"{error}; nothing was started")
        return False
    if state.rendered is not None:
        state.secrets += state.rendered.secrets
    state.rendered = rendered
    return True


def ask(board: Board, state: JobState) -> None:
    """Ask for the start of the job's present attempt, noting the intent before the call."""
    job = state.job
    if state.fingerprint is None or state.rendered is None:
        raise ValueError(f"the input of {job.name} is not rendered")
    name = identity.execution_name(
        board.project,
        job.name,
        state.fingerprint,
        run_id=board.run_in_name(state),
        attempt=state.attempt,
    )
    if state.newest is None or state.newest.name != name:
        state.attempts.append(Attempt(state.attempt, name))
    state.sent = state.rendered.values
    state.asked_at = state.began_at = board.now.seconds
    state.deadline = None
    state.unseen.clear()
    state.stop_for = None
    state.awaits_stop = False
    state.doubtful = state.contested = state.to_redrive = False
    state.redrives = 0
    state.status = Status.RUNNING
    state.reason = ""
    board.move(state, Phase.STARTING)
    board.note("starting", state)
    request = StartRequest(job.machine, name, state.rendered.text, job.trace_header)
    if state.is_express:
        board.run_express(state, request)
        set_deadline(board, state, 0.0)
    else:
        board.emit(Start(job.name, state.attempt, job.platform, request))


def answered(board: Board, state: JobState, outcome: StartOutcome) -> None:
    """Take what a start came to."""
    state.trouble_since = None
    if isinstance(outcome, NameTaken):
        _name_taken(board, state, outcome)
        return
    age = age_of(board, outcome.age, outcome.started_at)
    adopted = not _is_ours(outcome, age)
    state.contested = _is_contested(outcome)
    follow(board, state, outcome.arn, outcome.started_at, age=age, adopted=adopted)


def failed(board: Board, state: JobState, error: ProviderError) -> None:
    """Take a start that failed for good, as far as one call goes."""
    if isinstance(error, HAD_NO_EFFECT):
        delay(board, state, error)
    elif isinstance(error, Transient):
        _doubt(board, state, error)
    else:
        board.settle(state, Status.FAILED, f"could not be started: {error}")


def _name_taken(board: Board, state: JobState, outcome: NameTaken) -> None:
    execution = outcome.execution
    age = age_of(board, outcome.age, execution.started_at)
    ours = outcome.repeated and _is_ours(outcome, age)
    if state.rendered is None or not inputs.same_work(state.rendered, execution.input):
        collide(board, state, execution)
        return
    endings.take_input(state, execution)
    status = status_of(execution)
    if status is Status.RUNNING:
        state.contested = _is_contested(outcome)
        state.redrives = execution.redrive_count
        age = age_of_run(board, execution, outcome.age)
        follow(board, state, execution.arn, execution.started_at, age=age, adopted=not ours)
        return
    state.change_attempt(adopted=not ours)
    began_since = age < board.now.seconds - board.looked_at
    if ours or began_since or status is Status.UNKNOWN:
        state.executions += ours or began_since
        endings.take_end(board, state, execution)
        return
    endings.record_execution(state, execution)
    if status is Status.SUCCEEDED and endings.is_sealed(state, execution):
        endings.take_end(board, state, execution)
    elif status is Status.SUCCEEDED and _counts(state, execution):
        endings.succeed(board, state, execution, Status.UP_TO_DATE, succeeded_on(execution))
    elif status is Status.SUCCEEDED or board.retry_failed:
        _next_attempt(board, state, status)
    else:
        endings.leave(board, state, execution)


def _counts(state: JobState, execution: Execution) -> bool:
    """Tell whether an earlier success means that the work is done.

    Not on change, where the job has done something else since: the work was reverted to, and
    the plan could not see far enough back.
    """
    work = state.work
    if work is None or work.is_of_run or work.policy is RunPolicy.ONCE:
        return True
    return not (work.is_newer_than(execution) or state.recalled.past.knows_newer(execution))


def _is_ours(outcome: StartOutcome, age: float) -> bool:
    """Tell whether an execution of this age can have begun after its start was sent."""
    return age <= outcome.since_sent + _LENIENCE


def _is_contested(outcome: StartOutcome) -> bool:
    """Tell whether it may have begun before that."""
    return outcome.age is None or outcome.age > outcome.since_sent + _STOP_LENIENCE


def _next_attempt(board: Board, state: JobState, status: Status) -> None:
    """An earlier run's attempt does not count: take the next number, which costs this none."""
    why = "other work came after" if status is Status.SUCCEEDED else "it did not succeed"
    board.note("found", state, f"an attempt of an earlier run: {why}")
    if board.closed_for(state) is not None:
        stops.settle_unstarted(board, state)
    elif state.attempt >= _MOST_ATTEMPTS:
        board.settle(
            state, Status.FAILED, f"{state.attempt} attempts were made in earlier runs; not started"
        )
    else:
        state.attempt += 1
        ask(board, state)


def delay(board: Board, state: JobState, error: ProviderError) -> None:
    """The call had no effect: ask again later, for a bounded while."""
    now = board.now.seconds
    is_first = state.trouble_since is None
    if state.trouble_since is None:
        state.trouble_since = now
    waited = now - state.trouble_since
    if board.closed_for(state) is not None:
        stops.settle_unstarted(board, state)
    elif waited >= _PATIENCE:
        board.settle(state, Status.FAILED, f"could not be started for {waited:.0f} s: {error}")
    else:
        wait = max(_FIRST_DELAY, waited / 2)
        state.status = Status.PENDING
        board.move(state, Phase.BACKING_OFF)
        if is_first or not isinstance(error, CredentialsFailed):
            board.note("delayed", state, str(error), waitSeconds=round(wait))
        board.set_timer(state, Timer.RETRY, wait)


def _doubt(board: Board, state: JobState, error: ProviderError) -> None:
    """The answer was lost: a Standard execution is looked for under the ARN it must have."""
    if state.is_express:
        board.settle(
            state,
            Status.UNKNOWN,
            f"the answer was lost ({within(error)}): it may have run. Look at the state machine's "
            "logs, then apply again; with idempotent: true it is sent again by itself",
        )
        return
    arn = state.job.machine.execution(state.attempts[-1].name)
    state.doubtful = True
    state.trouble_since = None
    state.is_taken = isinstance(error, StartLost) and error.is_anothers
    since_sent = error.since_sent if isinstance(error, StartLost) else 0.0
    state.sent_at = board.now.seconds - since_sent
    state.executions += 1
    state.change_attempt(arn=arn)
    board.move(state, Phase.RUNNING)
    lost = "" if state.is_taken else "the answer to its start was lost: "
    board.note("doubtful", state, f"{lost}{error}")
    board.watch_execution(state, arn, age=0.0, whole=True)
    leaving.heed(board, state)


def found(board: Board, state: JobState, execution: Execution) -> None:
    """Take what has the name of a start in doubt: it may be another run's, or other work."""
    board.unwatch(state)
    state.doubtful = False
    state.executions -= 1
    state.change_attempt(arn=None)
    since_sent = board.now.seconds - state.sent_at
    repeated = not state.is_taken
    _name_taken(board, state, NameTaken(execution, repeated, execution.age, since_sent))
