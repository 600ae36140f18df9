"""How long until what runs is looked at again. Times in seconds."""

from __future__ import annotations

FIRST_LOOK = 0.03
"""From an execution's start to the first look at it, when few run."""

_ROWS_PER_SECOND = 2500
_FEWEST_ROWS = 100
"""Rows of lists that are worth reading in each second, as they cost this machine's time, and

those that a list has at least.
"""

_EARLY = 0.2
_LATE = 0.01
_LONGEST = 30.0
_LONGEST_AGAIN = 60.0
_DOUBLINGS = 6
_AT_MOST = 9.0


def reading_time(size: int, machines: int) -> float:
    """Seconds between two lists of `size` executions, of so many machines in turn.

    Less would take more of this machine's time than it is worth.
    """
    return machines * max(size, _FEWEST_ROWS) / _ROWS_PER_SECOND


def interval(quiet: float, load: float, *, soon: float, least: float = FIRST_LOOK) -> float:
    """Seconds until the next look at executions of which nothing changed for `quiet`.

    `load` is how long the quota takes for one look at everything. Short executions are seen
    early: the interval is a part of the quiet time at first, up to `soon`. It stays there for a
    hundred times as long, and then grows to half a minute.
    """
    early = min(max(least, _EARLY * quiet), soon)
    return max(least, early, load, min(_LATE * quiet, _LONGEST))


def sparing_interval(quiet: float, load: float, *, soon: float, least: float) -> float:
    """The same for many executions of one machine, where there are many such machines.

    Where the quota keeps them from being listed as soon as is good anyway, the interval grows
    with the quiet time at once: what one of them took tells when to look at the others, and the
    calls are kept for that time.
    """
    sparing = min(max(load / soon - 1, 0.0), 1.0)
    shortest = interval(quiet, load * (1 + sparing / 2), soon=soon, least=least)
    most = min(soon + _AT_MOST * max(load - soon, 0.0), _LONGEST)
    return max(shortest, min(sparing * quiet, most))


def again_after(failures: int) -> float:
    """Seconds after which to ask again what has failed so often in a row."""
    return min(2.0 ** min(failures - 1, _DOUBLINGS), _LONGEST_AGAIN)


def is_overdue(age: float, usual: float) -> bool:
    """Tell whether an execution of this age is likely to end, as others took as long."""
    return usual <= age <= 1.5 * usual + 2


def overdue_interval(usual: float, load: float, *, soon: float) -> float:
    """Seconds until the next look while an end is likely."""
    return max(soon, load, usual / 100)
