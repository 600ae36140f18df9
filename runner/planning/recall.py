"""What to look for among earlier executions, and what was found, job by job. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runner import memory
from runner.identity import job_tag
from runner.model import LocalPlatform, MachineType, RunPolicy
from runner.provider import Lookback

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runner.arns import MachineArn
    from runner.memory import Past
    from runner.plan.types import Plan, PlannedJob
    from runner.provider import History


def lookbacks(plan: Plan) -> Mapping[str, tuple[Lookback, ...]]:
    """What to look for on each platform, by its name: machine by machine, each once.

    The newest success is wanted as well where any success counts, and where one is carried on.
    """
    tags: dict[str, dict[MachineArn, set[str]]] = {}
    successes: set[str] = set()
    for job in _remembered(plan):
        tag = job_tag(plan.project, job.name)
        tags.setdefault(job.platform, {}).setdefault(_whole(job), set()).add(tag)
        if job.run is RunPolicy.ONCE or job.carries:
            successes.add(tag)
    return {
        platform: tuple(
            Lookback(machine, frozenset(found), frozenset(found & successes))
            for machine, found in sorted(machines.items(), key=lambda item: str(item[0]))
        )
        for platform, machines in sorted(tags.items())
    }


def pasts_of(
    plan: Plan, histories: Mapping[str, Mapping[MachineArn, History]]
) -> Mapping[str, Past]:
    """The past of each job that was looked for, by the job's name."""
    jobs: dict[tuple[str, MachineArn], list[PlannedJob]] = {}
    for job in _remembered(plan):
        jobs.setdefault((job.platform, _whole(job)), []).append(job)
    found: dict[str, Past] = {}
    for (platform, machine), its_jobs in jobs.items():
        history = histories.get(platform, {}).get(machine)
        if history is None:
            continue
        by_tag = {job_tag(plan.project, job.name): job.name for job in its_jobs}
        for tag, past in memory.pasts(history, by_tag).items():
            found[by_tag[tag]] = past
    return found


def _remembered(plan: Plan) -> Iterator[PlannedJob]:
    """The jobs whose executions a platform remembers."""
    for job in plan.jobs:
        is_local = isinstance(plan.platforms[job.platform], LocalPlatform)
        if job.machine_type is MachineType.STANDARD and not is_local and job.machine.account:
            yield job


def _whole(job: PlannedJob) -> MachineArn:
    """The job's machine without version or alias: executions are listed for all of it."""
    return replace(job.machine, qualifier=None)
