"""A validator's errors, said for authors of specs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from runner.documents import ListNode, MapNode, ScalarNode, find, place_of_key
from runner.errors import Diagnostic, Related
from runner.schema.words import SHOWN, dotted, example, nearest, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from runner.documents import Node
    from runner.errors import Place
    from runner.values import Json

MAX_COMPLAINTS = 100
"""Complaints about one document; what comes after them is not looked for."""

_SHORT_INTEGER = re.compile(r"-?[0-9]{1,40}")
_NO_EXPRESSIONS = (
    "expressions stand in parameters, if, platform, stateMachine and traceHeader alone"
)
_TYPES = {
    "string": "text",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping",
    "array": "a list",
}
_TRUE = frozenset(("yes", "y", "on", "true"))
_FALSE = frozenset(("no", "n", "off", "false"))
_MAY_COME_TOGETHER = frozenset(("required", "additionalProperties", "uniqueItems"))


@dataclass(frozen=True, slots=True)
class Fault:
    """One error of a validator: `value` at `path` breaks `rule`, which demands `wanted`.

    `schema` is the schema that the rule stands in, `said` the error's own text, and
    `is_key` tells that the value is a key of the mapping at `path`.
    """

    root: MapNode
    path: tuple[str | int, ...]
    rule: str
    wanted: Any
    value: Any
    schema: Any
    said: str
    is_key: bool = False
    first: int = 0

    @property
    def node(self) -> Node:
        """The value with its place."""
        return find(self.root, self.path)

    @property
    def at(self) -> str:
        """The path, as a message begins with it."""
        return f"{dotted(self.path)}: " if self.path else ""

    def place_of(self, field: str) -> Place:
        """Where a key of the mapping stands."""
        return place_of_key(self.root, (*self.path, field))


def explain(faults: Iterable[Fault]) -> Iterator[Diagnostic]:
    """One complaint for each mistake.

    Of the faults of one value only the first counts, except for those of its fields and
    items, of which each is a mistake of its own.
    """
    seen: set[tuple[str | int, ...]] = set()
    for fault in faults:
        if fault.rule not in _MAY_COME_TOGETHER and not fault.is_key:
            if fault.path in seen:
                continue
            seen.add(fault.path)
        yield from _RULES.get(fault.rule, _other)(fault)


# One function for each keyword of the schema


def _type(fault: Fault) -> Iterator[Diagnostic]:
    names = [fault.wanted] if isinstance(fault.wanted, str) else list(fault.wanted)
    words = " or ".join(_TYPES.get(name, name) for name in names)
    node = fault.node
    typed = node.text if isinstance(node, ScalarNode) else ""
    if typed == "" and fault.value is None:
        message = f"{fault.at}a value is missing; {words} is expected"
    elif _is_number(fault.value) and "patternErrorMessage" in fault.schema:
        what = fault.schema["patternErrorMessage"].partition("; ")[0]
        message = f"{fault.at}{shown(fault.value)} {what}"
    else:
        message = f"{fault.at}{shown(fault.value)} is not {words}"
    help_text = _type_help(names, fault.value, typed, fault.schema)
    yield Diagnostic(node.place, message, "wrong-type", help_text)


def _type_help(names: Sequence[str], value: Json, typed: str, schema: Any) -> str:
    if isinstance(value, str) and "${{" in value:
        return _NO_EXPRESSIONS
    if "string" in names and (_is_number(value) or isinstance(value, bool)):
        return _quote_it(typed[:SHOWN], schema)
    if names == ["boolean"] and typed.lower() in _TRUE | _FALSE:
        return f"write {'true' if typed.lower() in _TRUE else 'false'}, without quotes"
    if names[0] in ("integer", "number") and _SHORT_INTEGER.fullmatch(typed):
        return f"write it without quotes: {typed}"
    if names == ["array"] and isinstance(value, (str, int, Decimal)):
        return f"write a list: [{typed[:SHOWN]}]"
    return example(schema)


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def _quote_it(typed: str, schema: Any) -> str:
    pattern: str = schema.get("pattern", "")
    said: str = schema.get("patternErrorMessage", "")
    if re.search(pattern, f"{typed}s") and not re.search(pattern, typed):
        return f"write its unit: {typed}s for seconds"
    if re.search(pattern, typed):
        return f'quote it to make it text: "{typed}"'
    return said.partition("; ")[2] or example(schema)


def _required(fault: Fault) -> Iterator[Diagnostic]:
    field = fault.said
    known = fault.schema.get("properties", {}).get(field, {})
    yield Diagnostic(
        place_of_key(fault.root, fault.path),
        f"{dotted((*fault.path, field))} is missing",
        "missing-field",
        f"add {field}, {example(known)}" if known else f"add {field}",
    )


def _unknown_fields(fault: Fault) -> Iterator[Diagnostic]:
    known = fault.schema["properties"]
    unknown = [key for key in fault.value if key not in known]
    if _is_object_literal(fault, unknown):
        yield _object_literal(fault, unknown)
        return
    for key in unknown:
        message = f"{fault.at}unknown field {shown(key)}"
        yield Diagnostic(fault.place_of(key), message, "unknown-field", _meant(fault, key))


def _is_object_literal(fault: Fault, unknown: Sequence[str]) -> bool:
    """Tell whether a parameter's mapping has nothing of the long form."""
    known = fault.schema["properties"]
    if "direction" not in known or len(unknown) < len(fault.value):
        return False
    return not any(nearest(key, known) for key in unknown[:MAX_COMPLAINTS])


