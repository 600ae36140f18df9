"""Which executions of a run to stop, and what came of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from runner.errors import NotFound, ProviderError
from runner.results import STOP_ERROR, RunStatus
from runner.standing.asking import Asked, Lost
from runner.standing.telling import FORGOTTEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from runner.provider import Execution
    from runner.results import RunResults
    from runner.standing.asking import Trail

_ADOPTED = "another run started it; --adopted stops it as well"
_NOT_SENT = "interrupted before it was asked to stop"


class Result(StrEnum):
    """What came of the wish to stop an execution."""

    STOPPED = "stopped"
    ENDED = "ended"
    """It had ended by itself, or someone else had stopped it."""
    LEFT = "left"
    NOT_STOPPED = "not_stopped"
    """It may still run."""


@dataclass(frozen=True, slots=True)
class Target:
    """One execution that is to be stopped."""

    job: str
    platform: str
    arn: str


@dataclass(frozen=True, slots=True)
class Left:
    """A job whose execution is left alone though it may run, and why.

    With `is_refused`, it is the results file that can't be believed.
    """

    job: str
    reason: str
    arn: str | None = None
    is_refused: bool = False

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
    """What came of one. `execution` is how it was seen last."""

    job: str
    result: Result
    reason: str = ""
    arn: str | None = None
    execution: Execution | None = None


@dataclass(frozen=True, slots=True)
class Stops:
    """What came of all, and whether that was interrupted."""

    results: RunResults
    jobs: tuple[Stopped, ...]
    interrupted: bool = False

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
        """130 interrupted; 1 something could not be stopped; 0."""
        if self.interrupted:
            return 130
        return 1 if Result.NOT_STOPPED in self.counts else 0


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
                left.append(Left(job.name, _ADOPTED, trail.arn))
            else:
                targets.append(Target(job.name, trail.platform, trail.arn))
    return Choice(tuple(targets), tuple(left))


def conclude(
    results: RunResults,
    choice: Choice,
    *,
    sent: Mapping[str, ProviderError | None],
    seen: Mapping[str, Execution | ProviderError],
    interrupted: bool = False,
) -> Stops:
    """What came of everything that was to be stopped.

    `sent` holds, by ARN, how the call to stop each went: None where it was taken, nothing
    where it was not sent. `seen` is how each looked afterwards.
    """
    came = {
        target.job: _came(target, sent, seen.get(target.arn), interrupted=interrupted)
        for target in choice.targets
    }
    came |= {
        each.job: Stopped(each.job, each.result, each.reason, each.arn) for each in choice.left
    }
    ordered = tuple(came[job.name] for job in results.jobs if job.name in came)
    return Stops(results, ordered, interrupted)


def _came(
    target: Target,
    sent: Mapping[str, ProviderError | None],
    seen: Execution | ProviderError | None,
    *,
    interrupted: bool,
) -> Stopped:
    fault = sent.get(target.arn)
    if target.arn not in sent:
        result, reason, execution = Result.NOT_STOPPED, _NOT_SENT, None
    elif isinstance(seen, ProviderError) or seen is None:
        result, reason = _unseen(fault, seen, interrupted=interrupted)
        execution = None
    elif seen.status.is_running:
        why = f"could not be stopped: {fault}" if fault else "it was asked to stop, and still runs"
        result, reason, execution = Result.NOT_STOPPED, why, seen
    else:
        result, reason, execution = _ended(seen), "", seen
    return Stopped(target.job, result, reason, target.arn, execution)


def _ended(seen: Execution) -> Result:
    """A stop of ours shows by its error; where none is told, as by a list, it counts as ours."""
    is_ours = seen.error in (STOP_ERROR, None)
    return Result.STOPPED if seen.status == "ABORTED" and is_ours else Result.ENDED


def _unseen(
    fault: ProviderError | None, seen: ProviderError | None, *, interrupted: bool
) -> tuple[Result, str]:
    if isinstance(fault, NotFound) or (fault is None and isinstance(seen, NotFound)):
        return Result.ENDED, FORGOTTEN
    if fault is not None:
        return Result.NOT_STOPPED, f"could not be stopped: {fault}"
    if seen is None and interrupted:
        return Result.NOT_STOPPED, "it was asked to stop; interrupted before its end was seen"
    return Result.NOT_STOPPED, f"it was asked to stop; its end could not be seen: {seen}"
