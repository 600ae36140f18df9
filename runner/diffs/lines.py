"""A value as lines, one for each of its parts, so that a diff of lines tells what changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runner import values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runner.values import Json

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_STEERING = re.compile(f"[\x00-\x08\x0b-\x1f{values.UNSEEN}]")
_SHORT = 80
"""Characters of an array that stands in one line."""


def of(path: str, value: Json) -> Iterator[str]:
    """The lines `path: JSON`: one for each member, and text of several lines as it is written.

    An array of a few plain values stands in one line.
    """
    match value:
        case dict() if value:
            for key, child in value.items():
                name = key if _PLAIN.fullmatch(key) else json(key)
                yield from of(f"{path}.{name}", child)
        case list() if value and not _is_short(value):
            for index, child in enumerate(value):
                yield from of(f"{path}[{index}]", child)
        case str() if "\n" in value:
            yield f"{path}: |"
            yield from (f"  {_visible(line)}" for line in value.split("\n"))
        case _:
            yield f"{path}: {json(value)}"


def pretty(value: Json, indent: str = "") -> Iterator[str]:
    """JSON with a line for each member, indented by two spaces."""
    match value:
        case dict() if value:
            heads = [f"{json(key)}: " for key in value]
            yield from _block("{", "}", heads, list(value.values()), indent)
        case list() if value:
            yield from _block("[", "]", [""] * len(value), value, indent)
        case _:
            yield indent + json(value)


def _block(
    start: str, end: str, heads: list[str], children: list[Json], indent: str
) -> Iterator[str]:
    yield indent + start
    inner = f"{indent}  "
    for index, (head, child) in enumerate(zip(heads, children, strict=True)):
        first, *rest = pretty(child, inner)
        lines = [f"{inner}{head}{first[len(inner) :]}", *rest]
        if index < len(children) - 1:
            lines[-1] += ","
        yield from lines
    yield indent + end


def _is_short(value: list[Json]) -> bool:
    if any(isinstance(child, (dict, list)) for child in value):
        return False
    return len(value) <= _SHORT and len(values.compact(list(value))) <= _SHORT


def json(value: Json) -> str:
    """A value in one line, in which nothing steers a terminal."""
    return values.well_formed(values.compact(value))


def _visible(line: str) -> str:
    """A line without what would break it, or steer a terminal."""
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", line)
