"""A plan without the values that must not be shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runner.plan.types import SENSITIVE
from runner.planning.preview import is_in_spec

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from runner.plan import InputChange, Plan, PlannedJob, PlannedParameter
    from runner.trust.secrets import Concealed


def conceal(plan: Plan, what: Concealed) -> Plan:
    """The plan to be shown and saved; its hashes and decisions stay as they are.

    What is withheld in it can't be applied from it.
    """
    return replace(
        plan,
        jobs=tuple(_job(job, what) for job in plan.jobs),
        variables={
            name: value for name, value in plan.variables.items() if name not in what.variables
        },
        late_variables=tuple(
            replace(each, sensitive=each.sensitive or each.name in what.variables)
            for each in plan.late_variables
        ),
    )


def _job(job: PlannedJob, what: Concealed) -> PlannedJob:
    hidden = what.parameters.get(job.name, frozenset())
    earlier = hidden | what.earlier.get(job.name, frozenset())
    shown = {name: SENSITIVE if name in hidden else value for name, value in job.input.items()}
    return replace(
        job,
        input=shown,
        input_bytes=None if hidden & shown.keys() else job.input_bytes,
        parameters=tuple(_parameter(each, hidden) for each in job.parameters),
        changes=tuple(_changes(job.changes, hidden, earlier)),
    )


def _parameter(parameter: PlannedParameter, hidden: Collection[str]) -> PlannedParameter:
    is_withheld = parameter.name in hidden and is_in_spec(parameter.template)
    return replace(parameter, withheld=parameter.withheld or is_withheld)


def _changes(
    changes: tuple[InputChange, ...], hidden: Collection[str], earlier: Collection[str]
) -> Iterator[InputChange]:
    """The changes that may be told. That a secret is not what was guessed is told by none."""
    for change in changes:
        if change.is_new and change.parameter in hidden:
            yield replace(change, now=SENSITIVE)
        elif change.is_new or change.is_gone or change.parameter not in earlier:
            yield change
