"""Evaluating the trees of JSONata over shapes."""

from __future__ import annotations

from collections import ChainMap
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from runner.inference import builtins
from runner.inference import jsonata_signs as signs
from runner.inference.literals import type_of
from runner.inference.reads import Question
from runner.inference.shapes import UNKNOWN, Field, Shape, built, join, merged, typed
from runner.parameters import ParameterType

if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence

    from runner.inference.jsonata_trees import Node
    from runner.inference.reads import Reads, Use

MAX_NESTING: Final = 80
_MAX_PATH: Final = 200


class TooDeep(Exception):
    """An expression nests deeper than is followed."""


@dataclass(frozen=True, slots=True)
class Evaluator:
    """Evaluates the trees of one state's expressions.

    `context` is what a bare name is looked up in: an item within a filter, else nothing.
    """

    state: str
    reads: Reads
    variables: MutableMapping[str, Shape]
    context: Shape = UNKNOWN
    nesting: int = 0

    def shape(self, node: Node, use: Use = None) -> Shape:
        """What a tree gives, used so. Raises TooDeep."""
        if node is None:
            return UNKNOWN
        self.reads.spend(1)
        if self.nesting > MAX_NESTING:
            raise TooDeep
        found = replace(self, nesting=self.nesting + 1).whole(node, use)
        self.reads.spend(found.size)
        return found

    def whole(self, node: Node, use: Use) -> Shape:
        """What a tree gives, with its filters and its grouping."""
        found = self._plain(node, None if node.predicate else use)
        for predicate in node.predicate or ():
            found = self._filtered(found, predicate)
        if node.predicate:
            self.reads.read(found, self.state, f"${node.value}"[:_MAX_PATH], use)
        if node.group is not None:
            self._of_item(found).pairs(node.group.lhs_object)
            return typed(ParameterType.OBJECT)
        return found

    def _plain(self, node: Node, use: Use) -> Shape:
        match node.type:
            case "path" | "variable":
                is_path = node.type == "path"
                shape, text = self._path(node.steps) if is_path else self._variable(node)
                self.reads.read(shape, self.state, text, use)
                return shape
            case "string" | "number" | "value":
                found = type_of(node.value)
                return typed(found) if found else UNKNOWN
            case "binary":
                return self._binary(node)
            case "function" | "partial":
                return self._call(node, use)
            case "lambda":
                return self._body(node, ())
            case _:
                return self._compound(node)

    def _compound(self, node: Node) -> Shape:
        match node.type:
            case "apply":
                return self._apply(node)
            case "bind":
                return self._bind(node)
            case "block":
                return self._block(node)
            case "condition":
                return self._condition(node)
            case "unary":
                return self._unary(node)
            case "transform":
                for each in (node.pattern, node.update, node.delete):
                    self.shape(each)
            case _:
                pass
        return UNKNOWN

    def _variable(self, node: Node) -> tuple[Shape, str]:
        name = str(node.value)
        return (self.variables.get(name, UNKNOWN) if name else self.context), f"${name}"

    def _path(self, steps: Sequence[Node]) -> tuple[Shape, str]:
        shape, text = self.context, ""
        for index, step in enumerate(steps):
            self.reads.spend_on(shape)
            text = text[:_MAX_PATH]
            if step.type == "name":
                shape, text = self._field(shape, str(step.value)), f"{text}.{step.value}"
            elif step.type == "variable" and index == 0:
                shape, text = self._variable(step)
            elif step.type == "sort":
                self.reads.read(shape, self.state, text.strip("."), ParameterType.ARRAY)
                for term in step.terms:
                    replace(self, context=self._item(shape)).shape(term.expression)
            else:
                self.reads.read(shape, self.state, text.strip("."))
                if step.type in ("wildcard", "descendant") and () in shape.sources:
                    self.reads.takes_whole(self.state)
                shape = (self._of_item(shape) if index else self).shape(step)
            for stage in (*(step.stages or ()), *_own_predicates(step)):
                shape = self._filtered(shape, stage)
        return shape, text.strip(".")

    def _of_item(self, shape: Shape) -> Evaluator:
        """The evaluator of what is looked up in a value, or in each item of an array."""
        return replace(self, context=self._item(shape) if _is_array(shape) else shape)

    def _item(self, shape: Shape) -> Shape:
        """What may be any item of an array."""
        self.reads.spend_on_items(shape)
        return shape.at(None)

    def _field(self, shape: Shape, name: str) -> Shape:
        """A field of a value, or of each item of an array."""
        return (self._item(shape) if _is_array(shape) else shape).at(name)

    def _filtered(self, shape: Shape, stage: Node) -> Shape:
        if stage.type != "filter":
            return shape
        if stage.expr.type == "number":
            number = stage.expr.value
            index = int(number) if 0 <= number < 1e9 else None  # noqa: PLR2004
            return shape.at(index, ParameterType.ARRAY)
        # What is no array is filtered, too, as if it were the only item of one.
        if () in shape.sources:
            self.reads.takes_whole(self.state)
        item = self._item(shape)
        replace(self, context=item).shape(stage.expr)
        return built([(None, Field(item))], None, item.sources)

    def _binary(self, node: Node) -> Shape:
        """A chain such as `a & b & c` nests to the left, once for each sign: it is one level."""
        chain = [node]
        while signs.is_plain(chain[-1].lhs):
            chain.append(chain[-1].lhs)
        self.shape(chain[-1].lhs, signs.uses(chain[-1])[0])
        for each in reversed(chain):
            self.shape(each.rhs, signs.uses(each)[1])
        return typed(signs.given(node))

    def _unary(self, node: Node) -> Shape:
        sign = str(node.value)
        if sign == "[":
            items = [self.shape(each) for each in node.expressions]
            fields = ((index, Field(shape)) for index, shape in enumerate(items))
            return built(fields, ParameterType.ARRAY)
        if sign == "{":
            return built(self.pairs(node.lhs_object))
        self.shape(node.expression, ParameterType.NUMBER)
        return typed(ParameterType.NUMBER)

    def pairs(self, pairs: Sequence[Sequence[Node]]) -> list[tuple[str, Field]]:
        """The fields that an object constructor makes, as far as their names are literal."""
        fields = []
        for key, value in pairs:
            self.shape(key)
            shape = self.shape(value)
            if key.type == "string":
                fields.append((str(key.value), Field(shape)))
        return fields

    def _condition(self, node: Node) -> Shape:
        self.shape(node.condition)
        otherwise = node._else  # noqa: SLF001 - the library calls it so
        return join(self.shape(node.then), self.shape(otherwise))

    def _block(self, node: Node) -> Shape:
        inside = replace(self, variables=ChainMap({}, self.variables))
        found = UNKNOWN
        for each in node.expressions:
            found = inside.shape(each)
        return found

    def _bind(self, node: Node) -> Shape:
        found = self.shape(node.rhs)
        self.variables[str(node.lhs.value)] = found
        return found

    def _body(self, node: Node, given: Sequence[Shape]) -> Shape:
        """What a function gives; parameters beyond the given ones are unknown."""
        names = [str(each.value) for each in node.arguments]
        bound = {**dict.fromkeys(names, UNKNOWN), **dict(zip(names, given, strict=False))}
        return replace(self, variables=ChainMap(bound, self.variables)).shape(node.body)

    def _apply(self, node: Node) -> Shape:
        right = node.rhs
        if right.type in ("function", "partial"):
            return self._call(right, None, first=node.lhs)
        given = self.shape(node.lhs)
        if right.type == "lambda":
            return self._body(right, (given,))
        self.shape(right)
        return given if right.type == "transform" else UNKNOWN

    def _call(self, node: Node, use: Use, first: Node | None = None) -> Shape:
        procedure = node.procedure
        name = str(procedure.value) if procedure.type == "variable" else ""
        if procedure.type != "variable":
            self.shape(procedure)
        arguments = [*([first] if first is not None else []), *node.arguments]
        if name == "exists" and arguments:
            self.shape(arguments[0], Question.PRESENCE)
            return typed(ParameterType.BOOLEAN)
        uses = builtins.TAKEN.get(name, ())
        shapes: list[Shape] = []
        for index, argument in enumerate(arguments):
            if argument.type == "lambda" and not argument.thunk and shapes:
                item = self._item(shapes[0]) if name in builtins.OF_ITEMS else UNKNOWN
                shapes.append(self._body(argument, _given(name, item)))
            else:
                shapes.append(self.shape(argument, uses[index] if index < len(uses) else None))
        if name == "lookup" and len(arguments) > 1 and arguments[1].type == "string":
            return self._looked_up(shapes[0], str(arguments[1].value), use)
        found = self._result(name, shapes)
        if any(() in shape.sources for shape in shapes) and not found.has_whole_input():
            self.reads.takes_whole(self.state)
        return found

    def _result(self, name: str, shapes: Sequence[Shape]) -> Shape:
        kind = builtins.GIVEN.get(name)
        match name, shapes:
            case "merge", [array]:
                return self._merged(array)
            case "map", [_, item]:
                return built([(None, Field(item))], kind)
            case "single", [array, *_]:
                return self._item(array)
            case _ if name in builtins.OF_SAME_ITEMS and shapes:
                return built([(None, Field(self._item(shapes[0])))], kind)
            case _:
                return typed(kind) if kind else UNKNOWN

    def _looked_up(self, shape: Shape, name: str, use: Use) -> Shape:
        found = self._field(shape, name)
        self.reads.read(found, self.state, f"$lookup(…, '{name}')", use)
        return found

    def _merged(self, array: Shape) -> Shape:
        found = built(())
        for key, each in array.fields.items():
            if isinstance(key, int):
                self.reads.spend(found.size + each.shape.size)
                found = merged(found, each.shape)
        return found


def _own_predicates(step: Node) -> Sequence[Node]:
    """The filters of a step that is evaluated here; `shape` sees to those of all others."""
    return (step.predicate or ()) if step.type in ("name", "variable") else ()


def _is_array(shape: Shape) -> bool:
    return shape.type is ParameterType.ARRAY or any(
        not isinstance(key, str) for key in shape.fields
    )


def _given(name: str, item: Shape) -> tuple[Shape, ...]:
    match name:
        case "reduce":
            return (UNKNOWN, item)
        case "sort":
            return (item, item)
        case _:
            return (item,)
