"""Text from outside made harmless for a terminal, for a log that a CI server parses, and short.

What GitHub's runner takes for a command: `::` after leading white space, `##[` anywhere in a
line; a bare carriage return starts a line. A byte order mark that begins the output is dropped,
and may change how all of it is read.
https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import re

from runner.values import UNSEEN

_UNSEEN = re.compile(f"[\x00-\x08\x0b-\x1f{UNSEEN}]")
_COMMAND = re.compile(r"(?:^|(?<=\r))([^\S\r\n]*)::", re.MULTILINE)
_OLD_COMMAND = re.compile(r"##\[")
_MARK = re.compile("\\A(?=\ufeff|\x00*[\udcef\udcfe\udcff])")
"""Where a byte order mark may begin: as a character, or as bytes that Python read as surrogates."""


def clean(text: str, *, ci: bool = False) -> str:
    """Write out control characters, ANSI's escape, text direction marks and lone surrogates.

    Line feeds and tabs stay. With `ci`, workflow commands are defused too.
    """
    visible = _UNSEEN.sub(_written_out, text)
    return defuse(visible) if ci else visible


def defuse(text: str) -> str:
    """Keep every line from being a workflow command; colours and all else stay as they are."""
    unmarked = _MARK.sub(r"\\", text)
    return _OLD_COMMAND.sub(r"#\\#[", _COMMAND.sub(r"\1\\::", unmarked))


def one_line(text: str, limit: int | None = None) -> str:
    """The text cleaned, on one line, at most `limit` characters."""
    line = clean(" ".join(text.split()) if "\n" in text or "\t" in text else text)
    return line if limit is None else shorten(line, limit)


def shorten(text: str, limit: int) -> str:
    """The text, or as much of its start as fits with an ellipsis."""
    return text if len(text) <= limit else f"{text[: max(limit - 1, 0)]}…"


def _written_out(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x100:  # noqa: PLR2004 - two digits hold it
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004