def _object_literal(fault: Fault, unknown: Sequence[str]) -> Diagnostic:
    fields = ", ".join(map(shown, unknown[:3])) + (", ..." if len(unknown) > 3 else "")  # noqa: PLR2004
    return Diagnostic(
        fault.place_of(unknown[0]),
        f"{fault.at}no field of a parameter: {fields}",
        "object-without-value",
        "a mapping here is the parameter's long form; put an object under value: "
        f"{{value: {{{shown(unknown[0])}: ...}}}}",
    )


def _meant(fault: Fault, key: str) -> str:
    known = fault.schema["properties"]
    near = nearest(key, known)
    if near:
        return f"did you mean {near}?"
    names = ", ".join(known)
    if not fault.path and "spec" in fault.value:
        return f"known here: {names}; what the kind is about stands under spec"
    return f"known here: {names}"


def _enum(fault: Fault) -> Iterator[Diagnostic]:
    choices = ", ".join(fault.wanted)
    near = nearest(fault.value, fault.wanted) if isinstance(fault.value, str) else None
    yield Diagnostic(
        fault.node.place,
        f"{fault.at}{shown(fault.value)} is not one of {choices}",
        "unknown-value",
        f"did you mean {near}?" if near else f"write one of {choices}",
    )


def _const(fault: Fault) -> Iterator[Diagnostic]:
    message = f"{fault.at}{shown(fault.value)} is not {fault.wanted}"
    yield Diagnostic(fault.node.place, message, "unknown-value", f"write {fault.wanted}")


def _pattern(fault: Fault) -> Iterator[Diagnostic]:
    what, _, way_out = fault.schema["patternErrorMessage"].partition("; ")
    place = fault.place_of(fault.value) if fault.is_key else fault.node.place
    if "${{" in fault.value:
        way_out = _NO_EXPRESSIONS
    message = f"{fault.at}{shown(fault.value)} {what}"
    yield Diagnostic(place, message, "bad-value", way_out or example(fault.schema))


def _too_small(fault: Fault) -> Iterator[Diagnostic]:
    yield _out_of_range(fault, f"at least {fault.wanted} is expected")


def _not_above(fault: Fault) -> Iterator[Diagnostic]:
    yield _out_of_range(fault, f"more than {fault.wanted} is expected")


def _too_great(fault: Fault) -> Iterator[Diagnostic]:
    yield _out_of_range(fault, f"at most {fault.wanted} is expected")


def _out_of_range(fault: Fault, help_text: str) -> Diagnostic:
    message = f"{fault.at}{shown(fault.value)} is out of range"
    return Diagnostic(fault.node.place, message, "out-of-range", help_text)


def _too_long(fault: Fault) -> Iterator[Diagnostic]:
    message = f"{fault.at}a text of {len(fault.value):,} characters"
    help_text = f"at most {fault.wanted:,} are allowed"
    yield Diagnostic(fault.node.place, message, "out-of-range", help_text)


def _empty(fault: Fault) -> Iterator[Diagnostic]:
    message = f"{fault.at}{shown(fault.value)} says nothing"
    help_text = "write a value, or leave the field out"
    yield Diagnostic(fault.node.place, message, "empty-value", help_text)


def _twice(fault: Fault) -> Iterator[Diagnostic]:
    items = find(fault.root, fault.path[:-1])
    related: tuple[Related, ...] = ()
    if isinstance(items, ListNode):
        related = (Related(items.items[fault.first].place, "the first one stands here"),)
    yield Diagnostic(
        fault.node.place,
        f"{dotted(fault.path[:-1])}: {shown(fault.said)} stands twice in the list",
        "duplicate-item",
        "remove one of them",
        related=related,
    )


def _one_of(fault: Fault) -> Iterator[Diagnostic]:
    names = sorted({name for each in fault.wanted for name in each.get("required", ())})
    message = f"{fault.at}exactly one of {' and '.join(names)} is expected"
    yield Diagnostic(fault.node.place, message, "exactly-one", example(fault.schema))


def _dependent(fault: Fault) -> Iterator[Diagnostic]:
    for field, others in fault.wanted.items():
        message = f"{fault.at}{field} stands without {' and '.join(others)}"
        help_text = f"add {others[0]}, or remove {field}"
        yield Diagnostic(fault.place_of(field), message, "missing-field", help_text)


def _other(fault: Fault) -> Iterator[Diagnostic]:
    message = f"{fault.at}{fault.said[:200]}"
    yield Diagnostic(fault.node.place, message, "bad-value", example(fault.schema))


_RULES: dict[str, Callable[[Fault], Iterator[Diagnostic]]] = {
    "type": _type,
    "required": _required,
    "additionalProperties": _unknown_fields,
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
    "minimum": _too_small,
    "maximum": _too_great,
    "exclusiveMinimum": _not_above,
    "minLength": _empty,
    "minItems": _empty,
    "maxLength": _too_long,
    "uniqueItems": _twice,
    "oneOf": _one_of,
    "dependentRequired": _dependent,
}
