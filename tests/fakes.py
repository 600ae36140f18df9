"""Fakes through the real seams: a scripted provider, a world in virtual time, quick plans."""

from __future__ import annotations

import heapq
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, TypeAlias

from runner import expressions
from runner.arns import MachineArn
from runner.engine import Ledger, Options, Reporter, drive, perform
from runner.errors import NotFound, Place, ProviderError, Transient
from runner.model import (
    Direction,
    LocalPlatform,
    MachineType,
    OnCancel,
    ParameterType,
    RerunOn,
    Retry,
    RunPolicy,
    Trigger,
)
from runner.plan import Action, Plan, PlannedJob, PlannedParameter
from runner.provider import (
    CallCounts,
    Execution,
    ExecutionStatus,
    FoundMachine,
    MachineFinding,
    NameTaken,
    Started,
    StartOutcome,
    StartRequest,
    Watched,
)
from runner.results import RunInfo, RunResults
from runner.schedule import (
    Call,
    Event,
    Interrupt,
    Now,
    RunExpress,
    Schedule,
    Start,
    Withdrawn,
    WithdrawStarts,
)

if TYPE_CHECKING:
    from runner.values import Json

EPOCH = datetime(2024, 5, 1, 12, tzinfo=UTC)
REGION, ACCOUNT = "us-east-1", "123456789012"


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

    def at(self, moment: datetime) -> Execution:
        ends = self.began + timedelta(seconds=self.outcome.seconds)
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
        )


class FakeProvider:
    """Executions that take scripted ends, by machine name; the last of a list repeats.

    `fault` may fail a call before it has effect, `lost` after. Machines without a script end
    as `otherwise` says.
    """

    def __init__(
        self,
        *,
        fault: Fault = lambda *_: None,
        lost: Fault = lambda *_: None,
        otherwise: Script = SUCCEEDED,
        **scripts: Script,
    ) -> None:
        self.wall: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.executions: dict[str, FakeExecution] = {}
        self.starts: list[StartRequest] = []
        self.stops: list[tuple[str, str, str]] = []
        self.observed: list[tuple[str, ...]] = []
        self.most_at_once = 0
        self._scripts = {name: _successive(script) for name, script in scripts.items()}
        self._otherwise = _successive(otherwise)
        self.fault, self.lost = fault, lost
        self._calls: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    def find_machines(self, arns: Sequence[MachineArn]) -> Mapping[MachineArn, MachineFinding]:
        return {arn: FoundMachine(arn, MachineType.STANDARD, "1") for arn in arns}

    def start(self, request: StartRequest) -> StartOutcome:
        with self._lock:
            nth = self._count("StartExecution", request.machine.name)
            self._raise(self.fault("StartExecution", request.machine.name, nth))
            arn = request.machine.execution(request.name)
            if arn in self.executions:
                there = self.executions[arn].at(self.wall())
                if there.status.is_running and there.input == request.input:
                    return Started(arn, self.executions[arn].began)
                return NameTaken(there)
            made = self.begin(request)
            self._raise(self.lost("StartExecution", request.machine.name, nth))
            return Started(arn, made.began)

    def begin(self, request: StartRequest, *, ago: float = 0.0) -> FakeExecution:
        """Have an execution, whoever started it."""
        self.starts.append(request)
        name = request.machine.name
        before = sum(1 for other in self.executions.values() if other.request.machine.name == name)
        script = self._scripts.get(name, self._otherwise)
        began = self.wall() - timedelta(seconds=ago)
        arn = request.machine.execution(request.name)
        made = FakeExecution(arn, request, script[min(before, len(script) - 1)], began)
        self.executions[arn] = made
        running = [one for one in self.executions.values() if one.at(began).status.is_running]
        self.most_at_once = max(self.most_at_once, len(running))
        return made

    def run_express(self, request: StartRequest, *, idempotent: bool) -> Execution:
        with self._lock:
            nth = self._count("StartSyncExecution", request.machine.name)
            self._raise(self.fault("StartSyncExecution", request.machine.name, nth))
            made = self.begin(request)
            self._raise(self.lost("StartSyncExecution", request.machine.name, nth))
            arn = made.arn.replace(":execution:", ":express:") + ":1"
            return replace(made.at(made.began + timedelta(seconds=made.outcome.seconds)), arn=arn)

    def observe(self, watched: Sequence[Watched]) -> Mapping[str, Execution | ProviderError]:
        with self._lock:
            self.observed.append(tuple(one.arn for one in watched))
            return {one.arn: self._described(one.arn) for one in watched}

    def _described(self, arn: str) -> Execution | ProviderError:
        fault = self.fault("DescribeExecution", arn, self._count("DescribeExecution", arn))
        if fault is not None:
            return fault
        if arn not in self.executions:
            return NotFound(f"{arn} does not exist", operation="DescribeExecution")
        return self.executions[arn].at(self.wall())

    def stop(self, execution_arn: str, *, error: str, cause: str) -> Execution:
        with self._lock:
            nth = self._count("StopExecution", execution_arn)
            self._raise(self.fault("StopExecution", execution_arn, nth))
            if execution_arn not in self.executions:
                raise NotFound(f"{execution_arn} does not exist", operation="StopExecution")
            self.stops.append((execution_arn, error, cause))
            there = self.executions[execution_arn]
            there.stopped = there.stopped or (self.wall(), error, cause)
            return there.at(self.wall())

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


