"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

Command = TypeVar("Command", bound="Callable[..., object]")

DEFAULT_PATHS = (Path("specs"),)


def paths(command: Command) -> Command:
    """Add the arguments PATH…: files and folders of specs."""
    return click.argument("paths", nargs=-1, type=click.Path(path_type=Path))(command)


def variables(command: Command) -> Command:
    """Add --var and --var-file."""
    command = click.option(
        "--var",
        "options",
        multiple=True,
        metavar="NAME=VALUE",
        callback=_pairs,
        help="Set a variable. Repeatable. Wins over STEPFLEET_VAR_NAME and --var-file.",
    )(command)
    return click.option(
        "--var-file",
        "var_files",
        multiple=True,
        type=click.Path(path_type=Path),
        help="Read variables from a YAML mapping. Repeatable; later files win.",
    )(command)


def selection(command: Command) -> Command:
    """Add --select and --exclude."""
    command = click.option(
        "--select",
        multiple=True,
        metavar="PATTERN",
        help="Only these jobs: a name or glob, label:KEY=VALUE, +job (with its needs), "
        "job+ (with what needs it). Repeatable.",
    )(command)
    return click.option(
        "--exclude", multiple=True, metavar="PATTERN", help="Not these jobs. Repeatable."
    )(command)


def local(command: Command) -> Command:
    """Add --local."""
    return click.option(
        "--local",
        is_flag=True,
        help="Run every job on the embedded engine, whatever its platform.",
    )(command)


def logging(command: Command) -> Command:
    """Add --log-format, --log-level and --log-file."""
    command = click.option(
        "--log-format",
        type=click.Choice(["console", "json"]),
        default="console",
        show_default=True,
        help="Lines for people, or JSON lines. Logs go to stderr.",
    )(command)
    command = click.option(
        "--log-level",
        type=click.Choice(["debug", "info", "warning", "error"]),
        default="info",
        show_default=True,
    )(command)
    return click.option(
        "--log-file", type=click.Path(path_type=Path, dir_okay=False), help="Log to a file as well."
    )(command)


def _pairs(
    _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for value in values:
        name, equals, text = value.partition("=")
        if not equals or not name:
            raise click.BadParameter("write NAME=VALUE")
        pairs[name] = text
    return pairs
