"""Intrinsic functions of JSONPath states: read from their text, and evaluated.

https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from runner.local.intrinsic_functions import FUNCTIONS, Misuse, unescape

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_DEPTH = 10
"""Functions within functions that Step Functions takes."""

_NAME = re.compile(r"\s*States\.(\w+)\s*\(")
_STRING = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_WORD = re.compile(r"(true|false|null)\b")
_SPACE = re.compile(r"\s*")
_WORDS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that stands in the text. Strings keep their escapes in `raw`."""

    value: Any
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """A path into the input or the context, or a variable."""

    path: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments."""

    name: str
    arguments: tuple[Argument, ...]


Argument: TypeAlias = "Literal | Reference | Call"


@lru_cache(maxsize=4096)
def parse(text: str) -> Call:
    """Read a call. Raises Misuse for what is none, or for a function that does not exist."""
    call, end = _call(text, 0, 1)
    if text[end:].strip():
        raise Misuse(f"unexpected {text[end:].strip()!r} after {text[:end]!r}")
    return call


def evaluate(call: Call, read: Callable[[str], Any]) -> Any:
    """Evaluate a call; `read` gives the value of a path or a variable. Raises Misuse."""
    function = FUNCTIONS[call.name]
    values = [_value(argument, read) for argument in call.arguments]
    if call.name == "Format" and call.arguments:
        first = call.arguments[0]
        if isinstance(first, Literal) and first.raw is not None:
            values[0] = first.raw
    return function(*values)


def _value(argument: Argument, read: Callable[[str], Any]) -> Any:
    match argument:
        case Literal(value=value):
            return value
        case Reference(path=path):
            return read(path)
        case Call():
            return evaluate(argument, read)


def _call(text: str, at: int, depth: int) -> tuple[Call, int]:
    found = _NAME.match(text, at)
    if found is None or found[1] not in FUNCTIONS:
        raise Misuse(f"{text[at:]!r} calls no intrinsic function")
    if depth > MAX_DEPTH:
        raise Misuse(f"more than {MAX_DEPTH} functions within one another")
    arguments: list[Argument] = []
    at = _skip(text, found.end())
    while not text.startswith(")", at):
        argument, at = _argument(text, at, depth)
        arguments.append(argument)
        at = _skip(text, at)
        if text.startswith(",", at):
            at = _skip(text, at + 1)
        elif not text.startswith(")", at):
            raise Misuse(f"expected , or ) before {text[at:]!r}")
    return Call(found[1], tuple(arguments)), at + 1


def _argument(text: str, at: int, depth: int) -> tuple[Argument, int]:
    if text.startswith("$", at):
        end = _path_end(text, at)
        return Reference(text[at:end].rstrip()), end
    if string := _STRING.match(text, at):
        return Literal(unescape(string[1]), string[1]), string.end()
    if number := _NUMBER.match(text, at):
        is_integer = number[1] is None and number[2] is None
        return Literal(int(number[0]) if is_integer else float(number[0])), number.end()
    if word := _WORD.match(text, at):
        return Literal(_WORDS[word[1]]), word.end()
    return _call(text, at, depth + 1)


def _path_end(text: str, at: int) -> int:
    """Where a path ends: at the first comma or closing parenthesis that is not within it."""
    depth = 0
    quote = ""
    for index in range(at, len(text)):
        character = text[index]
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"" and depth:
            quote = character
        elif character in "[(":
            depth += 1
        elif depth and character in "])":
            depth -= 1
        elif character in ",)":
            return index
    return len(text)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
