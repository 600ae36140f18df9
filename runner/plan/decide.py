"""What to do with each job, and why, by what is known before anything runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner import expressions
from runner.errors import Diagnostic
from runner.expressions import EvaluationError, Expression, ProjectReference, VariableReference
from runner.model import MachineType, RunPolicy, Trigger
from runner.plan.types import Action

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.model import Job
    from runner.values import Json

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Decision:
    """An action, its reason in words, and whether the job or one before it may still fail.

    `open` names the jobs whose `if` or trigger is still open and on which this one hangs,
    itself included; of many only some.
    """

    action: Action
    reason: str
    may_fail: bool
    open: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Memory:
    """What is known of earlier executions, in words that a reason for running can end with."""

    words: str


def gate(
    job: Job,
    before: Mapping[str, Decision],
    context: Mapping[str, Json],
    jobs: Mapping[str, Job],
) -> Decision | Diagnostic | None:
    """Tell whether the job's trigger and `if` keep it from running, or leave it open.

    None when nothing stands in its way but that its needs have to end first. `before` holds
    the decisions for the jobs that it needs. The trigger comes before the `if`, as it does
    while jobs run.
    """
    triggered = _trigger(job, before, jobs)
    if triggered is not None and triggered.action is Action.SKIP:
        return triggered
    condition = _condition(job, before, context)
    if triggered is None or isinstance(condition, Diagnostic):
        return condition
    if condition is None:
        return triggered
    if condition.action is Action.SKIP:
        return condition
    reason = f"{triggered.reason}, and {condition.reason}"
    still_open = (*triggered.open, *condition.open)[: _NAMED + 1]
    return Decision(Action.DECIDE_LATER, reason, may_fail=True, open=still_open)


def run(job: Job, machine_type: MachineType, memory: Memory) -> Decision:
    """The decision for a job that nothing keeps from running."""
    if job.run is RunPolicy.ALWAYS:
        return Decision(Action.RUN, "run: always", may_fail=True)
    if machine_type is MachineType.EXPRESS:
        return Decision(Action.RUN, "Express has no memory of earlier runs", may_fail=True)
    return Decision(Action.RUN, memory.words, may_fail=True)


def _trigger(job: Job, before: Mapping[str, Decision], jobs: Mapping[str, Job]) -> Decision | None:
    needs = {need: before[need] for need in job.needs if need in before}
    match job.trigger:
        case Trigger.ALL_SUCCEEDED:
            return _after_success(needs)
        case Trigger.ANY_FAILED:
            return _after_failure(job, needs, jobs)
        case Trigger.ALL_FINISHED:
            return None


def _after_success(needs: Mapping[str, Decision]) -> Decision | None:
    may_fail = any(need.may_fail for need in needs.values())
    skipped = [name for name, need in needs.items() if need.action is Action.SKIP]
    if skipped:
        verb = "is" if len(skipped) == 1 else "are"
        return Decision(Action.SKIP, f"{_names(skipped)} {verb} skipped", may_fail)
    still_open = sorted({name for need in needs.values() for name in need.open})
    if still_open:
        verb = "does" if len(still_open) == 1 else "do"
        reason = f"runs only if {_names(still_open)} {verb}"
        kept = tuple(still_open[: _NAMED + 1])
        return Decision(Action.DECIDE_LATER, reason, may_fail=True, open=kept)
    return None


def _after_failure(job: Job, needs: Mapping[str, Decision], jobs: Mapping[str, Job]) -> Decision:
    suspects = [name for name, need in needs.items() if need.may_fail]
    if not suspects:
        return Decision(Action.SKIP, "nothing runs before it that could fail", may_fail=False)
    names = _names(suspects, "or")
    if any(jobs[name].needs for name in suspects):
        names += f", or a job before {'it' if len(suspects) == 1 else 'them'},"
    reason = f"runs only if {names} fails"
    return Decision(Action.DECIDE_LATER, reason, may_fail=True, open=(job.name,))


def _condition(
    job: Job, before: Mapping[str, Decision], context: Mapping[str, Json]
) -> Decision | Diagnostic | None:
    may_fail = any(before[need].may_fail for need in job.needs if need in before)
    match job.condition:
        case None | True:
            return None
        case False:
            return Decision(Action.SKIP, "if: false", may_fail)
        case Expression() as expression:
            waits = sorted(_waits_for(expression))
            if waits:
                reason = f"its if waits for {_names(waits)}"
                return Decision(Action.DECIDE_LATER, reason, may_fail=True, open=(job.name,))
            return _evaluated(job, expression, context, may_fail=may_fail)


def _evaluated(
    job: Job, expression: Expression, context: Mapping[str, Json], *, may_fail: bool
) -> Decision | Diagnostic | None:
    try:
        value = expressions.evaluate(expression, context)
    except EvaluationError as error:
        return Diagnostic(job.place_of("if"), f"if: {error}", "evaluation")
    if value is True:
        return None
    if value is False:
        return Decision(Action.SKIP, f"if: {expression.text.strip()} is false", may_fail)
    return Diagnostic(
        job.place_of("if"),
        f"if: it yields {_kind(value)}, not a boolean",
        "not-a-boolean",
        "compare it: vars.x == 'y', or vars.x != null",
    )


def _waits_for(expression: Expression) -> set[str]:
    waits = set()
    for reference in expression.references:
        match reference:
            case VariableReference() | ProjectReference():
                pass
            case expressions.JobReference(job):
                waits.add(job)
            case expressions.EnvironmentReference(name):
                waits.add(f"env.{name}")
            case expressions.RunReference():
                waits.add("the run's id")
    return waits


def _kind(value: Json) -> str:
    match value:
        case None:
            return "null"
        case str():
            return "text"
        case list():
            return "an array"
        case dict():
            return "an object"
        case _:
            return "a number"


def _names(names: list[str], word: str = "and") -> str:
    if len(names) > _NAMED:
        return f"{', '.join(names[:_NAMED])} {word} others"
    if len(names) > 1:
        return f"{', '.join(names[:-1])} {word} {names[-1]}"
    return names[0]
