"""The one policy by which calls repeat themselves: full jitter, a deadline, and an early end.

Jobs have a retry of their own in the spec; this one repeats *calls*, and the client library
below repeats none.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential

from runner.errors import ProviderError, Throttled, Transient, Unreachable
from runner.provider import CallCounts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")
Faults: TypeAlias = tuple[type[ProviderError], ...]

TURNED_AWAY: Faults = (Throttled, Unreachable)
"""The call had no effect: any call may be sent again."""

ANY_FAULT: Faults = (*TURNED_AWAY, Transient)
"""The call may have taken effect: only for calls that do no harm when they are sent twice."""


def _no_time() -> float:
    return 0.0


def _wait_for_nobody(seconds: float) -> bool:
    time.sleep(seconds)
    return False


@dataclass(frozen=True, slots=True)
class Policy:
    """How long and how often a call is repeated. Times in seconds.

    Before repeat n it waits a random time of at most `base * 2 ** (n - 1)` and `longest`
    (full jitter). It gives up where the next attempt would begin later than `deadline` after
    the first one, or than `unreachable` where no connection can be made: a mistyped address
    should be told soon.

    `wait` sleeps and returns True when it was cut short, which ends the call at once with its
    last error; `threading.Event.wait` is such a function. `draw` yields numbers in [0, 1).
    """

    deadline: float = 120.0
    unreachable: float = 60.0
    base: float = 0.2
    longest: float = 20.0
    wait: Callable[[float], bool] = _wait_for_nobody
    clock: Callable[[], float] = time.monotonic
    draw: Callable[[], float] = random.random

    def call(
        self,
        send: Callable[[], T],
        *,
        on: Faults = ANY_FAULT,
        since: float | None = None,
        queued: Callable[[], float] = _no_time,
    ) -> T:
        """Call `send` until it returns, raises something else than `on`, or time is up.

        Time counts from `since` (by `clock`), so that many calls can share one deadline;
        each is sent at least once. The seconds that `send` has `queued` for its turn so far do
        not count: a queue is no fault. Raises what the last attempt raised.
        """
        started = self.clock() if since is None else since
        try:
            return send()
        except on as error:
            first = error
        return self._repeat(_after(first, send), on, started, queued)

    def _repeat(
        self, send: Callable[[], T], on: Faults, started: float, queued: Callable[[], float]
    ) -> T:
        """Call `send`, whose first error is known already: most calls never come here."""
        pause = _Pause(self.wait)

        def is_late(state: RetryCallState) -> bool:
            allowed = self.unreachable if _is_unreachable(state) else self.deadline
            return self.clock() - started - queued() + state.upcoming_sleep > allowed

        return Retrying(
            retry=retry_if_exception_type(on),
            wait=self._jittered(),
            stop=is_late,
            before_sleep=pause.remember,
            sleep=pause,
            reraise=True,
        )(send)

    def within(self, seconds: float) -> Policy:
        """The same policy for a call that is not worth sending any later."""
        return replace(
            self,
            deadline=min(seconds, self.deadline),
            unreachable=min(seconds, self.unreachable),
        )

    def _jittered(self) -> Callable[[RetryCallState], float]:
        ceiling = wait_exponential(multiplier=self.base, max=self.longest)
        return lambda state: self.draw() * ceiling(state)


def _is_unreachable(state: RetryCallState) -> bool:
    return state.outcome is not None and isinstance(state.outcome.exception(), Unreachable)


def _after(first: ProviderError, send: Callable[[], T]) -> Callable[[], T]:
    """A `send` that raises the first attempt's error once more before it goes on."""
    errors = [first]

    def attempt() -> T:
        if errors:
            raise errors.pop()
        return send()

    return attempt


class _Pause:
    """The sleep between two attempts of one call: cut short, it raises the last error."""

    def __init__(self, wait: Callable[[float], bool]) -> None:
        self._wait = wait
        self._last: BaseException | None = None

    def remember(self, state: RetryCallState) -> None:
        self._last = state.outcome.exception() if state.outcome else None

    def __call__(self, seconds: float) -> None:
        if self._wait(seconds) and self._last is not None:
            raise self._last


class Tally:
    """Counts calls by operation. Calls come from many threads, so it has a lock of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: Counter[str] = Counter()
        self._retries: Counter[str] = Counter()
        self._throttles: Counter[str] = Counter()

    def sent(self, operation: str, *, again: bool) -> None:
        """Count a call; `again` tells that it repeats one."""
        with self._lock:
            self._calls[operation] += 1
            self._retries[operation] += again

    def throttled(self, operation: str) -> None:
        """Count a call that was turned away for its rate."""
        with self._lock:
            self._throttles[operation] += 1

    def counts(self) -> Mapping[str, CallCounts]:
        """What was counted so far, by operation in alphabetical order."""
        with self._lock:
            return {
                operation: CallCounts(
                    calls=self._calls[operation],
                    retries=self._retries[operation],
                    throttles=self._throttles[operation],
                )
                for operation in sorted(self._calls)
            }
