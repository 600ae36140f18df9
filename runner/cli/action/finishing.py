"""The step `finish`: tells how the action ended, whatever became of the step before it."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from runner import github, report
from runner.cli import left, printing
from runner.cli.action import inputs as given
from runner.cli.action import state as states
from runner.cli.action.context import folder_of, links_of, summarise
from runner.cli.action.hub import Hub, warn
from runner.cli.action.state import Result, State
from runner.errors import Diagnostic, Refused, StepfleetError
from runner.results import RunStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.github import Workflow
    from runner.report import Links
    from runner.results import RunResults

_SUMMARY_BYTES = 1_000_000
ENDED_EARLY = "the step ended before it told a result: see its log"
KILLED = "the run was cut off before it ended: run the workflow again to go on"
_EARLY = (Result.REFUSED, Result.ERROR, Result.INTERRUPTED)
_LEFT = "the run was left before its jobs had ended: see the step's log"
_OUTPUTS = {
    "result": "result",
    "counts": "counts",
    "plan-digest": "plan_digest",
    "plan-path": "plan_path",
    "comment-url": "comment_url",
    "pr-number": "pr_number",
    "failure-reason": "failure_reason",
}
_RESULT_OF = {
    RunStatus.SUCCEEDED: Result.SUCCEEDED,
    RunStatus.FAILED: Result.FAILED,
    RunStatus.DETACHED: Result.RUNNING,
    RunStatus.INTERRUPTED: Result.INTERRUPTED,
    RunStatus.RUNNING: Result.INTERRUPTED,
}


def run(environ: Mapping[str, str]) -> None:
    """Write the outputs, and of an apply the summary and the end of the comment.

    Whatever fails here is a warning: how the action ended was settled before.
    """
    try:
        folder = folder_of(environ)
        state, ended = _settled(states.read(folder), folder, environ)
        # First, as it needs nothing else of the environment.
        if environ.get("GITHUB_OUTPUT"):
            github.write_outputs(Path(environ["GITHUB_OUTPUT"]), _outputs(state, folder))
        if state.ran or not state.told:
            _tell(ended, state, github.read(environ), environ)
    except StepfleetError as error:
        warn(f"how the action ended could not be told: {error}")


def _settled(
    state: State, folder: Path, environ: Mapping[str, str]
) -> tuple[State, RunResults | None]:
    """The state as the results complete it, and the results of an apply."""
    ended = _results(folder) if state.ran else None
    if ended is None:
        if state.result == Result.ERROR and not state.failure_reason:
            is_cancelled = environ.get("RUN_OUTCOME") == "cancelled"
            result = Result.INTERRUPTED if is_cancelled else Result.ERROR
            state = replace(state, result=result.value, failure_reason=ENDED_EARLY)
        return state, None
    counts = {status.value: number for status, number in ended.counts.items()}
    return (
        replace(
            state,
            result=_RESULT_OF[ended.status].value,
            counts=json.dumps(counts),
            failure_reason=_reason(ended, environ.get("RUN_OUTCOME", "")),
        ),
        ended,
    )


def _results(folder: Path) -> RunResults | None:
    """The results with what their journal tells of the last moments before a kill."""
    try:
        return left.recover(folder / states.RESULTS)[0]
    except Refused:
        return None


def _reason(ended: RunResults, outcome: str) -> str:
    match ended.status:
        case RunStatus.RUNNING:
            return KILLED
        case RunStatus.DETACHED if outcome == "failure":
            lost = [event for event in ended.events if event.get("event") == "credentials_lost"]
            return str(lost[0].get("reason", _LEFT)) if lost else _LEFT
        case RunStatus.SUCCEEDED | RunStatus.DETACHED:
            return ""
        case RunStatus.FAILED | RunStatus.INTERRUPTED:
            return report.counted(ended)


def _outputs(state: State, folder: Path) -> dict[str, str]:
    fields = asdict(state)
    path = folder / states.RESULTS
    return {
        **{name: str(fields[key]) for name, key in _OUTPUTS.items()},
        "results-path": str(path) if state.ran and path.exists() else "",
    }


def _tell(
    ended: RunResults | None, state: State, workflow: Workflow, environ: Mapping[str, str]
) -> None:
    """Tell of an apply how it went, and of what ended early why."""
    links = links_of(workflow, workflow.commit, state)
    hub = Hub(workflow, state.label, given.token(environ))
    if ended is not None:
        short = report.run_comment(ended, links)
        whole = report.run_comment(ended, links, limit=_SUMMARY_BYTES)
        _annotate(ended, links)
    elif state.result in _EARLY:
        short = whole = report.ended_comment(state.command, state.failure_reason, links)
        printing.write_raw(report.github_note("error", state.failure_reason))
    else:
        return
    summarise(hub, whole)
    if state.ran and state.comment_url and state.pr_number:
        hub.say_run(int(state.pr_number), short)


def _annotate(ended: RunResults, links: Links) -> None:
    """Show each failure at the job's line in its spec."""
    failures = [
        Diagnostic(job.place, f"{job.name}: {job.reason}", "job-failed")
        for job in ended.jobs
        if job.status.is_bad
    ]
    if failures:
        printing.write_raw(report.github_annotations(links.relocated(failures)))
