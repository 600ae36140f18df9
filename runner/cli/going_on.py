"""What an apply takes over from an earlier one of the same run, which did not end or was left."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runner import standing
from runner.cli import left, printing
from runner.report import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runner.plan import Plan
    from runner.results import Attempt, JobResult, RunResults
    from runner.schedule import Options


def options(asked: Options, plan: Plan, *, run_id: str, results_path: Path) -> Options:
    """The same options with what the run's earlier apply started, and left.

    It is told where an execution that was left is of a job that the plan has no more: the
    results that are about to be written don't speak of it.
    """
    before = left.before(results_path, run_id=run_id, project=plan.project)
    if before is None:
        return asked
    places = {job.name: (job.platform, str(job.machine)) for job in plan.jobs}
    kept: dict[str, Attempt] = {}
    for job, attempt in _not_ended(before):
        if places.get(job.name) == (job.platform, job.machine):
            kept[job.name] = attempt
        else:
            what = attempt.arn or attempt.name
            printing.tell(
                f"Not part of this plan, and may still run since the last apply: "
                f"{one_line(job.name)} ({one_line(what)})"
            )
    return replace(asked, own=standing.own_names(before), left=kept)


def _not_ended(before: RunResults) -> Iterator[tuple[JobResult, Attempt]]:
    found = standing.not_ended(before)
    return ((job, found[job.name]) for job in before.jobs if job.name in found)
