"""How jobs and their executions end: the words that schedule, results and reports share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from runner.provider import ExecutionStatus

if TYPE_CHECKING:
    from datetime import datetime

    from runner.provider import Execution

TIMEOUT_ERROR = "Stepfleet.Timeout"
"""The error with which an execution that outlasts its job's timeout is stopped."""

INTERRUPT_ERROR = "Stepfleet.Interrupted"
"""The error with which an interrupted apply stops its executions."""

STOP_ERROR = "Stepfleet.Stopped"
"""The error with which a person stops the executions that a run left."""


class Status(StrEnum):
    """How a job is. PENDING and RUNNING may still change, unless the run was left early."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    UP_TO_DATE = "up_to_date"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"

    @property
    def is_success(self) -> bool:
        """Tell whether the job's work is done, in this run or before."""
        return self in (Status.SUCCEEDED, Status.UP_TO_DATE)

    @property
    def is_bad(self) -> bool:
        """Tell whether the job counts as failed for those that need it, and for the exit code."""
        return self in (Status.FAILED, Status.CANCELLED, Status.UNKNOWN)

    @property
    def is_open(self) -> bool:
        """Tell whether the work may still go on."""
        return self in (Status.PENDING, Status.RUNNING)

    @property
    def lasting(self) -> Status:
        """The status as expressions and fingerprints see it.

        Work that a run found done is the same as work that it did, or the next run would
        take every job that looks at a status for changed.
        """
        return Status.SUCCEEDED if self is Status.UP_TO_DATE else self


_STATUS = {
    ExecutionStatus.RUNNING: Status.RUNNING,
    ExecutionStatus.PENDING_REDRIVE: Status.RUNNING,
    ExecutionStatus.SUCCEEDED: Status.SUCCEEDED,
    ExecutionStatus.FAILED: Status.FAILED,
    ExecutionStatus.TIMED_OUT: Status.FAILED,
    ExecutionStatus.ABORTED: Status.CANCELLED,
    ExecutionStatus.UNRECOGNISED: Status.UNKNOWN,
}


def status_of(execution: Execution) -> Status:
    """What an execution's own status means for its job.

    An execution that was stopped for a job's timeout failed; any other that was stopped was
    cancelled by a person.
    """
    if execution.status is ExecutionStatus.ABORTED and execution.error == TIMEOUT_ERROR:
        return Status.FAILED
    return _STATUS.get(execution.status, Status.UNKNOWN)


def status_left(execution: Execution) -> Status:
    """What an earlier execution means that did not do its job's work and is not tried again.

    A list tells no error: of one that was stopped, it is not known that it was for a timeout.
    """
    left = status_of(execution)
    return left if left is Status.CANCELLED else Status.FAILED


@dataclass(frozen=True, slots=True)
class Attempt:
    """One execution for a job. `status` is the service's own word, None before it was seen.

    `adopted` tells that another run started it. `error` and `cause` are the service's texts.
    """

    number: int
    name: str
    arn: str | None = None
    status: str | None = None
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    error: str | None = None
    cause: str | None = None
    adopted: bool = False
    redrive_count: int = 0
    monitor_url: str | None = None
