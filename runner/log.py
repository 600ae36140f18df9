"""Logs: a line per event, for people or as JSON, to stderr and to a file. The door to structlog.

structlog is imported when a log is opened, so that commands without one don't pay for it.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import IO, TYPE_CHECKING, Any

from runner.errors import Refused
from runner.report import clean, defuse, duration, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, MutableMapping
    from pathlib import Path
    from types import TracebackType

    from runner.values import Json


class Form(StrEnum):
    """How a line looks."""

    CONSOLE = "console"
    JSON = "json"


class Level(StrEnum):
    """How grave an event is."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


_NUMBERS = {Level.DEBUG: 10, Level.INFO: 20, Level.WARNING: 30, Level.ERROR: 40}

_LEVELS = {
    "starting": Level.DEBUG,
    "withdrawn": Level.DEBUG,
    "doubtful": Level.WARNING,
    "delayed": Level.WARNING,
    "retrying": Level.WARNING,
    "stopping": Level.WARNING,
    "unseen": Level.WARNING,
    "not_listed": Level.WARNING,
    "cancelled": Level.WARNING,
    "left": Level.WARNING,
    "interrupted": Level.WARNING,
    "leaving": Level.WARNING,
    "credentials_failed": Level.WARNING,
    "credentials_lost": Level.ERROR,
    "results_not_written": Level.ERROR,
    "failed": Level.ERROR,
    "unknown": Level.ERROR,
}
"""Levels of a run's transitions; those that are absent are INFO."""

_COLOURS = {Level.DEBUG: "2", Level.WARNING: "33", Level.ERROR: "31"}
_GOOD = {"succeeded": "32", "up_to_date": "32"}
_REASON = 600
_WORD = 11


@dataclass(frozen=True, slots=True)
class Style:
    """How lines are made. `ci` keeps a CI system from taking text for its commands."""

    form: Form = Form.CONSOLE
    colour: bool = False
    ci: bool = False


class Log:
    """Writes events to stderr and to a file. What can't be written is dropped, never raised."""

    def __init__(self, loggers: Iterable[Any], file: IO[str] | None, now: Callable[[], datetime]):
        self._loggers = tuple(loggers)
        self._file = file
        self._now = now

    def __enter__(self) -> Log:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def record(self, record: Mapping[str, Json]) -> None:
        """Log a transition of a run: the record that the results hold."""
        fields = dict(record)
        event = str(fields.pop("event"))
        self._log(_LEVELS.get(event, Level.INFO), event, fields)

    def debug(self, event: str, **fields: object) -> None:
        """Log what helps to find a mistake."""
        self._timed(Level.DEBUG, event, fields)

    def info(self, event: str, **fields: object) -> None:
        """Log what a person wants to know."""
        self._timed(Level.INFO, event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """Log what may need a person."""
        self._timed(Level.WARNING, event, fields)

    def error(self, event: str, **fields: object) -> None:
        """Log what needs a person."""
        self._timed(Level.ERROR, event, fields)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()

    def _timed(self, level: Level, event: str, fields: Mapping[str, object]) -> None:
        time = self._now().isoformat(timespec="milliseconds")
        self._log(level, event, {"time": time, **fields})

    def _log(self, level: Level, event: str, fields: Mapping[str, object]) -> None:
        for logger in self._loggers:
            logger.log(_NUMBERS[level], event, **fields)


def open_log(
    *,
    style: Style | None = None,
    level: Level = Level.INFO,
    file: Path | None = None,
    stream: Callable[[], IO[str]] = lambda: sys.stderr,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Log:
    """A log to `stream`, looked up for every line, and to `file` besides, appended, uncoloured.

    Raises Refused where the file can't be opened.
    """
    style = style or Style()
    loggers = [_logger(lambda line: _write(stream(), line), style, level)]
    opened = _open(file) if file is not None else None
    if opened is not None:
        plain = Style(style.form, ci=style.ci)
        loggers.append(_logger(lambda line: _write(opened, line), plain, level))
    return Log(loggers, opened, now)


def render(style: Style, level: Level, event: str, fields: Mapping[str, object]) -> str:
    """One event as one line, made harmless for terminals and CI logs."""
    if style.form is Form.JSON:
        return _json({**_ordered(fields), "level": level.value}, event)
    line = _console(style, level, event, fields)
    return defuse(line) if style.ci else line


def _ordered(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}


def _json(fields: Mapping[str, object], event: str) -> str:
    """ASCII, so that no character has a meaning of its own to whatever shows the line."""
    time = {"time": fields["time"]} if "time" in fields else {}
    text = json.dumps({**time, "event": event, **fields}, default=str)
    # A CI system looks for its old commands anywhere in a line.
    return text.replace("##[", r"\u0023#[")


def _console(style: Style, level: Level, event: str, fields: Mapping[str, object]) -> str:
    rest = dict(fields)
    clock = _clock(rest.pop("time", None))
    word = one_line(event.replace("_", " "))
    code = _GOOD.get(event) or _COLOURS.get(level)
    shown = f"\x1b[{code}m{word:<{_WORD}}\x1b[0m" if style.colour and code else f"{word:<{_WORD}}"
    return " ".join([clock, shown, *_details(rest)]).rstrip()


def _clock(time: object) -> str:
    try:
        return f"{datetime.fromisoformat(str(time)).astimezone():%H:%M:%S}"
    except ValueError:
        return "--:--:--"


def _details(fields: dict[str, object]) -> list[str]:
    """The rest of a line. What a transition always has needs no name."""
    job = fields.pop("job", None)
    reason = fields.pop("reason", None)
    attempt = fields.pop("attempt", None)
    wait = fields.pop("waitSeconds", None)
    took = fields.pop("milliseconds", None)
    for name in ("status", "executionName", "executionArn", "runStatus"):
        fields.pop(name, None)
    parts = [one_line(str(job))] if job is not None else []
    if isinstance(attempt, int) and attempt > 1:
        parts.append(f"(attempt {attempt})")
    parts += [f"{name}={one_line(str(value), _REASON)}" for name, value in fields.items()]
    if isinstance(took, int):
        parts.append(f"({duration(took / 1000)})")
    if reason:
        parts.append(f" {one_line(str(reason), _REASON)}")
    if wait is not None:
        parts.append(f"(again in {wait} s)")
    return parts


def _logger(write: Callable[[str], None], style: Style, level: Level) -> Any:
    import structlog  # noqa: PLC0415 - see the module's docstring

    def processor(_logger: object, method: str, event: MutableMapping[str, Any]) -> str:
        return render(style, Level(method), str(event.pop("event")), event)

    return structlog.wrap_logger(
        _Lines(write),
        processors=[processor],
        wrapper_class=structlog.make_filtering_bound_logger(_NUMBERS[level]),
        cache_logger_on_first_use=True,
    )


class _Lines:
    """What structlog calls with a finished line."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def debug(self, line: str) -> None:
        self._write(line)

    info = warning = error = debug


def _write(stream: IO[str], line: str) -> None:
    """A closed terminal or a full disk must not end a run."""
    with suppress(OSError, ValueError):
        stream.write(f"{line}\n")
        stream.flush()


def _open(path: Path) -> IO[str]:
    try:
        return path.open("a", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise Refused(
            f"the log can't be written to {clean(str(path))}: {error.strerror}"
        ) from error
