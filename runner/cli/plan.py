"""`stepfleet plan`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner import plan as plans
from runner import report
from runner.cli import options, planning, printing, project, saved
from runner.cli.exits import Exit
from runner.cli.providers import Providers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.cli.options import Wish
    from runner.plan import Plan


@click.command("plan")
@options.planning
@click.option("--offline", is_flag=True, help="Ask no platform, and say what is not known.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also save the plan as JSON.",
)
@click.option(
    "--format",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
)
@click.option("--verbose", "-v", is_flag=True, help="Show the inputs.")
@click.option(
    "--detailed-exitcode",
    is_flag=True,
    help="Exit with 2 when an apply may start something besides what runs every time.",
)
def command(
    paths: tuple[Path, ...],
    *,
    var: Mapping[str, str],
    var_file: tuple[Path, ...],
    wish: Wish,
    offline: bool,
    output: Path | None,
    format: str,
    verbose: bool,
    detailed_exitcode: bool,
) -> Exit:
    """Show what an apply would start, and why.

    \b
    Examples:
        stepfleet plan specs
        stepfleet plan specs --select +build_marts --var run_date=2026-11-19
        stepfleet plan specs -o plan.json --format markdown
        stepfleet plan specs --rerun build_marts
    """
    with printing.refusing(format), Providers() as providers:
        loaded = project.load(paths, options=var, var_files=var_file)
        made = planning.make(loaded, wish, providers, offline=offline).plan
    if output is not None:
        saved.save(made, output)
    _show(made, format, verbose=verbose)
    return Exit.CHANGES if detailed_exitcode and _has_changes(made) else Exit.DONE


def _has_changes(made: Plan) -> bool:
    """Tell whether an apply may start anything besides what runs every time."""
    counts = plans.count(made.jobs)
    return any(counts[action.value] for action in plans.Action if action.may_start)


def _show(made: Plan, form: str, *, verbose: bool) -> None:
    match form:
        case "json":
            printing.write_raw(plans.to_json(made))
        case "markdown":
            printing.write(report.plan_markdown(made))
        case _:
            colour, width = printing.uses_colour(), printing.width()
            printing.write(report.plan_text(made, colour=colour, verbose=verbose, width=width))
