"""The state that a schedule owns, and the few ways in which it changes."""

from __future__ import annotations

import heapq
from collections import deque
from typing import TYPE_CHECKING

from runner import identity, inputs
from runner.errors import Refused
from runner.results import Status
from runner.schedule.events import Note, RunExpress
from runner.schedule.jobs import JobState, Phase, Recalled
from runner.schedule.lapses import Lapses
from runner.schedule.machines import machines_of
from runner.schedule.options import EXPRESS_CALLS, Closed
from runner.schedule.watching import Watch, paces

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.inputs import RenderedInput
    from runner.memory import Memory
    from runner.plan import Plan, PlannedJob
    from runner.provider import StartRequest
    from runner.results import Attempt
    from runner.schedule.events import Effect, Now
    from runner.schedule.options import Options, Timer
    from runner.values import Json


class Board:
    """All that a schedule knows. Only the schedule's own modules change it."""

    def __init__(
        self,
        plan: Plan,
        *,
        memory: Memory | None,
        run_id: str,
        context: Mapping[str, Json],
        options: Options,
        now: Now,
    ) -> None:
        self.project = plan.project
        self.retry_failed = plan.retry_failed
        self.run_id = run_id
        self.options = options
        self.now = now
        self.jobs = {
            job.name: JobState(job, index, len(job.needs), job.revision, _recalled(memory, job))
            for index, job in enumerate(plan.jobs)
        }
        for state in self.jobs.values():
            state.left = _left(state, options.left.get(state.name))
        self.planned = {job.name: job for job in plan.jobs}
        self.looked_at = memory.looked_at if memory else now.seconds
        self.machines = machines_of(plan, self.jobs.values(), memory)
        self.dependents = _dependents(self.jobs)
        self.watch = Watch(paces(plan))
        self.watched: dict[str, JobState] = {}
        self.closed: Closed | None = None
        self.lapses = Lapses()
        self.interrupted = False
        self.leaving = False
        wait = options.leave_after
        self.leave_at = now.seconds + wait if wait is not None else None
        self.open = len(self.jobs)
        self.active = 0
        self.settled: deque[JobState] = deque()
        self.context: Mapping[str, Json] = {
            **context,
            "run": {"id": run_id},
            "project": {"name": plan.project},
        }
        self._ready: list[int] = []
        self._ready_express: list[int] = []
        self._express_out = 0
        self._order = list(self.jobs.values())
        self._timers: list[tuple[float, int, int, Timer, tuple[int, int]]] = []
        self._count = 0
        self._out: list[Effect] = []

    def emit(self, effect: Effect) -> None:
        """Ask for an effect."""
        self._out.append(effect)

    def note(self, event: str, state: JobState, reason: str = "", **details: Json) -> None:
        """Record a transition of a job."""
        newest = state.newest
        if newest is not None:
            details = {"executionName": newest.name, "executionArn": newest.arn, **details}
        self.emit(Note(event, state.name, state.attempt or None, state.status, reason, details))

    def take_effects(self) -> list[Effect]:
        """Hand over what was asked for since the last time."""
        out, self._out = self._out, []
        return out

    def move(self, state: JobState, phase: Phase) -> None:
        """Change a job's phase, keeping count of those that take a place."""
        was_active = state.is_active
        state.phase = phase
        self.active += state.is_active - was_active

    def settle(self, state: JobState, status: Status, reason: str = "", **details: Json) -> None:
        """End a job: nothing more happens to it in this run."""
        if state.phase is Phase.SETTLED:
            return
        self.unwatch(state)
        self.move(state, Phase.SETTLED)
        state.status = status
        state.reason = reason
        self.open -= 1
        self.settled.append(state)
        if not status.is_open and state.newest is not None:
            details = {**_took(state.newest), **details}
        self.note(status.value if not status.is_open else "left", state, reason, **details)

    def queue(self, state: JobState) -> None:
        """Let a job start as soon as there is room, in the plan's order."""
        self.move(state, Phase.READY)
        heapq.heappush(self._ready_express if state.is_express else self._ready, state.index)

    def next_ready(self) -> JobState | None:
        """Take the first job that may start; Express jobs wait for room of their own."""
        heaps = [self._ready]
        if self._express_out < EXPRESS_CALLS:
            heaps.append(self._ready_express)
        while heap := min((heap for heap in heaps if heap), default=None):
            state = self._order[heapq.heappop(heap)]
            if state.phase is Phase.READY:
                return state
        return None

    def run_express(self, state: JobState, request: StartRequest) -> None:
        """Ask for an Express execution. Its call takes a place until it is answered."""
        job = state.job
        self._express_out += 1
        self.emit(
            RunExpress(job.name, state.attempt, job.platform, request, job.idempotent, job.timeout)
        )

    def express_answered(self) -> None:
        """Give back the place of an Express call."""
        self._express_out -= 1

    def set_timer(self, state: JobState, timer: Timer, seconds: float) -> float:
        """Have a timer go off for the job's present attempt, or redrive; returns when."""
        self._count += 1
        due = self.now.seconds + max(seconds, 0.0)
        heapq.heappush(self._timers, (due, self._count, state.index, timer, _turn(state)))
        return due

    def timers_due(self) -> list[tuple[JobState, Timer]]:
        """Take the timers that went off, unless their attempt or redrive is over."""
        found: list[tuple[JobState, Timer]] = []
        while self._timers and self._timers[0][0] <= self.now.seconds:
            _, _, index, timer, turn = heapq.heappop(self._timers)
            state = self._order[index]
            if _turn(state) == turn and state.phase is not Phase.SETTLED:
                found.append((state, timer))
        return found

    def next_timer(self) -> float | None:
        """When the first timer goes off, in seconds of the run's clock."""
        return self._timers[0][0] if self._timers else None

    def watch_execution(
        self, state: JobState, arn: str, *, age: float, whole: bool = False
    ) -> None:
        """Begin to look at a job's execution, which is `age` seconds old; see Watch.add."""
        self.watched[arn] = state
        state.watching = arn
        now = self.now.seconds
        self.watch.add(
            arn,
            state.job.platform,
            state.job.machine,
            since=now - age,
            now=now,
            usual=state.recalled.usual,
            whole=whole,
        )

    def unwatch(self, state: JobState) -> None:
        """Look no more at the execution that is looked at for a job."""
        arn, state.watching = state.watching, None
        if arn is not None and self.watched.pop(arn, None) is not None:
            self.watch.remove(arn)

    def context_of(self, state: JobState) -> Mapping[str, Json]:
        """What the job's expressions may see: its needs, variables and the environment."""
        jobs: dict[str, Json] = {name: self.jobs[name].as_context() for name in state.job.needs}
        return {**self.context, "jobs": jobs}

    def render(self, state: JobState, carried: Mapping[str, Json]) -> RenderedInput:
        """Render a job's input once its needs have settled. Raises InputError."""
        return inputs.render(state.job, self.context_of(state), carried)

    def run_in_name(self, state: JobState) -> str | None:
        """The run's id where it stands in the names of the job's executions."""
        job = state.job
        named = identity.names_run(job.run, express=state.is_express, rerun=job.rerun)
        return self.run_id if named else None

    def is_own(self, name: str) -> bool:
        """Tell whether an execution of this name is this run's, whichever apply started it."""
        read = identity.read_name(name)
        names_run = read is not None and read.run == identity.run_digits(self.run_id)
        return names_run or name in self.options.own

    def closed_for(self, state: JobState) -> Closed | None:
        """Tell why a job is not to be started any more; None where it may be."""
        why = self.lapses.lost.get(state.job.platform)
        if self.closed is not None or why is None:
            return self.closed
        way_out = f"renew the credentials of {state.job.platform} and apply again"
        return Closed(Status.PENDING, f"not started: {way_out}; they {why}")

    def may_start(self, job: PlannedJob) -> bool:
        """Tell whether the plan that was reviewed, if one was, lets executions be started."""
        options = self.options
        if not options.reviewed:
            return True
        return job.action.may_start if options.starts is None else job.name in options.starts


