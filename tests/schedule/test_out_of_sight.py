"""Ends that lists, descriptions and stops tell differently, or one after the other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runner.errors import NotFound, Place, ProviderError, Throttled, Transient
from runner.model import AwsPlatform, Limits, Retry, RetryMode
from runner.quotas import Rate
from runner.schedule import Survey
from tests.fakes import (
    FAILED,
    FOREVER,
    FakeProvider,
    Outcome,
    VirtualWorld,
    answers,
    job,
    machine,
    output,
    plan,
    run,
)

if TYPE_CHECKING:
    from runner.provider import Execution

CROWD = machine("crowd")
JOBS = [job(f"j{number}", parameters=[output("x")], on=CROWD) for number in range(6)]


def throttled(operation: str) -> FakeProvider:
    """Calls of an operation are always turned away, as others use its quota."""

    def fault(called: str, about: str, nth: int) -> ProviderError | None:
        return Throttled("Rate exceeded", operation=called) if called == operation else None

    return FakeProvider(crowd=Outcome(seconds=3000), fault=fault)


@pytest.mark.parametrize("count", [4, 12])
def test_what_can_not_be_listed_for_long_is_looked_at_one_by_one(count: int) -> None:
    jobs = [job(f"j{number}", on=CROWD) for number in range(count)]
    provider = throttled("ListExecutions")
    ran = run(plan(*jobs, aws=True), provider)
    assert set(ran.statuses.values()) == {"succeeded"}
    assert ran.seconds < 3035
    assert len(provider.surveyed) < 100
    assert "unseen" not in {event["event"] for event in ran.results.events}
    assert [event["event"] for event in ran.results.events].count("not_listed") == 1


def test_what_can_not_be_looked_at_for_long_is_listed() -> None:
    jobs = [job(f"j{number}", on=CROWD) for number in range(6)]
    ran = run(plan(*jobs, aws=True), throttled("DescribeExecution"))
    assert set(ran.statuses.values()) == {"succeeded"}


def test_nothing_is_given_up_for_a_quota_that_others_use() -> None:
    provider = FakeProvider(a=Outcome(seconds=30))
    world = VirtualWorld(provider)
    provider.fault = lambda operation, about, nth: (
        Throttled("slow", operation=operation)
        if operation == "DescribeExecution" and world.seconds < 1000 + 5000
        else None
    )
    ran = run("a", provider, world=world)
    assert ran.statuses == {"a": "succeeded"}
    assert 5000 < ran.seconds < 5070
    assert ran.events_of("a").count("unseen") == 1


@pytest.mark.parametrize("error", [NotFound("not there"), Transient("reset")])
def test_two_looks_in_vain_are_no_reason_to_give_up_however_far_between(
    error: ProviderError,
) -> None:
    """The quota is so small that each execution comes up once in half an hour."""
    spare = AwsPlatform(
        "local",
        "eu-central-1",
        Place("p.yaml"),
        limits=Limits(
            quotas={
                "DescribeExecution": Rate(1, 0.02),
                "GetExecutionHistory": Rate(1, 0.02),
            }
        ),
    )
    made = plan(*(job(f"j{number}") for number in range(40)), aws=True)
    made = replace(made, platforms={"local": spare})
    provider = FakeProvider(
        otherwise=Outcome(seconds=10_000),
        fault=lambda operation, about, nth: (
            error if operation == "DescribeExecution" and nth in (1, 2) else None
        ),
    )
    ran = run(made, provider)
    assert set(ran.statuses.values()) == {"succeeded"}


def test_the_log_does_not_say_at_each_failure_that_something_is_out_of_sight() -> None:
    provider = FakeProvider(
        a=Outcome(seconds=3000),
        fault=lambda operation, about, nth: (
            Transient("reset") if operation == "DescribeExecution" and nth % 2 else None
        ),
    )
    ran = run("a", provider)
    assert ran.statuses == {"a": "succeeded"}
    assert 4 <= ran.events_of("a").count("unseen") <= 6


def test_lists_that_fail_now_and_then_are_no_news() -> None:
    provider = FakeProvider(
        crowd=Outcome(seconds=3000),
        fault=lambda operation, about, nth: (
            Transient("reset") if operation == "ListExecutions" and nth % 2 else None
        ),
    )
    jobs = [job(f"j{number}", on=CROWD) for number in range(6)]
    ran = run(plan(*jobs, aws=True), provider)
    assert set(ran.statuses.values()) == {"succeeded"}
    assert not {event["event"] for event in ran.results.events} & {"unseen", "not_listed"}


def not_described(times: int) -> FakeProvider:
    """Lists show what succeeded, and the first descriptions of each do not find it."""

    def fault(operation: str, about: str, nth: int) -> ProviderError | None:
        if operation != "DescribeExecution" or nth >= times:
            return None
        return NotFound(f"{about} does not exist", operation=operation)

    return FakeProvider(crowd=answers(x=1), fault=fault)


def test_what_a_list_shows_ended_may_be_out_of_sight_for_a_minute() -> None:
    ran = run(plan(*JOBS, aws=True), not_described(3))
    assert any(isinstance(call, Survey) for call in ran.world.calls)
    assert set(ran.statuses.values()) == {"succeeded"}
    assert all(one.outputs == {"x": 1} for one in ran.results.jobs)


def test_what_stays_out_of_sight_is_unknown_though_a_list_said_that_it_succeeded() -> None:
    ran = run(plan(*JOBS, aws=True), not_described(10**9))
    assert set(ran.statuses.values()) == {"unknown"}
    assert "can't be read" in ran.reasons["j0"]
    assert ran.seconds < 120


@pytest.mark.parametrize("error", [None, "Person"])
def test_what_a_person_stops_just_before_its_timeout_was_cancelled(error: str | None) -> None:
    made = job("a", timeout=30, retry=Retry(2))
    provider = FakeProvider(a=Outcome("ABORTED", seconds=27.5, error=error))
    provider.fault = lambda operation, about, nth: (
        None
        if operation != "DescribeExecution" or provider.stops
        else NotFound("not seen", operation=operation)
    )
    ran = run(plan(made, aws=True), provider)
    assert len(provider.stops) == 1
    assert len(provider.starts) == 1
    assert ran.statuses == {"a": "cancelled"}
    assert "stopped by someone" in ran.reasons["a"]


def test_what_is_stopped_for_its_timeout_failed() -> None:
    made = job("a", timeout=30, retry=Retry(2, interval=0))
    ran = run(plan(made, aws=True), FakeProvider(a=Outcome(seconds=100)))
    assert len(ran.provider.starts) == 2
    assert ran.statuses == {"a": "failed"}


class Lagging(FakeProvider):
    """Descriptions show a redriven execution as it was before, for some seconds."""

    def redrive(self, execution_arn: str, *, token: str) -> None:
        there = self.executions[execution_arn]
        self.before[execution_arn] = there.at(self.clock())
        super().redrive(execution_arn, token=token)

    def observe(self, execution_arn: str, *, whole: bool = False) -> Execution:
        seen = super().observe(execution_arn, whole=whole)
        resumed = self.executions[execution_arn].resumed
        if resumed is None or (self.clock() - resumed).total_seconds() > 8:
            return seen
        return replace(self.before[execution_arn], input=None)

    def __init__(self, **scripts: Outcome | list[Outcome]) -> None:
        super().__init__(scripts=scripts)
        self.before: dict[str, Execution] = {}


def test_what_a_list_shows_redriven_is_not_taken_for_what_a_description_still_shows() -> None:
    retry = Retry(2, mode=RetryMode.REDRIVE, interval=0)
    jobs = [replace(one, retry=retry) for one in JOBS]
    provider = Lagging(crowd=[FAILED] * len(jobs) + [answers(x=1)])
    ran = run(plan(*jobs, aws=True), provider)
    assert len(provider.redriven) == len(jobs)
    assert set(ran.statuses.values()) == {"succeeded"}


def test_a_stop_before_a_redrive_does_not_cut_short_the_wait_for_the_stop_after_it() -> None:
    def fault(operation: str, about: str, nth: int) -> ProviderError | None:
        hidden = len(provider.stops) == 2 and provider.age(about) < 95
        if operation != "DescribeExecution" or not hidden:
            return None
        return NotFound(f"{about} does not exist", operation=operation)

    retry = Retry(2, mode=RetryMode.REDRIVE, interval=0)
    provider = FakeProvider(a=FOREVER, fault=fault)
    ran = run(plan(job("a", timeout=30, retry=retry), aws=True), provider)
    assert len(provider.redriven) == 1
    assert len(provider.stops) == 2
    assert ran.statuses == {"a": "failed"}
    assert ran.seconds > 95


def test_a_job_that_never_ends_is_waited_for_until_its_timeout() -> None:
    ran = run(plan(job("a", timeout=100_000)), FakeProvider(a=FOREVER))
    assert ran.statuses == {"a": "failed"}


def test_what_was_perhaps_redriven_is_stopped_when_the_run_is_interrupted() -> None:
    def lost(operation: str, about: str, nth: int) -> ProviderError | None:
        return Transient("connection reset") if operation == "RedriveExecution" else None

    retry = Retry(2, mode=RetryMode.REDRIVE, interval=0)
    provider = FakeProvider(a=[FAILED, FOREVER], lost=lost)
    world = VirtualWorld(provider).interrupt_at(4)
    ran = run(plan(job("a", retry=retry), aws=True), provider, world=world)
    assert len(provider.redriven) == 1
    assert len(provider.stops) == 1
    assert ran.statuses == {"a": "cancelled"}
