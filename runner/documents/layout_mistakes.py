"""Mistakes in how a document is built: brackets, colons, indentation.

Each rule knows one mistake, and answers None for any other.
"""

from __future__ import annotations

from runner.documents.stops import BREAK, Complaint, Stop

_CLOSING = {"[": "]", "{": "}"}


def unclosed_bracket(stop: Stop) -> Complaint | None:
    """Find a bracket that later lines do not close."""
    opening = stop.text[stop.start : stop.start + 1]
    is_key = "simple key" in stop.words
    if opening not in ("[", "{") or not (is_key or "parsing a flow" in stop.words):
        return None
    has_rest = stop.rest and not BREAK.search(stop.text, stop.start, stop.index)
    if has_rest or "node content" in stop.words:
        return None
    return Complaint(
        stop.start,
        f"the {opening} that opens here is not closed",
        "unclosed-bracket",
        f"close it with {_CLOSING[opening]}",
    )


def bracket_content(stop: Stop) -> Complaint | None:
    """Find what does not fit into brackets."""
    opening = stop.text[stop.start : stop.start + 1]
    if opening not in ("[", "{") or "parsing a flow" not in stop.words:
        return None
    return Complaint(
        stop.index,
        f"',' or '{_CLOSING[opening]}' is missing before this",
        "bad-brackets",
        "separate items by ','; quote text that holds any of , [ ] { } : #",
        stop.start,
        f"the {opening} opens here",
    )


def no_value(stop: Stop) -> Complaint | None:
    """Find a comma or a bracket where a value should be."""
    if "node content" not in stop.words:
        return None
    return Complaint(
        stop.index, "a value is missing here", "missing-value", "write a value, or remove this"
    )


def tight_colon(stop: Stop) -> Complaint | None:
    """Find `a:,` inside brackets."""
    if "unexpected ':'" not in stop.words:
        return None
    message = "a space is missing after this ':'"
    return Complaint(stop.index, message, "tight-colon", "write ': ', or quote the text")


def colon(stop: Stop) -> Complaint | None:
    """Find `a: b: c`, and a line that is indented as if it went on with the text above."""
    if "values are not allowed" not in stop.words:
        return None
    if ": " not in stop.line:
        return Complaint(
            stop.index,
            "this line goes on with the value above it, for it is indented further",
            "indentation",
            "align the line with the entry above; text of several lines follows a '|'",
        )
    return Complaint(
        stop.index,
        "a second ':' in one entry",
        "second-colon",
        "quote the value if it is text; a mapping stands on lines of its own, further indented",
    )


def no_colon(stop: Stop) -> Complaint | None:
    """Find a key without its colon."""
    if "simple key" not in stop.words:
        return None
    line = stop.text[stop.start : stop.index].splitlines()[:1]
    is_tight = line and ":" in line[0].rstrip(":")
    return Complaint(
        stop.start,
        "no ':' with a space after it follows this key on its line",
        "missing-colon",
        "write a space after the ':'"
        if is_tight
        else "write KEY: VALUE; quote text of several lines, or let it follow a '|'",
    )


def entry_here(stop: Stop) -> Complaint | None:
    """Find `a: - b`."""
    if "entries are not allowed" not in stop.words and "keys are not allowed" not in stop.words:
        return None
    return Complaint(
        stop.index,
        f"'{stop.character} ' can't stand here",
        "misplaced-entry",
        "begin the list on the line below its key; quote a value that begins so",
    )


def indentation(stop: Stop) -> Complaint | None:
    """Find a line that belongs to no collection above it."""
    if "parsing a block" not in stop.words:
        return None
    if stop.character == ":":
        message = "a key is missing before this ':'"
        return Complaint(stop.index, message, "key-not-text", "write KEY: VALUE")
    kind = "list" if "collection" in stop.words else "mapping"
    return Complaint(
        stop.index,
        f"this does not go on with the {kind} above",
        "indentation",
        f"align it with the entries of the {kind}, or indent it below one of them",
        stop.start,
        f"the {kind} begins here",
    )


def second_root(stop: Stop) -> Complaint | None:
    """Find text behind the document's own value."""
    if "document start" not in stop.words:
        return None
    return Complaint(
        stop.index,
        "the document has ended before this",
        "second-root",
        "indent it to make it part of the document, or begin another one with '---'",
    )


def anything(stop: Stop) -> Complaint:
    """Say what the parser said."""
    return Complaint(
        stop.index,
        f"this is not YAML: {stop.words.removeprefix('None: ')}",
        "not-yaml",
        "quote the value if it is text",
    )
