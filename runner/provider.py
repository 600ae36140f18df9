"""The one seam to where executions run: a Protocol, and the values that cross it.

Each call may raise a ProviderError of its own accord. Calls repeat themselves on throttles and
transient faults (see `retry`); what they raise is final for that call.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from runner.arns import is_allowed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from runner.arns import MachineArn
    from runner.errors import ProviderError
    from runner.model import AwsPlatform, MachineType


LIST_PRICE = 3
"""Looks at single executions that cost their quota as much as one list costs its own."""


class ExecutionStatus(StrEnum):
    """What Step Functions says of an execution; UNRECOGNISED is any word it may add."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    ABORTED = "ABORTED"
    PENDING_REDRIVE = "PENDING_REDRIVE"
    UNRECOGNISED = "UNRECOGNISED"

    @property
    def is_running(self) -> bool:
        """Tell whether the execution may still change."""
        return self in (ExecutionStatus.RUNNING, ExecutionStatus.PENDING_REDRIVE)


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution as last seen. Payloads are the JSON texts that the service gave.

    `raw_status` is the service's own word. `input` and `output` are None where they were
    not asked for or do not exist. With `detailed` False, what it left is not told: its output,
    or its error and cause. `version` and `alias` are the qualifiers with which it was
    started, None where there was none or none was told. Times carry a zone. `age` is how many
    seconds before the answer it started, or a little less, by the service's clock, where
    `describe` or a look at the whole of it told that. `redriven_at` is when it was last redriven.
    """

    arn: str
    name: str
    status: ExecutionStatus
    raw_status: str
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    input: str | None = None
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    redrive_count: int = 0
    redriven_at: datetime | None = None
    version: str | None = None
    alias: str | None = None
    detailed: bool = True
    age: float | None = field(default=None, compare=False)

    @property
    def seconds(self) -> float | None:
        """How long it ran; None for one that runs, or of which that is not told."""
        if self.started_at is None or self.stopped_at is None:
            return None
        return (self.stopped_at - self.started_at).total_seconds()


@dataclass(frozen=True, slots=True)
class FoundMachine:
    """A state machine that exists. `revision` is the text by which its code is told apart:

    a version's ARN, an alias's versions and weights (`version 3 90%, version 4 10%`), else the
    revisionId.
    """

    arn: MachineArn
    type: MachineType
    revision: str
    status: str = "ACTIVE"


@dataclass(frozen=True, slots=True)
class MissingMachine:
    """A state machine that can't be used, and why: it does not exist, or may not be read.

    `way_out` is what helps, where the reason does not say it itself.
    """

    arn: MachineArn
    reason: str
    way_out: str | None = None


MachineFinding = FoundMachine | MissingMachine


@dataclass(frozen=True, slots=True)
class StartRequest:
    """One execution to start. `input` is JSON text; `name` follows identity's rule."""

    machine: MachineArn
    name: str
    input: str
    trace_header: str | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """A Standard execution of this name and input runs, started now or earlier.

    `age` is for how many seconds it had run when the service answered, or a little less, by the
    service's own clock, as that and the caller's may differ by minutes. None where the service
    told no time. `since_sent` is how many seconds before that the call was sent first: what is
    older was begun by another.
    """

    arn: str
    started_at: datetime
    age: float | None = field(default=None, compare=False)
    since_sent: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class NameTaken:
    """An execution of this name exists already; `execution` is it, described in full.

    `repeated` tells that the call was sent more than once, and that the answer to an earlier
    sending was lost: then the execution may be the one that this very call started. `age` and
    `since_sent` are as in Started.
    """

    execution: Execution
    repeated: bool = False
    age: float | None = field(default=None, compare=False)
    since_sent: float = field(default=0.0, compare=False)


StartOutcome = Started | NameTaken


@dataclass(frozen=True, slots=True)
class CallCounts:
    """How one operation went: calls sent, those among them that repeated one, throttles."""

    calls: int = 0
    retries: int = 0
    throttles: int = 0


@dataclass(frozen=True, slots=True)
class Lookback:
    """What to find among a machine's earlier executions: the newest of each job.

    `machine` is without its qualifier; `tags` are the jobs' (see `identity.job_tag`). For those
    in `successes` the newest success is wanted as well. What ended before `since`, by the
    service's clock, need not be found.
    """

    machine: MachineArn
    tags: frozenset[str]
    successes: frozenset[str] = frozenset()
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class History:
    """A machine's earlier executions of the jobs asked for, newest first, without payloads.

    `rows` is how many of all its executions were looked at, the newest ones; with `complete`
    there are no older ones, and with `reached` none that ended or began since the time that was
    given. `problem` says why nothing could be looked at, if so.
    """

    executions: tuple[Execution, ...] = ()
    rows: int = 0
    complete: bool = True
    problem: str | None = None
    reached: bool = False


