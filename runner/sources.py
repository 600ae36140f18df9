"""Files and folders to bytes: which files hold specs, and what may be read at all.

What is read comes from pull requests: symbolic links are followed only inside the project's
root, which no link moves, and not into git's own files; nothing but regular files is opened,
and everything has a bound.
"""

from __future__ import annotations

import difflib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runner.errors import Diagnostic, Place, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_BYTES = 10_000_000
"""Bytes of one file."""

MAX_ENTRIES = 200_000
"""Files and folders that one walk looks at."""

MAX_TOTAL_BYTES = 200_000_000

_ENDINGS = (".yaml", ".yml")
_DEFINITION_ENDINGS = (".asl.yaml", ".asl.yml")


class Unreadable(ValueError):
    """The file can't be read, or must not be; the message is the reason."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file and what it holds. `name` is for people: relative to where they stand."""

    path: Path
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Sources:
    """All spec files, sorted by path. `root` is the folder that no file may lie outside of."""

    files: tuple[SourceFile, ...]
    root: Path
    diagnostics: tuple[Diagnostic, ...]


def read(paths: Sequence[Path], *, cwd: Path) -> Sources:
    """Read the files named, and every `*.yaml` and `*.yml` in the folders named.

    In folders, hidden files and folders and `*.asl.yaml` are left out. Each file is read
    once, however it is reached. Relative paths are relative to `cwd`.
    """
    named = [_absolute(cwd / path) for path in paths]
    root = root_of(named[0] if named else cwd, cwd)
    reader = _Reader(root, cwd)
    for path in named:
        reader.take(path)
    files = sorted(reader.files, key=lambda file: file.path.parts)
    diagnostics = sorted(reader.diagnostics, key=lambda diagnostic: diagnostic.place)
    return Sources(tuple(files), root, tuple(diagnostics))


def read_below(root: Path, path: Path) -> bytes:
    """Read one file that has to lie below `root`, to which a relative path is relative.

    Raises Unreadable with the reason.
    """
    whole = root / path
    if "\0" in str(path):
        raise Unreadable("a path can't hold a NUL character")
    if not _is_inside(whole, root):
        raise Unreadable(f"it lies outside the project's folder {root}, or is git's own")
    return read_regular(whole, most=MAX_BYTES)


def read_regular(path: Path, *, most: int) -> bytes:
    """Read a regular file of at most `most` bytes. Raises Unreadable with the reason.

    A device or a pipe is not opened, so that nothing can block and nothing is without end.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise Unreadable("it is a folder" if path.is_dir() else "it is no regular file")
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - of a descriptor that can't block
            data = file.read(most + 1)
    except FileNotFoundError as error:
        raise Unreadable("there is no such file") from error
    except OSError as error:
        raise Unreadable(f"it can't be read: {error.strerror}") from error
    if len(data) > most:
        raise Unreadable(f"it has more than {most:,} bytes")
    return data


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - `..` goes, links stay


def root_of(path: Path, cwd: Path) -> Path:
    """The repository of the path; else the current folder; else the path's own folder.

    A relative path is relative to `cwd`. A pull request can bring links and submodules, so inside
    a repository no link leads to another one, and a submodule belongs to what holds it.
    """
    cwd = _absolute(cwd)
    path = _absolute(cwd / path)
    folder = path if os.path.isdir(path) else path.parent  # noqa: PTH112 - as below
    root: Path | None = None
    for each in (*reversed(folder.parents), folder):
        if root is not None and os.path.islink(each):  # noqa: PTH114 - as below
            break
        if os.path.lexists(each / ".git") and (root is None or not _is_submodule(each)):
            root = each
    if root is not None:
        return root
    return cwd if folder.is_relative_to(cwd) else folder


def _is_submodule(folder: Path) -> bool:
    """Tell a submodule, whose data its superproject's `.git` keeps, from a worktree."""
    try:
        text = read_regular(folder / ".git", most=MAX_BYTES)
    except Unreadable:
        return False
    data = folder / os.fsdecode(text.removeprefix(b"gitdir: ").rstrip(b"\r\n"))
    return "modules" in data.parts and not os.path.lexists(data / "commondir")


def _is_inside(path: Path, root: Path) -> bool:
    real, top = _real(path), _real(root)
    if not real.is_relative_to(top):
        return False
    return ".git" not in (part.lower() for part in real.relative_to(top).parts)


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


