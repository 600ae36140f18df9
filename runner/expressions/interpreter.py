"""Evaluating a syntax tree, with a bound on the work.

A short expression can ask for endless work (`[@,@] | [@,@] | …`, flattened): every visit and
every element made is counted, and at MAX_STEPS it ends.
"""
# ruff: noqa: D102 - jmespath's specification says what each kind of node yields

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jmespath.visitor import TreeInterpreter

from runner.expressions.functions import call, equal, kind_of, weight
from runner.expressions.types import MAX_STEPS, EvaluationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runner.expressions.syntax import Node
    from runner.values import Json

_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Argument:
    """What stood after `&`: an expression that a function evaluates itself."""

    node: Node


class Interpreter(TreeInterpreter):
    """jmespath's interpreter on values.Json, counting as it goes.

    One interpreter takes part in one rendering: its steps are those of all its expressions.
    """

    def __init__(self, steps: int = MAX_STEPS) -> None:
        super().__init__()
        self._left = steps
        self._visits: dict[str, Callable[[Any, Any], Any]] = {}

    def spend(self, steps: int) -> None:
        """Take steps away. Raises EvaluationError when none are left."""
        self._left -= steps
        if self._left < 0:
            raise EvaluationError("it takes too much work: it multiplies its data")

    def visit(self, node: Any, *args: Any, **_: Any) -> Any:
        self._left -= 1
        if self._left < 0:
            self.spend(0)
        kind = node["type"]
        visit = self._visits.get(kind)
        if visit is None:
            visit = self._visits[kind] = getattr(self, f"visit_{kind}")
        return visit(node, *args)

    def apply(self, expression: object, value: Json) -> Json:
        """Evaluate an Argument on a value."""
        assert isinstance(expression, Argument)
        result: Json = self.visit(expression.node, value)
        return result

    def visit_expref(self, node: Any, value: Any) -> Any:
        return Argument(node["children"][0])

    def visit_field(self, node: Any, value: Any) -> Any:
        return value.get(node["value"]) if isinstance(value, dict) else None

    def visit_comparator(self, node: Any, value: Any) -> Any:
        left, right = (self.visit(child, value) for child in node["children"])
        kind = node["value"]
        if kind in ("eq", "ne"):
            return equal(left, right, self.spend) is (kind == "eq")
        if kind_of(left) != kind_of(right) or kind_of(left) not in ("number", "string"):
            return None
        self.spend(weight(left))
        return _ORDER[kind](left, right)

    def visit_not_expression(self, node: Any, value: Any) -> bool:
        found = self.visit(node["children"][0], value)
        return (
            found is None or found is False or (isinstance(found, (str, list, dict)) and not found)
        )

    def visit_flatten(self, node: Any, value: Any) -> Any:
        base = self.visit(node["children"][0], value)
        if not isinstance(base, list):
            return None
        merged: list[Any] = []
        for element in base:
            part = element if isinstance(element, list) else (element,)
            self.spend(1 + len(part))
            merged.extend(part)
        return merged

    def visit_slice(self, node: Any, value: Any) -> Any:
        if not isinstance(value, list):
            return None
        start, stop, step = node["children"]
        part = value[slice(start, stop, step)]
        self.spend(len(part))
        return part

    def visit_function_expression(self, node: Any, value: Any) -> Any:
        arguments = [self.visit(child, value) for child in node["children"]]
        return call(node["value"], arguments, self)
