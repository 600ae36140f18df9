"""`stepfleet stop`."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner import report, standing
from runner.cli import left, printing
from runner.cli.exits import Exit
from runner.cli.providers import Providers
from runner.errors import CredentialsFailed, NotFound, ProviderError, Refused, Transient
from runner.provider import Execution, ExecutionStatus
from runner.results import STOP_ERROR
from runner.standing import Asked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Future

    from runner.cli.left import LeftRun
    from runner.standing import Choice, Stops, Target

THREADS = 32
RESENT = 100
"""Executions out of sight that are asked to stop once more before each look."""

PAUSES = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 2.5)
"""Seconds before each look at what was stopped: ten in all, until its end is seen."""


@dataclass(slots=True)
class Progress:
    """What is known so far, by ARN; it is as good after an interrupt as at the end."""

    sent: dict[str, ProviderError | None] = field(default_factory=dict)
    seen: dict[str, Execution | ProviderError] = field(default_factory=dict)
    interrupted: bool = False


@click.command("stop")
@click.argument(
    "results", type=click.Path(path_type=Path, dir_okay=False), default=Path("results.json")
)
@click.option(
    "--job",
    multiple=True,
    metavar="PATTERN",
    help="Only these jobs, by name or glob. Repeatable.",
)
@click.option("--adopted", is_flag=True, help="Also executions that another run started.")
@click.option(
    "--causes",
    is_flag=True,
    help="Show the errors with which executions had ended as AWS tells them, with secrets that "
    "may be in them.",
)
@left.ENDPOINTS
@left.OWN_CREDENTIALS
@click.option("--yes", "-y", is_flag=True, help="Don't ask. Asked only on a terminal.")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(
    results: Path,
    *,
    job: tuple[str, ...],
    adopted: bool,
    causes: bool,
    endpoint_url: tuple[str, ...],
    own_credentials: bool,
    yes: bool,
    format: str,
) -> Exit:
    """Stop what a run left running.

    RESULTS is the results file of an apply that detached, was interrupted or killed. What
    another run had started is left alone, and so are Express executions, which nobody can stop.
    What has ended meanwhile is told. No file is changed.

    Exits with 0 when all of it has stopped or ended, with 1 when something could not be
    stopped or is not known, with 4 when what another run started runs on, with 3 when the file
    is refused, and with 130 when it was interrupted.

    \b
    Examples:
        stepfleet stop
        stepfleet stop out/results.json --yes
        stepfleet stop --job 'extract_*'
    """
    interrupted = threading.Event()
    with Providers(wait=interrupted.wait) as providers:
        run = left.read(results, allowed=endpoint_url, own=own_credentials)
        _check_patterns(run, job)
        choice = standing.choose(run.results, run.trails, patterns=job, adopted=adopted)
        if choice.targets and not yes:
            _ask(choice)
        progress = _stop(run, choice, providers, interrupted)
    stops = standing.conclude(
        run.results,
        choice,
        sent=progress.sent,
        seen=progress.seen,
        now=datetime.now(UTC),
        interrupted=progress.interrupted,
        is_whole=run.is_whole,
    )
    _show(stops if causes else standing.without_errors(stops), format)
    return Exit(stops.exit_code)


def _check_patterns(run: LeftRun, patterns: Sequence[str]) -> None:
    for pattern in patterns:
        if not any(standing.is_named(job.name, [pattern]) for job in run.results.jobs):
            raise Refused(f"--job {pattern}: the results file has no such job")


def _ask(choice: Choice) -> None:
    """Ask a person before anything is stopped. Raises click.Abort for a no."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return
    printing.write(report.choice_text(choice, width=printing.width()))
    click.confirm("Stop them?", abort=True)


def _stop(
    run: LeftRun, choice: Choice, providers: Providers, interrupted: threading.Event
) -> Progress:
    """Stop all at once, and look what came of it. Raises StepfleetError before the first call."""
    run_id = report.one_line(run.results.run.id, 200)
    cause = f"Stepfleet stopped it: `stepfleet stop` was asked to, for run {run_id}"
    calls = {
        target.arn: partial(
            left.provider_of(run, target.platform, providers).stop,
            target.arn,
            error=STOP_ERROR,
            cause=cause,
        )
        for target in choice.targets
    }
    progress = Progress()
    try:
        _at_once(calls, progress.sent)
        _look(run, choice, providers, progress, calls, wait=interrupted.wait)
    except KeyboardInterrupt:
        interrupted.set()
        progress.interrupted = True
    return progress


