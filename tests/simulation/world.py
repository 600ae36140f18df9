"""The world of one run: calls take their time, in a virtual clock that runs may share."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from runner.engine import perform
from runner.schedule import (
    Call,
    Event,
    Interrupt,
    Now,
    Observe,
    Redrive,
    RunExpress,
    Start,
    Survey,
    Withdrawn,
    WithdrawStarts,
)
from tests.simulation.lives import wall

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.fakes import Turns
    from tests.simulation.client import Client
    from tests.simulation.service import Service

_SLOWEST = 150.0
_LONG = 8.0
"""An answer that comes so much later may be old news."""

_MOST_AT_ONCE = 2_000
"""Times that a run may be woken at one moment: more is a loop."""


class Killed(BaseException):
    """The run's process is no more."""


@dataclass(order=True, slots=True)
class _Pending:
    """A call that takes effect at `at`, or an event that comes in then. No call is sent before

    `sent_at`: until then it can be taken back.
    """

    at: float
    tie: int
    item: Call | Event = field(compare=False)
    asked_at: float = field(default=0.0, compare=False)
    sent_at: float = field(default=0.0, compare=False)


class SimulatedWorld:
    """Where one run's calls are made. `step` is called before each wait, `on_call` for each call.

    With `turns` it shares its time with other worlds. `killed_at` ends it, as kill -9 does. What
    happens is told to `trace`, line by line. `interrupts` are the moments of those taken so far,
    and `looks` and `lists` those of the calls that the quotas of looking are for.
    """

    def __init__(
        self,
        service: Service,
        client: Client,
        *,
        begins: float,
        turns: Turns | None = None,
        killed_at: float = float("inf"),
        trace: Callable[[str], None] | None = None,
    ) -> None:
        self.seconds = begins
        self._service, self._client, self._turns = service, client, turns
        self._luck = service.luck("world", client.by)
        self._killed_at, self._trace = killed_at, trace
        self._tie = count()
        self._heap: list[_Pending] = []
        self._woken = 0
        self.interrupts: list[float] = []
        self.looks: list[float] = []
        self.lists: list[float] = []
        self.step: Callable[[], None] = lambda: None
        self.on_call: Callable[[Call], None] = lambda _: None

    def now(self) -> Now:
        return Now(self.seconds, wall(self.seconds))

    def put_at(self, moment: float, event: Event) -> None:
        """Have an event come in."""
        heapq.heappush(self._heap, _Pending(moment, next(self._tie), event))

    def call(self, effect: Call) -> None:
        self._say("asks", effect)
        self.on_call(effect)
        if isinstance(effect, WithdrawStarts):
            self._withdraw()
            return
        if isinstance(effect, Survey | Observe):
            (self.lists if isinstance(effect, Survey) else self.looks).append(self.seconds)
        sent = self.seconds
        if isinstance(effect, Start | RunExpress | Redrive):
            sent += self._luck.random() * self._service.chances.queue
        before = self._latency()
        self._excuse_slow(effect, before)
        pending = _Pending(sent + before, next(self._tie), effect, self.seconds, sent)
        heapq.heappush(self._heap, pending)

    def wait(self, until: float | None) -> Sequence[Event]:
        self.step()
        self._count_wakes(until)
        while True:
            due = self._heap[0].at if self._heap else None
            moment = min((time for time in (due, until) if time is not None), default=None)
            assert moment is not None, "the schedule waits for nothing"
            self._go_to(max(moment, self.seconds))
            if due is None or due > moment:
                return []
            event = self._made(heapq.heappop(self._heap))
            if event is not None:
                self._say("gets", event)
                self._woken = 0 if isinstance(event, Interrupt) else self._woken
                return [event]

    def take_turn(self) -> None:
        """Wait until it is this world's time to begin."""
        self._go_to(self.seconds)

    def _count_wakes(self, until: float | None) -> None:
        idle = until is not None and until <= self.seconds
        self._woken = self._woken + 1 if idle else 0
        assert self._woken < _MOST_AT_ONCE, f"it is woken again and again at {self.seconds}"

    def _go_to(self, moment: float) -> None:
        """Let the time come; before that, all others who share it take their turns."""
        if self._turns is not None:
            self._turns.take(self, min(moment, self._killed_at))
        if moment >= self._killed_at:
            self._kill()
        self.seconds = self._service.now = moment

    def _kill(self) -> None:
        """Of the calls that were sent, some arrive; nobody is told."""
        self._say("is killed", "")
        self.seconds = self._service.now = self._killed_at
        for pending in sorted(self._heap):
            is_sent = isinstance(pending.item, Call) and pending.sent_at <= self.seconds
            if is_sent and self._luck.random() < 0.5:
                self._made(pending)
        self._heap.clear()
        raise Killed

    def _latency(self) -> float:
        chances = self._service.chances
        if self._luck.random() < chances.slow:
            self._service.happened["slow calls"] += 1
            return self._luck.random() * _SLOWEST
        return self._luck.random() * chances.latency

    def _made(self, pending: _Pending) -> Event | None:
        """An event that is due, or None for a call whose event comes later."""
        item = pending.item
        if isinstance(item, WithdrawStarts):
            raise TypeError(item)
        if not isinstance(item, Call):
            if isinstance(item, Interrupt):
                self.interrupts.append(self.seconds)
            return item
        self._client.asked_at, self._client.sent_at = pending.asked_at, pending.sent_at
        event = perform(self._client, item)
        _no_mistake_of_ours(event)
        after = self._latency()
        self._excuse_slow(item, after)
        if isinstance(item, RunExpress):
            after += self._express_seconds(item)
        self._say("does", item)
        self.put_at(self.seconds + after, event)
        return None

    def _excuse_slow(self, call: Call, seconds: float) -> None:
        """Answers that come late are old news."""
        if seconds > _LONG and isinstance(call, Survey | Observe):
            wanted = call.wanted if isinstance(call, Survey) else (call.execution_arn,)
            for arn in wanted:
                self._client.excuse(arn, "slow")

    def _express_seconds(self, call: RunExpress) -> float:
        lives = [life for life in self._client.lives if life.name == call.request.name]
        return max(0.0, lives[-1].end - self.seconds) if lives else 0.0

    def _withdraw(self) -> None:
        unsent = [one for one in self._heap if self._is_unsent_start(one.item, one.sent_at)]
        self._heap = [one for one in self._heap if one not in unsent]
        heapq.heapify(self._heap)
        self.put_at(self.seconds, Withdrawn(frozenset(_of(one.item) for one in unsent)))

    def _is_unsent_start(self, item: Call | Event, sent_at: float) -> bool:
        return isinstance(item, Start | RunExpress | Redrive) and sent_at > self.seconds

    def _say(self, what: str, item: object) -> None:
        if self._trace is not None:
            self._trace(f"{self.seconds - 1000:10.3f} {self._client.by} {what} {item}")


def _of(item: Call | Event) -> tuple[str, int]:
    assert isinstance(item, Start | RunExpress | Redrive)
    return (item.job, item.attempt)


def _no_mistake_of_ours(event: Event) -> None:
    """A fault of the simulation itself must not pass for one of the service."""
    error = getattr(event, "error", None) or getattr(event, "result", None)
    cause = getattr(error, "__cause__", None)
    if isinstance(cause, AssertionError):
        raise cause
    if cause is not None:
        raise AssertionError(f"the simulated service failed: {error}") from cause
