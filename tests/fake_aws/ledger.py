"""A machine's executions in the order of ListExecutions, kept as they change.

What runs is sorted by its start, what has ended by its end. Only what has changed since the
last list is looked at again, so that a list of many executions costs no more than its page.
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.fake_aws.execution import Execution, View

Place = tuple[float, float]
ALL = ""


@dataclass(slots=True)
class Row:
    """An execution as it is listed. `encoded` is its JSON, once it has been asked for."""

    place: Place
    execution: Execution
    view: View
    encoded: bytes | None = None


class Ledger:
    """`lags` tells how late an execution is seen, and how much later a redrive of it."""

    def __init__(self, lags: Callable[[Execution], tuple[float, float]]) -> None:
        self._lags = lags
        self._changed: deque[Execution] = deque()
        self._due: list[tuple[float, int]] = []
        self._held: dict[int, Execution] = {}
        self._rows: dict[int, Row] = {}
        self._orders: dict[str, list[Place]] = {ALL: []}

    def touch(self, execution: Execution) -> None:
        """An execution is new, or has changed."""
        self._changed.append(execution)

    def fill(self, executions: Iterable[Execution]) -> None:
        """Begin anew with these."""
        self._changed = deque(executions)
        self._due, self._held, self._rows, self._orders = [], {}, {}, {ALL: []}

    def catch_up(self, now: float) -> None:
        """Show what is to be seen now."""
        while self._changed:
            execution = self._changed.popleft()
            self._held[execution.number] = execution
            self._show(execution, now)
        while self._due and self._due[0][0] <= now:
            _, number = heapq.heappop(self._due)
            self._show(self._held[number], now)

    def before(self, place: Place, status: str | None) -> Iterator[Row]:
        """The rows that come after a place in a list, newest first."""
        order = self._orders.get(status or ALL, [])
        for index in range(bisect_left(order, place) - 1, -1, -1):
            yield self._rows[int(order[index][1])]

    def _show(self, execution: Execution, now: float) -> None:
        lag, redriven = self._lags(execution)
        self._hide(execution.number)
        view = execution.seen(now, lag, redriven=redriven)
        if view is not None:
            time = view.leg.ended if view.over else execution.started
            row = Row((time, float(execution.number)), execution, view)
            self._rows[execution.number] = row
            for order in (self._orders[ALL], self._orders.setdefault(view.status, [])):
                insort(order, row.place)
        due = execution.next_change(now, lag, redriven)
        if due < math.inf:
            heapq.heappush(self._due, (due, execution.number))

    def _hide(self, number: int) -> None:
        row = self._rows.pop(number, None)
        if row is None:
            return
        for order in (self._orders[ALL], self._orders[row.view.status]):
            del order[bisect_left(order, row.place)]
