"""What a YAML parser could not read, said for authors of specs.

The parsers' own words differ and explain little. What they agree on is where they stopped
and what they were reading, and the text there tells the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yaml.error import MarkedYAMLError

from runner.documents.nodes import Source, pack
from runner.errors import Diagnostic, Related

if TYPE_CHECKING:
    from collections.abc import Callable

_EXPRESSION = re.compile(r"\$\{\{.*?(?:\}\}|(?=[\r\n])|\Z)")
_BREAK = re.compile(r"\r\n|\r|\n")
_NOTHING = re.compile(r"(?:[ \t]*+(?:#[^\r\n]*+)?+(?:\r\n|\r|\n|\Z))*+")
_CLOSING = {"[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class _Stop:
    """Where a parser stopped in `text`, and at what; `start` is what it was reading from."""

    text: str
    index: int
    start: int
    words: str

    @property
    def line(self) -> str:
        """The line's text up to where it stopped."""
        begin = max(self.text.rfind("\n", 0, self.index), self.text.rfind("\r", 0, self.index))
        return self.text[begin + 1 : self.index]

    @property
    def rest(self) -> str:
        """The line's text from where it stopped."""
        found = _BREAK.search(self.text, self.index)
        return self.text[self.index : found.start() if found else len(self.text)]

    @property
    def character(self) -> str:
        return self.text[self.index : self.index + 1]


@dataclass(frozen=True, slots=True)
class _Complaint:
    index: int
    message: str
    code: str
    help: str
    related: int | None = None
    related_message: str = ""


def explain(error: Exception, source: Source, text: str, shift: int) -> Diagnostic:
    """Say what is wrong with a document's text; `shift` lines of the file stand before it."""
    stop = _stop(error, text)
    complaint = next(found for rule in _RULES if (found := rule(stop)) is not None)

    def place(index: int) -> int:
        lines = _BREAK.split(text[:index])
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


def _stop(error: Exception, text: str) -> _Stop:
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        found = re.search(r"\\U(?!000|0010)", text)
        index = found.start() if found else 0
        return _Stop(text, index, index, "found unknown escape character")
    index = min(error.problem_mark.index, len(text))
    start = error.context_mark.index if error.context_mark is not None else index
    return _Stop(text, index, min(start, index), f"{error.context}: {error.problem}")


# Rules, the more telling ones first. Each knows one mistake, and answers None for any other.


def _tab(stop: _Stop) -> _Complaint | None:
    line = stop.line + stop.rest
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    if "\t" in indent:
        index = stop.index - len(stop.line) + indent.index("\t")
        message = "a tab indents this line; YAML is indented by spaces alone"
        return _Complaint(index, message, "tab", "replace each tab by spaces")
    if stop.character == "\t":
        message = "a tab stands where YAML takes spaces alone"
        return _Complaint(stop.index, message, "tab", "replace it by spaces")
    return None


def _directive(stop: _Stop) -> _Complaint | None:
    index = stop.index - len(stop.line)
    if "document start" in stop.words:
        index = max(0, *(stop.text.rfind(sign, 0, index) + 1 for sign in ("\n%", "\r%")))
        line_end = _BREAK.search(stop.text, index)
        if line_end and not _NOTHING.fullmatch(stop.text, line_end.end(), stop.index):
            return None
    if stop.text[index : index + 1] != "%":
        return None
    return _Complaint(
        index,
        "'%' at the start of a line begins a directive, which can't stand here",
        "directive",
        "indent the line if it is text, or quote the value",
    )


def _broken_expression(stop: _Stop) -> _Complaint | None:
    """Find `{value: ${{ x }}}`, where YAML takes `{{` for mappings of its own."""
    if stop.text.startswith("{{", stop.index) and stop.text[stop.index - 1 : stop.index] == "$":
        return _quote_expression(stop, stop.index - 1)
    for found in _EXPRESSION.finditer(stop.line + stop.rest):
        begins = stop.index - len(stop.line) + found.start()
        inside = found.start() < len(stop.line) < found.end()
        if inside and "values are not allowed" in stop.words:
            return _quote_expression(stop, begins)
    return None


