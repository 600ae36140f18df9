"""What must hold at every step of a run, whatever goes wrong around it."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from runner import quotas, values
from runner.model import RetryMode, Trigger
from runner.results import TIMEOUT_ERROR, Status
from runner.schedule import Redrive, RunExpress, Start, Stop
from runner.schedule.jobs import Phase, StopFor
from tests.simulation.lives import lacks_required, left_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.plan import Plan, PlannedJob
    from runner.schedule import Call, Options, Schedule
    from runner.schedule.jobs import JobState
    from runner.values import Json
    from tests.simulation.client import Client
    from tests.simulation.lives import Change, Life
    from tests.simulation.world import SimulatedWorld

STALLED = 1_500.0
"""Seconds in which a run must get somewhere while nothing runs that it could wait for: it bears

trouble for ten minutes, with waits between its attempts that grow to half of that, and a call
may take some minutes more.
"""

_CLOSE = 2.0
"""Seconds before a job's timeout in which a stop may be taken for that of the timeout."""


class Broken(AssertionError):
    """Something that must hold does not."""


def holds(what: object, why: str, *about: object) -> None:
    """Complain unless something is so."""
    if not what:
        raise Broken(f"{why}: {' '.join(map(str, about))}")


class Referee:
    """Watches one run. It knows what the service knows, and what the schedule shows of itself."""

    def __init__(
        self,
        schedule: Schedule,
        client: Client,
        world: SimulatedWorld,
        *,
        plan: Plan,
        options: Options,
    ) -> None:
        self.states: Mapping[str, JobState] = schedule.jobs
        self.service, self.client, self.world = client.service, client, world
        self.plan, self.options = plan, options
        bounds = [one for one in (plan.concurrency, options.max_parallel) if one is not None]
        self.bound = min(bounds, default=None)
        self.settled: dict[str, Status] = {}
        self._moved_at = self._began = world.seconds
        world.step, world.on_call = self.step, self.asked
        client.on_start, client.on_redrive = self.started, self.redriven

    def noted(self, _: Mapping[str, Json]) -> None:
        """Take that something was told of the run."""
        self._moved_at = self.world.seconds

    @property
    def leaves(self) -> bool:
        """Tell whether the run's time is up, unless it was interrupted before."""
        after = self.options.leave_after
        over = float("inf") if after is None else self._began + after
        return min([over, *self.world.interrupts]) == over <= self.world.seconds

    def step(self) -> None:
        """Look at the run between two events."""
        self._settled_jobs_stay_so()
        self._bound_is_kept()
        self._goes_on()

    def asked(self, call: Call) -> None:
        """Look at a call before it is made."""
        if isinstance(call, Stop):
            again = self.states[call.job].stop_for is StopFor.TIMEOUT
            holds(not self.leaves or again, "stopped after the run's time was up", call)
        if not isinstance(call, Start | RunExpress | Redrive):
            return
        state = self.states[call.job]
        self._may_start(state)
        holds(not self.world.interrupts, "asked for after an interrupt", call)
        holds(not self.leaves, "asked for after the run's time was up", call)
        if isinstance(call, Redrive):
            is_mode = state.job.retry.mode is RetryMode.REDRIVE
            holds(is_mode, "redriven though its retry does not say so", call.job)

    def started(self, life: Life) -> None:
        """Look at an execution that has just begun."""
        state = self._state_of(life)
        self._was_sent_in_time(life.name)
        self._input_is_what_needs_left(state, life)
        mine = [one for one in self.client.lives if one is not life and self._is_of(one, state)]
        again = sum(self.client.redriven[one.arn] for one in mine)
        names = {one.name for one in [*mine, life]}
        many = len(names) + again
        holds(many <= state.job.retry.max_attempts, "more executions than maxAttempts", life.name)
        if not state.is_express:
            self._is_not_done_twice(life)
        elif not state.job.idempotent:
            sent = [one for one in mine if one.name == life.name]
            holds(not sent, "an Express attempt ran twice", life.name)

    def redriven(self, life: Life) -> None:
        """Look at an execution that is about to go on."""
        self._was_sent_in_time(life.name)
        self._can_be_tried_again(life)

    def _settled_jobs_stay_so(self) -> None:
        for name, state in self.states.items():
            if state.phase is not Phase.SETTLED:
                holds(name not in self.settled, "it goes on though it was settled", name)
            elif self.settled.setdefault(name, state.status) is not state.status:
                raise Broken(f"{name} was {self.settled[name]} and is {state.status}")

    def _bound_is_kept(self) -> None:
        if self.bound is None:
            return
        now = self.world.seconds
        running = {life.name for life in self.client.lives if life.runs(now) and self._counts(life)}
        holds(len(running) <= self.bound, "more run at once than may", self.bound, *running)

    def _counts(self, life: Life) -> bool:
        """Tell whether an execution is the one that its job now waits for."""
        state = self._state_of(life)
        newest = state.newest
        is_newest = newest is not None and newest.name == life.name
        # An Express execution runs on after its timeout, as nothing can stop it.
        is_let_go = state.is_express and state.phase is not Phase.STARTING
        # The answer to its redrive was lost: it gives its place away until it is asked again.
        is_let_go = is_let_go or (state.doubtful and state.to_redrive)
        # Another run may have redriven what this one takes for ended.
        is_let_go = is_let_go or life.at(self.world.seconds).redrives > self._redrives_of(life)
        return is_newest and not is_let_go and state.phase is not Phase.SETTLED

    def _redrives_of(self, life: Life) -> int:
        """How often an execution was redriven as far as this run knows."""
        newest = self._state_of(life).newest
        return max(self.client.redriven[life.arn], newest.redrive_count if newest else 0)

    def _goes_on(self) -> None:
        """A run that has nothing to wait for must come to something."""
        now = self.world.seconds
        if now - self._moved_at <= STALLED:
            return
        chances = self.service.chances
        recent = now - STALLED
        waits = any(
            life.began <= now and (life.runs(now) or recent < life.at(now).at)
            for life in self.service.all()
        )
        out = chances.expires <= now and chances.renewed > recent
        holds(waits or out, "it waits for nothing", [*self._open()])

    def _open(self) -> list[str]:
        return [
            f"{name} {state.phase.name}"
            for name, state in self.states.items()
            if state.phase is not Phase.SETTLED
        ]

    def _may_start(self, state: JobState) -> None:
        """Work out anew whether the trigger lets a job start."""
        needs = [self.states[name] for name in state.job.needs]
        holds(all(one.phase is Phase.SETTLED for one in needs), "needs are open", state.name)
        holds(not any(one.status.is_open for one in needs), "a need still runs", state.name)
        holds(state.job.condition is not False, "its if is false", state.name)
        if state.job.trigger is Trigger.ALL_SUCCEEDED:
            all_well = all(one.status.is_success for one in needs)
            holds(all_well, "a need did not succeed", state.name)
        elif state.job.trigger is Trigger.ANY_FAILED:
            holds(any_bad_before(state, self.states), "nothing before it failed", state.name)

    def _was_sent_in_time(self, name: str) -> None:
        for moment in self.world.interrupts:
            holds(self.client.sent_at <= moment, "it began after an interrupt", name)

    def _input_is_what_needs_left(self, state: JobState, life: Life) -> None:
        sent = values.parse(life.request.input)
        assert isinstance(sent, dict)
        for name in state.job.needs:
            wanted = self._left(self.states[name])
            given = sent[f"from_{name}"]
            same = values.canonical(given) == values.canonical(wanted)
            holds(same, "a need left something else", life.name, name, given, wanted)

    def _left(self, need: JobState) -> Json:
        arn = need.arn
        if not need.status.is_success or arn is None:
            return None
        life = self.service.lives.get(arn) or self.service.express[arn]
        return left_of(need.job, life.changes[-1].output)

    def _is_not_done_twice(self, life: Life) -> None:
        """No other execution of the same work runs, or has done it."""
        work = life.name.rpartition("-")[0]
        for other in self.service.of_machine(life.request.machine):
            if other is not life and other.name.rpartition("-")[0] == work:
                self._can_be_tried_again(other)

    def _can_be_tried_again(self, other: Life) -> None:
        change = other.at(self.service.now)
        job = self._state_of(other).job
        done = change.status == "SUCCEEDED" and not lacks_required(job, change.output)
        if (change.status == "RUNNING" or done) and self._is_raced(job):
            self.service.happened["redrives that race with another run"] += 1
            return
        holds(change.status != "RUNNING", "its work is under way", other.name)
        holds(not done, "its work is done", other.name)
        mine = other in self.client.lives
        person = by_a_person(other, change, job) and "sealed" not in self.client.excused(other.arn)
        holds(not (person and mine), "a person stopped it", other.name)

    def _is_raced(self, job: PlannedJob) -> bool:
        """Tell whether one run may redrive what another tries anew: no name keeps them apart."""
        others = self.service.happened["runs at once"] or self.service.happened["killed"]
        return bool(others) and job.retry.mode is RetryMode.REDRIVE

    def _state_of(self, life: Life) -> JobState:
        job = self.service.job_of(life.name)
        assert job is not None
        return self.states[job.name]

    def _is_of(self, life: Life, state: JobState) -> bool:
        return self._state_of(life) is state


