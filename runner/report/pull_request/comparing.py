"""Two texts compared line by line, with work that has a bound over all texts of a pull request.

The shortest way from one to the other is looked for, as by E. W. Myers, "An O(ND) Difference
Algorithm and Its Variations" (1986): little to do where little differs, whatever the length.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from itertools import accumulate, takewhile
from typing import TYPE_CHECKING

from runner.report.cleaning import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from runner.diffs import Changed

EACH, ALL = 1_000_000, 4_000_000
"""Steps that comparing two texts may take, and comparing all of them: about a second."""

_CONTEXT = 3


@dataclass(frozen=True, slots=True)
class _Equal:
    """Lines that both have: `number` of them from `before` in the one, from `after` in the other.

    Places are counted from 0.
    """

    before: int
    after: int
    number: int


def compared(
    some: Iterable[Changed], *, each: int = EACH, most: int = ALL
) -> Mapping[Changed, Sequence[str] | None]:
    """The diff of each in lines, None where that would take too long. The shortest come first."""
    found: dict[Changed, Sequence[str] | None] = {}
    for changed in sorted(some, key=lambda one: len(one.before) + len(one.after)):
        before, after = clean(changed.before).splitlines(), clean(changed.after).splitlines()
        equal, steps = _equal(before, after, min(each, most))
        most -= steps
        found[changed] = None if equal is None else list(_hunks(before, after, equal))
    return found


def _equal(
    before: Sequence[str], after: Sequence[str], most: int
) -> tuple[list[_Equal] | None, int]:
    """The lines that both have, in order, and the steps that it took to find them."""
    head = _common(zip(before, after, strict=False))
    rest = min(len(before), len(after)) - head
    tail = min(_common(zip(reversed(before), reversed(after), strict=False)), rest)
    one, other = before[head : len(before) - tail], after[head : len(after) - tail]
    ends = [_Equal(0, 0, head), _Equal(len(before) - tail, len(after) - tail, tail)]
    if not (one and other):
        return ends, 0
    rounds, steps = _search(one, other, most)
    if rounds is None:
        return None, steps
    middle = [
        _Equal(head + found.before, head + found.after, found.number)
        for found in _way(rounds, len(one), len(other))
    ]
    return [ends[0], *middle, ends[1]], steps


def _common(pairs: Iterable[tuple[str, str]]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _search(
    one: Sequence[str], other: Sequence[str], most: int
) -> tuple[list[array[int]] | None, int]:
    """How far each diagonal is reached with 0, 1, 2 lines that differ, until the end is.

    Round d holds the diagonals from -d to d; None once it takes more than so many steps.
    """
    rounds: list[array[int]] = []
    steps = 0
    while steps <= most:
        number = len(rounds)
        last = rounds[-1] if rounds else array("i")
        reached = array("i", [-1]) * (2 * number + 1)
        for diagonal in range(-number, number + 1, 2):
            start = x = _start(last, diagonal, number)
            while x < len(one) and x - diagonal < len(other) and one[x] == other[x - diagonal]:
                x += 1
            reached[diagonal + number] = x
            steps += 1 + x - start
            if x >= len(one) and x - diagonal >= len(other):
                return [*rounds, reached], steps
        rounds.append(reached)
    return None, steps


def _start(last: array[int], diagonal: int, number: int) -> int:
    """Where a diagonal is entered in a round: from the one above by a line more, or from below."""
    if number == 0:
        return 0
    if _is_more(last, diagonal, number):
        return last[diagonal + number]
    return last[diagonal + number - 2] + 1


def _is_more(last: array[int], diagonal: int, number: int) -> bool:
    """Tell whether the line that differs is one that only the other text has."""
    if diagonal in (-number, number):
        return diagonal == -number
    return last[diagonal + number - 2] < last[diagonal + number]


def _way(rounds: Sequence[array[int]], x: int, y: int) -> list[_Equal]:
    """The way back from the end: the lines in common, in order."""
    found: list[_Equal] = []
    for number in range(len(rounds) - 1, -1, -1):
        diagonal = x - y
        last = rounds[number - 1] if number else array("i")
        start = _start(last, diagonal, number)
        if x > start:
            found.append(_Equal(start, start - diagonal, x - start))
        if number:
            is_more = _is_more(last, diagonal, number)
            x = start if is_more else start - 1
            y = start - diagonal - (1 if is_more else 0)
    return found[::-1]


def _hunks(before: Sequence[str], after: Sequence[str], equal: Iterable[_Equal]) -> Iterator[str]:
    """Unified hunks, each with some lines around what differs."""
    lines = list(_signed(before, after, equal))
    olds = [0, *accumulate(int(line[0] != "+") for line in lines)]
    news = [0, *accumulate(int(line[0] != "-") for line in lines)]
    for first, end in _spans([at for at, line in enumerate(lines) if line[0] != " "], len(lines)):
        old, new = _range(olds[first], olds[end]), _range(news[first], news[end])
        yield f"@@ -{old} +{new} @@"
        yield from lines[first:end]


def _signed(before: Sequence[str], after: Sequence[str], equal: Iterable[_Equal]) -> Iterator[str]:
    """All lines, each with a sign before it; what is gone comes before what is new."""
    old = new = 0
    for each in equal:
        yield from (f"-{line}" for line in before[old : each.before])
        yield from (f"+{line}" for line in after[new : each.after])
        old, new = each.before + each.number, each.after + each.number
        yield from (f" {line}" for line in before[each.before : old])


def _spans(changed: Iterable[int], number: int) -> Iterator[tuple[int, int]]:
    """From which line to which each hunk goes, for the places of lines that differ."""
    first: int | None = None
    end = 0
    for at in changed:
        if first is not None and at - _CONTEXT > end:
            yield first, end
            first = None
        if first is None:
            first = max(at - _CONTEXT, 0)
        end = min(at + 1 + _CONTEXT, number)
    if first is not None:
        yield first, end


def _range(start: int, end: int) -> str:
    """Lines as a hunk's head has them: counted from 1, and without their number if it is 1."""
    if end - start == 1:
        return str(end)
    return f"{start + 1 if end > start else start},{end - start}"
