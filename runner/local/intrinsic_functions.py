"""The eighteen intrinsic functions as Python functions of JSON values."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import random
import re
import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_TEXT = 10_000
MAX_ITEMS = 1_000
_INTEGERS = range(-(2**31), 2**31)
_ALGORITHMS = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
}
_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)
_PLACEHOLDER = re.compile(r"\\.|\{\}", re.DOTALL)
_RANDOM = random.SystemRandom()


class Misuse(ValueError):
    """A call that Step Functions fails with States.IntrinsicFailure; the message says why."""


def unescape(text: str) -> str:
    r"""Replace `\'`, `\{`, `\}` and `\\` by what they stand for. Raises Misuse."""

    def one(found: re.Match[str]) -> str:
        if found[1] not in ("'", "{", "}", "\\"):
            raise Misuse(f"an open backslash in {text!r}")
        return found[1]

    return _ESCAPE.sub(one, text)


def _format(template: Any, *values: Any) -> str:
    _expect(template, str, "States.Format takes a text first")
    given = iter(values)
    count = 0

    def one(found: re.Match[str]) -> str:
        nonlocal count
        if found[0] != "{}":
            return unescape(found[0])
        count += 1
        return _shown(next(given, None))

    text = _PLACEHOLDER.sub(one, template)
    if count != len(values):
        raise Misuse(f"States.Format has {count} places and {len(values)} values")
    return text


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}={_shown(child)}' for key, child in value.items())}}}"
    return json.dumps(value)


def _string_to_json(text: Any) -> Any:
    _expect(text, str, "States.StringToJson takes a text")
    try:
        return json.loads(text)
    except ValueError as error:
        raise Misuse(f"States.StringToJson: {error}") from error


def _json_to_string(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _array(*values: Any) -> list[Any]:
    return list(values)


def _partition(items: Any, size: Any) -> list[Any]:
    _expect(items, list, "States.ArrayPartition takes an array first")
    step = _integer(size)
    if step < 1:
        raise Misuse("States.ArrayPartition takes a size of at least 1")
    return [items[start : start + step] for start in range(0, len(items), step)]


def _contains(items: Any, value: Any) -> bool:
    _expect(items, list, "States.ArrayContains takes an array first")
    wanted = _identity(value)
    return any(_identity(item) == wanted for item in items)


def _range(first: Any, last: Any, step: Any) -> list[int]:
    by = _integer(step)
    if not by:
        raise Misuse("States.ArrayRange takes a step other than 0")
    numbers = range(_integer(first), _integer(last) + (1 if by > 0 else -1), by)
    if len(numbers) > MAX_ITEMS:
        raise Misuse(f"States.ArrayRange gives at most {MAX_ITEMS} items")
    return list(numbers)


def _get_item(items: Any, index: Any) -> Any:
    _expect(items, list, "States.ArrayGetItem takes an array first")
    at = _integer(index)
    if not 0 <= at < len(items):
        raise Misuse(f"States.ArrayGetItem: there is no item {at} among {len(items)}")
    return items[at]


def _length(items: Any) -> int:
    _expect(items, list, "States.ArrayLength takes an array")
    return len(items)


def _unique(items: Any) -> list[Any]:
    _expect(items, list, "States.ArrayUnique takes an array")
    return list({_identity(item): item for item in reversed(items)}.values())[::-1]


def _encode(text: Any) -> str:
    _expect_short(text, "States.Base64Encode")
    return base64.b64encode(text.encode()).decode()


def _decode(text: Any) -> str:
    _expect_short(text, "States.Base64Decode")
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Misuse(f"States.Base64Decode: {error}") from error


def _hash(value: Any, algorithm: Any) -> str:
    if algorithm not in _ALGORITHMS:
        raise Misuse(f"States.Hash knows {', '.join(_ALGORITHMS)}")
    text = value if isinstance(value, str) else _json_to_string(value)
    _expect_short(text, "States.Hash")
    return hashlib.new(_ALGORITHMS[algorithm], text.encode(), usedforsecurity=False).hexdigest()


def _merge(first: Any, second: Any, deep: Any) -> dict[str, Any]:
    for value in (first, second):
        _expect(value, dict, "States.JsonMerge takes two objects")
    if deep is not False:
        raise Misuse("States.JsonMerge: only the shallow mode (false) is supported")
    return {**first, **second}


def _random(start: Any, end: Any, seed: Any = None) -> int:
    first, beyond = _integer(start), _integer(end)
    if first >= beyond:
        raise Misuse("States.MathRandom takes a start below its end")
    source = _RANDOM if seed is None else random.Random(_integer(seed))  # noqa: S311
    return source.randrange(first, beyond)


def _add(first: Any, second: Any) -> int:
    numbers = [_integer(first), _integer(second)]
    if any(number not in _INTEGERS for number in numbers):
        raise Misuse("States.MathAdd takes integers from -2147483648 to 2147483647")
    return sum(numbers)


def _split(text: Any, delimiters: Any) -> list[str]:
    for value in (text, delimiters):
        _expect(value, str, "States.StringSplit takes two texts")
    if not delimiters:
        return [text]
    parts = re.split("|".join(re.escape(character) for character in delimiters), text)
    return [part for part in parts if part]


def _uuid() -> str:
    return str(uuid.uuid4())


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Misuse(f"expected an integer, got {json.dumps(value)}")
    return round(value)


def _identity(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _expect(value: Any, kind: type, message: str) -> None:
    if not isinstance(value, kind):
        raise Misuse(f"{message}, not {json.dumps(value)[:100]}")


def _expect_short(text: Any, name: str) -> None:
    _expect(text, str, f"{name} takes a text")
    if len(text) > MAX_TEXT:
        raise Misuse(f"{name} takes at most {MAX_TEXT:,} characters")


def _counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def called(*values: Any) -> Any:
        try:
            return function(*values)
        except TypeError as error:
            raise Misuse(f"States.{name} can't take {len(values)} such arguments") from error

    return called


_PLAIN: dict[str, Callable[..., Any]] = {
    "Format": _format,
    "StringToJson": _string_to_json,
    "JsonToString": _json_to_string,
    "Array": _array,
    "ArrayPartition": _partition,
    "ArrayContains": _contains,
    "ArrayRange": _range,
    "ArrayGetItem": _get_item,
    "ArrayLength": _length,
    "ArrayUnique": _unique,
    "Base64Encode": _encode,
    "Base64Decode": _decode,
    "Hash": _hash,
    "JsonMerge": _merge,
    "MathRandom": _random,
    "MathAdd": _add,
    "StringSplit": _split,
    "UUID": _uuid,
}

FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: _counted(name, function) for name, function in _PLAIN.items()
}
