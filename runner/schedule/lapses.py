"""The platforms whose credentials fail, since when, and which of them are given up."""

from __future__ import annotations

from dataclasses import dataclass, field

PATIENCE = 60.0
"""Seconds after which credentials that fail are taken for lost."""

_TRIES = 3
"""Calls that must have failed by then: one that comes late is not the last word."""


@dataclass(slots=True)
class _Trouble:
    since: float
    calls: int = 0


@dataclass(slots=True)
class Lapses:
    """Owns what is known of platforms' credentials, by the platform's name.

    `lost` tells of each that was given up what its credentials do, such as `do not work any
    more`, and `swept` those of them whose jobs were let go of then. Times are seconds of the
    run's clock.
    """

    lost: dict[str, str] = field(default_factory=dict)
    swept: set[str] = field(default_factory=set)
    _troubles: dict[str, _Trouble] = field(default_factory=dict)

    def work(self, platform: str) -> None:
        """A call was let in."""
        self._troubles.pop(platform, None)

    def fail(self, platform: str, now: float) -> tuple[bool, float]:
        """A call was turned away. Tells whether it is the first in a row, and for how many

        seconds they have been.
        """
        is_first = platform not in self._troubles
        trouble = self._troubles.setdefault(platform, _Trouble(now))
        trouble.calls += 1
        return is_first, now - trouble.since

    def is_over(self, platform: str, now: float) -> bool:
        """Tell whether calls have been turned away for so long that there is no more hope."""
        trouble = self._troubles.get(platform)
        return trouble is not None and trouble.calls >= _TRIES and now - trouble.since >= PATIENCE
