"""How long until what runs is looked at again. Times in seconds."""

from __future__ import annotations

FIRST_LOOK = 0.03
"""From an execution's start to the first look at it, when few run."""

_ROWS_PER_SECOND = 2500
"""Rows of lists that are worth reading in each second, as they cost this machine's time."""

_EARLY = 0.2
_LONGEST = 30.0
_LEAST_GROWTH, _MOST_GROWTH = 0.01, 0.8


def interval(quiet: float, load: float, *, soon: float, size: int = 1) -> float:
    """Seconds until the next look at `size` executions of which nothing changed for `quiet`.

    `load` is how long the quota takes for one look at everything. Short executions are seen
    early: the interval is a part of the quiet time at first, up to `soon`. It stays there for a
    hundred times as long, and then grows to half a minute. Where the quota would make it longer
    anyway, it grows with the quiet time at once: what is known of how long others took tells
    when to look (see `hint`), and the calls are kept for that time.
    """
    first = max(FIRST_LOOK, size / _ROWS_PER_SECOND)
    early = min(max(first, _EARLY * quiet), soon)
    growth = min(max(_MOST_GROWTH * (load / soon - 1), _LEAST_GROWTH), _MOST_GROWTH)
    return max(first, early, load, min(growth * quiet, _LONGEST))


def is_overdue(age: float, usual: float) -> bool:
    """Tell whether an execution of this age is likely to end, as others took as long."""
    return usual <= age <= 1.5 * usual + 2


def overdue_interval(usual: float, load: float, *, soon: float) -> float:
    """Seconds until the next look while an end is likely."""
    return max(soon, load, usual / 100)
