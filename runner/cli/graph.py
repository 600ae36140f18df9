"""`stepfleet graph`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from runner import graph, report
from runner.cli import options, printing, project
from runner.cli.exits import Exit
from runner.errors import Invalid

if TYPE_CHECKING:
    from pathlib import Path


@click.command("graph")
@options.paths
@click.option(
    "--format",
    type=click.Choice(["text", "mermaid"]),
    default="text",
    show_default=True,
    help="text for a terminal, mermaid for Markdown.",
)
def command(paths: tuple[Path, ...], format: str) -> Exit:
    """Draw the graph of the jobs.

    \b
    Example:
        stepfleet graph specs --format mermaid
    """
    found = project.read(paths)
    if found.spec is None:
        raise Invalid(found.diagnostics)
    needs = {name: job.needs for name, job in found.spec.jobs.items()}
    jobs = report.graph_of_spec(found.spec, graph.build(needs).order)
    if format == "mermaid":
        printing.write_raw(report.mermaid(jobs))
    else:
        text = report.graph_text(jobs, colour=printing.uses_colour(), width=printing.width())
        printing.write(text)
    return Exit.DONE
