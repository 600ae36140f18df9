"""`${{ }}`: JMESPath expressions inside values. The only door to jmespath."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.values import Json


@dataclass(frozen=True, slots=True, order=True)
class JobReference:
    """`jobs.<job>.outputs.<output>`, or one of its fields `status`, `execution_arn`."""

    job: str
    field: str
    output: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class VariableReference:
    """`vars.<name>`."""

    name: str


@dataclass(frozen=True, slots=True, order=True)
class EnvironmentReference:
    """`env.<name>`."""

    name: str


@dataclass(frozen=True, slots=True, order=True)
class RunReference:
    """`run.id`."""


@dataclass(frozen=True, slots=True, order=True)
class ProjectReference:
    """`project.name`."""


Reference = (
    JobReference | VariableReference | EnvironmentReference | RunReference | ProjectReference
)


@dataclass(frozen=True, slots=True)
class Expression:
    """One JMESPath expression, without its `${{ }}`, and all that it refers to."""

    text: str
    references: frozenset[Reference]


@dataclass(frozen=True, slots=True)
class Template:
    """A JSON value whose strings may hold `${{ }}`, as the author wrote them.

    Mapping keys are literal. `references` are those of all its expressions together; with
    `is_literal` there is no expression in it, and every `${{` that it may hold is text.
    """

    value: Json
    references: frozenset[Reference] = frozenset()
    is_literal: bool = True
