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
class Group:
    """Rows of one kind; `more` makes the row that counts what stands in the rows after so many."""

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

    @property
    def number(self) -> int:
        """How many rows there are."""
        return sum(len(group.rows) for group in self.groups)

    def with_at_most(self, most: int) -> Rows:
        """The same with at most so many rows of each group, the others counted."""
        return Rows(
            self.heads,
            [
                group
                if len(group.rows) <= most
                else Group([*group.rows[:most], group.more(most)], group.more)
                for group in self.groups
            ],
        )


Lines: TypeAlias = Sequence[str] | Rows


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


Body: TypeAlias = Lines | Part


def fit(
    bodies: Sequence[Body],
    limit: int,
    left_out: Callable[[str], str],
    foot: Sequence[str] = (),
) -> str:
    """The text of all, one below the other, within `limit` bytes of UTF-8.

    `left_out` makes a line of what is left out, which comes last, above the foot. The text is
    empty where not even what can't be left out has room.
    """
    shown: list[Body] = list(bodies)
    names: list[str] = []
    note: Sequence[str] = ()
    weight = sum(map(_weight, shown)) + weigh(foot)
    for part in sorted((each for each in bodies if isinstance(each, Part)), key=_rank):
        if weight + weigh(note) <= limit:
            break
        index = next(at for at, each in enumerate(shown) if each is part)
        shown[index] = part.instead
        weight += _weight(part.instead) - _weight(part)
        if part.lines:
            names.append(part.name)
            note = ("", left_out(", ".join(dict.fromkeys(names))))
    shown += [note, foot]
    weight += weigh(note)
    if weight > limit:
        shown, weight = _with_fewer_rows(shown, weight, limit)
    if weight > limit:
        return ""
    return "".join(f"{line}\n" for body in shown for line in _lines(body))


def weigh(lines: Sequence[str]) -> int:
    """Bytes of UTF-8, with a line feed at the end of each line."""
    return sum(len(line.encode("utf-8", "replace")) + 1 for line in lines)


def _rank(part: Part) -> int:
    return part.rank


def _lines(body: Body) -> Sequence[str]:
    return body.lines if isinstance(body, Part | Rows) else body


def _weight(body: Body) -> int:
    return weigh(_lines(body))


def _with_fewer_rows(shown: Sequence[Body], weight: int, limit: int) -> tuple[list[Body], int]:
    """Give each table what the others leave, the last of them first."""
    result = list(shown)
    for index in reversed(range(len(result))):
        body = result[index]
        if weight > limit and isinstance(body, Rows):
            rest = weight - _weight(body)
            result[index] = _fewer(body, limit - rest)
            weight = rest + _weight(result[index])
    return result, weight


def _fewer(table: Rows, room: int) -> Lines:
    """As many rows of each group as fit: of every group that loses some the same number."""
    sums = [[0, *accumulate(weigh((row,)) for row in group.rows)] for group in table.groups]

    def weight(most: int) -> int:
        return weigh(table.heads) + sum(
            of_rows[-1] if len(group.rows) <= most else of_rows[most] + weigh((group.more(most),))
            for group, of_rows in zip(table.groups, sums, strict=True)
        )

    longest = max((len(group.rows) for group in table.groups), default=0)
    most = bisect_right(range(longest), room, key=weight) - 1
    return table.with_at_most(most) if most >= 0 else ()
