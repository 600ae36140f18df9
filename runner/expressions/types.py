"""What expressions and templates are, what they refer to, and how they fail."""

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


MAX_LENGTH = 500
"""Characters of one expression."""

MAX_MULTI_SELECTS = 8
"""`[a, b]` and `{a: b}` in one expression."""

MAX_DEPTH = 100
"""Levels of one expression's syntax tree."""

MAX_STEPS = 1_000_000
"""Steps that rendering one value may take, about a second of work."""

MAX_BYTES = 262_144
"""Bytes of UTF-8 of a rendered value: what Step Functions takes as an input."""


KEYS_ARE_LITERAL = "an expression stands in a key, but keys are literal"
WRITE_THE_KEY = "write the key out, or send its name as a value and let the state machine use it"
"""The complaint about an expression in a key, and its way out."""

SIMPLER = "let a state machine compute it, or split it between jobs"
"""The way out of an expression that goes beyond a bound."""


class ExpressionError(ValueError):
    """An expression that can't be accepted.

    `offset` counts the characters before the fault in the string that holds the expression,
    `path` leads from the value given to that string, and `help` is the way out.
    """

    def __init__(
        self,
        message: str,
        offset: int = 0,
        *,
        help: str | None = None,
        path: tuple[str | int, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.help = help
        self.path = path

    def moved(self, offset: int, path: tuple[str | int, ...] = ()) -> ExpressionError:
        """The same error, seen from a string in which it stands `offset` characters later."""
        return ExpressionError(
            self.message, self.offset + offset, help=self.help, path=(*path, *self.path)
        )


class EvaluationError(ValueError):
    """An expression that yields nothing usable. The message never holds a value."""
