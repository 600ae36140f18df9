"""Strings that hold `${{ }}`: finding them, and rendering a value that has such strings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias, assert_never

from runner import values
from runner.expressions.interpreter import Interpreter
from runner.expressions.scanning import OPEN, Found, scan
from runner.expressions.static import references
from runner.expressions.syntax import tree
from runner.expressions.types import (
    KEYS_ARE_LITERAL,
    MAX_BYTES,
    MAX_LENGTH,
    SIMPLER,
    WRITE_THE_KEY,
    EnvironmentReference,
    EvaluationError,
    Expression,
    ExpressionError,
    JobReference,
    ProjectReference,
    Reference,
    RunReference,
    Template,
    VariableReference,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from runner.expressions.syntax import Node
    from runner.values import Json

    Context: TypeAlias = Mapping[str, Json]


def parse(text: str) -> Expression:
    """Read one expression, without its `${{ }}`. Raises ExpressionError."""
    return _compile(text)[1]


@lru_cache(maxsize=1024)
def _compile(text: str) -> tuple[Node, Expression]:
    lead = len(text) - len(text.lstrip())
    stripped = text.strip()
    if len(stripped) > MAX_LENGTH:
        raise ExpressionError(
            f"the expression has {len(stripped):,} characters; at most {MAX_LENGTH} are allowed",
            lead,
            help=SIMPLER,
        )
    try:
        node = tree(stripped)
        return node, Expression(stripped, references(node))
    except ExpressionError as error:
        raise error.moved(lead) from None


def condition(text: str) -> Expression:
    """Read an `if`: one expression, with or without its `${{ }}`. Raises ExpressionError."""
    if OPEN not in text:
        return parse(text)
    found = list(scan(text))
    only = found[0]
    rest = text[: only.start] + text[only.end :]
    if rest.strip():
        offset = only.end if not text[: only.start].strip() else 0
        raise ExpressionError(
            "an `if` is one expression, with nothing beside it",
            offset,
            help="put the whole condition into one ${{ }}, or leave ${{ }} out",
        )
    return parse_found(only)


def errors(text: str, most: int | None = None) -> tuple[ExpressionError, ...]:
    """Every fault of the expressions in a string, in the order in which they stand.

    After the first `most` of them the rest of the string is not read.
    """
    return tuple(islice(_errors(text), most))


def _errors(text: str) -> Iterator[ExpressionError]:
    try:
        for found in scan(text):
            try:
                parse_found(found)
            except ExpressionError as error:
                yield error
    except ExpressionError as error:
        yield error


def template(value: Json) -> Template:
    """Find the expressions in a value's strings. Raises ExpressionError for the first fault.

    One in a key is a fault, too.
    """
    found: set[Reference] = set()
    literal = True
    seen: set[str] = set()
    for path, text in _strings(value, ()):
        # Aliases may repeat one long text in thousands of places.
        if text in seen or OPEN not in text:
            continue
        seen.add(text)
        literal = False
        try:
            for part in scan(text):
                found |= parse_found(part).references
        except ExpressionError as error:
            raise error.moved(0, path) from None
    return Template(value, frozenset(found), literal)


def _strings(
    value: Json, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, child in value.items():
            if OPEN in key:
                raise ExpressionError(KEYS_ARE_LITERAL, help=WRITE_THE_KEY, path=(*path, key))
            yield from _strings(child, (*path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _strings(child, (*path, index))


def evaluate(expression: Expression, context: Context) -> Json:
    """The value of an expression. Raises EvaluationError.

    The value may share parts with the context, and with itself: it must not be changed.
    """
    return _evaluate(expression, context, Interpreter())


def _evaluate(expression: Expression, context: Context, interpreter: Interpreter) -> Json:
    for reference in expression.references:
        _check_known(reference, context)
    try:
        result: Json = interpreter.visit(_compile(expression.text)[0], dict(context))
    except RecursionError:
        raise EvaluationError("it goes too deep") from None
    except EvaluationError as error:
        raise EvaluationError(f"${{{{ {expression.text} }}}}: {error}") from None
    return result


def _check_known(reference: Reference, context: Context) -> None:
    root, name = names(reference)
    known = context.get(root)
    if not isinstance(known, dict) or name not in known:
        raise EvaluationError(f"{root}.{name} is not set: {_WAYS_OUT[root]}")


_WAYS_OUT = {
    "env": "set it where stepfleet runs",
    "vars": "give it a value with --var",
    "jobs": "nothing is known of this job yet",
    "run": "it is known only while jobs run",
    "project": "the project has no name",
}


def names(reference: Reference) -> tuple[str, str]:
    """The root that a reference begins with, and the name behind it."""
    match reference:
        case EnvironmentReference(name):
            return "env", name
        case VariableReference(name):
            return "vars", name
        case JobReference(job=name):
            return "jobs", name
        case RunReference():
            return "run", "id"
        case ProjectReference():
            return "project", "name"
        case _:
            assert_never(reference)


def render(template: Template, context: Context, *, limit: int = MAX_BYTES) -> Json:
    """The value with its expressions replaced by what they yield.

    A string that is exactly one expression becomes that value, of whatever type. Within text
    a string stands as it is and everything else as compact JSON, so null is `null` and a
    missing part of an output can be seen. Raises EvaluationError, also when the value takes
    more than `limit` bytes as JSON.
    """
    return preview(template, context, lambda _: None, limit=limit)


def preview(
    template: Template,
    context: Context,
    placeholder: Callable[[Reference], str | None],
    *,
    limit: int = MAX_BYTES,
) -> Json:
    """Render, with a placeholder for each expression that refers to something not known.

    An expression stands for the placeholder of the first of its references, in the order
    env, vars, jobs, run, project and then by name, that has one. Raises EvaluationError.
    """
    if template.is_literal:
        return template.value
    renderer = _Renderer(context, placeholder, Interpreter(), limit)
    try:
        rendered = renderer.value(template.value)
        values.compact(rendered, limit=limit)
    except values.TooLarge as error:
        raise EvaluationError(f"the rendered value is too large: {error}") from None
    return rendered


_ORDER = (
    EnvironmentReference,
    VariableReference,
    JobReference,
    RunReference,
    ProjectReference,
)


def _rank(reference: Reference) -> tuple[int, str]:
    return _ORDER.index(type(reference)), repr(reference)


@dataclass(frozen=True, slots=True)
class _Renderer:
    """One rendering of one value."""

    context: Context
    placeholder: Callable[[Reference], str | None]
    interpreter: Interpreter
    limit: int

    def value(self, value: Json) -> Json:
        if isinstance(value, str):
            return self._string(value) if OPEN in value else value
        if isinstance(value, dict):
            return {key: self.value(child) for key, child in value.items()}
        if isinstance(value, list):
            return [self.value(child) for child in value]
        return value

    def _string(self, text: str) -> Json:
        try:
            return self._found(text)
        except ExpressionError as error:
            raise EvaluationError(error.message) from None

    def _found(self, text: str) -> Json:
        parts: list[str] = []
        end = size = 0
        for found in scan(text):
            result = self._expression(parse_found(found))
            if found.start == 0 and found.end == len(text):
                return result
            part = result if isinstance(result, str) else values.compact(result, limit=self.limit)
            parts += text[end : found.start], part
            end = found.end
            size += len(part)
            if size > self.limit:
                raise EvaluationError(f"it yields a text of more than {self.limit:,} bytes")
        parts.append(text[end:])
        return "".join(parts)

    def _expression(self, expression: Expression) -> Json:
        for reference in sorted(expression.references, key=_rank):
            shown = self.placeholder(reference)
            if shown is not None:
                return shown
        return _evaluate(expression, self.context, self.interpreter)


def parse_found(found: Found) -> Expression:
    """Read the expression found in a string. Raises ExpressionError, with its offset there."""
    try:
        return parse(found.text)
    except ExpressionError as error:
        raise error.moved(found.text_start) from None
