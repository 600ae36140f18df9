"""What a run's journal tells beyond its results file, which is written a little later. Pure.

Like a results file, a journal may come from anyone: what it names is checked where it is used.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from runner import values
from runner.results import Attempt, RunStatus, Status
from runner.standing.asking import ENDED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from runner.results import JobResult, RunResults
    from runner.values import Json

_LONGEST = 2048
_RUNS = frozenset({"started", "adopted", "redriven"})
_AS_IT_ENDED = {
    Status.SUCCEEDED: "SUCCEEDED",
    Status.UP_TO_DATE: "SUCCEEDED",
    Status.FAILED: "FAILED",
    Status.CANCELLED: "ABORTED",
}


def needs_journal(results: RunResults) -> bool:
    """Tell whether more may have happened than the results tell: the run was killed, or goes on,

    or its results could not be written.
    """
    return results.status is RunStatus.RUNNING or bool(results.problems)


def complete(results: RunResults, lines: Iterable[str]) -> RunResults | None:
    """The results with what the lines of the run's journal tell; None for another run's."""
    records = _records(lines)
    first = next(records, {})
    if first.get("event") != "run_started" or first.get("runId") != results.run.id:
        return None
    jobs = {job.name: _Job(job) for job in results.jobs}
    for record in records:
        job = jobs.get(_text(record, "job"))
        if job is not None:
            job.take(record)
    return replace(results, jobs=tuple(job.result for job in jobs.values()))


def _records(lines: Iterable[str]) -> Iterator[Mapping[str, Json]]:
    """The records; a line that a kill or a full disk cut short is none."""
    for line in lines:
        with suppress(values.NotJson):
            record = values.parse(line)
            if isinstance(record, dict):
                yield record


def _text(record: Mapping[str, Json], key: str) -> str:
    value = record.get(key)
    return value if isinstance(value, str) and len(value) <= _LONGEST else ""


@dataclass(slots=True)
class _Job:
    result: JobResult

    def take(self, record: Mapping[str, Json]) -> None:
        """Take one transition."""
        event = _text(record, "event")
        with suppress(ValueError):
            status = Status(_text(record, "status"))
            is_settled = event in (status.value, "left")
            reason = _text(record, "reason") if is_settled else ""
            self.result = replace(self.result, status=status, reason=reason)
        name = _text(record, "executionName")
        if name:
            self._take_attempt(name, event, record)

    def _take_attempt(self, name: str, event: str, record: Mapping[str, Json]) -> None:
        attempts = {attempt.name: attempt for attempt in self.result.attempts}
        number = record.get("attempt")
        before = attempts.get(name) or Attempt(number if isinstance(number, int) else 1, name)
        after = replace(
            before,
            arn=_text(record, "executionArn") or before.arn,
            status=self._status(before, event),
            started_at=before.started_at or _time(record),
        )
        if event == "adopted":
            after = replace(after, adopted=record.get("own") is not True)
        attempts[name] = after
        self.result = replace(self.result, attempts=tuple(attempts.values()))

    def _status(self, before: Attempt, event: str) -> str | None:
        """How the attempt is after an event, in the service's word."""
        if event == "retrying":
            return before.status if before.status in ENDED else "FAILED"
        if event == self.result.status.value:
            ended = _AS_IT_ENDED.get(self.result.status)
            return before.status if before.status in ENDED else ended or before.status
        if event in _RUNS and (before.status not in ENDED or event == "redriven"):
            return "RUNNING"
        return before.status


def _time(record: Mapping[str, Json]) -> datetime | None:
    """When a transition was: an execution began at about that time."""
    with suppress(ValueError):
        time = datetime.fromisoformat(_text(record, "time"))
        return time if time.tzinfo is not None else None
    return None
