"""Values of parameters: what an author wrote, typed, sent, and taken from an output."""

from runner.parameters.conversion import convert, shown
from runner.parameters.faults import MAX_FAULTS, Label, fault, faults, too_many_faults
from runner.parameters.literals import HALF_HELP, constant, literal
from runner.parameters.spellings import meanings, offer
from runner.parameters.taking import Takeable, Taken, take
from runner.parameters.types import Direction, Misfit, ParameterType

__all__ = [
    "HALF_HELP",
    "MAX_FAULTS",
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
    "too_many_faults",
]
