"""The one place that writes: reports to stdout, everything else to stderr."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import click

from runner import report
from runner.cli.exits import Exit
from runner.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_WIDTH = 120
PLAIN_WIDTH = 100


def uses_colour(stream: IO[str] | None = None) -> bool:
    """Tell whether a stream (stdout by default) shows colours: https://no-color.org."""
    stream = stream or sys.stdout
    if stream is None or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def width() -> int:
    """Columns to write in: those of the terminal, or of a plain page."""
    if sys.stdout is None or not sys.stdout.isatty():
        return PLAIN_WIDTH
    return min(shutil.get_terminal_size((PLAIN_WIDTH, 24)).columns, MAX_WIDTH)


def write(text: str) -> None:
    """Write a report, made harmless for a CI system that looks for commands in it."""
    if os.environ.get("GITHUB_ACTIONS"):
        text = report.defuse(text)
    write_raw(text)


@contextmanager
def refusing(form: str) -> Iterator[None]:
    """Answer a machine that asked for JSON in JSON, when specs are refused too."""
    try:
        yield
    except Invalid as error:
        if form != "json":
            raise
        write_raw(report.diagnostics_json(error.diagnostics))
        raise click.exceptions.Exit(Exit.REFUSED) from error


def write_raw(text: str) -> None:
    """Write data that a machine reads, such as JSON or annotations, as it is."""
    click.echo(text.removesuffix("\n"), color=True)


def tell(text: str) -> None:
    """Say on stderr what is no part of a report, made harmless as reports are."""
    if os.environ.get("GITHUB_ACTIONS"):
        text = report.defuse(text)
    if sys.stderr is not None:
        click.echo(text.removesuffix("\n"), err=True, color=True)
