"""JMESPath's functions on JSON whose numbers are int and Decimal, with their work counted.

Specification: https://jmespath.org/specification.html#built-in-functions. Where it leaves a
choice, numbers keep their digits: sums are exact or an error.
"""

from __future__ import annotations

import decimal
import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from runner import values
from runner.expressions.types import MAX_BYTES, EvaluationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from runner.values import Json

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_TEXT_UNIT = 64
_EXACT = decimal.Context(
    prec=values.MAX_DIGITS + 100,
    Emax=decimal.MAX_EMAX,
    Emin=decimal.MIN_EMIN,
    traps=[decimal.Inexact, decimal.InvalidOperation, decimal.Overflow],
)
_QUOTIENT = decimal.Context(prec=50, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)


class Call(Protocol):
    """What a function may ask of the evaluation that it is part of."""

    def spend(self, steps: int) -> None:
        """Count work. Raises EvaluationError when it is too much."""

    def apply(self, expression: object, value: Json) -> Json:
        """Evaluate an argument that was given as `&expression`."""


@dataclass(frozen=True, slots=True)
class Function:
    """One function: the kinds that each argument may be of (none means any)."""

    arguments: tuple[tuple[str, ...], ...]
    body: Callable[..., Any]
    variadic: bool = False


def kind_of(value: object) -> str:
    """JMESPath's name for the type of a value."""
    return _KINDS.get(type(value), "expression")


_KINDS: Mapping[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    Decimal: "number",
    str: "string",
    list: "array",
    dict: "object",
}


def call(name: str, arguments: Sequence[Any], on: Call) -> Json:
    """Call a function. Raises EvaluationError for arguments that it can't take."""
    function = FUNCTIONS[name]
    for index, argument in enumerate(arguments):
        kinds = function.arguments[min(index, len(function.arguments) - 1)]
        _check(name, argument, kinds, on)
    result: Json = function.body(on, *arguments)
    return result


def _check(name: str, argument: object, kinds: tuple[str, ...], on: Call) -> None:
    if not kinds:
        return
    kind = kind_of(argument)
    if kind in kinds:
        return
    elements = [wanted.removeprefix("array of ") for wanted in kinds if " of " in wanted]
    if isinstance(argument, list) and elements:
        on.spend(len(argument))
        found = {kind_of(element) for element in argument}
        if len(found) <= 1 and found <= set(elements):
            return
        kind = f"array of {' and '.join(sorted(found))}"
    raise EvaluationError(f"{name}() takes {' or '.join(kinds)}, not {kind}")


def weight(value: object) -> int:
    """How many steps it costs to look at a value without what is in it."""
    return 1 + len(value) // _TEXT_UNIT if isinstance(value, str) else 1


def equal(left: object, right: object, spend: Callable[[int], None]) -> bool:
    """Compare as JSON does: `1` is not `true`, at any depth."""
    spend(weight(left))
    kind = kind_of(left)
    if kind != kind_of(right):
        return False
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(
            equal(one, other, spend) for one, other in zip(left, right, strict=True)
        )
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(
            equal(child, right[key], spend) for key, child in left.items()
        )
    return left == right


def _abs(_: Call, number: Any) -> Json:
    result: Json = number.copy_abs() if isinstance(number, Decimal) else abs(number)
    return result


def _avg(on: Call, numbers: list[Any]) -> Json:
    if not numbers:
        return None
    total = _sum(on, numbers)
    if isinstance(total, int) and total % len(numbers) == 0:
        return total // len(numbers)
    try:
        return _QUOTIENT.divide(Decimal(total), len(numbers))  # type: ignore[arg-type]
    except decimal.DecimalException:
        raise EvaluationError("avg() goes beyond the numbers that can be held") from None


def _sum(on: Call, numbers: list[Any]) -> Json:
    on.spend(len(numbers))
    total: Any = 0
    try:
        for number in numbers:
            both_whole = isinstance(total, int) and isinstance(number, int)
            total = total + number if both_whole else _EXACT.add(Decimal(total), Decimal(number))
    except decimal.DecimalException:
        raise EvaluationError("the sum can't be held exactly") from None
    result: Json = total
    return result


def _rounded(round_to: Callable[[Any], int]) -> Callable[[Call, Any], Json]:
    def body(_: Call, number: Any) -> Json:
        if isinstance(number, Decimal) and number.adjusted() > values.MAX_DIGITS:
            raise EvaluationError(f"a number has more than {values.MAX_DIGITS} digits")
        return round_to(number)

    return body


def _contains(on: Call, subject: Any, search: Any) -> Json:
    if isinstance(subject, str):
        on.spend(weight(subject))
        return isinstance(search, str) and search in subject
    return any(equal(element, search, on.spend) for element in subject)


