"""Bytes to documents: decoding, splitting at `---`, and a parser for each document."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from yaml.error import YAMLError

from runner.documents.building import Builder, Unbuildable
from runner.documents.complaints import explain
from runner.documents.nodes import Document, Parsed, ScalarNode, Source
from runner.documents.parsers import FAST, PURE
from runner.documents.wording import MAX_COMPLAINTS, TOO_MANY
from runner.errors import Diagnostic, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runner.documents.nodes import Node

MAX_BYTES = 10_000_000
MAX_DOCUMENTS = 20_000
MAX_FILE_VALUES = 1_000_000

_BREAK = re.compile(r"\r\n|\r|\n")
_MARKER = re.compile(r"(?:\A|(?<=[\r\n]))(?:---|\.\.\.)(?=[ \t\r\n]|\Z)")
_NOTHING = re.compile(r"(?:[ \t]*+(?:#[^\r\n]*+)?+(?:\r\n|\r|\n))*+[ \t]*+(?:#[^\r\n]*+)?+")
_HEAD = re.compile(r"(?:(?:[ \t]*+(?:#[^\r\n]*+)?+|%[^\r\n]*+)(?:\r\n|\r|\n|\Z))*+")
_DIRECTIVE = re.compile(r"^%[^\r\n]*", re.MULTILINE)
_YAML_VERSION = re.compile(r"%YAML[ \t]+1\.[12][ \t]*(?:#.*)?")
_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


@dataclass(frozen=True, slots=True)
class _Piece:
    """The text of at most one document, and how many lines of the file come before it."""

    text: str
    shift: int


def parse(data: bytes, file: str, *, pure: bool = False) -> Parsed:
    """Read all documents of a file; `file` is its name in diagnostics.

    A document that is not well-formed hides no other one. With `pure` PyYAML's own parser
    reads them even where libyaml's is there; the results are the same.
    """
    parser = PURE if pure else FAST
    text = _decode(data, file)
    if isinstance(text, Diagnostic):
        return Parsed((), (text,), dropped=1)
    source = Source(file, text)
    documents: list[Document] = []
    diagnostics: list[Diagnostic] = []
    dropped = values = 0
    for piece in _pieces(text):
        reading = _read(source, piece, parser)
        values += reading.values
        diagnostics += reading.diagnostics
        if reading.is_dropped:
            dropped += 1
        elif reading.root is not None:
            documents.append(Document(file, reading.root))
        too_much = _too_much(source, piece, values, len(documents), len(diagnostics))
        if too_much is not None:
            diagnostics = [*diagnostics[:MAX_COMPLAINTS], too_much]
            dropped += 1
            break
    diagnostics.sort(key=lambda diagnostic: diagnostic.place)
    return Parsed(tuple(documents), tuple(diagnostics), dropped)


def _too_much(
    source: Source, piece: _Piece, values: int, documents: int, complaints: int
) -> Diagnostic | None:
    if complaints > MAX_COMPLAINTS:
        message = f"more than {MAX_COMPLAINTS} problems in this file; the rest is not read"
        return Diagnostic(
            Place(source.file, piece.shift + 1), message, "too-many-problems", TOO_MANY
        )
    if values > MAX_FILE_VALUES or documents > MAX_DOCUMENTS:
        message = (
            f"the file holds more than {MAX_FILE_VALUES:,} values or {MAX_DOCUMENTS:,} documents"
        )
        place = Place(source.file, piece.shift + 1)
        return Diagnostic(place, message, "file-too-large", "split it into several files")
    return None


# Bytes to text


def _decode(data: bytes, file: str) -> str | Diagnostic:
    if len(data) > MAX_BYTES:
        message = f"the file has {len(data):,} bytes; at most {MAX_BYTES:,} are read"
        return Diagnostic(Place(file), message, "file-too-large", "split it into several files")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in data[:4]:
        message = "the file is UTF-16 or UTF-32, or no text at all"
        return Diagnostic(Place(file), message, "not-utf-8", "save it as UTF-8")
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        place = _end_of(data[: error.start].decode(), file)
        message = f"the byte 0x{data[error.start]:02X} here is not UTF-8"
        return Diagnostic(place, message, "not-utf-8", "save the file as UTF-8")
    found = _FORBIDDEN.search(text)
    if found is None:
        return text
    return _forbidden(found[0], _end_of(text[: found.start()], file))


def _end_of(text: str, file: str) -> Place:
    lines = _BREAK.split(text)
    return Place(file, len(lines), len(lines[-1]) + 1)


def _forbidden(character: str, place: Place) -> Diagnostic:
    code = ord(character)
    if character == "\ufeff":
        message = "a byte order mark stands inside the file"
        return Diagnostic(
            place, message, "control-character", "remove it: only a file's start has one"
        )
    escape = f"\\x{code:02X}" if code <= 0xFF else f"\\u{code:04X}"  # noqa: PLR2004 - one byte
    return Diagnostic(
        place,
        f"the character U+{code:04X} can't stand in a YAML file",
        "control-character",
        f'remove it, or write "{escape}" in double quotes',
    )


# Text to pieces


def _pieces(text: str) -> Iterator[_Piece]:
    """Split at `---` and after `...`: at a line's start they end even a quoted scalar."""
    start = shift = 0
    for found in _MARKER.finditer(text):
        end = found.start()
        if end > start:
            yield _Piece(text[start:end], shift)
            shift += _count_breaks(text, start, end)
        start = end if found[0] == "---" else found.end()
    if start < len(text):
        yield _Piece(text[start:], shift)


