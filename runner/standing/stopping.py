"""Which executions of a run to stop, and what came of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from runner.errors import NotFound, ProviderError, Transient
from runner.results import STOP_ERROR, RunStatus
from runner.standing.asking import Asked, Lost
from runner.standing.telling import FORGOTTEN, NOT_BEGUN, is_fixed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from runner.provider import Execution
    from runner.results import RunResults
    from runner.standing.asking import Trail

SHOWN_WITHIN = timedelta(minutes=1)
"""For so long after its beginning an execution may be out of sight: what AWS shows lags."""

NO_ANSWER = Transient("interrupted before the stop was answered")
"""In place of an answer, where an interrupt came before it."""

_ADOPTED = "another run started it; --adopted stops it as well"
_NOT_SENT = "interrupted before it was asked to stop"
_UNANSWERED = "interrupted: it is not known whether it was stopped"
_HIDDEN = "it began only now, and Step Functions does not show it yet: stop again in a minute"


class Result(StrEnum):
    """What came of the wish to stop an execution."""

    STOPPED = "stopped"
    ENDED = "ended"
    """It had ended by itself, or someone else had stopped it."""
    NOT_BEGUN = "not_begun"
    """It was about to be started, and Step Functions does not know it."""
    LEFT = "left"
    NOT_STOPPED = "not_stopped"
    """It may still run."""


@dataclass(frozen=True, slots=True)
class Target:
    """One execution that is to be stopped.

    `is_seen` as in Asked. `began` is when it began, or when the run did that was to start it.
    """

    job: str
    platform: str
    arn: str
    is_seen: bool = True
    began: datetime | None = None

    def may_be_hidden(self, now: datetime) -> bool:
        """Tell whether it began so lately that it may be out of sight."""
        return self.began is not None and now - self.began < SHOWN_WITHIN


@dataclass(frozen=True, slots=True)
class Left:
    """A job whose execution is left alone though it may run, and why.

    With `is_refused`, it is the results file that can't be believed. With a platform, it can be
    looked at whether it runs.
    """

    job: str
    reason: str
    arn: str | None = None
    is_refused: bool = False
    platform: str | None = None

    @property
    def result(self) -> Result:
        """What that comes to."""
        return Result.NOT_STOPPED if self.is_refused else Result.LEFT


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be stopped, and what is left alone, each in the order of the results."""

    targets: tuple[Target, ...] = ()
    left: tuple[Left, ...] = ()


@dataclass(frozen=True, slots=True)
class Stopped:
    """What came of one. `execution` is how it was seen last.

    `runs_on` tells of one that was left alone that it runs, or may.
    """

    job: str
    result: Result
    reason: str = ""
    arn: str | None = None
    execution: Execution | None = None
    runs_on: bool = False


@dataclass(frozen=True, slots=True)
class Stops:
    """What came of all, whether that was interrupted, and whether all that began is known."""

    results: RunResults
    jobs: tuple[Stopped, ...]
    interrupted: bool = False
    is_whole: bool = True

    @property
    def counts(self) -> Mapping[Result, int]:
        """Jobs by what came of the wish, of those that occur."""
        counted = Counter(each.result for each in self.jobs)
        return {result: counted[result] for result in Result if counted[result]}

    @property
    def may_start_more(self) -> bool:
        """Tell whether the file is of a run that may go on, and start what waits."""
        return self.results.status is RunStatus.RUNNING

    @property
    def exit_code(self) -> int:
        """130 interrupted; 1 something was not stopped; 4 what another run started runs on; 0."""
        if self.interrupted:
            return 130
        if Result.NOT_STOPPED in self.counts or not self.is_whole:
            return 1
        return 4 if any(each.runs_on for each in self.jobs) else 0


def is_named(job: str, patterns: Iterable[str]) -> bool:
    """Tell whether one of the patterns (`*`, `?`) names the job."""
    return any(fnmatchcase(job, pattern) for pattern in patterns)


def choose(
    results: RunResults,
    trails: Mapping[str, Trail],
    *,
    patterns: Sequence[str] = (),
    adopted: bool = False,
) -> Choice:
    """What to stop of the jobs that one of the patterns (`*`, `?`) names; without any, of all."""
    targets: list[Target] = []
    left: list[Left] = []
    for job in results.jobs:
        if patterns and not is_named(job.name, patterns):
            continue
        newest, trail = job.newest, trails[job.name]
        if isinstance(trail, Lost):
            left.append(Left(job.name, trail.reason, job.execution_arn, trail.is_refused))
        elif isinstance(trail, Asked) and newest is not None:
            if newest.adopted and not adopted:
                left.append(Left(job.name, _ADOPTED, trail.arn, platform=trail.platform))
            else:
                began = newest.started_at or results.ended_at or results.started_at
                targets.append(Target(job.name, trail.platform, trail.arn, trail.is_seen, began))
    return Choice(tuple(targets), tuple(left))


