"""Evaluating paths, templates and conditions of JSONPath states over shapes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, repeat
from typing import TYPE_CHECKING, Final

from runner.inference.functions import TAKEN, given
from runner.inference.literals import shape_of, type_of
from runner.inference.paths import Call, Constant, PathRef, Unreadable, read_term
from runner.inference.reads import shown
from runner.inference.shapes import UNKNOWN, Field, Shape, built, typed
from runner.parameters import ParameterType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.inference.paths import Term
    from runner.inference.reads import Reads
    from runner.inference.visits import Flow
    from runner.values import Json

MAX_NESTING: Final = 60

_TESTS: Final = {
    "IsArray": ParameterType.ARRAY,
    "IsBoolean": ParameterType.BOOLEAN,
    "IsNumeric": ParameterType.NUMBER,
    "IsString": ParameterType.STRING,
    "IsTimestamp": ParameterType.DATETIME,
}
_COMPARED: Final = {
    "Boolean": ParameterType.BOOLEAN,
    "Numeric": ParameterType.NUMBER,
    "String": ParameterType.STRING,
    "Timestamp": ParameterType.DATETIME,
}
_OPERATORS: Final = ("Equals", "LessThan", "GreaterThan", "Matches")


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads of one state, where `root` is what `$` stands for."""

    state: str
    root: Shape
    flow: Flow
    reads: Reads

    def text(self, value: Json, kind: ParameterType | None = None) -> Shape:
        """What a path or a call of an intrinsic function gives; it is used as the type."""
        if not isinstance(value, str):
            return UNKNOWN
        try:
            return self._term(read_term(value), kind)
        except (Unreadable, ValueError):
            self.reads.note(f"{shown(self.state)} has a path that can't be read")
            return UNKNOWN

    def template(self, value: Json, nesting: int = 0) -> Shape:
        """What a payload template gives: each key that ends in `.$` has a path or a call."""
        self.reads.spend(1)
        if nesting > MAX_NESTING:
            self.reads.note(f"{shown(self.state)} has a template that nests too deep")
            return UNKNOWN
        if isinstance(value, list):
            items = [self.template(each, nesting + 1) for each in value]
            fields = ((index, Field(shape)) for index, shape in enumerate(items))
            return built(fields, ParameterType.ARRAY)
        if not isinstance(value, dict):
            return shape_of(value)
        return built([self._member(key, each, nesting) for key, each in value.items()])

    def assigned(self, value: Json) -> Mapping[str, Shape]:
        """The variables that an Assign sets."""
        if not isinstance(value, dict):
            return {}
        members = (self._member(key, each, 0) for key, each in value.items())
        return {key: member.shape for key, member in members}

    def condition(self, rule: Json, nesting: int = 0) -> None:
        """Read what a rule of a Choice compares."""
        self.reads.spend(1)
        if not isinstance(rule, dict) or nesting > MAX_NESTING:
            return
        for key in ("And", "Or"):
            below = rule.get(key)
            for each in below if isinstance(below, list) else ():
                self.condition(each, nesting + 1)
        self.condition(rule.get("Not"), nesting + 1)
        if "Variable" in rule:
            self._comparison(rule)

    def _comparison(self, rule: Mapping[str, Json]) -> None:
        if "IsPresent" in rule:
            self._asked(rule["Variable"])
            return
        kinds: list[ParameterType | None] = []
        for key, value in rule.items():
            kind = _evidence(key, value)
            kinds += [kind] if kind else []
            if kind and key.endswith("Path"):
                self.text(value, kind)
        self.text(rule["Variable"], kinds[0] if kinds else None)

    def _asked(self, value: Json) -> None:
        """Read a path that may name nothing."""
        try:
            term = read_term(value) if isinstance(value, str) else None
        except ValueError:
            term = None
        if isinstance(term, PathRef):
            self.reads.read(self._path(term), self.state, term.text, asks=True)
        else:
            self.text(value)

    def _member(self, key: str, value: Json, nesting: int) -> tuple[str, Field]:
        if key.endswith(".$"):
            return key[:-2], Field(self.text(value))
        return key, Field(self.template(value, nesting + 1))

    def _term(self, term: Term, kind: ParameterType | None) -> Shape:
        match term:
            case PathRef():
                shape = self._path(term)
                self.reads.read(shape, self.state, term.text, None if term.is_open else kind)
                return UNKNOWN if term.is_open else shape
            case Constant(value=value):
                found = type_of(value)
                return typed(found) if found else UNKNOWN
            case Call():
                return self._call(term)

    def _call(self, call: Call) -> Shape:
        kinds = chain(TAKEN.get(call.name, ()), repeat(None))
        shapes = [self._term(each, kind) for each, kind in zip(call.arguments, kinds, strict=False)]
        second = call.arguments[1] if len(call.arguments) > 1 else None
        index = second.value if isinstance(second, Constant) else None
        return given(call, shapes, index if isinstance(index, int) else None)

    def _path(self, path: PathRef) -> Shape:
        for text in path.inner:
            self.text(text)
        shape = self._root(path.root)
        for key in path.keys:
            shape = shape.at(key)
        return shape

    def _root(self, root: str) -> Shape:
        if root == "$":
            return self.root
        if root == "$$":
            return self.flow.context()
        return self.flow.variables.get(root[1:], UNKNOWN)


def _evidence(key: str, value: Json) -> ParameterType | None:
    """The type that a comparison shows its variable to have."""
    if key in _TESTS:
        return _TESTS[key]
    for prefix, kind in _COMPARED.items():
        if key.startswith(prefix) and key.removeprefix(prefix).startswith(_OPERATORS):
            is_whole = isinstance(value, int) and not isinstance(value, bool)
            is_number = kind is ParameterType.NUMBER
            return ParameterType.INTEGER if is_number and is_whole else kind
    return None