class VirtualWorld:
    """Calls come back after a latency, in virtual time. Nothing sleeps.

    `latency` yields the seconds before a call takes effect and until its answer is there.
    """

    def __init__(
        self, provider: FakeProvider, latency: Callable[[], tuple[float, float]] = lambda: (0, 0.01)
    ) -> None:
        self.seconds = 1000.0
        self.calls: list[Call] = []
        self._provider = provider
        self._latency = latency
        self._tie = count()
        self._heap: list[tuple[float, int, Call | Event]] = []
        provider.wall = lambda: self.now().wall

    def now(self) -> Now:
        return Now(self.seconds, EPOCH + timedelta(seconds=self.seconds - 1000.0))

    def put_at(self, seconds: float, event: Event) -> None:
        """Have an event come in so many seconds after the world's beginning."""
        heapq.heappush(self._heap, (1000.0 + seconds, next(self._tie), event))

    def interrupt_at(self, *seconds: float) -> VirtualWorld:
        for moment in seconds:
            self.put_at(moment, Interrupt())
        return self

    def call(self, effect: Call) -> None:
        self.calls.append(effect)
        if isinstance(effect, WithdrawStarts):
            self._withdraw()
            return
        before, _ = self._latency()
        heapq.heappush(self._heap, (self.seconds + before, next(self._tie), effect))

    def wait(self, until: float | None) -> Sequence[Event]:
        while self._heap and (until is None or self._heap[0][0] <= until):
            self.seconds, _, item = heapq.heappop(self._heap)
            event = self._made(item)
            if event is not None:
                return [event]
        assert until is not None, "the schedule waits for nothing"
        self.seconds = max(self.seconds, until)
        return []

    def _made(self, item: Call | Event) -> Event | None:
        """An event that is due, or None for a call whose event comes later."""
        if isinstance(item, WithdrawStarts):
            raise TypeError(item)
        if not isinstance(item, Call):
            return item
        event = perform(self._provider, item)
        after = self._latency()[1]
        if isinstance(item, RunExpress):
            made = self._provider.executions.get(item.request.machine.execution(item.request.name))
            after += made.outcome.seconds if made else 0.0
        heapq.heappush(self._heap, (self.seconds + after, next(self._tie), event))
        return None

    def _withdraw(self) -> None:
        unsent = [entry for entry in self._heap if isinstance(entry[2], (Start, RunExpress))]
        self._heap = [entry for entry in self._heap if entry not in unsent]
        heapq.heapify(self._heap)
        starts = frozenset(
            (entry[2].job, entry[2].attempt)
            for entry in unsent
            if isinstance(entry[2], (Start, RunExpress))
        )
        self.put_at(self.seconds - 1000.0, Withdrawn(starts))


def machine(name: str) -> MachineArn:
    return MachineArn("aws", REGION, ACCOUNT, name)


def input_(
    name: str,
    value: Json,
    *,
    type: ParameterType | None = None,
    sensitive: bool = False,
    carry: bool = False,
    revision: int = 0,
) -> PlannedParameter:
    return PlannedParameter(
        name,
        Direction.INPUT,
        type,
        expressions.template(value),
        sensitive=sensitive,
        carry=carry,
        revision=revision,
    )


def output(
    name: str,
    *,
    type: ParameterType | None = None,
    required: bool = False,
    sensitive: bool = False,
) -> PlannedParameter:
    return PlannedParameter(name, Direction.OUTPUT, type, required=required, sensitive=sensitive)


def inout(name: str, value: Json, *, carry: bool = False) -> PlannedParameter:
    return PlannedParameter(name, Direction.INOUT, None, expressions.template(value), carry=carry)


