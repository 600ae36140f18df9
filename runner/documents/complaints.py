"""What a YAML parser could not read, said for authors of specs.

The parsers' own words differ and explain little. What they agree on is where they stopped
and what they were reading, and the text there tells the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yaml.error import MarkedYAMLError

from runner.documents import layout_mistakes as layout
from runner.documents import text_mistakes as written
from runner.documents.nodes import Source, pack
from runner.documents.stops import BREAK, Complaint, Stop
from runner.errors import Diagnostic, Related

if TYPE_CHECKING:
    from collections.abc import Callable


def explain(error: Exception, source: Source, text: str, shift: int) -> Diagnostic:
    """Say what is wrong with a document's text; `shift` lines of the file stand before it."""
    stop = _stop(error, text)
    complaint = next(found for rule in _RULES if (found := rule(stop)) is not None)

    def place(index: int) -> int:
        lines = BREAK.split(text[:index])
        return pack(len(lines) + shift, len(lines[-1]) + 1)

    related: tuple[Related, ...] = ()
    if complaint.related is not None:
        related = (Related(source.place(place(complaint.related)), complaint.related_message),)
    return Diagnostic(
        source.place(place(complaint.index)),
        complaint.message,
        complaint.code,
        complaint.help,
        related=related,
    )


def _stop(error: Exception, text: str) -> Stop:
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return Stop(text, 0, 0, str(error))
    index = min(error.problem_mark.index, len(text))
    start = error.context_mark.index if error.context_mark is not None else index
    return Stop(text, index, min(start, index), f"{error.context}: {error.problem}")


_RULES: tuple[Callable[[Stop], Complaint | None], ...] = (
    written.tab,
    written.directive,
    written.broken_expression,
    written.quote_inside_expression,
    written.unclosed_quote,
    written.bad_escape,
    written.tag,
    written.anchor,
    layout.unclosed_bracket,
    layout.no_value,
    layout.bracket_content,
    written.reserved,
    layout.tight_colon,
    layout.colon,
    layout.no_colon,
    written.block_header,
    layout.entry_here,
    written.after_quotes,
    layout.indentation,
    layout.second_root,
    layout.anything,
)
