"""How the jobs of a run stand by now, from its results and what AWS answers."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from runner.errors import NotFound, ProviderError
from runner.results import RunStatus, Status, status_of
from runner.standing.asking import Asked, Lost, Settled

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from runner.provider import Execution
    from runner.results import JobResult, RunResults
    from runner.standing.asking import Trail

FORGOTTEN = (
    "Step Functions does not know it: it ended more than 90 days ago, was deleted with its "
    "state machine, or began only now"
)
NOT_BEGUN = "it was about to be started, and Step Functions does not know it"
_WITHHELD = "its error is shown with --causes"
_FIXED = re.compile(r"(States|Stepfleet)\.[A-Za-z]{1,40}")
_LOCKED = "its error may not be read"
_GOES_ON = "apply again goes on with it"


@dataclass(frozen=True, slots=True)
class JobStanding:
    """One job: how it was, how it is, and why. `execution` is what AWS tells of it.

    `waits_for` are the needs of a pending job that have not ended. `monitor_url` is made from
    `execution`, and not taken from the results.
    """

    job: JobResult
    now: Status
    reason: str = ""
    execution: Execution | None = None
    waits_for: tuple[str, ...] = ()
    arn: str | None = None
    monitor_url: str | None = None

    @property
    def since(self) -> datetime | None:
        """When its newest execution ended, or began where it has not."""
        newest = self.execution or self.job.newest
        if newest is None:
            return None
        return newest.stopped_at or newest.started_at

    @property
    def error(self) -> str | None:
        """The error with which its newest execution ended."""
        newest = self.execution or self.job.newest
        return newest.error if newest is not None and self.now.is_bad else None

    @property
    def cause(self) -> str | None:
        """The cause that goes with the error."""
        newest = self.execution or self.job.newest
        return newest.cause if newest is not None and self.now.is_bad else None


@dataclass(frozen=True, slots=True)
class Standing:
    """All jobs of a run as they stand now, in the order of its results.

    It is not whole where more may have begun than the results tell.
    """

    results: RunResults
    jobs: tuple[JobStanding, ...]
    is_whole: bool = True

    @property
    def counts(self) -> Mapping[Status, int]:
        """Jobs by their status now, of those that occur."""
        counted = Counter(each.now for each in self.jobs)
        return {status: counted[status] for status in Status if counted[status]}

    @property
    def is_unfinished(self) -> bool:
        """Tell whether the file is of a run that goes on, or that was killed."""
        return self.results.status is RunStatus.RUNNING

    @property
    def exit_code(self) -> int:
        """1 a job failed, was cancelled or is unknown; 4 one runs or waits; 0."""
        if any(each.now.is_bad for each in self.jobs):
            return 1
        return 4 if any(each.now.is_open for each in self.jobs) else 0


def tell(
    results: RunResults,
    trails: Mapping[str, Trail],
    answers: Mapping[str, Execution | ProviderError],
) -> Standing:
    """How each job stands. `answers` are by ARN, one for each execution that is asked about."""
    first = {job.name: _standing(job, trails[job.name], answers) for job in results.jobs}
    now = {name: each.now for name, each in first.items()}
    return Standing(
        results,
        tuple(
            _waiting(each, now) if each.now is Status.PENDING else each for each in first.values()
        ),
    )


def without_causes(standing: Standing) -> Standing:
    """The same without the causes that AWS told, and the errors but for those with fixed names.

    Either may hold data, and only an apply knows which secrets to mask.
    """
    return replace(standing, jobs=tuple(map(_without_cause, standing.jobs)))


def _without_cause(each: JobStanding) -> JobStanding:
    seen = each.execution
    if seen is None or (seen.cause is None and seen.error is None):
        return each
    error = seen.error if seen.error and is_fixed(seen.error) else None
    reason = each.reason or (_WITHHELD if seen.error and not error else "")
    return replace(each, reason=reason, execution=replace(seen, cause=None, error=error))


def is_fixed(error: str) -> bool:
    """Tell whether an error is one of Step Functions' own, or of ours, and holds no data."""
    return _FIXED.fullmatch(error) is not None


def _standing(
    job: JobResult, trail: Trail, answers: Mapping[str, Execution | ProviderError]
) -> JobStanding:
    match trail:
        case Settled():
            return JobStanding(job, job.status, job.reason, arn=job.execution_arn)
        case Lost(reason):
            return JobStanding(job, Status.UNKNOWN, reason, arn=job.execution_arn)
        case Asked():
            return _answered(job, trail, answers[trail.arn])
        case _:
            assert_never(trail)


def _answered(job: JobResult, asked: Asked, answer: Execution | ProviderError) -> JobStanding:
    match answer:
        case NotFound():
            if asked.is_seen:
                return JobStanding(job, Status.UNKNOWN, FORGOTTEN, arn=asked.arn)
            return JobStanding(job, Status.PENDING, NOT_BEGUN)
        case ProviderError():
            reason = f"how it is can't be told: {answer}"
            return JobStanding(job, Status.UNKNOWN, reason, arn=asked.arn)
        case _:
            return JobStanding(job, status_of(answer), _said_of(answer), answer, arn=asked.arn)


def _said_of(execution: Execution) -> str:
    now = status_of(execution)
    if now is Status.UNKNOWN:
        return f"its status is {execution.raw_status}, which is not known"
    return _LOCKED if now.is_bad and not execution.detailed else ""


def _waiting(each: JobStanding, now: Mapping[str, Status]) -> JobStanding:
    """A pending job with what it waits for: what came to an end meanwhile is no longer that."""
    needs = {need: now[need] for need in each.job.needs if need in now}
    waits_for = tuple(need for need, status in needs.items() if status.is_open)
    bad = [need for need, status in needs.items() if status.is_bad]
    if waits_for:
        reason = ""
    elif bad:
        reason = f"{bad[0]} {now[bad[0]].value}: apply again decides what follows"
    elif each.reason == NOT_BEGUN:
        reason = f"{NOT_BEGUN}: {_GOES_ON}"
    else:
        reason = _GOES_ON
    return JobStanding(each.job, each.now, reason, waits_for=waits_for)
