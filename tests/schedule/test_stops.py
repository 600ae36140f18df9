"""Stops that are slow, turned away or answered late, and what they must not hit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runner.errors import ProviderError, Throttled, Transient, Unreachable
from runner.model import Retry
from runner.schedule import Call, Event, Stop
from tests.fakes import FOREVER, FakeProvider, Outcome, VirtualWorld, job, machine, plan, run

if TYPE_CHECKING:
    from tests.fakes.provider import Fault


class SlowStops(VirtualWorld):
    """A world in which a stop takes effect, and is answered, so many seconds later."""

    def __init__(self, provider: FakeProvider, *, before: float = 0.0, after: float = 0.0) -> None:
        super().__init__(provider, self._seconds)
        self._slow = (before, after)
        self._is_stop = False

    def _seconds(self) -> tuple[float, float]:
        return self._slow if self._is_stop else (0, 0.01)

    def call(self, effect: Call) -> None:
        self._is_stop = isinstance(effect, Stop)
        super().call(effect)

    def _made(self, item: Call | Event) -> Event | None:
        self._is_stop = isinstance(item, Stop)
        return super()._made(item)


def stops_fail(kind: type[ProviderError], times: int) -> Fault:
    """So many stops of each execution have no effect."""

    def fault(operation: str, about: str, nth: int) -> ProviderError | None:
        fails = operation == "StopExecution" and nth < times
        return kind("Rate exceeded", operation=operation) if fails else None

    return fault


@pytest.mark.parametrize("kind", [Throttled, Unreachable, Transient])
def test_the_stop_of_a_timeout_is_asked_for_again_where_what_kept_it_can_pass(
    kind: type[ProviderError],
) -> None:
    made = plan(job("a", timeout=30, retry=Retry(2, interval=1)), job("b", ["a"]))
    provider = FakeProvider(a=[FOREVER, Outcome(seconds=5)], fault=stops_fail(kind, 3))
    ran = run(made, provider)
    assert len(provider.stops) == 1
    assert ran.statuses == {"a": "succeeded", "b": "succeeded"}


def test_the_stop_of_a_timeout_is_not_asked_for_for_ever() -> None:
    ran = run(
        plan(job("a", timeout=30)), FakeProvider(a=FOREVER, fault=stops_fail(Throttled, 10**9))
    )
    assert ran.statuses == {"a": "unknown"}
    assert "could not be stopped: Rate exceeded; it may still run" in ran.reasons["a"]
    assert 600 < ran.seconds < 660


def test_what_a_list_shows_ended_after_an_interrupt_is_not_waited_for_where_looking_fails() -> None:
    def fault(operation: str, about: str, nth: int) -> ProviderError | None:
        fails = operation == "DescribeExecution"
        return Throttled("Rate exceeded", operation=operation) if fails else None

    jobs = [job(f"j{number}", on=machine("m"), revision=None) for number in range(5)]
    provider = FakeProvider(otherwise=Outcome("FAILED", 20.3, error="E"), fault=fault)
    world = SlowStops(provider, before=2, after=3).interrupt_at(20)
    ran = run(plan(*jobs, aws=True), provider, world=world)
    assert set(ran.statuses.values()) == {"failed"}
    assert ran.seconds < 40
