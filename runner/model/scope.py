"""What expressions may refer to, and the complaints about those that refer to nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, assert_never

from runner import expressions
from runner.documents import ScalarNode, place_in
from runner.errors import Diagnostic
from runner.expressions import (
    EnvironmentReference,
    JobReference,
    ProjectReference,
    RunReference,
    VariableReference,
)
from runner.model.references import complain
from runner.parameters import Direction, Label, fault, faults
from runner.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from runner.documents import Node
    from runner.errors import Place
    from runner.expressions import Reference, Template
    from runner.model.references import Complaint
    from runner.model.types import Variable

Problems: TypeAlias = "list[Diagnostic]"


@dataclass(frozen=True, slots=True)
class Scope:
    """All names of a project. `jobs` tells each job's parameters and their directions, None
    where the schema has complained about what says them.

    With `partial` some documents could not be read: that a job or a platform is unknown means
    nothing then. `unclear` are the Project's fields of which the same is true.
    """

    variables: Mapping[str, Variable]
    environment: frozenset[str]
    jobs: Mapping[str, Mapping[str, Direction | None] | None]
    platforms: Collection[str]
    default_platform: str | None = None
    partial: bool = False
    unclear: frozenset[str] = frozenset()

    def is_known(self, field: str) -> bool:
        """Tell whether all that a field of the Project says could be read."""
        return field not in self.unclear

    def check(
        self,
        references: frozenset[Reference],
        node: Node,
        label: Label,
        job: str,
        problems: Problems,
    ) -> None:
        """Complain about each reference in a job's value to something that is not there."""
        problems += complain(
            node,
            label,
            (
                (reference, complaint)
                for reference in sorted(references, key=repr)
                if (complaint := self._complaint(reference, job)) is not None
            ),
        )

    def _complaint(self, reference: Reference, job: str) -> Complaint | None:
        match reference:
            case VariableReference(name):
                return self._variable(name)
            case EnvironmentReference(name):
                return self._environment(name)
            case JobReference():
                return self._job(reference, job)
            case RunReference() | ProjectReference():
                return None
            case _:
                assert_never(reference)

    def _variable(self, name: str) -> Complaint | None:
        if name in self.variables or not self.is_known("variables"):
            return None
        way_out = did_you_mean(name, self.variables)
        return (
            f"the project declares no variable {name!r}",
            "unknown-variable",
            way_out or f"declare it in the Project under variables: {name}: {{type: string}}",
        )

    def _environment(self, name: str) -> Complaint | None:
        if name in self.environment or not self.is_known("environment"):
            return None
        return (
            f"env.{name} is not among the names that the project may read",
            "unknown-environment-name",
            f"add {name} to the Project's environment list",
        )

    def _job(self, reference: JobReference, job: str) -> Complaint | None:
        name = reference.job
        if name == job:
            return f"the job refers to itself ({name})", "self-reference", "refer to another job"
        if name not in self.jobs:
            return self.unknown_job(name, job)
        output, known = reference.output, self.jobs[name]
        if output is None or known is None:
            return None
        if known.get(output, Direction.INPUT) is not Direction.INPUT:
            return None
        if output in known:
            return (
                f"{name}.{output} is an input, so no value comes out of it",
                "not-an-output",
                f"declare it as direction: inout in {name}, or refer to what it is made from",
            )
        return f"the job {name} declares no output {output!r}", "unknown-output", _there(known)

    def unknown_job(self, name: str, job: str) -> Complaint | None:
        """Message, code and way out for a job that does not exist and that `job` names."""
        if self.partial:
            return None
        others = [other for other in self.jobs if other != job]
        way_out = did_you_mean(name, others) or "add a Job document of this name"
        return f"there is no job {name!r}", "unknown-job", way_out

    def unknown_platform(self, label: str, name: str, place: Place) -> tuple[Diagnostic, ...]:
        """The complaint about a platform, if it does not exist."""
        if name in self.platforms or self.partial:
            return ()
        way_out = did_you_mean(name, self.platforms) or "add a Platform document of this name"
        message = f"{label}: there is no platform {name!r}"
        return (Diagnostic(place, message, "unknown-platform", way_out),)


def _there(known: Mapping[str, Direction | None]) -> str:
    outputs = [name for name, direction in known.items() if direction is not Direction.INPUT]
    return f"it declares {', '.join(sorted(outputs))}" if outputs else "it declares no outputs"


@dataclass(frozen=True, slots=True)
class Checking:
    """A job that is being read, the names that it may use, and the complaints so far."""

    job: str
    scope: Scope
    problems: Problems

    def references(self, references: frozenset[Reference], node: Node, label: Label) -> None:
        """Check all that a value of the job refers to."""
        self.scope.check(references, node, label, self.job, self.problems)


def early(node: Node | None, label: str, scope: Scope, problems: Problems) -> Template | None:
    """A field that must be known before anything runs: text with variables at most."""
    if not isinstance(node, ScalarNode) or not isinstance(node.value, str) or not node.value:
        return None
    found = faults(node, Label(label))
    if found:
        problems += found
        return None
    template = expressions.template(node.value)
    late = (
        (reference, (message, "known-too-late", way_out))
        for reference in sorted(template.references, key=repr)
        for message, way_out in _too_late(reference, scope)
    )
    problems += complain(node, Label(label), late)
    known = frozenset(r for r in template.references if isinstance(r, VariableReference))
    scope.check(known, node, Label(label), "", problems)
    return template


def _too_late(reference: Reference, scope: Scope) -> Iterator[tuple[str, str]]:
    match reference:
        case VariableReference(name):
            variable = scope.variables.get(name)
            if variable is not None and variable.sensitive:
                yield (
                    f"vars.{name} is sensitive, but this field is shown in plans",
                    "use a variable that is not sensitive",
                )
        case _:
            yield (
                "this field must be known before anything runs, so it may refer to vars only",
                "declare a variable for it in the Project",
            )


def condition_fault(node: ScalarNode, error: expressions.ExpressionError) -> Diagnostic:
    """The complaint about an `if` that is no expression."""
    return fault(place_in(node, error.offset), error, Label("if"))
