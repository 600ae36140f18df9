"""What an apply would do with each job, from what is remembered of it.

Jobs are decided level by level, each after its needs. Whether work was done before is told
from names alone; executions are described only for what an `if` reads, what is
required, what is carried on, what lists did not reach, and what is shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from runner import memory
from runner.expressions import JobReference
from runner.inputs import InputError, is_sent
from runner.plan.types import Action, KnownExecution
from runner.planning import refusals, wording
from runner.planning.asking import Asking, Purpose
from runner.planning.earlier import sent_to
from runner.planning.judging import Judge, bad_value
from runner.planning.showing import Sight, shown
from runner.provider import Execution

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator, Mapping

    from runner.errors import Diagnostic
    from runner.memory import Past
    from runner.plan.types import Plan, PlannedJob
    from runner.planning.asking import Answers, Questions
    from runner.values import Json


@dataclass(frozen=True, slots=True)
class Decided:
    """A decided plan, or what is wrong; and the pasts, with all that was asked for besides."""

    plan: Plan | None
    diagnostics: tuple[Diagnostic, ...] = ()
    pasts: Mapping[str, Past] = field(default_factory=dict)


def decide(
    plan: Plan,
    pasts: Mapping[str, Past] | None,
    *,
    run_id: str | None = None,
    concealed: Mapping[str, frozenset[str]] | None = None,
) -> Generator[Questions, Answers, Decided]:
    """Decide every job, each after its needs, asking for executions to be described.

    `pasts` are by job, as `pasts_of` gives them, and None when nothing was looked up: then
    nothing is asked. `run_id` is the run's, where it is known. Decisions that stand in the
    plan already are made anew. What executions left of the parameters in `concealed`, by job,
    counts as not known: nothing is shown or decided by it. Without a plan the diagnostics
    say why.
    """
    judge = Judge(plan, pasts, run_id, Asking(), concealed or {})
    levels = _levels(plan)
    for level in levels:
        todo = level
        while todo:
            todo = [job for job in todo if judge.judge(job)]
            yield from judge.put()
    _ask_to_show(plan, judge)
    yield from judge.put()
    return _decided(plan, judge)


def _levels(plan: Plan) -> list[list[PlannedJob]]:
    """The jobs by how many needs stand one behind the other before them."""
    depths: dict[str, int] = {}
    levels: list[list[PlannedJob]] = []
    for job in plan.jobs:
        depth = max((depths[need] + 1 for need in job.needs), default=0)
        depths[job.name] = depth
        if depth == len(levels):
            levels.append([])
        levels[depth].append(job)
    return levels


def _starting(plan: Plan, judge: Judge) -> Iterator[PlannedJob]:
    return (
        job for job in plan.jobs if job.is_selected and judge.decisions[job.name].action.may_start
    )


def _ask_to_show(plan: Plan, judge: Judge) -> None:
    """Ask for what previews and changes show, that of changes before what runs every time."""
    for job in sorted(_starting(plan, judge), key=lambda job: job.runs_every_time):
        for arn, other in _to_show(job, judge):
            if judge.asking.answer(other, arn) is None and not judge.asking.ask(
                Purpose.SHOW, other, arn
            ):
                return


def _to_show(job: PlannedJob, judge: Judge) -> Iterator[tuple[str, PlannedJob]]:
    for name in _read_by(job):
        need = judge.decisions[name]
        if need.hands_on and need.execution is not None and judge.jobs[name].has_outputs:
            yield need.execution.arn, judge.jobs[name]
    newest = judge.weighed[job.name].newest
    if newest is not None and judge.decisions[job.name].action is not Action.RETRY:
        yield newest.arn, job


def _read_by(job: PlannedJob) -> list[str]:
    """The needs whose outputs stand in an input that may be shown."""
    return sorted(
        {
            reference.job
            for each in job.parameters
            if is_sent(each) and not each.sensitive and each.template
            for reference in each.template.references
            if isinstance(reference, JobReference) and reference.field == "outputs"
        }
    )


def _decided(plan: Plan, judge: Judge) -> Decided:
    per_run = {each.name for each in plan.late_variables if each.per_run}
    diagnostics = [
        judge.diagnostics[job.name] for job in plan.jobs if job.name in judge.diagnostics
    ]
    diagnostics += refusals.not_selected(plan, judge)
    diagnostics += refusals.lost_watermarks(plan, judge)
    jobs: list[PlannedJob] = []
    for job in plan.jobs:
        planned = _planned(job, judge)
        if planned.is_selected and planned.action.may_start:
            try:
                planned = shown(planned, _sight(job, judge, per_run), _before(job, judge))
            except InputError as error:
                diagnostics.append(bad_value(job, error))
        jobs.append(planned)
    pasts = dict(judge.pasts)
    if diagnostics:
        return Decided(None, tuple(diagnostics), pasts)
    return Decided(replace(plan, jobs=tuple(jobs), offline=judge.offline), (), pasts)


def _sight(job: PlannedJob, judge: Judge, per_run: Collection[str]) -> Sight:
    needs = {need: judge.read(need) for need in job.needs}
    return Sight(judge.context, needs, per_run, judge.carried(job) if job.carries else None)


def _planned(job: PlannedJob, judge: Judge) -> PlannedJob:
    found = judge.weighed[job.name]
    return replace(
        job,
        action=found.decision.action,
        reason=found.decision.reason,
        fingerprint=found.fingerprint,
        attempt=found.attempt,
        execution=_known(found.execution),
        changes=(),
        follows_every_run=found.follows,
    )


def _before(job: PlannedJob, judge: Judge) -> Mapping[str, Json] | None:
    """The input of the job's newest execution, None where it isn't known or is the same."""
    newest = judge.weighed[job.name].newest
    if newest is None or judge.decisions[job.name].action is Action.RETRY:
        return None
    answer = judge.asking.answer(job, newest.arn)
    return sent_to(answer) if isinstance(answer, Execution) else None


def _known(execution: Execution | None) -> KnownExecution | None:
    if execution is None:
        return None
    return KnownExecution(
        arn=execution.arn,
        name=execution.name,
        status=execution.raw_status,
        started_at=wording.iso(execution.started_at),
        stopped_at=wording.iso(execution.stopped_at),
        remembered_until=wording.iso(memory.remembered_until(execution)),
    )
