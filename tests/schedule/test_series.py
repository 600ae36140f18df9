"""Runs one after the other and at once, on one world that remembers, and what must always hold.

Between them the project is edited, jobs fail, some are run once more; calls fail and runs are
interrupted.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runner import identity
from runner.engine import Options
from runner.errors import ProviderError, Throttled, Transient
from runner.model import MachineType, Retry, RunPolicy, Trigger
from runner.provider import ExecutionStatus
from runner.results import RunStatus, Status
from tests.fakes import (
    ABORTED,
    FAILED,
    SUCCEEDED,
    FakeExecution,
    FakeProvider,
    Outcome,
    Ran,
    VirtualWorld,
    answers,
    inout,
    input_,
    job,
    look,
    output,
    plan,
    run,
    together,
)
from tests.schedule.rules import (
    documents_are_valid,
    each_job_ends_once,
    nothing_starts_before_its_needs_have_settled,
    what_did_not_succeed_has_a_reason,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runner.memory import Memory
    from runner.plan import Plan, PlannedJob

DAY = 86_400.0


def random_job(draw: random.Random, name: str, before: list[str]) -> PlannedJob:
    needs = sorted(draw.sample(before, k=min(len(before), draw.choice([0, 1, 1, 2]))))
    taken = [input_(f"from_{need}", f"${{{{ jobs.{need}.outputs.x }}}}") for need in needs]
    carried = [inout("cursor", "0", carry=True)] if draw.random() < 0.2 else []
    return job(
        name,
        needs,
        parameters=[input_("n", 0), output("x"), *taken, *carried],
        trigger=draw.choice([Trigger.ALL_SUCCEEDED, Trigger.ALL_SUCCEEDED, *Trigger]),
        timeout=draw.choice([None, 300.0]),
        retry=draw.choice([Retry(), Retry(3, interval=5)]),
        express=draw.random() < 0.1,
        run=draw.choice([RunPolicy.ON_CHANGE] * 4 + [RunPolicy.ONCE, RunPolicy.ALWAYS]),
    )


def random_plan(draw: random.Random) -> Plan:
    jobs: list[PlannedJob] = []
    for number in range(draw.randrange(1, 9)):
        jobs.append(random_job(draw, f"j{number}", [one.name for one in jobs]))
    return plan(*jobs, aws=True, concurrency=draw.choice([None, None, 2]))


def edited(draw: random.Random, made: Plan) -> Plan:
    """The project after a day: some inputs changed, perhaps back, and some jobs run anew."""

    def edit(one: PlannedJob) -> PlannedJob:
        rest = one.parameters[1:]
        number = draw.choice([0, 1]) if draw.random() < 0.3 else None
        parameters = one.parameters if number is None else (input_("n", number), *rest)
        return replace(one, parameters=parameters, rerun=draw.random() < 0.1, labels={})

    retried = draw.random() < 0.8
    return replace(made, jobs=tuple(edit(one) for one in made.jobs), retry_failed=retried)


def random_outcomes(draw: random.Random, *, fail: bool) -> list[Outcome]:
    def outcome(number: int) -> Outcome:
        end = draw.choice([SUCCEEDED, SUCCEEDED, FAILED, ABORTED] if fail else [SUCCEEDED])
        made = answers(x=number, cursor=str(number)).output
        seconds = draw.choice([0.0, 1.0, 20.0, 45.0, 200.0])
        return replace(end, seconds=seconds, output=made if end is SUCCEEDED else None)

    return [outcome(number) for number in range(8)]


class Faults:
    """Calls that fail before they take effect, or whose answer is lost."""

    def __init__(self, draw: random.Random, rate: float) -> None:
        self._draw, self.rate = draw, rate

    def before(self, operation: str, about: str, nth: int) -> ProviderError | None:
        if self._draw.random() >= self.rate:
            return None
        return self._draw.choice([Throttled, Transient])("made to fail", operation=operation)

    def after(self, operation: str, about: str, nth: int) -> ProviderError | None:
        return Transient("answer lost") if self._draw.random() < self.rate else None


class Series:
    """One world and all the runs in it."""

    def __init__(self, seed: int, *, fail: bool = True, faults: bool = True) -> None:
        self.draw = random.Random(seed)
        self.plan = random_plan(self.draw)
        self.made = Faults(self.draw, self.draw.choice([0.0, 0.1]) if faults else 0.0)
        self.provider = FakeProvider(
            skew=self.draw.choice([0, 0, -240, 240]),
            lag=self.draw.choice([0, 0, 3.0]),
            scripts={one.name: random_outcomes(self.draw, fail=fail) for one in self.plan.jobs},
        )
        self.runs: list[Ran] = []

    def latency(self) -> tuple[float, float]:
        return (self.draw.random(), self.draw.random())

    def apply(self, *, interrupt: bool = True) -> Ran:
        """Look, and run what there is to be run."""
        ended = self.runs[-1].world.seconds - 1000 if self.runs else 0.0
        begins = ended + self.draw.choice([10.0, DAY])
        world = VirtualWorld(self.provider, self.latency, begins=begins)
        seen = look(self.plan, self.provider, world)
        if interrupt and self.draw.random() < 0.2:
            world.interrupt_at(self.draw.random() * 100)
        options = Options(fail_fast=self.draw.random() < 0.1, detach=self.draw.random() < 0.1)
        return self._run(world, seen, options if interrupt else Options())

    def _run(self, world: VirtualWorld, seen: Memory, options: Options) -> Ran:
        self.provider.fault, self.provider.lost = self.made.before, self.made.after
        ran = run(
            self.plan,
            self.provider,
            world=world,
            memory=seen,
            options=options,
            run_id=f"run-{len(self.runs)}",
            keep_documents=False,
        )
        self.provider.fault = self.provider.lost = lambda *_: None
        self.runs.append(ran)
        return ran

    def together(self, *plans: Plan, begins: Sequence[float]) -> list[Ran]:
        """Runs that begin at these moments, each of its own plan."""
        self.provider.fault, self.provider.lost = self.made.before, self.made.after
        return together(
            self.provider, *plans, begins=begins, latency=self.latency, keep_documents=False
        )

    def edit(self) -> None:
        self.plan = edited(self.draw, self.plan)


@pytest.mark.parametrize("seed", range(100))
def test_runs_one_after_the_other(seed: int) -> None:
    series = Series(seed)
    for _ in range(4):
        check(series.apply())
        series.edit()
    done_work_is_not_done_again(series)
    one_execution_of_a_job_at_a_time(series)


@pytest.mark.parametrize("seed", range(100))
def test_the_same_plan_again_starts_nothing_that_is_up_to_date(seed: int) -> None:
    series = Series(seed, fail=seed % 2 == 0, faults=False)
    first = series.apply(interrupt=False)
    if first.results.status is not RunStatus.SUCCEEDED:
        return
    before = len(series.provider.starts)
    second = series.apply(interrupt=False)
    new = {request.machine.name for request in series.provider.starts[before:]}
    anew = run_anew(series.plan)
    assert new <= anew
    for one in second.results.jobs:
        earlier = first.result(one.name)
        if one.name not in anew and earlier.status.is_success:
            assert one.status is Status.UP_TO_DATE
            assert one.outputs == earlier.outputs
            assert one.execution_arn == earlier.execution_arn


@pytest.mark.parametrize("seed", range(70))
def test_two_runs_at_once_start_each_work_once(seed: int) -> None:
    series = Series(seed, fail=False)
    draw, made = series.draw, series.plan
    gap = draw.choice([0.0, 0.5, 10.0, 40.0, 100.0])
    rans = series.together(made, made, begins=[0.0, gap])
    for ran in rans:
        check(ran)
        ends = {one.status for one in ran.results.jobs if one.name not in run_anew(made)}
        assert series.made.rate or ends <= {Status.SUCCEEDED, Status.UP_TO_DATE, Status.SKIPPED}
    works = Counter(one.request.name.rpartition("-")[0] for one in standard(series))
    assert set(works.values()) <= {1}
    done_work_is_not_done_again(series)


@pytest.mark.parametrize("seed", range(70))
def test_two_runs_at_once_of_a_project_that_was_edited(seed: int) -> None:
    series = Series(seed)
    draw = series.draw
    series.apply()
    older = series.plan
    series.edit()
    begin = series.runs[-1].world.seconds
    begins = [begin, begin + draw.choice([0.0, 5.0, 50.0])]
    for ran in together(series.provider, older, series.plan, begins=begins, latency=series.latency):
        check(ran)
    done_work_is_not_done_again(series)


@pytest.mark.parametrize("seed", [5, 42])
def test_the_same_seed_gives_the_same_runs_at_once(seed: int) -> None:
    def names() -> list[str]:
        series = Series(seed)
        together(series.provider, series.plan, series.plan, begins=[0.0, 1.0])
        return [request.name for request in series.provider.starts]

    assert names() == names()


def check(ran: Ran) -> None:
    names = Counter(request.name for request in ran.provider.starts)
    assert set(names.values()) <= {1}
    nothing_starts_before_its_needs_have_settled(ran)
    each_job_ends_once(ran)
    what_did_not_succeed_has_a_reason(ran)
    documents_are_valid(ran)


def run_anew(made: Plan) -> set[str]:
    """The jobs that run in every apply, and those that come after one of them."""
    names: set[str] = set()
    for one in made.jobs:
        if one.runs_every_time or one.rerun or names & set(one.needs):
            names.add(one.name)
    return names


def standard(series: Series) -> list[FakeExecution]:
    express = {one.name for one in series.plan.jobs if one.machine_type is MachineType.EXPRESS}
    executions = series.provider.executions.values()
    return [one for one in executions if one.request.machine.name not in express]


def done_work_is_not_done_again(series: Series) -> None:
    """No execution begins where its work is done: as the run wants it to be done."""
    policies = {one.name: one.run for one in series.plan.jobs}
    earlier: dict[str, list[FakeExecution]] = {}
    for one in standard(series):
        before = earlier.setdefault(one.request.machine.name, [])
        mine = identity.read_name(one.request.name)
        assert mine is not None
        decisive = before if policies[one.request.machine.name] is RunPolicy.ONCE else before[-1:]
        for other in decisive:
            theirs = identity.read_name(other.request.name)
            assert theirs is not None
            same = theirs.fingerprint == mine.fingerprint and mine.run in ("0", theirs.run)
            succeeded = other.at(one.began).status is ExecutionStatus.SUCCEEDED
            known = not is_attempt_after(mine, other, before)
            assert not (same and succeeded and known), one.request.name
        before.append(one)


def is_attempt_after(
    mine: identity.Name, other: FakeExecution, before: list[FakeExecution]
) -> bool:
    """Tell whether a run tries again what it had begun when another run did it by another name.

    It looks for other runs' work before its first attempt, not between two of them.
    """
    names = [identity.read_name(one.request.name) for one in before[: before.index(other)]]
    last = replace(mine, attempt=mine.attempt - 1)
    return last in names


def one_execution_of_a_job_at_a_time(series: Series) -> None:
    last: dict[str, FakeExecution] = {}
    for one in standard(series):
        before = last.get(one.request.machine.name)
        assert before is None or not before.at(one.began).status.is_running, one.request.name
        last[one.request.machine.name] = one
