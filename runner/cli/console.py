"""What a person sees while a run goes on: a live view on a terminal, and log lines."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner import log, progress
from runner.cli import printing
from runner.log import Form, Level, Style

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from runner.engine import View
    from runner.values import Json


@dataclass(frozen=True, slots=True)
class Console:
    """Whom the engine tells of a run: each transition, and how it goes as a whole."""

    sinks: Sequence[Callable[[Mapping[str, Json]], None]]
    view: View | None = None


@contextmanager
def opened(form: Form, level: Level, file: Path | None) -> Iterator[Console]:
    """A console for one run. Raises Refused where the log file can't be opened.

    The live view is for people: JSON lines and CI systems get none.
    """
    colour = printing.uses_colour(sys.stderr)
    in_ci = bool(os.environ.get("GITHUB_ACTIONS"))
    style = Style(form, colour=colour, ci=in_ci)
    with ExitStack() as stack:
        opened_log = stack.enter_context(log.open_log(style=style, level=level, file=file))
        view = None
        if form is Form.CONSOLE and not in_ci:
            view = stack.enter_context(progress.open_progress(sys.stderr))
        yield Console([opened_log.record], view)
