"""A job's final input: parameters rendered with what is known when it starts. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runner import expressions, parameters, values
from runner.expressions import EvaluationError, JobReference, RunReference, VariableReference
from runner.identity import PublicInput
from runner.model import Direction, ParameterType

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from runner.expressions import Reference
    from runner.plan import PlannedJob, PlannedParameter
    from runner.values import Json

MAX_BYTES = 262_144
"""Bytes of UTF-8 that Step Functions takes as input."""

_LARGEST = 3


class InputError(ValueError):
    """The input can't be sent; the message says which parameter and why."""


@dataclass(frozen=True, slots=True)
class RenderedInput:
    """What an execution is started with.

    `values` are the input and inout parameters in the spec's order, `text` the JSON that is
    sent, `size` its bytes. `compared` are those that are neither sensitive nor carried,
    and `secrets` those that are sensitive.
    """

    values: Mapping[str, Json]
    text: str
    size: int
    compared: Mapping[str, Json]
    secrets: tuple[Json, ...]


def render(
    job: PlannedJob,
    context: Mapping[str, Json],
    carried: Mapping[str, Json] | None = None,
) -> RenderedInput:
    """Render every parameter that is sent, convert it to its type and check the size.

    `carried` are the values that the newest success left, in place of the spec's. Raises
    InputError.
    """
    sent = [parameter for parameter in job.parameters if is_sent(parameter)]
    left = carried or {}
    rendered = {
        parameter.name: _carried(parameter, left[parameter.name])
        if parameter.carry and parameter.name in left
        else _value(parameter, context)
        for parameter in sent
    }
    hidden = {parameter.name: parameter.revision for parameter in sent if parameter.sensitive}
    text, size = _text(rendered, hidden)
    aside = {parameter.name for parameter in sent if parameter.carry or parameter.sensitive}
    return RenderedInput(
        values=rendered,
        text=text,
        size=size,
        compared={name: value for name, value in rendered.items() if name not in aside},
        secrets=tuple(rendered[name] for name in hidden),
    )


def sent_in(text: str | None) -> Mapping[str, Json]:
    """What an execution was sent, by parameter; empty where it can't be read."""
    try:
        sent = values.parse(text) if text is not None else None
    except values.NotJson:
        return {}
    return sent if isinstance(sent, dict) else {}


def carried(job: PlannedJob, sent: str | None, output: str | None) -> Mapping[str, Json]:
    """What an earlier execution of a job left of the parameters that it carries.

    `sent` and `output` are that execution's, as JSON text; what did not succeed has no output.
    Each is the output's property of the parameter's name, else what was sent, else absent: then
    the spec's value begins. Raises InputError where the output has one that does not fit, or
    what was sent is not told.
    """
    wanted = [
        replace(parameter, direction=Direction.INOUT)
        for parameter in job.parameters
        if parameter.carry and is_sent(parameter)
    ]
    taken = parameters.take(wanted, output)
    for name, why in taken.misfits:
        raise _left_misfit(name, why)
    if taken.missing and sent is None:
        raise InputError(f"parameters.{taken.missing[0]}: what was sent the last time is not told")
    before = sent_in(sent)
    kept = {name: before[name] for name in taken.missing if name in before}
    return {**kept, **taken.outputs}


def same_work(ours: RenderedInput, theirs: str | None) -> bool:
    """Tell whether an execution's input is ours, sensitive and carried parameters aside.

    An input that can't be read (`theirs` is None) is taken for the same: the name of the
    execution holds the hash of it.
    """
    if theirs is None:
        return True
    try:
        found = values.parse(theirs)
    except values.NotJson:
        return False
    if not isinstance(found, dict):
        return False
    aside = ours.values.keys() - ours.compared.keys()
    rest = {name: value for name, value in found.items() if name not in aside}
    return values.canonical(rest) == values.canonical(dict(ours.compared))


def public(
    job: PlannedJob,
    context: Mapping[str, Json],
    jobs: Mapping[str, PlannedJob],
    *,
    symbolic: Collection[str] = (),
    rendered: bool = True,
) -> PublicInput:
    """What of a job's input may enter a hash: known before any of its needs is read.

    `context` holds `vars`, `project` and, where it is known, `run`; `jobs` is by name and holds
    the job's needs. The variables in `symbolic` count by their names and not by their values.
    Unless `rendered`, those that are used count by their whole values, and not by what is made
    of them. Raises InputError.
    """
    known: dict[str, Json] = {}
    derived: dict[str, Json] = {}
    sensitive: dict[str, int] = {}
    carried: set[str] = set()
    for parameter in job.parameters:
        if not is_sent(parameter) or parameter.template is None:
            continue
        if parameter.carry:
            carried.add(parameter.name)
        elif parameter.sensitive:
            sensitive[parameter.name] = parameter.revision
        elif all(_is_known(each, symbolic, rendered) for each in parameter.template.references):
            known[parameter.name] = _value(parameter, context)
        else:
            derived[parameter.name] = _derived(parameter, context, jobs, symbolic)
    return PublicInput(known, derived, sensitive, frozenset(carried))


