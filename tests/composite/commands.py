"""Workflow commands as GitHub's runner finds them in what a step prints.

Written from the behaviour of the runner's ActionCommand, ActionCommandManager and ProcessInvoker:
- Each of stdout and stderr is read by its own reader, which drops a byte order mark at the very
  start and ends a line at LF, CR or CRLF, and at nothing else.
- `::name key=value,key=value::data` counts after white space as .NET has it, and
  `##[name key=value;]data` anywhere in the line. The second is tried where the first is none.
- Only names that the runner knows count, in any case of letters. What looks for `::` and `##[`
  compares as a culture does, so it passes over characters without weight; what follows is then
  cut by position, which leaves a colon or bracket at the start of the name.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

KNOWN = frozenset(
    {
        *("add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group"),
        *("notice", "remove-matcher", "save-state", "set-env", "set-output", "stop-commands"),
        "warning",
    }
)

WHITE = "\t-\r\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""What .NET's Char.IsWhiteSpace holds for white, as a regular expression's class."""

_WEIGHTLESS = (
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u180b-\u180e\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]*"
)
_LEADING = re.compile(f"^[{WHITE}]+")
_COLONS = re.compile(f":{_WEIGHTLESS}:")
_FIRST_COLONS = re.compile(f"{_WEIGHTLESS}:{_WEIGHTLESS}:")
_BRACKET = re.compile(rf"#{_WEIGHTLESS}#{_WEIGHTLESS}\[")
_CUT = re.compile(f"^{_WEIGHTLESS}(?:[:#[].*)?$", re.DOTALL)
"""What is left of a name where the colons or brackets before it had something between them."""

_DATA = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
_PROPERTY = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))
_OLD = (("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%25", "%"))


@dataclass(frozen=True, slots=True)
class Command:
    """A workflow command: its name in small letters, its properties and its data, unescaped."""

    name: str
    properties: tuple[tuple[str, str], ...] = ()
    data: str = ""

    def __getitem__(self, name: str) -> str:
        return dict(self.properties)[name]

    def get(self, name: str) -> str | None:
        return dict(self.properties).get(name)


def parse(line: str, known: Iterable[str] | None = KNOWN) -> Command | None:
    """The command that the runner makes of one line; with `known` None any name makes one."""
    names = None if known is None else {name.casefold() for name in known}
    return _parse_new(line, names) or _parse_old(line, names)


def found_in(text: str | bytes, known: Iterable[str] | None = None) -> list[Command]:
    """Each line of the text that is a command, of whatever name."""
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
    reader = Lines()
    lines = [*reader.feed(data), *reader.end()]
    return [command for line in lines if (command := parse(line, known))]


def _parse_new(line: str, names: set[str] | None) -> Command | None:
    message = _LEADING.sub("", line)
    if not _FIRST_COLONS.match(message):
        return None
    separator = _COLONS.search(message, 2)
    if not separator:
        return None
    name, _, properties = message[2 : separator.start()].partition(" ")
    if not _counts(name, names):
        return None
    parts = properties.strip().split(",")
    data = _unescape(message[separator.start() + 2 :], _DATA)
    return Command(name.casefold(), _properties(parts, _PROPERTY), data)


def _parse_old(line: str, names: set[str] | None) -> Command | None:
    prefix = _BRACKET.search(line)
    end = line.find("]", prefix.start()) if prefix else -1
    if not prefix or end < 0:
        return None
    name, _, properties = line[prefix.start() + 3 : end].partition(" ")
    if not _counts(name, names):
        return None
    data = _unescape(line[end + 1 :], _OLD)
    return Command(name.casefold(), _properties(properties.split(";"), _OLD), data)


def _counts(name: str, names: set[str] | None) -> bool:
    if names is None:
        return bool(_CUT.sub("", name))
    return name.casefold() in names


def _properties(
    parts: list[str], escapes: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    pairs = [part.split("=", 1) for part in parts if "=" in part]
    found = {name.casefold(): _unescape(value, escapes) for name, value in pairs if name and value}
    return tuple(found.items())


def _unescape(text: str, escapes: tuple[tuple[str, str], ...]) -> str:
    for written, meant in escapes:
        text = text.replace(written, meant)
    return text


class Processor:
    """Takes a job's lines one by one; holds whether commands are stopped, and by what token."""

    def __init__(self) -> None:
        self._token: str | None = None

    def take(self, line: str) -> Command | None:
        """The command of this line, if it is one and commands are not stopped."""
        if self._token is not None:
            return self._resume(line, self._token)
        command = parse(line)
        if command and command.name == "stop-commands":
            self._token = command.data
        return command

    def _resume(self, line: str, token: str) -> Command | None:
        command = parse(line, (token,))
        if command:
            self._token = None
        return command


class Lines:
    """Bytes of one stream into lines, as .NET's StreamReader reads them."""

    _MARKS = (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    )

    def __init__(self) -> None:
        self._start = b""
        self._decoder: codecs.IncrementalDecoder | None = None
        self._rest = ""
        self._after_return = False

    def feed(self, data: bytes) -> Iterator[str]:
        """The lines that these bytes end."""
        yield from self._split(self._decode(data, final=False))

    def end(self) -> Iterator[str]:
        """What is left when the stream ends."""
        yield from self._split(self._decode(b"", final=True))
        if self._rest:
            yield self._rest
        self._rest = ""

    def _decode(self, data: bytes, *, final: bool) -> str:
        if self._decoder is None:
            self._start += data
            marks = [mark for mark, _ in self._MARKS]
            if not final and any(mark.startswith(self._start[:4]) for mark in marks):
                return ""
            data, encoding = self._without_mark(self._start)
            self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        return self._decoder.decode(data, final)

    def _without_mark(self, data: bytes) -> tuple[bytes, str]:
        for mark, encoding in self._MARKS:
            if data.startswith(mark):
                return data[len(mark) :], encoding
        return data, "utf-8"

    def _split(self, text: str) -> Iterator[str]:
        if self._after_return and text:
            text = text.removeprefix("\n")
            self._after_return = False
        pieces = re.split(r"\r\n|\r|\n", self._rest + text)
        self._after_return = text.endswith("\r")
        self._rest = pieces.pop()
        yield from pieces
