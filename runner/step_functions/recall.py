"""Looking for earlier executions: few pages, and honest about what was not seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from runner import identity
from runner.errors import CredentialsFailed, ProviderError, Unreachable
from runner.provider import Execution, ExecutionStatus, History, Lookback
from runner.step_functions import answers
from runner.step_functions.find import UNUSABLE, why
from runner.step_functions.reads import LIST

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from runner.arns import MachineArn
    from runner.step_functions.reads import Reads

HOPELESS = (CredentialsFailed, Unreachable)
"""What holds for every call: no need to find it out for each of them."""


def recall(reads: Reads, wanted: Iterable[Lookback], *, pages: int) -> Mapping[MachineArn, History]:
    """List each machine, several at a time, at most so many pages. Raises ProviderError."""
    asked = _by_machine(wanted)
    histories = reads.each(partial(_history, reads, pages), list(asked.values()))
    return dict(zip(asked, histories, strict=True))


def _by_machine(wanted: Iterable[Lookback]) -> Mapping[MachineArn, Lookback]:
    """One for each machine, whoever asks about it."""
    asked: dict[MachineArn, Lookback] = {}
    for one in wanted:
        other = asked.get(one.machine, one)
        asked[one.machine] = Lookback(
            one.machine,
            one.tags | other.tags,
            one.successes | other.successes,
            min(one.since, other.since) if one.since and other.since else None,
        )
    return asked


@dataclass(slots=True)
class _Search:
    """What was found of one machine so far, and which jobs are still looked for.

    `page` holds the ARNs of the page before: executions that end or begin between two pages
    move rows from one to the next.
    """

    tags: frozenset[str]
    unseen: set[str]
    unproven: set[str]
    found: dict[str, Execution] = field(default_factory=dict)
    rows: int = 0
    page: frozenset[str] = frozenset()

    @property
    def is_over(self) -> bool:
        return not self.unseen and not self.unproven

    def take(self, rows: Sequence[Mapping[str, Any]]) -> None:
        arns = frozenset(answers.required_text(row, "executionArn", LIST) for row in rows)
        self.rows += len(arns - self.page)
        self.page = arns
        for row in rows:
            self._take(row)

    def take_running(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Rows that say nothing of how far back was looked."""
        for row in rows:
            self._take(row)

    def _take(self, row: Mapping[str, Any]) -> None:
        name = identity.read_name(answers.name(row, LIST))
        if name is None or name.tag not in self.tags:
            return
        execution = answers.execution(row, LIST)
        self.found.setdefault(execution.arn, execution)
        self.unseen.discard(name.tag)
        if execution.status is ExecutionStatus.SUCCEEDED:
            self.unproven.discard(name.tag)


def _history(reads: Reads, pages: int, wanted: Lookback) -> History:
    """Read pages until all is found.

    The last page that is allowed is of what runs now, where jobs are still unseen: such an
    execution stands as far back as it began, and is to be waited for.
    """
    tags = wanted.tags | wanted.successes
    search = _Search(tags, set(tags), set(wanted.successes))
    machine = wanted.machine.unqualified
    token: str | None = None
    is_complete, is_reached, problem = False, False, None
    for number in range(1, pages + 1):
        try:
            if 1 < number == pages and search.unseen:
                search.take_running(reads.running_page(machine))
                break
            rows, token = reads.past_page(machine, token)
        except UNUSABLE as error:
            problem = why(error)
            break
        search.take(rows)
        is_complete = token is None
        is_reached = is_complete or _is_older(rows, wanted.since)
        if is_reached or search.is_over:
            break
    found = _newest_first(search.found.values())
    return History(found, search.rows, is_complete, problem, is_reached)


def _is_older(rows: Sequence[Mapping[str, Any]], since: datetime | None) -> bool:
    """Tell whether all rows that follow these are of what ended, or began and runs, earlier.

    The service sorts what has ended by its end, and what runs by its start or its redrive.
    """
    if since is None or not rows:
        return False
    last = rows[-1]
    time = last.get("stopDate") or last.get("redriveDate") or last.get("startDate")
    return time is not None and bool(time < since)


def _newest_first(found: Iterable[Execution]) -> tuple[Execution, ...]:
    """By their beginnings; the service sorts those that have ended by their ends."""
    return tuple(sorted(found, key=_began, reverse=True))


def _began(execution: Execution) -> float:
    return execution.started_at.timestamp() if execution.started_at else 0.0


def describe(reads: Reads, arns: Iterable[str]) -> Mapping[str, Execution | ProviderError]:
    """Describe each execution once, several at a time."""
    wanted = list(dict.fromkeys(arns))
    return dict(zip(wanted, reads.each(_Descriptions(reads).of, wanted), strict=True))


@dataclass(slots=True)
class _Descriptions:
    """`hopeless` is written by any thread, with the same meaning whichever comes last."""

    reads: Reads
    hopeless: ProviderError | None = None

    def of(self, arn: str) -> Execution | ProviderError:
        if self.hopeless is not None:
            return self.hopeless
        try:
            return self.reads.known(arn)
        except HOPELESS as error:
            self.hopeless = error
            return error
        except ProviderError as error:
            return error
