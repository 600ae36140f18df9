"""Text from outside inside GitHub's Markdown: tables, inline code, blocks.

Every character that could mean something to Markdown or HTML becomes a numeric character
reference, which by CommonMark's rules can't be structure. What GitHub looks for in the text
that is left (mentions, issue numbers, addresses, mathematics) is broken by an element around
one of its characters; in `<code>` it looks for addresses of e-mail alone.
https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references
https://github.com/github/cmark-gfm/blob/master/extensions/autolink.c
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runner.report.cleaning import clean, one_line, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ADDRESS = re.compile(r"https?://[!-~]{1,2000}")
_MEANS = re.compile(
    r"[&<>|\\`*\[\]#~!@{}$^\"]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])"
    r"|:?//|(?<=[Ww]{3})\.|(?<=[Gg][Hh])-(?=[0-9])"
)
_MEANS_IN_TAGS = re.compile(r"[&<>|\\`\"'\[\]{}*^$@~!]")
_LOOKED_FOR = frozenset(["@", "#", "$", "://", "//", ".", "-"])
_LOOKED_FOR_IN_CODE = frozenset(["@"])

_START = re.compile(r"^[-+=0-9\s]")


def text(value: str, limit: int | None = None) -> str:
    """One line of plain text, for a table's cell or a paragraph."""
    return _escaped(value, limit, _LOOKED_FOR)


def code(value: str, limit: int | None = None) -> str:
    """One line of text in a fixed-width face, for anything that comes from outside."""
    return f"<code>{_escaped(value, limit, _LOOKED_FOR_IN_CODE)}</code>" if value else ""


def _escaped(value: str, limit: int | None, apart: frozenset[str]) -> str:
    def written(found: re.Match[str]) -> str:
        reference = _reference(found)
        return f"<span>{reference}</span>" if found[0] in apart else reference

    return _START.sub(_reference, _MEANS.sub(written, one_line(value, limit)))


def block(value: str, limit: int = 2_000) -> str:
    """Several lines in a fixed-width face."""
    escaped = _MEANS.sub(_reference, shorten(clean(value), limit))
    return f"<pre>{escaped}</pre>".replace("\n", "&#10;")


def link(label: str, url: str) -> str:
    """A link with a label that is Markdown already; the label alone for an odd address."""
    if not _ADDRESS.fullmatch(url):
        return label
    return f'<a href="{_MEANS_IN_TAGS.sub(_reference, url)}">{label}</a>'


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table; cells are Markdown already."""
    lines = [row(heads), row(["---"] * len(heads))]
    return [*lines, *map(row, rows)]


def details(summary: str, body: Iterable[str]) -> list[str]:
    """A folded part; the summary is Markdown already."""
    return [f"<details><summary>{summary}</summary>", "", *body, "", "</details>"]


def row(cells: Sequence[str]) -> str:
    """One line of a table; cells are Markdown already."""
    return f"| {' | '.join(cells)} |"


def _reference(found: re.Match[str]) -> str:
    return "".join(f"&#{ord(character)};" for character in found[0])
