"""Quotas of calls, and the bucket that keeps under one."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.quotas import (
    FLOOR,
    OPERATIONS,
    RECOVERY,
    Bucket,
    Rate,
    published,
    rates,
)
from tests.fake_aws import quotas

if TYPE_CHECKING:
    from collections.abc import Sequence

NUMBERS = st.floats(0.1, 50)
RATES = st.builds(Rate, bucket=st.floats(1, 20), per_second=NUMBERS)
TAKE, THROTTLE = "take", "throttle"
STEPS = st.lists(
    st.tuples(st.one_of(st.just(0.0), st.floats(0, 5)), st.sampled_from([TAKE] * 6 + [THROTTLE])),
    max_size=80,
)
SLACK = 1e-6


def dues(bucket: Bucket, steps: Sequence[tuple[float, str]]) -> list[float]:
    """When each token is due that was taken along the steps."""
    now, due = 1000.0, []
    for pause, step in steps:
        now += pause
        if step == THROTTLE:
            bucket.throttled(now)
        else:
            due.append(now + bucket.take(now))
    return due


def busiest(due: Sequence[float], rate: Rate) -> float:
    """By how many tokens the fullest window exceeds what the rate allows."""
    return max(
        (
            last - first + 1 - rate.bucket - rate.per_second * (due[last] - due[first])
            for first in range(len(due))
            for last in range(first, len(due))
        ),
        default=0.0,
    )


@given(RATES, STEPS)
def test_no_window_has_more_tokens_than_the_bucket_and_its_refill(
    rate: Rate, steps: list[tuple[float, str]]
) -> None:
    assert busiest(dues(Bucket(rate), steps), rate) <= SLACK


@given(RATES, STEPS)
def test_tokens_are_due_in_the_order_in_which_they_were_taken(
    rate: Rate, steps: list[tuple[float, str]]
) -> None:
    due = dues(Bucket(rate), steps)
    assert all(later >= earlier - SLACK for earlier, later in pairwise(due))


@given(RATES, STEPS, st.floats(0, 100))
def test_what_a_token_would_wait_is_what_it_waits(
    rate: Rate, steps: list[tuple[float, str]], pause: float
) -> None:
    bucket = Bucket(rate)
    dues(bucket, steps)
    now = 1000.0 + sum(pause for pause, _ in steps) + pause
    assert bucket.wait_for(now) == pytest.approx(bucket.take(now))


@given(RATES, STEPS)
def test_a_token_is_there_when_it_is_due(rate: Rate, steps: list[tuple[float, str]]) -> None:
    bucket = Bucket(rate)
    dues(bucket, steps)
    now = 1000.0 + sum(pause for pause, _ in steps)
    due = now + bucket.wait_for(now)
    assert bucket.wait_for(due) <= SLACK


@given(RATES, STEPS)
def test_half_a_minute_after_a_throttle_it_gives_at_its_full_rate_again(
    rate: Rate, steps: list[tuple[float, str]]
) -> None:
    bucket = Bucket(rate)
    dues(bucket, [step for step in steps if step[1] == THROTTLE])
    now = 1000.0 + sum(pause for pause, _ in steps) + RECOVERY
    while bucket.take(now) == 0:
        pass
    first, second = bucket.take(now), bucket.take(now)
    assert second - first == pytest.approx(1 / rate.per_second)


@given(RATES, st.integers(1, 30))
def test_tokens_given_back_can_be_taken_again(rate: Rate, count: int) -> None:
    bucket = Bucket(rate)
    before = bucket.wait_for(0.0)
    for _ in range(count):
        bucket.take(0.0)
    for _ in range(count):
        bucket.give_back()
    assert bucket.wait_for(0.0) == before == 0
    given_out = 0
    while bucket.take(0.0) == 0:
        given_out += 1
    assert given_out == int(rate.bucket)


def test_a_full_bucket_is_no_fuller_for_a_token_given_back() -> None:
    bucket = Bucket(Rate(2, 1))
    bucket.give_back()
    assert [bucket.take(0.0) for _ in range(4)] == [0, 0, 1, 2]


def test_a_throttle_empties_the_bucket_and_slows_its_refill() -> None:
    bucket = Bucket(Rate(100, 10))
    assert bucket.wait_for(0.0) == 0
    bucket.throttled(0.0)
    assert bucket.wait_for(0.0) == pytest.approx(0.15, rel=0.05)


def test_throttles_that_come_together_count_as_one() -> None:
    one, many = Bucket(Rate(100, 10)), Bucket(Rate(100, 10))
    one.throttled(0.0)
    for _ in range(50):
        many.throttled(0.0)
    assert many.wait_for(0.0) == one.wait_for(0.0)


def test_however_often_it_is_throttled_a_bucket_keeps_a_twentieth_of_its_rate() -> None:
    bucket = Bucket(Rate(100, 10))
    for second in range(40):
        bucket.throttled(float(second))
    assert 1 / 10 < bucket.wait_for(39.0) <= 1 / 10 / FLOOR


def test_a_lowered_bucket_gives_no_more_than_the_smaller_rate() -> None:
    bucket = Bucket(Rate(5, 10))
    bucket.lower(Rate(2, 20))
    assert bucket.rate == Rate(2, 10)
    assert [bucket.take(0.0) for _ in range(3)] == pytest.approx([0, 0, 0.1])


def test_a_clock_that_goes_back_gives_no_tokens() -> None:
    bucket = Bucket(Rate(1, 1))
    assert [bucket.take(now) for now in (100.0, 50.0, 100.0)] == [0, 1, 2]


def test_large_regions_have_larger_quotas() -> None:
    assert published("us-east-1")["DescribeExecution"] == Rate(300, 15)
    assert published("eu-central-1")["DescribeExecution"] == Rate(250, 10)
    assert published("us-west-2")["GetExecutionHistory"] == Rate(400, 20)
    assert published("cn-north-1")["GetExecutionHistory"] == Rate(400, 20)


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_every_operation_has_a_quota_in_every_region(region: str) -> None:
    assert sorted(published(region)) == list(OPERATIONS)


@pytest.mark.parametrize("region", ["us-west-2", "eu-central-1"])
def test_the_fake_turns_away_by_the_same_quotas(region: str) -> None:
    theirs = quotas.published(region)
    assert {name: (rate.bucket, rate.per_second) for name, rate in published(region).items()} == {
        name: theirs[name] for name in OPERATIONS
    }


def test_an_express_execution_has_no_quota() -> None:
    assert "StartSyncExecution" not in OPERATIONS


def test_a_run_uses_its_share_of_the_quotas_and_of_raised_ones() -> None:
    own = rates("us-east-1", share=0.5, raised={"ListExecutions": Rate(1000, 50)})
    assert own["DescribeExecution"] == Rate(150 * 0.97, 7.5)
    assert own["ListExecutions"] == Rate(500 * 0.97, 25)


def test_a_share_leaves_room_for_one_call() -> None:
    own = rates("us-east-1", share=0.001, raised={})
    assert own["ListExecutions"] == Rate(1, 0.005)
