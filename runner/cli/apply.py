"""`stepfleet apply`."""

from __future__ import annotations

import secrets as randomness
import subprocess
import sys
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner import __version__, engine, report
from runner import local as embedded
from runner.cli import console, options, planning, printing, project
from runner.cli.exits import Exit
from runner.cli.providers import Providers
from runner.errors import Invalid, Refused, has_errors
from runner.log import Form, Level
from runner.model import LocalPlatform
from runner.results import RunInfo, to_json
from runner.schedule import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runner.cli.console import Console
    from runner.cli.project import Loaded
    from runner.plan import Plan
    from runner.results import RunResults


@dataclass(frozen=True, slots=True)
class Manner:
    """How a user wants a run to go, and where its results belong."""

    results: Path
    run_id: str
    include_inputs: bool
    options: Options


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
@click.option("--include-inputs", is_flag=True, help="Keep the inputs in the results, masked.")
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
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    local: bool,
    results: Path,
    run_id: str | None,
    max_parallel: int | None,
    fail_fast: bool,
    include_inputs: bool,
    yes: bool,
    format: str,
    log_format: str,
    log_level: str,
    log_file: Path | None,
) -> Exit:
    """Run the jobs, wait for them, and write a results file.

    \b
    Examples:
        stepfleet apply specs
        stepfleet apply specs --select extract_orders --var run_date=2026-11-19
        stepfleet apply specs --local --results out/results.json
    """
    manner = Manner(
        results,
        run_id or _new_run_id(),
        include_inputs,
        Options(max_parallel=max_parallel, fail_fast=fail_fast),
    )
    interrupted = threading.Event()
    with printing.refusing(format), Providers(wait=interrupted.wait) as providers:
        _refuse_saved_plans(paths)
        loaded = project.load(paths, options=var, var_files=var_file)
        plan = planning.make(loaded, planning.Wish(select, exclude, local=local), providers)
        _prepare(plan)
        if not yes:
            _ask(plan)
        with console.opened(Form(log_format), Level(log_level), log_file) as shown:
            ended = _run(
                loaded,
                plan,
                manner,
                providers=providers,
                shown=shown,
                on_interrupt=interrupted.set,
            )
    _show(ended, format, results)
    return Exit(ended.exit_code)


def _refuse_saved_plans(paths: tuple[Path, ...]) -> None:
    """Say of a saved plan what it is, instead of what is wrong with it as a spec."""
    for path in paths:
        if path.suffix == ".json" and path.is_file() and _is_saved_plan(path):
            raise Refused(
                f"{path} is a saved plan, which this version shows and can't apply: "
                "name the specs instead"
            )


def _is_saved_plan(path: Path) -> bool:
    with path.open("rb") as file:
        return b'"formatVersion"' in file.read(100)


def _prepare(plan: Plan) -> None:
    """Have the embedded engine read what it is to run. Raises Refused, or Invalid."""
    machines = planning.embedded_machines(plan)
    if not machines:
        return
    problems = embedded.read(plan.machines, machines)
    if has_errors(problems):
        raise Invalid(problems)


def _ask(plan: Plan) -> None:
    """Ask a person before anything starts on AWS. Raises click.Abort for a no."""
    if all(isinstance(each, LocalPlatform) for each in plan.platforms.values()):
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return
    printing.write(report.plan_text(plan, colour=printing.uses_colour(), width=printing.width()))
    click.confirm("Apply this plan?", abort=True)


def _run(
    loaded: Loaded,
    plan: Plan,
    manner: Manner,
    *,
    providers: Providers,
    shown: Console,
    on_interrupt: Callable[[], None],
) -> RunResults:
    environment = planning.environment_of(loaded.spec)
    hidden = [loaded.variables[name] for name in plan.sensitive_variables]
    return engine.run(
        plan,
        run=RunInfo(manner.run_id, plan.project, _commit(), version=__version__, local=plan.local),
        context={"vars": dict(loaded.variables), "env": dict(environment)},
        providers={
            name: providers.provider(platform, plan.machines)
            for name, platform in plan.platforms.items()
        },
        options=manner.options,
        secrets=[*hidden, *environment.values()],
        results_path=manner.results,
        include_inputs=manner.include_inputs,
        sinks=shown.sinks,
        view=shown.view,
        on_interrupt=on_interrupt,
    )


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


def _new_run_id() -> str:
    """An id that sorts by time and that no other run has."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{randomness.token_hex(4)}"


def _commit() -> str | None:
    """The commit that is checked out here, if any."""
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "--verify", "HEAD"],  # noqa: S607 - the user's own git
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()
