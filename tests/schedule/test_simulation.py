"""Random graphs, outcomes, faults and interrupts in virtual time, and what must always hold."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jsonschema
import pytest

from runner import schema, values
from runner.engine import Options
from runner.errors import AccessDenied, NotFound, ProviderError, Throttled, Transient, Unreachable
from runner.model import MachineType, OnCancel, Retry, RunPolicy, Trigger
from runner.results import from_json, to_json
from tests.fakes import (
    ABORTED,
    FAILED,
    FOREVER,
    ODD,
    SUCCEEDED,
    TIMED_OUT,
    FakeProvider,
    Outcome,
    Ran,
    Script,
    VirtualWorld,
    job,
    plan,
    run,
)

if TYPE_CHECKING:
    from runner.plan import Plan, PlannedJob

VALIDATOR = jsonschema.Draft202012Validator(schema.load("results.schema.json"))
SEEDS = range(250)
ENDINGS = {"succeeded", "up_to_date", "failed", "cancelled", "skipped", "unknown", "left"}
ENDS = [SUCCEEDED, SUCCEEDED, SUCCEEDED, FAILED, ABORTED, TIMED_OUT, ODD]


def random_job(draw: random.Random, name: str, before: list[str]) -> PlannedJob:
    needs = draw.sample(before, k=min(len(before), draw.choice([0, 1, 1, 2, 3])))
    return job(
        name,
        sorted(needs),
        trigger=draw.choice([Trigger.ALL_SUCCEEDED, *Trigger]),
        when=draw.choice([None, None, None, False, True]),
        timeout=draw.choice([None, 30.0]),
        retry=draw.choice([Retry(), Retry(3, interval=5, error_equals=("States.Timeout", "Boom"))]),
        express=draw.random() < 0.15,
        idempotent=draw.random() < 0.3,
        on_cancel=draw.choice([OnCancel.STOP, OnCancel.STOP, OnCancel.DETACH]),
        run=draw.choice(list(RunPolicy)),
    )


def random_plan(draw: random.Random) -> Plan:
    names: list[str] = []
    jobs: list[PlannedJob] = []
    for number in range(draw.randrange(1, 14)):
        jobs.append(random_job(draw, f"j{number}", names))
        names.append(f"j{number}")
    return plan(*jobs, concurrency=draw.choice([None, 1, 3]))


def random_script(draw: random.Random) -> Script:
    outcomes = []
    for _ in range(3):
        end = draw.choice(ENDS)
        seconds = draw.choice([0.0, 0.5, 5.0, 29.99, 90.0])
        outcomes.append(Outcome(end.status, seconds, end.output, end.error, end.cause))
    return outcomes


class Faults:
    """Each call may fail, before or after it took effect."""

    def __init__(self, draw: random.Random, rate: float) -> None:
        self._draw, self._rate = draw, rate

    def before(self, operation: str, about: str, nth: int) -> ProviderError | None:
        if self._draw.random() >= self._rate:
            return None
        kinds = [Throttled, Unreachable, Transient, AccessDenied]
        if operation == "DescribeExecution":
            kinds.append(NotFound)
        return self._draw.choice(kinds)("made to fail", operation=operation)

    def after(self, operation: str, about: str, nth: int) -> ProviderError | None:
        return Transient("answer lost") if self._draw.random() < self._rate else None


@dataclass(frozen=True, slots=True)
class Simulated:
    """A run, and the most jobs that it may have under way at once."""

    ran: Ran
    bound: int | None


def simulate(seed: int) -> Simulated:
    draw = random.Random(seed)
    made = random_plan(draw)
    faults = Faults(draw, draw.choice([0.0, 0.05, 0.3]))
    scripts = {one.name: random_script(draw) for one in made.jobs}
    provider = FakeProvider(
        fault=faults.before,
        lost=faults.after,
        otherwise=SUCCEEDED,
        skew=draw.choice([0, 0, -240, 240]),
        scripts=scripts,
    )
    slow = draw.choice([0.01, 1.0, 8.0])
    world = VirtualWorld(provider, lambda: (draw.random() * slow, draw.random() * slow))
    for _ in range(draw.choice([0, 0, 1, 2])):
        world.interrupt_at(draw.random() * 60)
    options = Options(
        max_parallel=draw.choice([None, 2]),
        fail_fast=draw.random() < 0.2,
        detach=draw.random() < 0.1,
    )
    bounds = [bound for bound in (made.concurrency, options.max_parallel) if bound is not None]
    ran = run(made, provider, world=world, options=options)
    return Simulated(ran, min(bounds, default=None))


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens(seed: int) -> None:
    simulated = simulate(seed)
    ran = simulated.ran
    one_start_for_each_name(ran)
    nothing_starts_before_its_needs_have_settled(ran)
    each_job_ends_once(ran)
    the_bound_holds(ran, simulated.bound)
    nothing_starts_after_an_interrupt(ran)
    nothing_runs_on_unsaid(ran)
    retries_are_counted(ran)
    what_did_not_succeed_has_a_reason(ran)
    documents_are_valid(ran)


def one_start_for_each_name(ran: Ran) -> None:
    names = Counter(request.name for request in ran.provider.starts)
    assert set(names.values()) <= {1}


def nothing_starts_before_its_needs_have_settled(ran: Ran) -> None:
    ended: set[object] = set()
    needs = {one.name: set(one.needs) for one in ran.results.jobs}
    for event in ran.results.events:
        if event["event"] == "starting":
            assert needs[str(event["job"])] <= ended
        if event["event"] in ENDINGS:
            ended.add(event["job"])


def each_job_ends_once(ran: Ran) -> None:
    for one in ran.results.jobs:
        endings = [event for event in ran.events_of(one.name) if event in ENDINGS]
        assert len(endings) == 1, one.name
        assert ran.events_of(one.name)[-1] == endings[0]
        if ran.results.status.value not in ("interrupted", "detached", "failed"):
            assert not one.status.is_open


def the_bound_holds(ran: Ran, bound: int | None) -> None:
    active: set[object] = set()
    most = 0
    for event in ran.results.events:
        if event["event"] == "starting":
            active.add(event["job"])
        elif event["event"] in ENDINGS | {"retrying", "delayed"}:
            active.discard(event["job"])
        most = max(most, len(active))
    assert bound is None or most <= bound


def nothing_starts_after_an_interrupt(ran: Ran) -> None:
    names = [event["event"] for event in ran.results.events]
    if "interrupted" in names:
        assert "starting" not in names[names.index("interrupted") :]


def nothing_runs_on_unsaid(ran: Ran) -> None:
    """What still runs, of Standard machines, is listed with its ARN."""
    listed = {one.execution_arn for one in ran.results.still_running}
    express = {one.name for one in ran.results.jobs if one.type is MachineType.EXPRESS}
    for arn, execution in ran.provider.executions.items():
        if execution.request.machine.name not in express:
            ended = not execution.at(ran.provider.clock()).status.is_running
            assert ended or arn in listed


def retries_are_counted(ran: Ran) -> None:
    for one in ran.results.jobs:
        assert ran.events_of(one.name).count("retrying") <= 2


def what_did_not_succeed_has_a_reason(ran: Ran) -> None:
    for one in ran.results.jobs:
        if not one.status.is_success:
            assert one.reason, one


def documents_are_valid(ran: Ran) -> None:
    last = ran.documents[-1]
    for document in {*ran.documents[:: max(1, len(ran.documents) // 4)], last}:
        VALIDATOR.validate(values.parse(document))
    assert to_json(from_json(last)) == last


@pytest.mark.parametrize("seed", [3, 77])
def test_the_same_seed_gives_the_same_run(seed: int) -> None:
    first, second = simulate(seed), simulate(seed)
    assert first.ran.documents[-1] == second.ran.documents[-1]


def test_a_job_that_never_ends_is_waited_for_until_its_timeout() -> None:
    ran = run(plan(job("a", timeout=100_000)), FakeProvider(a=FOREVER))
    assert ran.statuses == {"a": "failed"}
