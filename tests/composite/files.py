"""What a step hands on in files: GITHUB_ENV, GITHUB_OUTPUT, GITHUB_PATH, GITHUB_STEP_SUMMARY."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SUMMARY_LIMIT = 1024 * 1024
"""Bytes of a step's summary; one that is larger is dropped as a whole."""

BLOCKED = frozenset({"NODE_OPTIONS"})


class MalformedFile(ValueError):
    """A line that is neither `NAME=VALUE` nor the start of a `NAME<<DELIMITER` that ends."""


def pairs(text: str) -> Iterator[tuple[str, str]]:
    """The names and values of a file. Raises MalformedFile, after what stands before it."""
    lines = text.split("\n")
    ended = text.endswith("\n")
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            yield line[:equals], line[equals + 1 :]
        elif heredoc >= 0:
            name, delimiter = line[:heredoc], line[heredoc + 2 :]
            end = _end(lines, at, name, delimiter, ended=ended)
            yield name, "\n".join(lines[at:end])
            at = end + 1
        else:
            raise MalformedFile(f"Invalid format '{line}'")


def _end(lines: list[str], at: int, name: str, delimiter: str, *, ended: bool) -> int:
    if not name or not delimiter:
        raise MalformedFile("Name must not be empty and delimiter must not be empty")
    whole = lines[:-1] if ended else lines
    try:
        return whole.index(delimiter, at)
    except ValueError:
        raise MalformedFile(f"Matching delimiter not found '{delimiter}'") from None
