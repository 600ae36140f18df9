"""Values of parameters: what an author wrote, typed, sent, and taken from an output."""

from runner.parameters.conversion import convert, shown
from runner.parameters.literals import Label, constant, fault, faults, literal
from runner.parameters.spellings import meanings, offer
from runner.parameters.taking import Takeable, Taken, take
from runner.parameters.types import Direction, Misfit, ParameterType

__all__ = [
    "Direction",
    "Label",
    "Misfit",
    "ParameterType",
    "Takeable",
    "Taken",
    "constant",
    "convert",
    "fault",
    "faults",
    "literal",
    "meanings",
    "offer",
    "shown",
    "take",
]
