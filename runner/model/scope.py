"""What expressions may refer to, and the complaints about those that refer to nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, assert_never

from runner import expressions
from runner.documents import ListNode, MapNode, ScalarNode, place_in
from runner.errors import Diagnostic
from runner.expressions import (
    EnvironmentReference,
    JobReference,
    ProjectReference,
    RunReference,
    VariableReference,
)
from runner.parameters import Direction, Label, fault, faults
from runner.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from runner.documents import Node
    from runner.errors import Place
    from runner.expressions import Reference, Template
    from runner.model.types import Variable

Problems: TypeAlias = "list[Diagnostic]"
Complaint: TypeAlias = "tuple[str, str, str | None]"


@dataclass(frozen=True, slots=True)
class Scope:
    """All names of a project. `jobs` tells each job's parameters and their directions.

    With `partial` some documents could not be read: that a name is unknown means nothing then.
    """

    variables: Mapping[str, Variable]
    environment: frozenset[str]
    jobs: Mapping[str, Mapping[str, Direction]]
    platforms: Collection[str]
    default_platform: str | None = None
    partial: bool = False

    def check(
        self,
        references: frozenset[Reference],
        node: Node,
        label: Label,
        job: str,
        problems: Problems,
    ) -> None:
        """Complain about each reference in a job's value to something that is not there."""
        for reference in sorted(references, key=repr):
            complaint = self._complaint(reference, job)
            if complaint is not None:
                message, code, way_out = complaint
                place = place_of_reference(node, reference)
                problems.append(Diagnostic(place, f"{label.text}: {message}", code, way_out))

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
        if name in self.variables or self.partial:
            return None
        way_out = did_you_mean(name, self.variables)
        return (
            f"the project declares no variable {name!r}",
            "unknown-variable",
            way_out or f"declare it in the Project under variables: {name}: {{type: string}}",
        )

    def _environment(self, name: str) -> Complaint | None:
        if name in self.environment or self.partial:
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
            return self.unknown_job(name)
        output = reference.output
        if output is None or self.jobs[name].get(output, Direction.INPUT) is not Direction.INPUT:
            return None
        if output in self.jobs[name]:
            return (
                f"{name}.{output} is an input, so no value comes out of it",
                "not-an-output",
                f"declare it as direction: inout in {name}, or refer to what it is made from",
            )
        return f"the job {name} declares no output {output!r}", "unknown-output", self._there(name)

    def _there(self, job: str) -> str:
        outputs = [
            name for name, direction in self.jobs[job].items() if direction is not Direction.INPUT
        ]
        return f"it declares {', '.join(sorted(outputs))}" if outputs else "it declares no outputs"

    def unknown_job(self, name: str) -> Complaint | None:
        """Message, code and way out for a job that does not exist."""
        if self.partial:
            return None
        return f"there is no job {name!r}", "unknown-job", did_you_mean(name, self.jobs)

    def unknown_platform(self, label: str, name: str, place: Place) -> tuple[Diagnostic, ...]:
        """The complaint about a platform, if it does not exist."""
        if name in self.platforms or self.partial:
            return ()
        way_out = did_you_mean(name, self.platforms) or "add a Platform document of this name"
        message = f"{label}: there is no platform {name!r}"
        return (Diagnostic(place, message, "unknown-platform", way_out),)


@dataclass(frozen=True, slots=True)
class Checking:
    """A job that is being read, the names that it may use, and the complaints so far."""

    job: str
    scope: Scope
    problems: Problems

    def references(self, references: frozenset[Reference], node: Node, label: Label) -> None:
        """Check all that a value of the job refers to."""
        self.scope.check(references, node, label, self.job, self.problems)


def place_of_reference(node: Node, reference: Reference) -> Place:
    """Where in a value a reference stands; the value itself where that can't be told."""
    for scalar in _scalars(node):
        if not isinstance(scalar.value, str):
            continue
        offset = expressions.locate(scalar.value, reference)
        if offset is not None:
            return place_in(scalar, offset)
    return node.place


def _scalars(node: Node) -> Iterator[ScalarNode]:
    match node:
        case ScalarNode():
            yield node
        case ListNode(items=items):
            for item in items:
                yield from _scalars(item)
        case MapNode(items=entries):
            for item in entries.values():
                yield from _scalars(item)


def early(node: Node | None, label: str, scope: Scope, problems: Problems) -> Template | None:
    """A field that must be known before anything runs: text with variables at most."""
    if not isinstance(node, ScalarNode) or not isinstance(node.value, str):
        return None
    found = faults(node, Label(label))
    if found:
        problems += found
        return None
    template = expressions.template(node.value)
    for reference in sorted(template.references, key=repr):
        message, way_out = _too_late(reference, scope)
        if message:
            place = place_of_reference(node, reference)
            problems.append(Diagnostic(place, f"{label}: {message}", "known-too-late", way_out))
    known = frozenset(r for r in template.references if isinstance(r, VariableReference))
    scope.check(known, node, Label(label), "", problems)
    return template


def _too_late(reference: Reference, scope: Scope) -> tuple[str | None, str | None]:
    match reference:
        case VariableReference(name):
            variable = scope.variables.get(name)
            if variable is None or not variable.sensitive:
                return None, None
            return (
                f"vars.{name} is sensitive, but this field is shown in plans",
                "use a variable that is not sensitive",
            )
        case _:
            return (
                "this field must be known before anything runs, so it may refer to vars only",
                "declare a variable for it in the Project",
            )


def condition_fault(node: ScalarNode, error: expressions.ExpressionError) -> Diagnostic:
    """The complaint about an `if` that is no expression."""
    return fault(place_in(node, error.offset), error, Label("if"))
