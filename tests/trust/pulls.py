"""Plans of pull requests, in a world where earlier executions hold secrets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runner import plan as plans
from runner import report
from runner.errors import NotFound
from runner.expressions import VariableReference, template
from runner.memory import Past
from runner.planning import Decided, decide
from runner.trust import concealed, trusted
from tests.plan_factories import draft
from tests.planning.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from runner.model import Spec
    from runner.plan import Plan, PlannedJob, PlannedParameter
    from runner.values import Json

SECRET = "hunter2-correct-horse"
OPEN = "open-sesame"


def plan(
    head: Spec,
    base: Spec | None,
    *,
    sent: Callable[[str], str],
    left: Callable[[str], str],
    given: Mapping[str, Json] | None = None,
) -> Decided:
    """The plan as a pull request has it made, where every job ran: `sent` and `left` are by job.

    `given` are the values of variables that do not stand in the specs; what takes one of them
    was sent "2".
    """
    found = trusted(head, base)
    values = {each.name: each.default for each in head.project.variables} | dict(given or {})
    drafted, diagnostics = draft(
        found.spec,
        environment={"KEY", *found.late_environment},
        variables=values,
        withheld=found.withheld(given or ()),
    )
    if drafted is None:
        return Decided(None, diagnostics)
    ledger = Ledger()
    before = replace(drafted, jobs=tuple(_without(each, given or ()) for each in drafted.jobs))
    for each in drafted.jobs:
        ledger.run(before, each.name, input=sent(each.name), output=left(each.name))
    pasts = {each.name: Past() for each in drafted.jobs} | ledger.pasts
    hidden = concealed(head, base, found.hidden(given or ()))
    steps = decide(drafted, pasts, concealed=hidden.parameters)
    try:
        questions = next(steps)
        while True:
            arns = [arn for some in questions.values() for arn in some]
            gone = NotFound("gone")
            questions = steps.send({arn: ledger.remembered.get(arn, gone) for arn in arns})
    except StopIteration as stop:
        decided: Decided = stop.value
        return decided


def _without(job: PlannedJob, variables: Collection[str]) -> PlannedJob:
    """The job with a literal in place of what takes one of the variables."""
    return replace(
        job,
        parameters=tuple(
            replace(each, template=template("2"), type=None) if _takes(each, variables) else each
            for each in job.parameters
        ),
    )


def _takes(parameter: PlannedParameter, variables: Collection[str]) -> bool:
    return any(
        isinstance(reference, VariableReference) and reference.name in variables
        for reference in (parameter.template.references if parameter.template else ())
    )


def shown(plan: Plan) -> str:
    """All that anyone gets to see of a plan."""
    return "\n".join(
        (plans.to_json(plan), report.plan_markdown(plan), report.plan_text(plan, verbose=True))
    )
