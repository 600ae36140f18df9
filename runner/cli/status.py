"""`stepfleet status`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner import report, standing
from runner.cli import left, printing
from runner.cli.exits import Exit
from runner.cli.providers import Providers
from runner.standing import Asked

if TYPE_CHECKING:
    from runner.cli.left import LeftRun
    from runner.standing import JobStanding, Standing


@click.command("status")
@click.argument(
    "results", type=click.Path(path_type=Path, dir_okay=False), default=Path("results.json")
)
@click.option(
    "--causes",
    is_flag=True,
    help="Show the errors and causes of failures as AWS tells them. Secrets in them are not "
    "masked: which they are, the results do not say.",
)
@left.ENDPOINTS
@left.OWN_CREDENTIALS
@click.option(
    "--format",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="text for people, json for machines, markdown for a summary.",
)
def command(
    results: Path,
    *,
    causes: bool,
    endpoint_url: tuple[str, ...],
    own_credentials: bool,
    format: str,
) -> Exit:
    """Show where the jobs of a run are by now.

    RESULTS is the results file of an apply: one that detached, was interrupted or killed, or
    goes on. Each execution that had not ended is looked at. No file is changed.

    Exits with 0 when everything is done, with 1 when a job failed, was cancelled or is unknown,
    else with 4 while something runs or waits; with 3 when the file is refused.

    \b
    Examples:
        stepfleet status
        stepfleet status out/results.json --format json
    """
    with Providers() as providers:
        run = left.read(results, allowed=endpoint_url, own=own_credentials)
        found = _look(run, providers)
    if not causes:
        found = standing.without_causes(found)
    _show(found, format)
    return Exit(found.exit_code)


def _look(run: LeftRun, providers: Providers) -> Standing:
    asked = [trail for trail in run.trails.values() if isinstance(trail, Asked)]
    answers = left.ask(run, asked, providers)
    left.refuse_if_hopeless(answers.values(), "nothing could be looked at")
    found = standing.tell(run.results, run.trails, answers)
    jobs = tuple(_linked(each, run, providers) for each in found.jobs)
    return replace(found, jobs=jobs, is_whole=run.is_whole)


def _linked(each: JobStanding, run: LeftRun, providers: Providers) -> JobStanding:
    """The job with the page that shows its execution."""
    if each.execution is None:
        return each
    provider = left.provider_of(run, each.job.platform, providers)
    return replace(each, monitor_url=provider.monitor_url(each.execution))


def _show(found: Standing, form: str) -> None:
    match form:
        case "json":
            printing.write_raw(report.status_json(found))
        case "markdown":
            printing.write(report.status_markdown(found))
        case _:
            colour, width = printing.uses_colour(), printing.width()
            printing.write(report.status_text(found, colour=colour, width=width))
