"""The order and the pages of ListExecutions.

What runs is sorted by its start, what has ended by its end, newest first. A token names the
last row, so that executions that begin between two pages move none of them.
"""

from __future__ import annotations

import heapq
import math
import re
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.fake_aws.crowd import Other
    from tests.fake_aws.world import Execution, Machine

_TOKEN = re.compile(r"(-?[0-9.e+]+):(-?[0-9]+)")
Place = tuple[float, float]
Row: TypeAlias = "tuple[Place, Execution | Other]"


class InvalidToken(Exception):
    """A token that no page gave."""


def page_of(
    machine: Machine,
    then: float,
    *,
    limit: int,
    token: str | None,
    status: str | None,
    qualifier: str | None,
) -> tuple[Sequence[Execution | Other], str | None]:
    """A page of what was to be seen `then`, and the token of the next one."""
    before = _place_in(token) if token else (then, math.inf)
    ours: Iterator[Row] = iter(_ours(machine, then, before, status, qualifier))
    others: Iterator[Other] = iter(())
    if machine.crowd is not None and status in (None, machine.crowd.status) and not qualifier:
        others = machine.crowd.before(*min(before, (then, math.inf)))
    theirs: Iterator[Row] = (((one.time, float(one.number)), one) for one in others)
    merged = heapq.merge(ours, theirs, key=lambda row: row[0], reverse=True)
    found = list(islice(merged, limit + 1))
    if len(found) <= limit:
        return [one for _, one in found], None
    page = found[:limit]
    time, number = page[-1][0]
    return [one for _, one in page], f"{time!r}:{number:.0f}"


def _ours(
    machine: Machine, then: float, before: Place, status: str | None, qualifier: str | None
) -> list[Row]:
    placed: list[Row] = [
        ((_sorted_by(one, then), float(one.number)), one)
        for one in machine.executions
        if one.started <= then
        and status in (None, one.status(then))
        and qualifier in (None, str(one.version), one.alias)
    ]
    found = [each for each in placed if each[0] < before]
    found.sort(key=lambda each: each[0], reverse=True)
    return found


def _sorted_by(execution: Execution, then: float) -> float:
    return execution.started if execution.ended > then else execution.ended


def _place_in(token: str) -> Place:
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise InvalidToken(token)
    return float(found[1]), float(found[2])


def number_in(token: str | None) -> int:
    """The number that a token of another list is."""
    if token is None:
        return 0
    if not token.isdigit():
        raise InvalidToken(token)
    return int(token)
