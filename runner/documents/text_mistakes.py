"""Mistakes in how a text is written: tabs, quotes, expressions, signs with a meaning.

Each rule knows one mistake, and answers None for any other.
"""

from __future__ import annotations

import re

from runner.documents.stops import BREAK, Complaint, Stop

_EXPRESSION = re.compile(r"\$\{\{.*?(?:\}\}|(?=[\r\n])|\Z)")
_HALF = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_NOTHING = re.compile(r"(?:[ \t]*+(?:#[^\r\n]*+)?+(?:\r\n|\r|\n|\Z))*+")


def tab(stop: Stop) -> Complaint | None:
    """Find a tab where YAML counts spaces."""
    line = stop.line + stop.rest
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    if "\t" in indent:
        index = stop.index - len(stop.line) + indent.index("\t")
        message = "a tab indents this line; YAML is indented by spaces alone"
        return Complaint(index, message, "tab", "replace each tab by spaces")
    if stop.character == "\t":
        message = "a tab stands where YAML takes spaces alone"
        return Complaint(stop.index, message, "tab", "replace it by spaces")
    return None


def directive(stop: Stop) -> Complaint | None:
    """Find a `%` at the start of a line."""
    index = stop.index - len(stop.line)
    if "document start" in stop.words:
        index = max(0, *(stop.text.rfind(sign, 0, index) + 1 for sign in ("\n%", "\r%")))
        line_end = BREAK.search(stop.text, index)
        if line_end and not _NOTHING.fullmatch(stop.text, line_end.end(), stop.index):
            return None
    if stop.text[index : index + 1] != "%":
        return None
    return Complaint(
        index,
        "'%' at the start of a line begins a directive, which can't stand here",
        "directive",
        "indent the line if it is text, or quote the value",
    )


def broken_expression(stop: Stop) -> Complaint | None:
    """Find `{value: ${{ x }}}`, where YAML takes `{{` for mappings of its own."""
    if stop.text.startswith("{{", stop.index) and stop.text[stop.index - 1 : stop.index] == "$":
        return _quote_expression(stop, stop.index - 1)
    for found in _EXPRESSION.finditer(stop.line + stop.rest):
        begins = stop.index - len(stop.line) + found.start()
        inside = found.start() < len(stop.line) < found.end()
        if inside and "values are not allowed" in stop.words:
            return _quote_expression(stop, begins)
    return None


def _quote_expression(stop: Stop, index: int) -> Complaint:
    found = _EXPRESSION.match(stop.text, index)
    expression = found[0] if found else "${{ x }}"
    quote = "'" if '"' in expression and "'" not in expression else '"'
    return Complaint(
        index,
        "YAML takes the unquoted expression apart",
        "unquoted-expression",
        f"quote the expression: {quote}{expression}{quote}",
    )


def quote_inside_expression(stop: Stop) -> Complaint | None:
    """Find `'${{ a == 'b' }}'`, where the inner quote ends the outer ones."""
    before = stop.line.rstrip()
    if before[-1:] not in ("'", '"') or before.rfind("${{") <= before.rfind("}}"):
        return None
    quote = before[-1]
    way_out = "'' for each ' in it" if quote == "'" else '\\" for each " in it'
    return Complaint(
        stop.index - len(stop.line) + len(before) - 1,
        f"this {quote} inside the expression ends the quoted text",
        "quote-in-expression",
        f"write {way_out}, or use the other kind of quotes around it",
    )


def unclosed_quote(stop: Stop) -> Complaint | None:
    """Find a quote that runs to the document's end."""
    if "quoted scalar" not in stop.words or "end of stream" not in stop.words:
        return None
    quote = stop.text[stop.start : stop.start + 1]
    message = f"the {quote} that opens here is never closed"
    return Complaint(stop.start, message, "unclosed-quote", f"close it with {quote}")


def bad_escape(stop: Stop) -> Complaint | None:
    """Find a backslash that begins no escape, or one for no character."""
    if "escape" not in stop.words and "hex" not in stop.words:
        return None
    index = stop.text.rfind("\\", 0, stop.index + 1)
    shown = stop.text[index : index + 2]
    if _HALF.match(stop.text, index):
        return Complaint(
            index,
            f"{stop.text[index : index + 6]} is half of a character",
            "bad-escape",
            "write the character itself, or all of it as \\U and 8 digits",
        )
    return Complaint(
        index,
        f"{shown} is not an escape that text in double quotes can hold",
        "bad-escape",
        "write \\\\ for a backslash, or use single quotes",
    )


def tag(stop: Stop) -> Complaint | None:
    """Find a `!` that begins no good tag."""
    if "ing a tag" not in stop.words and "tag handle" not in stop.words:
        return None
    message = "'!' begins a tag, and tags have no meaning here"
    index = stop.text.find("!", stop.start, stop.index + 1)
    return Complaint(
        max(index, stop.start),
        message,
        "tag",
        "remove it; quote the value if it is text that begins with '!'",
    )


def anchor(stop: Stop) -> Complaint | None:
    """Find a `*` or `&` without a good name."""
    if "scanning an a" not in stop.words:
        return None
    sign = stop.text[stop.start : stop.start + 1]
    kind = "an alias" if sign == "*" else "an anchor"
    return Complaint(
        stop.start,
        f"'{sign}' begins {kind}, and no good name follows",
        "bad-alias",
        f"quote the value if it is text that begins with '{sign}'",
    )


def reserved(stop: Stop) -> Complaint | None:
    """Find a character that may only stand in quotes."""
    if "start any token" not in stop.words:
        return None
    return Complaint(
        stop.index,
        f"unquoted text can't begin with {stop.character!r}",
        "reserved-character",
        "quote the value",
    )


def block_header(stop: Stop) -> Complaint | None:
    """Find text on the line of a `|` or `>`."""
    if "block scalar" not in stop.words:
        return None
    return Complaint(
        stop.index,
        "after '|' or '>' may stand '+', '-', a digit from 1 to 9 and a comment, nothing else",
        "bad-block-text",
        "begin the text on the next line; quote a value that begins with '|' or '>'",
    )


def after_quotes(stop: Stop) -> Complaint | None:
    """Find text behind a closing quote."""
    before = stop.line.rstrip()
    if "block" not in stop.words or before[-1:] not in ("'", '"'):
        return None
    return Complaint(
        stop.index,
        f"text follows the closing {before[-1]}",
        "text-after-quotes",
        "put quotes around the whole value, or close quotes that a line above left open",
    )
