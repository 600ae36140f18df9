"""Texts of AWS as YAML that every reader takes for the same text, and as comments."""

from __future__ import annotations

import json
import re

from runner import values

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
_WORDS = frozenset("y n yes no on off true false null".split())  # noqa: SIM905 - as one reads them
_SAFE = re.compile(
    "[\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_UNSEEN = re.compile(f"[{values.UNSEEN}]")
_MOST = 100
"""Characters of a text in a comment."""


def scalar(text: str) -> str:
    """The text as a YAML scalar: plain where no reader takes it for anything else."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    written = "".join(map(_written, text))
    # What GitHub's runner takes for a command anywhere in a line.
    return '"{}"'.format(written.replace("##[", "##\\x5b"))


def _written(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if _SAFE.fullmatch(character) and not _UNSEEN.fullmatch(character):
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - four digits


def comment(text: str) -> str:
    """The text on one line, without what steers a terminal or turns text round."""
    line = " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())
    line = line.replace("##[", "# #[")
    return line if len(line) <= _MOST else f"{line[: _MOST - 1]}…"


def quoted(text: str) -> str:
    """A name in a comment, in double quotes."""
    return comment(json.dumps(text, ensure_ascii=False))
