"""Differences of inputs as the lines of a small diff: `~ day: 1 → 2`, `+ limit: 5`, `- old`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.plan.types import KNOWN_AFTER_APPLY, SENSITIVE, InputChange
from runner.report.cleaning import one_line, shorten
from runner.report.layout import Style, cells, paint
from runner.values import compact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from runner.values import Json

MOST = 10
"""Differences of one job that are shown where all of it should be short."""

_DEPTH = 3
_CONTEXT = 8
_LEAST = 24
_PATH = 80
_STYLES = {"~": Style.YELLOW, "+": Style.GREEN, "-": Style.RED}
_ARROW = " → "


@dataclass(frozen=True, slots=True)
class Difference:
    """One line of a diff: a sign, the path to a value, and the values as they are shown."""

    sign: str
    path: str
    before: str = ""
    now: str = ""


def show(value: Json) -> str:
    """A value of an input as one line of JSON; placeholders stand bare."""
    if isinstance(value, str) and value in (KNOWN_AFTER_APPLY, SENSITIVE):
        return value
    return one_line(compact(value))


def differences(changes: Iterable[InputChange], *, late: bool = False) -> list[Difference]:
    """The lines for the changes of an input, inside objects one for each value that changed.

    Those of which it isn't known yet whether they change are left out, unless `late`.
    """
    return [
        each
        for change in changes
        if late or change.is_new or change.is_gone or change.now != KNOWN_AFTER_APPLY
        for each in _of(change)
    ]


def between(before: Mapping[str, Json], now: Mapping[str, Json]) -> tuple[InputChange, ...]:
    """What differs between two inputs as they are shown."""
    names = [*now, *(name for name in before if name not in now)]
    return tuple(
        InputChange(
            name,
            before.get(name),
            now.get(name),
            is_new=name not in before,
            is_gone=name not in now,
        )
        for name in names
        if name not in before or name not in now or show(before[name]) != show(now[name])
    )


def lines(
    found: Sequence[Difference], *, width: int, colour: bool = False, most: int | None = MOST
) -> Iterator[str]:
    """The diff in lines of about `width` columns; beyond `most` they are counted."""
    shown = found[:most]
    for each in shown:
        path = shorten(each.path, _PATH)
        text = _values(each, width - cells(path) - len("~ : "))
        sign = paint(each.sign, _STYLES[each.sign], colour=colour)
        yield f"{sign} {path}: {text}" if text else f"{sign} {path}"
    if len(shown) < len(found):
        yield f"and {len(found) - len(shown):,} more"


def _of(change: InputChange) -> Iterator[Difference]:
    path = one_line(change.parameter)
    if change.is_new:
        yield Difference("+", path, now=show(change.now))
    elif change.is_gone:
        yield Difference("-", path)
    else:
        yield from _inside(path, change.before, change.now, _DEPTH)


def _inside(path: str, before: Json, now: Json, depth: int) -> Iterator[Difference]:
    """What differs, by the paths of members as far as both values are objects."""
    if not (isinstance(before, dict) and isinstance(now, dict) and depth):
        yield Difference("~", path, show(before), show(now))
        return
    for change in between(before, now):
        inner = f"{path}.{one_line(change.parameter)}"
        if change.is_new:
            yield Difference("+", inner, now=show(change.now))
        elif change.is_gone:
            yield Difference("-", inner)
        else:
            yield from _inside(inner, change.before, change.now, depth - 1)


def _values(each: Difference, room: int) -> str:
    room = max(room, _LEAST)
    if each.sign != "~":
        return shorten(each.now, room)
    if each.before == each.now:
        return shorten(each.now, room)
    before, now = _fitted(each.before, each.now, room - len(_ARROW))
    return f"{before}{_ARROW}{now}"


def _fitted(before: str, now: str, room: int) -> tuple[str, str]:
    """Two values in so much room, with the place where they begin to differ in sight."""
    if len(before) + len(now) > room:
        cut = max(_common(before, now) - _CONTEXT, 0)
        if cut > 1:
            before, now = f"…{before[cut:]}", f"…{now[cut:]}"
    half = room // 2
    first = shorten(before, max(half, room - len(now)))
    return first, shorten(now, max(half, room - len(first)))


def _common(before: str, now: str) -> int:
    """How many characters both begin with."""
    for index, (one, other) in enumerate(zip(before, now, strict=False)):
        if one != other:
            return index
    return min(len(before), len(now))
