"""What a person sees while a run goes on: a live view on a terminal, log lines elsewhere."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner import log
from runner.log import Form, Level, Style

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from runner.engine import Sink, View


@dataclass(frozen=True, slots=True)
class Console:
    """Whom the engine tells of a run."""

    sinks: Sequence[Sink]
    view: View | None = None


@contextmanager
def opened(form: Form, level: Level, file: Path | None) -> Iterator[Console]:
    """A console for one run. Raises Refused where the log file can't be opened."""
    colour = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    style = Style(form, colour=colour, ci=bool(os.environ.get("GITHUB_ACTIONS")))
    with log.open_log(style=style, level=level, file=file) as opened_log:
        yield Console([opened_log.record])
