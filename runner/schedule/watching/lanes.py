"""What is due when, and how much of it a quota lets through. Times in seconds of one clock."""

from __future__ import annotations

import heapq
from itertools import count
from typing import TYPE_CHECKING, Generic, TypeVar

from runner.quotas import Bucket

if TYPE_CHECKING:
    from runner.quotas import Rate

K = TypeVar("K")

_TOLERANCE = 1e-3
"""A token that is due so soon is taken for one that is there: clocks wake early."""

_SPARE = 64


class Queue(Generic[K]):
    """Keys by the moments at which they are due; planning one anew moves it."""

    def __init__(self) -> None:
        self._due: dict[K, tuple[float, int, K]] = {}
        self._heap: list[tuple[float, int, K]] = []
        self._count = count()

    def __len__(self) -> int:
        return len(self._due)

    def __contains__(self, key: K) -> bool:
        return key in self._due

    @property
    def size(self) -> int:
        """How many entries it holds, those of keys that were moved or dropped included."""
        return len(self._heap)

    def plan(self, key: K, due: float) -> None:
        """Have a key come up at a moment."""
        if self.due(key) == due:
            return
        entry = self._due[key] = (due, next(self._count), key)
        heapq.heappush(self._heap, entry)
        self._shrink()

    def due(self, key: K) -> float | None:
        """When a key comes up, if it does."""
        entry = self._due.get(key)
        return entry[0] if entry else None

    def drop(self, key: K) -> None:
        """Have a key not come up."""
        if self._due.pop(key, None) is not None:
            self._shrink()

    def next_due(self) -> float | None:
        """When the first key comes up."""
        while self._heap and self._due.get(self._heap[0][2]) is not self._heap[0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def take(self, now: float) -> K | None:
        """Take out the first key that has come up, if any has."""
        due = self.next_due()
        if due is None or due > now:
            return None
        key = heapq.heappop(self._heap)[2]
        del self._due[key]
        return key

    def _shrink(self) -> None:
        """Let go of entries that stand for nothing any more, before they are most of all."""
        if len(self._heap) > 2 * len(self._due) + _SPARE:
            self._heap = list(self._due.values())
            heapq.heapify(self._heap)


class Gate:
    """Lets calls through: so many at once, and as a token bucket has it."""

    def __init__(self, rate: Rate, at_once: int) -> None:
        self.rate = rate
        self._bucket = Bucket(rate)
        self._free = at_once

    def is_open(self, now: float) -> bool:
        """Tell whether a call may be made now."""
        return self._free > 0 and self._bucket.wait_for(now) <= _TOLERANCE

    def opens_at(self, now: float) -> float | None:
        """When the next call may be made; None while all are under way."""
        return now + self._bucket.wait_for(now) if self._free > 0 else None

    def enter(self, now: float) -> None:
        """A call is made."""
        self._free -= 1
        self._bucket.take(now)

    def leave(self) -> None:
        """A call was answered."""
        self._free += 1
