"""`stepfleet doctor`."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from runner import progress, report
from runner.cli import examining, options, printing
from runner.cli.examining.asking import SECONDS, Asking
from runner.cli.exits import Exit
from runner.cli.options import Wish
from runner.cli.providers import Providers
from runner.doctor import Verdict
from runner.iam import Purpose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from runner.cli.examining import Examined


@click.command("doctor")
@options.choosing
@click.option(
    "--for",
    "for",
    type=click.Choice([each.value for each in Purpose]),
    default=Purpose.APPLY.value,
    show_default=True,
    help="What the permissions are needed for: to plan alone, to tell drift, or to run jobs.",
)
@click.option(
    "--format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="text for people, json for machines.",
)
def command(
    paths: tuple[Path, ...],
    *,
    var: Mapping[str, str],
    var_file: tuple[Path, ...],
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    format: str,
    **purpose: str,
) -> Exit:
    """Check everything that jobs need around them, and say how to mend it.

    Looks at this computer, the specs, credentials, regions and endpoints, state machines,
    permissions and quotas. It reads and never starts, stops or changes anything: whether a start
    would be allowed is asked of IAM's simulation. What can't be told is unknown, with the reason.
    Invalid specs are told, and the rest is checked as far as it goes.

    Exits with 0 when nothing failed, and with 1 when something did.

    \b
    Examples:
        stepfleet doctor
        stepfleet doctor specs --var run_date=2026-11-19
        stepfleet doctor specs --for plan --select label:team=orders --format json
    """
    order = examining.Order(paths, Wish(select, exclude), var, var_file, Purpose(purpose["for"]))
    with _time_limit() as wait, Providers(wait) as providers:
        tools = examining.Tools(providers, Asking(wait), lambda: datetime.now(UTC), _saying(format))
        found = examining.examine(order, tools)
    _show(found, format)
    is_wrong = any(each.verdict is Verdict.FAIL for each in found.checks)
    return Exit.FAILED if is_wrong else Exit.DONE


@contextmanager
def _time_limit() -> Iterator[Callable[[float], bool]]:
    """A wait that is cut short, as every wait of a call is, once the examination takes too long."""
    over = threading.Event()
    timer = threading.Timer(SECONDS, over.set)
    timer.daemon = True
    timer.start()
    try:
        yield over.wait
    finally:
        timer.cancel()


def _saying(form: str) -> Callable[[str], AbstractContextManager[None]]:
    """Says on a terminal what is being waited for; a CI system and JSON's reader hear nothing."""
    is_quiet = form == "json" or bool(os.environ.get("GITHUB_ACTIONS"))
    return lambda text: progress.waiting(sys.stderr, None if is_quiet else text)


def _show(found: Examined, form: str) -> None:
    if form == "json":
        printing.write_raw(report.doctor_json(found.checks, project=found.project))
        return
    colour, width = printing.uses_colour(), printing.width()
    printing.write(
        report.doctor_text(found.checks, project=found.project, colour=colour, width=width)
    )
