"""`stepfleet apply`."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner import report
from runner.cli import (
    console,
    endpoints,
    leave,
    options,
    planning,
    printing,
    project,
    run_ids,
    running,
    saved,
)
from runner.cli.exits import Exit
from runner.cli.leave import Leave
from runner.cli.providers import Providers
from runner.cli.running import Manner, Ready
from runner.log import Form, Level
from runner.model import LocalPlatform
from runner.results import to_json
from runner.schedule import Options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.cli.options import Wish
    from runner.cli.planning import Planned
    from runner.model import OnCancel
    from runner.plan import Plan
    from runner.results import RunResults


@dataclass(frozen=True, slots=True)
class Given:
    """What a user named: specs or a saved plan, values of variables, and what the plan may use."""

    paths: tuple[Path, ...]
    var: Mapping[str, str]
    var_files: tuple[Path, ...]
    endpoints: tuple[str, ...]
    credentials: Leave


@click.command("apply")
@options.planning
@click.option(
    "--results",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("results.json"),
    show_default=True,
    help="The results file; results.jsonl stands beside it.",
)
@click.option("--run-id", metavar="ID", help="The run's id. Made up when absent.")
@click.option("--max-parallel", type=click.IntRange(min=1), help="The most jobs at once.")
@click.option("--fail-fast", is_flag=True, help="Start nothing more after a failure.")
@click.option(
    "--detach",
    is_flag=True,
    help="Start what can start now, and leave it running. Exits with 4 while something is left.",
)
@options.leaving
@click.option("--include-inputs", is_flag=True, help="Keep the inputs in the results, masked.")
@endpoints.option("a saved plan")
@leave.options
@click.option("--yes", "-y", is_flag=True, help="Don't ask. Asked only on a terminal.")
@click.option(
    "--format",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="How the results are shown in the end.",
)
@options.logging
def command(
    paths: tuple[Path, ...],
    *,
    var: Mapping[str, str],
    var_file: tuple[Path, ...],
    wish: Wish,
    results: Path,
    run_id: str | None,
    max_parallel: int | None,
    fail_fast: bool,
    detach: bool,
    wait_minutes: float | None,
    on_cancel: OnCancel | None,
    include_inputs: bool,
    endpoint_url: tuple[str, ...],
    auth: tuple[str, ...],
    own_credentials: bool,
    yes: bool,
    format: str,
    log_format: str,
    log_level: str,
    log_file: Path | None,
) -> Exit:
    """Run the jobs, wait for them, and write a results file.

    PATH is specs, or one plan that was saved with `stepfleet plan -o FILE`.

    \b
    Examples:
        stepfleet apply specs
        stepfleet apply specs --select +extract_orders --var run_date=2026-11-19
        stepfleet apply specs --local --results out/results.json
        stepfleet apply plan.json
        stepfleet apply plan.json --auth arn:aws:iam::123456789012:role/deploy
        stepfleet apply specs --detach
        stepfleet apply specs --wait-minutes 340 --on-cancel detach
    """
    wanted = Options(
        max_parallel=max_parallel,
        fail_fast=fail_fast,
        detach=detach,
        leave_after=None if wait_minutes is None else wait_minutes * 60,
    )
    manner = Manner(results, run_id, include_inputs, wanted)
    interrupted = threading.Event()
    with printing.refusing(format), Providers(wait=interrupted.wait) as providers:
        credentials = Leave(auth, own_credentials)
        given = Given(paths, var, var_file, endpoint_url, credentials)
        ready = _plan(given, wish, manner, providers)
        if ready.planned.stale:
            return _refuse(ready.planned, format)
        if detach:
            running.refuse_embedded(ready.planned.plan)
        if wait_minutes is not None:
            running.refuse_embedded(ready.planned.plan, "--wait-minutes")
        if on_cancel is not None:
            plan = running.cancelled_by(ready.planned.plan, on_cancel)
            ready = replace(ready, planned=replace(ready.planned, plan=plan))
        running.prepare(ready.planned.plan)
        if not yes:
            _ask(ready.planned.plan)
        with console.opened(Form(log_format), Level(log_level), log_file) as shown:
            ended = running.run(
                ready, providers=providers, shown=shown, on_interrupt=interrupted.set
            )
    _show(ended, format, results)
    return Exit(ended.exit_code)


def _plan(given: Given, wish: Wish, manner: Manner, providers: Providers) -> Ready:
    """Plan the specs, or look again at the saved plan that was named."""
    file = saved.find(given.paths)
    if file is not None:
        _refuse_choices(wish)
        kept = saved.load(
            file,
            options=given.var,
            var_files=given.var_files,
            allowed_endpoints=given.endpoints,
            credentials=given.credentials,
        )
        run_id = run_ids.choose(
            manner.run_id, project=kept.plan.project, results_path=manner.results
        )
        planned = planning.again(kept, providers, run_id=run_id)
        reviewed = replace(manner.options, reviewed=True, starts=planned.starts)
        return running.take_over(Ready(planned, replace(manner, options=reviewed), run_id))
    if given.credentials != Leave():
        raise click.UsageError("--auth and --own-credentials go with a saved plan alone")
    loaded = project.load(given.paths, options=given.var, var_files=given.var_files)
    name = loaded.spec.project.name
    run_id = run_ids.choose(manner.run_id, project=name, results_path=manner.results)
    planned = planning.make(loaded, wish, providers, run_id=run_id)
    return running.take_over(Ready(planned, manner, run_id))


def _refuse_choices(wish: Wish) -> None:
    """What a saved plan was made with can't be chosen again. Raises click.UsageError."""
    chosen = {
        "--select": wish.select,
        "--exclude": wish.exclude,
        "--rerun": wish.rerun,
        "--no-retry": not wish.retry_failed,
        "--local": wish.local,
    }
    for option, value in chosen.items():
        if value:
            raise click.UsageError(
                f"{option} is part of a saved plan: give it to `stepfleet plan -o FILE`"
            )


def _refuse(planned: Planned, form: str) -> Exit:
    """Show how the plan that was saved differs from what it would do now."""
    if form == "json":
        printing.write_raw(report.stale_json(planned.stale))
    else:
        printing.write(
            report.stale_text(planned.stale, colour=printing.uses_colour(), width=printing.width())
        )
    return Exit.REFUSED


def _ask(plan: Plan) -> None:
    """Ask a person before anything starts on AWS. Raises click.Abort for a no."""
    if all(isinstance(each, LocalPlatform) for each in plan.platforms.values()):
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return
    printing.write(report.plan_text(plan, colour=printing.uses_colour(), width=printing.width()))
    click.confirm("Apply this plan?", abort=True)


def _show(ended: RunResults, form: str, path: Path) -> None:
    match form:
        case "json":
            printing.write_raw(to_json(ended))
        case "markdown":
            printing.write(report.results_markdown(ended))
        case _:
            printing.write(
                report.results_text(
                    ended, path=str(path), colour=printing.uses_colour(), width=printing.width()
                )
            )