def _join(on: Call, separator: str, parts: list[str]) -> Json:
    size = len(separator) * max(0, len(parts) - 1)
    for part in parts:
        size += len(part)
        on.spend(1)
    if size > MAX_BYTES:
        raise EvaluationError(f"join() yields a text of more than {MAX_BYTES:,} bytes")
    on.spend(size // _TEXT_UNIT)
    return separator.join(parts)


def _keys(on: Call, value: dict[str, Json]) -> Json:
    on.spend(len(value))
    return list(value)


def _values(on: Call, value: dict[str, Json]) -> Json:
    on.spend(len(value))
    return list(value.values())


def _map(on: Call, expression: object, array: list[Json]) -> Json:
    return [on.apply(expression, element) for element in array]


def _merge(on: Call, *objects: dict[str, Json]) -> Json:
    merged: dict[str, Json] = {}
    for one in objects:
        on.spend(len(one))
        merged.update(one)
    return merged


def _extreme(choose: Callable[..., Any]) -> Callable[[Call, list[Any]], Json]:
    def body(on: Call, array: list[Any]) -> Json:
        on.spend(sum(map(weight, array)))
        result: Json = choose(array, default=None)
        return result

    return body


def _extreme_by(name: str, choose: Callable[..., Any]) -> Callable[[Call, list[Any], object], Json]:
    def body(on: Call, array: list[Any], expression: object) -> Json:
        keys = _sort_keys(name, on, array, expression)
        if not array:
            return None
        result: Json = array[choose(range(len(array)), key=keys.__getitem__)]
        return result

    return body


def _sort_by(on: Call, array: list[Json], expression: object) -> Json:
    keys = _sort_keys("sort_by", on, array, expression)
    return [array[index] for index in sorted(range(len(array)), key=keys.__getitem__)]


def _sort_keys(name: str, on: Call, array: list[Json], expression: object) -> list[Any]:
    keys: list[Any] = [on.apply(expression, element) for element in array]
    _check(f"the expression of {name}", keys, _SORTABLE, on)
    _spend_on_sorting(on, keys)
    return keys


def _spend_on_sorting(on: Call, keys: list[Any]) -> None:
    on.spend(sum(map(weight, keys)) * max(1, len(keys).bit_length() // 4))


def _sort(on: Call, array: list[Any]) -> Json:
    _spend_on_sorting(on, array)
    return sorted(array)


def _not_null(_: Call, *arguments: Json) -> Json:
    return next((argument for argument in arguments if argument is not None), None)


def _reverse(on: Call, value: Any) -> Json:
    on.spend(weight(value) if isinstance(value, str) else len(value))
    result: Json = value[::-1]
    return result


def _to_array(_: Call, value: Json) -> Json:
    return value if isinstance(value, list) else [value]


def _to_number(_: Call, value: Any) -> Json:
    if isinstance(value, str):
        found = _NUMBER.fullmatch(value)
        if found is None or len(value) > values.MAX_DIGITS:
            return None
        return _decimal(value) if found[2] or found[3] else int(value)
    return value if kind_of(value) == "number" else None


def _decimal(text: str) -> Decimal | None:
    try:
        return values.decimal(text)
    except values.NotJson:
        return None


def _to_string(on: Call, value: Json) -> Json:
    if isinstance(value, str):
        return value
    try:
        text = values.compact(value, limit=MAX_BYTES)
    except values.TooLarge as error:
        raise EvaluationError(f"to_string() yields {error}") from None
    on.spend(len(text) // 8)
    return text


_ANY: tuple[str, ...] = ()
_STRING = ("string",)
_SORTABLE = ("array of number", "array of string")

FUNCTIONS: Mapping[str, Function] = {
    "abs": Function((("number",),), _abs),
    "avg": Function((("array of number",),), _avg),
    "ceil": Function((("number",),), _rounded(math.ceil)),
    "contains": Function((("array", "string"), _ANY), _contains),
    "ends_with": Function((_STRING, _STRING), lambda _, text, end: text.endswith(end)),
    "floor": Function((("number",),), _rounded(math.floor)),
    "join": Function((_STRING, ("array of string",)), _join),
    "keys": Function((("object",),), _keys),
    "length": Function((("string", "array", "object"),), lambda _, value: len(value)),
    "map": Function((("expression",), ("array",)), _map),
    "max": Function((_SORTABLE,), _extreme(max)),
    "max_by": Function((("array",), ("expression",)), _extreme_by("max_by", max)),
    "merge": Function((("object",),), _merge, variadic=True),
    "min": Function((_SORTABLE,), _extreme(min)),
    "min_by": Function((("array",), ("expression",)), _extreme_by("min_by", min)),
    "not_null": Function((_ANY,), _not_null, variadic=True),
    "reverse": Function((("array", "string"),), _reverse),
    "sort": Function((_SORTABLE,), _sort),
    "sort_by": Function((("array",), ("expression",)), _sort_by),
    "starts_with": Function((_STRING, _STRING), lambda _, text, start: text.startswith(start)),
    "sum": Function((("array of number",),), _sum),
    "to_array": Function((_ANY,), _to_array),
    "to_number": Function((_ANY,), _to_number),
    "to_string": Function((_ANY,), _to_string),
    "type": Function((_ANY,), lambda _, value: kind_of(value)),
    "values": Function((("object",),), _values),
}
