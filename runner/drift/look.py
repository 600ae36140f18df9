"""Drift from a decided plan and what is remembered of its jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.drift import revisions, starts
from runner.drift.types import Drift

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from runner.drift.types import Answers, Questions
    from runner.memory import Past
    from runner.plan import Plan


def look(plan: Plan, pasts: Mapping[str, Past]) -> Generator[Questions, Answers, Drift]:
    """Tell what drifted. Yields batches of questions and is sent the answers.

    `plan` is decided, and `pasts` hold the earlier executions by job on which it rests.
    """
    would_run, under_way = starts.would_run(plan, pasts)
    moved, unknown = yield from revisions.moved(plan, pasts)
    return Drift(
        plan.project,
        jobs=sum(job.is_selected for job in plan.jobs),
        would_run=would_run,
        moved=moved,
        unknown=unknown,
        under_way=under_way,
    )