def _quote_expression(stop: _Stop, index: int) -> _Complaint:
    found = _EXPRESSION.match(stop.text, index)
    expression = found[0] if found else "${{ x }}"
    quote = "'" if '"' in expression and "'" not in expression else '"'
    return _Complaint(
        index,
        "YAML takes the unquoted expression apart",
        "unquoted-expression",
        f"quote the expression: {quote}{expression}{quote}",
    )


def _quote_inside_expression(stop: _Stop) -> _Complaint | None:
    """Find `'${{ a == 'b' }}'`, where the inner quote ends the outer ones."""
    before = stop.line.rstrip()
    if before[-1:] not in ("'", '"') or before.rfind("${{") <= before.rfind("}}"):
        return None
    quote = before[-1]
    way_out = "'' for each ' in it" if quote == "'" else '\\" for each " in it'
    return _Complaint(
        stop.index - len(stop.line) + len(before) - 1,
        f"this {quote} inside the expression ends the quoted text",
        "quote-in-expression",
        f"write {way_out}, or use the other kind of quotes around it",
    )


def _unclosed_quote(stop: _Stop) -> _Complaint | None:
    if "quoted scalar" not in stop.words or "end of stream" not in stop.words:
        return None
    quote = stop.text[stop.start : stop.start + 1]
    message = f"the {quote} that opens here is never closed"
    return _Complaint(stop.start, message, "unclosed-quote", f"close it with {quote}")


def _bad_escape(stop: _Stop) -> _Complaint | None:
    if "escape" not in stop.words and "hex" not in stop.words:
        return None
    index = stop.text.rfind("\\", 0, stop.index + 1)
    shown = stop.text[index : index + 2]
    return _Complaint(
        index,
        f"{shown} is not an escape that text in double quotes can hold",
        "bad-escape",
        "write \\\\ for a backslash, or use single quotes",
    )


def _tag(stop: _Stop) -> _Complaint | None:
    if "ing a tag" not in stop.words and "tag handle" not in stop.words:
        return None
    message = "'!' begins a tag, and tags have no meaning here"
    index = stop.text.find("!", stop.start, stop.index + 1)
    return _Complaint(
        max(index, stop.start),
        message,
        "tag",
        "remove it; quote the value if it is text that begins with '!'",
    )


def _anchor(stop: _Stop) -> _Complaint | None:
    if "scanning an a" not in stop.words:
        return None
    sign = stop.text[stop.start : stop.start + 1]
    kind = "an alias" if sign == "*" else "an anchor"
    return _Complaint(
        stop.start,
        f"'{sign}' begins {kind}, and no good name follows",
        "bad-alias",
        f"quote the value if it is text that begins with '{sign}'",
    )


def _unclosed_bracket(stop: _Stop) -> _Complaint | None:
    opening = stop.text[stop.start : stop.start + 1]
    is_key = "simple key" in stop.words
    if opening not in ("[", "{") or not (is_key or "parsing a flow" in stop.words):
        return None
    has_rest = stop.rest and not _BREAK.search(stop.text, stop.start, stop.index)
    if has_rest or "node content" in stop.words:
        return None
    return _Complaint(
        stop.start,
        f"the {opening} that opens here is not closed",
        "unclosed-bracket",
        f"close it with {_CLOSING[opening]}",
    )


def _bracket_content(stop: _Stop) -> _Complaint | None:
    opening = stop.text[stop.start : stop.start + 1]
    if opening not in ("[", "{") or "parsing a flow" not in stop.words:
        return None
    return _Complaint(
        stop.index,
        f"',' or '{_CLOSING[opening]}' is missing before this",
        "bad-brackets",
        "separate items by ','; quote text that holds any of , [ ] { } : #",
        stop.start,
        f"the {opening} opens here",
    )


def _no_value(stop: _Stop) -> _Complaint | None:
    if "node content" not in stop.words:
        return None
    return _Complaint(
        stop.index, "a value is missing here", "missing-value", "write a value, or remove this"
    )


