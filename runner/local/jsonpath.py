"""JSONPath as Step Functions uses it: one value for a path that names one place, else a list.

Filters are left to jsonpath-ng; everything else is read here, so that no field's name is a
word of a language that nobody asked for.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_STEPS = 100

_NAME = re.compile(r"[^\s.\[\]()'\",*?+/\\=<>!&|`{}~^;%#]+")
_QUOTED = re.compile(r"\[\s*(['\"])((?:(?!\1)[^\\]|\\.)*)\1\s*\]", re.DOTALL)
_NAMES = re.compile(r"""\[\s*(?:'(?:[^'\\]|\\.)*'\s*,?\s*)+\]""", re.DOTALL)
_ONE_NAME = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_INDICES = re.compile(r"\[\s*(-?\d+(?:\s*,\s*-?\d+)*)\s*\]")
_SLICE = re.compile(r"\[\s*(-?\d+)?\s*:\s*(-?\d+)?\s*(?::\s*(-?\d+)?\s*)?\]")
_WILD = re.compile(r"\[\s*\*\s*\]")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)

_FILTERING = threading.Lock()


class BadPath(ValueError):
    """The text is no path; the message says where it ends to be one."""


class NothingThere(LookupError):
    """The path names nothing in the value."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object."""

    name: str


@dataclass(frozen=True, slots=True)
class Fields:
    """Several fields of an object: at the end of a path an object of them, else each of them."""

    names: tuple[str, ...]
    is_last: bool


@dataclass(frozen=True, slots=True)
class Items:
    """Items of an array by their index; a negative one counts from the end."""

    indices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """A run of items of an array."""

    start: int | None
    stop: int | None
    step: int | None


@dataclass(frozen=True, slots=True)
class Wild:
    """Every field of an object, every item of an array."""


@dataclass(frozen=True, slots=True)
class Deep:
    """The value and everything below it."""


@dataclass(frozen=True, slots=True)
class Filter:
    """The items of an array for which an expression holds."""

    text: str


Step: TypeAlias = "Field | Fields | Items | Slice | Wild | Deep | Filter"


def extract(path: str, value: Any) -> Any:
    """Read a path. Raises BadPath, or NothingThere where it names nothing.

    A path with a wildcard, a slice, several indices, a filter or `..` gives a list, an empty
    one where only its end names nothing.
    """
    steps = parse(path)
    definite = _definite(steps)
    found = _find(steps[:definite], [value])
    if not found:
        raise NothingThere(path)
    return found[0] if definite == len(steps) else _find(steps[definite:], found)


@lru_cache(maxsize=4096)
def parse(path: str) -> tuple[Step, ...]:
    """Read the steps of a path that begins with `$`. Raises BadPath."""
    if not path.startswith("$"):
        raise BadPath(f"{path!r} does not begin with $")
    steps: list[Step] = []
    at = 1
    while at < len(path):
        new, at = _step(path, at)
        steps.extend(new)
        if len(steps) > MAX_STEPS:
            raise BadPath(f"more than {MAX_STEPS} steps")
    return tuple(steps)


def _step(path: str, at: int) -> tuple[list[Step], int]:
    if path.startswith("..", at):
        step, end = _after_dot(path, at + 2)
        return [Deep(), step], end
    if path.startswith(".", at):
        step, end = _after_dot(path, at + 1)
        return [step], end
    step, end = _bracket(path, at)
    return [step], end


def _after_dot(path: str, at: int) -> tuple[Step, int]:
    if path.startswith("*", at):
        return Wild(), at + 1
    if path.startswith("[", at):
        return _bracket(path, at)
    if name := _NAME.match(path, at):
        return Field(name[0]), name.end()
    raise _unexpected(path, at)


def _bracket(path: str, at: int) -> tuple[Step, int]:
    if found := _QUOTED.match(path, at):
        return Field(_ESCAPE.sub(r"\1", found[2])), found.end()
    if found := _NAMES.match(path, at):
        names = tuple(_ESCAPE.sub(r"\1", name) for name in _ONE_NAME.findall(found[0]))
        return Fields(names, is_last=found.end() == len(path)), found.end()
    if found := _INDICES.match(path, at):
        return Items(tuple(int(each) for each in found[1].split(","))), found.end()
    if found := _SLICE.match(path, at):
        start, stop, step = (None if each is None else int(each) for each in found.groups())
        if step is not None and step < 1:
            raise BadPath(f"the step of a slice is at least 1, in {path!r}")
        return Slice(start, stop, step), found.end()
    if found := _WILD.match(path, at):
        return Wild(), found.end()
    if path.startswith("[?", at):
        end = _closing(path, at)
        text = path[at:end]
        _filter(text)
        return Filter(text), end
    raise _unexpected(path, at)


def _closing(path: str, at: int) -> int:
    """Where the bracket at this place is closed."""
    depth, quote = 0, ""
    for index in range(at, len(path)):
        character = path[index]
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character == "[":
            depth += 1
        elif character == "]":
            depth -= 1
            if not depth:
                return index + 1
    raise BadPath(f"a bracket is not closed in {path!r}")


def _unexpected(path: str, at: int) -> BadPath:
    rest = path[at : at + 20]
    return BadPath(f"unexpected {rest!r} in {path!r}" if rest else f"{path!r} ends too early")


@lru_cache(maxsize=256)
def _filter(text: str) -> Any:
    from jsonpath_ng.ext import parser  # noqa: PLC0415 - only filters need it

    with _FILTERING:  # its parser is not made for several threads
        try:
            return parser.parse(f"${text}")
        except Exception as error:
            raise BadPath(f"the filter {text!r} can't be read: {error}") from error


def _definite(steps: tuple[Step, ...]) -> int:
    """How many of the first steps name one place at most."""
    for index, step in enumerate(steps):
        match step:
            case Field() | Fields(is_last=True) | Items(indices=(_,)):
                continue
            case _:
                return index
    return len(steps)


def _find(steps: tuple[Step, ...], values: list[Any]) -> list[Any]:
    for step in steps:
        values = [found for value in values for found in _matches(step, value)]
    return values


def _matches(step: Step, value: Any) -> Iterator[Any]:
    match step:
        case Field(name=name):
            if isinstance(value, dict) and name in value:
                yield value[name]
        case Fields(names=names, is_last=is_last):
            found = {
                name: value[name] for name in names if isinstance(value, dict) and name in value
            }
            yield from ([found] if is_last and isinstance(value, dict) else found.values())
        case Wild():
            yield from _children(value)
        case Deep():
            yield from _descendants(value)
        case _ if not isinstance(value, list):
            return
        case Items(indices=indices):
            yield from (value[each] for each in indices if -len(value) <= each < len(value))
        case Slice(start=start, stop=stop, step=by):
            yield from value[start:stop:by]
        case Filter(text=text):
            yield from (found.value for found in _filter(text).find(value))


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _descendants(value: Any) -> Iterator[Any]:
    todo = [value]
    while todo:
        found = todo.pop()
        yield found
        todo.extend(reversed(_children(found)))


def place(path: str) -> tuple[str | int, ...]:
    """The keys of a path that names one place, as ResultPath must. Raises BadPath."""
    steps = parse(path)
    if _definite(steps) != len(steps):
        raise BadPath(f"{path!r} may name several places")
    return tuple(_key(step) for step in steps)


def _key(step: Step) -> str | int:
    match step:
        case Field(name=name):
            return name
        case Items(indices=indices):
            return indices[0]
        case _:
            raise BadPath(f"{step} names no place")
