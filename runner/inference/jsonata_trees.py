"""Reading JSONata. The only door to the library that parses it.

The library is imported when the first expression is read: most definitions have none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from runner.inference.reads import Exhausted

if TYPE_CHECKING:
    from collections.abc import Callable

Node: TypeAlias = Any
"""A node of the library's tree; it has no types."""

MAX_TEXT: Final = 20_000
MAX_TEXT_WORK: Final = 15_000
MAX_WORK: Final = 90_000
_TEXT_WORK: Final = 30


class _TooMuch(Exception):
    """An expression takes more work than is spent on one."""


@dataclass(slots=True)
class Trees:
    """Parses each text once, and stops at a text that takes the library too long.

    Work is counted in tokens and in nodes of the tree, about a hundredth of a millisecond for
    each. Nodes count as often as the library visits them: it goes twice through what stands left
    of `?:` and `??`, and at each step of a path through the steps before.
    """

    trees: dict[str, Node | None] = field(default_factory=dict)
    left: int = MAX_WORK

    def tree(self, text: str) -> Node | None:
        """The tree of an expression; None where it can't be read, or takes too long.

        Raises Exhausted after too much work on all of them.
        """
        if text not in self.trees:
            if self.left <= 0:
                raise Exhausted
            self.trees[text], work = parse(text)
            self.left -= work
        return self.trees[text]


def parse(text: str) -> tuple[Node | None, int]:
    """The tree of an expression, None where it can't be read; and the work that it took."""
    if len(text) > MAX_TEXT:
        return None, 0
    work = _TEXT_WORK + len(text) // 100

    def count(visited: int) -> None:
        nonlocal work
        work += visited
        if work > MAX_TEXT_WORK:
            raise _TooMuch

    try:
        # A hostile regular expression isn't compiled, as none is ever matched.
        return _parser()(count).parse(text, lambda _pattern, _flags: None), work
    except Exception:
        # The library raises of every kind where a text is odd, RecursionError too.
        return None, work


@cache
def _parser() -> Callable[[Callable[[int], None]], Any]:
    from jsonata.parser import Parser  # noqa: PLC0415 - most definitions need none

    class Counting(Parser):  # type: ignore[misc]
        """The library's parser, which tells how many tokens and nodes it goes through."""

        def __init__(self, count: Callable[[int], None]) -> None:
            super().__init__()
            self._count = count

        def advance(self, *given: Any) -> Node:
            self._count(1)
            return super().advance(*given)

        def process_ast(self, expr: Node) -> Node:
            self._count(1)
            found = super().process_ast(expr)
            self._count(len(getattr(found, "steps", None) or ()) // 50)
            return found

    return Counting
