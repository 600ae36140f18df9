"""Reading JSONata. The only door to the library that parses it.

The library is imported when the first expression is read: most definitions have none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

Node: TypeAlias = Any
"""A node of the library's tree; it has no types."""

MAX_TEXT: Final = 20_000
MAX_COST: Final = 2_000


def parse(text: str) -> Node | None:
    """The tree of an expression; None where it can't be read."""
    if len(text) > MAX_TEXT:
        return None
    try:
        # A hostile regular expression isn't compiled, as none is ever matched.
        return _parser().parse(text, lambda _pattern, _flags: None)
    except Exception:
        # The library raises of every kind where a text is odd, RecursionError too.
        return None


def _parser() -> Any:
    from jsonata.parser import Parser  # noqa: PLC0415 - most definitions need none

    return Parser()


@dataclass(slots=True)
class Library:
    """Parses each text once, and not more of them than a bound."""

    trees: dict[str, Node | None] = field(default_factory=dict)
    left: int = MAX_COST

    def tree(self, text: str) -> Node | None:
        """The tree of an expression; None where it can't be read, or would take too long."""
        if text not in self.trees:
            cost = _cost(text)
            self.left -= cost
            self.trees[text] = parse(text) if self.left > 0 else None
        return self.trees[text]


def _cost(text: str) -> int:
    """About how long the library takes, in some tenths of a millisecond.

    It reads what stands left of `?:` and `??` twice, and so again for each that follows.
    """
    doublings = text.count("?:") + text.count("??")
    return 1 + len(text) // 100 + (1 << min(doublings, 30)) // 10
