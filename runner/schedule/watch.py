"""Which executions are looked at when, and which share a call."""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.provider import Watched
from runner.schedule.events import Observe
from runner.schedule.policy import look_interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CALLS_AT_ONCE = 8
"""Observe effects of one platform that may be under way at the same time."""

_TOGETHER = 5
"""Executions of one machine from which on they stay in one call, as a list shows them all."""

_AT_MOST = 100
"""Executions of one call, on average, so that answers come in while others are asked for."""

_GRACE = 0.2
"""The part of its interval by which an execution may be looked at early, to share a call."""


@dataclass(slots=True)
class _Seen:
    arn: str
    platform: str
    machine: str
    since: float
    due: float
    interval: float


class Watch:
    """Owns the times at which running executions are looked at. Times in seconds.

    `pace` is the number of looks per second that each platform takes.
    """

    def __init__(self, pace: Mapping[str, float]) -> None:
        self._pace = pace
        self._seen: dict[str, _Seen] = {}
        self._running: dict[str, int] = defaultdict(int)
        self._free: dict[str, int] = defaultdict(lambda: CALLS_AT_ONCE)
        self._heaps: dict[str, list[tuple[float, str]]] = defaultdict(list)

    def add(self, arn: str, platform: str, machine: str, *, since: float, now: float) -> None:
        """Begin to look at an execution that started at `since`."""
        if arn in self._seen:
            return
        self._running[platform] += 1
        self._seen[arn] = _Seen(arn, platform, machine, since, now, 0.0)
        self._plan_look(self._seen[arn], now)

    def remove(self, arn: str) -> None:
        """Look no more at an execution."""
        seen = self._seen.pop(arn, None)
        if seen is not None:
            self._running[seen.platform] -= 1

    def hurry(self, arn: str, now: float) -> None:
        """Look often again, as after a start: something is about to change."""
        seen = self._seen.get(arn)
        if seen is not None:
            seen.since = now
            self._plan_look(seen, now)

    def answered(self, platform: str, arns: Sequence[str], now: float) -> None:
        """Take the answer of one Observe: those still watched are looked at again later."""
        self._free[platform] += 1
        for arn in arns:
            seen = self._seen.get(arn)
            if seen is not None:
                self._plan_look(seen, now)

    def due(self, now: float) -> list[Observe]:
        """What to ask now: each Observe takes one of its platform's calls at once."""
        effects: list[Observe] = []
        for platform in self._heaps:
            if self._free[platform] > 0:
                effects += self._due_of(platform, now)
        return effects

    def next_due(self) -> float | None:
        """When to look next; None while nothing is to be seen or every call is under way."""
        times = [
            self._heaps[platform][0][0]
            for platform in list(self._heaps)
            if self._free[platform] > 0 and self._has_next(platform)
        ]
        return min(times, default=None)

    def _plan_look(self, seen: _Seen, now: float) -> None:
        seen.interval = look_interval(
            now - seen.since, self._running[seen.platform], self._pace[seen.platform]
        )
        seen.due = now + seen.interval
        heapq.heappush(self._heaps[seen.platform], (seen.due, seen.arn))

    def _has_next(self, platform: str) -> bool:
        heap = self._heaps[platform]
        while heap and not self._is_current(*heap[0]):
            heapq.heappop(heap)
        return bool(heap)

    def _is_current(self, due: float, arn: str) -> bool:
        seen = self._seen.get(arn)
        return seen is not None and seen.due == due

    def _due_of(self, platform: str, now: float) -> list[Observe]:
        heap = self._heaps[platform]
        taken: list[_Seen] = []
        room = self._free[platform] * _AT_MOST
        while len(taken) < room and self._has_next(platform):
            due, arn = heap[0]
            seen = self._seen[arn]
            if due > now and not (taken and due - now <= _GRACE * seen.interval):
                break
            heapq.heappop(heap)
            seen.due = float("inf")
            taken.append(seen)
        calls = _shared(taken, self._free[platform])
        self._free[platform] -= len(calls)
        return [Observe(platform, tuple(Watched(arn) for arn in call)) for call in calls]


def _shared(taken: list[_Seen], free: int) -> list[list[str]]:
    """Spread at most `free * _AT_MOST` executions over the free calls, each in one.

    Many of one machine stay together.
    """
    if not taken:
        return []
    taken.sort(key=lambda seen: seen.machine)
    size = min(_AT_MOST, -(-len(taken) // free))
    calls: list[list[str]] = [[]]
    of_machine: dict[str, int] = defaultdict(int)
    for seen in taken:
        of_machine[seen.machine] += 1
    last = taken[0].machine
    for seen in taken:
        room = len(calls[-1]) < size
        together = seen.machine == last and of_machine[last] >= _TOGETHER
        if not room and not together:
            calls.append([])
        calls[-1].append(seen.arn)
        last = seen.machine
    return calls
