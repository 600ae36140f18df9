"""What was seen of the input while a definition was followed: who read what, and as what."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Final, TypeAlias

from runner.inference.types import InferredInput
from runner.parameters import ParameterType

if TYPE_CHECKING:
    from runner.inference.shapes import Shape, Source

MAX_INPUTS: Final = 1_000
MAX_WORK: Final = 400_000
_MAX_PLACES: Final = 5
_MAX_NOTES: Final = 50
_MAX_TEXT: Final = 100


class Exhausted(Exception):
    """The definition takes more work than is spent on one."""


class Question(Enum):
    """What a state asks about a value: whether it is there, or of which kind it is, such as null.

    A value that is asked for its kind may be of several.
    """

    PRESENCE = auto()
    KIND = auto()


@dataclass(frozen=True, slots=True)
class Tested:
    """A state asks whether a value is of a type: it may be of another, too."""

    type: ParameterType


Use: TypeAlias = "ParameterType | Tested | Question | None"
"""How a value is used: as one of the type, or to ask something about it."""


@dataclass(slots=True)
class _Seen:
    path: str
    places: dict[str, None] = field(default_factory=dict)
    types: set[ParameterType] = field(default_factory=set)
    tested: set[ParameterType] = field(default_factory=set)
    is_optional: bool = False
    is_of_any_kind: bool = False

    @property
    def type(self) -> ParameterType | None:
        """The type that all evidence agrees on. A test of a type alone shows none."""
        if self.is_of_any_kind or not self.types:
            return None
        return one_type(self.types | self.tested)

    def use(self, use: Use) -> None:
        match use:
            case Question.PRESENCE:
                self.is_optional = True
            case Question.KIND:
                self.is_of_any_kind = True
            case Tested(kind):
                self.tested.add(kind)
            case ParameterType():
                self.types.add(use)
            case None:
                pass

    def use_below(self, use: Use, shown: ParameterType | None) -> None:
        """Something below it is used, which may show the type of it."""
        if shown is not None:
            (self.tested if use is Question.PRESENCE else self.types).add(shown)


@dataclass(slots=True)
class Reads:
    """Collects, while a definition is followed, what is read of the input and what is not seen."""

    seen: dict[str, _Seen] = field(default_factory=dict)
    noted: dict[str, None] = field(default_factory=dict)
    work_left: int = MAX_WORK

    def spend(self, work: int) -> None:
        """Count work, about a microsecond or a few for each. Raises Exhausted."""
        self.work_left -= work
        if self.work_left < 0:
            raise Exhausted

    def note(self, text: str) -> None:
        """Say once what could not be seen."""
        if len(self.noted) < _MAX_NOTES:
            self.noted[text] = None

    def spend_on(self, shape: Shape) -> None:
        """Count the work of looking through a value."""
        self.spend(1 + (shape.size + len(shape.sources)) // 4)

    def spend_on_items(self, shape: Shape) -> None:
        """Count the work of putting the items of an array together."""
        self.spend(4 * shape.size)

    def read(self, shape: Shape, state: str, text: str, use: Use = None) -> None:
        """Note that a state reads a value, and how it uses it."""
        self.spend(len(shape.sources))
        for source in sorted(shape.sources, key=str):
            self._read(source, state, text, use)

    def takes_whole(self, state: str) -> None:
        """Note that a state takes all of the input without telling what of it it wants."""
        self.note(f"{shown(state)} takes the whole input")

    def inputs(self) -> tuple[InferredInput, ...]:
        """The properties of the input that were read, in the order in which they were met."""
        return tuple(
            InferredInput(name, seen.type, tuple(seen.places), seen.path, seen.is_optional)
            for name, seen in self.seen.items()
        )

    def _read(self, source: Source, state: str, text: str, use: Use) -> None:
        if not source:
            return
        name = source[0]
        if not isinstance(name, str):
            if name is not None:
                why = "it has no properties to name"
                self.note(f"{shown(state)} reads the input as an array: {why}")
            return
        if name not in self.seen and len(self.seen) >= MAX_INPUTS:
            self.note(f"more than {MAX_INPUTS} properties are read; the others are left out")
            return
        seen = self.seen.setdefault(name, _Seen(text[:_MAX_TEXT]))
        if len(seen.places) < _MAX_PLACES:
            seen.places[state] = None
        if len(source) > 1:
            seen.use_below(use, source[1])
        else:
            seen.use(use)


def one_type(types: set[ParameterType]) -> ParameterType | None:
    """The type that all evidence agrees on; an integer is a number, too."""
    if types == {ParameterType.INTEGER, ParameterType.NUMBER}:
        return ParameterType.NUMBER
    return next(iter(types)) if len(types) == 1 else None


def shown(state: str) -> str:
    """A state's name for a note, in quotes and not too long."""
    return f'"{state if len(state) <= _MAX_TEXT else state[:_MAX_TEXT] + "…"}"'
