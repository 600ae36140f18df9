"""Executions as they really are, and as the service shows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from runner import values
from runner.model import ParameterType
from runner.provider import Execution, ExecutionStatus
from tests.fakes import EPOCH

if TYPE_CHECKING:
    from runner.plan import PlannedJob
    from runner.provider import StartRequest
    from runner.values import Json

BEGINS = 1000.0
"""Seconds of the simulated clock at EPOCH."""


def wall(seconds: float) -> datetime:
    """The service's time of day."""
    return EPOCH + timedelta(seconds=seconds - BEGINS)


@dataclass(frozen=True, slots=True)
class Change:
    """How an execution is from a moment on."""

    at: float
    status: str
    redrives: int = 0
    output: str | None = None
    error: str | None = None
    cause: str | None = None


@dataclass(slots=True)
class Life:
    """One execution. `changes` are in their order, and those to come stand among them.

    `by` is who started it: a run, or others. It can be described from `visible_at` on and until
    `gone_at`; lists show it from `listed_at` on, as it was `lag` seconds before. From
    `redriven_at` until `shown_at` it is shown as it was before its last redrive.
    """

    arn: str
    request: StartRequest
    by: str
    began: float
    changes: list[Change]
    visible_at: float = 0.0
    listed_at: float = 0.0
    lag: float = 0.0
    gone_at: float = float("inf")
    redriven_at: float = float("inf")
    shown_at: float = 0.0
    tokens: set[str] = field(default_factory=set)
    stopped_by: str = ""

    @property
    def name(self) -> str:
        return self.request.name

    @property
    def end(self) -> float:
        """When it ends, as things are."""
        return self.changes[-1].at

    def at(self, moment: float) -> Change:
        """How it is at a moment."""
        found = self.changes[0]
        for change in self.changes:
            if change.at <= moment:
                found = change
        return found

    def runs(self, moment: float) -> bool:
        return self.at(moment).status == "RUNNING"

    def stop(self, moment: float, error: str, cause: str, by: str) -> None:
        """Stop it, where it runs; what has ended stays as it is."""
        now = self.at(moment)
        if now.status != "RUNNING":
            return
        self.changes = [change for change in self.changes if change.at <= moment]
        self.changes.append(Change(moment, "ABORTED", now.redrives, None, error, cause))
        self.stopped_by = by

    def redrive(self, moment: float, end: Change, *, lag: float) -> None:
        """Have it go on, to another end."""
        redrives = self.at(moment).redrives + 1
        self.changes.append(Change(moment, "RUNNING", redrives))
        self.changes.append(end)
        self.redriven_at, self.shown_at = moment, moment + lag
        self.stopped_by = ""

    def described(self, now: float, skew: float) -> Execution:
        """As a description tells it."""
        before = self.redriven_at <= now < self.shown_at
        return self._told(self.at(self.redriven_at - 1e-6 if before else now), skew)

    def row(self, now: float, skew: float) -> Execution:
        """As a list tells it, which may be as it was."""
        told = self._told(self.at(max(self.began, now - self.lag)), skew)
        return Execution(
            told.arn,
            told.name,
            told.status,
            told.raw_status,
            told.started_at,
            told.stopped_at,
            redrive_count=told.redrive_count,
            detailed=False,
        )

    def _told(self, change: Change, skew: float) -> Execution:
        known = change.status in ExecutionStatus.__members__
        status = ExecutionStatus(change.status) if known else ExecutionStatus.UNRECOGNISED
        ended = not status.is_running
        return Execution(
            arn=self.arn,
            name=self.name,
            status=status,
            raw_status=change.status,
            started_at=wall(self.began + skew),
            stopped_at=wall(change.at + skew) if ended else None,
            input=self.request.input,
            output=change.output,
            error=change.error,
            cause=change.cause,
            redrive_count=change.redrives,
        )


def left_of(job: PlannedJob, output: str | None) -> Json:
    """What a job's output `x` is by the output of its execution, None where it has none."""
    found = values.parse(output) if output is not None else None
    value = found.get("x") if isinstance(found, dict) else None
    declared = next((one for one in job.parameters if one.name == "x"), None)
    if declared is None:
        return None
    is_words = isinstance(value, str)
    return None if is_words and declared.type is ParameterType.INTEGER else value


def lacks_required(job: PlannedJob, output: str | None) -> bool:
    """Tell whether an output that the job requires is not there."""
    required = any(one.required for one in job.parameters)
    return required and left_of(job, output) is None
