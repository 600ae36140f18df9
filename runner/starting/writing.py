"""Writes new files, all or none of them, and over nothing that is there.

Folders are entered one by one and never through a link, and files are made exclusively: what
somebody puts in the way in between is met, not followed and not replaced.
"""

from __future__ import annotations

import os
import stat
from contextlib import ExitStack, suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from runner.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runner.starting.types import NewFile

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def is_there(top: Path, path: str) -> bool:
    """Tell whether a file is there already, so that it is kept.

    Raises Refused where something else is in its way: a folder, a link that leads nowhere or out
    of `top`, or a file where a folder would have to be.
    """
    try:
        found = os.lstat(_inside(top, path))
    except FileNotFoundError:
        return False
    except NotADirectoryError:
        raise Refused(f"{path} can't be written: a folder above it is a file") from None
    except OSError as error:
        raise Refused(f"{path} can't be written: {error.strerror}") from error
    if not stat.S_ISREG(found.st_mode):
        what = "a folder" if stat.S_ISDIR(found.st_mode) else "no regular file"
        raise Refused(f"{path} can't be written: it is {what}; move it away")
    return True


def write(top: Path, files: Sequence[NewFile]) -> None:
    """Make the files below `top`, and the folders that they need.

    Raises Refused if one of them is there, or can't be written; then none of them is left.
    """
    made: list[Path] = []
    try:
        for file in files:
            _write(top, file, made)
    except BaseException:
        _undo(made)
        raise


def _write(top: Path, file: NewFile, made: list[Path]) -> None:
    try:
        inside = _inside(top, file.path)
        _make_folder(top, made)
        with ExitStack() as stack:
            folder = _entered(_real(top), inside.parent, stack, made)
            descriptor = os.open(inside.name, _NEW, mode=0o666, dir_fd=folder)
            made.append(inside)
            with open(descriptor, "w", encoding="utf-8", newline="\n") as out:  # noqa: PTH123
                out.write(file.text)
    except FileExistsError as error:
        raise Refused(f"{file.path} came into being meanwhile; nothing was written") from error
    except OSError as error:
        raise Refused(
            f"{file.path} can't be written: {error.strerror}; nothing was written"
        ) from error


def _make_folder(top: Path, made: list[Path]) -> None:
    """Make the top folder itself, with what is above it."""
    missing = [each for each in (top, *top.parents) if not os.path.lexists(each)]
    for each in reversed(missing):
        each.mkdir()
        made.append(each)


def _entered(top: Path, folder: Path, stack: ExitStack, made: list[Path]) -> int:
    """A descriptor of a folder below `top`, made where it is not there."""
    here = _opened(os.open(top, _FOLDER), stack)
    path = top
    for part in folder.relative_to(top).parts:
        path /= part
        with suppress(FileExistsError):
            os.mkdir(part, dir_fd=here)
            made.append(path)
        here = _opened(os.open(part, _FOLDER, dir_fd=here), stack)
    return here


def _opened(descriptor: int, stack: ExitStack) -> int:
    stack.callback(os.close, descriptor)
    return descriptor


def _undo(made: Sequence[Path]) -> None:
    """Take away what was made, the last first; a folder that others use meanwhile stays."""
    for path in reversed(made):
        with suppress(OSError):
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
            else:
                path.unlink()


def _inside(top: Path, path: str) -> Path:
    """Where a path really leads, with links among its folders followed. Raises Refused."""
    pure = PurePosixPath(path)
    real = _real(top)
    parent = _real(real.joinpath(*pure.parts[:-1]))
    whole = parent / pure.name
    if not parent.is_relative_to(real):
        raise Refused(f"{path} can't be written: a link leads out of {top}")
    if ".git" in (part.lower() for part in parent.relative_to(real).parts):
        raise Refused(f"{path} can't be written: a link leads to git's own files")
    leads_out = not _real(whole).is_relative_to(real)
    if os.path.islink(whole) and (leads_out or not os.path.exists(whole)):  # noqa: PTH110, PTH114
        raise Refused(f"{path} can't be written: it is a link that leads out of {top}, or nowhere")
    return _real(whole)


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))
