"""Saved plans, looked at again: machines as they are now, and what differs since."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runner import inputs
from runner.errors import Diagnostic
from runner.model import LocalPlatform
from runner.plan.types import Action, Stale
from runner.planning.checks import OFFLINE_WARNINGS, no_machine
from runner.planning.targets import outside
from runner.planning.work import work_of
from runner.provider import FoundMachine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runner.plan.types import Plan, PlannedJob
    from runner.planning.checks import Findings
    from runner.values import Json

_AGAIN = "make the plan again with `stepfleet plan -o FILE`"


def refreshed(plan: Plan, findings: Findings) -> tuple[Plan | None, tuple[Diagnostic, ...]]:
    """A saved plan as a draft, with machines as they were found now. Decide it after this.

    Without a plan the diagnostics say why it can't be applied any more. A plan that was made
    offline can be: it starts whatever is not done, and looking starts nothing more. But the
    account must have been known, and each machine's type guessed right.
    """
    jobs: dict[str, PlannedJob] = {}
    diagnostics: list[Diagnostic] = []
    context, per_run = _context(plan), _per_run(plan)
    for job in plan.jobs:
        found = _found(plan, job, findings)
        if isinstance(found, Diagnostic):
            diagnostics.append(found)
            found = job
        jobs[job.name] = found
        try:
            work = work_of(plan.project, found, jobs, context, per_run)
        except inputs.InputError:
            continue  # deciding complains about it, where the job is to run
        jobs[job.name] = replace(found, work=work)
    if diagnostics:
        return None, tuple(diagnostics)
    return replace(plan, jobs=tuple(jobs.values()), offline=False), ()


def misplaced(plan: Plan) -> tuple[Diagnostic, ...]:
    """The machines of a saved plan that their platforms may not run, whoever wrote it so.

    A job that its spec skips may name any: a plan that would start it after all is stale.
    """
    return tuple(
        diagnostic
        for job in plan.jobs
        if job.action is not Action.SKIP or job.revision is not None
        for diagnostic in outside(plan.platforms[job.platform], job.machine, job.place)
    )


def _found(plan: Plan, job: PlannedJob, findings: Findings) -> PlannedJob | Diagnostic:
    """A job with its machine's revision as it is now, or why it can't run."""
    if isinstance(plan.platforms[job.platform], LocalPlatform):
        return job
    if job.action is Action.SKIP and job.revision is None and not plan.offline:
        return job  # its machine was not looked for
    if not job.machine.account:
        return Diagnostic(
            job.place,
            f"{job.name}: the plan was made offline, where the account was not known",
            "offline-plan",
            f"give the platform {job.platform} its accountId, or plan with credentials; {_AGAIN}",
        )
    finding = findings.get(job.platform, {}).get(job.machine)
    if not isinstance(finding, FoundMachine) or finding.status != "ACTIVE":
        return no_machine(job.place, job.machine, job.platform, finding)
    if finding.type is not job.machine_type:
        return Diagnostic(
            job.place,
            f"{job.name}: the state machine is {finding.type.value}, and the plan takes it for"
            f" {job.machine_type.value}",
            "machine-type",
            _AGAIN,
        )
    warnings = tuple(each for each in job.warnings if each not in OFFLINE_WARNINGS)
    return replace(job, revision=finding.revision, warnings=warnings)


def stale(saved: Plan, fresh: Plan) -> tuple[Stale, ...]:
    """The jobs that would start, and that the saved plan does not start, or not so.

    That a job has meanwhile finished, or runs, is no reason.
    """
    before = {job.name: job for job in saved.jobs}
    return tuple(
        Stale(job.name, reason, before.get(job.name), job)
        for job in fresh.jobs
        if job.is_selected and job.action.may_start
        for reason in _differences(before.get(job.name), job, fresh)
    )


def reviewed(saved: Plan, fresh: Plan) -> frozenset[str]:
    """The jobs that the saved plan starts, and that are still as they were reviewed.

    They may be started though the fresh plan takes them for done, or under way: what it found
    may be forgotten, or fail.
    """
    before = {job.name: job for job in saved.jobs}
    return frozenset(
        job.name
        for job in fresh.jobs
        if job.is_selected and not any(_differences(before.get(job.name), job, fresh))
    )


def _differences(saved: PlannedJob | None, fresh: PlannedJob, plan: Plan) -> Iterator[str]:
    """At most one: what differs first."""
    if saved is None:
        yield "it is not in the plan"
    elif not saved.is_selected or not saved.action.may_start:
        yield "it would be started, which the plan does not do"
    elif saved.revision is not None and saved.revision != fresh.revision:
        yield "its state machine has changed since"
    elif saved.work != work_at(plan, fresh, saved.revision):
        yield "its work is another than the plan's"


def work_at(plan: Plan, job: PlannedJob, revision: str | None) -> str:
    """What a job of the plan is to do, hashed as if its machine had this revision.

    None is that of a plan which was made offline. Raises InputError.
    """
    if revision == job.revision:
        return job.work
    jobs = {each.name: each for each in plan.jobs}
    there = replace(job, revision=revision)
    return work_of(plan.project, there, jobs, _context(plan), _per_run(plan))


def _context(plan: Plan) -> Mapping[str, Json]:
    return {"vars": dict(plan.variables), "project": {"name": plan.project}}


def _per_run(plan: Plan) -> set[str]:
    return {variable.name for variable in plan.late_variables if variable.per_run}
