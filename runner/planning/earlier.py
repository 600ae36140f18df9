"""What an earlier execution of a job was sent, and what it handed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner import inputs, parameters
from runner.model import Direction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.plan.types import PlannedJob
    from runner.provider import Execution
    from runner.values import Json


def sent_to(execution: Execution) -> Mapping[str, Json] | None:
    """The input of an execution that was described, None where it was not told."""
    return inputs.sent_in(execution.input) if execution.input is not None else None


def handed_on(job: PlannedJob, execution: Execution) -> dict[str, Json]:
    """The outputs of an execution that succeeded and was described, by parameter.

    An inout parameter that the output lacks keeps the value that was sent then.
    """
    taken = parameters.take(job.parameters, execution.output).outputs
    sent = inputs.sent_in(execution.input)
    kept = {
        each.name: sent[each.name]
        for each in job.parameters
        if each.direction is Direction.INOUT and each.name in sent
    }
    return {**kept, **taken}


def carried_on(job: PlannedJob, execution: Execution) -> Mapping[str, Json]:
    """What a success that was described left of the carried parameters. Raises InputError."""
    return inputs.carried(job, execution.input, execution.output)
