"""What a schedule is told (events) and what it asks for (effects)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from runner.arns import MachineArn
    from runner.errors import ProviderError
    from runner.provider import (
        Execution,
        History,
        Lookback,
        MachineFinding,
        StartOutcome,
        StartRequest,
    )
    from runner.results import Status
    from runner.values import Json


@dataclass(frozen=True, slots=True)
class Now:
    """The moment of an event: seconds of a clock that never jumps, and the time of day."""

    seconds: float
    wall: datetime


class Operation(StrEnum):
    """The calls about one execution that can fail."""

    START = "start"
    EXPRESS = "express"
    STOP = "stop"
    REDRIVE = "redrive"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Start:
    """Start a Standard execution."""

    job: str
    attempt: int
    platform: str
    request: StartRequest


@dataclass(frozen=True, slots=True)
class RunExpress:
    """Run an Express execution to its end, unless it can't be sent within so many seconds."""

    job: str
    attempt: int
    platform: str
    request: StartRequest
    idempotent: bool
    within: float | None = None


@dataclass(frozen=True, slots=True)
class Redrive:
    """Let a failed execution go on from where it failed. Answered by Redriven."""

    job: str
    attempt: int
    platform: str
    execution_arn: str
    token: str


@dataclass(frozen=True, slots=True)
class Survey:
    """List a machine's executions and tell of these, by ARN. Answered by Surveyed.

    `machine` is the ARN without qualifier.
    """

    platform: str
    machine: MachineArn
    wanted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Observe:
    """See how one execution is, and what it left; `whole` as in Provider. Answered by Observed."""

    platform: str
    execution_arn: str
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop a Standard execution."""

    job: str
    attempt: int
    platform: str
    execution_arn: str
    error: str
    cause: str


@dataclass(frozen=True, slots=True)
class Read:
    """Describe an execution of an earlier run, or of another run. Answered by ReadBack."""

    job: str
    attempt: int
    platform: str
    execution_arn: str


@dataclass(frozen=True, slots=True)
class Recheck:
    """See who was at a machine since it was last looked at, and whether its revision moved.

    `machine` is the ARN without qualifier, for all jobs that wait to be started on it. `arns`
    are those whose revision may have moved, and without `wanted` no executions are listed.
    Answered by Rechecked or RecheckFailed.
    """

    platform: str
    machine: MachineArn
    arns: tuple[MachineArn, ...]
    wanted: Lookback | None


@dataclass(frozen=True, slots=True)
class WithdrawStarts:
    """Take back every start that was asked for and has not been sent. Answered by Withdrawn.

    What was to be read or checked need not be any more.
    """


@dataclass(frozen=True, slots=True)
class Note:
    """A transition, for the log and the results. `event` is its stable name."""

    event: str
    job: str | None = None
    attempt: int | None = None
    status: Status | None = None
    reason: str = ""
    details: Mapping[str, Json] = field(default_factory=dict)


ProviderCall = Start | RunExpress | Redrive | Survey | Observe | Stop | Read | Recheck
Call = ProviderCall | WithdrawStarts
Effect = Call | Note


@dataclass(frozen=True, slots=True)
class StartAnswered:
    """A start came back."""

    job: str
    attempt: int
    outcome: StartOutcome


@dataclass(frozen=True, slots=True)
class ExpressEnded:
    """An Express execution ran to its end."""

    job: str
    attempt: int
    execution: Execution


@dataclass(frozen=True, slots=True)
class Redriven:
    """The service has taken a redrive, which may not be seen at once."""

    job: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What lists show of the executions wanted, by ARN, or why they show nothing."""

    platform: str
    machine: MachineArn
    wanted: tuple[str, ...]
    found: Mapping[str, Execution]
    error: ProviderError | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """How one execution is, or why it can't be told."""

    platform: str
    execution_arn: str
    result: Execution | ProviderError


@dataclass(frozen=True, slots=True)
class StopAnswered:
    """The service has taken a stop, which says nothing yet of how the execution is."""

    job: str
    attempt: int


@dataclass(frozen=True, slots=True)
class ReadBack:
    """How an earlier execution is, with its input and its output."""

    job: str
    attempt: int
    execution: Execution


@dataclass(frozen=True, slots=True)
class Rechecked:
    """How a machine is now. `history` is None where no executions were wanted."""

    platform: str
    machine: MachineArn
    history: History | None
    found: Mapping[MachineArn, MachineFinding]


@dataclass(frozen=True, slots=True)
class RecheckFailed:
    """A machine could not be looked at again."""

    platform: str
    machine: MachineArn
    error: ProviderError


@dataclass(frozen=True, slots=True)
class CallFailed:
    """A call about one execution failed for good."""

    job: str
    attempt: int
    operation: Operation
    error: ProviderError


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The starts that were taken back unsent, as (job, attempt)."""

    starts: frozenset[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Interrupt:
    """A person or the CI asks the run to end: the first time in order, the second at once."""

    signal: str = "SIGINT"


AboutOne = StartAnswered | ExpressEnded | Redriven | StopAnswered | ReadBack | CallFailed
Event = AboutOne | Surveyed | Observed | Rechecked | RecheckFailed | Withdrawn | Interrupt
