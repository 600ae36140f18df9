"""What of a job's input is known before anything runs, and what must not be shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from runner import expressions, parameters, values
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
from runner.parameters import Misfit
from runner.plan.types import KNOWN_AFTER_APPLY, SENSITIVE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from runner.expressions import Reference, Template
    from runner.model import Job, Parameter, Project
    from runner.values import Json

    Tainted: TypeAlias = Mapping[str, frozenset[str]]

MAX_BYTES = expressions.MAX_BYTES
"""Bytes of UTF-8 that Step Functions takes as input."""

_LARGEST = 3


@dataclass(frozen=True, slots=True)
class Preview:
    """A job's input as it is shown, its bytes where all of it is known, and complaints."""

    input: dict[str, Json]
    size: int | None
    diagnostics: tuple[Diagnostic, ...] = ()


def tainted(project: Project, jobs: Iterable[Job]) -> Tainted:
    """The sensitive parameters of each job: those called so, and all that derive from them.

    What comes from `env`, from a sensitive variable or from a sensitive parameter of another
    job is sensitive. Jobs come after their needs.
    """
    secret = {variable.name for variable in project.variables if variable.sensitive}
    found: dict[str, frozenset[str]] = {}
    for job in jobs:
        found[job.name] = frozenset(
            parameter.name
            for parameter in job.parameters
            if parameter.sensitive or _derives(parameter, secret, found)
        )
    return found


def _derives(parameter: Parameter, secret: Collection[str], found: Tainted) -> bool:
    references = parameter.template.references if parameter.template else ()
    return any(is_secret(reference, secret, found) for reference in references)


def is_secret(reference: Reference, secret: Collection[str], found: Tainted) -> bool:
    """Tell whether what a reference yields is sensitive."""
    match reference:
        case EnvironmentReference():
            return True
        case VariableReference(name):
            return name in secret
        case JobReference(job, "outputs", output):
            outputs = found.get(job, frozenset())
            return bool(outputs) if output is None else output in outputs
        case JobReference() | RunReference() | ProjectReference():
            return False


def is_secret_in_spec(parameter: Parameter) -> bool:
    """Tell whether a parameter that the spec calls sensitive has its value there, at least in part.

    What is rendered from `${{ }}` is not: it comes from somewhere else.
    """
    return parameter.sensitive and is_in_spec(parameter.template)


def is_in_spec(template: Template | None) -> bool:
    """Tell whether a value stands in the spec, at least in part, and not only expressions."""
    if template is None:
        return False
    if not template.is_literal and not template.references:
        return True
    return _has_literal(template.value, rendered=not template.is_literal)


def _has_literal(value: Json, *, rendered: bool) -> bool:
    match value:
        case dict():
            return any(_has_literal(child, rendered=rendered) for child in value.values())
        case list():
            return any(_has_literal(child, rendered=rendered) for child in value)
        case str():
            return value != "" and not (rendered and expressions.OPEN in value)
        case None | bool():
            return False
        case _:
            return True


