"""What an apply that goes on with a run takes over from the results of the one before. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.standing.asking import Asked, trace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.results import Attempt, RunResults


def own_names(results: RunResults) -> frozenset[str]:
    """The names of the executions that the run started, or was about to start."""
    return frozenset(
        attempt.name for job in results.jobs for attempt in job.attempts if not attempt.adopted
    )


def not_ended(results: RunResults) -> Mapping[str, Attempt]:
    """The newest attempts that were not seen to end, by job, as far as they can be believed."""
    trails = trace(results)
    return {
        job.name: job.newest
        for job in results.jobs
        if job.newest is not None and isinstance(trails[job.name], Asked)
    }
