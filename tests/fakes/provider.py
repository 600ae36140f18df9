"""A provider whose executions end as scripted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from runner import identity
from runner.errors import AccessDenied, NotFound, ProviderError, Rejected, Transient
from runner.model import MachineType
from runner.provider import (
    CallCounts,
    Execution,
    ExecutionStatus,
    FoundMachine,
    History,
    Lookback,
    MachineFinding,
    NameTaken,
    Started,
    StartOutcome,
    StartRequest,
)

if TYPE_CHECKING:
    from runner.arns import MachineArn
    from runner.values import Json

EPOCH = datetime(2024, 5, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an execution comes to, after how many seconds."""

    status: str = "SUCCEEDED"
    seconds: float = 1.0
    output: str | None = None
    error: str | None = None
    cause: str | None = None


SUCCEEDED = Outcome(output="{}")
FAILED = Outcome("FAILED", error="Boom", cause="it broke")
ABORTED = Outcome("ABORTED")
TIMED_OUT = Outcome("TIMED_OUT", error="States.Timeout")
FOREVER = Outcome(seconds=1e9)
ODD = Outcome("PAUSED")

Script: TypeAlias = Outcome | Sequence[Outcome]


def _successive(script: Script) -> tuple[Outcome, ...]:
    return (script,) if isinstance(script, Outcome) else tuple(script)


Fault: TypeAlias = Callable[[str, str, int], ProviderError | None]
"""Given operation, machine or execution ARN, and how many such calls came before."""


def answers(**outputs: Json) -> Outcome:
    """An execution that succeeds with these properties as its output."""
    from runner import values  # noqa: PLC0415

    return Outcome(output=values.compact(dict(outputs)))


@dataclass(slots=True)
class FakeExecution:
    arn: str
    request: StartRequest
    outcome: Outcome
    began: datetime
    stopped: tuple[datetime, str, str] | None = None
    resumed: datetime | None = None
    redrives: int = 0
    tokens: set[str] = field(default_factory=set)

    def redrive(self, moment: datetime, outcome: Outcome) -> None:
        """Go on from now, to another end."""
        self.stopped, self.resumed, self.outcome = None, moment, outcome
        self.redrives += 1

    def at(self, moment: datetime) -> Execution:
        ends = (self.resumed or self.began) + timedelta(seconds=self.outcome.seconds)
        if self.stopped is not None and self.stopped[0] < ends:
            when, error, cause = self.stopped
            return self._told("ABORTED", when, None, error, cause)
        if moment < ends:
            return self._told("RUNNING", None, None, None, None)
        made = self.outcome
        return self._told(made.status, ends, made.output, made.error, made.cause)

    def _told(
        self,
        status: str,
        stopped_at: datetime | None,
        output: str | None,
        error: str | None,
        cause: str | None,
    ) -> Execution:
        known = status in ExecutionStatus.__members__
        return Execution(
            arn=self.arn,
            name=self.request.name,
            status=ExecutionStatus(status) if known else ExecutionStatus.UNRECOGNISED,
            raw_status=status,
            started_at=self.began,
            stopped_at=stopped_at,
            input=self.request.input,
            output=output,
            error=error,
            cause=cause,
            redrive_count=self.redrives,
            redriven_at=self.resumed,
        )


def _row(execution: Execution) -> Execution:
    """As a list tells it."""
    return replace(execution, input=None, output=None, error=None, cause=None, detailed=False)


