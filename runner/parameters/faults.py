"""The expressions in what an author wrote that can't be accepted, each at its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from runner import expressions, values
from runner.documents import ListNode, MapNode, ScalarNode, places_in
from runner.errors import Diagnostic
from runner.expressions import KEYS_ARE_LITERAL, OPEN, WRITE_THE_KEY, ExpressionError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runner.documents import Node
    from runner.errors import Place

Problems: TypeAlias = "tuple[Diagnostic, ...]"

MAX_FAULTS = 20
"""Complaints about the expressions of one value; what comes after them is not looked for."""

LOOKS_LIKE_JSON = re.compile(r"\s*(\{.*\}|\[.*\])\s*", re.DOTALL)
_LANGUAGE = "expressions are JMESPath, the language of `aws --query`: see https://jmespath.org"


@dataclass(frozen=True, slots=True)
class Label:
    """How complaints call a value, such as `parameters.token`, and whether it may be shown."""

    text: str
    secret: bool = False

    def below(self, step: str | int) -> Label:
        """The same for a part of the value."""
        text = f"[{step}]" if isinstance(step, int) else f".{step}"
        return Label(self.text + text, self.secret)


def faults(node: Node, label: Label) -> Problems:
    """The expressions under a node that can't be accepted, each at its own column.

    More than MAX_FAULTS are not looked for.
    """
    found = [_key_fault(place, where) for place, where in islice(_keys(node, label), MAX_FAULTS)]
    seen: set[int] = set()
    for scalar, where in scalars(node, label):
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


def _key_fault(place: Place, label: Label) -> Diagnostic:
    message = f"{label.text}: {KEYS_ARE_LITERAL}"
    return Diagnostic(place, message, "expression", WRITE_THE_KEY)


def _keys(node: Node, label: Label) -> Iterator[tuple[Place, Label]]:
    """Where the keys with expressions stand, and what their mappings are called."""
    match node:
        case MapNode(items=entries):
            for key, item in entries.items():
                if OPEN in key:
                    yield node.key_places[key], label
                yield from _keys(item, label.below(key))
        case ListNode(items=items):
            for index, item in enumerate(items):
                yield from _keys(item, label.below(index))
        case ScalarNode():
            return


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
    if not LOOKS_LIKE_JSON.fullmatch(text):
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


def scalars(node: Node, label: Label) -> Iterator[tuple[ScalarNode, Label]]:
    """All scalars of a value, and what each is called."""
    match node:
        case ScalarNode():
            yield node, label
        case ListNode(items=items):
            for index, item in enumerate(items):
                yield from scalars(item, label.below(index))
        case MapNode(items=entries):
            for key, item in entries.items():
                yield from scalars(item, label.below(key))
