"""What a step leaves for GitHub: its outputs and its summary, in files that GitHub reads."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from runner.errors import GitHubError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

MAX_SUMMARY = 1024 * 1024
"""Bytes of a step's summary; GitHub drops a larger one whole."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")
_UNFIT = re.compile(r"[\x00\ud800-\udfff]")


def _random_delimiter() -> str:
    return f"stepfleet_{secrets.token_hex(16)}"


def write_outputs(
    path: Path, outputs: Mapping[str, str], *, draw: Callable[[], str] = _random_delimiter
) -> None:
    """Add outputs to a step's file of outputs.

    Each value stands between two lines that nobody can guess, so it can hold any text. Line
    ends become line feeds. `draw` yields such lines. Raises GitHubError.
    """
    _append(path, "".join(_output(name, value, draw) for name, value in outputs.items()))


def _output(name: str, value: str, draw: Callable[[], str]) -> str:
    if not _NAME.fullmatch(name):
        raise GitHubError(f"{name!r} is no name of an output")
    text = _fit(value)
    delimiter = draw()
    while delimiter in text:
        delimiter = draw()
    return f"{name}<<{delimiter}\n{text}\n{delimiter}\n"


def write_summary(path: Path, text: str, limit: int = MAX_SUMMARY) -> None:
    """Add Markdown to a step's summary.

    Raises GitHubError, and leaves what is there, where the file would have more than `limit`
    bytes.
    """
    _append(path, _fit(text).rstrip("\n") + "\n", limit)


def _append(path: Path, text: str, limit: int | None = None) -> None:
    content = text.encode()
    try:
        # What another program left without a line feed would swallow the first line.
        with path.open("ab+") as file:
            size = file.tell()
            if size:
                file.seek(size - 1)
                content = content if file.read(1) == b"\n" else b"\n" + content
            if limit is not None and size + len(content) > limit:
                raise GitHubError(f"the summary has no room for {len(content)} bytes more")
            file.write(content)
    except OSError as error:
        raise GitHubError(f"can't write {path}: {error.strerror}") from error


def _fit(text: str) -> str:
    """The text with line feeds alone, and nothing that UTF-8 or an environment can't hold."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNFIT.sub("\N{REPLACEMENT CHARACTER}", lines)
