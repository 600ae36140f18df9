"""Executions: how they go, what was asked for, and what of them is to be seen at a time."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an execution ends, `duration` seconds after its start; a success echoes its input.

    `then` is how its redrive goes; None repeats this one.
    """

    status: str = "SUCCEEDED"
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    duration: float = 0.0
    then: Outcome | None = None
    redrivable: bool = True


SUCCEEDS = Outcome()
RUNS_ON = Outcome(duration=math.inf)


def fails(
    error: str = "Broken",
    cause: str = "it broke",
    duration: float = 0.0,
    then: Outcome | None = None,
) -> Outcome:
    return Outcome("FAILED", error=error, cause=cause, duration=duration, then=then)


@dataclass(frozen=True, slots=True)
class Start:
    """What a start asked for; `number` counts the machine's executions from 1.

    `job` and `attempt` are what a name that was derived from a job says of it. A script that is
    a function is asked again for each redrive, with the number of `redrives` so far.
    """

    name: str
    input: str
    number: int
    qualifier: str | None = None
    trace_header: str | None = None
    redrives: int = 0

    @property
    def job(self) -> str:
        return self.name.rsplit("-", 4)[0]

    @property
    def attempt(self) -> int:
        return int(self.name.rpartition("-")[2])


@dataclass(slots=True)
class Leg:
    """The first run of an execution, or one of its redrives."""

    started: float
    outcome: Outcome
    stopped: float | None = None

    @property
    def ended(self) -> float:
        """When it ends, or inf."""
        return self.stopped if self.stopped is not None else self.started + self.outcome.duration


@dataclass(frozen=True, slots=True)
class View:
    """What is to be seen of an execution: up to which leg, and whether that has ended."""

    redrives: int
    leg: Leg
    over: bool

    @property
    def status(self) -> str:
        return self.leg.outcome.status if self.over else "RUNNING"

    @property
    def redriven(self) -> float | None:
        """When it was last redriven."""
        return self.leg.started if self.redrives else None


@dataclass(slots=True)
class Execution:
    """`revision` and `updated` are the machine's as it was at the start."""

    arn: str
    machine: str
    start: Start
    legs: list[Leg]
    number: int
    revision: str | None = None
    updated: float = 0.0
    version: int | None = None
    alias: str | None = None
    tokens: dict[str, float] = field(default_factory=dict)
    """When each client token was first used to redrive it."""

    @property
    def started(self) -> float:
        return self.legs[0].started

    @property
    def outcome(self) -> Outcome:
        return self.legs[-1].outcome

    @property
    def ended(self) -> float:
        """When it ends, or inf."""
        return self.legs[-1].ended

    @property
    def redrives(self) -> int:
        return len(self.legs) - 1

    def status(self, now: float) -> str:
        return self.outcome.status if self.ended <= now else "RUNNING"

    def end(self, outcome: Outcome, now: float) -> None:
        leg = self.legs[-1]
        leg.outcome, leg.stopped = replace(outcome, duration=0.0), now

    def seen(
        self, now: float, lag: float = 0.0, *, first: float = 0.0, redriven: float = 0.0
    ) -> View | None:
        """What is to be seen by who sees everything `lag` seconds late, None before its start.

        A start is seen another `first` seconds later, a redrive another `redriven` ones.
        """
        for number in range(len(self.legs) - 1, -1, -1):
            leg = self.legs[number]
            if leg.started + lag + (redriven if number else first) <= now:
                return View(number, leg, leg.ended + lag <= now)
        return None

    def next_change(self, now: float, lag: float, redriven: float) -> float:
        """When another view of it may be seen, or inf."""
        times = [
            time
            for number, leg in enumerate(self.legs)
            for time in (leg.started + lag + (redriven if number else 0.0), leg.ended + lag)
            if time > now
        ]
        return min(times, default=math.inf)
