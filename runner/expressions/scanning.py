"""Finding `${{ }}` in a string, whatever stands in its quotes and braces."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.expressions.types import ExpressionError

if TYPE_CHECKING:
    from collections.abc import Iterator

OPEN = "${{"
_CLOSE = "}}"
_MARKS = re.compile(r"""[{}'"`]""")


@dataclass(frozen=True, slots=True)
class Found:
    """One `${{ }}` in a string: where it begins and ends, and where its text begins."""

    start: int
    end: int
    text: str
    text_start: int


def scan(text: str) -> Iterator[Found]:
    """Find each `${{ }}` in a string. Raises ExpressionError for one that is not closed."""
    position = 0
    while (start := text.find(OPEN, position)) >= 0:
        begin = start + len(OPEN)
        close = _find_close(text, start, begin)
        position = close + len(_CLOSE)
        yield Found(start, position, text[begin:close], begin)


def _find_close(text: str, start: int, begin: int) -> int:
    """Where the `}}` stands that closes the expression; those in quotes and braces don't."""
    position, braces = begin, 0
    while (found := _MARKS.search(text, position)) is not None:
        mark, position = found[0], found.end()
        if mark == "{":
            braces += 1
        elif mark == "}" and braces:
            braces -= 1
        elif mark == "}":
            if text.startswith("}", position):
                return position - 1
        else:
            position = _skip_quoted(text, position - 1) + 1
    raise ExpressionError(
        "this ${{ is never closed", start, help="close it with }}" + _brace_hint(braces)
    )


def _brace_hint(braces: int) -> str:
    return ", after the } that closes a { inside it" if braces else ""


def _skip_quoted(text: str, position: int) -> int:
    """Where the quote ends that begins here. Raises ExpressionError when it doesn't."""
    quote, opened = text[position], position
    position += 1
    while position < len(text):
        if text[position] == "\\":
            position += 1
        elif text[position] == quote:
            return position
        position += 1
    raise ExpressionError(
        f"the quote {quote} is never closed", opened, help=f"close it with {quote} before the }}}}"
    )
