"""What the fake holds: state machines and executions. Nothing here knows of HTTP."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from tests.fake_aws.clock import Clock, RealClock
from tests.fake_aws.crowd import Crowd

REGION = "us-east-1"
ACCOUNT = "123456789012"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an execution ends, `duration` seconds after its start; a success echoes its input."""

    status: str = "SUCCEEDED"
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    duration: float = 0.0


SUCCEEDS = Outcome()
RUNS_ON = Outcome(duration=math.inf)


def fails(error: str = "Broken", cause: str = "it broke", duration: float = 0.0) -> Outcome:
    return Outcome("FAILED", error=error, cause=cause, duration=duration)


@dataclass(frozen=True, slots=True)
class Start:
    """What a start asked for; `number` counts the machine's executions from 1.

    `job` and `attempt` are what a name that was derived from a job says of it.
    """

    name: str
    input: str
    number: int
    qualifier: str | None = None
    trace_header: str | None = None

    @property
    def job(self) -> str:
        return self.name.rsplit("-", 4)[0]

    @property
    def attempt(self) -> int:
        return int(self.name.rpartition("-")[2])


Script: TypeAlias = (
    "Outcome | Sequence[Outcome] | Mapping[str, Outcome] | Callable[[Start], Outcome]"
)
"""One outcome for all, one for each successive execution (the last repeats), one by
execution name (others succeed), or a function: `lambda start: fails() if start.job == "load"
else SUCCEEDS`."""


@dataclass(slots=True)
class Execution:
    """`revision` and `updated` are the machine's as it was at the start."""

    arn: str
    machine: str
    start: Start
    started: float
    outcome: Outcome
    number: int
    revision: str | None = None
    updated: float = 0.0
    version: int | None = None
    alias: str | None = None
    stopped: float | None = None
    redrives: int = 0

    @property
    def ended(self) -> float:
        """When it ends, or inf."""
        return self.stopped if self.stopped is not None else self.started + self.outcome.duration

    def status(self, now: float) -> str:
        return self.outcome.status if self.ended <= now else "RUNNING"


@dataclass(slots=True)
class Machine:
    name: str
    type: str = "STANDARD"
    script: Script = SUCCEEDS
    status: str = "ACTIVE"
    revision: str | None = "11111111-2222-3333-4444-555555555555"
    versions: tuple[int, ...] = ()
    aliases: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    executions: list[Execution] = field(default_factory=list)
    crowd: Crowd | None = None
    created: float = 0.0
    updated: float = 0.0
    begun: int = 0

    def routed(self, qualifier: str | None) -> tuple[int | None, str | None]:
        """Version and alias of a start: an alias leads to the heaviest of its versions."""
        if qualifier is None:
            return None, None
        if qualifier.isdigit():
            return int(qualifier), None
        weights = self.aliases[qualifier]
        return max(weights, key=lambda version: (weights[version], version)), qualifier

    def outcome(self, start: Start) -> Outcome:
        match self.script:
            case Outcome():
                return self.script
            case Mapping():
                return self.script.get(start.name, SUCCEEDS)
            case Sequence():
                return self.script[min(start.number, len(self.script)) - 1]
            case _:
                return self.script(start)


@dataclass(slots=True)
class World:
    """All state. `visible_after` and `list_lag` are seconds of eventual consistency.

    With `any_machine`, machines come into being when they are first named. Answers have a Date
    header where it `tells_time`. Executions are forgotten `retention` seconds after their ends.
    """

    clock: Clock = field(default_factory=RealClock)
    account: str = ACCOUNT
    region: str = REGION
    machines: dict[str, Machine] = field(default_factory=dict)
    executions: dict[str, Execution] = field(default_factory=dict)
    visible_after: float = 0.0
    list_lag: float = 0.0
    any_machine: Script | None = None
    has_sts: bool = True
    tells_time: bool = True
    retention: float = math.inf
    vanished: set[str] = field(default_factory=set)
    starts: dict[str, int] = field(default_factory=dict)
    """How many executions that are remembered began by name; more than 1 must never happen."""

    def add(self, name: str, script: Script = SUCCEEDS, **details: object) -> Machine:
        now = self.clock.now()
        machine = Machine(name, script=script, created=now, updated=now)
        for key, value in details.items():
            setattr(machine, key, value)
        self.machines[name] = machine
        return machine

    def machine(self, name: str) -> Machine | None:
        found = self.machines.get(name)
        if found is None and self.any_machine is not None:
            return self.add(name, self.any_machine)
        return found

    def machine_arn(self, name: str) -> str:
        return f"arn:aws:states:{self.region}:{self.account}:stateMachine:{name}"

    def execution_arn(self, machine: str, name: str) -> str:
        return f"arn:aws:states:{self.region}:{self.account}:execution:{machine}:{name}"

    def update(self, name: str, revision: str) -> None:
        """Give a machine another definition, from now on."""
        machine = self.machines[name]
        machine.revision, machine.updated = revision, self.clock.now()

    def begin(
        self, machine: Machine, arn: str, start: Start, began: float | None = None
    ) -> Execution:
        if arn in self.vanished:
            self.vanished.discard(arn)
            machine.executions = [one for one in machine.executions if one.arn != arn]
            del self.starts[start.name]
        version, alias = machine.routed(start.qualifier)
        execution = Execution(
            arn=arn,
            machine=machine.name,
            start=start,
            started=self.clock.now() if began is None else began,
            outcome=machine.outcome(start),
            number=machine.begun,
            revision=machine.revision,
            updated=machine.updated,
            version=version,
            alias=alias,
        )
        machine.begun += 1
        machine.executions.append(execution)
        self.executions[arn] = execution
        self.starts[start.name] = self.starts.get(start.name, 0) + 1
        return execution

    def past(
        self,
        machine: str,
        name: str,
        *,
        ago: float,
        outcome: Outcome = SUCCEEDS,
        input: str = "{}",
        qualifier: str | None = None,
    ) -> Execution:
        """An execution that began `ago` seconds before now, without a call."""
        found = self.machines[machine]
        start = Start(name, input, found.begun + 1, qualifier)
        began = self.clock.now() - ago
        execution = self.begin(found, self.execution_arn(machine, name), start, began)
        execution.outcome = outcome
        return execution

    def crowd(self, machine: str, count: int, *, every: float = 1.0, ago: float = 0.0) -> None:
        """Let others have started so many executions, the newest `ago` seconds before now."""
        self.machines[machine].crowd = Crowd(count, self.clock.now() - ago, every)

    def forget(self, older_than: float) -> None:
        """Forget what ended so many seconds ago or earlier: its name is free again."""
        last = self.clock.now() - older_than
        gone = [one for one in self.executions.values() if one.ended <= last]
        for execution in gone:
            self.vanished.discard(execution.arn)
            self.starts.pop(execution.start.name, None)
            del self.executions[execution.arn]
        for name in {one.machine for one in gone}:
            machine = self.machines[name]
            machine.executions = [one for one in machine.executions if one.ended > last]

    def expire(self) -> None:
        """Forget what is past its retention."""
        if self.retention < math.inf:
            self.forget(self.retention)

    def vanish(self, arn: str) -> None:
        """Forget an execution that the list goes on to show, as lists lag."""
        self.vanished.add(arn)

    def known(self, arn: str) -> Execution | None:
        """The execution, unless it is forgotten."""
        return None if arn in self.vanished else self.executions.get(arn)

    def finish(self, arn: str, outcome: Outcome = SUCCEEDS) -> None:
        """End a running execution now."""
        execution = self.executions[arn]
        execution.outcome = replace(outcome, duration=0.0)
        execution.stopped = self.clock.now()
