"""A world in virtual time."""

from __future__ import annotations

import heapq
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

from runner.engine import perform
from runner.errors import StartLost, Transient
from runner.schedule import (
    Call,
    CallFailed,
    Event,
    Interrupt,
    Now,
    Operation,
    Redrive,
    RunExpress,
    Start,
    StartAnswered,
    Withdrawn,
    WithdrawStarts,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

from tests.fakes.provider import EPOCH, FakeProvider


class Turns:
    """One virtual time for several worlds, each driven by a thread of its own.

    Whoever has the earliest thing to do goes on, and all the others wait: whatever threads do,
    the order is always the same.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._moments: dict[object, float | None] = {}

    def join(self, world: object) -> None:
        """Take part; call it before any of the threads begins."""
        self._moments[world] = None

    def take(self, world: object, moment: float) -> None:
        """Wait for the turn to do what is due at a moment."""
        with self._changed:
            self._moments[world] = moment
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: self._is_next(world), timeout=60)
            self._moments[world] = None

    def leave(self, world: object) -> None:
        """Take no part any more."""
        with self._changed:
            del self._moments[world]
            self._changed.notify_all()

    def _is_next(self, world: object) -> bool:
        moments = [moment for moment in self._moments.values() if moment is not None]
        if len(moments) < len(self._moments):
            return False
        return next(one for one, at in self._moments.items() if at == min(moments)) is world


class VirtualWorld:
    """Calls come back after a latency, in virtual time. Nothing sleeps.

    `latency` yields the seconds before a call takes effect and until its answer is there. The
    world begins `begins` seconds after its epoch. Where it shares its time with another, they
    take `turns`.
    """

    def __init__(
        self,
        provider: FakeProvider,
        latency: Callable[[], tuple[float, float]] = lambda: (0, 0.01),
        *,
        begins: float = 0.0,
        turns: Turns | None = None,
    ) -> None:
        self.seconds = self.began = 1000.0 + begins
        self._turns = turns
        self.calls: list[Call] = []
        self._provider = provider
        self._latency = latency
        self._tie = count()
        self._heap: list[tuple[float, int, Call | Event]] = []
        provider.wall = self._wall

    def _wall(self) -> datetime:
        return self.now().wall

    def now(self) -> Now:
        return Now(self.seconds, EPOCH + timedelta(seconds=self.seconds - 1000.0))

    def put_at(self, seconds: float, event: Event) -> None:
        """Have an event come in so many seconds after the world's beginning."""
        heapq.heappush(self._heap, (self.began + seconds, next(self._tie), event))

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
        while self._is_turn(until) and self._heap and (until is None or self._heap[0][0] <= until):
            self.seconds, _, item = heapq.heappop(self._heap)
            event = self._made(item)
            if event is not None:
                return [event]
        assert until is not None, "the schedule waits for nothing"
        self.seconds = max(self.seconds, until)
        return []

    def take_turn(self) -> None:
        """Wait until it is this world's time to begin."""
        if self._turns is not None:
            self._turns.take(self, self.seconds)
            self._provider.wall = self._wall

    def _is_turn(self, until: float | None) -> bool:
        """Wait until nobody who shares the time has anything to do before this world."""
        if self._turns is not None:
            moments = [self._heap[0][0]] if self._heap else []
            self._turns.take(self, min(moments + ([] if until is None else [until])))
            self._provider.wall = self._wall
        return True

    def _made(self, item: Call | Event) -> Event | None:
        """An event that is due, or None for a call whose event comes later."""
        if isinstance(item, WithdrawStarts):
            raise TypeError(item)
        if not isinstance(item, Call):
            return item
        after = self._latency()[1]
        event = _sent_before(perform(self._provider, item), after)
        if isinstance(item, RunExpress):
            made = self._provider.executions.get(item.request.machine.execution(item.request.name))
            after += made.outcome.seconds if made else 0.0
        heapq.heappush(self._heap, (self.seconds + after, next(self._tie), event))
        return None

    def _withdraw(self) -> None:
        unsent = [
            entry for entry in self._heap if isinstance(entry[2], (Start, RunExpress, Redrive))
        ]
        self._heap = [entry for entry in self._heap if entry not in unsent]
        heapq.heapify(self._heap)
        starts = frozenset(
            (entry[2].job, entry[2].attempt)
            for entry in unsent
            if isinstance(entry[2], (Start, RunExpress, Redrive))
        )
        self.put_at(self.seconds - self.began, Withdrawn(starts))


def _sent_before(event: Event, seconds: float) -> Event:
    """What came of a start that was sent so long before its answer came, or its end."""
    match event:
        case StartAnswered(outcome=outcome):
            return replace(event, outcome=replace(outcome, since_sent=seconds))
        case CallFailed(operation=Operation.START, error=Transient() as error):
            is_anothers = isinstance(error, StartLost) and error.is_anothers
            lost = StartLost(str(error), since_sent=seconds, is_anothers=is_anothers)
            return replace(event, error=lost)
        case _:
            return event
