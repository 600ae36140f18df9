"""Step Functions' quotas of calls, and the token bucket that keeps under one. No clock, no thread.

Step Functions gives each account a bucket of tokens for each operation in each region: a call
takes one, and the bucket is refilled at a steady rate (Step Functions developer guide, "Quotas
related to API action throttling").
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Rate:
    """How many calls may come at once, and how many a second from then on. Both above 0."""

    bucket: float
    per_second: float

    def times(self, share: float) -> Rate:
        """A share of it, with room for one call at least."""
        return Rate(max(1.0, self.bucket * share), max(_SLOWEST, self.per_second * share))

    def at_most(self, other: Rate) -> Rate:
        """The smaller of the two, number by number."""
        return Rate(min(self.bucket, other.bucket), min(self.per_second, other.per_second))


MOST_CALLS = 1_000_000
"""The highest bucket size, and refill per second, of a quota that an account may have."""

_SLOWEST = 1e-6
"""Calls per second that any share leaves, so that a wait is a number that a clock can take."""

LARGE_REGIONS = ("us-east-1", "us-west-2", "eu-west-1")
"""The regions whose quotas are higher."""

_EVERYWHERE: Mapping[str, Rate] = {
    "GetExecutionHistory": Rate(400, 20),
    "DescribeStateMachine": Rate(200, 20),
    "DescribeStateMachineAlias": Rate(200, 1),
    "DescribeStateMachineForExecution": Rate(200, 1),
    "ListStateMachines": Rate(100, 5),
    "ListStateMachineAliases": Rate(100, 1),
    "ListStateMachineVersions": Rate(100, 1),
    "ListTagsForResource": Rate(100, 1),
}
_LARGE: Mapping[str, Rate] = {
    "StartExecution": Rate(1300, 300),
    "RedriveExecution": Rate(1300, 300),
    "DescribeExecution": Rate(300, 15),
    "ListExecutions": Rate(200, 5),
    "StopExecution": Rate(1000, 200),
}
_OTHERS: Mapping[str, Rate] = {
    "StartExecution": Rate(800, 150),
    "RedriveExecution": Rate(800, 150),
    "DescribeExecution": Rate(250, 10),
    "ListExecutions": Rate(100, 2),
    "StopExecution": Rate(500, 25),
}

OPERATIONS = tuple(sorted({*_EVERYWHERE, *_LARGE}))
"""The operations that are called and have a quota. StartSyncExecution grows with the demand."""


def published(region: str) -> Mapping[str, Rate]:
    """The quotas that AWS gives a new account in a region, by operation."""
    return {**_EVERYWHERE, **(_LARGE if region in LARGE_REGIONS else _OTHERS)}


def rates(region: str, *, share: float, raised: Mapping[str, Rate]) -> Mapping[str, Rate]:
    """What one run may use: a share of the published quotas, or of the account's own.

    Of a bucket a little is left, as calls that were sent one after another may arrive together.
    """
    quotas = {**published(region), **raised}
    return {
        operation: replace(used := quota.times(share), bucket=max(1.0, used.bucket * _KEPT))
        for operation, quota in quotas.items()
    }


_KEPT = 0.97

FLOOR = 1 / 20
"""The part of its rate that a bucket keeps, however often it gives way."""

RECOVERY = 30.0
"""Seconds in which a bucket comes from the floor back to its full rate."""

_GIVEN_WAY = 2 / 3

CALM = 1.0
"""Seconds in which throttles count as one: calls that were under way together."""

_SLOPE = (1 - FLOOR) / RECOVERY


class Bucket:
    """A bucket of tokens for one operation, full at first. Times are seconds of any one clock.

    In any window of t seconds it gives out at most `bucket + per_second * t` tokens, and one
    more for each that was given back. Tokens are due in the order in which they were taken.
    Time that goes back is taken for time that stands still.
    """

    __slots__ = ("_at", "_cut_at", "_level", "_rate", "_speed")

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        # Below 0 by as many tokens as are promised and not there yet.
        self._level = rate.bucket
        self._at = -math.inf
        # The part of the rate at which it is refilled, as of `_at`.
        self._speed = 1.0
        self._cut_at = -math.inf

    @property
    def rate(self) -> Rate:
        """What it gives at most."""
        return self._rate

    def take(self, now: float) -> float:
        """Reserve a token. Returns the seconds until it is there, 0 where one is."""
        self._refill(now)
        self._level -= 1.0
        return self._seconds_to(-self._level)

    def wait_for(self, now: float) -> float:
        """The seconds after which a token would be there that is taken now."""
        self._refill(now)
        return self._seconds_to(1.0 - self._level)

    def give_back(self) -> None:
        """Return a token that was taken and not used."""
        self._level = min(self._rate.bucket, self._level + 1.0)

    def throttled(self, now: float) -> None:
        """Give way: others use this quota too. Empties it and refills it slower by a third.

        Throttles of one second count as one. Within half a minute the full rate is back.
        """
        self._refill(now)
        self._level = min(0.0, self._level)
        if self._at - self._cut_at >= CALM:
            self._cut_at = self._at
            self._speed = max(FLOOR, self._speed * _GIVEN_WAY)

    def lower(self, rate: Rate) -> None:
        """Give at most this from now on; never more than it gave before."""
        self._rate = self._rate.at_most(rate)
        self._level = min(self._level, self._rate.bucket)

    def _refill(self, now: float) -> None:
        passed = now - self._at
        if passed <= 0:
            return
        self._at = now
        if math.isinf(passed):
            return
        tokens = self._rate.per_second * self._gain(passed)
        self._level = min(self._rate.bucket, self._level + tokens)
        if self._speed < 1.0:
            self._speed = min(1.0, self._speed + _SLOPE * passed)

    def _gain(self, seconds: float) -> float:
        """The seconds at full rate that so many seconds at the present one are worth."""
        if self._speed == 1.0:
            return seconds
        slow = min(seconds, self._slow_seconds())
        return slow * (self._speed + _SLOPE * slow / 2) + (seconds - slow)

    def _seconds_to(self, tokens: float) -> float:
        """After how many seconds so many tokens will have come in: the inverse of `_gain`."""
        if tokens <= 0:
            return 0.0
        worth = tokens / self._rate.per_second
        if self._speed == 1.0:
            return worth
        slow = self._slow_seconds()
        missing = worth - self._gain(slow)
        if missing >= 0:
            return slow + missing
        # The positive root of `_SLOPE / 2 * x**2 + speed * x = worth`, where nothing cancels out.
        return 2 * worth / (self._speed + math.sqrt(self._speed**2 + 2 * _SLOPE * worth))

    def _slow_seconds(self) -> float:
        return (1.0 - self._speed) / _SLOPE
