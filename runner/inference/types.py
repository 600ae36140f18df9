"""What a definition tells of its execution's input and output, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.parameters import ParameterType


@dataclass(frozen=True, slots=True)
class InferredInput:
    """A top-level property of the input that states read.

    `name` is any text that a definition may hold, not only one that a parameter may have.
    `type` is None where nothing shows it, or where what shows it disagrees. `places` names the
    first states that read it, and `path` is the text that does in the first of them, such as
    `$.day`. `is_optional` tells that a state asks whether it is there.
    """

    name: str
    type: ParameterType | None
    places: tuple[str, ...]
    path: str
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class InferredOutput:
    """A top-level property that a state puts into the output.

    `places` names the states in which executions end with it. `is_certain` tells that each end
    which succeeds has it.
    """

    name: str
    type: ParameterType | None
    places: tuple[str, ...]
    is_certain: bool


@dataclass(frozen=True, slots=True)
class Inferred:
    """Inputs in the order in which an execution meets them, outputs by name.

    `notes` say in a sentence each what could not be seen, such as a Task that takes the whole
    input.
    """

    inputs: tuple[InferredInput, ...] = ()
    outputs: tuple[InferredOutput, ...] = ()
    notes: tuple[str, ...] = ()
