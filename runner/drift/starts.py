"""Which jobs would run though they are not meant to run every time."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from runner.drift.types import WouldRun
from runner.expressions import Expression, VariableReference
from runner.model import LocalPlatform, RunPolicy, Trigger
from runner.plan import KNOWN_AFTER_APPLY, Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runner.memory import Past
    from runner.plan import InputChange, Plan, PlannedJob
    from runner.values import Json

_UNSEEN = "never run"
_FAILED = "its newest execution did not succeed"
_CHANGED = "its input changed"


class _Stand(Enum):
    """How a job stands."""

    AT_REST = auto()
    BY_DESIGN = auto()
    """It runs, or may run, in every apply, or follows one that does."""
    UNDER_WAY = auto()
    DRIFTED = auto()


def would_run(
    plan: Plan, pasts: Mapping[str, Past]
) -> tuple[tuple[WouldRun, ...], tuple[PlannedJob, ...]]:
    """The jobs that drifted, and those that are being run or wait for such a one.

    A job that runs only because one before it runs every time has not drifted, and neither
    has one that waits for an `if`, a trigger or an Express output: each apply decides anew.
    """
    judge = _Judge(plan, pasts)
    for job in plan.jobs:
        judge.add(job)
    return tuple(judge.drifted), tuple(judge.under_way)


class _Judge:
    """Judges jobs one after the other, each after its needs."""

    def __init__(self, plan: Plan, pasts: Mapping[str, Past]) -> None:
        self.drifted: list[WouldRun] = []
        self.under_way: list[PlannedJob] = []
        self._pasts = pasts
        self._local = {
            name for name, each in plan.platforms.items() if isinstance(each, LocalPlatform)
        }
        self._per_run = {each.name for each in plan.late_variables if each.per_run}
        self._stands: dict[str, _Stand] = {}
        self._gated: set[str] = set()

    def add(self, job: PlannedJob) -> None:
        """Judge one job."""
        if self._is_gated(job):
            self._gated.add(job.name)
        reason = job.reason
        stand = self._stand(job)
        if stand is _Stand.BY_DESIGN and job.action is Action.DECIDE_LATER:
            certain = self._certain(job)
            if certain is not None:
                stand, reason = _Stand.DRIFTED, certain
        self._stands[job.name] = stand
        if not job.is_selected:
            return
        if stand is _Stand.DRIFTED:
            self.drifted.append(WouldRun(job, reason))
        elif stand is _Stand.UNDER_WAY:
            self.under_way.append(job)

    def _stand(self, job: PlannedJob) -> _Stand:
        before = {self._stands[need] for need in job.needs if need in self._stands}
        match job.action:
            case Action.UP_TO_DATE | Action.SKIP:
                return _Stand.AT_REST
            case Action.ADOPT:
                return _Stand.UNDER_WAY
            case Action.RUN | Action.RETRY:
                if job.runs_every_time or job.platform in self._local:
                    return _Stand.BY_DESIGN
                return _after(before) or self._of_itself(job)
            case Action.DECIDE_LATER:
                return _Stand.UNDER_WAY if _Stand.UNDER_WAY in before else _Stand.BY_DESIGN

    def _of_itself(self, job: PlannedJob) -> _Stand:
        """A job that would run with nothing running before it."""
        if job.action is Action.RUN and self._only_per_run(job):
            return _Stand.BY_DESIGN
        return _Stand.DRIFTED

    def _only_per_run(self, job: PlannedJob) -> bool:
        """Tell whether all that changed are variables that change with every run by design.

        That an alias or a version was put in the place of another is a change as well.
        """
        past = self._pasts.get(job.name)
        newest = past.newest if past is not None else None
        if newest is not None and job.machine.qualifier not in (
            newest.execution.alias,
            newest.execution.version,
        ):
            return False
        uses = {
            each.name: {
                one.name for one in each.template.references if isinstance(one, VariableReference)
            }
            for each in job.parameters
            if each.template is not None
        }
        changes = _changes(job)
        return bool(changes) and all(
            self._per_run & uses.get(change.parameter, set()) and not change.is_new
            for change in changes
        )

    def _is_gated(self, job: PlannedJob) -> bool:
        """Tell whether a trigger or an `if` may yet keep the job from running."""
        if isinstance(job.condition, Expression) or job.trigger is Trigger.ANY_FAILED:
            return True
        return job.trigger is Trigger.ALL_SUCCEEDED and not self._gated.isdisjoint(job.needs)

    def _certain(self, job: PlannedJob) -> str | None:
        """Why a job will run in any case, though its input waits for outputs; else None."""
        if job.name in self._gated:
            return None
        before = next(
            (need for need in job.needs if self._stands.get(need) is _Stand.DRIFTED), None
        )
        return f"after {before}" if before else self._certain_of_itself(job)

    def _certain_of_itself(self, job: PlannedJob) -> str | None:
        past = self._pasts.get(job.name)
        if past is None or past.problem is not None:
            return None
        if past.newest is None:
            return _UNSEEN if past.complete else None
        if any(one.may_change for one in past.seen):
            return None
        if job.run is RunPolicy.ONCE:
            never = past.newest_success is None and past.complete
            return _FAILED if never else None
        if not past.newest.succeeded:
            return _FAILED
        changed = any(not _waits(change.now) for change in _changes(job))
        return _CHANGED if changed and not self._only_per_run(job) else None


def _after(before: Iterable[_Stand]) -> _Stand | None:
    """How a job stands that would run: None when nothing before it runs."""
    return next(
        (
            stand
            for stand in (_Stand.DRIFTED, _Stand.UNDER_WAY, _Stand.BY_DESIGN)
            if stand in before
        ),
        None,
    )


def _changes(job: PlannedJob) -> list[InputChange]:
    """The changes that make the work another: what is carried on is no part of it."""
    carried = {each.name for each in job.parameters if each.carry}
    return [change for change in job.changes if change.parameter not in carried]


def _waits(value: Json) -> bool:
    """Tell whether a value as it is shown holds something that is not known yet."""
    match value:
        case str():
            return KNOWN_AFTER_APPLY in value
        case list():
            return any(map(_waits, value))
        case dict():
            return any(map(_waits, value.values()))
        case _:
            return False
