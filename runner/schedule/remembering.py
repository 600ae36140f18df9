"""A job's turn: what its past makes of it. Is its work done, under way, or to be started?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from runner import identity, inputs, memory
from runner.memory import LeftFailed, ToStart, UnderWay, UpToDate, Work
from runner.provider import Execution, ExecutionStatus
from runner.results import Status
from runner.schedule import endings, following, reading, starts
from runner.schedule.jobs import Phase, Purpose
from runner.schedule.outputs import hand_on
from runner.schedule.words import succeeded_on

if TYPE_CHECKING:
    from datetime import datetime

    from runner.errors import ProviderError
    from runner.memory import Verdict
    from runner.schedule.board import Board
    from runner.schedule.jobs import JobState


def take_turn(board: Board, state: JobState) -> None:
    """Decide about a job that is to run, now that all that it needs has settled."""
    work = state.work or _identify(board, state)
    if work is None:
        return
    recalled = state.recalled
    recalled.decided_on = recalled.past
    verdict = memory.decide(recalled.past, work)
    if not state.job.is_selected and not isinstance(verdict, UpToDate):
        _not_selected(board, state, verdict)
        return
    match verdict:
        case UpToDate(execution):
            _up_to_date(board, state, execution)
        case UnderWay(execution):
            reading.ask(board, state, execution, Purpose.ADOPT)
        case LeftFailed(execution):
            endings.record_earlier(board, state, execution)
            endings.leave(board, state, execution)
        case ToStart() if not board.may_start(state.job):
            endings.refuse(board, state, "the plan does not start it")
        case ToStart(after=Execution() as other):
            _wait_behind(board, state, other)
        case ToStart():
            first = state.attempt or first_number(state, work)
            state.attempt = max(first, state.recalled.least)
            board.queue(state)
        case _:
            assert_never(verdict)


def read_back(board: Board, state: JobState, execution: Execution) -> None:
    """Take an execution that was asked for."""
    was, state.reading = state.reading, None
    match was.purpose if was else None:
        case Purpose.OUTPUTS if execution.status is ExecutionStatus.SUCCEEDED:
            _done(board, state, execution)
        case Purpose.ADOPT:
            following.adopt(board, state, execution)
        case Purpose.CARRY if was and execution.status is was.execution.status:
            _carry_from(board, state, execution)
        case None:
            return
        case _:
            _decide_anew(board, state, execution)


def not_read(board: Board, state: JobState, error: ProviderError) -> None:
    """Take that an execution could not be described."""
    if reading.failed(board, state, error):
        take_turn(board, state)


def other_ended(board: Board, state: JobState, other: Execution) -> None:
    """The execution of other work, for which the job waits, runs no more."""
    board.unwatch(state)
    if other.status is ExecutionStatus.UNRECOGNISED:
        why = f"{other.arn}, of other work of this job, has to end first. "
        endings.refuse(board, state, why + endings.unknown_word(other), "then apply again")
    else:
        _decide_anew(board, state, other)


def other_forgotten(board: Board, state: JobState) -> None:
    """The execution of other work, for which the job waits, does not exist any more."""
    arn = state.watching or ""
    board.unwatch(state)
    state.recalled.before = state.recalled.before.without(arn)
    state.recalled.past = state.recalled.past.without(arn)
    take_turn(board, state)


def carries(board: Board, state: JobState) -> bool:
    """Tell whether what a job carries is at hand; if not, it is asked for, or refused."""
    recalled = state.recalled
    newest = recalled.past.newest_success
    is_whole = recalled.past.complete and not recalled.past.problem
    if newest is None and not is_whole and not state.attempts:
        seen = f"among the {recalled.past.rows:,} newest executions of its state machine"
        endings.refuse(
            board,
            state,
            f"it carries what its newest success left, and no success was seen {seen}",
            "raise limits.lookback, or set carry: false for a first run",
        )
        return False
    source = recalled.past.source
    if source is None or recalled.carried_from == source.execution.arn:
        return True
    reading.ask(board, state, source.execution, Purpose.CARRY)
    return False


def first_number(state: JobState, work: Work) -> int:
    """The attempt that comes next, by what was known when the run looked.

    One that began since then is a concurrent run's very attempt: asking for the same name
    tells what became of it.
    """
    numbers = (
        one.name.attempt
        for one in state.recalled.before.seen
        if one.name.run == work.run and one.name.fingerprint in work.fingerprints
    )
    return max(state.recalled.least, 1 + max(numbers, default=0))


def next_number(state: JobState) -> int:
    """The attempt that follows one of this run, or one that it adopted."""
    newest = state.newest
    name = identity.read_name(newest.name) if newest else None
    work = state.work
    if newest is None or name is None or work is None:
        return state.attempt + 1
    if name.run == work.run and name.fingerprint in work.fingerprints:
        return newest.number + 1
    return first_number(state, work)


def _identify(board: Board, state: JobState) -> Work | None:
    """Work out what the job would do; None when that fails it."""
    job = state.job
    try:
        public = inputs.public(job, board.context, board.planned)
    except inputs.InputError as error:
        board.settle(state, Status.FAILED, f"{error}; nothing was started")
        return None
    needs = {name: board.jobs[name].as_need(board.run_id) for name in job.needs}
    schemes = (identity.SCHEME, *identity.EARLIER_SCHEMES)
    fingerprints = tuple(
        identity.fingerprint(
            project=board.project,
            job=job.name,
            machine=str(job.machine),
            public=public,
            needs=needs,
            revision=state.identifying_revision,
            scheme=scheme,
        )
        for scheme in schemes
    )
    state.public = public
    run = identity.run_digits(board.run_in_name(state))
    state.work = Work(fingerprints, job.run, run, board.retry_failed, _not_before(board, state))
    return state.work


def _not_before(board: Board, state: JobState) -> datetime | None:
    """When the newest execution of its needs began. Express ones begin in every run."""
    needs = (board.jobs[name] for name in state.job.needs)
    return memory.not_before(
        (need.newest.started_at, need.job.platform == state.job.platform)
        for need in needs
        if need.newest is not None and not need.is_express
    )


def _up_to_date(board: Board, state: JobState, execution: Execution) -> None:
    if state.job.has_outputs:
        reading.ask(board, state, execution, Purpose.OUTPUTS)
    else:
        endings.record_earlier(board, state, execution)
        board.settle(state, Status.UP_TO_DATE, succeeded_on(execution))


def _done(board: Board, state: JobState, execution: Execution) -> None:
    """Take what a success left; one without a required output is a failed attempt."""
    if not _did_the_same(board, state, execution):
        following.collide(board, state, execution)
        return
    lacks = hand_on(state.job, {}, execution.output).problem
    if lacks and board.retry_failed and board.may_start(state.job):
        recalled = state.recalled
        recalled.past = recalled.past.added(execution).lacking(execution.arn, lacks)
        board.note("found", state, f"an attempt of an earlier run: {lacks}")
        take_turn(board, state)
        return
    endings.record_earlier(board, state, execution)
    endings.take_input(state, execution)
    endings.succeed(board, state, execution, Status.UP_TO_DATE, succeeded_on(execution))


def _did_the_same(board: Board, state: JobState, execution: Execution) -> bool:
    """Tell whether an execution was sent what its name stands for.

    What is taken from other jobs is left aside: an Express need has another ARN in each run,
    and one that was forgotten may have handed on something else.
    """
    settled = state.public.values if state.public else {}
    try:
        rendered = board.render(state, {**inputs.sent_in(execution.input)})
    except inputs.InputError:
        return True
    compared = {name: value for name, value in rendered.compared.items() if name in settled}
    return inputs.same_work(replace(rendered, compared=compared), execution.input)


def _not_selected(board: Board, state: JobState, verdict: Verdict) -> None:
    match verdict:
        case ToStart(why=why):
            what = f"({why.value})"
        case UnderWay(execution):
            what = f"({execution.arn} still runs)"
        case _:
            what = "(its last attempt failed)"
    way_out = f"select +{state.name}"
    endings.refuse(board, state, f"it is not selected, and not up to date {what}", way_out)


def _wait_behind(board: Board, state: JobState, other: Execution) -> None:
    """Wait for an execution of other work of the same job. It is never stopped from here."""
    if board.options.detach:
        reason = f"after {other.arn}, which still runs: apply again"
        board.settle(state, Status.PENDING, reason)
        return
    board.move(state, Phase.BEHIND)
    reason = "an execution of other work of this job still runs"
    board.note("waiting_for", state, reason, waitingFor=other.arn)
    age = (board.now.wall - other.started_at).total_seconds() if other.started_at else 0.0
    board.watch_execution(state, other.arn, age=max(0.0, age), whole=True)


def _decide_anew(board: Board, state: JobState, execution: Execution) -> None:
    state.recalled.past = state.recalled.past.added(execution)
    take_turn(board, state)


def _carry_from(board: Board, state: JobState, execution: Execution) -> None:
    try:
        state.recalled.carried = inputs.carried(state.job, execution.input, execution.output)
    except inputs.InputError as error:
        board.settle(state, Status.FAILED, f"{error}; nothing was started")
        return
    state.recalled.carried_from = execution.arn
    if state.attempts and not starts.render(board, state):
        return
    board.queue(state)
