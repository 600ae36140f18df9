"""`stepfleet discover`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner import discovery, progress, report
from runner.cli import options, printing
from runner.cli.discovering import comparing, filing, looking, surroundings
from runner.cli.discovering.wishes import Wishes
from runner.cli.exits import Exit
from runner.cli.providers import Providers
from runner.discovery import Filters
from runner.errors import Refused
from runner.model import MachineType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.cli.discovering.surroundings import Surroundings
    from runner.discovery import Discovery, FileChange

_REGION = re.compile(r"[a-z]+(-[a-z]+)+-[0-9]+")


def _tags(values: tuple[str, ...]) -> Mapping[str, frozenset[str]]:
    """The values that are wanted of each key; none means any. Raises click.BadParameter."""
    tags: dict[str, frozenset[str]] = {}
    for text in values:
        key, equals, value = text.partition("=")
        if not key:
            raise click.BadParameter("write KEY=VALUE, or KEY for any value")
        found = tags.get(key)
        if not equals or found == frozenset():
            tags[key] = frozenset()
        else:
            tags[key] = (found or frozenset()) | {value}
    return tags


def _region(value: str | None) -> str | None:
    if value is not None and not _REGION.fullmatch(value):
        raise click.BadParameter(f"{value!r} is not a region such as us-east-1")
    return value


@click.command("discover")
@options.paths
@click.option(
    "--platform", metavar="NAME", help="The Platform whose account to look at, by its name."
)
@click.option(
    "--region",
    metavar="REGION",
    callback=lambda _context, _parameter, value: _region(value),
    help="Look at this region of the credentials' account, be there specs or not.",
)
@click.option("--profile", metavar="NAME", help="With --region: a profile of the AWS tools.")
@click.option(
    "--name",
    multiple=True,
    metavar="GLOB",
    help="Only state machines of such names (`*`, `?`). Repeatable.",
)
@click.option(
    "--type",
    type=click.Choice(["standard", "express"], case_sensitive=False),
    help="Only state machines of this type.",
)
@click.option(
    "--tag",
    multiple=True,
    metavar="KEY=VALUE",
    callback=lambda _context, _parameter, values: _tags(values),
    help="Only state machines with this tag; KEY alone means any value. Repeatable: each key "
    "has to be there, with one of the values given for it.",
)
@click.option("--versions", is_flag=True, help="List the versions of each state machine too.")
@click.option("--aliases", is_flag=True, help="List aliases too, and what they lead to.")
@click.option(
    "--infer-parameters",
    is_flag=True,
    help="Propose parameters, from what the definition reads of its input and leaves as output.",
)
@click.option(
    "--definitions",
    is_flag=True,
    help="Write StateMachine documents with the definitions too, for --local.",
)
@click.option(
    "--write",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write a Job document for each new state machine into this folder, and bring the type "
    "in jobs that are there up to date.",
)
@options.VARIABLES[0]
@options.VARIABLES[1]
@click.option(
    "--format",
    type=click.Choice(["text", "json", "specs"]),
    default="text",
    show_default=True,
    help="text for people, json for machines, specs for the new documents themselves.",
)
def command(
    paths: tuple[Path, ...],
    *,
    platform: str | None,
    region: str | None,
    profile: str | None,
    name: tuple[str, ...],
    type: str | None,
    tag: Mapping[str, frozenset[str]],
    versions: bool,
    aliases: bool,
    infer_parameters: bool,
    definitions: bool,
    write: Path | None,
    var: Mapping[str, str],
    var_file: tuple[Path, ...],
    format: str,
) -> Exit:
    """Find the state machines of an account, and write specs for them.

    Lists and describes what the platform allows; nothing in AWS is changed or started. Without
    --platform the Project's default is meant, or the only Platform of AWS.

    With --write, each state machine that no job runs gets a Job document of its own, switched
    off (`if: false`). Files that are there keep every byte and comment; only `stepFunctionsType`
    is put right in them. Jobs whose state machine is gone are told, never removed.

    Exits with 0, with 1 when something could not be listed or described, and with 3 when specs
    are refused.

    \b
    Examples:
        stepfleet discover specs --platform aws
        stepfleet discover --region eu-central-1 --write specs --infer-parameters
        stepfleet discover specs --name 'orders-*' --tag team=orders --format json
    """
    if platform is not None and region is not None:
        raise click.UsageError("--platform and --region: give one of them")
    if profile is not None and region is None:
        raise click.UsageError("--profile goes with --region; a Platform has its own auth")
    if definitions and write is None:
        raise click.UsageError("--definitions goes with --write, which says where to")
    wishes = Wishes(
        paths=paths,
        platform=platform,
        region=region,
        profile=profile,
        filters=Filters(name, MachineType(type.upper()) if type else None, tag),
        versions=versions,
        aliases=aliases,
        infer=infer_parameters,
        definitions=definitions,
        write=write,
        composes=write is not None or format != "text",
        var=var,
        var_file=var_file,
    )
    with printing.refusing(format), Providers() as providers:
        around = surroundings.read(wishes)
        stream = None if format == "json" else sys.stderr
        with progress.counting(stream) as say:
            looked = looking.look(wishes, around, providers, say)
        is_filed = write is not None or format == "specs"
        if is_filed:
            around = surroundings.again(around, wishes)
        found = comparing.compare(looked, around, wishes)
        filed = filing.file(found, wishes, around) if is_filed else None
        if filed is not None:
            found = filing.noted(found, filed)
        if filed is not None and write is not None:
            _store(filed.changes, found, wishes, around, format)
        _show(found, filed.changes if filed is not None else None, format)
    return Exit.DONE if found.is_whole else Exit.FAILED


def _store(
    changes: tuple[FileChange, ...],
    found: Discovery,
    wishes: Wishes,
    around: Surroundings,
    form: str,
) -> None:
    """Write the files; where that breaks off, report those that are in their places by then."""
    written: list[FileChange] = []
    try:
        discovery.store(
            changes,
            str(around.root),
            check=lambda: surroundings.check(around, wishes),
            on_written=written.append,
        )
        surroundings.check_written(around, wishes, written)
    except (Refused, KeyboardInterrupt):
        if written:
            _show(found, tuple(written), form)
        raise


def _show(found: Discovery, changes: tuple[FileChange, ...] | None, form: str) -> None:
    match form:
        case "json":
            printing.write_raw(report.discovery_json(found, changes))
        case "specs":
            printing.write_raw(report.discovery_specs(changes or ()))
            for line in report.discovery_notes(found):
                printing.tell(line)
        case _:
            colour, width = printing.uses_colour(), printing.width()
            printing.write(report.discovery_text(found, changes, colour=colour, width=width))
