"""Markdown within a size: whole parts are left out in a fixed order, then rows; nothing is cut.

Each part is rendered once and weighed; what is left out is decided by adding up weights.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Part:
    """Lines that are shown as a whole, or not at all.

    `name` is said where the part is left out, and `instead` is then shown in its place. The
    part with the lowest `rank` goes first.
    """

    lines: Sequence[str]
    name: str
    rank: int
    instead: Lines = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one kind; `more` makes a row of how many there are beside those shown."""

    rows: Sequence[str]
    more: Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Rows:
    """A table of which only some rows may be shown: of the largest groups the fewest."""

    heads: Sequence[str]
    groups: Sequence[Group]

    @property
    def lines(self) -> list[str]:
        """The whole table."""
        return [*self.heads, *(row for group in self.groups for row in group.rows)]


Lines: TypeAlias = Sequence[str] | Rows
Body: TypeAlias = Sequence[str] | Rows | Part


def fit(bodies: Sequence[Body], limit: int, left_out: Callable[[Sequence[str]], str]) -> str:
    """The text of all, one below the other, within `limit` bytes of UTF-8.

    `left_out` makes a line of the names of parts that were left out; it comes last. The text
    is empty where not even what can't be left out has room.
    """
    shown: list[Body] = list(bodies)
    names: list[str] = []
    total = sum(map(_weight, shown))
    for part in sorted((each for each in bodies if isinstance(each, Part)), key=_rank):
        if total + _weight_of_note(names, left_out) <= limit:
            break
        index = next(at for at, each in enumerate(shown) if each is part)
        shown[index] = part.instead
        total += _weight(part.instead) - _weight(part)
        if part.name:
            names.append(part.name)
    note = _note(names, left_out)
    room = limit - _weight(note)
    if total > room:
        shown, total = _with_fewer_rows(shown, room)
    if total > room:
        return ""
    return "".join(f"{line}\n" for body in [*shown, note] for line in _lines(body))


def weigh(lines: Sequence[str]) -> int:
    """Bytes of UTF-8, with a line feed at the end of each line."""
    return sum(len(line.encode("utf-8", "replace")) + 1 for line in lines)


def _rank(part: Part) -> int:
    return part.rank


def _lines(body: Body) -> Sequence[str]:
    return body.lines if isinstance(body, Part | Rows) else body


def _weight(body: Body) -> int:
    return weigh(_lines(body))


def _note(names: Sequence[str], left_out: Callable[[Sequence[str]], str]) -> Sequence[str]:
    return ("", left_out(names)) if names else ()


def _weight_of_note(names: Sequence[str], left_out: Callable[[Sequence[str]], str]) -> int:
    return weigh(_note(names, left_out))


def _with_fewer_rows(shown: Sequence[Body], limit: int) -> tuple[list[Body], int]:
    """Give each table what the others leave, the last of them first."""
    result = list(shown)
    total = sum(map(_weight, result))
    for index in reversed(range(len(result))):
        body = result[index]
        if total > limit and isinstance(body, Rows):
            rest = total - _weight(body)
            result[index] = _fewer(body, limit - rest)
            total = rest + _weight(result[index])
    return result, total


def _fewer(table: Rows, room: int) -> Sequence[str]:
    """As many rows of each group as fit, the same number of each group that has to lose some."""
    weights = [[0, *accumulate(weigh((row,)) for row in group.rows)] for group in table.groups]

    def weight(most: int) -> int:
        return weigh(table.heads) + sum(
            sums[-1] if most >= len(group.rows) else sums[most] + _weight_of_more(group, most)
            for group, sums in zip(table.groups, weights, strict=True)
        )

    longest = max((len(group.rows) for group in table.groups), default=0)
    most = bisect_right(range(longest), room, key=weight) - 1
    if most < 0:
        return ()
    return [
        *table.heads,
        *(
            row
            for group in table.groups
            for row in (
                *group.rows[:most],
                *((group.more(len(group.rows) - most),) if most < len(group.rows) else ()),
            )
        ),
    ]


def _weight_of_more(group: Group, most: int) -> int:
    return weigh((group.more(len(group.rows) - most),))
