"""What drift is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from runner.errors import ProviderError

if TYPE_CHECKING:
    from runner.arns import MachineArn
    from runner.plan import PlannedJob
    from runner.provider import Execution

Questions: TypeAlias = Mapping[str, tuple[str, ...]]
"""The executions of whose machines the revisions are wanted: ARNs by platform."""

Answers: TypeAlias = Mapping[str, str | ProviderError]
"""The revision of the machine as each execution ran it, by the execution's ARN."""


@dataclass(frozen=True, slots=True)
class WouldRun:
    """A job that an apply would start, though it is not meant to run every time."""

    job: PlannedJob
    reason: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A job whose newest success ran on another revision of its machine than is there now.

    `before` is that revision as far as it was asked for: one of several jobs of a machine
    tells enough of the others.
    """

    job: PlannedJob
    execution: Execution
    now: str
    before: str | None = None

    @property
    def is_rerouted(self) -> bool:
        """Tell whether it is the machine's alias that leads elsewhere."""
        return self.job.machine.qualifier is not None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Jobs of one machine of which it can't be told whether it moved, and why."""

    platform: str
    machine: MachineArn
    jobs: tuple[PlannedJob, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Drift:
    """How the jobs of a project stand, each list in the order of the plan.

    `jobs` is how many were looked at. Those `under_way` are being run, or would run only
    after such a one: what becomes of them shows once they have ended.
    """

    project: str
    jobs: int
    would_run: tuple[WouldRun, ...] = ()
    moved: tuple[Moved, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    under_way: tuple[PlannedJob, ...] = ()

    @property
    def is_found(self) -> bool:
        """Tell whether anything drifted, as far as is known."""
        return bool(self.would_run or self.moved)
