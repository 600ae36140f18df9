"""The words in which a plan gives its reasons."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from runner.provider import ExecutionStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from runner.provider import Execution

NAMED = 3
"""Jobs that one reason names; of more it says that there are others."""

EVERY_RUN = "run: always"
EXPRESS = "Express has no memory of earlier runs"
HOLDS_RUN_ID = "its input holds the run's id"
RERUN = "asked for with --rerun"
REMEMBERS_NOTHING = "the embedded engine remembers nothing"
OFFLINE = "offline: earlier executions are not known"
NEVER = "never run"

_ENDED = {
    ExecutionStatus.ABORTED: "was stopped",
    ExecutionStatus.TIMED_OUT: "timed out",
}


def names(jobs: Sequence[str], word: str = "and") -> str:
    """A few names in a sentence."""
    if len(jobs) > NAMED:
        return f"{', '.join(jobs[:NAMED])} {word} others"
    if len(jobs) > 1:
        return f"{', '.join(jobs[:-1])} {word} {jobs[-1]}"
    return jobs[0]


def day(time: datetime | None) -> str:
    """A time as people read it, to the minute."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if time else "an unknown day"


def iso(time: datetime | None) -> str | None:
    """A time as machines read it, in UTC and to the millisecond."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds") if time else None


def failed(execution: Execution, attempt: int) -> str:
    """That an attempt did not succeed, and when."""
    ended = _ENDED.get(execution.status, "failed")
    return f"attempt {attempt} {ended} on {day(execution.stopped_at or execution.started_at)}"


def out_of_sight(rows: int) -> str:
    """That what was found by its name is older than all that a list showed."""
    return (
        f"it is not among the newest {rows:,} executions of its state machine, so a change "
        "since then that was reverted may be missed"
    )
