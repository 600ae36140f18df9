"""Reading the fields of a mapping that the schema has seen, or has complained about.

What is not of the wanted kind counts as absent: the schema has its say about that, and the
rest of the document is still checked.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from runner.documents import ListNode, MapNode, ScalarNode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runner.documents import Node
    from runner.errors import Place

Choice = TypeVar("Choice", bound=StrEnum)

_LONGEST = 100
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(?:[0-9]+(?:ms|s|m|h|d))+")
_PART = re.compile(r"([0-9]+)(ms|s|m|h|d)")


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping's fields. `elsewhere` is where to complain when there is no mapping."""

    node: MapNode | None
    elsewhere: Place

    @classmethod
    def of(cls, node: Node | None, elsewhere: Place) -> Fields:
        """The fields of a node; none where it is no mapping."""
        return cls(node if isinstance(node, MapNode) else None, elsewhere)

    @property
    def place(self) -> Place:
        """Where the mapping stands."""
        return self.elsewhere if self.node is None else self.node.place

    def __iter__(self) -> Iterator[str]:
        return iter(self.node.items if self.node else ())

    def get(self, key: str) -> Node | None:
        """The value, or None."""
        return self.node.items.get(key) if self.node else None

    def items(self) -> Iterator[tuple[str, Node]]:
        """Keys and values in the author's order."""
        return iter(self.node.items.items() if self.node else ())

    def place_of(self, key: str) -> Place:
        """Where the key stands; the mapping itself where it is absent."""
        if self.node is None or key not in self.node.items:
            return self.place
        return self.node.key_places[key]

    def place_of_value(self, key: str) -> Place:
        """Where the value stands: a scalar itself, the key of anything else."""
        node = self.get(key)
        return node.place if isinstance(node, ScalarNode) else self.place_of(key)

    def below(self, key: str) -> Fields:
        """The fields of the mapping under the key."""
        node = self.get(key)
        if isinstance(node, MapNode):
            return Fields(node, self.elsewhere)
        return Fields(None, self.place_of(key))

    def text(self, key: str) -> str | None:
        """A string."""
        value = self._value(key)
        return value if isinstance(value, str) else None

    def flag(self, key: str) -> bool:
        """A boolean, false when absent."""
        return self._value(key) is True

    def may_be(self, key: str) -> bool:
        """Tell whether a boolean is true, or was meant to be anything but false."""
        node = self.get(key)
        return node is not None and not (isinstance(node, ScalarNode) and node.value is False)

    def whole(self, key: str, default: int = 0) -> int:
        """An integer."""
        value = self._value(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else default

    def number(self, key: str, default: float) -> float:
        """A number."""
        value = self._value(key)
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
            return default
        return float(value)

    def seconds(self, key: str) -> float | None:
        """A duration such as `1h30m`, in seconds; infinity for an absurdly long text."""
        text = self.text(key)
        if text is None or not _DURATION.fullmatch(text):
            return None
        if len(text) > _LONGEST:
            return math.inf
        return sum(int(part[1]) * _SECONDS[part[2]] for part in _PART.finditer(text))

    def choice(self, key: str, default: Choice) -> Choice:
        """One of the members of an enumeration, by its value."""
        return self.option(key, type(default)) or default

    def option(self, key: str, kind: type[Choice]) -> Choice | None:
        """The same, or None."""
        text = self.text(key)
        try:
            return kind(text) if text is not None else None
        except ValueError:
            return None

    def list(self, key: str) -> tuple[Node, ...]:
        """The items of a sequence."""
        node = self.get(key)
        return node.items if isinstance(node, ListNode) else ()

    def scalars(self, key: str) -> Iterator[tuple[int, ScalarNode, str]]:
        """The strings of a sequence, with index and node."""
        for index, node in enumerate(self.list(key)):
            if isinstance(node, ScalarNode) and isinstance(node.value, str):
                yield index, node, node.value

    def texts(self, key: str) -> tuple[str, ...]:
        """The strings of a sequence."""
        return tuple(text for _, _, text in self.scalars(key))

    def _value(self, key: str) -> object:
        node = self.get(key)
        return node.value if isinstance(node, ScalarNode) else None
