"""Which state machines the jobs of a platform use, and which of them it lets them use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runner.model import AwsPlatform, LocalPlatform, RetryMode
from runner.planning import targets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runner.arns import MachineArn
    from runner.cli.examining.specs import Specs
    from runner.errors import Diagnostic
    from runner.model import Job, MachineType, Platform


@dataclass(frozen=True, slots=True)
class Used:
    """A machine that a platform's jobs use: by an ARN whose account is empty if not known.

    `refused` is why the platform does not let them; nothing is then asked about it.
    """

    arn: MachineArn
    jobs: tuple[Job, ...]
    refused: Diagnostic | None = None

    @property
    def types(self) -> frozenset[MachineType]:
        """The types that its jobs say it has."""
        return frozenset(job.machine_type for job in self.jobs if job.machine_type is not None)

    @property
    def live(self) -> tuple[Job, ...]:
        """Its jobs that are not switched off by a plain `if: false`."""
        return tuple(job for job in self.jobs if job.condition is not False)

    @property
    def is_idle(self) -> bool:
        """Tell whether all are switched off: a plan looks at the machine, and nothing starts it."""
        return not self.live

    @property
    def redrives(self) -> bool:
        """Tell whether the retry of one of its live jobs is a redrive."""
        return any(job.retry.mode is RetryMode.REDRIVE for job in self.live)


@dataclass(frozen=True, slots=True)
class Targets:
    """What jobs use, by platform. `unnamed` are the jobs of which that can't be told, and why."""

    machines: Mapping[str, Sequence[Used]]
    unnamed: tuple[tuple[str, Diagnostic], ...]
    uses_local: bool


def find(specs: Specs, accounts: Mapping[str, str]) -> Targets:
    """Find what each job means. `accounts` are those of the credentials, by platform."""
    if specs.spec is None:
        return Targets({}, (), uses_local=False)
    finder = targets.Finder(targets.World(specs.spec, specs.variables, False, accounts))
    found: dict[str, dict[str, Used]] = {}
    unnamed: list[tuple[str, Diagnostic]] = []
    uses_local = False
    for job in specs.jobs.values():
        target = finder.target(job)
        if not isinstance(target, targets.Target):
            unnamed.append((job.name, target))
            continue
        uses_local = uses_local or isinstance(target.platform, LocalPlatform)
        if isinstance(target.platform, AwsPlatform):
            _add(found.setdefault(target.platform.name, {}), target.platform, target.machine, job)
    machines = {name: tuple(used[key] for key in sorted(used)) for name, used in found.items()}
    return Targets(machines, tuple(unnamed), uses_local)


def _add(found: dict[str, Used], platform: Platform, arn: MachineArn, job: Job) -> None:
    known = found.get(str(arn))
    if known is not None:
        found[str(arn)] = replace(known, jobs=(*known.jobs, job))
        return
    place = job.place_of("stateMachine")
    refused = next(targets.outside(platform, arn, place), None) if arn.account else None
    found[str(arn)] = Used(arn, (job,), refused)
