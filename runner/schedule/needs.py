"""What becomes of a job once everything that it needs has settled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from runner import expressions
from runner.expressions import EvaluationError
from runner.model import Trigger
from runner.results import Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runner.plan import PlannedJob
    from runner.schedule.jobs import JobState
    from runner.values import Json

_SAID = {
    Status.FAILED: "failed",
    Status.CANCELLED: "was cancelled",
    Status.UNKNOWN: "is unknown",
    Status.SKIPPED: "was skipped",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """PENDING: the job may run. Any other status: it settles so, for this reason."""

    status: Status
    reason: str = ""


RUN = Verdict(Status.PENDING)


def said(need: JobState) -> str:
    """A settled need in words, such as `extract failed`."""
    return f"{need.name} {_SAID.get(need.status, need.status.value)}"


def weigh_needs(trigger: Trigger, needs: Sequence[JobState]) -> Verdict:
    """Tell what the trigger makes of needs that have all settled."""
    match trigger:
        case Trigger.ALL_FINISHED:
            return RUN
        case Trigger.ANY_FAILED:
            if any(need.ancestor_failed or need.status.is_bad for need in needs):
                return RUN
            return Verdict(Status.SKIPPED, "nothing that it needs failed")
        case Trigger.ALL_SUCCEEDED:
            bad = [need for need in needs if not need.status.is_success]
            worst = next((need for need in bad if need.status.is_bad), bad[0] if bad else None)
            return RUN if worst is None else Verdict(Status.SKIPPED, said(worst))
        case _:
            assert_never(trigger)


def weigh_condition(job: PlannedJob, context: Mapping[str, Json]) -> Verdict:
    """Tell what the job's `if` says. It must yield a boolean; anything else fails the job."""
    condition = job.condition
    if condition is None or condition is True:
        return RUN
    if condition is False:
        return Verdict(Status.SKIPPED, "if: false")
    try:
        value = expressions.evaluate(condition, context)
    except EvaluationError as error:
        return Verdict(Status.FAILED, f"if: {error}")
    if value is True:
        return RUN
    if value is False:
        return Verdict(Status.SKIPPED, f"if: {condition.text.strip()} is false")
    return Verdict(
        Status.FAILED, f"if: {condition.text.strip()} yields {_kind(value)}, not true or false"
    )


def _kind(value: Json) -> str:
    match value:
        case None:
            return "null"
        case str():
            return "a string"
        case list():
            return "an array"
        case dict():
            return "an object"
        case _:
            return "a number"
