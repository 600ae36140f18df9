"""What a job that may start would be sent, and how that differs from the last time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runner import expressions, inputs, values
from runner.expressions import (
    EnvironmentReference,
    EvaluationError,
    JobReference,
    ProjectReference,
    RunReference,
    VariableReference,
)
from runner.plan.types import KNOWN_AFTER_APPLY, SENSITIVE, InputChange

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from runner.expressions import Reference, Template
    from runner.plan.types import PlannedJob, PlannedParameter
    from runner.planning.gate import Decision
    from runner.values import Json

_LONGEST = 4096
"""Bytes of a value that a change shows whole."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known besides the job: variables, its needs' decisions, what was carried on.

    `carried` are the values that the newest success left, None where they were not read.
    `per_run` names variables whose expressions are shown instead of their values.
    """

    context: Mapping[str, Json]
    needs: Mapping[str, Decision]
    per_run: Collection[str]
    carried: Mapping[str, Json] | None

    @property
    def contexts(self) -> dict[str, Json]:
        """The needs as expressions see them."""
        return {name: need.as_context for name, need in self.needs.items()}

    def is_known(self, parameter: PlannedParameter) -> bool:
        """Tell whether the parameter's value is known before anything runs."""
        if parameter.carry and self.carried is None:
            return False
        if parameter.carry and parameter.name in (self.carried or {}):
            return True
        return parameter.template is not None and all(
            self._knows(reference) for reference in parameter.template.references
        )

    def _knows(self, reference: Reference) -> bool:
        match reference:
            case JobReference(name):
                return self.needs[name].knows(reference)
            case VariableReference(name):
                variables = self.context.get("vars")
                return isinstance(variables, dict) and name in variables
            case ProjectReference():
                return True
            case EnvironmentReference() | RunReference():
                return False

    def placeholder(self, reference: Reference) -> str | None:
        """What a preview shows in place of an expression with this reference."""
        match reference:
            case EnvironmentReference():
                return SENSITIVE
            case VariableReference(name) if name in self.per_run:
                return f"${{{{ vars.{name} }}}}"
            case _:
                return None if self._knows(reference) else KNOWN_AFTER_APPLY


def _tells_more(job: PlannedJob, sight: Sight) -> bool:
    """Tell whether more of the input is known now than when the plan was drafted."""
    return any(
        each.carry or (each.template is not None and _reads_known(each.template, sight))
        for each in job.parameters
        if inputs.is_sent(each)
    )


def _reads_known(template: Template, sight: Sight) -> bool:
    return any(
        isinstance(each, JobReference) and sight.needs[each.job].knows(each)
        for each in template.references
    )


def shown(job: PlannedJob, sight: Sight, before: Mapping[str, Json] | None) -> PlannedJob:
    """The job with its input as far as it is known, and with what of it is another than before.

    `before` is the input of the job's newest execution, None where it is not known. Raises
    InputError for a value that can't be sent.
    """
    if before is None and not _tells_more(job, sight):
        return job
    sent = [each for each in job.parameters if inputs.is_sent(each)]
    told = replace(job, parameters=tuple(each for each in sent if sight.is_known(each)))
    context = {**sight.context, "jobs": sight.contexts}
    rendered = inputs.render(told, context, sight.carried)
    known = rendered.values
    is_whole = len(known) == len(sent) and not any(each.sensitive for each in sent)
    job = replace(
        job,
        input={each.name: _seen(each, sight, known) for each in sent},
        input_bytes=rendered.size if is_whole else None,
    )
    if before is None:
        return job
    return replace(job, changes=tuple(_changes(job, known, before)))


def _seen(parameter: PlannedParameter, sight: Sight, known: Mapping[str, Json]) -> Json:
    """A parameter's value as it may be shown."""
    if parameter.sensitive:
        return SENSITIVE
    template = parameter.template
    is_carried = parameter.carry and parameter.name in (sight.carried or {})
    if parameter.carry and parameter.name not in known:
        return KNOWN_AFTER_APPLY
    if template is None or is_carried:
        return known[parameter.name]
    if parameter.name in known and not any(map(sight.placeholder, template.references)):
        return known[parameter.name]
    context = {**sight.context, "jobs": sight.contexts}
    try:
        return expressions.preview(template, context, sight.placeholder)
    except EvaluationError as error:
        raise inputs.InputError(f"parameters.{parameter.name}: {error}") from error


def _changes(
    job: PlannedJob, known: Mapping[str, Json], before: Mapping[str, Json]
) -> Iterator[InputChange]:
    """How what is sent differs from what was sent. What is gone may have been sensitive then."""
    hidden = {each.name for each in job.parameters if each.sensitive}
    for name in sorted({*job.input, *before}):
        if name not in job.input:
            yield InputChange(name, is_gone=True)
        elif name not in before:
            yield InputChange(name, now=_short(job.input[name]), is_new=True)
        elif name not in hidden and not _is_same(name, known, before):
            yield InputChange(name, _short(before[name]), _short(job.input[name]))


def _is_same(name: str, known: Mapping[str, Json], before: Mapping[str, Json]) -> bool:
    return name in known and values.canonical(known[name]) == values.canonical(before[name])


def _short(value: Json) -> Json:
    """A value, or the size of one that is too long to be read."""
    size = values.size(value)
    return value if size <= _LONGEST else f"<{size:,} bytes>"
