"""What a job hands on when its execution has succeeded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner import parameters
from runner.model import Direction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.plan import PlannedJob
    from runner.values import Json


@dataclass(frozen=True, slots=True)
class Handed:
    """Outputs by parameter, those that are missing or do not fit, and why the job fails of it.

    An inout parameter that the output lacks keeps the value that was sent. `problem` is empty
    unless a required one is missing or does not fit.
    """

    outputs: Mapping[str, Json]
    missing: tuple[str, ...]
    misfits: tuple[tuple[str, str], ...]
    problem: str = ""


def hand_on(job: PlannedJob, sent: Mapping[str, Json], output: str | None) -> Handed:
    """Fill the output and inout parameters from an execution's output, as JSON text.

    `sent` is what that execution was given.
    """
    taken = parameters.take(job.parameters, output)
    outputs: dict[str, Json] = {}
    for parameter in job.parameters:
        if parameter.name in taken.outputs:
            outputs[parameter.name] = taken.outputs[parameter.name]
        elif parameter.direction is Direction.INOUT and parameter.name in sent:
            outputs[parameter.name] = sent[parameter.name]
    required = {parameter.name for parameter in job.parameters if parameter.required}
    problems = [
        *(f"the output has no {name!r}" for name in taken.missing if name in required),
        *(f"output {name!r}: {why}" for name, why in taken.misfits if name in required),
    ]
    return Handed(outputs, taken.missing, taken.misfits, "; ".join(problems))
