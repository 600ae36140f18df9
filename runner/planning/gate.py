"""Whether a job's trigger and `if` let it run, by what is known before anything runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from runner import expressions
from runner.errors import Diagnostic
from runner.expressions import (
    EnvironmentReference,
    EvaluationError,
    Expression,
    JobReference,
    ProjectReference,
    RunReference,
    VariableReference,
)
from runner.identity import NeedOutcome, failures_before
from runner.model import Trigger
from runner.plan.types import Action
from runner.planning.wording import NAMED, names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runner.errors import Place
    from runner.expressions import Reference
    from runner.provider import Execution
    from runner.values import Json


class Gated(Protocol):
    """A job, as far as its trigger and `if` go: one of the spec, or one of a plan."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def place(self) -> Place: ...  # noqa: D102
    @property
    def needs(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def trigger(self) -> Trigger: ...  # noqa: D102
    @property
    def condition(self) -> Expression | bool | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Decision:
    """An action, its reason in words, and what it means for the jobs that need this one.

    `may_fail` tells that the job or one before it may fail in this apply, `has_failed` that
    one of them did and is left so. `open` names the jobs of which it isn't known whether they
    will run and on which this one hangs, itself included; of many only some. With `may_skip`
    a trigger or `if` is what is open; else it will run, or is up to date.

    `outcome` is how the job ended, None where it may still run, and `execution` the one that
    it ended with. `outputs` are what it hands on, None where they were not read, and those in
    `concealed` count as not known.
    """

    action: Action
    reason: str
    may_fail: bool = True
    has_failed: bool = False
    open: tuple[str, ...] = ()
    may_skip: bool = False
    outcome: NeedOutcome | None = None
    execution: Execution | None = None
    outputs: Mapping[str, Json] | None = None
    concealed: frozenset[str] = frozenset()

    def knows(self, reference: JobReference) -> bool:
        """Tell whether it is known what a reference to the job yields."""
        if self.outcome is None:
            return False
        if reference.field != "outputs" or not self.hands_on:
            return True
        return self.outputs is not None and not self._conceals(reference.output)

    def _conceals(self, output: str | None) -> bool:
        return output in self.concealed if output is not None else bool(self.concealed)

    @property
    def hands_on(self) -> bool:
        """Tell whether the job's work was done before, so that its outputs can be read back."""
        return self.action is Action.UP_TO_DATE

    @property
    def as_context(self) -> Json:
        """How a job that has ended looks in expressions."""
        return {
            "outputs": dict(self.outputs or {}),
            "status": self.outcome.status if self.outcome else None,
            "execution_arn": self.execution.arn if self.execution else None,
        }


def gate(
    job: Gated,
    before: Mapping[str, Decision],
    context: Mapping[str, Json],
    jobs: Mapping[str, Gated],
) -> Decision | Diagnostic | None:
    """Tell whether the job's trigger and `if` keep it from running, or leave it open.

    None when nothing stands in its way but that its needs have to end first. `before` holds
    the decisions for the jobs that it needs. `context` has the variables that are not
    sensitive, and the run's id where it is known. The trigger comes before the `if`, as it
    does while jobs run.
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
    still_open = (*triggered.open, *condition.open)[: NAMED + 1]
    return _later(reason, still_open)


def _trigger(
    job: Gated, before: Mapping[str, Decision], jobs: Mapping[str, Gated]
) -> Decision | None:
    needs = {need: before[need] for need in job.needs}
    match job.trigger:
        case Trigger.ALL_SUCCEEDED:
            return _after_success(needs)
        case Trigger.ANY_FAILED:
            return _after_failure(job, needs, jobs)
        case Trigger.ALL_FINISHED:
            return None


def _later(reason: str, still_open: tuple[str, ...]) -> Decision:
    return Decision(Action.DECIDE_LATER, reason, open=still_open, may_skip=True)


def skip(reason: str, needs: Mapping[str, Decision]) -> Decision:
    """The decision that a job is skipped."""
    return Decision(
        Action.SKIP,
        reason,
        may_fail=any(need.may_fail for need in needs.values()),
        outcome=_skipped(needs),
    )


def _skipped(needs: Mapping[str, Decision]) -> NeedOutcome | None:
    """How a skipped job counts; None where a failure before it is not known in full."""
    failures: dict[str, NeedOutcome] = {}
    for name, need in needs.items():
        if need.has_failed:
            if need.outcome is None:
                return None
            failures[name] = need.outcome
    return NeedOutcome(failures_before(failures), "skipped")


def open_jobs(needs: Mapping[str, Decision]) -> tuple[str, ...]:
    """The jobs that are open themselves, among needs and those before them; of many some."""
    return tuple(sorted({name for need in needs.values() for name in need.open}))[: NAMED + 1]


def runs_if(still_open: tuple[str, ...]) -> str:
    """That a job hangs on others of which it isn't known whether they will run."""
    return f"runs only if {names(still_open)} {'does' if len(still_open) == 1 else 'do'}"


def _after_success(needs: Mapping[str, Decision]) -> Decision | None:
    skipped = {name: need for name, need in needs.items() if need.action is Action.SKIP}
    failed = [name for name, need in skipped.items() if need.execution is not None]
    if failed:
        return skip(f"{names(failed)} failed", needs)
    if skipped:
        verb = "is" if len(skipped) == 1 else "are"
        return skip(f"{names(tuple(skipped))} {verb} skipped", needs)
    still_open = open_jobs({name: need for name, need in needs.items() if need.may_skip})
    return _later(runs_if(still_open), still_open) if still_open else None


def _after_failure(
    job: Gated, needs: Mapping[str, Decision], jobs: Mapping[str, Gated]
) -> Decision | None:
    if any(need.has_failed for need in needs.values()):
        return None
    suspects = [name for name, need in needs.items() if need.may_fail]
    if not suspects:
        return skip("nothing runs before it that could fail", needs)
    named = names(suspects, "or")
    if any(jobs[name].needs for name in suspects):
        named += f", or a job before {'it' if len(suspects) == 1 else 'them'},"
    return _later(f"runs only if {named} fails", (job.name,))


def _condition(
    job: Gated, before: Mapping[str, Decision], context: Mapping[str, Json]
) -> Decision | Diagnostic | None:
    needs = {need: before[need] for need in job.needs}
    match job.condition:
        case None | True:
            return None
        case False:
            return skip("if: false", needs)
        case Expression() as expression:
            waits = sorted(
                {
                    word
                    for each in expression.references
                    for word in _waits_for(each, needs, context)
                }
            )
            if waits:
                return _later(f"its if waits for {names(waits)}", (job.name,))
            known = {"jobs": {name: need.as_context for name, need in needs.items()}}
            return _evaluated(job, expression, {**context, **known}, needs)


def _evaluated(
    job: Gated,
    expression: Expression,
    context: Mapping[str, Json],
    needs: Mapping[str, Decision],
) -> Decision | Diagnostic | None:
    try:
        value = expressions.evaluate(expression, context)
    except EvaluationError as error:
        return Diagnostic(job.place, f"if: {error}", "evaluation")
    if value is True:
        return None
    if value is False:
        return skip(f"if: {expression.text.strip()} is false", needs)
    return Diagnostic(
        job.place,
        f"if: it yields {_kind(value)}, not a boolean",
        "not-a-boolean",
        "compare it: vars.x == 'y', or vars.x != null",
    )


def _waits_for(
    reference: Reference, needs: Mapping[str, Decision], context: Mapping[str, Json]
) -> Iterator[str]:
    variables = context.get("vars")
    match reference:
        case VariableReference(name):
            if not isinstance(variables, dict) or name not in variables:
                yield f"the sensitive variable {name}"
        case JobReference(job):
            if not needs[job].knows(reference):
                yield job
        case EnvironmentReference(name):
            yield f"env.{name}"
        case RunReference():
            if "run" not in context:
                yield "the run's id"
        case ProjectReference():
            return


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
