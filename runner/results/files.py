"""The files that a run leaves: results.json, replaced whole, and results.jsonl, appended to."""

from __future__ import annotations

import glob
import os
import tempfile
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from runner import values
from runner.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


_LEFT_BEHIND = 3600.0
"""Seconds after which a file that was being written is nobody's any more."""


def check_writable(path: Path) -> None:
    """Refuse a results path that can't be written, before anything starts. Raises Refused.

    Missing folders are made.
    """
    if path == journal_path(path):
        raise Refused(f"{path} would be its own journal: give the results file another ending")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for existing in (path, journal_path(path)):
            _check_replaceable(existing)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
        _clear_away(path)
    except OSError as error:
        raise Refused(
            f"results can't be written to {path}: {error.strerror or error}; "
            "choose another file with --results"
        ) from error


def _clear_away(path: Path) -> None:
    """Remove what writes left that were killed; one that is under way is younger."""
    long_ago = time.time() - _LEFT_BEHIND
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        with suppress(OSError):
            if left.lstat().st_mtime < long_ago:
                left.unlink()


def _check_replaceable(path: Path) -> None:
    if not path.exists():
        return
    if not path.is_file():
        raise OSError(f"{path} is not a file")
    if not os.access(path, os.W_OK):
        raise PermissionError(f"{path} is not writable")


def journal_path(path: Path) -> Path:
    """Where the journal of a results file stands: results.jsonl beside results.json."""
    return path.with_suffix(".jsonl")


def write(path: Path, text: str) -> None:
    """Replace a file whole: readers see the old or the new one, at every moment.

    Raises OSError, such as for a full disk; the old file stands then.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(temporary, flags, _mode_of(path)), "wb") as file:
            file.write(values.encode(text))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _mode_of(path: Path) -> int:
    """The mode of the file that is replaced; the umask takes its part from a new one's."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        return 0o666


class Journal:
    """Lines of JSON, each handed to the system before the next call begins.

    It starts empty with every run. Raises OSError. What a full disk cut short stays a line
    of its own: the next record begins a new one.
    """

    def __init__(self, path: Path) -> None:
        self._file: IO[bytes] = path.open("wb", buffering=0)
        self._is_cut = False

    def append(self, lines: Sequence[str]) -> None:
        """Write lines, at once."""
        text = "".join(f"{line}\n" for line in lines)
        rest = values.encode(f"\n{text}" if self._is_cut else text)
        self._is_cut = True
        while rest:
            rest = rest[self._file.write(rest) :]
        self._is_cut = False

    def close(self) -> None:
        """Close the file."""
        self._file.close()
