"""A world in virtual time."""

from __future__ import annotations

import heapq
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

from runner.engine import perform
from runner.schedule import (
    Call,
    Event,
    Interrupt,
    Now,
    RunExpress,
    Start,
    Withdrawn,
    WithdrawStarts,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

from tests.fakes.provider import EPOCH, FakeProvider


class VirtualWorld:
    """Calls come back after a latency, in virtual time. Nothing sleeps.

    `latency` yields the seconds before a call takes effect and until its answer is there.
    """

    def __init__(
        self, provider: FakeProvider, latency: Callable[[], tuple[float, float]] = lambda: (0, 0.01)
    ) -> None:
        self.seconds = 1000.0
        self.calls: list[Call] = []
        self._provider = provider
        self._latency = latency
        self._tie = count()
        self._heap: list[tuple[float, int, Call | Event]] = []
        provider.wall = lambda: self.now().wall

    def now(self) -> Now:
        return Now(self.seconds, EPOCH + timedelta(seconds=self.seconds - 1000.0))

    def put_at(self, seconds: float, event: Event) -> None:
        """Have an event come in so many seconds after the world's beginning."""
        heapq.heappush(self._heap, (1000.0 + seconds, next(self._tie), event))

    def interrupt_at(self, *seconds: float) -> VirtualWorld:
        for moment in seconds:
            self.put_at(moment, Interrupt())
        return self

    def call(self, effect: Call) -> None:
        self.calls.append(effect)
        if isinstance(effect, WithdrawStarts):
            self._withdraw()
            return
        before, _ = self._latency()
        heapq.heappush(self._heap, (self.seconds + before, next(self._tie), effect))

    def wait(self, until: float | None) -> Sequence[Event]:
        while self._heap and (until is None or self._heap[0][0] <= until):
            self.seconds, _, item = heapq.heappop(self._heap)
            event = self._made(item)
            if event is not None:
                return [event]
        assert until is not None, "the schedule waits for nothing"
        self.seconds = max(self.seconds, until)
        return []

    def _made(self, item: Call | Event) -> Event | None:
        """An event that is due, or None for a call whose event comes later."""
        if isinstance(item, WithdrawStarts):
            raise TypeError(item)
        if not isinstance(item, Call):
            return item
        event = perform(self._provider, item)
        after = self._latency()[1]
        if isinstance(item, RunExpress):
            made = self._provider.executions.get(item.request.machine.execution(item.request.name))
            after += made.outcome.seconds if made else 0.0
        heapq.heappush(self._heap, (self.seconds + after, next(self._tie), event))
        return None

    def _withdraw(self) -> None:
        unsent = [entry for entry in self._heap if isinstance(entry[2], (Start, RunExpress))]
        self._heap = [entry for entry in self._heap if entry not in unsent]
        heapq.heapify(self._heap)
        starts = frozenset(
            (entry[2].job, entry[2].attempt)
            for entry in unsent
            if isinstance(entry[2], (Start, RunExpress))
        )
        self.put_at(self.seconds - 1000.0, Withdrawn(starts))
