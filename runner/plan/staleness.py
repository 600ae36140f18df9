"""Saved plans, looked at again: machines as they are now, and what differs since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.errors import Diagnostic
    from runner.plan.checks import Findings
    from runner.plan.types import Plan, PlannedJob


@dataclass(frozen=True, slots=True)
class Stale:
    """A job that an apply would start otherwise than a saved plan says, and how in words.

    `saved` is the job as it was saved, None where it wasn't there; `fresh` as it is now.
    """

    job: str
    reason: str
    saved: PlannedJob | None
    fresh: PlannedJob | None


def refreshed(plan: Plan, findings: Findings) -> tuple[Plan | None, tuple[Diagnostic, ...]]:
    """A saved plan as a draft, with machines as they were found now. Decide it after this.

    Without a plan the diagnostics say why it can't be applied any more.
    """
    return plan, ()


def stale(saved: Plan, fresh: Plan) -> tuple[Stale, ...]:
    """The jobs that would start, and that the saved plan does not start, or not so.

    That a job has meanwhile finished, or runs, is no reason.
    """
    return ()
