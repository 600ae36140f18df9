"""What is said about a document whose text is YAML, but means nothing, or too much."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from runner.values import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_VALUES = 100_000
"""Values in one document, each counted as often as aliases repeat it."""

MAX_REPEATED = 1_000_000
"""Characters of text that aliases may repeat in one document."""

MAX_COMPLAINTS = 100
"""Complaints about one document, and about one file."""

TOO_MANY = "mend the others first"
"""The way out where no more is said."""

_SHOWN = 60
_COMPARED = 1000


@dataclass(frozen=True, slots=True)
class Saying:
    """A complaint without its place."""

    message: str
    code: str
    help: str


def shown(text: str) -> str:
    """Text in a message: quoted, on one line, not too long."""
    return repr(text) if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]!r}..."


def unknown_alias(name: str, anchors: Iterable[str]) -> Saying:
    """Say that no such anchor stands above."""
    name = name[:_SHOWN]
    near = difflib.get_close_matches(name, islice(anchors, _COMPARED), n=1)
    meant = f"did you mean *{near[0][:_SHOWN]}? " if near else ""
    return Saying(
        f"no anchor &{name} stands above this alias in the document",
        "unknown-alias",
        f"{meant}quote the value if it is text that begins with '*'",
    )


def recursive_alias(name: str) -> Saying:
    """Say that an alias leads to a value that it is part of."""
    name = name[:_SHOWN]
    message = f"the alias *{name} stands inside the very value that &{name} names"
    return Saying(message, "recursive-alias", "write the value out")


def cut_expression(expression: str) -> Saying:
    """Say that ` #` begins a comment inside an unquoted expression."""
    return Saying(
        "YAML takes the end of the unquoted expression for a comment",
        "unquoted-expression",
        f'quote the expression: "{expression}"',
    )


def long_number(why: str) -> Saying:
    """Say that a number is beyond a bound."""
    return Saying(why, "long-number", "quote it to make it text")


def collection_as_key(kind: str) -> Saying:
    """Say that a key is a list or a mapping, as in `{{ x }}`."""
    return Saying(
        f"a {kind} stands where a key should be",
        "key-not-text",
        'an expression is written with a dollar sign and quotes, "${{ x }}"; quote other text',
    )


def key_not_text(text: str) -> Saying:
    """Say that a key is a number or the like, or that there is none."""
    if not text:
        return Saying("a key is missing before this ':'", "key-not-text", "write KEY: VALUE")
    text = text[:_SHOWN]
    return Saying(f"the key {text} is not text", "key-not-text", f'quote it: "{text}"')


def duplicate_key(text: str) -> Saying:
    """Say that a key stands twice."""
    way_out = "remove or rename one of them"
    if text == "<<":
        way_out = "merge several with one list: <<: [*first, *second]"
    return Saying(f"the key {shown(text)} stands twice in one mapping", "duplicate-key", way_out)


def bad_merge() -> Saying:
    """Say that `<<` has nothing to merge."""
    return Saying(
        "'<<' merges mappings, and its value is none",
        "bad-merge",
        "give it an alias of a mapping or a list of such aliases, "
        'or quote the key "<<" if it is text',
    )


def tag(name: str) -> Saying:
    """Say that tags are not read."""
    return Saying(
        f"the tag {shown(name.replace('tag:yaml.org,2002:', '!!'))}: tags have no meaning here",
        "tag",
        "remove it; quote a value to make it text, or if its text begins with '!'",
    )


def too_deep() -> Saying:
    """Say that nesting is beyond its bound."""
    return Saying(f"nested deeper than {MAX_DEPTH} levels", "too-deep", "flatten the value")


def too_many_values() -> Saying:
    """Say that the document is too large, perhaps by aliases."""
    return Saying(
        f"the document holds more than {MAX_VALUES:,} values, "
        "each counted as often as aliases repeat it",
        "too-many-values",
        "split it into several documents, or repeat less by aliases",
    )


def too_much_repeated() -> Saying:
    """Say that aliases stand for too much text."""
    return Saying(
        f"aliases repeat more than {MAX_REPEATED:,} characters of text in this document",
        "too-many-values",
        "split it into several documents, or repeat less by aliases",
    )


def too_many_complaints() -> Saying:
    """Say that no more is said."""
    message = f"more than {MAX_COMPLAINTS} problems in this document"
    return Saying(message, "too-many-problems", TOO_MANY)