def job(
    name: str,
    needs: Iterable[str] = (),
    *,
    when: str | bool | None = None,
    parameters: Iterable[PlannedParameter] = (),
    trigger: Trigger = Trigger.ALL_SUCCEEDED,
    timeout: float | None = None,
    retry: Retry | None = None,
    express: bool = False,
    idempotent: bool = False,
    on_cancel: OnCancel = OnCancel.STOP,
    run: RunPolicy = RunPolicy.ON_CHANGE,
    action: Action = Action.RUN,
    reason: str = "never run",
) -> PlannedJob:
    """A job whose machine has its name."""
    return PlannedJob(
        name=name,
        place=Place("specs/jobs.yaml", 3, 1),
        action=action,
        reason=reason,
        platform="local",
        machine=machine(name),
        machine_type=MachineType.EXPRESS if express else MachineType.STANDARD,
        needs=tuple(needs),
        trigger=trigger,
        condition=expressions.parse(when) if isinstance(when, str) else when,
        parameters=tuple(parameters),
        input={},
        input_bytes=None,
        timeout=timeout,
        retry=retry or Retry(),
        run=run,
        rerun_on=RerunOn.SPEC,
        on_cancel=on_cancel,
        idempotent=idempotent,
    )


def plan(*jobs: str | PlannedJob, concurrency: int | None = None) -> Plan:
    """A plan of jobs, or of chains such as "a -> b, c -> d" in which each needs all before it.

    `plan("a -> b", job("b", ["a"], timeout=5))`: what is given as a job replaces what a chain
    made of that name.
    """
    made: dict[str, PlannedJob] = {}
    for item in jobs:
        if isinstance(item, PlannedJob):
            chained = made.get(item.name)
            needs = item.needs or (chained.needs if chained else ())
            made[item.name] = replace(item, needs=needs)
        else:
            _chain(item, made)
    return Plan(
        project="shop",
        jobs=tuple(_in_order(made)),
        platforms={"local": LocalPlatform("local", Place("specs/project.yaml"))},
        machines={},
        variables={},
        concurrency=concurrency,
    )


def _chain(text: str, made: dict[str, PlannedJob]) -> None:
    before: tuple[str, ...] = ()
    for group in text.split("->"):
        names = tuple(re.findall(r"\w+", group))
        for name in names:
            there = made.get(name, job(name))
            made[name] = replace(there, needs=tuple(sorted({*there.needs, *before})))
        before = names


def _in_order(jobs: dict[str, PlannedJob]) -> Iterable[PlannedJob]:
    done: set[str] = set()
    while len(done) < len(jobs):
        for name, one in jobs.items():
            if name not in done and set(one.needs) <= done | (set(one.needs) - jobs.keys()):
                done.add(name)
                yield one


_MANY = 100


@dataclass(frozen=True, slots=True)
class Ran:
    """A finished run and what it left behind: `documents` are the results after each event."""

    results: RunResults
    provider: FakeProvider
    world: VirtualWorld
    documents: list[str] = field(default_factory=list)

    @property
    def statuses(self) -> dict[str, str]:
        return {name: status.value for name, status in self.results.statuses.items()}

    @property
    def reasons(self) -> dict[str, str]:
        return {one.name: one.reason for one in self.results.jobs}

    def events_of(self, name: str) -> list[Json]:
        return [event["event"] for event in self.results.events if event.get("job") == name]

    @property
    def seconds(self) -> float:
        return self.world.seconds - 1000.0


def run(
    made: Plan | str,
    provider: FakeProvider | None = None,
    *,
    world: VirtualWorld | None = None,
    options: Options | None = None,
    context: Mapping[str, Json] | None = None,
    secrets: Iterable[Json] = (),
    run_id: str = "run-1",
    include_inputs: bool = False,
) -> Ran:
    """Run a plan in virtual time. `interrupt` and faults come from world and provider."""
    the_plan = plan(made) if isinstance(made, str) else made
    provider = provider or FakeProvider()
    world = world or VirtualWorld(provider)
    now = world.now()
    schedule = Schedule(
        the_plan,
        run_id=run_id,
        context=context or {"vars": {}, "env": {}},
        options=options or Options(),
        now=now,
    )
    ledger = Ledger(
        schedule,
        run=RunInfo(run_id, the_plan.project),
        providers={"local": provider},
        secrets=secrets,
        include_inputs=include_inputs,
        now=now,
    )
    documents: list[str] = []

    def keep(record: Mapping[str, Json]) -> None:
        if len(the_plan.jobs) < _MANY:
            documents.append(ledger.document(ledger.results(world.now())))

    reporter = Reporter(ledger, path=None, sinks=[keep], view=None, seconds=lambda: world.seconds)
    results = drive(schedule, world, reporter)
    documents.append(ledger.document(results))
    return Ran(results, provider, world, documents)


def lost_answer(operation: str, about: str, nth: int) -> ProviderError | None:
    """Every first start takes effect without an answer."""
    return Transient("connection reset", operation=operation) if nth == 0 else None
