"""Checking a value against its declared type, and giving it that type's form.

A declared type reads texts strictly, as JSON would: `1_000`, `0x1F` or `.5` are no numbers,
`yes` is no boolean. Numbers and booleans become text where text is declared. A number without
a fraction is an integer, whether JSON wrote it `5` or `5.0`, and is sent as `5`. null fits
`json` alone.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, assert_never

from runner import values
from runner.parameters.spellings import meanings
from runner.parameters.types import Misfit, ParameterType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.values import Json

_SHOWN = 60
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATETIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?"
    r"(?:Z|[-+](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
_FRACTION = re.compile(r"\.[0-9]+")
_ARTICLES = {
    ParameterType.STRING: "a string",
    ParameterType.BOOLEAN: "a boolean",
    ParameterType.INTEGER: "an integer",
    ParameterType.NUMBER: "a number",
    ParameterType.OBJECT: "an object",
    ParameterType.ARRAY: "an array",
    ParameterType.JSON: "JSON",
    ParameterType.DATE: "a date (YYYY-MM-DD)",
    ParameterType.DATETIME: "a date and time with offset (RFC 3339)",
}
_WAYS_OUT = {
    ParameterType.STRING: "write text, or declare type: json",
    ParameterType.BOOLEAN: "write true or false",
    ParameterType.INTEGER: "write it like 500 or -1",
    ParameterType.NUMBER: "write it like 1.5, -2 or 1e+3",
    ParameterType.OBJECT: "write a mapping, or declare another type",
    ParameterType.ARRAY: "write a list, or declare another type",
    ParameterType.JSON: "write a value of any kind, or JSON text in quotes",
    ParameterType.DATE: "write it like 2024-01-31, with a day that exists",
    ParameterType.DATETIME: "write it like 2024-01-31T10:00:00Z or 2024-01-31T10:00:00+01:00",
}


def convert(value: Json, type_: ParameterType | None) -> Json:
    """The value in the form of its type; as it is where no type is declared.

    It is meant for what a template yields, once: a string under `json` is JSON text and is
    parsed. Raises Misfit.
    """
    if type_ is None:
        return value
    if isinstance(value, str):
        return _from_text(value, type_)
    fits = _fits(value, type_)
    if type_ is ParameterType.STRING and fits:
        return values.compact(value)
    if type_ is ParameterType.INTEGER and isinstance(value, Decimal) and fits:
        return int(value)
    if not fits:
        raise misfit(value, type_)
    return value


_FITTING: Mapping[ParameterType, tuple[type, ...]] = {
    ParameterType.STRING: (bool, int, Decimal),
    ParameterType.BOOLEAN: (bool,),
    ParameterType.INTEGER: (int, Decimal),
    ParameterType.NUMBER: (int, Decimal),
    ParameterType.OBJECT: (dict,),
    ParameterType.ARRAY: (list,),
    ParameterType.DATE: (),
    ParameterType.DATETIME: (),
}


def _fits(value: Json, type_: ParameterType) -> bool:
    """Tell whether a value that is not text may stand for the type."""
    if type_ is ParameterType.JSON:
        return True
    if type_ is ParameterType.INTEGER and not _is_whole(value):
        return False
    return type(value) in _FITTING[type_]


def _is_whole(value: Json) -> bool:
    if isinstance(value, Decimal):
        return value.adjusted() < values.MAX_DIGITS and value == value.to_integral_value()
    return isinstance(value, int)


def _from_text(text: str, type_: ParameterType) -> Json:
    match type_:
        case ParameterType.STRING:
            return text
        case ParameterType.BOOLEAN:
            return _boolean(text)
        case ParameterType.INTEGER | ParameterType.NUMBER:
            return _number(text, type_)
        case ParameterType.DATE | ParameterType.DATETIME:
            return _time(text, type_)
        case ParameterType.JSON | ParameterType.OBJECT | ParameterType.ARRAY:
            return _json(text, type_)
        case _:
            assert_never(type_)


def _boolean(text: str) -> bool:
    if text in ("true", "false"):
        return text == "true"
    meant = [values.compact(found) for found in meanings(text) if isinstance(found, bool)]
    raise misfit(text, ParameterType.BOOLEAN, f"write {meant[0]}" if meant else None)


def _number(text: str, type_: ParameterType) -> Json:
    if len(text) > values.MAX_DIGITS:
        raise misfit(text, type_, f"at most {values.MAX_DIGITS:,} digits are allowed")
    if _INTEGER.fullmatch(text):
        return int(text)
    if type_ is ParameterType.NUMBER and _NUMBER.fullmatch(text):
        return _decimal(text)
    meant = [
        values.compact(found)
        for found in meanings(text)
        if found is not None and not isinstance(found, bool) and _fits(found, type_)
    ]
    raise misfit(text, type_, f"write {' or '.join(meant)}" if meant else None)


def _decimal(text: str) -> Decimal:
    try:
        return values.decimal(text)
    except values.NotJson as error:
        raise misfit(text, ParameterType.NUMBER, str(error)) from None


def _time(text: str, type_: ParameterType) -> str:
    is_date = type_ is ParameterType.DATE
    form = _DATE if is_date else _DATETIME
    if form.fullmatch(text) is None:
        raise misfit(text, type_)
    try:
        # Python knows microseconds; RFC 3339 allows any number of digits.
        _ = date.fromisoformat(text) if is_date else datetime.fromisoformat(_FRACTION.sub("", text))
    except ValueError:
        raise misfit(text, type_) from None
    return text


def _json(text: str, type_: ParameterType) -> Json:
    try:
        value = values.parse(text)
    except values.NotJson as error:
        way_out = f"it is read as JSON text: {error}"
        raise misfit(text, type_, way_out) from None
    if not _fits(value, type_):
        raise misfit(value, type_)
    return value


def misfit(value: Json, type_: ParameterType, help: str | None = None) -> Misfit:
    """The complaint that a value is not of a type."""
    wanted = f"not {_ARTICLES[type_]}"
    usual = _WAYS_OUT[type_]
    return Misfit(f"{shown(value)} is {wanted}", f"the value is {wanted}", help or usual, usual)


def shown(value: Json) -> str:
    """A value in a message: short, and with no control character."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array"
    if isinstance(value, str):
        return repr(value if len(value) <= _SHOWN else value[:_SHOWN] + "…")
    text = "a number" if isinstance(value, Decimal) and len(str(value)) > _SHOWN else None
    if isinstance(value, int) and abs(value) >= 10**_SHOWN:
        text = "a number"
    return text or values.compact(value)
