"""The shape of a literal in a definition."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from runner.inference.shapes import UNKNOWN, Field, Shape, built, typed
from runner.parameters import ParameterType

if TYPE_CHECKING:
    from collections.abc import Callable

    from runner.values import Json

# A boolean is an int in Python, so it stands before.
_TYPES: Final = (
    (bool, ParameterType.BOOLEAN),
    (int, ParameterType.INTEGER),
    ((float, Decimal), ParameterType.NUMBER),
    (str, ParameterType.STRING),
    (list, ParameterType.ARRAY),
    (dict, ParameterType.OBJECT),
)
_MAX_DEPTH: Final = 4
_MAX_ITEMS: Final = 100


def type_of(value: object) -> ParameterType | None:
    """The type of a literal; None for null."""
    return next((kind for types, kind in _TYPES if isinstance(value, types)), None)


def shape_of(value: Json, spend: Callable[[int], None], depth: int = 0) -> Shape:
    """What stands there, as far down as it matters. The work of looking is spent."""
    spend(2)
    kind = type_of(value)
    if depth >= _MAX_DEPTH or not isinstance(value, (dict, list)):
        return typed(kind) if kind else UNKNOWN
    if isinstance(value, list):
        items = enumerate(value[:_MAX_ITEMS])
        fields = ((index, Field(shape_of(each, spend, depth + 1))) for index, each in items)
        return built(fields, kind)
    members = ((name, Field(shape_of(each, spend, depth + 1))) for name, each in value.items())
    return built(members, kind)
