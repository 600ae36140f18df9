"""What lists tell of many executions of one machine, in few calls.

ListExecutions shows up to 1,000 executions in one call, newest first, but shares its account's
smallest quota; other calls show one. A list may lag behind, so one that lacks an execution says
nothing about it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runner.errors import ProviderError, Transient
from runner.provider import LIST_PRICE
from runner.step_functions import answers
from runner.step_functions.reads import LIST, PAGE_ROWS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from typing import Any

    from runner.provider import Execution
    from runner.step_functions.reads import ListedStatus, Reads

_FEWEST_ROWS = 100
_SLACK = 1.25
"""Rows asked for, for each execution wanted: those of others stand between them."""

_POOR_PAGES = 3
"""Pages in a row that were not worth their price, after which the rest is left alone."""


def survey(reads: Reads, machine: str, wanted: Collection[str]) -> Mapping[str, Execution]:
    """Read pages while they may cost less than looking at each that is still missing.

    The newest executions come first. Where others start many more on the same machine, those
    that run are listed by themselves after the first page, as they stand as far back as they
    began. A row that can't be read is passed over. Raises ProviderError where nothing of the first
    page can be read.
    """
    search = _Search(reads, machine, set(wanted))
    if not search.missing:
        return {}
    most = max(1, len(search.missing) // LIST_PRICE)
    search.read(None)
    try:
        if search.goes_on and most > 1 and search.is_among_others:
            search.read("RUNNING")
            most -= 1
        for _ in range(most - 1):
            if not search.goes_on:
                break
            search.read(None)
    except ProviderError:
        # A token that is not taken any more, or a fault, ends the search, not what it found.
        pass
    return search.found


class _Search:
    """What was found of those wanted, and the token of the next page."""

    def __init__(self, reads: Reads, machine: str, missing: set[str]) -> None:
        self._reads, self._machine = reads, machine
        self._rows = min(PAGE_ROWS, max(_FEWEST_ROWS, int(len(missing) * _SLACK)))
        self._token: str | None = None
        self._poor_pages = 0
        self.missing = missing
        self.found: dict[str, Execution] = {}

    @property
    def goes_on(self) -> bool:
        """Tell whether another page may be worth its price."""
        return (
            self._token is not None
            and len(self.missing) > LIST_PRICE
            and self._poor_pages < _POOR_PAGES
        )

    @property
    def is_among_others(self) -> bool:
        """Tell whether the first page shows mostly what was not wanted."""
        return 2 * len(self.found) < self._rows

    def read(self, status: ListedStatus | None) -> None:
        """Read the next page of all, or the first of those with a status."""
        if status is None:
            rows, self._token = self._reads.listed(
                self._machine, token=self._token, rows=self._rows
            )
        else:
            rows, _ = self._reads.listed(self._machine, status=status, rows=PAGE_ROWS)
        self._take(rows)

    def _take(self, rows: Sequence[Mapping[str, Any]]) -> None:
        missed = len(self.missing)
        unread = [error for row in rows if (error := self._take_row(row)) is not None]
        if unread and len(unread) == len(rows):
            raise unread[0]
        is_poor = missed - len(self.missing) < LIST_PRICE
        self._poor_pages = self._poor_pages + 1 if is_poor else 0

    def _take_row(self, row: Mapping[str, Any]) -> Transient | None:
        """Take one row; returns what is wrong with one that can't be read: others may be sound."""
        try:
            arn = answers.required_text(row, "executionArn", LIST)
            if arn in self.missing:
                self.found[arn] = replace(answers.execution(row, LIST), detailed=False)
                self.missing.discard(arn)
        except Transient as error:
            return error
        return None
