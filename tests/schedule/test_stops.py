"""Stops that are slow, turned away or answered late, and what they must not hit."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import pytest

from runner.errors import AccessDenied, ProviderError, Throttled, Transient, Unreachable
from runner.model import OnCancel, Retry, RetryMode
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


REDRIVE = Retry(3, mode=RetryMode.REDRIVE, interval=1)


class Repeats(VirtualWorld):
    """A stop has effect, its answer is lost, and it is sent again six seconds later."""

    _sent: Stop | None = None

    def _made(self, item: Call | Event) -> Event | None:
        if not isinstance(item, Stop) or self._sent is not None:
            return super()._made(item)
        self._sent = item
        self._provider.stop(item.execution_arn, error=item.error, cause=item.cause)
        heapq.heappush(self._heap, (self.seconds + 6, next(self._tie), item))
        return None


def test_a_stop_that_is_sent_again_does_not_hit_what_was_redriven_meanwhile() -> None:
    provider = FakeProvider(a=[FOREVER, Outcome(seconds=25)])
    ran = run(plan(job("a", timeout=30, retry=REDRIVE)), provider, world=Repeats(provider))
    assert ran.statuses == {"a": "succeeded"}
    assert len(provider.redriven) == 1
    assert len(provider.stops) == 2


@pytest.mark.parametrize("kind", [Throttled, AccessDenied])
def test_a_stop_that_fails_late_says_nothing_of_what_was_redriven_meanwhile(
    kind: type[ProviderError],
) -> None:
    fault = stops_fail(kind, 10**9)
    provider = FakeProvider(a=[Outcome("FAILED", 33, error="E"), Outcome(seconds=25)], fault=fault)
    made = plan(job("a", timeout=30, retry=REDRIVE), job("b", ["a"]))
    ran = run(made, provider, world=SlowStops(provider, before=14, after=1))
    assert ran.statuses == {"a": "succeeded", "b": "succeeded"}
    assert len(provider.redriven) == 1


def test_the_wait_for_what_a_stop_before_a_redrive_did_is_not_that_for_one_after_it() -> None:
    provider = FakeProvider(a=FOREVER)
    world = VirtualWorld(provider, lambda: (0.3, 0.3)).interrupt_at(90.5)
    ran = run(plan(job("a", timeout=30, retry=REDRIVE)), provider, world=world)
    assert ran.statuses == {"a": "cancelled"}


@pytest.mark.parametrize("on_cancel", list(OnCancel))
def test_what_is_being_stopped_for_its_timeout_is_waited_for_by_an_interrupt(
    on_cancel: OnCancel,
) -> None:
    provider = FakeProvider(a=FOREVER)
    world = VirtualWorld(provider, lambda: (0.2, 0.2)).interrupt_at(30.7)
    ran = run(plan(job("a", timeout=30, on_cancel=on_cancel)), provider, world=world)
    assert ran.statuses == {"a": "failed"}
    assert len(provider.stops) == 1


def test_what_could_not_be_stopped_yet_for_its_timeout_is_stopped_by_an_interrupt() -> None:
    provider = FakeProvider(a=FOREVER, fault=stops_fail(Throttled, 1))
    world = VirtualWorld(provider).interrupt_at(31)
    ran = run(plan(job("a", timeout=30)), provider, world=world)
    assert len(provider.stops) == 1
    assert ran.statuses == {"a": "failed"}
    assert ran.seconds < 32
