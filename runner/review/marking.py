"""What of a plan is marked as reviewed: every job that merging may start."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from runner import planning, values
from runner.expressions import Expression, JobReference, VariableReference
from runner.model import AwsPlatform
from runner.plan import Action
from runner.review.types import DIGITS, Mark, Review

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from runner.expressions import Reference
    from runner.plan import Plan, PlannedJob

_DIGEST_DIGITS = 20


def of(plan: Plan, head: str, shown: Plan | None = None, *, base: str = "") -> Review:
    """What a plan of a pull request's commit, upon one of its base branch, shows for review.

    `shown` is the same plan as it may be shown, where that is less.
    """
    inputs = {job.name: job.input for job in (shown or plan).jobs}
    marks = tuple(
        Mark(
            work=mark_of(plan, job, job.revision),
            job=job.name,
            action=job.action.value,
            revision=job.revision,
            input=inputs[job.name],
        )
        for job in marked(plan)
    )
    return Review(head, digest(plan), marks, base=base)


def digest(plan: Plan) -> str:
    """Hash what a plan may start, as 20 hex digits.

    The same for two plans that may start the same work in the same way, whatever else they say.
    """
    marks: list[values.Json] = [mark_of(plan, job, job.revision) for job in may_start(plan)]
    return _hash([plan.project, plan.offline, sorted(marks, key=str)])[:_DIGEST_DIGITS]


def mark_of(plan: Plan, job: PlannedJob, revision: str | None) -> str:
    """Hash what a job of the plan is to do and how it is run, at a revision of its machine.

    Beside its work that is where it is called, how often it is tried, for how long, what becomes
    of it in an interrupt, and where its sensitive values come from. Raises InputError.
    """
    platform = plan.platforms[job.platform]
    retry = job.retry
    how: list[values.Json] = [
        planning.work_at(plan, job, revision),
        platform.endpoint_url if isinstance(platform, AwsPlatform) else None,
        None if job.timeout is None else str(job.timeout),
        [
            str(retry.max_attempts),
            retry.mode.value,
            list(retry.error_equals),
            *(str(each) for each in (retry.interval, retry.backoff_rate, retry.max_interval)),
        ],
        job.on_cancel.value,
        job.idempotent,
        {
            each.name: each.template.value
            for each in job.parameters
            if each.sensitive and not each.withheld and each.template is not None
        },
    ]
    return _hash(how)[:DIGITS]


def _hash(value: values.Json) -> str:
    return hashlib.sha256(values.canonical(value).encode("ascii")).hexdigest()


def marked(plan: Plan) -> Iterator[PlannedJob]:
    """The selected jobs whose work was reviewed as what is to be done.

    That is what the plan may start, and what runs already, which may fail and be tried again.
    """
    startable = {job.name for job in may_start(plan)}
    for job in plan.jobs:
        is_under_way = job.action is Action.ADOPT and job.is_selected and bool(job.work)
        if job.name in startable or is_under_way:
            yield job


def may_start(plan: Plan) -> Iterator[PlannedJob]:
    """The selected jobs that the plan may start, and those that start anew by design.

    What takes a variable that changes with every run, and what comes after it, may be up to
    date or skipped when it is reviewed, and is started by the next run all the same. So is what
    runs in every apply.
    """
    anew: set[str] = set()
    per_run = {variable.name for variable in plan.late_variables if variable.per_run}
    for job in plan.jobs:
        if _starts_anew(job, anew, per_run):
            anew.add(job.name)
        if job.is_selected and job.work and (job.action.may_start or job.name in anew):
            yield job


def _starts_anew(job: PlannedJob, anew: set[str], per_run: set[str]) -> bool:
    """Tell whether a job may start in a later run though nobody changes anything."""
    follows = not anew.isdisjoint(job.needs)
    if job.action is not Action.SKIP:
        return job.runs_every_time or follows or _hangs_on(_references(job), anew, per_run)
    match job.condition:
        case None | True:
            return follows
        case False:
            return False
        case Expression() as condition:
            return _hangs_on(condition.references, anew, per_run)


def _hangs_on(references: Iterable[Reference], jobs: set[str], variables: set[str]) -> bool:
    return any(
        (isinstance(each, VariableReference) and each.name in variables)
        or (isinstance(each, JobReference) and each.job in jobs)
        for each in references
    )


def _references(job: PlannedJob) -> Iterator[Reference]:
    for parameter in job.parameters:
        if parameter.template is not None:
            yield from parameter.template.references
    if isinstance(job.condition, Expression):
        yield from job.condition.references
