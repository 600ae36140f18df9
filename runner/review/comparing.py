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

    `crossing` are the reviews of pull requests that were merged after this one was planned, newest
    first: what they have marked was reviewed too.

    That a job which was reviewed is done by now, or runs, is no difference: nothing is started
    that has no mark, and what has one may be started whenever the run comes to it. Without a
    review whatever would start is a difference.
    """
    if approved is not None and approved == digest(plan):
        return Comparison(frozenset(job.name for job in marked(plan)))
    if review is not None and review.marks is None:
        if review.digest == digest(plan):
            return Comparison(frozenset(job.name for job in marked(plan)))
        return _without_marks(plan, OTHER_PLAN)
    if review is None and not crossing:
        return _without_marks(plan, NO_REVIEW)
    return _by_marks(review, crossing, plan)


def _by_marks(review: Review | None, crossing: Sequence[Review], plan: Plan) -> Comparison:
    own = review.marks or () if review is not None else ()
    unnamed = {mark.work for mark in own if mark.job is None}
    named = _by_name(own, crossing)
    told = {mark.job: mark for mark in own if mark.job is not None}
    starts: set[str] = set()
    differences: list[Difference] = []
    for job in plan.jobs:
        if not job.is_selected:
            continue
        works = unnamed | _works(named.get(job.name, ()))
        if not works.isdisjoint(_marks(plan, job)):
            starts.add(job.name)
        elif job.action.may_start:
            mark = told.get(job.name)
            reason = _reason(mark, job, names_known=not unnamed)
            differences.append(Difference(job, reason, mark))
    return Comparison(frozenset(starts), tuple(differences))


def _by_name(own: Sequence[Mark], crossing: Sequence[Review]) -> dict[str, list[Mark]]:
    """The marks of each job: its own review's, and that of the newest crossing one that names it.

    An older one may be of work that was taken back since. Hashes without names lend nothing.
    """
    newest: dict[str, Mark] = {}
    for review in crossing:
        for mark in review.marks or ():
            if mark.job is not None:
                newest.setdefault(mark.job, mark)
    named: dict[str, list[Mark]] = {name: [mark] for name, mark in newest.items()}
    for mark in own:
        if mark.job is not None:
            named.setdefault(mark.job, []).append(mark)
    return named


def _works(marks: Sequence[Mark]) -> set[str]:
    """The works that marks of one job allow: where a revision was seen, none without one counts."""
    seen = [mark for mark in marks if mark.revision is not None]
    return {mark.work for mark in seen or marks}


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
