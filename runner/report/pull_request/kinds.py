"""The groups that a pull request's jobs are shown in: what an apply may start, and the rest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runner import review
from runner.plan.types import Action
from runner.report.words import GROUPS, LOOKED_UP, key_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from runner.plan.types import Plan, PlannedJob
    from runner.report.words import Group

ANEW = "-anew"
"""How the keys of groups end whose jobs are left as they are for now, and may start anew."""

QUIET = (Action.UP_TO_DATE.value, LOOKED_UP.key)
"""Groups of which nothing is started, and which are folded."""

_PLAIN = {each.key: each for each in (*GROUPS, LOOKED_UP)}
_TRIED_AGAIN = "tried again if it fails"


@dataclass(frozen=True, slots=True)
class Kinds:
    """A plan's jobs by the group that each is shown in, those that start first.

    `later` tells of each job that the plan leaves as it is, and that an apply may start all the
    same, when that is. All that a review marks either starts by its action or is in there.
    """

    groups: Mapping[str, Sequence[PlannedJob]]
    later: Mapping[str, str]
    causes: Mapping[str, int]

    def of(self, key: str) -> Sequence[PlannedJob]:
        """The jobs of a group."""
        return self.groups.get(key, ())

    @property
    def told(self) -> list[tuple[Group, Sequence[PlannedJob]]]:
        """The groups of which something is to be said, each with its jobs."""
        return [(kind(key), jobs) for key, jobs in self.groups.items() if key not in QUIET]

    @property
    def under_way(self) -> int:
        """How many jobs run already, and are tried again if they fail."""
        return sum(job.name in self.later for job in self.of(Action.ADOPT.value))

    def may_start(self, job: PlannedJob) -> bool:
        """Tell whether an apply may start it, now or when it comes to that."""
        return job.name in self.later or (job.is_selected and job.action.may_start)


def kinds(plan: Plan) -> Kinds:
    """Sort a plan's jobs."""
    marked = {job.name for job in review.marked(plan)}
    anew = {job.name for job in review.may_start(plan)}
    left = [job for job in plan.jobs if job.name in marked and not job.action.may_start]
    causes = _causes(plan)
    later: dict[str, str] = {}
    counts: dict[str, int] = {}
    groups: dict[str, list[PlannedJob]] = {key: [] for key in _in_order()}
    for job in left:
        cause = causes.get(job.name, "after what runs in every apply")
        is_under_way = job.action is Action.ADOPT
        told = [_TRIED_AGAIN] if is_under_way else []
        if job.name in anew:
            told.append(f"{_verb(key_of(job))} {cause}")
        later[job.name] = ", ".join(told)
        if not is_under_way:
            counts[cause] = counts.get(cause, 0) + 1
    for job in plan.jobs:
        groups[key_in(later, job)].append(job)
    return Kinds({key: jobs for key, jobs in groups.items() if jobs}, later, counts)


def key_in(later: Mapping[str, str], job: PlannedJob) -> str:
    """The key of the group that a job is shown in."""
    is_anew = job.name in later and job.action is not Action.ADOPT
    return f"{key_of(job)}{ANEW}" if is_anew else key_of(job)


def kind(key: str) -> Group:
    """The group of a key."""
    plain = _PLAIN[key.removesuffix(ANEW)]
    if not key.endswith(ANEW):
        return plain
    verb = _verb(plain.key)
    return replace(
        plain, key=key, title=f"{plain.title}, {verb}", counted=f"{plain.counted}, {verb}"
    )


def _verb(key: str) -> str:
    """What has not run before does not start anew."""
    return "may start" if key == Action.SKIP.value else "may start anew"


def _in_order() -> Iterator[str]:
    """What may start comes before what stays as it is."""
    resting = (Action.SKIP.value, *QUIET)
    yield from (key for key in _PLAIN if key not in resting)
    yield from (f"{key}{ANEW}" for key in _PLAIN)
    yield from resting


def _causes(plan: Plan) -> Mapping[str, str]:
    """The variables that change with every run and let jobs start anew, in words, by the job."""
    always = _startable(replace(plan, late_variables=()))
    found: dict[str, list[str]] = {}
    for variable in plan.late_variables:
        if variable.per_run:
            for name in _startable(replace(plan, late_variables=(variable,))) - always:
                found.setdefault(name, []).append(f"vars.{variable.name}")
    return {name: f"when {' or '.join(names)} changes" for name, names in found.items()}


def _startable(plan: Plan) -> set[str]:
    return {job.name for job in review.may_start(plan)}
