"""Where a character of a scalar's text stands in the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runner.documents.nodes import ScalarNode
    from runner.errors import Place

_PROPERTIES = re.compile(r"(?:[&!]\S*(?:\s+(?:#.*)?)*)*")
_HEADER = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_DOUBLE = re.compile(
    r"\\x..|\\u.{4}|\\U.{8}|\\(?:\r\n|[\s\S])|[^\\]",
)
_SINGLE = re.compile(r"''|[\s\S]")
_ONE = re.compile(r"[\s\S]")
_WHITE_ESCAPES = frozenset(("\\n", "\\t", "\\r", "\\ ", "\\\t", "\\\n", "\\\r", "\\\r\n"))
_WHITE_CODE = re.compile(r"\\x(?:09|0[aA]|0[dD]|20)|\\u00(?:09|0[aA]|0[dD]|20)")
_WHITE = " \t\r\n"


def place_in(node: ScalarNode, offset: int) -> Place:
    """Where character `offset` of the node's text stands, whatever its style.

    Quotes, escapes, folding and indentation change white space and how a character is
    written, but neither the order nor the number of the others: those are counted.
    """
    text = node.source.text
    before = node.text[:offset]
    wanted = sum(1 for letter in before if letter not in _WHITE)
    trailing = len(before) - len(before.rstrip(_WHITE))
    at_white = node.text[offset : offset + 1] in ("", *_WHITE)
    start = _start_of(node)
    end = start
    for begin, end in _visible(text, start):  # noqa: B007 - the last end is used below
        if wanted == 0:
            return node.place if at_white else node.source.place_at(begin)
        wanted -= 1
        if wanted == 0 and at_white:
            break
    return node.source.place_at(min(end + trailing, len(text)))


def _start_of(node: ScalarNode) -> int:
    """Where the text begins, behind an anchor."""
    start = node.source.index_of(node.position)
    found = _PROPERTIES.match(node.source.text, start)
    return found.end() if found else start


def _visible(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Begin and end of each character of the scalar at `start` that is not white space."""
    pattern = _ONE
    opening = text[start : start + 1]
    if opening in ("|", ">"):
        header = _HEADER.match(text, start)
        start = header.end() if header else start
    elif opening in ("'", '"'):
        pattern = _SINGLE if opening == "'" else _DOUBLE
        start += 1
    for found in pattern.finditer(text, start):
        if not _is_white(found[0]):
            yield found.span()


def _is_white(unit: str) -> bool:
    if len(unit) == 1:
        return unit in _WHITE
    return unit in _WHITE_ESCAPES or _WHITE_CODE.fullmatch(unit) is not None