def by_a_person(life: Life, change: Change, job: PlannedJob) -> bool:
    """Tell whether someone stopped an execution who can be told from its job's timeout."""
    if change.status != "ABORTED" or change.error is not None:
        return change.status == "ABORTED" and change.error != TIMEOUT_ERROR
    return job.timeout is None or change.at - life.began < job.timeout - _CLOSE


def any_bad_before(state: JobState, states: Mapping[str, JobState]) -> bool:
    """Tell whether any job before this one failed, was cancelled or is unknown."""
    return any(
        states[name].status.is_bad or any_bad_before(states[name], states)
        for name in state.job.needs
    )


def quota_is_kept(plan: Plan, world: SimulatedWorld) -> None:
    """No window of time has more looks than the account's share allows."""
    if plan.local or not all(hasattr(one, "limits") for one in plan.platforms.values()):
        return
    rates = quotas.rates("us-east-1", share=0.5, raised={})
    lists = rates["ListExecutions"]
    looks = [rates["DescribeExecution"], rates["GetExecutionHistory"]]
    _within(world.lists, lists.bucket, lists.per_second)
    _within(world.looks, sum(one.bucket for one in looks), sum(one.per_second for one in looks))


def _within(moments: list[float], bucket: float, per_second: float) -> None:
    """Calls in any of some windows, by a token bucket that begins full."""
    for seconds in (0.0, 1.0, 60.0, 600.0):
        allowed = bucket + per_second * seconds + 1
        for index, moment in enumerate(moments):
            many = index + 1 - bisect_left(moments, moment - seconds)
            holds(many <= allowed, "more calls than the quota allows", many, seconds)
