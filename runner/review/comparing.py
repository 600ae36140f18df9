"""A plan beside what was reviewed: what may be started, and what would be without a mark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.inputs import InputError
from runner.model import AwsPlatform
from runner.review.marking import digest, mark_of, marked
from runner.review.types import Comparison, Difference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runner.plan import Plan, PlannedJob
    from runner.review.types import Mark, Review

NOT_STARTED = "the reviewed plan does not start it"
OTHER_WORK = "its work, or how it is run, is another than the reviewed one"
OTHER_REVISION = "its state machine has changed since the review"
UNKNOWN = "the reviewed plan does not start it, or not with this work"
NO_REVIEW = "no review shows it"
OTHER_PLAN = "the plan is another than the reviewed one"


def compare(
    review: Review | None,
    plan: Plan,
    *,
    approved: str | None = None,
    crossing: Sequence[Review] = (),
) -> Comparison:
    """Tell what a plan may start by its review, or by a person's word for its digest.

    `crossing` are the reviews of pull requests that were merged after this one was planned: what
    they have marked was reviewed too.

    That a job which was reviewed is done by now, or runs, is no difference: nothing is started
    that has no mark, and what has one may be started whenever the run comes to it. Without a
    review whatever would start is a difference.
    """
    if approved is not None and approved == digest(plan):
        return Comparison(frozenset(job.name for job in marked(plan)))
    if review is None:
        return _without_marks(plan, NO_REVIEW)
    if review.marks is None:
        if review.digest == digest(plan):
            return Comparison(frozenset(job.name for job in marked(plan)))
        return _without_marks(plan, OTHER_PLAN)
    return _by_marks([review, *crossing], plan)


def _by_marks(reviews: Sequence[Review], plan: Plan) -> Comparison:
    """By the marks of all reviews; what is told of a mark is told of the first one's."""
    marks = reviews[0].marks or ()
    by_name = {mark.job: mark for mark in marks if mark.job is not None}
    works = {mark.work for review in reviews for mark in review.marks or ()}
    starts: set[str] = set()
    differences: list[Difference] = []
    for job in plan.jobs:
        if not job.is_selected:
            continue
        if not works.isdisjoint(_marks(plan, job)):
            starts.add(job.name)
        elif job.action.may_start:
            mark = by_name.get(job.name)
            reason = _reason(mark, job, names_known=bool(by_name) or not marks)
            differences.append(Difference(job, reason, mark))
    return Comparison(frozenset(starts), tuple(differences))


def _marks(plan: Plan, job: PlannedJob) -> set[str]:
    """The marks of a job as it is now: at its machine's revision, and as when none was known.

    None was where the plan was made offline, or skipped the job.
    """
    if not job.work:
        return set()
    revisions = {job.revision}
    if isinstance(plan.platforms[job.platform], AwsPlatform):
        revisions.add(None)
    try:
        return {mark_of(plan, job, revision) for revision in revisions}
    except InputError:
        return set()


def _reason(mark: Mark | None, job: PlannedJob, *, names_known: bool) -> str:
    if mark is None:
        return NOT_STARTED if names_known else UNKNOWN
    if mark.revision is not None and mark.revision != job.revision:
        return OTHER_REVISION
    return OTHER_WORK


def _without_marks(plan: Plan, reason: str) -> Comparison:
    return Comparison(
        frozenset(),
        tuple(
            Difference(job, reason) for job in plan.jobs if job.is_selected and job.action.may_start
        ),
    )
