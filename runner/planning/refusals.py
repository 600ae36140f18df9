"""What a plan can't be made of: needs that would have to run first, and lost watermarks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.errors import Diagnostic, NotFound, ProviderError, Related
from runner.plan.types import Action
from runner.planning.verdicts import is_whole
from runner.planning.wording import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runner.memory import Past
    from runner.plan.types import Plan, PlannedJob
    from runner.planning.gate import Decision
    from runner.planning.judging import Judge

_EXPLAINED = 5


def not_selected(plan: Plan, judge: Judge) -> Iterator[Diagnostic]:
    """The selected jobs with a need that is not selected and would have to run first."""
    open_needs: dict[str, set[str]] = {}
    for job in plan.jobs:
        found: set[str] = set()
        for need in job.needs:
            if not judge.jobs[need].is_selected:
                found |= open_needs[need]
        if job.is_selected and found:
            yield _not_selected(job, sorted(found), judge)
        if not job.is_selected and not _is_settled(judge.decisions[job.name]):
            found = found or {job.name}
        open_needs[job.name] = found


def _is_settled(decision: Decision) -> bool:
    """Tell whether nothing is left to do for a job, and nothing failed."""
    is_skipped = decision.action is Action.SKIP and decision.execution is None
    return is_skipped or decision.action is Action.UP_TO_DATE


def _not_selected(job: PlannedJob, roots: list[str], judge: Judge) -> Diagnostic:
    verb = "is" if len(roots) == 1 else "are"
    why = f" ({judge.decisions[roots[0]].reason})" if len(roots) == 1 else ""
    return Diagnostic(
        job.place,
        f"{job.name} needs {names(roots)}, which {verb} not selected and not up to date{why}",
        "need-not-selected",
        f"select it with all that it needs: --select +{job.name}; "
        f"or leave it out too, with all that needs it: --exclude {job.name}+",
        related=tuple(
            Related(judge.jobs[name].place, f"{name}: {judge.decisions[name].reason}")
            for name in roots[:_EXPLAINED]
        ),
    )


def lost_watermarks(plan: Plan, judge: Judge) -> Iterator[Diagnostic]:
    """The jobs that would carry on what a success left which was not seen, or can't be read."""
    for job in plan.jobs:
        starts = job.is_selected and judge.decisions[job.name].action.may_start
        lost = _lost(job, judge) if starts and job.carries else None
        if lost is None:
            continue
        carried = next(each.name for each in job.parameters if each.carry)
        why, way_out = lost
        yield Diagnostic(
            job.place,
            f"{job.name}: parameters.{carried}: {why}",
            "carry-unknown",
            f"{way_out}, or set carry: false for a first run",
        )


def _lost(job: PlannedJob, judge: Judge) -> tuple[str, str] | None:
    """Why it is not known what a job carries on, with the way out; None where it is known."""
    past = judge.past(job)
    if past.newest_success is None and not is_whole(past):
        seen = past.problem or f"it is not among the newest {past.rows:,} executions"
        return f"what the newest success left is not known: {seen}", _to_see(past, job)
    source = past.source
    if source is None or source.may_change:
        return None
    arn = source.execution.arn
    what = "success left" if source.succeeded else "execution was sent"
    cant_be_read = f"what the newest {what} can't be read"
    match judge.asking.answer(job, arn):
        case NotFound():
            why = f"the service has forgotten {arn}, or does not show it yet"
            return f"{cant_be_read}: {why}", "apply again in a minute"
        case ProviderError() as error:
            return f"{cant_be_read}: {error}", f"let {arn} be described, then plan again"
        case _:
            return None


def _to_see(past: Past, job: PlannedJob) -> str:
    if past.problem is not None:
        return "let its state machine's executions be listed"
    return f"raise limits.lookback of the platform {job.platform}"
