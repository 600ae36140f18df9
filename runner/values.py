"""JSON's data model in Python, read and written without losing a digit.

Integers are `int` of any size, all other numbers `Decimal`, so that `1.10` stays `1.10`.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import TYPE_CHECKING, NoReturn, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

Scalar: TypeAlias = "None | bool | int | Decimal | str"
Json: TypeAlias = "Scalar | list[Json] | dict[str, Json]"

MAX_DEPTH = 200
"""Nesting that reading and writing accept; Step Functions' own limit is not published."""

MAX_DIGITS = 4000
"""Digits of one number; CPython refuses to convert integers of more than 4,300."""

UNSEEN = (
    "\x7f-\x9f"
    "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\u2028\u2029"
    "\ud800-\udfff"
    "\U000e0000-\U000e007f"
)
"""Characters that steer a terminal, turn text round, break lines or have no sign of their own.

Those of a regular expression's class, without ASCII's controls below the space.
"""

_UNSEEN = re.compile(f"[{UNSEEN}]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LONG_NUMBER = re.compile(rf"\d{{{MAX_DIGITS + 1}}}")


class NotJson(ValueError):
    """The text is not JSON, or goes beyond a bound; the message says which."""


class TooLarge(ValueError):
    """Writing went past the given number of bytes."""


def parse(text: str) -> Json:
    """Read strict JSON: no duplicate keys, no NaN, numbers keep their digits.

    Raises NotJson.
    """
    if _LONG_NUMBER.search(text):
        raise NotJson(f"a number has more than {MAX_DIGITS} digits")
    try:
        value: Json = json.loads(
            text, parse_float=decimal, parse_constant=_no_constant, object_pairs_hook=_object
        )
    except RecursionError as error:
        raise NotJson(f"nested deeper than {MAX_DEPTH} levels") from error
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg} at line {error.lineno} column {error.colno}") from error
    _check_depth(value)
    return value


def decimal(text: str) -> Decimal:
    """The number that the text of a JSON number means, with its digits.

    Raises NotJson where its exponent is beyond MAX_DIGITS: no service would read it, and
    written out it would fill the memory.
    """
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = None
    if number is None or (number and abs(number.adjusted()) > MAX_DIGITS):
        raise NotJson(f"the exponent of a number is beyond {MAX_DIGITS}")
    return number


def _no_constant(name: str) -> NoReturn:
    raise NotJson(f"{name} is not a JSON number")


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise NotJson(f"the key {key!r} stands twice in one object")
            seen.add(key)
    return result


def _check_depth(value: Json) -> None:
    level: Sequence[Json] = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return
    raise NotJson(f"nested deeper than {MAX_DEPTH} levels")


def _children(value: Json) -> Sequence[Json]:
    if isinstance(value, dict):
        return [child for child in value.values() if isinstance(child, (dict, list))]
    if isinstance(value, list):
        return [child for child in value if isinstance(child, (dict, list))]
    return ()


def compact(value: Json, *, limit: int | None = None) -> str:
    """Write one line of JSON with keys in the order given, that UTF-8 can hold.

    Raises TooLarge as soon as the text passes `limit` bytes of UTF-8, so that a value with
    many shared parts is never written out whole.
    """
    return _write(value, _string, sort=False, limit=limit)


def _string(text: str) -> str:
    quoted = encode_basestring(text)
    return quoted if quoted.isascii() else _SURROGATE.sub(_escaped, quoted)


def canonical(value: Json) -> str:
    """Write ASCII JSON with sorted keys, the same text for the same value: what is hashed."""
    return _write(value, encode_basestring_ascii, sort=True, limit=None)


def size(value: Json) -> int:
    """Bytes of UTF-8 that the value takes as compact JSON."""
    return len(encode(compact(value)))


def well_formed(text: str) -> str:
    """The same JSON, as any file and any log can hold it.

    Escaped are lone surrogates, which UTF-8 can't encode, what would steer a terminal or turn
    text round, and what GitHub's runner would take for a command anywhere in a line. What is
    sent or hashed is never written so.
    """
    text = text.replace("##[", "##\\u005b")
    return text if text.isascii() and "\x7f" not in text else _UNSEEN.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return encode_basestring_ascii(found[0])[1:-1]


def lone_surrogate(value: Json) -> str | None:
    """The escape of a lone surrogate in a text or a key of the value, if there is one.

    JSON can write half of a character as `\\ud800`, but no text can hold it.
    """
    if isinstance(value, str):
        half = None if value.isascii() else _SURROGATE.search(value)
        return _escaped(half) if half else None
    parts: Iterable[Json] = ()
    if isinstance(value, dict):
        parts = (*value, *value.values())
    elif isinstance(value, list):
        parts = value
    return next((found for part in parts if (found := lone_surrogate(part))), None)


def encode(text: str) -> bytes:
    """UTF-8 of the text; a lone surrogate, which UTF-8 can't hold, becomes `?`."""
    return text.encode("utf-8", "replace")


def _write(value: Json, string: Callable[[str], str], *, sort: bool, limit: int | None) -> str:
    parts: list[str] = []
    room = limit
    for part in _tokens(value, string, sort, 0):
        parts.append(part)
        if room is not None:
            room -= len(part) if part.isascii() else len(encode(part))
            if room < 0:
                raise TooLarge(f"more than {limit:,} bytes of JSON")
    return "".join(parts)


def _tokens(value: Json, string: Callable[[str], str], sort: bool, depth: int) -> Iterator[str]:
    if depth > MAX_DEPTH:
        raise TooLarge(f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        items = sorted(value.items()) if sort else value.items()
        lead = "{"
        for key, child in items:
            yield f"{lead}{string(key)}:"
            yield from _tokens(child, string, sort, depth + 1)
            lead = ","
        yield "}" if lead == "," else "{}"
    elif isinstance(value, list):
        lead = "["
        for child in value:
            yield lead
            yield from _tokens(child, string, sort, depth + 1)
            lead = ","
        yield "]" if lead == "," else "[]"
    else:
        yield _scalar(value, string)


def _scalar(value: Scalar, string: Callable[[str], str]) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return string(value)
        case Decimal():
            if not value.is_finite():
                raise NotJson(f"{value} is not a JSON number")
            return str(value)
        case int():
            return str(value)
