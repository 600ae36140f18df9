"""What an author wrote as a value, made into a template: typed, unambiguous, checked.

The template holds a value for which `convert(render(template), type_)` is what is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner import expressions, values
from runner.documents import ScalarNode, place_in, plain
from runner.errors import Diagnostic, Severity
from runner.expressions import (
    KEYS_ARE_LITERAL,
    OPEN,
    ExpressionError,
    Template,
)
from runner.parameters.conversion import convert, misfit
from runner.parameters.faults import LOOKS_LIKE_JSON, Label, Problems, fault, faults, scalars
from runner.parameters.spellings import offer
from runner.parameters.types import Misfit, ParameterType

if TYPE_CHECKING:
    from runner.documents import Node
    from runner.values import Json

_STRUCTURED = (ParameterType.JSON, ParameterType.OBJECT, ParameterType.ARRAY)
HALF_HELP = "write the character itself"
"""The way out where JSON text holds half of a character."""

_IN_JSON = (
    'inside JSON text an expression stands in a string: "${{ … }}" alone there keeps its type'
)


def literal(
    node: Node, type_: ParameterType | None, label: Label
) -> tuple[Template | None, Problems]:
    """The template that a value in a spec stands for, or None, and every complaint about it."""
    problems = (*ambiguities(node, label, type_), *halves(node, type_, label))
    if problems:
        return None, (*faults(node, label), *problems)
    try:
        if isinstance(node, ScalarNode):
            template, warning = _scalar(node, type_, label)
            return template, warning
        value = plain(node)
        if type_ is not None:
            convert(value, type_)
        return expressions.template(value), ()
    except Misfit as error:
        return None, (_misfit(node, error, label),)
    except ExpressionError as error:
        return None, faults(node, label) or (_in_json_text(node, error, label),)


def constant(node: Node, type_: ParameterType | None, label: Label) -> tuple[Json, Problems]:
    """A value in which `${{` is mere text: a variable's, typed as it will be used."""
    problems = ambiguities(node, label, type_)
    if type_ is not None:
        problems = (*problems, *halves(node, type_, label))
    if problems:
        return None, problems
    try:
        if not isinstance(node, ScalarNode):
            return convert(plain(node), type_), ()
        if type_ is None:
            return node.value, ()
        return convert(_typed(node, type_), type_), ()
    except Misfit as error:
        return None, (_misfit(node, error, label),)


def _scalar(
    node: ScalarNode, type_: ParameterType | None, label: Label
) -> tuple[Template | None, Problems]:
    if type_ is None:
        return _untyped(node, label)
    if OPEN in node.text and isinstance(node.value, str):
        return _with_expressions(node, type_), ()
    value = _typed(node, type_)
    converted = convert(value, type_)
    # A JSON text that is itself a string must be converted once more after rendering.
    kept = value if type_ is ParameterType.JSON and isinstance(converted, str) else converted
    return Template(kept), ()


def _typed(node: ScalarNode, type_: ParameterType) -> Json:
    """The author's text; null where a plain scalar says null and the type can hold it."""
    if node.plain and node.value is None:
        if type_ is not ParameterType.JSON:
            raise misfit(None, type_, _null_help(node.text, type_))
        return None
    return node.text


def _null_help(text: str, type_: ParameterType) -> str | None:
    if type_ is not ParameterType.STRING:
        return None
    return f"write {values.compact(text)} for the text"


def _with_expressions(node: ScalarNode, type_: ParameterType) -> Template:
    template = expressions.template(node.text)
    if type_ not in _STRUCTURED or _is_one_expression(node.text):
        return template
    try:
        value = values.parse(node.text)
    except values.NotJson as error:
        raise misfit(node.text, type_, f"{_IN_JSON} (read as JSON text: {error})") from None
    if isinstance(value, str):
        what = "JSON text that is one string can't hold an expression"
        way_out = "declare type: string, or leave out the inner quotes"
        raise Misfit(what, what, way_out, way_out)
    convert(value, type_)
    return expressions.template(value)


def _is_one_expression(text: str) -> bool:
    try:
        expressions.parse(text.removeprefix(OPEN).removesuffix("}}"))
    except ExpressionError:
        return False
    return text.startswith(OPEN) and text.endswith("}}")


def _untyped(node: ScalarNode, label: Label) -> tuple[Template | None, Problems]:
    text = node.value
    if not isinstance(text, str) or not LOOKS_LIKE_JSON.fullmatch(text):
        return expressions.template(text), ()
    try:
        return expressions.template(values.parse(text)), ()
    except values.NotJson as error:
        way_out = "declare type: string to say so, or type: json to have it checked"
        return expressions.template(text), (
            Diagnostic(
                node.place,
                f"{label.text}: it looks like JSON but is sent as text: {error}",
                "looks-like-json",
                f"{way_out}; {_IN_JSON}" if OPEN in text else way_out,
                Severity.WARNING,
            ),
        )


def ambiguities(node: Node, label: Label, type_: ParameterType | None) -> Problems:
    """Every plain scalar that YAML's versions read differently and no type decides about."""
    if isinstance(node, ScalarNode) and type_ is not None:
        return ()
    return tuple(
        _ambiguity(scalar, where) for scalar, where in scalars(node, label) if scalar.ambiguous
    )


def halves(node: Node, type_: ParameterType | None, label: Label) -> Problems:
    """A complaint where JSON text holds half of a character, as `\\ud800` alone is."""
    if not isinstance(node, ScalarNode) or "\\u" not in node.text:
        return ()
    if type_ not in (None, *_STRUCTURED):
        return ()
    try:
        escape = values.lone_surrogate(values.parse(node.text))
    except values.NotJson:
        return ()
    if escape is None or (type_ is None and not LOOKS_LIKE_JSON.fullmatch(node.text)):
        return ()
    place = place_in(node, max(node.text.lower().find(escape), 0))
    what = "an escape in it" if label.secret else escape
    message = f"{label.text}: {what} is half of a character"
    return (Diagnostic(place, message, "bad-escape", HALF_HELP),)


def _ambiguity(scalar: ScalarNode, label: Label) -> Diagnostic:
    shown, way_out = repr(scalar.text), offer(scalar.text)
    if label.secret:
        shown, way_out = "this value", "put it in quotes for the text"
    message = f"{label.text}: YAML's versions differ about {shown}"
    return Diagnostic(scalar.place, message, "ambiguous-scalar", way_out)


def _misfit(node: Node, error: Misfit, label: Label) -> Diagnostic:
    message, way_out = error.message, error.help
    if label.secret:
        message, way_out = error.public, error.public_help
    return Diagnostic(node.place, f"{label.text}: {message}", "misfit", way_out)


def _in_json_text(node: Node, error: ExpressionError, label: Label) -> Diagnostic:
    """The complaint about an expression in JSON text, at its column where that can be told."""
    place, where = node.place, label
    is_key = error.message == KEYS_ARE_LITERAL
    for step in error.path[:-1] if is_key else error.path:
        where = where.below(step)
    if isinstance(node, ScalarNode):
        place = place_in(node, _offset_in_json_text(node.text, error))
    return fault(place, error, where)


def _offset_in_json_text(text: str, error: ExpressionError) -> int:
    if not error.path:
        return error.offset
    try:
        part = values.parse(text)
    except values.NotJson:
        return 0
    for step in error.path:
        part = part[step]  # type: ignore[index]
    if error.message == KEYS_ARE_LITERAL:
        part = error.path[-1]
    inner = values.compact(part)[1:-1]
    start = text.find(inner)
    return start + error.offset if start >= 0 and inner == part else max(start, 0)
