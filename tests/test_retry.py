"""The policy by which calls repeat themselves, in a time that only it moves."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.errors import ProviderError, Rejected, Throttled, Transient, Unreachable
from runner.provider import CallCounts
from runner.retry import TURNED_AWAY, Policy, Tally
from tests.fake_aws import SteppedClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def policy(clock: SteppedClock, draw: Callable[[], float] = lambda: 1.0, **more: float) -> Policy:
    return Policy(wait=clock.wait, clock=clock.now, draw=draw, **more)


class Flaky:
    """Raises the given errors one after another, then returns the number of its calls."""

    def __init__(self, *errors: ProviderError) -> None:
        self._errors: Iterator[ProviderError] = iter(errors)
        self.calls = 0

    def __call__(self) -> int:
        self.calls += 1
        for error in self._errors:
            raise error
        return self.calls


class Broken:
    """Raises the same error always."""

    def __init__(self, error: ProviderError) -> None:
        self._error = error
        self.calls = 0

    def __call__(self) -> int:
        self.calls += 1
        raise self._error


@pytest.mark.parametrize("error", [Throttled("slow down"), Transient("500"), Unreachable("no")])
def test_a_fault_is_repeated_until_the_call_succeeds(error: ProviderError) -> None:
    send = Flaky(error, error)
    assert policy(SteppedClock()).call(send) == 3


def test_a_wrong_call_is_not_repeated() -> None:
    send = Flaky(Rejected("no"))
    with pytest.raises(Rejected):
        policy(SteppedClock()).call(send)
    assert send.calls == 1


def test_a_call_that_may_have_taken_effect_is_not_repeated_where_that_does_harm() -> None:
    send = Flaky(Transient("lost"))
    with pytest.raises(Transient):
        policy(SteppedClock()).call(send, on=TURNED_AWAY)
    assert send.calls == 1


def test_a_call_that_was_turned_away_is_repeated_even_where_repeats_do_harm() -> None:
    send = Flaky(Throttled("slow down"), Unreachable("no"))
    assert policy(SteppedClock()).call(send, on=TURNED_AWAY) == 3


def test_the_longest_wait_doubles_up_to_a_bound() -> None:
    clock = SteppedClock()
    policy(clock, base=1, longest=5, deadline=1000).call(Flaky(*[Throttled("x")] * 5))
    assert clock.waits == [1, 2, 4, 5, 5]


@settings(deadline=None, max_examples=50)
@given(draws=st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=12))
def test_each_wait_is_a_random_part_of_the_longest(draws: list[float]) -> None:
    clock = SteppedClock()
    rest = iter(draws)
    policy(clock, lambda: next(rest), base=1, longest=30, deadline=1000).call(
        Flaky(*[Throttled("x")] * len(draws))
    )
    longest = [min(30, 2**attempt) for attempt in range(len(draws))]
    assert clock.waits == [draw * most for draw, most in zip(draws, longest, strict=True)]


@settings(deadline=None, max_examples=50)
@given(deadline=st.floats(0, 100), base=st.floats(0.5, 10), longest=st.floats(1, 60))
def test_no_attempt_begins_after_the_deadline(deadline: float, base: float, longest: float) -> None:
    clock = SteppedClock()
    started = clock.now()
    send = Broken(Throttled("x"))
    with pytest.raises(Throttled):
        policy(clock, base=base, longest=longest, deadline=deadline).call(send)
    assert clock.now() - started <= deadline + 1e-6
    assert send.calls == len(clock.waits) + 1


def test_an_address_where_nobody_answers_is_given_up_sooner() -> None:
    clock = SteppedClock()
    with pytest.raises(Unreachable):
        policy(clock, base=1, unreachable=5, deadline=500).call(Broken(Unreachable("no")))
    assert sum(clock.waits) <= 5


def test_time_in_a_queue_does_not_count_against_the_deadline() -> None:
    clock = SteppedClock()
    flaky, queued = Flaky(*[Throttled("x")] * 3), [0.0]

    def send() -> int:
        queued[0] += 50
        clock.step(50)
        return flaky()

    assert policy(clock, deadline=10, base=1).call(send, queued=lambda: queued[0]) == 4


def test_calls_that_share_a_start_share_the_deadline() -> None:
    clock = SteppedClock()
    since = clock.now()
    clock.step(100)
    send = Broken(Throttled("x"))
    with pytest.raises(Throttled):
        policy(clock, deadline=60).call(send, since=since)
    assert send.calls == 1


def test_an_interrupted_wait_ends_the_call_with_its_last_error() -> None:
    woken = threading.Event()
    last = Throttled("the third")

    def send() -> int:
        error = next(errors)
        if error is last:
            woken.set()
        raise error

    errors = iter([Throttled("the first"), Throttled("the second"), last, Throttled("never")])
    patient = Policy(base=1e-6, longest=3600, draw=lambda: 1.0, wait=woken.wait, deadline=9e9)
    with pytest.raises(Throttled) as raised:
        patient.call(send)
    assert raised.value is last


def test_an_interrupt_of_another_thread_ends_a_long_wait() -> None:
    woken, waiting = threading.Event(), threading.Event()

    def wait(seconds: float) -> bool:
        waiting.set()
        return woken.wait(seconds)

    def interrupt() -> None:
        waiting.wait()
        woken.set()

    thread = threading.Thread(target=interrupt)
    thread.start()
    patient = Policy(base=3600, longest=3600, draw=lambda: 1.0, wait=wait, deadline=9e9)
    with pytest.raises(Throttled):
        patient.call(Broken(Throttled("x")))
    thread.join()


def test_a_programming_error_is_raised_as_it_is() -> None:
    def broken() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        policy(SteppedClock()).call(broken)


def test_calls_retries_and_throttles_are_counted_by_operation() -> None:
    tally = Tally()
    tally.sent("StopExecution", again=False)
    tally.sent("DescribeExecution", again=False)
    tally.throttled("DescribeExecution")
    tally.sent("DescribeExecution", again=True)
    assert tally.counts() == {
        "DescribeExecution": CallCounts(calls=2, retries=1, throttles=1),
        "StopExecution": CallCounts(calls=1),
    }
