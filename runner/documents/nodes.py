"""What YAML text becomes: scalars, lists and mappings that know where they stand."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.errors import Diagnostic, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runner.values import Json, Scalar

_BREAK = re.compile(r"\r\n|\r|\n")
_COLUMN_BITS = 24
_COLUMN_MASK = (1 << _COLUMN_BITS) - 1


class Source:
    """One file as text: its name in diagnostics, and what it holds without a byte order mark."""

    __slots__ = ("_line_starts", "file", "text")

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self._line_starts: list[int] | None = None

    def place(self, position: int) -> Place:
        """Unpack a position."""
        return Place(self.file, position >> _COLUMN_BITS, position & _COLUMN_MASK)

    def place_at(self, index: int) -> Place:
        """The line and column of a character of the text."""
        starts = self._starts()
        line = bisect_right(starts, index)
        return Place(self.file, line, index - starts[line - 1] + 1)

    def index_of(self, position: int) -> int:
        """Which character of the text stands at a position."""
        starts = self._starts()
        return starts[(position >> _COLUMN_BITS) - 1] + (position & _COLUMN_MASK) - 1

    def _starts(self) -> list[int]:
        if self._line_starts is None:
            self._line_starts = [0, *(found.end() for found in _BREAK.finditer(self.text))]
        return self._line_starts


def pack(line: int, column: int) -> int:
    """One small integer for a line and a column, both from 1: a project has many places."""
    return line << _COLUMN_BITS | column


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """A scalar. `value` is what JSON's rules make of it, `text` what the author typed.

    `text` is without quotes and escapes. `plain` tells that it is not quoted; `ambiguous`
    that it is plain and JSON, YAML 1.1 and YAML 1.2 do not all read it as the same value.
    A plain scalar that only YAML takes for something else (`no`, `~`, `0x1F`) is text here.
    """

    source: Source
    position: int
    value: Scalar
    text: str
    plain: bool
    ambiguous: bool = False

    @property
    def place(self) -> Place:
        """Where it begins; for an alias, where the anchored scalar begins."""
        return self.source.place(self.position)


@dataclass(frozen=True, slots=True)
class ListNode:
    """A sequence."""

    source: Source
    position: int
    items: tuple[Node, ...]

    @property
    def place(self) -> Place:
        """Where it begins: at its `[`, or at the `-` of its first item."""
        return self.source.place(self.position)


class KeyPlaces(Mapping[str, Place]):
    """Where each key of one mapping stands."""

    __slots__ = ("_positions", "_source")

    def __init__(self, source: Source, positions: Mapping[str, int]) -> None:
        self._source = source
        self._positions = positions

    def __getitem__(self, key: str) -> Place:
        return self._source.place(self._positions[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._positions)

    def __len__(self) -> int:
        return len(self._positions)


@dataclass(frozen=True, slots=True)
class MapNode:
    """A mapping in the author's order; keys that `<<` merges in come last."""

    source: Source
    position: int
    items: dict[str, Node]
    key_positions: dict[str, int]

    @property
    def place(self) -> Place:
        """Where it begins: at its `{`, or at its first key."""
        return self.source.place(self.position)

    @property
    def key_places(self) -> KeyPlaces:
        """Where each key stands."""
        return KeyPlaces(self.source, self.key_positions)


Node = ScalarNode | ListNode | MapNode


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document of a file; its root may be of any kind, as the author wrote it."""

    file: str
    root: Node


@dataclass(frozen=True, slots=True)
class Parsed:
    """The documents of one file, and every complaint about its text, sorted by place.

    Empty documents are left out. So are documents whose text leaves open what they say:
    `dropped` counts those, so that a name which nobody defines need not be complained about
    a second time.
    """

    documents: tuple[Document, ...]
    diagnostics: tuple[Diagnostic, ...]
    dropped: int = 0


def plain(node: Node) -> Json:
    """The node as JSON data without places. What aliases share is copied."""
    if isinstance(node, ScalarNode):
        return node.value
    if isinstance(node, ListNode):
        items: list[Json] = []
        for item in node.items:
            items.append(plain(item))
        return items
    result: dict[str, Json] = {}
    for key, item in node.items.items():
        result[key] = plain(item)
    return result


def find(node: Node, path: Sequence[str | int]) -> Node:
    """The node at the path, or the deepest one on the way when the path leads nowhere."""
    for step in path:
        child = _child(node, step)
        if child is None:
            return node
        node = child
    return node


def _child(node: Node, step: str | int) -> Node | None:
    if isinstance(node, MapNode) and isinstance(step, str):
        return node.items.get(step)
    if isinstance(node, ListNode) and isinstance(step, int) and step < len(node.items):
        return node.items[step]
    return None


def place_of_key(node: Node, path: Sequence[str | int]) -> Place:
    """Where the last step of the path is written: its key, or the list item itself."""
    if not path:
        return node.place
    parent = find(node, path[:-1])
    if isinstance(parent, MapNode) and path[-1] in parent.key_positions:
        return parent.source.place(parent.key_positions[str(path[-1])])
    return find(node, path).place
