"""The two parsers that turn YAML text into events: libyaml's, and PyYAML's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

if TYPE_CHECKING:
    from collections.abc import Callable

_BREAKS = "\r\n"


class _PureParser(Reader, Scanner, Parser):
    """PyYAML's parser, which takes a tab between tokens where libyaml does."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)

    def scan_to_next_token(self) -> None:
        while True:
            while self.peek() == " " or (self.peek() == "\t" and self._takes_tabs()):
                self.forward()
            if self.peek() == "#":
                while self.peek() not in "\0\r\n":
                    self.forward()
            if not self.peek() or self.peek() not in _BREAKS:
                return
            self.scan_line_break()  # type: ignore[no-untyped-call]
            if not self.flow_level:
                self.allow_simple_key = True

    def _takes_tabs(self) -> bool:
        return bool(self.flow_level) or not self.allow_simple_key


def _libyaml() -> Callable[[str], Any] | None:
    try:
        from yaml import _yaml  # noqa: PLC0415 - PyYAML can be built without it
    except ImportError:
        return None
    return _yaml.CParser


PURE: Callable[[str], Any] = _PureParser
FAST: Callable[[str], Any] = _libyaml() or PURE