def _reserved(stop: _Stop) -> _Complaint | None:
    if "start any token" not in stop.words:
        return None
    return _Complaint(
        stop.index,
        f"unquoted text can't begin with {stop.character!r}",
        "reserved-character",
        "quote the value",
    )


def _tight_colon(stop: _Stop) -> _Complaint | None:
    if "unexpected ':'" not in stop.words:
        return None
    message = "a space is missing after this ':'"
    return _Complaint(stop.index, message, "tight-colon", "write ': ', or quote the text")


def _colon(stop: _Stop) -> _Complaint | None:
    if "values are not allowed" not in stop.words:
        return None
    if ": " not in stop.line:
        return _Complaint(
            stop.index,
            "this line goes on with the value above it, for it is indented further",
            "indentation",
            "align the line with the entry above; text of several lines follows a '|'",
        )
    return _Complaint(
        stop.index,
        "a second ':' in one entry",
        "second-colon",
        "quote the value if it is text; a mapping stands on lines of its own, further indented",
    )


def _no_colon(stop: _Stop) -> _Complaint | None:
    if "simple key" not in stop.words:
        return None
    line = stop.text[stop.start : stop.index].splitlines()[:1]
    is_tight = line and ":" in line[0].rstrip(":")
    return _Complaint(
        stop.start,
        "no ':' with a space after it follows this key on its line",
        "missing-colon",
        "write a space after the ':'"
        if is_tight
        else "write KEY: VALUE; quote text of several lines, or let it follow a '|'",
    )


def _block_header(stop: _Stop) -> _Complaint | None:
    if "block scalar" not in stop.words:
        return None
    return _Complaint(
        stop.index,
        "after '|' or '>' may stand '+', '-', a digit from 1 to 9 and a comment, nothing else",
        "bad-block-text",
        "begin the text on the next line; quote a value that begins with '|' or '>'",
    )


def _entry_here(stop: _Stop) -> _Complaint | None:
    if "entries are not allowed" not in stop.words and "keys are not allowed" not in stop.words:
        return None
    return _Complaint(
        stop.index,
        f"'{stop.character} ' can't stand here",
        "misplaced-entry",
        "begin the list on the line below its key; quote a value that begins so",
    )


def _after_quotes(stop: _Stop) -> _Complaint | None:
    before = stop.line.rstrip()
    if "block" not in stop.words or before[-1:] not in ("'", '"'):
        return None
    return _Complaint(
        stop.index,
        f"text follows the closing {before[-1]}",
        "text-after-quotes",
        "put quotes around the whole value, or close quotes that a line above left open",
    )


def _indentation(stop: _Stop) -> _Complaint | None:
    if "parsing a block" not in stop.words:
        return None
    if stop.character == ":":
        message = "a key is missing before this ':'"
        return _Complaint(stop.index, message, "key-not-text", "write KEY: VALUE")
    kind = "list" if "collection" in stop.words else "mapping"
    return _Complaint(
        stop.index,
        f"this does not go on with the {kind} above",
        "indentation",
        f"align it with the entries of the {kind}, or indent it below one of them",
        stop.start,
        f"the {kind} begins here",
    )


def _second_root(stop: _Stop) -> _Complaint | None:
    if "document start" not in stop.words:
        return None
    return _Complaint(
        stop.index,
        "the document has ended before this",
        "second-root",
        "indent it to make it part of the document, or begin another one with '---'",
    )


def _anything(stop: _Stop) -> _Complaint:
    return _Complaint(
        stop.index,
        f"this is not YAML: {stop.words.removeprefix('None: ')}",
        "not-yaml",
        "quote the value if it is text",
    )


_RULES: tuple[Callable[[_Stop], _Complaint | None], ...] = (
    _tab,
    _directive,
    _broken_expression,
    _quote_inside_expression,
    _unclosed_quote,
    _bad_escape,
    _tag,
    _anchor,
    _unclosed_bracket,
    _no_value,
    _bracket_content,
    _reserved,
    _tight_colon,
    _colon,
    _no_colon,
    _block_header,
    _entry_here,
    _after_quotes,
    _indentation,
    _second_root,
    _anything,
)