def _count_breaks(text: str, start: int, end: int) -> int:
    if text.find("\r", start, end) < 0:
        return text.count("\n", start, end)
    return sum(1 for _ in _BREAK.finditer(text, start, end))


# A piece to a document


@dataclass(frozen=True, slots=True)
class _Reading:
    root: Node | None
    diagnostics: tuple[Diagnostic, ...] = ()
    values: int = 0
    is_dropped: bool = False


def _read(source: Source, piece: _Piece, parser: Callable[[str], Any]) -> _Reading:
    text, complaint = _without_directives(source, piece)
    if complaint is not None:
        return _Reading(None, (complaint,), is_dropped=True)
    if _NOTHING.fullmatch(text):
        return _Reading(None)
    builder = Builder(source, text, piece.shift)
    diagnostics = builder.diagnostics
    is_whole = False
    try:
        builder.take(_events(text, parser))
        is_whole = True
    except Unbuildable as error:
        diagnostics.append(error.diagnostic)
    except (YAMLError, ValueError) as error:
        diagnostics.append(explain(error, source, text, piece.shift))
    root = builder.root if is_whole and not _is_empty(builder.root) else None
    is_dropped = not is_whole or not builder.is_clear
    return _Reading(None if is_dropped else root, tuple(diagnostics), builder.values, is_dropped)


def _is_empty(root: Node | None) -> bool:
    return isinstance(root, ScalarNode) and root.plain and not root.text


def _without_directives(source: Source, piece: _Piece) -> tuple[str, Diagnostic | None]:
    """Blank `%YAML 1.x` out, which changes nothing; refuse every other directive."""
    text = piece.text
    if text.startswith("---") or "%" not in text:
        return text, None
    head = _HEAD.match(text)
    if head is None or "%" not in head[0]:
        return text, None
    for found in _DIRECTIVE.finditer(text, 0, head.end()):
        if not _YAML_VERSION.fullmatch(found[0]):
            line = piece.shift + _count_breaks(text, 0, found.start()) + 1
            return text, Diagnostic(
                Place(source.file, line),
                f"the directive {found[0][:40]!r}: only %YAML 1.1 and %YAML 1.2 are read",
                "directive",
                "remove it; a value that begins with '%' stands in quotes",
            )
    return _DIRECTIVE.sub("", head[0]) + text[head.end() :], None


def _events(text: str, parser: Callable[[str], Any]) -> Iterator[Any]:
    reader = parser(text)
    while (event := reader.get_event()) is not None:
        yield event
