"""The one place that writes: reports to stdout, everything else to stderr."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from runner import report
from runner.cli.exits import Exit
from runner.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_WIDTH = 120
PLAIN_WIDTH = 100


def uses_colour() -> bool:
    """Tell whether stdout shows colours: a terminal, unless NO_COLOR is set."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def width() -> int:
    """Columns to write in: those of the terminal, or of a plain page."""
    if not sys.stdout.isatty():
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


def note(text: str) -> None:
    """Say something that is no part of the report."""
    click.echo(report.defuse(report.clean(text)), err=True)
