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


def lacks(job: PlannedJob, execution: Execution) -> str:
    """In words, the required outputs that a described execution left out; empty for none.

    No value is told, as it may be sensitive.
    """
    taken = parameters.take(job.parameters, execution.output)
    required = {each.name for each in job.parameters if each.required}
    found = [f"without the required output {name!r}" for name in taken.missing if name in required]
    found += [
        f"with a required output {name!r} that does not fit"
        for name, _ in taken.misfits
        if name in required
    ]
    return f"succeeded {' and '.join(found)}" if found else ""


def carried_on(job: PlannedJob, execution: Execution) -> Mapping[str, Json]:
    """What an execution that was described left of the carried parameters. Raises InputError."""
    return inputs.carried(job, execution.input, execution.output)
