"""JSONata's signs between two values: how they use them, and what they give.

Source: https://docs.jsonata.org
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from runner.inference.literals import type_of
from runner.inference.reads import Question
from runner.parameters import ParameterType

if TYPE_CHECKING:
    from runner.inference.jsonata_trees import Node
    from runner.inference.reads import Use

_COMPARING: Final = frozenset({"=", "!=", "<", "<=", ">", ">="})
_COUNTING: Final = frozenset({"+", "-", "*", "/", "%"})
_GIVEN: Final = {
    **dict.fromkeys((*_COMPARING, "and", "or", "in"), ParameterType.BOOLEAN),
    "&": ParameterType.STRING,
    "..": ParameterType.ARRAY,
}


def given(node: Node) -> ParameterType:
    """The type that a sign gives."""
    return _GIVEN.get(str(node.value), ParameterType.NUMBER)


def is_plain(node: Node) -> bool:
    """Tell whether it is a sign between two values, and nothing more."""
    return bool(node.type == "binary" and not node.predicate and node.group is None)


def uses(node: Node) -> tuple[Use, Use]:
    """How a sign uses what stands left and right of it."""
    sign = str(node.value)
    if sign in _COMPARING:
        return _compared(node.rhs), _compared(node.lhs)
    if sign in _COUNTING:
        return ParameterType.NUMBER, ParameterType.NUMBER
    if sign == "..":
        return ParameterType.INTEGER, ParameterType.INTEGER
    return None, ParameterType.ARRAY if sign == "in" else None


def _compared(literal: Node) -> Use:
    """How a value is used that is compared with a literal. What is no integer may be below 5."""
    if literal.type not in ("string", "number", "value"):
        return None
    if literal.value is None:
        return Question.KIND
    kind = type_of(literal.value)
    return ParameterType.NUMBER if kind is ParameterType.INTEGER else kind
