"""What a run's driver needs of the world, and the real one: threads, a clock and an inbox."""

from __future__ import annotations

import time
from collections import Counter
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

START_THREADS = 12
SURVEY_THREADS = 4
OBSERVE_THREADS = 16
STOP_THREADS = 32
READ_THREADS = 8
CHECK_THREADS = 4

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

    Each kind of call has threads of its own, so that none waits behind another: an Express call
    takes minutes, reading what thousands of earlier executions left as well, and a stop must
    queue neither behind starts nor behind looks that hang.
    There is a thread for each Express call that the schedule has out at the same time, as the
    timeout of such a job counts from its call.
    """

    def __init__(
        self, providers: Mapping[str, Provider], clock: Clock, inbox: SimpleQueue[Event]
    ) -> None:
        self._providers = providers
        self._clock = clock
        self._inbox = inbox
        self._starts = Workers("start", START_THREADS, inbox)
        self._express = Workers("express", EXPRESS_CALLS, inbox)
        self._surveys = Workers("survey", SURVEY_THREADS, inbox)
        self._observes = Workers("observe", OBSERVE_THREADS, inbox)
        self._stops = Workers("stop", STOP_THREADS, inbox)
        self._reads = Workers("read", READ_THREADS, inbox)
        self._checks = Workers("check", CHECK_THREADS, inbox)

    def now(self) -> Now:
        """See World."""
        return Now(self._clock.seconds(), self._clock.wall())

    def call(self, effect: Call) -> None:
        """See World."""
        match effect:
            case WithdrawStarts():
                self._withdraw()
            case Start() | Redrive():
                self._starts.submit(effect, self._task(effect))
            case RunExpress():
                self._express.submit(effect, self._task(effect))
            case Survey():
                self._surveys.submit(effect, self._task(effect))
            case Observe():
                self._observes.submit(effect, self._task(effect))
            case Stop():
                self._stops.submit(effect, self._task(effect))
            case Read():
                self._reads.submit(effect, self._task(effect))
            case Recheck():
                self._checks.submit(effect, self._task(effect))

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
        for workers in (
            self._starts,
            self._express,
            self._surveys,
            self._observes,
            self._stops,
            self._reads,
            self._checks,
        ):
            workers.close()

    def _task(self, effect: ProviderCall) -> partial[Event]:
        return partial(perform, self._providers[effect.platform], effect)

    def _withdraw(self) -> None:
        for workers in (self._reads, self._checks):
            workers.withdraw()
        taken = [*self._starts.withdraw(), *self._express.withdraw()]
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
