"""What a run's driver needs of the world, and the real one: threads, a clock and an inbox."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Protocol

from runner.engine.calls import perform
from runner.engine.workers import Workers
from runner.schedule import (
    EXPRESS_CALLS,
    Call,
    Now,
    Observe,
    ProviderCall,
    Read,
    Recheck,
    Redrive,
    RunExpress,
    Start,
    Stop,
    Survey,
    Withdrawn,
    WithdrawStarts,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runner.provider import Provider
    from runner.schedule import Event

READ_THREADS = 8


@dataclass(frozen=True, slots=True)
class _Kind:
    """Calls that share threads, so many on each platform."""

    name: str
    threads: int
    is_withdrawn: bool


_STARTS = _Kind("start", 12, is_withdrawn=True)
_KINDS: Mapping[type[ProviderCall], _Kind] = {
    Start: _STARTS,
    Redrive: _STARTS,
    RunExpress: _Kind("express", EXPRESS_CALLS, is_withdrawn=True),
    Survey: _Kind("survey", 4, is_withdrawn=False),
    Observe: _Kind("observe", 16, is_withdrawn=False),
    Stop: _Kind("stop", 32, is_withdrawn=False),
    Read: _Kind("read", READ_THREADS, is_withdrawn=True),
    Recheck: _Kind("check", 4, is_withdrawn=True),
}

_LONGEST_WAIT = 3600.0


class World(Protocol):
    """Where calls are made and time passes."""

    def now(self) -> Now:
        """The present moment."""

    def call(self, effect: Call) -> None:
        """Begin a call. What comes of it is among the events of a later `wait`."""

    def wait(self, until: float | None) -> Sequence[Event]:
        """Wait for events, at most until a moment of the run's clock; none when it has come."""


class Clock(Protocol):
    """The two ways of telling time."""

    def seconds(self) -> float:
        """Seconds that never jump."""

    def wall(self) -> datetime:
        """The time of day, with a zone."""


class SystemClock:
    """The computer's clock, in UTC."""

    def seconds(self) -> float:
        """See Clock."""
        return time.monotonic()

    def wall(self) -> datetime:
        """See Clock."""
        return datetime.now(UTC)


class ThreadWorld:
    """Calls run in threads, and what comes of them is put into one inbox.

    Each kind of call has threads of its own on each platform, so that none waits behind another:
    an Express call takes minutes, reading what thousands of earlier executions left as well, a
    stop must queue neither behind starts nor behind looks that hang, and a region that answers
    no more must not slow down the others.
    There is a thread for each Express call that the schedule has out at the same time, as the
    timeout of such a job counts from its call.
    """

    def __init__(
        self, providers: Mapping[str, Provider], clock: Clock, inbox: SimpleQueue[Event]
    ) -> None:
        self._providers = providers
        self._clock = clock
        self._inbox = inbox
        self._workers: dict[tuple[_Kind, str], Workers] = {}

    def now(self) -> Now:
        """See World."""
        return Now(self._clock.seconds(), self._clock.wall())

    def call(self, effect: Call) -> None:
        """See World."""
        if isinstance(effect, WithdrawStarts):
            self._withdraw()
        else:
            task = partial(perform, self._providers[effect.platform], effect)
            self._workers_for(effect).submit(effect, task)

    def wait(self, until: float | None) -> Sequence[Event]:
        """See World."""
        timeout = _LONGEST_WAIT
        if until is not None:
            timeout = min(max(until - self._clock.seconds(), 0.0), _LONGEST_WAIT)
        events: list[Event] = []
        try:
            events.append(self._inbox.get(timeout=timeout))
            while True:
                events.append(self._inbox.get_nowait())
        except Empty:
            return events

    def close(self) -> None:
        """Let idle threads end. Calls under way are not waited for."""
        for workers in self._workers.values():
            workers.close()

    def _workers_for(self, effect: ProviderCall) -> Workers:
        kind = _KINDS[type(effect)]
        key = (kind, effect.platform)
        if key not in self._workers:
            self._workers[key] = Workers(kind.name, kind.threads, self._inbox)
        return self._workers[key]

    def _withdraw(self) -> None:
        taken: list[Call] = []
        for (kind, _), workers in self._workers.items():
            if kind.is_withdrawn:
                taken += workers.withdraw()
        starts = {
            (effect.job, effect.attempt)
            for effect in taken
            if isinstance(effect, (Start, RunExpress, Redrive))
        }
        self._inbox.put(Withdrawn(frozenset(starts)))


def total_calls(providers: Mapping[str, Provider]) -> Mapping[str, tuple[int, int, int]]:
    """Calls, retries and throttles by operation, of all providers together."""
    calls: Counter[str] = Counter()
    retries: Counter[str] = Counter()
    throttles: Counter[str] = Counter()
    for provider in {id(provider): provider for provider in providers.values()}.values():
        for operation, counts in provider.calls().items():
            calls[operation] += counts.calls
            retries[operation] += counts.retries
            throttles[operation] += counts.throttles
    return {name: (calls[name], retries[name], throttles[name]) for name in sorted(calls)}
