"""What the fake holds: state machines and executions. Nothing here knows of HTTP."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from tests.fake_aws.clock import Clock, RealClock
from tests.fake_aws.crowd import Crowd
from tests.fake_aws.execution import RUNS_ON, SUCCEEDS, Execution, Leg, Outcome, Start, View, fails
from tests.fake_aws.ledger import Ledger
from tests.fake_aws.luck import Range, within

__all__ = [
    "RUNS_ON",
    "SUCCEEDS",
    "Execution",
    "Machine",
    "Outcome",
    "Script",
    "Start",
    "World",
    "fails",
]

REGION = "us-east-1"
ACCOUNT = "123456789012"
AT_ONCE: Range = (0.0, 0.0)

Script: TypeAlias = (
    "Outcome | Sequence[Outcome] | Mapping[str, Outcome] | Callable[[Start], Outcome]"
)
"""One outcome for all, one for each successive execution (the last repeats), one by
execution name (others succeed), or a function: `lambda start: fails() if start.job == "load"
else SUCCEEDS`. How a redrive goes is the outcome's `then`, or the function's next answer."""


def _no_lag(_: Execution) -> tuple[float, float]:
    return 0.0, 0.0


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
    definition: str | None = None
    role: str | None = None
    logging: Mapping[str, object] | None = None
    is_traced: bool = False
    kms_key: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    is_gone: bool = False
    """Whether it was deleted, and the list still shows it, as lists lag."""
    begun: int = 0
    ledger: Ledger = field(default_factory=lambda: Ledger(_no_lag))
    listed_with: object = None
    """The lags that the ledger was made with."""

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

    def redriven(self, execution: Execution) -> Outcome:
        """How the next redrive of an execution goes."""
        so_far = execution.outcome
        if so_far.then is not None:
            return so_far.then
        if callable(self.script):
            return self.script(replace(execution.start, redrives=len(execution.legs)))
        return so_far

    def keep(self, executions: list[Execution]) -> None:
        """Hold no more than these."""
        self.executions = executions
        self.ledger.fill(executions)


@dataclass(slots=True)
class World:
    """All state. `visible_after` and `list_lag` are seconds of eventual consistency.

    `lag` is the least and the most of it for everything that is described, listed or read of
    an execution, and `redrive_lag` of what comes on top until a redrive is seen: settled for
    each execution by `seed`, and another one for lists.

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
    lag: Range = AT_ONCE
    redrive_lag: Range = AT_ONCE
    seed: int = 0
    any_machine: Script | None = None
    has_sts: bool = True
    tells_time: bool = True
    retention: float = math.inf
    vanished: set[str] = field(default_factory=set)
    starts: dict[str, int] = field(default_factory=dict)
    """How many executions that are remembered began by name; more than 1 must never happen."""
    redrives: Counter[str] = field(default_factory=Counter)
    """How often executions were redriven, by name."""
    expired: dict[str, float] = field(default_factory=dict)
    """From when on access keys are refused, by their ids."""
    session_seconds: float | None = None
    """How long credentials of an assumed role last, whatever was asked for."""
    longest_session: float = 43_200
    """The MaxSessionDuration of every role."""
    callers: dict[str, str] = field(default_factory=dict)
    """Whose the access keys are that were given out, as ARNs."""
    sessions: int = 0

    def add(self, name: str, script: Script = SUCCEEDS, **details: object) -> Machine:
        now = self.clock.now()
        machine = Machine(name, script=script, created=now, updated=now)
        machine.ledger = Ledger(self._list_lags)
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
        self,
        machine: Machine,
        arn: str,
        start: Start,
        began: float | None = None,
        outcome: Outcome | None = None,
    ) -> Execution:
        """Start an execution now, or when it `began`; it ends as the script says, or so."""
        if arn in self.vanished:
            self.vanished.discard(arn)
            machine.keep([one for one in machine.executions if one.arn != arn])
            del self.starts[start.name]
        version, alias = machine.routed(start.qualifier)
        ends = machine.outcome(start) if outcome is None else outcome
        execution = Execution(
            arn=arn,
            machine=machine.name,
            start=start,
            legs=[Leg(self.clock.now() if began is None else began, ends)],
            number=machine.begun,
            revision=machine.revision,
            updated=machine.updated,
            version=version,
            alias=alias,
        )
        machine.begun += 1
        machine.executions.append(execution)
        machine.ledger.touch(execution)
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
        return self.begin(found, self.execution_arn(machine, name), start, began, outcome)

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
            machine.keep([one for one in machine.executions if one.ended > last])

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
        execution.end(outcome, self.clock.now())
        self.machines[execution.machine].ledger.touch(execution)

    def stop(self, execution: Execution, error: str | None, cause: str | None) -> None:
        """Abort a running execution now; a redrive of it goes on with what it was doing."""
        was = execution.outcome
        repeated = None if callable(self.machines[execution.machine].script) else was
        aborted = Outcome("ABORTED", error=error, cause=cause, then=was.then or repeated)
        self.finish(execution.arn, aborted)

    def redrive(self, execution: Execution) -> None:
        """Let an execution that has ended run again from now on."""
        machine = self.machines[execution.machine]
        execution.legs.append(Leg(self.clock.now(), machine.redriven(execution)))
        self.redrives[execution.start.name] += 1
        machine.ledger.touch(execution)

    def seen(self, execution: Execution) -> View | None:
        """What is to be seen of an execution that is described or whose history is read."""
        lag, redriven = self._lags_of("describe", execution)
        return execution.seen(self.clock.now(), lag, first=self.visible_after, redriven=redriven)

    def listed(self, machine: Machine) -> None:
        """Bring a machine's list up to date."""
        settings = (self.list_lag, self.lag, self.redrive_lag, self.seed)
        if machine.listed_with != settings:
            machine.listed_with = settings
            machine.ledger.fill(machine.executions)
        machine.ledger.catch_up(self.clock.now())

    def expire_key(self, key: str, at: float | None = None) -> None:
        """Refuse calls that this access key signs from a moment on, or from now on."""
        self.expired[key] = self.clock.now() if at is None else at

    def renew_key(self, key: str) -> None:
        self.expired.pop(key, None)

    def has_expired(self, key: str) -> bool:
        return self.expired.get(key, math.inf) <= self.clock.now()

    def _list_lags(self, execution: Execution) -> tuple[float, float]:
        lag, redriven = self._lags_of("list", execution)
        return self.list_lag + lag, redriven

    def _lags_of(self, kind: str, execution: Execution) -> tuple[float, float]:
        if self.lag == self.redrive_lag == AT_ONCE:
            return 0.0, 0.0
        return (
            within(self.lag, self.seed, kind, execution.arn),
            within(self.redrive_lag, self.seed, "redrive", kind, execution.arn),
        )