class FakeProvider:
    """Executions that take scripted ends, by machine name; the last of a list repeats.

    `fault` may fail a call before it has effect, `lost` after. Machines without a script end
    as `otherwise` says. The service's clock is `skew` seconds ahead of the caller's. Of a
    machine's executions the newest `rows` are listed, those younger than `lag` seconds not yet.
    `revisions` are those of machines, by name; `forgotten` executions are listed, but can't be
    described, and `final` ones can't be redriven.
    """

    def __init__(
        self,
        *,
        fault: Fault = lambda *_: None,
        lost: Fault = lambda *_: None,
        otherwise: Script = SUCCEEDED,
        skew: float = 0.0,
        rows: int | None = None,
        lag: float = 0.0,
        scripts: Mapping[str, Script] | None = None,
        **more_scripts: Script,
    ) -> None:
        self.wall: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._skew = timedelta(seconds=skew)
        self._rows, self._lag = rows, timedelta(seconds=lag)
        self.revisions: dict[str, str] = {}
        self.forgotten: set[str] = set()
        self.final: set[str] = set()
        self.recalled: list[Lookback] = []
        self.executions: dict[str, FakeExecution] = {}
        self.starts: list[StartRequest] = []
        self.stops: list[tuple[str, str, str]] = []
        self.surveyed: list[tuple[str, ...]] = []
        self.observed: list[str] = []
        self.redriven: list[tuple[str, str]] = []
        self.most_at_once = 0
        self._begun: dict[str, int] = {}
        self._running: list[FakeExecution] = []
        self._scripts = {
            name: _successive(script)
            for name, script in {**(scripts or {}), **more_scripts}.items()
        }
        self._otherwise = _successive(otherwise)
        self.fault, self.lost = fault, lost
        self._calls: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    def clock(self) -> datetime:
        """The service's own time of day."""
        return self.wall() + self._skew

    def age(self, arn: str) -> float:
        """Seconds since an execution began, as the service sees it."""
        return (self.clock() - self.executions[arn].began).total_seconds()

    def find_machines(self, arns: Sequence[MachineArn]) -> Mapping[MachineArn, MachineFinding]:
        with self._lock:
            for arn in arns:
                nth = self._count("DescribeStateMachine", arn.name)
                self._raise(self.fault("DescribeStateMachine", arn.name, nth))
            return {
                arn: FoundMachine(arn, MachineType.STANDARD, self.revisions.get(arn.name, "1"))
                for arn in arns
            }

    def recall(self, wanted: Sequence[Lookback]) -> Mapping[MachineArn, History]:
        with self._lock:
            return {one.machine: self._history(one) for one in wanted}

    def _history(self, wanted: Lookback) -> History:
        self.recalled.append(wanted)
        name = wanted.machine.name
        fault = self.fault("ListExecutions", name, self._count("ListExecutions", name))
        if isinstance(fault, AccessDenied):
            return History(complete=False, problem=str(fault))
        self._raise(fault)
        return self.history(wanted)

    def history(self, wanted: Lookback) -> History:
        """What a look that meets no fault shows."""
        now = self.clock()
        there = [
            one.at(now)
            for one in self.executions.values()
            if one.request.machine.name == wanted.machine.name and now - one.began >= self._lag
        ]
        there.sort(key=lambda one: (one.started_at, one.name), reverse=True)
        listed = there[: self._rows]
        tags = wanted.tags | wanted.successes
        found = [
            replace(one, input=None, output=None, error=None, cause=None)
            for one in listed
            if (read := identity.read_name(one.name)) is not None
            and read.tag in tags
            and (wanted.since is None or (one.stopped_at or now) >= wanted.since)
        ]
        return History(tuple(found), len(listed), len(listed) == len(there))

    def describe(self, arns: Sequence[str]) -> Mapping[str, Execution | ProviderError]:
        with self._lock:
            return {arn: self._aged(self._described(arn)) for arn in arns}

    def _aged(self, found: Execution | ProviderError) -> Execution | ProviderError:
        return replace(found, age=self.age(found.arn)) if isinstance(found, Execution) else found

    def revision_of(self, execution_arn: str) -> str:
        name = self.executions[execution_arn].request.machine.name
        return self.revisions.get(name, "1")

    def start(self, request: StartRequest) -> StartOutcome:
        with self._lock:
            nth = self._count("StartExecution", request.machine.name)
            self._raise(self.fault("StartExecution", request.machine.name, nth))
            arn = request.machine.execution(request.name)
            if arn in self.executions:
                there = self.executions[arn].at(self.clock())
                if there.status.is_running and there.input == request.input:
                    return Started(arn, self.executions[arn].began, self.age(arn))
                return NameTaken(there, age=self.age(arn))
            made = self.begin(request)
            self._raise(self.lost("StartExecution", request.machine.name, nth))
            return Started(arn, made.began, 0.0)

    def begin(self, request: StartRequest, *, ago: float = 0.0) -> FakeExecution:
        """Have an execution, whoever started it."""
        self.starts.append(request)
        name = request.machine.name
        began = self.clock() - timedelta(seconds=ago)
        arn = request.machine.execution(request.name)
        made = FakeExecution(arn, request, self._next_outcome(name), began)
        self.executions[arn] = made
        running = [one for one in (*self._running, made) if one.at(began).status.is_running]
        self._running = running
        self.most_at_once = max(self.most_at_once, len(running))
        return made

    def _next_outcome(self, machine: str) -> Outcome:
        before = self._begun.get(machine, 0)
        self._begun[machine] = before + 1
        script = self._scripts.get(machine, self._otherwise)
        return script[min(before, len(script) - 1)]

    def run_express(
        self, request: StartRequest, *, idempotent: bool, within: float | None = None
    ) -> Execution:
        with self._lock:
            nth = self._count("StartSyncExecution", request.machine.name)
            self._raise(self.fault("StartSyncExecution", request.machine.name, nth))
            made = self.begin(request)
            self._raise(self.lost("StartSyncExecution", request.machine.name, nth))
            arn = made.arn.replace(":execution:", ":express:") + ":1"
            return replace(made.at(made.began + timedelta(seconds=made.outcome.seconds)), arn=arn)

    def survey(self, machine: MachineArn, wanted: Collection[str]) -> Mapping[str, Execution]:
        with self._lock:
            self.surveyed.append(tuple(wanted))
            nth = self._count("ListExecutions", machine.name)
            self._raise(self.fault("ListExecutions", machine.name, nth))
            now = self.clock()
            rows = (self.executions[arn] for arn in wanted if arn in self.executions)
            return {
                one.arn: _row(one.at(now - self._lag))
                for one in rows
                if now - one.began >= self._lag
            }

    def observe(self, execution_arn: str, *, whole: bool = False) -> Execution:
        with self._lock:
            self.observed.append(execution_arn)
            seen = self._described(execution_arn)
            if isinstance(seen, ProviderError):
                raise seen
            if whole:
                return replace(seen, age=self.age(execution_arn))
            return replace(seen, input=None)

    def redrive(self, execution_arn: str, *, token: str) -> None:
        with self._lock:
            nth = self._count("RedriveExecution", execution_arn)
            self._raise(self.fault("RedriveExecution", execution_arn, nth))
            there = self.executions.get(execution_arn)
            if there is None:
                raise NotFound(f"{execution_arn} does not exist", operation="RedriveExecution")
            if token not in there.tokens:
                status = there.at(self.clock()).raw_status
                if status not in ("FAILED", "TIMED_OUT", "ABORTED") or execution_arn in self.final:
                    raise Rejected(f"{execution_arn} is {status}", operation="RedriveExecution")
                self.redriven.append((execution_arn, token))
                there.tokens.add(token)
                there.redrive(self.clock(), self._next_outcome(there.request.machine.name))
            self._raise(self.lost("RedriveExecution", execution_arn, nth))

    def _described(self, arn: str) -> Execution | ProviderError:
        fault = self.fault("DescribeExecution", arn, self._count("DescribeExecution", arn))
        if fault is not None:
            return fault
        if arn not in self.executions or arn in self.forgotten:
            return NotFound(f"{arn} does not exist", operation="DescribeExecution")
        return self.executions[arn].at(self.clock())

    def stop(self, execution_arn: str, *, error: str, cause: str) -> None:
        with self._lock:
            nth = self._count("StopExecution", execution_arn)
            self._raise(self.fault("StopExecution", execution_arn, nth))
            if execution_arn not in self.executions:
                raise NotFound(f"{execution_arn} does not exist", operation="StopExecution")
            self.stops.append((execution_arn, error, cause))
            there = self.executions[execution_arn]
            there.stopped = there.stopped or (self.clock(), error, cause)

    def monitor_url(self, execution: Execution) -> str | None:
        return f"https://console.example/{execution.arn}"

    def calls(self) -> Mapping[str, CallCounts]:
        with self._lock:
            totals: dict[str, int] = {}
            for (operation, _), calls in self._calls.items():
                totals[operation] = totals.get(operation, 0) + calls
            return {operation: CallCounts(calls) for operation, calls in totals.items()}

    def close(self) -> None:
        return

    @property
    def started(self) -> list[str]:
        """Machines in the order of their starts."""
        return [request.machine.name for request in self.starts]

    def _count(self, operation: str, about: str) -> int:
        before = self._calls.get((operation, about), 0)
        self._calls[operation, about] = before + 1
        return before

    @staticmethod
    def _raise(fault: ProviderError | None) -> None:
        if fault is not None:
            raise fault


def lost_answer(operation: str, about: str, nth: int) -> ProviderError | None:
    """Every first start takes effect without an answer."""
    return Transient("connection reset", operation=operation) if nth == 0 else None
