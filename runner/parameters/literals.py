"""What an author wrote as a value, made into a template: typed, unambiguous, checked.

The template holds a value for which `convert(render(template), type_)` is what is sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from runner import expressions, values
from runner.documents import ListNode, MapNode, ScalarNode, place_in, places_in, plain
from runner.errors import Diagnostic, Severity
from runner.expressions import OPEN, ExpressionError, Template
from runner.parameters.conversion import convert, misfit
from runner.parameters.spellings import offer
from runner.parameters.types import Misfit, ParameterType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runner.documents import Node
    from runner.errors import Place
    from runner.values import Json

Problems: TypeAlias = "tuple[Diagnostic, ...]"

MAX_FAULTS = 20
"""Complaints about the expressions of one value; what comes after them is not looked for."""

_LANGUAGE = "expressions are JMESPath, the language of `aws --query`: see https://jmespath.org"
_STRUCTURED = (ParameterType.JSON, ParameterType.OBJECT, ParameterType.ARRAY)
_LOOKS_LIKE_JSON = re.compile(r"\s*(\{.*\}|\[.*\])\s*", re.DOTALL)
_IN_JSON = (
    'inside JSON text an expression stands in a string: "${{ … }}" alone there keeps its type'
)


@dataclass(frozen=True, slots=True)
class Label:
    """How complaints call a value, such as `parameters.token`, and whether it may be shown."""

    text: str
    secret: bool = False

    def below(self, step: str | int) -> Label:
        """The same for a part of the value."""
        text = f"[{step}]" if isinstance(step, int) else f".{step}"
        return Label(self.text + text, self.secret)


def literal(
    node: Node, type_: ParameterType | None, label: Label
) -> tuple[Template | None, Problems]:
    """The template that a value in a spec stands for, or None, and every complaint about it."""
    problems = ambiguities(node, label, type_)
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
    if not isinstance(text, str) or not _LOOKS_LIKE_JSON.fullmatch(text):
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


def faults(node: Node, label: Label) -> Problems:
    """The expressions under a node that can't be accepted, each at its own column.

    More than MAX_FAULTS are not looked for.
    """
    found: list[Diagnostic] = []
    seen: set[int] = set()
    for scalar, where in _scalars(node, label):
        # In JSON text the quotes of strings would be taken for an expression's own.
        if (
            OPEN not in scalar.text
            or not isinstance(scalar.value, str)
            or scalar.position in seen
            or _is_json_text(scalar.text)
        ):
            continue
        seen.add(scalar.position)
        errors = expressions.errors(scalar.value, MAX_FAULTS + 1 - len(found))
        places = places_in(scalar, [error.offset for error in errors])
        found += [fault(place, error, where) for place, error in zip(places, errors, strict=True)]
        if len(found) > MAX_FAULTS:
            found[-1] = too_many_faults(found[-1].place, label)
            break
    return tuple(found)


def too_many_faults(place: Place, label: Label) -> Diagnostic:
    """What is said in place of the complaints about one value that go beyond MAX_FAULTS."""
    return Diagnostic(
        place,
        f"{label.text}: more than {MAX_FAULTS} wrong expressions in one value; "
        "the rest is not listed",
        "too-many-problems",
        "mend the others first",
    )


def _is_json_text(text: str) -> bool:
    if not _LOOKS_LIKE_JSON.fullmatch(text):
        return False
    try:
        values.parse(text)
    except values.NotJson:
        return False
    return True


def fault(place: Place, error: ExpressionError, label: Label) -> Diagnostic:
    """The diagnostic for an expression that can't be accepted."""
    return Diagnostic(
        place, f"{label.text}: {error.message}", "expression", error.help or _LANGUAGE
    )


def ambiguities(node: Node, label: Label, type_: ParameterType | None) -> Problems:
    """Every plain scalar that YAML's versions read differently and no type decides about."""
    if isinstance(node, ScalarNode) and type_ is not None:
        return ()
    return tuple(
        _ambiguity(scalar, where) for scalar, where in _scalars(node, label) if scalar.ambiguous
    )


def _ambiguity(scalar: ScalarNode, label: Label) -> Diagnostic:
    shown, way_out = repr(scalar.text), offer(scalar.text)
    if label.secret:
        shown, way_out = "this value", "put it in quotes for the text"
    message = f"{label.text}: YAML's versions differ about {shown}"
    return Diagnostic(scalar.place, message, "ambiguous-scalar", way_out)


def _scalars(node: Node, label: Label) -> Iterator[tuple[ScalarNode, Label]]:
    match node:
        case ScalarNode():
            yield node, label
        case ListNode(items=items):
            for index, item in enumerate(items):
                yield from _scalars(item, label.below(index))
        case MapNode(items=entries):
            for key, item in entries.items():
                yield from _scalars(item, label.below(key))


def _misfit(node: Node, error: Misfit, label: Label) -> Diagnostic:
    message, way_out = error.message, error.help
    if label.secret:
        message, way_out = error.public, error.public_help
    return Diagnostic(node.place, f"{label.text}: {message}", "misfit", way_out)


def _in_json_text(node: Node, error: ExpressionError, label: Label) -> Diagnostic:
    """The complaint about an expression in JSON text, at its column where that can be told."""
    place, where = node.place, label
    for step in error.path:
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
    inner = values.compact(part)[1:-1]
    start = text.find(inner)
    return start + error.offset if start >= 0 and inner == part else max(start, 0)