def conclude(
    results: RunResults,
    choice: Choice,
    *,
    sent: Mapping[str, ProviderError | None],
    seen: Mapping[str, Execution | ProviderError],
    now: datetime,
    interrupted: bool = False,
    is_whole: bool = True,
) -> Stops:
    """What came of everything that was to be stopped.

    `sent` holds, by ARN, how the call to stop each went: None where it was taken, nothing
    where it was not sent. `seen` is how each looked afterwards, at `now`. `is_whole` is False
    where more may have begun than the results tell.
    """
    came = {
        target.job: _came(target, sent, seen.get(target.arn), now, interrupted=interrupted)
        for target in choice.targets
    }
    came |= {each.job: _left(each, seen.get(each.arn or "")) for each in choice.left}
    ordered = tuple(came[job.name] for job in results.jobs if job.name in came)
    return Stops(results, ordered, interrupted, is_whole)


def without_errors(stops: Stops) -> Stops:
    """The same without the errors that a machine's author named, which may hold secrets."""
    return replace(stops, jobs=tuple(map(_without_error, stops.jobs)))


def _without_error(each: Stopped) -> Stopped:
    seen = each.execution
    if seen is None or seen.error is None or is_fixed(seen.error):
        return each
    return replace(each, execution=replace(seen, error=None))


def _left(each: Left, seen: Execution | ProviderError | None) -> Stopped:
    if isinstance(seen, NotFound):
        return Stopped(each.job, Result.ENDED, FORGOTTEN, each.arn)
    if seen is None or isinstance(seen, ProviderError) or seen.status.is_running:
        runs_on = each.platform is not None
        return Stopped(each.job, each.result, each.reason, each.arn, runs_on=runs_on)
    return Stopped(each.job, Result.ENDED, "", each.arn, seen)


def _came(
    target: Target,
    sent: Mapping[str, ProviderError | None],
    seen: Execution | ProviderError | None,
    now: datetime,
    *,
    interrupted: bool,
) -> Stopped:
    fault = sent.get(target.arn)
    if target.arn not in sent:
        result, reason, execution = Result.NOT_STOPPED, _NOT_SENT, None
    elif isinstance(seen, ProviderError) or seen is None:
        result, reason = _unseen(target, fault, seen, now, interrupted=interrupted)
        execution = None
    elif seen.status.is_running:
        result, reason, execution = Result.NOT_STOPPED, _why(fault), seen
    else:
        result, reason, execution = _ended(seen), "", seen
    return Stopped(target.job, result, reason, target.arn, execution)


def is_unknown(fault: ProviderError | None, seen: object) -> bool:
    """Tell whether Step Functions says that it does not know an execution (yet)."""
    return isinstance(fault, NotFound) or (fault is None and isinstance(seen, NotFound))


def _ended(seen: Execution) -> Result:
    """A stop of ours shows by its error; where none is told, as by a list, it counts as ours."""
    is_ours = seen.error in (STOP_ERROR, None)
    return Result.STOPPED if seen.status == "ABORTED" and is_ours else Result.ENDED


def _why(fault: ProviderError | None) -> str:
    if fault is None:
        return "it was asked to stop, and still runs"
    return _UNANSWERED if fault is NO_ANSWER else f"could not be stopped: {fault}"


def _unseen(
    target: Target,
    fault: ProviderError | None,
    seen: ProviderError | None,
    now: datetime,
    *,
    interrupted: bool,
) -> tuple[Result, str]:
    if is_unknown(fault, seen):
        if target.may_be_hidden(now):
            return Result.NOT_STOPPED, _HIDDEN
        return (Result.ENDED, FORGOTTEN) if target.is_seen else (Result.NOT_BEGUN, NOT_BEGUN)
    if fault is not None:
        return Result.NOT_STOPPED, _why(fault)
    if seen is None and interrupted:
        return Result.NOT_STOPPED, "it was asked to stop; interrupted before its end was seen"
    return Result.NOT_STOPPED, f"it was asked to stop; its end could not be seen: {seen}"
