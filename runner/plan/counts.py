"""How many jobs a plan runs, decides later, skips: jobs of every run apart from the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.plan.types import Action

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runner.plan.types import PlannedJob

RUN_EVERY_TIME = "run-every-time"
"""The count of jobs that run in every apply: these are in no other count."""


def count(jobs: Iterable[PlannedJob]) -> dict[str, int]:
    """Count the selected jobs by action, with a count for every action, zero included."""
    counts = {action.value: 0 for action in Action} | {RUN_EVERY_TIME: 0}
    for job in jobs:
        if job.is_selected:
            counts[group(job)] += 1
    return counts


def group(job: PlannedJob) -> str:
    """The count that a job falls in."""
    if job.action is Action.RUN and job.runs_every_time:
        return RUN_EVERY_TIME
    return job.action.value
