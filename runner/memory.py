"""What Step Functions remembers of a job, and what that makes of its next run. Pure.

Planning and running ask the same question with the same answer: is this work done, under way,
to be tried again, or new?
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from runner import identity
from runner.model import RunPolicy
from runner.provider import ExecutionStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from runner.identity import Name
    from runner.provider import Execution, History

KEPT = timedelta(days=90)
"""For how long Step Functions keeps an execution after it closed.

https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""


CLOCKS_DIFFER = timedelta(minutes=15)
"""How far two clocks may be apart: AWS turns away a call that is signed with a later time."""


LATELY = timedelta(hours=1)
"""More than what is shown may lag, and clocks may differ."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An earlier execution of a job, with its name read.

    `lacks` tells in words which required outputs it left out, where it was described: then it
    succeeded for Step Functions, and failed for the job.
    """

    name: Name
    execution: Execution
    lacks: str = ""

    @property
    def succeeded(self) -> bool:
        """Tell whether its work is done."""
        return self.execution.status is ExecutionStatus.SUCCEEDED and not self.lacks

    @property
    def may_change(self) -> bool:
        """Tell whether it runs, or is in a state that is not known here."""
        return _may_change(self.execution)


@dataclass(frozen=True, slots=True)
class Past:
    """The earlier executions of one job, newest first.

    `rows` is how many executions of its machine were looked at; with `complete` there are no
    older ones. `problem` says why nothing could be looked at.
    """

    seen: tuple[Seen, ...] = ()
    rows: int = 0
    complete: bool = True
    problem: str | None = None

    @property
    def newest(self) -> Seen | None:
        """The newest execution, whatever its work was."""
        return self.seen[0] if self.seen else None

    @property
    def newest_success(self) -> Seen | None:
        """The newest execution that succeeded, whatever its work was."""
        return next((one for one in self.seen if one.succeeded), None)

    @property
    def source(self) -> Seen | None:
        """The execution whose watermark is carried on.

        Where no success is remembered, the newest execution tells: it was sent what the newest
        success before it had left.
        """
        return self.newest_success or self.newest

    def added(self, *executions: Execution) -> Past:
        """The same past with executions as they are now. Those of other names are left out.

        A list may lag behind and say of one that has ended that it runs; and it tells less than
        a description. Neither is taken for news.
        """
        known = {one.execution.arn: one for one in self.seen}
        new: dict[str, Seen] = {}
        for execution in executions:
            name = identity.read_name(execution.name)
            before = known.get(execution.arn)
            if before is not None and not _is_old_news(execution, before.execution):
                known[execution.arn] = replace(before, execution=execution)
            elif before is None and name is not None:
                new[execution.arn] = Seen(name, execution)
        return replace(self, seen=_newest_first((*new.values(), *known.values())))

    def without(self, arn: str) -> Past:
        """The same past without an execution, which the service has forgotten."""
        return replace(self, seen=tuple(one for one in self.seen if one.execution.arn != arn))

    def lacking(self, arn: str, lacks: str) -> Past:
        """The same past with an execution of which it is known what it left out."""
        seen = (replace(one, lacks=lacks) if one.execution.arn == arn else one for one in self.seen)
        return replace(self, seen=tuple(seen))

    def knows_newer(self, execution: Execution) -> bool:
        """Tell whether an execution was seen that began after this one."""
        began = execution.started_at
        times = (one.execution.started_at for one in self.seen)
        return began is not None and any(time is not None and time > began for time in times)


@dataclass(frozen=True, slots=True)
class Memory:
    """The pasts of a plan's jobs by name, as they were at `looked_at`, in the run's seconds."""

    pasts: Mapping[str, Past]
    looked_at: float


def pasts(history: History, tags: Iterable[str]) -> Mapping[str, Past]:
    """A machine's history by the tag of the job."""
    found: dict[str, dict[str, Seen]] = {tag: {} for tag in tags}
    for execution in history.executions:
        name = identity.read_name(execution.name)
        if name is not None and name.tag in found:
            found[name.tag].setdefault(execution.arn, Seen(name, execution))
    return {
        tag: Past(_newest_first(seen.values()), history.rows, history.complete, history.problem)
        for tag, seen in found.items()
    }


@dataclass(frozen=True, slots=True)
class Work:
    """What a job would do now. `fingerprints` begins with that of the present scheme.

    `run` is how the run stands in the execution's name, 0 where it does not. `not_before` is
    when the newest execution of its needs began: what began earlier was other work, even under
    the same name, as a need that was forgotten runs again under the name that it had.
    """

    fingerprints: tuple[str, ...]
    policy: RunPolicy
    run: str = "0"
    retried: bool = True
    not_before: datetime | None = None

    @property
    def is_of_run(self) -> bool:
        """Tell whether only executions of this very run count."""
        return self.run != "0"

    def is_newer_than(self, execution: Execution) -> bool:
        """Tell whether a need ran again since an execution of this name began, on change."""
        if self.not_before is None or self.is_of_run or self.policy is RunPolicy.ONCE:
            return False
        return execution.started_at is not None and execution.started_at < self.not_before


class Why(StrEnum):
    """Why an execution is started."""

    NEVER = "never run"
    CHANGED = "changed"
    REVERTED = "reverted"
    FAILED = "failed"
    EVERY_RUN = "every run"