def _is_known(reference: Reference, symbolic: Collection[str], rendered: bool) -> bool:
    match reference:
        case JobReference() | RunReference():
            return False
        case VariableReference(name):
            return rendered and name not in symbolic
        case _:
            return True


def _derived(
    parameter: PlannedParameter,
    context: Mapping[str, Json],
    jobs: Mapping[str, PlannedJob],
    symbolic: Collection[str],
) -> Json:
    """A value that can't be told yet, by all that settles it besides the needs' executions."""
    if parameter.template is None:
        return None
    facts: list[Json] = []
    for reference in sorted(parameter.template.references, key=repr):
        match reference:
            case JobReference(name, "outputs", output):
                facts.append([name, _declared(jobs[name], output)])
            case VariableReference(name) if name not in symbolic:
                facts.append([name, _member(context, "vars", name)])
            case RunReference():
                facts.append(_member(context, "run", "id"))
            case _:
                pass
    kind = parameter.type.value if parameter.type else None
    return [parameter.template.value, kind, facts]


def _declared(need: PlannedJob, output: str | None) -> Json:
    """How a need declares what is taken from it; None is all of it."""
    return [
        [each.name, each.direction.value, each.type.value if each.type else None]
        for each in sorted(need.parameters, key=lambda each: each.name)
        if each.direction is not Direction.INPUT and output in (None, each.name)
    ]


def is_sent(parameter: PlannedParameter) -> bool:
    """Tell whether a parameter is part of the execution's input."""
    return parameter.direction is not Direction.OUTPUT and parameter.template is not None


def _member(context: Mapping[str, Json], key: str, name: str) -> Json:
    """A member of one of the context's objects; null where it is not known."""
    found = context.get(key)
    return found.get(name) if isinstance(found, dict) else None


def _carried(parameter: PlannedParameter, value: Json) -> Json:
    if parameter.type is ParameterType.JSON:
        return value
    try:
        return parameters.convert(value, parameter.type)
    except parameters.Misfit as error:
        why = error.public if parameter.sensitive else error.message
        raise _left_misfit(parameter.name, why) from error


def _left_misfit(name: str, why: str) -> InputError:
    return InputError(f"parameters.{name}: what the newest success left does not fit: {why}")


def _value(parameter: PlannedParameter, context: Mapping[str, Json]) -> Json:
    if parameter.template is None:
        raise ValueError(f"{parameter.name} is not sent")
    try:
        value = expressions.render(parameter.template, context, limit=MAX_BYTES)
        return parameters.convert(value, parameter.type)
    except parameters.Misfit as error:
        why = error.public if parameter.sensitive else error.message
        raise InputError(f"parameters.{parameter.name}: {why}") from error
    except EvaluationError as error:
        why = "it can't be rendered" if parameter.sensitive else str(error)
        raise InputError(f"parameters.{parameter.name}: {why}") from error


def _text(rendered: dict[str, Json], hidden: Collection[str]) -> tuple[str, int]:
    """The JSON text and its bytes. A little over the limit is written, to tell its size."""
    try:
        text = values.compact(rendered, limit=4 * MAX_BYTES)
    except values.TooLarge as error:
        raise InputError(_too_large(f"is {error}", rendered, hidden)) from error
    size = len(values.encode(text))
    if size > MAX_BYTES:
        raise InputError(_too_large(f"is {size:,} bytes", rendered, hidden))
    return text, size


def _too_large(what: str, rendered: Mapping[str, Json], hidden: Collection[str]) -> str:
    """Why the input can't be sent, telling no size that a sensitive value is part of."""
    return (
        f"the input {'is too large' if hidden else what}, more than the {MAX_BYTES:,} bytes that "
        f"Step Functions takes; the largest parameters are {_sizes(rendered.items(), hidden)}: "
        "put the data in S3 and pass its location"
    )


def _sizes(items: Iterable[tuple[str, Json]], hidden: Collection[str]) -> str:
    sizes = sorted(((_size(value), name) for name, value in items), reverse=True)
    return ", ".join(
        f"{name} (sensitive)" if name in hidden else f"{name} ({size:,} bytes)"
        for size, name in sizes[:_LARGEST]
    )


def _size(value: Json) -> int:
    try:
        return len(values.encode(values.compact(value, limit=4 * MAX_BYTES)))
    except values.TooLarge:
        return 4 * MAX_BYTES
