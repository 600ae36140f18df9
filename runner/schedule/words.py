"""Values as people write them."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.provider import Execution

_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))


def within(error: Exception) -> str:
    """An error's message as a part of a sentence that goes on."""
    return str(error).rstrip(".")


def duration(seconds: float | None) -> str:
    """A duration as the spec writes it, such as `1h30m`; `no time` for none."""
    rest = round((seconds or 0) * 1000)
    parts = []
    for unit, size in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "no time"


def succeeded_on(execution: Execution) -> str:
    """When an earlier execution succeeded, such as `succeeded on 2024-05-01 12:00 UTC`."""
    ended = execution.stopped_at or execution.started_at
    if ended is None:
        return "succeeded in an earlier run"
    return f"succeeded on {ended.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
