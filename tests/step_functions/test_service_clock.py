"""The service's time, from answers that tell it in whole seconds."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

import pytest

from runner.step_functions.service_clock import ServiceClock

START = 1_750_000_000.0


class Times:
    """Our clock, and the service's, which is `ahead`."""

    def __init__(self, ahead: float = START) -> None:
        self.here, self.ahead = 100.0, ahead
        self.clock = ServiceClock(lambda: self.here)

    def answer(self, *, status: int = 200, took: float = 0.0) -> None:
        """Hear an answer that was so long under way."""
        date = formatdate(math.floor(self.here - took + self.ahead), usegmt=True)
        self.clock.hear(
            {"ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": {"date": date}}}
        )

    def age(self, since: float) -> float | None:
        """The age that is told of what began at this time of ours."""
        return self.clock.age(datetime.fromtimestamp(since + self.ahead, UTC))


def test_nothing_is_known_before_an_answer() -> None:
    assert Times().age(100.0) is None


def test_one_answer_tells_the_time_to_a_second() -> None:
    times = Times(START + 0.9)
    times.answer()
    assert times.age(99.0) == pytest.approx(1.0 - 0.9)


def test_what_has_just_started_tells_it_to_the_millisecond() -> None:
    times = Times(START + 0.9)
    times.answer()
    assert times.age(99.98) == pytest.approx(0)
    assert times.age(99.0) == pytest.approx(1.0 - 0.02)


def test_many_answers_tell_it_closely_and_never_too_much() -> None:
    times = Times(START + 0.9)
    for _ in range(20):
        times.here += 0.13
        times.answer(took=0.01)
        age = times.age(times.here - 1.0)
        assert age is not None
        assert age <= 1.0
    assert age == pytest.approx(1.0, abs=0.1)


def test_a_slow_answer_takes_nothing_from_what_is_known() -> None:
    times = Times()
    times.answer()
    times.answer(took=3.0)
    assert times.age(100.0) == pytest.approx(0)


def test_what_was_told_long_ago_is_worth_less_as_clocks_drift() -> None:
    times = Times()
    times.answer()
    times.here += 1000.0
    assert times.age(times.here - 10.0) == pytest.approx(10.0 - 0.5)


def test_a_clock_that_was_set_back_is_believed() -> None:
    times = Times()
    times.answer()
    times.ahead -= 60.0
    times.answer()
    assert times.age(times.here) == pytest.approx(0)


@pytest.mark.parametrize("status", [302, 403, 502])
def test_only_answers_of_the_service_itself_tell_its_time(status: int) -> None:
    times = Times()
    times.answer(status=status)
    assert times.age(100.0) is None


@pytest.mark.parametrize("headers", [{}, {"date": ""}, {"date": "today"}, {"date": "0 0 0 0:0"}])
def test_a_date_that_can_not_be_read_tells_nothing(headers: dict[str, Any]) -> None:
    clock = ServiceClock(lambda: 0.0)
    clock.hear({"ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": headers}})
    clock.hear({})
    assert clock.age(datetime.fromtimestamp(START, UTC)) is None