class Previewer:
    """Renders the inputs of jobs as far as they are known.

    What the variables in `withheld` are counts as not known: nobody could tell it from what is
    shown, nor from what is complained about.
    """

    def __init__(
        self,
        project: Project,
        context: Mapping[str, Json],
        environment: Collection[str],
        withheld: Collection[str] = (),
    ) -> None:
        self._context = context
        self._environment = frozenset(environment)
        self._withheld = frozenset(withheld)
        self._per_run = {variable.name for variable in project.variables if variable.per_run}

    def preview(self, job: Job, sensitive: Collection[str]) -> Preview:
        """Render what is known, and check it: types, expressions, variables, the size."""
        shown: dict[str, Json] = {}
        known: dict[str, Json] = {}
        diagnostics = list(self._unset(job))
        for parameter in job.parameters:
            if not parameter.is_sent:
                continue
            hidden = parameter.name in sensitive
            shown[parameter.name] = SENSITIVE if hidden else KNOWN_AFTER_APPLY
            try:
                value = self._render(parameter) if self._is_known(parameter) else None
                if parameter.carry:
                    continue
                if self._is_known(parameter):
                    known[parameter.name] = value
                if not hidden:
                    shown[parameter.name] = self._show(parameter, known)
            except (EvaluationError, Misfit) as error:
                diagnostics.append(_unfit(parameter, error, hidden=hidden))
        measured = _Size.of(known)
        if measured.total > MAX_BYTES:
            diagnostics.append(_too_large(job, measured, sensitive))
        whole = len(known) == len(shown) and not any(name in sensitive for name in shown)
        return Preview(shown, measured.total if whole else None, tuple(diagnostics))

    def _unset(self, job: Job) -> Iterator[Diagnostic]:
        uses = [
            (f"parameters.{each.name}", each.place, each.template.references)
            for each in job.parameters
            if each.template
        ]
        if isinstance(job.condition, Expression):
            uses.append(("if", job.place_of("if"), job.condition.references))
        for label, place, references in uses:
            names = {each.name for each in references if isinstance(each, EnvironmentReference)}
            for name in sorted(names - self._environment):
                yield Diagnostic(
                    place,
                    f"{label}: env.{name} is not set",
                    "unset-environment",
                    f"set {name} in the environment of stepfleet",
                )

    def _is_known(self, parameter: Parameter) -> bool:
        references = parameter.template.references if parameter.template else ()
        return all(map(self._knows, references))

    def _knows(self, reference: Reference) -> bool:
        match reference:
            case VariableReference(name):
                return name not in self._withheld
            case _:
                return isinstance(reference, ProjectReference)

    def _render(self, parameter: Parameter) -> Json:
        if parameter.template is None:
            return None
        value = expressions.render(parameter.template, self._context)
        return parameters.convert(value, parameter.type)

    def _show(self, parameter: Parameter, known: Mapping[str, Json]) -> Json:
        template = parameter.template
        if template is None or all(self._placeholder(each) is None for each in template.references):
            return known[parameter.name]
        if _is_late(template):
            return KNOWN_AFTER_APPLY
        return expressions.preview(template, self._context, self._placeholder)

    def _placeholder(self, reference: Reference) -> str | None:
        match reference:
            case JobReference() | RunReference():
                return KNOWN_AFTER_APPLY
            case EnvironmentReference():
                return SENSITIVE
            case VariableReference(name) if name in self._withheld:
                return SENSITIVE
            case VariableReference(name) if name in self._per_run:
                return f"${{{{ vars.{name} }}}}"
            case _:
                return None


def _is_late(template: Template) -> bool:
    """Tell at a glance a string that is one expression which needs what is not known yet.

    In a large project most expressions are of this kind, and reading each again takes time.
    """
    text = template.value
    return (
        isinstance(text, str)
        and text.startswith(expressions.OPEN)
        and text.endswith("}}")
        and text.count(expressions.OPEN) == text.count("}}") == 1
        and all(isinstance(each, (JobReference, RunReference)) for each in template.references)
    )


@dataclass(frozen=True, slots=True)
class _Size:
    """The bytes of a whole input, and of each of its parameters."""

    total: int
    parts: Mapping[str, int]

    @classmethod
    def of(cls, known: Mapping[str, Json]) -> _Size:
        parts = {name: _bytes(value) for name, value in known.items()}
        names = sum(_bytes(name) + 2 for name in known)  # a colon, and a comma or brace
        return cls(sum(parts.values()) + names + 1 if known else 2, parts)


def _bytes(value: Json) -> int:
    """Bytes as JSON; counting stops far beyond what can be sent."""
    try:
        return len(values.encode(values.compact(value, limit=64 * MAX_BYTES)))
    except values.TooLarge:
        return 64 * MAX_BYTES


def _too_large(job: Job, size: _Size, sensitive: Collection[str]) -> Diagnostic:
    """The complaint about the size, which tells no size that a sensitive value is part of."""
    largest = sorted(size.parts.items(), key=lambda part: (-part[1], part[0]))[:_LARGEST]
    named = ", ".join(
        f"{name} (sensitive)" if name in sensitive else f"{name} ({number:,} bytes)"
        for name, number in largest
    )
    is_open = not any(name in sensitive for name in size.parts)
    total = f"at least {size.total:,} bytes, more than" if is_open else "more bytes than"
    return Diagnostic(
        job.place_of("parameters"),
        f"the input has {total} the {MAX_BYTES:,} that Step Functions takes; "
        f"the largest parameters are {named}",
        "input-too-large",
        "put the data in S3 and pass its location",
    )


def _unfit(parameter: Parameter, error: EvaluationError | Misfit, *, hidden: bool) -> Diagnostic:
    """The complaint about a value; that of a sensitive one does not quote it."""
    text = str(error)
    help_text: str | None = "mend the expression, or the values that it uses"
    if isinstance(error, Misfit):
        text, help_text = error.message, error.help
        if hidden:
            text, help_text = error.public, error.public_help
    message = f"parameters.{parameter.name}: {text}"
    return Diagnostic(parameter.place, message, "bad-value", help_text)