def _at_once(
    calls: Mapping[str, Callable[[], None]], sent: dict[str, ProviderError | None]
) -> None:
    """Make calls in threads, and keep what came of each as it comes. Raises KeyboardInterrupt."""
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="stop")
    begun: list[str] = []
    futures: dict[str, Future[None]] = {}
    try:
        for arn, call in calls.items():
            # Noted first: an interrupt may come when the call is out and nobody holds its future.
            begun.append(arn)
            futures[arn] = pool.submit(call)
        names = {future: arn for arn, future in futures.items()}
        for future in as_completed(names):
            sent[names[future]] = _fault_of(future)
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        for arn in begun:
            if arn not in sent:
                _note_interrupted(arn, futures.get(arn), sent)
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _note_interrupted(
    arn: str, future: Future[None] | None, sent: dict[str, ProviderError | None]
) -> None:
    if future is None or not future.done():
        sent[arn] = standing.NO_ANSWER
    elif not future.cancelled():
        sent[arn] = _fault_of(future)


def _fault_of(future: Future[None]) -> ProviderError | None:
    fault = future.exception()
    if fault is None or isinstance(fault, ProviderError):
        return fault
    # A fault of the program itself must not hide what came of the others.
    return Transient(f"internal error, {type(fault).__name__}: {fault}")


def _look(
    run: LeftRun,
    choice: Choice,
    providers: Providers,
    progress: Progress,
    calls: Mapping[str, Callable[[], None]],
    *,
    wait: Callable[[float], bool],
) -> None:
    """Look at what was asked to stop until it has ended, or for so long.

    How many ended is told by lists: to describe each would take minutes under the quotas.
    """
    left.refuse_if_hopeless(progress.sent.values(), "nothing was stopped")
    began = datetime.now(UTC)
    open_ = [target for target in choice.targets if _is_worth_a_look(target, progress, began)]
    others = [Asked(each.platform, each.arn) for each in choice.left if each.platform and each.arn]
    for pause in PAUSES:
        if not open_ and not others:
            return
        wait(pause)
        asked = [Asked(target.platform, target.arn, target.is_seen) for target in open_]
        answers = left.ask(run, [*asked, *others], providers, enough=tuple(ExecutionStatus))
        progress.seen.update(answers)
        others = []
        hidden = [target for target in open_ if _is_to_ask_again(target, progress)]
        again = [each for each in hidden if _runs(progress, each)] or hidden[:RESENT]
        _at_once({each.arn: calls[each.arn] for each in again}, progress.sent)
        open_ = [target for target in open_ if target in hidden or _still_runs(target, progress)]


def _is_worth_a_look(target: Target, progress: Progress, now: datetime) -> bool:
    """Tell whether a look may show more than the answer to the stop."""
    fault = progress.sent[target.arn]
    if isinstance(fault, NotFound):
        return target.may_be_hidden(now)
    return not isinstance(fault, CredentialsFailed)


def _is_to_ask_again(target: Target, progress: Progress) -> bool:
    """Tell whether an execution that began lately was out of sight for its stop."""
    fault, seen = progress.sent[target.arn], progress.seen[target.arn]
    if isinstance(seen, Execution) and not seen.status.is_running:
        return False
    return standing.is_unknown(fault, seen) and target.may_be_hidden(datetime.now(UTC))


def _runs(progress: Progress, target: Target) -> bool:
    seen = progress.seen[target.arn]
    return isinstance(seen, Execution) and seen.status.is_running


def _still_runs(target: Target, progress: Progress) -> bool:
    """Tell whether another look may show the end of what took its stop."""
    return progress.sent[target.arn] is None and _runs(progress, target)


def _show(stops: Stops, form: str) -> None:
    if form == "json":
        printing.write_raw(report.stops_json(stops))
    else:
        colour, width = printing.uses_colour(), printing.width()
        printing.write(report.stops_text(stops, colour=colour, width=width))
