"""Which machines moved from under the newest success of their jobs.

A version can't. An alias has, when it no longer leads to the version that ran. Of a machine
without qualifier the revision that ran has to be asked for: revisions follow one another, so
a search among its jobs' newest successes, by when they began, needs few questions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runner.drift.types import Moved, Unknown
from runner.errors import ProviderError
from runner.model import AwsPlatform, MachineType, RerunOn
from runner.plan import Action
from runner.provider import routed_versions

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping

    from runner.arns import MachineArn
    from runner.drift.types import Answers, Questions
    from runner.memory import Past
    from runner.plan import Plan, PlannedJob
    from runner.provider import Execution

NO_REVISION = "unknown"
"""What stands for the revision of a machine that tells none."""


def moved(
    plan: Plan, pasts: Mapping[str, Past]
) -> Generator[Questions, Answers, tuple[tuple[Moved, ...], tuple[Unknown, ...]]]:
    """The jobs whose machines moved, and those of which it can't be told.

    Express jobs leave no trace to compare with, and what runs locally has no revision.
    """
    judge = _Judge()
    for job in plan.jobs:
        if _leaves_a_trace(job, plan) and job.name in pasts:
            judge.add(job, pasts[job.name])
    yield from _ask(judge.searches.values())
    judge.conclude()
    order = {job.name: index for index, job in enumerate(plan.jobs)}
    found = sorted(judge.moved, key=lambda each: order[each.job.name])
    return tuple(found), tuple(
        Unknown(platform, machine, tuple(sorted(jobs, key=lambda job: order[job.name])), reason)
        for (platform, machine, reason), jobs in judge.unknown.items()
    )


def _leaves_a_trace(job: PlannedJob, plan: Plan) -> bool:
    on_aws = isinstance(plan.platforms[job.platform], AwsPlatform)
    return job.is_selected and on_aws and job.machine_type is MachineType.STANDARD


@dataclass
class _Search:
    """The newest successes of a machine's jobs, oldest first.

    Those before `low` ran on another revision, those from `high` on the present one. The
    ends are asked for first: as a rule nothing moved, or all of it.
    """

    platform: str
    revision: str
    runs: list[tuple[PlannedJob, Execution]] = field(default_factory=list)
    low: int = 0
    high: int = 0
    told: dict[int, str] = field(default_factory=dict)
    problem: str | None = None

    def next(self) -> int | None:
        """Which to ask for next; None when all is known, or nothing more can be."""
        if self.problem is not None or self.low >= self.high:
            return None
        if not self.told:
            return self.low
        if len(self.told) == 1:
            return self.high - 1
        return (self.low + self.high) // 2

    def take(self, index: int, answer: str | ProviderError | None) -> None:
        """Take the answer to what was asked for."""
        if isinstance(answer, str) and answer != NO_REVISION:
            self.told[index] = answer
            if answer == self.revision:
                self.high = index
            else:
                self.low = index + 1
        elif isinstance(answer, ProviderError):
            self.problem = str(answer)
        else:
            self.problem = "it is not told which revision ran"


class _Judge:
    """Judges jobs by what needs no question, and keeps the rest for a search."""

    def __init__(self) -> None:
        self.moved: list[Moved] = []
        self.unknown: dict[tuple[str, MachineArn, str], list[PlannedJob]] = {}
        self.searches: dict[tuple[str, MachineArn], _Search] = {}

    def add(self, job: PlannedJob, past: Past) -> None:
        """Judge one job."""
        success = past.newest_success
        if past.problem is not None:
            self._doubt(job, f"its earlier executions can't be looked up: {past.problem}")
        elif success is None:
            if not past.complete:
                self._doubt_unless_starting(
                    job, f"no success is among the newest {past.rows:,} executions of the machine"
                )
        elif job.revision is not None and not job.machine.is_pinned:
            self._compare(job, success.execution)

    def _compare(self, job: PlannedJob, success: Execution) -> None:
        if job.revision is None or job.revision == NO_REVISION:
            self._doubt(job, "the machine does not tell its revision")
        elif job.machine.qualifier is not None:
            self._compare_alias(job, success, job.revision)
        elif success.version is not None or success.alias is not None:
            self._doubt_unless_starting(job, "its newest success was of a version or an alias")
        else:
            search = self.searches.setdefault(
                (job.platform, job.machine), _Search(job.platform, job.revision)
            )
            search.runs.append((job, success))

    def _compare_alias(self, job: PlannedJob, success: Execution, routing: str) -> None:
        if success.version is None:
            self._doubt_unless_starting(job, "it is not told which version its newest success ran")
        elif success.version not in routed_versions(routing):
            self.moved.append(Moved(job, success, routing, f"version {success.version}"))

    def conclude(self) -> None:
        """Judge the jobs whose machines were asked about."""
        for search in self.searches.values():
            for index, (job, execution) in enumerate(search.runs):
                if index < search.low:
                    before = search.told.get(index)
                    self.moved.append(Moved(job, execution, search.revision, before))
                elif index < search.high:
                    self._doubt(job, search.problem or "")

    def _doubt_unless_starting(self, job: PlannedJob, reason: str) -> None:
        """What would run is told as such, and then runs what is there now."""
        if job.action not in (Action.RUN, Action.RETRY):
            self._doubt(job, reason)

    def _doubt(self, job: PlannedJob, reason: str) -> None:
        self.unknown.setdefault((job.platform, job.machine, reason), []).append(job)


def _ask(searches: Iterable[_Search]) -> Generator[Questions, Answers, None]:
    """Ask one question of each machine at a time, until all are answered."""
    running = list(searches)
    for search in running:
        _sort(search)
    while True:
        asked = [(search, index) for search in running if (index := search.next()) is not None]
        if not asked:
            return
        questions: dict[str, tuple[str, ...]] = {}
        for search, index in asked:
            arn = search.runs[index][1].arn
            questions[search.platform] = (*questions.get(search.platform, ()), arn)
        answers = yield questions
        for search, index in asked:
            search.take(index, answers.get(search.runs[index][1].arn))


def _sort(search: _Search) -> None:
    """Oldest first; from a job on that counts the revision in, and is up to date, all is known."""
    search.runs.sort(key=lambda run: _began(run[1]))
    search.high = next(
        (index for index, run in enumerate(search.runs) if _is_of_this_revision(*run)),
        len(search.runs),
    )


def _is_of_this_revision(job: PlannedJob, success: Execution) -> bool:
    return (
        job.action is Action.UP_TO_DATE
        and job.rerun_on is RerunOn.REVISION
        and job.execution is not None
        and job.execution.arn == success.arn
    )


def _began(execution: Execution) -> float:
    return execution.started_at.timestamp() if execution.started_at is not None else 0.0
