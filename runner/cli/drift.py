"""`stepfleet drift`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from runner import drift, report, selection
from runner.cli import options, planning, printing, project
from runner.cli.exits import Exit
from runner.cli.options import Wish
from runner.cli.providers import Providers
from runner.errors import ProviderError, Refused
from runner.model import AwsPlatform

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from runner.cli.planning import Planned
    from runner.cli.project import Loaded
    from runner.drift import Drift, Questions
    from runner.plan import Plan


@click.command("drift")
@options.choosing
@click.option(
    "--format",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="text for people, json for machines, markdown for an issue.",
)
def command(
    paths: tuple[Path, ...],
    *,
    var: Mapping[str, str],
    var_file: tuple[Path, ...],
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    format: str,
) -> Exit:
    """Tell what moved away from the specs since the last apply.

    Names the jobs that an apply would start though they are not meant to run every time, the
    aliases that lead to another version than the newest success ran, and the state machines
    that were updated since it ran. Nothing is started. Give the same variables as to apply.
    With a selection, what its jobs need counts too, but only the selected jobs are named.

    Exits with 6 when something drifted, with 0 when nothing did, with 1 when nothing is known
    to have drifted but something could not be told, and with 3 when specs are refused.

    \b
    Examples:
        stepfleet drift specs
        stepfleet drift specs --var run_date=2026-11-19 --format markdown
        stepfleet drift specs --select label:team=orders --format json
    """
    with printing.refusing(format), Providers() as providers:
        loaded = project.load(paths, options=var, var_files=var_file)
        found = look(prepare(loaded, Wish(select, exclude), providers), providers)
    _show(found, format)
    return exit_of(found)


def prepare(loaded: Loaded, wish: Wish, providers: Providers) -> Planned:
    """Plan the jobs that were asked for with all that they need, which may have drifted as well.

    In the plan only those that were asked for are selected: of the others nothing is told. Raises
    Refused, Invalid, and ProviderError when AWS can't be asked.
    """
    jobs, graph = loaded.spec.jobs, loaded.graph
    asked = selection.select(graph, jobs, select=wish.select, exclude=wish.exclude)
    made = planning.make(loaded, replace(wish, with_needs=True), providers)
    told = (replace(job, is_selected=job.name in asked) for job in made.plan.jobs)
    return replace(made, plan=replace(made.plan, jobs=tuple(told)))


def look(planned: Planned, providers: Providers) -> Drift:
    """Tell what drifted. Raises Refused where nothing is remembered."""
    plan, memory = planned.plan, planned.memory
    remembers = any(isinstance(each, AwsPlatform) for each in plan.platforms.values())
    if memory is None or not remembers:
        raise Refused(
            "the embedded engine remembers nothing, so nothing can drift: "
            "name specs whose platform is of type aws-step-functions"
        )
    steps = drift.look(plan, memory.pasts)
    try:
        questions = next(steps)
        while True:
            questions = steps.send(_answers(plan, questions, providers))
    except StopIteration as stop:
        found: Drift = stop.value
        return found


def _answers(
    plan: Plan, questions: Questions, providers: Providers
) -> Mapping[str, str | ProviderError]:
    answers: dict[str, str | ProviderError] = {}
    for name, arns in questions.items():
        provider = providers.provider(plan.platforms[name], plan.machines)
        for arn in arns:
            try:
                answers[arn] = provider.revision_of(arn)
            except ProviderError as error:
                answers[arn] = error
    return answers


def _show(found: Drift, form: str) -> None:
    match form:
        case "json":
            printing.write_raw(report.drift_json(found))
        case "markdown":
            printing.write(report.drift_markdown(found))
        case _:
            colour, width = printing.uses_colour(), printing.width()
            printing.write(report.drift_text(found, colour=colour, width=width))


def exit_of(found: Drift) -> Exit:
    """The exit code for what drifted."""
    if found.is_found:
        return Exit.DRIFT
    return Exit.FAILED if found.unknown else Exit.DONE
