"""What a run leaves: every job's result, counts, calls and the log of transitions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from runner.model import DefaultAuth
from runner.results.outcome import Status

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from runner.errors import Place
    from runner.model import Auth, MachineType
    from runner.provider import CallCounts
    from runner.results.outcome import Attempt
    from runner.values import Json

FORMAT_VERSION = 1

_DONE = "SUCCEEDED"


class RunStatus(StrEnum):
    """How a run is as a whole. RUNNING in a file of a dead run: it was killed."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    DETACHED = "detached"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class PlatformInfo:
    """Where the executions of a platform are, so that they can be found again.

    The region and the account are None on the embedded engine, and the account also where it
    was not known. `endpoint_url` is None for AWS itself. `auth` says where credentials came
    from, and holds none.
    """

    type: Literal["aws-step-functions", "local"]
    region: str | None = None
    account_id: str | None = None
    endpoint_url: str | None = None
    auth: Auth = field(default_factory=DefaultAuth)


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What is known of a run before it begins. `platforms` are those of its jobs, by name."""

    id: str
    project: str
    commit: str | None = None
    version: str = ""
    local: bool = False
    platforms: Mapping[str, PlatformInfo] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JobResult:
    """How one job went. Sensitive values are masked already; times carry a zone.

    `input` is None unless it was asked for. `outputs` are those of the declared parameters,
    `misfits` pairs of an output and what is wrong with it.
    """

    name: str
    status: Status
    reason: str
    platform: str
    machine: str
    type: MachineType
    place: Place
    needs: tuple[str, ...] = ()
    fingerprint: str | None = None
    attempts: tuple[Attempt, ...] = ()
    outputs: Mapping[str, Json] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    misfits: tuple[tuple[str, str], ...] = ()
    input_bytes: int | None = None
    input: Mapping[str, Json] | None = None

    @property
    def newest(self) -> Attempt | None:
        """The attempt that counts."""
        return self.attempts[-1] if self.attempts else None

    @property
    def execution_arn(self) -> str | None:
        """The ARN of the execution that counts: the external id of the job's run."""
        return self.attempts[-1].arn if self.attempts else None

    @property
    def may_run(self) -> bool:
        """Tell whether there is an execution that was not seen to succeed."""
        newest = self.newest
        return newest is not None and newest.arn is not None and newest.status != _DONE

    @property
    def seconds(self) -> float | None:
        """How long the newest attempt ran, once it has ended."""
        newest = self.newest
        if newest is None or newest.started_at is None or newest.stopped_at is None:
            return None
        return max(0.0, (newest.stopped_at - newest.started_at).total_seconds())


@dataclass(frozen=True, slots=True)
class RunResults:
    """One apply as a value. Jobs stand in the plan's order, `events` in the order of time.

    `is_written` is False where the last of it could not be written to the results file.
    """

    run: RunInfo
    status: RunStatus
    started_at: datetime
    ended_at: datetime | None
    jobs: tuple[JobResult, ...]
    calls: Mapping[str, CallCounts] = field(default_factory=dict)
    events: tuple[Mapping[str, Json], ...] = ()
    problems: tuple[str, ...] = ()
    is_written: bool = True

    @property
    def counts(self) -> Mapping[Status, int]:
        """Jobs by status, of those that occur."""
        counted = Counter(job.status for job in self.jobs)
        return {status: counted[status] for status in Status if counted[status]}

    @property
    def statuses(self) -> Mapping[str, Status]:
        """Every job's status by name."""
        return {job.name: job.status for job in self.jobs}

    @property
    def still_running(self) -> tuple[JobResult, ...]:
        """Jobs whose execution may still run, each with the ARN to look at."""
        return tuple(
            job
            for job in self.jobs
            if job.status is Status.RUNNING or (job.status is Status.UNKNOWN and job.may_run)
        )

    @property
    def exit_code(self) -> int:
        """130 interrupted; 1 a job failed, was cancelled or is unknown; 4 left running; 0."""
        if self.status is RunStatus.INTERRUPTED:
            return 130
        if any(job.status.is_bad for job in self.jobs):
            return 1
        return 4 if any(job.status.is_open for job in self.jobs) else 0


def verdict(statuses: Mapping[Status, int], *, interrupted: bool) -> RunStatus:
    """How a run that has ended went as a whole."""
    if interrupted:
        return RunStatus.INTERRUPTED
    if any(status.is_bad for status in statuses):
        return RunStatus.FAILED
    if any(status.is_open for status in statuses):
        return RunStatus.DETACHED
    return RunStatus.SUCCEEDED
