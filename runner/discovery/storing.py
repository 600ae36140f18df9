"""Writing what a discovery composed: each file whole or not at all, and none by mistake."""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from runner.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from runner.discovery.types import FileChange

_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK)
_TEMPORARY = ".stepfleet-{run}-{number}.tmp"


def check_folder(folder: str, root: str) -> None:
    """Refuse a folder that is none, or that leads out of the project. Raises Refused."""
    if os.path.lexists(folder) and not os.path.isdir(folder):  # noqa: PTH112 - as texts
        raise Refused(f"{folder} is no folder: name one to write the documents to")
    real, top = Path(os.path.realpath(folder)), Path(os.path.realpath(root))
    if not real.is_relative_to(top):
        raise Refused(f"{folder} leads out of the project's folder {root}")
    if ".git" in (part.lower() for part in real.relative_to(top).parts):
        raise Refused(f"{folder} is git's own")


def held_back(path: str) -> str | None:
    """Why a file that is there is left as it is; None where nothing speaks against a new one.

    As the new file takes its place, other hard links would go on with the old one. Raises OSError.
    """
    state = os.stat(path)  # noqa: PTH116 - as texts
    if not state.st_mode & 0o222 or not os.access(path, os.W_OK):
        return "the file is read-only"
    if state.st_nlink > 1:
        return "the file has other hard links"
    if os.geteuid() not in (0, state.st_uid):
        return "the file belongs to another user"
    return None


def store(
    changes: Sequence[FileChange],
    root: str,
    *,
    check: Callable[[], None] = lambda: None,
    on_written: Callable[[FileChange], None] = lambda _: None,
) -> None:
    """Write all files, or, where one can't be, none that is not there already.

    First all of them are written beside their places; then `check` may refuse, and each is moved
    to its place, of which `on_written` hears. A file that is new replaces nothing, and one that
    changes has to hold what it held when it was read. Raises Refused.
    """
    run = secrets.token_hex(8)
    staged: list[tuple[str, FileChange]] = []
    made: list[str] = []
    try:
        for number, change in enumerate(changes):
            with _naming(change):
                _check_place(change, root, made)
                staged.append((_beside(change, run, number), change))
                _write(*staged[-1])
        check()
        for temporary, change in staged:
            with _naming(change):
                _move(temporary, change)
            on_written(change)
            _remove(temporary)
    finally:
        for temporary, _ in staged:
            _remove(temporary)
        for folder in reversed(made):
            with suppress(OSError):
                # Where something was written this fails.
                os.rmdir(folder)  # noqa: PTH106 - as texts


@contextmanager
def _naming(change: FileChange) -> Iterator[None]:
    """Refuse with the name of the file that can't be written."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise Refused(f"{change.name} can't be written: {reason}") from error


def _remove(path: str) -> None:
    with suppress(OSError):
        os.unlink(path)  # noqa: PTH108 - as texts


def _check_place(change: FileChange, root: str, made: list[str]) -> None:
    if change.before is not None:
        _check_unchanged(change)
        why = held_back(change.path)
        if why is not None:
            raise Refused(f"{change.name} is left, as {why}; nothing was written")
        return
    folder = os.path.dirname(change.path)  # noqa: PTH120
    check_folder(folder, root)
    missing = [each for each in (Path(folder), *Path(folder).parents) if not each.exists()]
    made += map(str, reversed(missing))
    os.makedirs(folder, exist_ok=True)  # noqa: PTH103
    check_folder(folder, root)
    if os.path.lexists(change.path):
        raise Refused(f"{change.name} is there by now; nothing was written. Discover again.")


def _check_unchanged(change: FileChange) -> None:
    with open(change.path, "rb") as file:  # noqa: PTH123
        if file.read() != change.before:
            raise Refused(f"{change.name} was changed meanwhile and is left. Discover again.")


def _beside(change: FileChange, run: str, number: int) -> str:
    """Where the file is written first: beside its place."""
    name = _TEMPORARY.format(run=run, number=number)
    return os.path.join(os.path.dirname(os.path.realpath(change.path)), name)  # noqa: PTH118, PTH120


def _write(temporary: str, change: FileChange) -> None:
    """Write what is to be there, with the mode and the owner of the file that it replaces."""
    old = None if change.before is None else os.stat(change.path)  # noqa: PTH116
    mode = 0o666 if old is None else old.st_mode & 0o777
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(change.after)
        if old is not None:
            with suppress(OSError):
                os.fchown(descriptor, old.st_uid, old.st_gid)
            os.fchmod(descriptor, mode)
            file.flush()
            os.fsync(file.fileno())


def _move(temporary: str, change: FileChange) -> None:
    if change.before is not None:
        _check_unchanged(change)
        os.replace(temporary, os.path.realpath(change.path))  # noqa: PTH105 - a link stays one
        return
    try:
        # Unlike a move it fails where something is there.
        os.link(temporary, change.path)
    except FileExistsError as error:
        raise Refused(f"{change.name} is there by now, and is left. Discover again.") from error
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        os.rename(temporary, change.path)  # noqa: PTH104 - where a file system has no links
