"""Plans of pull requests, in a world where earlier executions hold secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner import plan as plans
from runner import report
from runner.errors import NotFound
from runner.memory import Past
from runner.planning import Decided, decide
from runner.trust import concealed, trusted
from tests.plan_factories import draft
from tests.planning.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from runner.model import Spec
    from runner.plan import Plan

SECRET = "hunter2-correct-horse"
OPEN = "open-sesame"


def plan(
    head: Spec, base: Spec | None, *, sent: Callable[[str], str], left: Callable[[str], str]
) -> Decided:
    """The plan as a pull request has it made, where every job ran: `sent` and `left` are by job."""
    found = trusted(head, base)
    drafted, diagnostics = draft(found.spec, environment={"KEY", *found.late_environment})
    if drafted is None:
        return Decided(None, diagnostics)
    ledger = Ledger()
    for each in drafted.jobs:
        ledger.run(drafted, each.name, input=sent(each.name), output=left(each.name))
    pasts = {each.name: Past() for each in drafted.jobs} | ledger.pasts
    steps = decide(drafted, pasts, concealed=concealed(head, base).parameters)
    try:
        questions = next(steps)
        while True:
            arns = [arn for some in questions.values() for arn in some]
            gone = NotFound("gone")
            questions = steps.send({arn: ledger.remembered.get(arn, gone) for arn in arns})
    except StopIteration as stop:
        decided: Decided = stop.value
        return decided


def shown(plan: Plan) -> str:
    """All that anyone gets to see of a plan."""
    return "\n".join(
        (plans.to_json(plan), report.plan_markdown(plan), report.plan_text(plan, verbose=True))
    )
