"""Ends that lists, descriptions and stops tell differently, or one after the other."""

from __future__ import annotations

import pytest

from runner.errors import NotFound, ProviderError
from runner.model import Retry
from runner.schedule import Survey
from tests.fakes import FakeProvider, Outcome, answers, job, machine, output, plan, run

CROWD = machine("crowd")
JOBS = [job(f"j{number}", parameters=[output("x")], on=CROWD) for number in range(6)]


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