class Provider(Protocol):
    """Where executions run. Every method may be called from several threads at once."""

    def find_machines(self, arns: Sequence[MachineArn]) -> Mapping[MachineArn, MachineFinding]:
        """Look up type and revision of each machine. Raises ProviderError."""

    def recall(self, wanted: Sequence[Lookback]) -> Mapping[MachineArn, History]:
        """Look for earlier executions, by machine, newest first and in bounded pages.

        A machine of which nothing may be read has a History with a problem. Raises
        ProviderError for what holds for every machine, such as expired credentials.
        """

    def describe(self, arns: Sequence[str]) -> Mapping[str, Execution | ProviderError]:
        """Tell all of Standard executions, inputs and outputs included, by ARN.

        NotFound for one that the service has forgotten.
        """

    def revision_of(self, execution_arn: str) -> str:
        """The revisionId of the machine as an execution runs or ran it. Raises ProviderError."""

    def start(self, request: StartRequest) -> StartOutcome:
        """Start a Standard execution, at most one for its name.

        Raises StartLost when it is not known what it came to, other ProviderErrors when nothing
        was started.
        """

    def run_express(
        self, request: StartRequest, *, idempotent: bool, within: float | None = None
    ) -> Execution:
        """Run an Express execution to its end, blocking for up to 5 minutes.

        It is sent once; with `idempotent` it is sent again after an ambiguous fault. It is
        not sent later than `within` seconds after the call, whatever went wrong before.
        Raises Transient when it is not known whether it ran, other ProviderErrors when it
        did not.
        """

    def survey(self, machine: MachineArn, wanted: Collection[str]) -> Mapping[str, Execution]:
        """Tell of a machine's executions, by ARN, what lists show of them in few calls.

        They are not `detailed`. One that is lacking may exist nevertheless, and have ended or
        not: lists lag, and reach only so far. Raises ProviderError.
        """

    def observe(self, execution_arn: str, *, whole: bool = False) -> Execution:
        """Tell how a Standard execution is, and what it left if it has ended.

        With `whole`, also its input, its age and how often it was redriven, which costs the
        smaller of two quotas. Where the caller may not decrypt what it left, it is not `detailed`.
        Raises ProviderError, NotFound for one that is not visible (yet).
        """

    def redrive(self, execution_arn: str, *, token: str) -> None:
        """Let an execution that failed go on from where it failed; once for each token.

        What is seen of it may be as it was before, for a moment: its `redrive_count` tells.
        Raises Rejected where it can't be redriven, and other ProviderErrors.
        """

    def stop(self, execution_arn: str, *, error: str, cause: str) -> None:
        """Stop a Standard execution; one that has ended is left as it is. Raises ProviderError.

        Once this returns, the service has taken the stop; `observe` tells what came of it.
        """

    def monitor_url(self, execution: Execution) -> str | None:
        """The page that shows the execution to a person; None where there is none."""

    def calls(self) -> Mapping[str, CallCounts]:
        """Calls so far by operation, such as `StartExecution`."""

    def close(self) -> None:
        """Let go of connections and threads. Running executions are left alone."""


_ROUTE = re.compile(r"version ([0-9]+) ([0-9]+)%")


def routed_versions(revision: str) -> frozenset[str]:
    """The versions that an alias of this revision leads to, those of weight 0 left out."""
    return frozenset(version for version, weight in _ROUTE.findall(revision) if int(weight) > 0)


def refusal(platform: AwsPlatform, machine: MachineArn, account: str | None = None) -> str | None:
    """Why a platform does not let jobs use a machine; None when it does.

    The region must be the platform's, the account its `accountId` or else `account`, and the
    ARN, as it is or without its qualifier, must match one of the `allow` patterns, if any.
    """
    wanted = platform.account_id or account
    if machine.region != platform.region:
        return (
            f"it is in the region {machine.region}, and the platform {platform.name!r} "
            f"is for {platform.region}"
        )
    if wanted and machine.account != wanted:
        return (
            f"it is in the account {machine.account}, and the platform {platform.name!r} "
            f"is for {wanted}"
        )
    if not is_allowed(platform.allow, machine):
        return f"no pattern of the platform {platform.name!r} allows it (spec.allow)"
    return None
