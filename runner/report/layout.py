"""Colours, columns and folding for text that a person scans."""

from __future__ import annotations

import textwrap
import unicodedata
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

GAP = "  "


class Style(StrEnum):
    """ANSI's select graphic rendition codes that we use."""

    BOLD = "1"
    DIM = "2"
    RED = "31"
    GREEN = "32"
    YELLOW = "33"
    BLUE = "34"
    CYAN = "36"


def paint(text: str, *styles: Style, colour: bool) -> str:
    """The text in the given styles, or as it is without colour."""
    if not colour or not text or not styles:
        return text
    return f"\x1b[{';'.join(styles)}m{text}\x1b[0m"


def cells(text: str) -> int:
    """Columns that a text without escapes takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(_cells_of(character) for character in text)


def _cells_of(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def pad(text: str, width: int) -> str:
    """The text with spaces up to a width in columns."""
    return text + " " * (width - cells(text))


def column_widths(rows: Iterable[Sequence[str]]) -> list[int]:
    """The width of each column; rows may differ in length."""
    widths: list[int] = []
    for row in rows:
        widths += [0] * (len(row) - len(widths))
        for index, cell in enumerate(row):
            widths[index] = max(widths[index], cells(cell))
    return widths


def fold(text: str, width: int, indent: str) -> list[str]:
    """The text in indented lines of at most `width` columns; a longer word is kept whole."""
    room = max(width - len(indent), 20)
    lines = textwrap.wrap(text, room, break_on_hyphens=False, break_long_words=False)
    return [f"{indent}{line}" for line in lines]


def plural(number: int, noun: str) -> str:
    """`1 job`, `2 jobs`, `12,000 jobs`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listed(names: Sequence[str], most: int = 5) -> str:
    """`a, b and c`, or the first ones `and 7 more`."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most:,} more"
    if len(names) > 1:
        return f"{', '.join(names[:-1])} and {names[-1]}"
    return "".join(names)
