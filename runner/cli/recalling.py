"""Asking platforms for what they remember, and answering what a plan wants to know of it."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from runner import planning, progress
from runner.errors import Invalid
from runner.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.arns import MachineArn
    from runner.cli.providers import Providers
    from runner.errors import ProviderError
    from runner.plan import Plan
    from runner.planning import Decided, Questions
    from runner.provider import Execution, History


def decide(
    draft: Plan,
    providers: Providers | None,
    *,
    run_id: str | None = None,
    concealed: Mapping[str, frozenset[str]] | None = None,
) -> tuple[Plan, Memory | None]:
    """Decide what an apply would do with each job, from what its platform remembers.

    Without providers nothing is asked, and nothing known. What executions left of the parameters
    in `concealed` counts as not known. Raises Invalid, and ProviderError
    when AWS can't be asked.
    """
    looked_at = time.monotonic()  # the engine's clock
    asks = providers is not None and any(planning.lookbacks(draft).values())
    with progress.waiting(sys.stderr, "Looking for earlier executions" if asks else None):
        decided = _decided(draft, providers, run_id, concealed)
    if decided.plan is None:
        raise Invalid(decided.diagnostics)
    memory = None if providers is None else Memory(decided.pasts, looked_at)
    return decided.plan, memory


def _decided(
    draft: Plan,
    providers: Providers | None,
    run_id: str | None,
    concealed: Mapping[str, frozenset[str]] | None,
) -> Decided:
    pasts = None if providers is None else planning.pasts_of(draft, _histories(draft, providers))
    steps = planning.decide(draft, pasts, run_id=run_id, concealed=concealed)
    try:
        questions = next(steps)
        while True:
            questions = steps.send(_answers(draft, questions, providers))
    except StopIteration as stop:
        decided: Decided = stop.value
        return decided


def _histories(draft: Plan, providers: Providers) -> Mapping[str, Mapping[MachineArn, History]]:
    return {
        name: providers.provider(draft.platforms[name], draft.machines).recall(wanted)
        for name, wanted in planning.lookbacks(draft).items()
    }


def _answers(
    draft: Plan, questions: Questions, providers: Providers | None
) -> Mapping[str, Execution | ProviderError]:
    if providers is None:
        return {}
    answers: dict[str, Execution | ProviderError] = {}
    for name, arns in questions.items():
        answers.update(providers.provider(draft.platforms[name], draft.machines).describe(arns))
    return answers
