"""`command: apply`: exactly what was reviewed is started."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from runner import plan as plans
from runner import report, review
from runner.cli import console, planning, printing, project, running
from runner.cli.action import validating
from runner.cli.action.hub import Reviewed, warn
from runner.cli.action.inputs import Reviewing
from runner.cli.action.state import Result
from runner.cli.exits import Exit
from runner.cli.running import Manner, Ready
from runner.errors import Invalid
from runner.log import Form, Level
from runner.schedule import Options

if TYPE_CHECKING:
    from runner.cli.action.context import Action
    from runner.cli.planning import Planned
    from runner.cli.providers import Providers
    from runner.results import RunResults
    from runner.review import Comparison

GOES_ON = (
    "Nothing is lost: the next apply of the same commit, by a schedule or by hand, takes over "
    "what runs and starts what waits."
)
_SUMMARY_BYTES = 900_000


def run(action: Action) -> Exit:
    """Plan anew, start what of it was reviewed, and wait. Raises StepfleetError."""
    interrupted = threading.Event()
    try:
        with action.providers(wait=interrupted.wait) as providers:
            return _apply(action, providers, interrupted)
    except Invalid as error:
        validating.refused(action, error.diagnostics)
        return Exit.REFUSED


def _apply(action: Action, providers: Providers, interrupted: threading.Event) -> Exit:
    ready = _ready(action, providers)
    planned = ready.planned
    reviewed = Reviewed()
    digest = review.digest(planned.plan)
    action.know(plan_digest=digest, counts=json.dumps(plans.count(planned.plan.jobs)))
    printing.write(report.plan_text(planned.plan, width=printing.width()))
    printing.write(f"Plan digest: {digest}")
    if action.inputs.review is Reviewing.REQUIRED:
        reviewed, compared = _compare(action, planned)
        if compared.differences:
            return _refuse(action, reviewed, compared, digest)
        ready = _bound(ready, compared)
    if action.inputs.on_cancel is not None:
        plan = running.cancelled_by(planned.plan, action.inputs.on_cancel)
        ready = replace(ready, planned=replace(planned, plan=plan))
    if action.inputs.wait is not None:
        running.refuse_embedded(planned.plan, "wait-minutes")
    running.prepare(planned.plan)
    action.know(ran=True)
    _say_going(action, reviewed)
    with console.opened(Form.CONSOLE, Level.INFO, None) as shown:
        ended = running.run(ready, providers=providers, shown=shown, on_interrupt=interrupted.set)
    printing.write(report.results_text(ended, width=printing.width()))
    return left(ended)


def left(ended: RunResults) -> Exit:
    """The exit code; what was left on purpose, as the wait was over, is no failure."""
    code = Exit(ended.exit_code)
    was_over = any(event.get("event") == "leaving" for event in ended.events)
    is_open = any(job.status.is_open for job in ended.jobs)
    if was_over and is_open:
        warn(f"The wait was over before all jobs had ended: {report.counted(ended)}. {GOES_ON}")
    return Exit.DONE if was_over and code is Exit.RUNNING else code


def _ready(action: Action, providers: Providers) -> Ready:
    inputs = action.inputs
    loaded = project.load(inputs.paths, options=inputs.variables, var_files=inputs.var_files)
    run_id = "-".join(filter(None, (action.workflow.run_id, inputs.label)))
    planned = planning.make(loaded, action.wish, providers, run_id=run_id)
    options = Options(max_parallel=inputs.max_parallel, leave_after=inputs.wait)
    manner = Manner(action.results_path, run_id, include_inputs=False, options=options)
    return Ready(planned, manner, run_id)


def _bound(ready: Ready, compared: Comparison) -> Ready:
    """The same, starting nothing but what was reviewed."""
    options = replace(ready.manner.options, reviewed=True, starts=compared.starts)
    return replace(ready, manner=replace(ready.manner, options=options))


def _compare(action: Action, planned: Planned) -> tuple[Reviewed, Comparison]:
    """The review of what is checked out, and what of the plan it lets start."""
    reviewed = action.hub.reviewed(action.paths_in_repository)
    if reviewed.pull_request is not None:
        action.know(pr_number=str(reviewed.pull_request.number))
    if reviewed.comment is not None:
        action.know(comment_url=reviewed.comment.url)
    approved = None if reviewed.is_final else action.inputs.approve_digest
    compared = review.compare(reviewed.review, planned.plan, approved=approved)
    if compared.differences and reviewed.may_be_joined:
        crossing = action.hub.crossing(reviewed)
        compared = review.compare(
            reviewed.review, planned.plan, approved=approved, crossing=crossing
        )
    return reviewed, compared


def _refuse(action: Action, reviewed: Reviewed, compared: Comparison, digest: str) -> Exit:
    """Show what would be started without a review, and how a person can approve it."""
    count = report.plural(len(compared.differences), "job")
    reason = reviewed.fault or f"{count} would start otherwise than reviewed"
    action.know(result=Result.REFUSED, failure_reason=reason)
    printing.write(
        report.differences_text(compared.differences, digest=digest, width=printing.width())
    )
    printing.write_raw(report.github_note("error", f"Nothing was started: {reason}"))
    text = report.differences_markdown(
        compared.differences,
        digest=digest,
        reason=reason,
        links=action.links,
        limit=_SUMMARY_BYTES,
    )
    action.summarise(text)
    if reviewed.comment is not None and reviewed.pull_request is not None:
        shorter = report.differences_markdown(
            compared.differences, digest=digest, reason=reason, links=action.links, limit=20_000
        )
        action.hub.say_run(reviewed.pull_request.number, shorter, reviewed.comment)
    return Exit.REFUSED


def _say_going(action: Action, reviewed: Reviewed) -> None:
    """Say in the comment that carried the review, where there is one, that the apply has begun."""
    if reviewed.pull_request is not None and reviewed.comment is not None:
        number, text = reviewed.pull_request.number, report.going_comment(action.links)
        action.hub.hurried().say_run(number, text, reviewed.comment)
