"""What a plan can't be made of: needs that would have to run first, and lost watermarks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.errors import Diagnostic, Related
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
    """The jobs that would carry on what a success left which may exist and was not seen."""
    for job in plan.jobs:
        past = judge.past(job)
        starts = job.is_selected and judge.decisions[job.name].action.may_start
        if not starts or not job.carries or is_whole(past) or past.newest_success is not None:
            continue
        carried = next(each.name for each in job.parameters if each.carry)
        seen = past.problem or f"it is not among the newest {past.rows:,} executions"
        yield Diagnostic(
            job.place,
            f"{job.name}: parameters.{carried}: what the newest success left is not known: {seen}",
            "carry-unknown",
            f"{_to_see(past, job)}, or set carry: false for a first run",
        )


def _to_see(past: Past, job: PlannedJob) -> str:
    if past.problem is not None:
        return "let its state machine's executions be listed"
    return f"raise limits.lookback of the platform {job.platform}"
