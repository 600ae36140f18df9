"""What a builder keeps while it reads: open collections and anchored nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from runner.documents.nodes import MapNode, Node

NO_KEY: Final = object()
"""The mapping's next node is a key."""

MERGE_KEY: Final = object()
"""The mapping's next node is what `<<` merges."""

UNUSABLE_KEY: Final = object()
"""The mapping's next node is left out, for its key was complained about."""


class Anchor:
    """An anchored node; `node` is None while it is still being read.

    `size` is the number of values in it, `height` the number of levels, and `letters` the
    number of characters of its texts.
    """

    __slots__ = ("height", "letters", "node", "size")

    def __init__(
        self, node: Node | None = None, size: int = 0, height: int = 0, letters: int = 0
    ) -> None:
        self.node = node
        self.size = size
        self.height = height
        self.letters = letters


class Frame:
    """A collection that is being read: a list when `row` is one, else a mapping.

    `key` is the mapping's key that waits for its value, `before` and `letters_before` are the
    numbers of values and of characters that the document had before the collection.
    """

    __slots__ = (
        "anchor",
        "before",
        "height",
        "items",
        "key",
        "keys",
        "letters_before",
        "merge_position",
        "merges",
        "position",
        "row",
    )

    def __init__(self, position: int, before: int, letters_before: int) -> None:
        self.position = position
        self.before = before
        self.letters_before = letters_before
        self.height = 1
        self.anchor: Anchor | None = None
        self.row: list[Node] | None = None
        self.items: dict[str, Node] = {}
        self.keys: dict[str, int] = {}
        self.key: object = NO_KEY
        self.merges: list[MapNode] = []
        self.merge_position = 0

    def merge(self) -> None:
        """Take over the keys of merged mappings; own ones win, then earlier ones."""
        for merged in self.merges:
            for key, item in merged.items.items():
                if key not in self.items:
                    self.items[key] = item
                    self.keys[key] = merged.key_positions[key]
