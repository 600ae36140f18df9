"""Where a character of a scalar's text stands in the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
    """Where character `offset` of the node's text stands, whatever its style."""
    return places_in(node, [offset])[0]


def places_in(node: ScalarNode, offsets: Sequence[int]) -> list[Place]:
    """Where characters of the node's text stand, of ascending offsets; the text is read once.

    Quotes, escapes, folding and indentation change white space and how a character is
    written, but neither the order nor the number of the others: those are counted.
    """
    walk = _Walk(node)
    return [walk.to(offset) for offset in offsets]


class _Walk:
    """Follows a scalar's text and how it is written in the file, side by side."""

    def __init__(self, node: ScalarNode) -> None:
        self._node = node
        self._end = _start_of(node)
        self._visible = _visible(node.source.text, self._end)
        self._next = next(self._visible, None)
        self._passed = 0
        self._offset = 0

    def to(self, offset: int) -> Place:
        """The place of a character that is not before those asked for so far."""
        text = self._node.text
        wanted = sum(1 for letter in text[self._offset : offset] if letter not in _WHITE)
        self._offset = offset
        self._skip(wanted)
        if text[offset : offset + 1] not in ("", *_WHITE):
            begin = self._end if self._next is None else self._next[0]
            return self._node.source.place_at(begin)
        if not self._passed:
            return self._node.place
        trailing = _white_before(text, offset)
        return self._node.source.place_at(min(self._end + trailing, len(self._node.source.text)))

    def _skip(self, count: int) -> None:
        for _ in range(count):
            if self._next is None:
                return
            self._end = self._next[1]
            self._passed += 1
            self._next = next(self._visible, None)


def _white_before(text: str, offset: int) -> int:
    start = offset
    while start > 0 and text[start - 1] in _WHITE:
        start -= 1
    return offset - start


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
