"""What an earlier execution of a job was sent, and what it left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner import parameters, values
from runner.model import Direction

if TYPE_CHECKING:
    from runner.plan.types import PlannedJob
    from runner.provider import Execution
    from runner.values import Json


def sent_to(execution: Execution) -> dict[str, Json] | None:
    """The input of an execution that was described, None where it can't be read."""
    try:
        found = values.parse(execution.input) if execution.input is not None else None
    except values.NotJson:
        return None
    return found if isinstance(found, dict) else None


def handed_on(job: PlannedJob, execution: Execution) -> dict[str, Json]:
    """The outputs of an execution that succeeded and was described, by parameter.

    An inout parameter that the output lacks keeps the value that was sent then.
    """
    taken = parameters.take(job.parameters, execution.output).outputs
    sent = sent_to(execution) or {}
    kept = {
        each.name: sent[each.name]
        for each in job.parameters
        if each.direction is Direction.INOUT and each.name in sent
    }
    return {**kept, **taken}


def carried_on(job: PlannedJob, execution: Execution) -> dict[str, Json]:
    """The values that a success left of the parameters that are carried."""
    left = handed_on(job, execution)
    return {
        each.name: left[each.name] for each in job.parameters if each.carry and each.name in left
    }
