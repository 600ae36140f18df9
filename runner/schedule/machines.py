"""The state machines of a run: when each was last looked at, and who waits for the next look."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from runner.model import AwsPlatform
from runner.schedule.jobs import Phase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runner.arns import MachineArn
    from runner.memory import Memory
    from runner.plan import Plan
    from runner.schedule.jobs import JobState


@dataclass(slots=True)
class Machine:
    """One machine of one platform, without qualifier, and the jobs on it.

    `looked_at` is in seconds of the run's clock. While it is `busy`, a look is asked for or
    will be again, and `waiting` are the jobs whose start depends on it. `trouble_since` is
    since when looking fails. `by_tag` holds the Standard jobs, once it was needed.
    `revisions` are those seen since the plan, by ARN as jobs name it, and `gone` says of ARNs
    that can't be looked at any more why. `reported` keeps a complaint from being repeated.
    """

    platform: str
    arn: MachineArn
    looked_at: float
    states: list[JobState] = field(default_factory=list)
    by_tag: dict[str, JobState] = field(default_factory=dict)
    waiting: list[JobState] = field(default_factory=list)
    revisions: dict[MachineArn, str] = field(default_factory=dict)
    gone: dict[MachineArn, str] = field(default_factory=dict)
    busy: bool = False
    trouble_since: float | None = None
    reported: bool = False

    @property
    def open(self) -> list[JobState]:
        """The jobs that may yet have to be started."""
        return [state for state in self.states if state.phase is not Phase.SETTLED]


@dataclass(frozen=True, slots=True)
class Machines:
    """The machines that are looked at again before late starts."""

    of_job: dict[str, Machine] = field(default_factory=dict)
    by_arn: dict[tuple[str, MachineArn], Machine] = field(default_factory=dict)


def machines_of(plan: Plan, states: Iterable[JobState], memory: Memory | None) -> Machines:
    """Find them: none without memory, as on a platform that remembers nothing.

    For an Express job that names a version there is nothing to look at.
    """
    machines = Machines()
    if memory is None or plan.local:
        return machines
    for state in states:
        job = state.job
        is_remote = isinstance(plan.platforms[job.platform], AwsPlatform)
        if not is_remote or (state.is_express and job.machine.is_pinned):
            continue
        arn = replace(job.machine, qualifier=None) if job.machine.qualifier else job.machine
        machine = machines.by_arn.get((job.platform, arn))
        if machine is None:
            machine = Machine(job.platform, arn, memory.looked_at)
            machines.by_arn[job.platform, arn] = machine
        machine.states.append(state)
        machines.of_job[job.name] = machine
    return machines