def _turn(state: JobState) -> tuple[int, int]:
    return (state.attempt, state.redrives)


def _recalled(memory: Memory | None, job: PlannedJob) -> Recalled:
    past = memory.pasts.get(job.name) if memory else None
    return Recalled(past, past) if past else Recalled()


def _left(state: JobState, attempt: Attempt | None) -> Attempt | None:
    """What an earlier apply left, unless it has ended since then."""
    seen = (one.execution for one in state.recalled.past.seen)
    ended = {one.name for one in seen if one.stopped_at is not None}
    return None if attempt is None or attempt.name in ended else attempt


def _took(attempt: Attempt) -> dict[str, Json]:
    if attempt.started_at is None or attempt.stopped_at is None:
        return {}
    seconds = (attempt.stopped_at - attempt.started_at).total_seconds()
    return {"milliseconds": max(0, round(seconds * 1000))}


def _dependents(jobs: Mapping[str, JobState]) -> Mapping[str, list[JobState]]:
    dependents: dict[str, list[JobState]] = {name: [] for name in jobs}
    for state in jobs.values():
        for need in state.job.needs:
            if need not in jobs:
                raise Refused(
                    f"job {state.name} needs {need}, which is not part of the plan: select it too"
                )
            dependents[need].append(state)
    return dependents
