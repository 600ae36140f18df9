"""What was seen of the input while a definition was followed: who read what, and as what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from runner.inference.types import InferredInput
from runner.parameters import ParameterType

if TYPE_CHECKING:
    from runner.inference.shapes import Shape, Source

MAX_INPUTS: Final = 1_000
MAX_WORK: Final = 300_000
_MAX_PLACES: Final = 5
_MAX_NOTES: Final = 50
_MAX_TEXT: Final = 100


class Exhausted(Exception):
    """The definition takes more work than is spent on one."""


@dataclass(slots=True)
class _Seen:
    path: str
    places: dict[str, None] = field(default_factory=dict)
    types: set[ParameterType] = field(default_factory=set)
    is_optional: bool = False


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

    def read(
        self,
        shape: Shape,
        state: str,
        text: str,
        kind: ParameterType | None = None,
        *,
        asks: bool = False,
    ) -> None:
        """Note that a state reads a value, as a value of a type, or asks whether it is there."""
        for source in sorted(shape.sources, key=str):
            self._read(source, state, text, kind, asks=asks)

    def inputs(self) -> tuple[InferredInput, ...]:
        """The properties of the input that were read, in the order in which they were met."""
        return tuple(
            InferredInput(
                name, one_type(seen.types), tuple(seen.places), seen.path, seen.is_optional
            )
            for name, seen in self.seen.items()
        )

    def _read(
        self, source: Source, state: str, text: str, kind: ParameterType | None, *, asks: bool
    ) -> None:
        if not source:
            return
        name, *below = source
        if not isinstance(name, str):
            self.note(f"{shown(state)} reads the input as an array: it has no properties to name")
            return
        if name not in self.seen and len(self.seen) >= MAX_INPUTS:
            self.note(f"more than {MAX_INPUTS} properties are read; the others are left out")
            return
        seen = self.seen.setdefault(name, _Seen(text[:_MAX_TEXT]))
        if len(seen.places) < _MAX_PLACES:
            seen.places[state] = None
        if below:
            is_object = isinstance(below[0], str)
            seen.types.add(ParameterType.OBJECT if is_object else ParameterType.ARRAY)
        else:
            seen.is_optional |= asks
            seen.types.update({kind} if kind else ())


def one_type(types: set[ParameterType]) -> ParameterType | None:
    """The type that all evidence agrees on; an integer is a number, too."""
    if types == {ParameterType.INTEGER, ParameterType.NUMBER}:
        return ParameterType.NUMBER
    return next(iter(types)) if len(types) == 1 else None


def shown(state: str) -> str:
    """A state's name for a note, in quotes and not too long."""
    return f'"{state if len(state) <= _MAX_TEXT else state[:_MAX_TEXT] + "…"}"'
