"""What the fake holds: state machines and executions. Nothing here knows of HTTP."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from tests.fake_aws.clock import Clock, RealClock

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
    """What a start asked for; `number` counts the machine's executions from 1."""

    name: str
    input: str
    number: int
    qualifier: str | None = None
    trace_header: str | None = None


Script: TypeAlias = (
    "Outcome | Sequence[Outcome] | Mapping[str, Outcome] | Callable[[Start], Outcome]"
)
"""One outcome for all, one for each successive execution (the last repeats), one by
execution name (others succeed), or a function."""


@dataclass(slots=True)
class Execution:
    arn: str
    machine: str
    start: Start
    started: float
    outcome: Outcome
    number: int
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
    created: float = 0.0

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
    header where it `tells_time`.
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
    starts: dict[str, int] = field(default_factory=dict)
    """How many executions began by name; more than 1 is what must never happen."""

    def add(self, name: str, script: Script = SUCCEEDS, **details: object) -> Machine:
        machine = Machine(name, script=script, created=self.clock.now())
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

    def begin(self, machine: Machine, arn: str, start: Start) -> Execution:
        execution = Execution(
            arn=arn,
            machine=machine.name,
            start=start,
            started=self.clock.now(),
            outcome=machine.outcome(start),
            number=len(machine.executions),
        )
        machine.executions.append(execution)
        self.executions[arn] = execution
        self.starts[start.name] = self.starts.get(start.name, 0) + 1
        return execution

    def finish(self, arn: str, outcome: Outcome = SUCCEEDS) -> None:
        """End a running execution now."""
        execution = self.executions[arn]
        execution.outcome = replace(outcome, duration=0.0)
        execution.stopped = self.clock.now()
