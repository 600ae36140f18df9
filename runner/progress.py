"""The live view of a run on a terminal. The door to rich, which is imported when it is opened."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from runner.report import one_line
from runner.results import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from rich.console import Console, RenderableType
    from rich.live import Live
    from rich.text import Text

    from runner.results import JobResult, RunResults

EVERY = 0.25
"""Seconds between two pictures."""

_SHOWN = (
    (Status.RUNNING, "running", "blue"),
    (Status.PENDING, "waiting", "dim"),
    (Status.FAILED, "failed", "red"),
    (Status.CANCELLED, "cancelled", "yellow"),
    (Status.UNKNOWN, "unknown", "red"),
    (Status.SKIPPED, "skipped", "dim"),
)
_LEAST_ROWS = 1
_AROUND = 3
"""Lines beside the rows of jobs: the head, `and 7 more`, and one that stays free."""

_NARROW = 60
_MINUTE, _HOUR = 60, 3600


@dataclass(frozen=True, slots=True)
class Row:
    """One job under way. `seconds` is how long its newest attempt has run."""

    name: str
    state: str
    seconds: float | None
    attempt: int


def rows(results: RunResults, now: datetime) -> list[Row]:
    """The jobs under way, in the plan's order: those that run, then those tried again soon."""
    running = [job for job in results.jobs if job.status is Status.RUNNING]
    waiting = [job for job in results.jobs if job.status is Status.PENDING and job.attempts]
    return [_row(job, now) for job in (*running, *waiting)]


def _row(job: JobResult, now: datetime) -> Row:
    newest = job.newest
    started = newest.started_at if newest else None
    if job.status is Status.PENDING:
        state, seconds = "retries soon", None
    elif started is None:
        state, seconds = "starting", None
    else:
        state, seconds = "running", max(0.0, (now - started).total_seconds())
    return Row(one_line(job.name), state, seconds, newest.number if newest else 1)


def elapsed(seconds: float) -> str:
    """`7s`, `3m07s`, `2h03m`."""
    whole = int(seconds)
    if whole < _MINUTE:
        return f"{whole}s"
    if whole < _HOUR:
        return f"{whole // 60}m{whole % 60:02}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02}m"


def picture(results: RunResults, now: datetime, *, width: int, height: int) -> RenderableType:
    """What the terminal shows: counts, and as many jobs under way as fit."""
    from rich.console import Group  # noqa: PLC0415 - see the module's docstring
    from rich.text import Text  # noqa: PLC0415

    under_way = rows(results, now)
    room = max(height - _AROUND, _LEAST_ROWS)
    lines = [_head(results, now), *(_line(row, width) for row in under_way[:room])]
    if len(under_way) > room:
        lines.append(Text(f"  and {len(under_way) - room:,} more", style="dim"))
    for line in lines:
        line.no_wrap = True
        line.overflow = "ellipsis"
    return Group(*lines)


def _head(results: RunResults, now: datetime) -> Text:
    from rich.text import Text  # noqa: PLC0415

    counts = results.counts
    done = sum(count for status, count in counts.items() if not status.is_open)
    since = max(0.0, (now - results.started_at).total_seconds())
    head = Text(f"{done:,} of {len(results.jobs):,} done")
    for status, word, style in _SHOWN:
        if counts.get(status):
            head.append(", ")
            head.append(f"{counts[status]:,} {word}", style=style)
    return head.append(f"  {elapsed(since)}", style="dim")


def _line(row: Row, width: int) -> Text:
    from rich.text import Text  # noqa: PLC0415

    name = Text(f"  {row.name}")
    tail = Text(f"  {row.state}", style="blue" if row.seconds is not None else "dim")
    if row.attempt > 1 and width >= _NARROW:
        tail.append(f" (attempt {row.attempt})")
    tail.append(f" {elapsed(row.seconds) if row.seconds is not None else '':>7}", style="dim")
    name.truncate(max(width - tail.cell_len, 4), overflow="ellipsis", pad=True)
    return name.append_text(tail)


class Progress:
    """A View that keeps the picture at the bottom of the terminal."""

    def __init__(self, live: Live, console: Console) -> None:
        self._live = live
        self._console = console

    @property
    def every(self) -> float:
        """See View."""
        return EVERY

    def show(self, results: RunResults, now: datetime) -> None:
        """See View. A run that has ended leaves nothing behind."""
        size = self._console.size
        self._live.update(picture(results, now, width=size.width, height=size.height), refresh=True)


@contextmanager
def open_progress(stream: IO[str]) -> Iterator[Progress | None]:
    """A live view on `stream`; None where it is no terminal that can move its cursor.

    While it is open, what is written to sys.stdout and sys.stderr appears above it.
    """
    if not stream.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.live import Live  # noqa: PLC0415

    console = Console(file=stream)
    if not console.is_terminal or console.is_dumb_terminal:
        yield None
        return
    with Live(console=console, auto_refresh=False, transient=True) as live:
        yield Progress(live, console)


@contextmanager
def waiting(stream: IO[str], text: str | None) -> Iterator[None]:
    """Say on a terminal what is being waited for, until it is there. Leaves nothing behind."""
    if text is None or not stream.isatty():
        yield
        return
    from rich.console import Console  # noqa: PLC0415

    console = Console(file=stream)
    if not console.is_terminal or console.is_dumb_terminal:
        yield
        return
    with console.status(text):
        yield


@contextmanager
def counting(stream: IO[str] | None) -> Iterator[Callable[[str], None]]:
    """Say on a terminal how far something is: what is yielded takes each text. Leaves nothing.

    With None, and where the stream is no terminal that can move its cursor, nothing is said.
    """
    if stream is None or not stream.isatty():
        yield _say_nothing
        return
    from rich.console import Console  # noqa: PLC0415

    console = Console(file=stream)
    if not console.is_terminal or console.is_dumb_terminal:
        yield _say_nothing
        return
    with console.status("") as status:
        yield status.update


def _say_nothing(_: str) -> None:
    return
