"""The pages of ListExecutions.

A token names the last row, so that executions that begin between two pages move none of them.
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
    from tests.fake_aws.ledger import Place, Row
    from tests.fake_aws.world import Machine

_TOKEN = re.compile(r"(-?[0-9.e+]+):(-?[0-9]+)")
Listed: TypeAlias = "Row | Other"


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
) -> tuple[Sequence[Listed], str | None]:
    """A page of the ledger and of the crowd of `then`, and the token of the next one."""
    before = _place_in(token) if token else (math.inf, math.inf)
    rows = machine.ledger.before(before, status)
    if qualifier is not None:
        rows = (
            row for row in rows if qualifier in (str(row.execution.version), row.execution.alias)
        )
    found: list[Listed]
    crowd = machine.crowd
    if crowd is not None and status in (None, crowd.status) and qualifier is None:
        found = _merged(rows, crowd.before(*min(before, (then, math.inf))), limit + 1)
    else:
        found = list(islice(rows, limit + 1))
    if len(found) <= limit:
        return found, None
    del found[limit:]
    time, number = found[-1].place
    return found, f"{time!r}:{number:.0f}"


def _merged(rows: Iterator[Row], others: Iterator[Other], count: int) -> list[Listed]:
    ours: Iterator[tuple[Place, Listed]] = ((row.place, row) for row in rows)
    theirs: Iterator[tuple[Place, Listed]] = ((one.place, one) for one in others)
    merged = heapq.merge(ours, theirs, key=lambda each: each[0], reverse=True)
    return [one for _, one in islice(merged, count)]


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
