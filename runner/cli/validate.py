"""`stepfleet validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from runner import report
from runner.cli import options, printing, project
from runner.cli.exits import Exit
from runner.errors import has_errors

if TYPE_CHECKING:
    from pathlib import Path

    from runner.cli.project import Project


@click.command("validate")
@options.paths
@click.option(
    "--format",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="text for people, json for machines, github for annotations in a workflow.",
)
def command(paths: tuple[Path, ...], format: str) -> Exit:
    """Check specs against their schema, references and cycles.

    Reads the files and folders PATHS (default: specs) and no network. All complaints come at
    once, each with file, line, column and the way out.

    \b
    Example:
        stepfleet validate specs --format json
    """
    found = project.read(paths)
    match format:
        case "json":
            printing.write_raw(report.diagnostics_json(found.diagnostics))
        case "github":
            printing.write_raw(report.github_annotations(found.diagnostics))
            printing.write(_text(found))
        case _:
            printing.write(_text(found))
    return Exit.REFUSED if has_errors(found.diagnostics) else Exit.DONE


def _text(found: Project) -> str:
    parts = []
    if found.diagnostics:
        parts.append(report.diagnostics_text(found.diagnostics, colour=printing.uses_colour()))
    if found.spec is not None:
        parts.append(project.told(found))
    return "\n".join(parts)
