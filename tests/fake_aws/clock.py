"""The fake's time: the real one, or one that tests step."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Protocol

START = 1_750_000_000.0


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since the epoch."""

    def real_seconds(self, seconds: float) -> float:
        """How long a caller really waits where the clock says `seconds`."""


@dataclass(frozen=True, slots=True)
class RealClock:
    """The real time, or `skew` seconds later."""

    skew: float = 0.0

    def now(self) -> float:
        return time.time() + self.skew

    def real_seconds(self, seconds: float) -> float:
        return seconds


@dataclass(slots=True)
class SteppedClock:
    """Stands still until it is told to go on; `waits` are the steps that `wait` made."""

    time: float = START
    waits: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.time

    def real_seconds(self, seconds: float) -> float:
        return 0.0

    def step(self, seconds: float) -> None:
        self.time += seconds

    def wait(self, seconds: float) -> bool:
        """A wait as a retry policy wants it: time passes, and nothing interrupts."""
        self.waits.append(seconds)
        self.step(seconds)
        return False
