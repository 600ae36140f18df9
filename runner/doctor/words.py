"""Words that several checks share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.errors import ProviderError

_WAY_OUT = "The way out: "
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def because(error: ProviderError) -> tuple[str, str | None]:
    """What went wrong, and the way out if the error's message tells one."""
    message, mark, fix = str(error).partition(_WAY_OUT)
    told = message.removeprefix(f"{error.operation}: ").rstrip().removesuffix(".")
    return told, fix.strip().removesuffix(".") if mark else None


def duration(seconds: float) -> str:
    """`45 s`, `12 min`, `3.5 h`, `2 days`: rounded down, as promises are."""
    if seconds <= 0:
        return "no time"
    if seconds < 2 * _MINUTE:
        return f"{int(seconds)} s"
    if seconds < 2 * _HOUR:
        return f"{int(seconds // _MINUTE)} min"
    if seconds < 2 * _DAY:
        return f"{int(seconds / _HOUR * 10) / 10:g} h"
    return f"{int(seconds // _DAY)} days"
