"""How this machine's clock differs from AWS's."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

NOTABLE = 60.0
"""Seconds of difference from which it may be what is wrong."""


def skew(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that this machine's clock, `now`, is ahead of an answer's Date header.

    None where the answer has none.
    """
    try:
        told = parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError, TypeError):
        return None
    return (now - told).total_seconds() if told.tzinfo is not None else None


def told(seconds: float) -> str:
    """The difference as a sentence without its full stop."""
    way = "ahead of" if seconds > 0 else "behind"
    return f"this machine's clock is {span(seconds)} {way} AWS's"


def span(seconds: float) -> str:
    """A time span in its largest unit, as people say it."""
    whole = abs(seconds)
    for unit, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if whole >= unit:
            number = int(whole // unit)
            return f"{number:,} {name}{'' if number == 1 else 's'}"
    return f"{int(whole)} s"
