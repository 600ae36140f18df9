"""Observing many executions in few calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from runner.errors import (
    AccessDenied,
    CredentialsFailed,
    NotFound,
    ProviderError,
    Rejected,
    Unreachable,
)
from runner.provider import Execution, ExecutionStatus, Watched
from runner.step_functions.checks import check_standard
from runner.step_functions.listing import PAGE_PRICE, by_machine, scan

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from runner.step_functions.reads import ListedStatus, Reads

LISTED_IN_VAIN = (AccessDenied, NotFound, Rejected)
"""Without the right to list, or where the service can't, executions are described instead."""

HOPELESS = (CredentialsFailed, Unreachable)
"""What holds for every call of this round: no need to find it out for each execution."""


@dataclass(slots=True)
class Round:
    """One observation of many executions.

    `answers` is written by the thread that observes; `hopeless` by any, with the same meaning
    whichever comes last.
    """

    reads: Reads
    since: float
    answers: dict[str, Execution | ProviderError] = field(default_factory=dict)
    hopeless: ProviderError | None = None

    def observe(self, watched: Sequence[Watched]) -> Mapping[str, Execution | ProviderError]:
        """Tell how each execution is, by ARN, in the order asked."""
        standard = self._standard(watched)
        groups = by_machine(standard)
        self._list(groups, "RUNNING")
        light = {
            machine: [one for one in self._open(group) if not one.details]
            for machine, group in groups.items()
        }
        # Ended ones that need no details are told by a list of all; errors need a describe.
        self._list({key: group for key, group in light.items() if len(group) > PAGE_PRICE}, None)
        rest = self._open(standard)
        self.answers.update(
            zip((one.arn for one in rest), self.reads.each(self._describe, rest), strict=True)
        )
        return {one.arn: self.answers[one.arn] for one in watched}

    def _standard(self, watched: Sequence[Watched]) -> list[Watched]:
        """One Watched for each ARN, with details where anyone asks for them; Express refused."""
        wanted: dict[str, Watched] = {}
        for one in watched:
            details = one.details or (one.arn in wanted and wanted[one.arn].details)
            wanted[one.arn] = Watched(one.arn, details)
        return [one for one in wanted.values() if self._is_standard(one.arn)]

    def _is_standard(self, arn: str) -> bool:
        try:
            check_standard(arn, "DescribeExecution")
        except Rejected as error:
            self.answers[arn] = error
            return False
        return True

    def _open(self, watched: Iterable[Watched]) -> list[Watched]:
        return [one for one in watched if one.arn not in self.answers]

    def _list(self, groups: Mapping[str, Collection[Watched]], status: ListedStatus | None) -> None:
        names = list(groups)
        scans = self.reads.each(
            lambda machine: self._scan(machine, {one.arn for one in groups[machine]}, status),
            names,
        )
        for found in scans:
            self.answers.update(found)

    def _scan(
        self, machine: str, wanted: Collection[str], status: ListedStatus | None
    ) -> Mapping[str, Execution | ProviderError]:
        if self.hopeless is not None:
            return dict.fromkeys(wanted, self.hopeless)
        page = partial(self._page, machine, status)
        try:
            found = scan(wanted, page)
        except LISTED_IN_VAIN:
            return {}
        except ProviderError as error:
            self._note(error)
            return dict.fromkeys(wanted, error)
        return {arn: row for arn, row in found.items() if _is_told_by_a_list(row)}

    def _page(
        self, machine: str, status: ListedStatus | None, token: str | None
    ) -> tuple[Sequence[Execution], str | None]:
        return self.reads.page(machine, status, token, since=self.since)

    def _describe(self, one: Watched) -> Execution | ProviderError:
        if self.hopeless is not None:
            return self.hopeless
        try:
            return self.reads.describe(one.arn, details=one.details, since=self.since)
        except ProviderError as error:
            self._note(error)
            return error

    def _note(self, error: ProviderError) -> None:
        if isinstance(error, HOPELESS):
            self.hopeless = error


def _is_told_by_a_list(row: Execution) -> bool:
    return row.status in (ExecutionStatus.RUNNING, ExecutionStatus.SUCCEEDED)
