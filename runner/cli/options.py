"""Options that several commands share."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from runner import results
from runner.model import OnCancel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

Command = TypeVar("Command", bound="Callable[..., object]")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a user asked to plan: which jobs, where, and which of them in any case.

    `rerun` are patterns of jobs that run though they are up to date. Without `retry_failed`,
    work that failed before is left as it is. `with_needs` asks for all that the jobs need as well.
    """

    select: Sequence[str] = ()
    exclude: Sequence[str] = ()
    rerun: Sequence[str] = ()
    retry_failed: bool = True
    local: bool = False
    with_needs: bool = False


DEFAULT_PATHS = (Path("specs"),)
_SPECS = (".yaml", ".yml", ".asl.json")
YEAR = 365 * 24 * 60
"""Minutes that an execution may run at most."""


PATHS = click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
VARIABLES = (
    click.option(
        "--var",
        multiple=True,
        metavar="NAME=VALUE",
        callback=lambda _context, _parameter, values: _pairs(values),
        help="Set a variable. Repeatable. Wins over STEPFLEET_VAR_NAME and --var-file.",
    ),
    click.option(
        "--var-file",
        multiple=True,
        type=click.Path(path_type=Path),
        help="Read variables from a YAML mapping. Repeatable; later files win.",
    ),
)
SELECTION = (
    click.option(
        "--select",
        multiple=True,
        metavar="PATTERN",
        help="Only these jobs: a name or glob, label:KEY=VALUE, +job (with its needs), "
        "job+ (with what needs it). Repeatable.",
    ),
    click.option("--exclude", multiple=True, metavar="PATTERN", help="Not these jobs. Repeatable."),
)
RERUN = (
    click.option(
        "--rerun",
        multiple=True,
        is_flag=False,
        flag_value="*",
        metavar="[PATTERN]",
        help="Run jobs though they are up to date: those named as for --select, or all selected "
        "ones without a PATTERN. Repeatable.",
    ),
    click.option(
        "--no-retry",
        is_flag=True,
        help="Leave work that failed in an earlier run as it is.",
    ),
)
LOCAL = click.option(
    "--local", is_flag=True, help="Run every job on the embedded engine, whatever its platform."
)
LEAVING = (
    click.option(
        "--wait-minutes",
        type=click.FloatRange(min=0, min_open=True, max=YEAR),
        callback=lambda _context, _parameter, value: _number(value),
        metavar="MINUTES",
        help="Leave the run after so long, as --detach leaves it. Exits with 4 while something "
        "is left.",
    ),
    click.option(
        "--on-cancel",
        type=click.Choice(OnCancel, case_sensitive=False),
        help="What an interrupt does to what runs, whatever the specs say in onCancel.",
    ),
)
LOGGING = (
    click.option(
        "--log-format",
        type=click.Choice(["console", "json"]),
        default="console",
        show_default=True,
        help="Lines for people, or JSON lines. Logs go to stderr.",
    ),
    click.option(
        "--log-level",
        type=click.Choice(["debug", "info", "warning", "error"]),
        default="info",
        show_default=True,
    ),
    click.option(
        "--log-file", type=click.Path(path_type=Path, dir_okay=False), help="Log to a file as well."
    ),
)


def paths(command: Command) -> Command:
    """Add the arguments PATH…: files and folders of specs."""
    return PATHS(command)


def planning(command: Callable[..., object]) -> Callable[..., object]:
    """Add PATH… and all that decides what is planned: variables, selection, --rerun, --local.

    The command takes `paths`, `var`, `var_file`, and the rest together as `wish`.
    """

    @wraps(command)
    def gathered(
        *,
        select: tuple[str, ...],
        exclude: tuple[str, ...],
        rerun: tuple[str, ...],
        no_retry: bool,
        local: bool,
        **rest: object,
    ) -> object:
        _keep_what_is_read(rest)
        wish = Wish(select, exclude, rerun, retry_failed=not no_retry, local=local)
        return command(wish=wish, **rest)

    return _add(gathered, PATHS, *VARIABLES, *SELECTION, *RERUN, LOCAL)


def _keep_what_is_read(given: Mapping[str, Any]) -> None:
    """Refuse to write over specs, or over what the command reads or writes itself.

    Raises click.UsageError.
    """
    taken = {os.path.realpath(path) for path in (*given["paths"], *given["var_file"])}
    for option, path in _written(given):
        if path.name.lower().endswith(_SPECS):
            raise click.UsageError(f"{option} {path}: specs are named so; give it another ending")
        if os.path.realpath(path) in taken:
            raise click.UsageError(f"{option} {path}: the command uses this file already")
        taken.add(os.path.realpath(path))


def _written(given: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    for name, option in (
        ("results", "--results"),
        ("output", "--output"),
        ("log_file", "--log-file"),
    ):
        path = given.get(name)
        if isinstance(path, Path):
            yield option, path
        if isinstance(path, Path) and name == "results":
            yield option, results.journal_path(path)


def choosing(command: Command) -> Command:
    """Add PATH…, variables and selection, for what has no use for reruns or the local engine."""
    return _add(command, PATHS, *VARIABLES, *SELECTION)


def leaving(command: Command) -> Command:
    """Add --wait-minutes and --on-cancel: how a run is left, and what an interrupt does."""
    return _add(command, *LEAVING)


def logging(command: Command) -> Command:
    """Add --log-format, --log-level and --log-file."""
    return _add(command, *LOGGING)


def _number(value: float | None) -> float | None:
    """The same, unless it is no number at all. Raises click.BadParameter."""
    if value is not None and math.isnan(value):
        raise click.BadParameter(f"{value} is no number of minutes")
    return value


def _add(command: Command, *decorators: Callable[[Command], Command]) -> Command:
    """Add options so that they are listed in the order given."""
    for decorator in reversed(decorators):
        command = decorator(command)
    return command


def _pairs(values: tuple[str, ...]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for value in values:
        name, equals, text = value.partition("=")
        if not equals or not name:
            raise click.BadParameter("write NAME=VALUE")
        pairs[name] = text
    return pairs
