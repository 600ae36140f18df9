"""The buckets of tokens that all calls to one account in one region share."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from runner.quotas import Bucket

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runner.quotas import Rate


class Buckets:
    """A bucket for each operation that has a rate, for any number of threads and providers.

    `clock` tells seconds. Whoever takes a token first has it first.
    """

    def __init__(
        self, rates: Mapping[str, Rate], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._buckets = {operation: Bucket(rate) for operation, rate in rates.items()}

    def take(self, operation: str) -> float:
        """Reserve a token. Returns the seconds until it is there, 0 where no quota is known."""
        bucket = self._buckets.get(operation)
        if bucket is None:
            return 0.0
        with self._lock:
            return bucket.take(self._clock())

    def give_back(self, operation: str) -> None:
        """Return a token that was taken for a call that was not sent."""
        bucket = self._buckets.get(operation)
        if bucket is not None:
            with self._lock:
                bucket.give_back()

    def throttled(self, operation: str) -> None:
        """Give way, as a call was turned away for its rate."""
        bucket = self._buckets.get(operation)
        if bucket is not None:
            with self._lock:
                bucket.throttled(self._clock())

    def soonest(self, *operations: str) -> str:
        """The operation that has a token soonest; of several, the one named first."""
        with self._lock:
            now = self._clock()
            return min(operations, key=lambda operation: self._wait_for(operation, now))

    def lower(self, rates: Mapping[str, Rate]) -> None:
        """Keep under these rates as well, from now on."""
        with self._lock:
            for operation, rate in rates.items():
                if operation in self._buckets:
                    self._buckets[operation].lower(rate)

    def _wait_for(self, operation: str, now: float) -> float:
        bucket = self._buckets.get(operation)
        return 0.0 if bucket is None else bucket.wait_for(now)
