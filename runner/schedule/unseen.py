"""How long, and for how many looks, an execution is out of sight. Times in seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

_SAID_FOR = 600.0
"""Seconds for which the log need not say again that an execution is out of sight."""


class Why(Enum):
    """Why a look was in vain.

    HIDDEN: what it showed is not what there must be, as it may lag. FAULT: it failed for another
    reason that can pass.
    """

    HIDDEN = auto()
    FAULT = auto()


_FEWEST = {Why.HIDDEN: 3, Why.FAULT: 5}
"""Looks that must have been in vain in a row, as there may be minutes between them."""


@dataclass(slots=True)
class _Row:
    since: float
    looks: int = 0


@dataclass(slots=True)
class Unseen:
    """The looks at a job's execution that were in vain since it was seen last."""

    _rows: dict[Why, _Row] = field(default_factory=dict)
    _is_noticed: bool = False
    _said_at: float | None = None

    @property
    def is_any(self) -> bool:
        """Tell whether the last look was in vain."""
        return bool(self._rows)

    def clear(self, *reasons: Why) -> None:
        """It was seen as it must be; with reasons, as far as these go."""
        seen = reasons or tuple(Why)
        for why in seen:
            self._rows.pop(why, None)
        if Why.FAULT in seen:
            self._is_noticed = False

    def is_news(self, now: float) -> bool:
        """Tell whether the log should say that a look failed: not for each, nor too often."""
        was_noticed, self._is_noticed = self._is_noticed, True
        if was_noticed or (self._said_at is not None and now - self._said_at < _SAID_FOR):
            return False
        self._said_at = now
        return True

    def count(self, why: Why, now: float) -> float:
        """Count a look in vain; the seconds for which they are, 0 while they are but a few."""
        row = self._rows.setdefault(why, _Row(now))
        row.looks += 1
        return self.seconds(why, now)

    def seconds(self, why: Why, now: float) -> float:
        """The same without counting one."""
        row = self._rows.get(why)
        return now - row.since if row and row.looks >= _FEWEST[why] else 0.0