class _Reader:
    """Walks folders and keeps what it finds."""

    def __init__(self, root: Path, cwd: Path) -> None:
        self.files: list[SourceFile] = []
        self.diagnostics: list[Diagnostic] = []
        self._root = root
        self._cwd = _absolute(cwd)
        self._seen: set[tuple[int, int]] = set()
        self._entries = 0
        self._bytes = 0

    def take(self, path: Path) -> None:
        """Read a path that was named: a file whatever its ending, or a folder."""
        is_below = path.is_relative_to(self._root)
        area = self._root if is_below else root_of(path, self._cwd)
        if not os.path.lexists(path):
            self._complain(path, "there is no such file or folder", "missing-path", _near(path))
        elif not _is_inside(path, area):
            self._refuse_link(path, area)
        elif os.path.isdir(path):  # noqa: PTH112 - false, no error, where looking is forbidden
            self._walk(path, area)
        else:
            self._file(path)

    def _walk(self, folder: Path, area: Path) -> None:
        """Read what is really in the folder first, and then what links lead to."""
        before = len(self.files), len(self.diagnostics)
        seen_before = len(self._seen)
        links: list[Path] = []
        folders = [folder]
        while folders or links:
            if folders:
                folders += self._folder(folders.pop(), links)
            else:
                folders += self._link(links.pop(0), area)
        is_new = len(self._seen) > seen_before
        if is_new and before == (len(self.files), len(self.diagnostics)):
            self._complain(
                folder,
                "no *.yaml or *.yml file is in this folder",
                "no-spec-files",
                "name the folder that holds the specs",
                Severity.WARNING,
            )

    def _folder(self, folder: Path, links: list[Path]) -> list[Path]:
        """Read a folder's files; answer its folders, and add its links."""
        folders: list[Path] = []
        for entry in self._entries_of(folder):
            path = folder / entry.name
            if entry.is_symlink():
                links.append(path)
            elif entry.is_dir(follow_symlinks=False):
                folders.append(path)
            elif is_spec(entry.name):
                self._file(path)
        return folders[::-1]

    def _entries_of(self, folder: Path) -> Iterator[os.DirEntry[str]]:
        try:
            if not self._is_first(folder):
                return
            with os.scandir(folder) as scanned:
                entries = sorted(scanned, key=lambda entry: entry.name)
        except OSError as error:
            message = f"the folder can't be read: {error.strerror}"
            self._complain(folder, message, "unreadable", "give the right to read it")
            return
        for entry in entries:
            self._entries += 1
            if self._entries == MAX_ENTRIES:
                message = f"more than {MAX_ENTRIES:,} files and folders; the rest is not read"
                self._complain(folder, message, "too-many-files", "name the spec folder alone")
            if self._entries < MAX_ENTRIES and not entry.name.startswith("."):
                yield entry

    def _link(self, path: Path, area: Path) -> list[Path]:
        """Follow a link that stays in the area: read a file, answer a folder."""
        if os.path.isdir(path):  # noqa: PTH112 - as above
            if _is_inside(path, area):
                return [path]
            self._refuse_link(path, area)
        elif is_spec(path.name):
            if _is_inside(path, area):
                self._file(path)
            else:
                self._refuse_link(path, area)
        return []

    def _file(self, path: Path) -> None:
        try:
            if path.exists() and not self._is_first(path):
                return
            data = read_regular(path, most=MAX_BYTES)
        except (Unreadable, OSError) as error:
            reason = str(error) if isinstance(error, Unreadable) else error.strerror
            help_text = "mend the file, or take it out of the specs"
            self._complain(path, f"not read: {reason}", "unreadable", help_text)
            return
        self._bytes += len(data)
        if self._bytes <= MAX_TOTAL_BYTES:
            self.files.append(SourceFile(path, self._name(path), data))
        elif self._bytes - len(data) <= MAX_TOTAL_BYTES:
            message = f"more than {MAX_TOTAL_BYTES:,} bytes of specs; from here on none is read"
            self._complain(path, message, "too-many-files", "name the spec folder alone")

    def _is_first(self, path: Path) -> bool:
        found = path.stat()
        identity = (found.st_dev, found.st_ino)
        is_first = identity not in self._seen
        self._seen.add(identity)
        return is_first

    def _refuse_link(self, path: Path, area: Path) -> None:
        self._complain(
            path,
            f"the symbolic link leads out of the project's folder {_text(area)}, or to git's own",
            "link-outside",
            "keep what it leads to inside the project",
        )

    def _complain(
        self,
        path: Path,
        message: str,
        code: str,
        help_text: str,
        severity: Severity = Severity.ERROR,
    ) -> None:
        place = Place(self._name(path))
        self.diagnostics.append(Diagnostic(place, message, code, help_text, severity))

    def _name(self, path: Path) -> str:
        return name_of(path, self._cwd)


def name_of(path: Path, cwd: Path) -> str:
    """How people know a file: relative to where they stand, or in full. Both are absolute."""
    return _text(path.relative_to(cwd) if path.is_relative_to(cwd) else path)


def _text(path: Path) -> str:
    """The path as text that can be written; bytes that are not UTF-8 become U+FFFD."""
    return os.fsencode(path).decode("utf-8", "replace")


def is_spec(name: str) -> bool:
    """Tell whether a file of a folder holds specs, by its name."""
    lower = name.lower()
    return lower.endswith(_ENDINGS) and not lower.endswith(_DEFINITION_ENDINGS)


def _near(path: Path) -> str:
    try:
        names = os.listdir(path.parent)  # noqa: PTH208 - names alone
    except OSError:
        names = []
    near = difflib.get_close_matches(path.name, names, n=1)
    if near:
        return f"did you mean {_text(path.with_name(near[0]))}?"
    return "give the path of a spec file, or of a folder that holds them"
