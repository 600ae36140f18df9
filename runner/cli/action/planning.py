"""`command: plan`: what merging would start, told where it is reviewed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from runner import plan as plans
from runner import report, review
from runner.cli import planning, printing, saved
from runner.cli.action import validating
from runner.cli.action.hub import COMMENT_BYTES
from runner.cli.action.inputs import Commenting, Reviewing
from runner.cli.action.left_running import removed_and_running
from runner.cli.action.proposing import propose
from runner.cli.action.state import Result
from runner.cli.exits import Exit
from runner.errors import Invalid, StepfleetError
from runner.report import PullView

if TYPE_CHECKING:
    from runner.cli.action.context import Action
    from runner.cli.action.proposing import Proposal
    from runner.cli.providers import Providers
    from runner.plan import Plan

FROM_OUTSIDE = (
    "a pull request from a fork, or of Dependabot, has no credentials and a token that only "
    "reads: its specs are validated, and not planned"
)
MERGE_QUEUE = (
    "a merge queue's commit has its plans in the pull requests: its specs are validated, and not "
    "planned"
)


def run(action: Action) -> Exit:
    """Plan the specs, and tell the plan in the pull request and the summary."""
    reason = _why_not(action)
    if reason is not None:
        printing.write_raw(report.github_note("notice", reason))
        return validating.run(action)
    try:
        with action.providers() as providers:
            proposal = propose(action)
            made = _plan(proposal, action, providers)
            notes = (*proposal.notes, *removed_and_running(action, proposal, providers))
    except Invalid as error:
        _say_refused(action, validating.refused(action, error.diagnostics))
        return Exit.REFUSED
    except StepfleetError as error:
        reason = str(error)
        action.know(result=Result.REFUSED, failure_reason=reason)
        links, label = action.links, action.inputs.label
        text = report.refused_comment(
            reason, label=label, head=links.commit, links=links, limit=COMMENT_BYTES
        )
        action.summarise(text)
        _say_refused(action, text)
        raise
    _tell(action, proposal, made, notes)
    return Exit.DONE


def _why_not(action: Action) -> str | None:
    """Why the specs are validated, and not planned."""
    if action.workflow.is_from_outside:
        return FROM_OUTSIDE
    return MERGE_QUEUE if action.workflow.event == "merge_group" else None


def _plan(proposal: Proposal, action: Action, providers: Providers) -> Plan:
    return planning.make(
        proposal.loaded,
        action.wish,
        providers,
        offline=proposal.offline,
        late_environment=proposal.late,
        concealed=proposal.concealed.parameters if proposal.concealed else None,
        withheld=proposal.withheld,
    ).plan


def _tell(action: Action, proposal: Proposal, made: Plan, notes: tuple[str, ...]) -> None:
    shown = proposal.shown(made)
    digest = review.digest(made)
    view = PullView(
        plan=shown,
        label=action.inputs.label,
        head=action.links.commit,
        digest=digest,
        links=action.links,
        changes=proposal.changes,
        notes=notes,
        is_reviewed=action.inputs.review is Reviewing.REQUIRED,
    )
    saved.save(shown, action.plan_path)
    action.know(plan_path=str(action.plan_path))
    printing.write(report.plan_text(shown, width=printing.width()))
    printing.write(f"Plan digest: {digest}")
    is_changing = any(job.is_selected and job.action.may_start for job in shown.jobs)
    action.know(
        result=Result.CHANGES if is_changing else Result.NO_CHANGES,
        counts=json.dumps(plans.count(shown.jobs)),
        plan_digest=digest,
    )
    action.summarise(report.pull_summary(view))
    known = review.of(made, view.head, shown, base=proposal.base_commit)
    is_worth_saying = bool(known.marks or notes) or _differs(proposal)
    _say(action, view, review.encode(known), is_worth_saying=is_worth_saying)


def _differs(proposal: Proposal) -> bool:
    return proposal.changes is not None and not proposal.changes.is_empty


def _say(action: Action, view: PullView, carried: str, *, is_worth_saying: bool) -> None:
    """Keep the pull request's comment, where it is wanted."""
    pull_request = action.workflow.pull_request
    wanted = action.inputs.comment
    if pull_request is None or wanted is Commenting.NEVER:
        return
    is_quiet = wanted is Commenting.CHANGES and not is_worth_saying
    if is_quiet and not action.hub.has_comment(pull_request.number):
        return
    text = report.pull_comment(view, limit=COMMENT_BYTES - len(carried))
    comment = action.hub.say_plan(pull_request.number, text, carried)
    if comment is not None:
        action.know(comment_url=comment.url)


def _say_refused(action: Action, text: str) -> None:
    """Take an earlier plan's place in the comment: what it showed is not what merging would do."""
    pull_request = action.workflow.pull_request
    if pull_request is None or action.inputs.comment is Commenting.NEVER:
        return
    comment = action.hub.say_plan(pull_request.number, text, "")
    if comment is not None:
        action.know(comment_url=comment.url)
