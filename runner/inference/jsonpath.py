"""Evaluating paths, templates and conditions of JSONPath states over shapes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain, repeat
from typing import TYPE_CHECKING, Final

from runner.inference.functions import TAKEN, given
from runner.inference.literals import shape_of, type_of
from runner.inference.paths import Call, Constant, PathRef
from runner.inference.reads import Question, Tested, shown
from runner.inference.shapes import UNKNOWN, Field, Shape, built, typed
from runner.inference.visits import CONTEXT_WORK
from runner.parameters import ParameterType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.inference.paths import Term, Terms
    from runner.inference.reads import Reads, Use
    from runner.inference.visits import Flow
    from runner.values import Json

MAX_NESTING: Final = 60

MAX_FILTERS: Final = 5
"""How deep filters may stand in filters."""

_TESTS: Final[dict[str, Use]] = {
    "IsBoolean": Tested(ParameterType.BOOLEAN),
    "IsNull": Question.KIND,
    "IsNumeric": Tested(ParameterType.NUMBER),
    "IsString": Tested(ParameterType.STRING),
    "IsTimestamp": Tested(ParameterType.DATETIME),
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
    terms: Terms
    filters: int = 0

    def text(self, value: Json, use: Use = None) -> Shape:
        """What a path or a call of an intrinsic function gives, used so."""
        if not isinstance(value, str):
            return UNKNOWN
        term = self.terms.term(value, self.reads.spend)
        if term is None or self.filters > MAX_FILTERS:
            self.reads.note(f"{shown(self.state)} has a path that can't be read")
            return UNKNOWN
        return self._term(term, use)

    def template(self, value: Json, nesting: int = 0) -> Shape:
        """What a payload template gives: each key that ends in `.$` has a path or a call."""
        self.reads.spend(1)
        if nesting > MAX_NESTING:
            self.reads.note(f"{shown(self.state)} has a template that nests too deep")
            return UNKNOWN
        if isinstance(value, list):
            items = [self.template(each, nesting + 1) for each in value]
            fields = ((index, Field(shape)) for index, shape in enumerate(items))
            return self._built(built(fields, ParameterType.ARRAY))
        if not isinstance(value, dict):
            return shape_of(value, self.reads.spend)
        members = [self._member(key, each, nesting) for key, each in value.items()]
        return self._built(built(members))

    def _built(self, shape: Shape) -> Shape:
        self.reads.spend(shape.size)
        return shape

    def assigned(self, value: Json) -> Mapping[str, Shape]:
        """The variables that an Assign sets."""
        if not isinstance(value, dict):
            return {}
        members = (self._member(key, each, 0) for key, each in value.items())
        return {key: member.shape for key, member in members}

    def condition(self, rule: Json, nesting: int = 0) -> None:
        """Read what a rule of a Choice compares."""
        self.reads.spend(1 + len(rule) if isinstance(rule, dict) else 1)
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
            self.text(rule["Variable"], Question.PRESENCE)
            return
        uses: list[Use] = []
        for key, value in rule.items():
            use = _evidence(key)
            uses += [use] if use else []
            if use and key.endswith("Path"):
                self.text(value, use)
        self.text(rule["Variable"], uses[0] if uses else None)

    def _member(self, key: str, value: Json, nesting: int) -> tuple[str, Field]:
        if key.endswith(".$"):
            return key[:-2], Field(self.text(value))
        return key, Field(self.template(value, nesting + 1))

    def _term(self, term: Term, use: Use) -> Shape:
        match term:
            case PathRef():
                shape = self._path(term)
                if term.is_open:
                    self._open(term, shape)
                    return UNKNOWN
                self.reads.read(shape, self.state, term.text, use)
                return shape
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
        if shapes and call.name.startswith("States.Array"):
            self.reads.spend_on_items(shapes[0])
        found = given(call, shapes, index if isinstance(index, int) else None)
        self.reads.spend_on(found)
        if any(() in shape.sources for shape in shapes) and not found.has_whole_input():
            self.reads.takes_whole(self.state)
        return found

    def _path(self, path: PathRef) -> Shape:
        inside = replace(self, filters=self.filters + 1) if path.inner else self
        for text in path.inner:
            inside.text(text)
        shape = self._root(path.root)
        for key, shows in zip(path.keys, path.shows, strict=True):
            self.reads.spend_on(shape)
            if key is None:
                self._all_of(shape)
            shape = shape.at(key, shows)
        self.reads.spend_on(shape)
        return shape

    def _all_of(self, shape: Shape) -> None:
        """Look at each item of an array, or at each property."""
        self.reads.spend_on_items(shape)
        if () in shape.sources:
            self.reads.takes_whole(self.state)

    def _open(self, path: PathRef, shape: Shape) -> None:
        """Read what a path that goes on to several, or to any, things reads."""
        if not path.names and () in shape.sources:
            self.reads.takes_whole(self.state)
        for name in path.names:
            self.reads.read(shape.at(name, ParameterType.OBJECT), self.state, path.text)
        if not path.names:
            self.reads.read(shape, self.state, path.text)

    def _root(self, root: str) -> Shape:
        if root == "$":
            return self.root
        if root == "$$":
            self.reads.spend(CONTEXT_WORK)
            return self.flow.context()
        return self.flow.variables.get(root[1:], UNKNOWN)


def _evidence(key: str) -> Use:
    """How a comparison uses its variable. A number that is compared with 0 may be 0.5."""
    if key in _TESTS:
        return _TESTS[key]
    for prefix, kind in _COMPARED.items():
        if key.startswith(prefix) and key.removeprefix(prefix).startswith(_OPERATORS):
            return kind
    return None