@dataclass(frozen=True, slots=True)
class UpToDate:
    """The work is done, by this execution."""

    execution: Execution


@dataclass(frozen=True, slots=True)
class UnderWay:
    """The work is being done, by this execution."""

    execution: Execution


@dataclass(frozen=True, slots=True)
class LeftFailed:
    """The work failed, and is not to be tried again."""

    execution: Execution


@dataclass(frozen=True, slots=True)
class ToStart:
    """The work is to be started, as this attempt at it.

    `newest` is the job's newest execution so far. `after` is one that still runs, of other
    work of the same job, and has to end first.
    """

    attempt: int
    why: Why
    newest: Execution | None = None
    after: Execution | None = None


Verdict = UpToDate | UnderWay | LeftFailed | ToStart


def decide(past: Past, work: Work) -> Verdict:
    """Tell what a job's past makes of its work.

    On change, the newest execution has to be of this work, so that a change that is reverted
    runs again; once, any success of this work counts; and of a run that is in the name, only
    its own executions do.
    """
    named = [one for one in past.seen if _is_named(one, work)]
    mine = [one for one in named if not work.is_newer_than(one.execution)]
    known = {one.execution.arn for one in mine}
    others = (one for one in past.seen if one.execution.arn not in known)
    running = next((one for one in mine if one.may_change), None)
    if running is not None:
        return UnderWay(running.execution)
    decisive = _decisive(past, work, mine)
    if decisive is not None and decisive.succeeded:
        return UpToDate(decisive.execution)
    if decisive is not None and not work.retried:
        return LeftFailed(decisive.execution)
    newest = past.newest
    return ToStart(
        attempt=1 + max((one.name.attempt for one in named if one.name.run == work.run), default=0),
        why=_why(past, work, mine, decisive),
        newest=newest.execution if newest else None,
        after=next((one.execution for one in others if one.may_change), None),
    )


def newcomer(before: Past, now: Past, work: Work, own: Iterable[str] = ()) -> Execution | None:
    """An execution of other work of the job that began after `before` was looked up.

    `own` are the ARNs of those that this very run started. A list may lag, so one that is
    older than what was known then is no newcomer.
    """
    known = {*own, *(one.execution.arn for one in before.seen)}
    for one in now.seen:
        if one.execution.arn in known or one.name.fingerprint in work.fingerprints:
            continue
        if not before.knows_newer(one.execution):
            return one.execution
    return None


def not_before(began: Iterable[tuple[datetime | None, bool]]) -> datetime | None:
    """When the newest of the needs' executions began, for the field of Work.

    Each moment comes with whether its platform, and so its clock, is the job's own; another
    clock is given some minutes.
    """
    return newest_of(
        moment if is_same_clock or moment is None else moment - CLOCKS_DIFFER
        for moment, is_same_clock in began
    )


def newest_of(moments: Iterable[datetime | None]) -> datetime | None:
    """The latest of moments, of which some are not known; None where none is."""
    return max((each for each in moments if each is not None), default=None)


def latest(pasts: Iterable[Past]) -> datetime | None:
    """The latest time that is told of any execution: it is later now."""
    executions = [one.execution for past in pasts for one in past.seen]
    times = (time for each in executions for time in (each.started_at, each.stopped_at))
    return newest_of(times)


def remembered_until(execution: Execution) -> datetime | None:
    """Until when Step Functions keeps an execution that has closed."""
    return execution.stopped_at + KEPT if execution.stopped_at is not None else None


def _is_named(one: Seen, work: Work) -> bool:
    same_run = one.name.run == work.run or not work.is_of_run
    return same_run and one.name.fingerprint in work.fingerprints


def _decisive(past: Past, work: Work, mine: list[Seen]) -> Seen | None:
    """The execution that tells whether the work is done: None when the work is new."""
    if not mine:
        return None
    if work.is_of_run:
        return mine[0]
    if work.policy is RunPolicy.ONCE:
        return next((one for one in mine if one.succeeded), mine[0])
    return mine[0] if past.newest is mine[0] else None


def _why(past: Past, work: Work, mine: list[Seen], decisive: Seen | None) -> Why:
    if decisive is not None:
        return Why.FAILED
    if work.is_of_run:
        return Why.EVERY_RUN
    if past.newest is None:
        return Why.NEVER
    return Why.REVERTED if any(one.succeeded for one in mine) else Why.CHANGED


def _is_old_news(told: Execution, known: Execution) -> bool:
    """Tell whether what is told of an execution is older, or less, than what is known of it."""
    if told.started_at != known.started_at:
        return False
    if told.redrive_count != known.redrive_count:
        return told.redrive_count < known.redrive_count
    if _may_change(known):
        return False
    return _may_change(told) or (told.input is None and known.input is not None)


def _may_change(execution: Execution) -> bool:
    status = execution.status
    return status.is_running or status is ExecutionStatus.UNRECOGNISED


def _newest_first(seen: Iterable[Seen]) -> tuple[Seen, ...]:
    """By their beginnings; those that began at one moment stay as they stand."""
    return tuple(sorted(seen, key=_began, reverse=True))


def _began(one: Seen) -> float:
    began = one.execution.started_at
    return began.timestamp() if began is not None else 0.0
