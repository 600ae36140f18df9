"""Where a YAML parser stopped, and what is to be said about it."""

from __future__ import annotations

import re
from dataclasses import dataclass

BREAK = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Stop:
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
        found = BREAK.search(self.text, self.index)
        return self.text[self.index : found.start() if found else len(self.text)]

    @property
    def character(self) -> str:
        """The character at which it stopped; none at the end."""
        return self.text[self.index : self.index + 1]


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong at `index` of the text, and a second place that explains it."""

    index: int
    message: str
    code: str
    help: str
    related: int | None = None
    related_message: str = ""
