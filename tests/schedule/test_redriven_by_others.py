"""Executions that another apply, or a person, redrove: what runs is never told as it was before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from runner import identity
from runner.identity import PublicInput
from runner.model import OnCancel, Retry, RetryMode
from runner.provider import ExecutionStatus, StartRequest
from tests.fakes import (
    FAILED,
    FOREVER,
    FakeProvider,
    Outcome,
    VirtualWorld,
    again,
    input_,
    job,
    machine,
    output,
    plan,
    run,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from runner.arns import MachineArn
    from runner.plan import Plan
    from runner.provider import Execution
    from tests.fakes import Ran

REDRIVE = Retry(3, mode=RetryMode.REDRIVE, interval=1)


class Stale(FakeProvider):
    """For `lag` seconds, looks or lists show a redriven execution as it was before."""

    def __init__(self, lag: float, *, lists: bool = True, looks: bool = True) -> None:
        super().__init__(m=[FAILED] * 5 + [Outcome(seconds=900)])
        self._stale_for, self._lists, self._looks = lag, lists, looks
        self.before: dict[str, Execution] = {}

    def redrive_all(self) -> None:
        """As a person does."""
        for arn, one in self.executions.items():
            self.before[arn] = one.at(self.clock())
            one.redrive(self.clock(), Outcome(seconds=900))

    def _shown(self, seen: Execution) -> Execution:
        resumed = self.executions[seen.arn].resumed
        is_late = resumed and (self.clock() - resumed).total_seconds() > self._stale_for
        return seen if resumed is None or is_late else self.before[seen.arn]

    def observe(self, execution_arn: str, *, whole: bool = False) -> Execution:
        seen = super().observe(execution_arn, whole=whole)
        return replace(self._shown(seen) if self._looks else seen, input=None)

    def survey(self, machine: MachineArn, wanted: Collection[str]) -> Mapping[str, Execution]:
        seen = super().survey(machine, wanted)
        if not self._lists:
            return seen
        return {arn: replace(self._shown(one), detailed=False) for arn, one in seen.items()}


def made(many: int, timeout: float | None = None, retry: Retry | None = None) -> Plan:
    retry = retry or Retry()
    jobs = (job(f"j{n}", on=machine("m"), timeout=timeout, retry=retry) for n in range(many))
    return plan(*jobs, aws=True)


def adopted(
    provider: Stale, the_plan: Plan, *, after: float = 1, interrupt: float | None = None
) -> Ran:
    """Come back so many seconds after a person redrove all that failed in an earlier run."""
    first = run(made(len(the_plan.jobs)), provider)
    assert set(first.statuses.values()) == {"failed"}
    provider.redrive_all()
    world = VirtualWorld(provider, begins=first.seconds + after)
    if interrupt is not None:
        world.interrupt_at(interrupt)
    return again(first, the_plan, world=world)


@pytest.mark.parametrize("after", [1, 100])
@pytest.mark.parametrize("retry", [Retry(), REDRIVE])
@pytest.mark.parametrize("many", [1, 5])
def test_what_is_adopted_is_not_told_as_it_was_before_its_redrive(
    many: int, retry: Retry, after: float
) -> None:
    ran = adopted(Stale(after + 20), made(many, retry=retry), after=after)
    assert set(ran.statuses.values()) == {"succeeded"}
    assert len(ran.provider.starts) == many
    assert ran.provider.redriven == []
    assert {one.attempts[0].redrive_count for one in ran.results.jobs} == {1}


@pytest.mark.parametrize("looks", [True, False])
def test_the_timeout_of_what_is_adopted_is_kept_where_lists_are_stale(looks: bool) -> None:
    ran = adopted(Stale(20, looks=looks), made(5, timeout=100))
    assert set(ran.statuses.values()) == {"failed"}
    assert len(ran.provider.stops) == 5
    assert ran.seconds < 110


def test_an_interrupt_leaves_what_is_adopted_running_where_lists_are_stale() -> None:
    ran = adopted(Stale(20, looks=False), made(5), interrupt=10)
    assert set(ran.statuses.values()) == {"running"}
    assert len(ran.results.still_running) == 5


def test_the_timeout_of_what_is_adopted_counts_from_its_redrive() -> None:
    detached = plan(job("a", retry=REDRIVE, timeout=7200, on_cancel=OnCancel.DETACH), aws=True)
    provider = FakeProvider(a=[Outcome("FAILED", 6000, error="E"), Outcome(seconds=3600)])
    first = run(detached, provider, world=VirtualWorld(provider).interrupt_at(6900))
    assert first.statuses == {"a": "running"}
    ran = again(first, detached, world=VirtualWorld(provider, begins=7000))
    assert ran.statuses == {"a": "succeeded"}
    assert provider.stops == []
    assert ran.seconds == pytest.approx(2600, abs=40)


def test_the_timeout_of_a_name_that_is_taken_counts_from_the_redrive_of_what_has_it() -> None:
    provider = FakeProvider(a=Outcome("FAILED", 100, error="E"))
    world = VirtualWorld(provider, begins=200)
    work = identity.fingerprint(
        project="shop", job="a", machine=str(machine("a")), public=PublicInput(), needs={}
    )
    name = identity.execution_name("shop", "a", work, run_id=None, attempt=1)
    there = provider.begin(StartRequest(machine("a"), name, "{ }"), ago=200)
    there.redrive(provider.clock(), Outcome(seconds=900))
    ran = run(plan(job("a", timeout=1000)), provider, world=world)
    assert ran.statuses == {"a": "succeeded"}
    assert provider.stops == []


def redrive_on_look(provider: FakeProvider, *, by: float) -> None:
    """A person redrives what ended before anyone has read what it left."""

    def redrive(operation: str, about: str, nth: int) -> None:
        one = provider.executions.get(about)
        if operation != "DescribeExecution" or one is None or one.resumed is not None:
            return
        if one.at(provider.clock()).raw_status == "FAILED":
            one.redrive(provider.clock(), Outcome(seconds=by, output='{"x":1}'))

    provider.fault = redrive


JOBS = [job(f"j{n}", on=machine("m"), parameters=[output("x")]) for n in range(5)]


def test_what_a_list_told_ended_is_followed_again_where_someone_redrove_it() -> None:
    provider = FakeProvider(m=Outcome("FAILED", 30, error="E"))
    redrive_on_look(provider, by=60)
    ran = run(plan(*JOBS, aws=True), provider)
    assert set(ran.statuses.values()) == {"succeeded"}
    assert {one.attempts[0].redrive_count for one in ran.results.jobs} == {1}
    assert 90 < ran.seconds < 100


def test_the_timeout_of_what_someone_redrove_counts_from_then() -> None:
    provider = FakeProvider(m=Outcome("FAILED", 30, error="E"))
    redrive_on_look(provider, by=1e9)
    jobs = [replace(one, timeout=100.0) for one in JOBS]
    ran = run(plan(*jobs, aws=True), provider)
    assert set(ran.statuses.values()) == {"failed"}
    assert len(provider.stops) == 5
    assert 130 < ran.seconds < 140


def test_an_interrupt_stops_what_someone_redrove_after_a_list_told_its_end() -> None:
    provider = FakeProvider(m=Outcome("FAILED", 30, error="E"))
    redrive_on_look(provider, by=1e9)
    ran = run(plan(*JOBS, aws=True), provider, world=VirtualWorld(provider).interrupt_at(60))
    assert set(ran.statuses.values()) == {"cancelled"}
    assert len(provider.stops) == 5


class Late(FakeProvider):
    """Looks show executions as they were 20 seconds before."""

    def observe(self, execution_arn: str, *, whole: bool = False) -> Execution:
        super().observe(execution_arn, whole=whole)
        moment = self.clock() - timedelta(seconds=20)
        return replace(self.executions[execution_arn].at(moment), input=None)


def test_a_look_that_lags_behind_a_list_is_no_redrive() -> None:
    ran = run(plan(*JOBS, aws=True), Late(m=Outcome(seconds=30, output='{"x":1}')))
    assert set(ran.statuses.values()) == {"succeeded"}
    assert {one.attempts[0].redrive_count for one in ran.results.jobs} == {0}
    assert len(ran.provider.observed) < 50


class Contradicted(FakeProvider):
    """Lists tell an end after 30 seconds that no look ever shows."""

    def survey(self, machine: MachineArn, wanted: Collection[str]) -> Mapping[str, Execution]:
        seen = super().survey(machine, wanted)
        return {
            arn: replace(one, status=ExecutionStatus.FAILED, raw_status="FAILED")
            if self.age(arn) > 30
            else one
            for arn, one in seen.items()
        }


def test_the_timeout_of_what_runs_by_every_look_is_kept_whatever_lists_tell() -> None:
    ran = run(
        plan(*(replace(one, timeout=300.0) for one in JOBS), aws=True), Contradicted(m=FOREVER)
    )
    assert len(ran.provider.stops) == 5
    assert set(ran.statuses.values()) == {"failed"}
    assert 300 < ran.seconds < 400


def test_other_work_that_someone_redrove_is_waited_for_where_a_look_shows_it_as_it_was() -> None:
    provider = Stale(20)
    first = run(plan(job("a", on=machine("m"))), provider)
    provider.redrive_all()
    changed = plan(job("a", on=machine("m"), parameters=[input_("n", 2)]), aws=True)
    ran = again(first, changed, world=VirtualWorld(provider, begins=first.seconds + 1))
    assert ran.seconds > 850
    assert provider.most_at_once == 1
