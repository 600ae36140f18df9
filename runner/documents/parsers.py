"""The two parsers that turn YAML text into events: libyaml's, and PyYAML's own.

Where they read the same text differently, PyYAML's is taught here to do as libyaml does, so
that a project means the same on every machine.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from yaml.error import Mark
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner, ScannerError
from yaml.tokens import ScalarToken

if TYPE_CHECKING:
    from collections.abc import Callable

_BLANKS = " \t"
_BREAKS = "\r\n"
_ENDS = "\0 \t\r\n"
_BRACKETS = ",[]{}"
_AFTER_COLON = ",?[]{}"
_INDICATORS = re.compile(r"(?:[+-][1-9]?|[1-9][+-]?)?[ \t]*")
_GOOD_ESCAPES = re.compile(
    r"""(?: [^\\\s"]
        | \\(?:\r\n|[\r\n])\s*
        | \\[0abt\tnvfre\ "/\\N_LP]
        | \\x[0-9a-fA-F]{2}
        | \\u(?![dD][89a-fA-F])
        | \\U(?:0000(?![dD][89a-fA-F])|000[1-9a-fA-F]|0010)
        )*+""",
    re.VERBOSE,
)


class _PureParser(Reader, Scanner, Parser):
    """PyYAML's parser for text that is already decoded, without characters YAML forbids."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)

    def scan_to_next_token(self) -> None:
        """Skip blanks and comments. A tab is a blank where no indentation is read."""
        while True:
            while self.peek() == " " or (self.peek() == "\t" and self._takes_tabs()):
                self.forward()
            if self.peek() == "#":
                while self.peek() not in "\0\r\n":
                    self.forward()
            if self.peek() not in _BREAKS:
                return
            self._break()
            if not self.flow_level:
                self.allow_simple_key = True

    def _takes_tabs(self) -> bool:
        return bool(self.flow_level) or not self.allow_simple_key

    def _break(self) -> str:
        text: str = self.scan_line_break()  # type: ignore[no-untyped-call]
        return text

    def scan_plain(self) -> ScalarToken:
        """Read unquoted text. Inside brackets `?` is part of it."""
        start = end = self.get_mark()
        indent = self.indent + 1
        text = blanks = ""
        while self.peek() != "#" and (length := self._plain_length(start)):
            text += blanks + self.prefix(length)
            self.forward(length)
            self.allow_simple_key = False
            end = self.get_mark()
            blanks = self._plain_blanks(start, indent)
            if not blanks or (not self.flow_level and self.column < indent):
                break
        return ScalarToken(text, True, start, end)

    def _plain_length(self, start: Any) -> int:
        length = 0
        while (letter := self.peek(length)) not in _ENDS:
            after = self.peek(length + 1)
            if letter == ":" and self.flow_level and after in _AFTER_COLON:
                self.forward(length)
                context = "while scanning a plain scalar"
                raise ScannerError(context, start, "found unexpected ':'", self.get_mark())
            if letter == ":" and after in _ENDS:
                break
            if self.flow_level and letter in _BRACKETS:
                break
            length += 1
        return length

    def _plain_blanks(self, start: Any, indent: int) -> str:
        """Skip the blanks and breaks inside unquoted text, and answer what they fold to."""
        blanks = breaks = ""
        while (letter := self.peek()) in " \t\r\n":
            if letter in _BREAKS:
                breaks += self._break()
                self.allow_simple_key = True
                continue
            if breaks and letter == "\t" and self.column < indent:
                context = "while scanning a plain scalar"
                raise ScannerError(context, start, "found a tab character", self.get_mark())
            blanks += letter
            self.forward()
        return (breaks[1:] or " ") if breaks else blanks

    def scan_flow_scalar_non_spaces(self, double: bool, start_mark: Any) -> list[str]:
        """Read quoted text up to a blank, refusing escapes that stand for no character."""
        good = _GOOD_ESCAPES.match(self.buffer, self.pointer)
        if double and good and self.buffer.startswith(("\\u", "\\U"), good.end()):
            mark = Mark("", good.end(), 0, 0, None, 0)
            raise ScannerError("while scanning a quoted scalar", start_mark, "found escape", mark)
        return super().scan_flow_scalar_non_spaces(double, start_mark)

    def scan_block_scalar_indicators(self, start_mark: Any) -> tuple[bool | None, int | None]:
        """Read what follows `|` or `>`, and the blanks before a comment or a break."""
        found = _INDICATORS.match(self.buffer, self.pointer)
        written = found[0].rstrip(_BLANKS) if found else ""
        self.forward(len(found[0]) if found else 0)
        digits = written.strip("+-")
        chomping = None if written == digits else "+" in written
        return chomping, int(digits) if digits else None

    def scan_block_scalar_indentation(self) -> Any:
        """Find out how far a block of text is indented, which is never by tabs."""
        found = super().scan_block_scalar_indentation()
        self._check_no_tab()
        return found

    def scan_block_scalar_breaks(self, indent: int) -> Any:
        """Skip the indentation of a block's next line."""
        found = super().scan_block_scalar_breaks(indent)
        if self.column < indent:
            self._check_no_tab()
        return found

    def _check_no_tab(self) -> None:
        if self.peek() == "\t":
            mark = self.get_mark()
            raise ScannerError("while scanning a block scalar", mark, "found a tab", mark)


def _libyaml() -> Callable[[str], Any] | None:
    try:
        from yaml import _yaml  # noqa: PLC0415 - PyYAML can be built without it
    except ImportError:
        return None
    return _yaml.CParser


PURE: Callable[[str], Any] = _PureParser
FAST: Callable[[str], Any] = _libyaml() or PURE
