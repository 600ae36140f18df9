"""A repository's commits, and the specs that stand in them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runner import sources
from runner.errors import Diagnostic, Place, Refused
from runner.git.calling import call, succeeded
from runner.sources import SourceFile, Sources, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from subprocess import CompletedProcess

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_FILES = (b"100644", b"100755", b"100664")
_DEPTH = "check out with `fetch-depth: 2`"


@dataclass(frozen=True, slots=True)
class _Blob:
    """A regular file of a tree, by its path from the top. `size` is None where it is not there."""

    path: Path
    digest: bytes
    size: int | None


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository on this machine. `root` is the absolute folder that holds its `.git`."""

    root: Path

    def relative(self, path: Path) -> Path | None:
        """A path as trees have it, from the top; None for one that lies elsewhere.

        A relative path is relative to the top.
        """
        whole = _absolute(self.root / path)
        return whole.relative_to(self.root) if whole.is_relative_to(self.root) else None

    def has(self, commit: str) -> bool:
        """Tell whether a commit is there. Raises Refused."""
        done = self._run("cat-file", "-e", f"{_checked(commit)}^{{commit}}")
        return done.returncode == 0

    def head(self) -> str:
        """The commit that is checked out. Raises Refused where there is none."""
        return _checked(self._read("rev-parse", "--verify", "HEAD").decode("ascii", "replace")[:-1])

    def origin(self) -> str | None:
        """The address of the remote `origin`; None where there is none. Raises Refused."""
        done = self._run("config", "--get", "remote.origin.url")
        return done.stdout.decode("utf-8", "replace").strip() or None

    def default_branch(self) -> str | None:
        """The branch that others start from, as far as the checkout tells. Raises Refused.

        That is what `origin` has checked out, else `main` or `master` where there is one, else
        the branch that has no commit yet.
        """
        own = (name for name in ("main", "master") if self._has_branch(name))
        remote = self._symbolic("refs/remotes/origin/HEAD")
        return remote or next(own, None) or self._symbolic("HEAD")

    def _has_branch(self, name: str) -> bool:
        done = self._run("rev-parse", "--quiet", "--verify", f"refs/heads/{name}")
        return done.returncode == 0

    def _symbolic(self, name: str) -> str | None:
        """The branch that a symbolic reference leads to, if it is one."""
        done = self._run("symbolic-ref", "--quiet", name)
        text = done.stdout.decode("utf-8", "replace").strip()
        return re.sub(r"^refs/(heads|remotes/origin)/", "", text) or None

    def parents(self, commit: str) -> tuple[str, ...]:
        """The parents that a commit, or `HEAD`, names, be they there or not. Raises Refused."""
        name = commit if commit == "HEAD" else _checked(commit)
        data = self._read("cat-file", "commit", name)
        lines = data.partition(b"\n\n")[0].split(b"\n")
        found = [line[7:].decode("ascii", "replace") for line in lines if line[:7] == b"parent "]
        return tuple(_checked(each) for each in found)

    def fetch(self, commit: str) -> None:
        """Try once to get a commit from `origin`. Raises Refused with git's reason.

        A shallow clone gets that commit alone.
        """
        shallow = self._read("rev-parse", "--is-shallow-repository").strip() == b"true"
        depth = ("--depth=1",) if shallow else ()
        options = ("--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head")
        # Fetching may run what the repository's own settings name, so git itself is to find it:
        # then it looks whose the repository is.
        whole = ("-C", str(self.root), "fetch", *options, *depth, "origin", _checked(commit))
        done = call(*whole, more={"GIT_CEILING_DIRECTORIES": str(self.root.parent)})
        succeeded("fetch", done)

    def sources(self, commit: str, paths: Sequence[Path], cwd: Path) -> Sources:
        """The files that `sources.read` would find if the commit were checked out.

        Symbolic links and submodules are left out, and what is not there is no complaint.
        Raises Refused where git can't tell, or a file's data is not there.
        """
        base = _absolute(cwd)
        chosen: dict[Path, _Blob] = {}
        complaints: list[Diagnostic] = []
        entries = 0
        for path in paths:
            named = self.relative(_absolute(base / path))
            for blob in self._blobs(commit, named) if named is not None else ():
                entries += 1
                if entries > sources.MAX_ENTRIES:
                    break
                if named is not None and _is_meant(blob.path, named):
                    chosen[blob.path] = blob
        if entries > sources.MAX_ENTRIES:
            message = f"more than {sources.MAX_ENTRIES:,} files; the rest is not read"
            complaints.append(_complaint(sources.name_of(self.root, base), message))
        kept = list(self._bounded(_sorted(chosen.values()), base, complaints))
        files = (
            SourceFile(self.root / blob.path, sources.name_of(self.root / blob.path, base), data)
            for blob, data in zip(kept, self._contents(commit, kept), strict=True)
        )
        return Sources(tuple(files), self.root, tuple(sorted(complaints, key=lambda d: d.place)))

    def _bounded(
        self, blobs: Iterable[_Blob], cwd: Path, complaints: list[Diagnostic]
    ) -> Iterator[_Blob]:
        """What is not too large, by itself and together."""
        total = 0
        for blob in blobs:
            name = sources.name_of(self.root / blob.path, cwd)
            size = blob.size or 0
            if size > sources.MAX_BYTES:
                message = f"not read: it has more than {sources.MAX_BYTES:,} bytes"
                complaints.append(_complaint(name, message))
                continue
            total += size
            if total > sources.MAX_TOTAL_BYTES:
                message = f"more than {sources.MAX_TOTAL_BYTES:,} bytes of specs; from here on none"
                complaints.append(_complaint(name, f"{message} is read"))
                return
            yield blob

    def read(self, commit: str, path: Path) -> bytes:
        """A regular file's bytes; a relative path is relative to the top.

        Raises Unreadable with the reason, and Refused.
        """
        if "\0" in str(path):
            raise Unreadable("a path can't hold a NUL character")
        named = self.relative(path)
        if named is None:
            raise Unreadable(f"it lies outside the project's folder {self.root}")
        blob = next((each for each in self._blobs(commit, named) if each.path == named), None)
        if blob is None:
            raise Unreadable(f"there is no such file at {commit[:12]}")
        if (blob.size or 0) > sources.MAX_BYTES:
            raise Unreadable(f"it has more than {sources.MAX_BYTES:,} bytes")
        return next(self._contents(commit, [blob]))

    def _blobs(self, commit: str, path: Path) -> Iterator[_Blob]:
        """The regular files at and below a path."""
        command = ["ls-tree", "-r", "-z", "-l", "--full-tree", _checked(commit)]
        if path.parts:
            command += ["--", os.fspath(path)]
        for row in self._read(*command).split(b"\0"):
            if not row:
                continue
            facts, _, name = row.partition(b"\t")
            mode, _, digest, size = facts.split()
            if mode in _FILES:
                known = int(size) if size.isdigit() else None
                yield _Blob(Path(os.fsdecode(name)), digest, known)

    def _contents(self, commit: str, blobs: Sequence[_Blob]) -> Iterator[bytes]:
        """The data of each, by one process."""
        if any(blob.size is None for blob in blobs):
            raise _incomplete(commit)
        asked = b"".join(blob.digest + b"\n" for blob in blobs)
        data = self._read("cat-file", "--batch", given=asked) if blobs else b""
        start = 0
        for blob in blobs:
            end = data.find(b"\n", start)
            header = data[start:end].split()
            if end < 0 or header != [blob.digest, b"blob", str(blob.size).encode()]:
                raise _incomplete(commit)
            start = end + 1 + (blob.size or 0)
            yield data[end + 1 : start]
            start += 1

    def _read(self, *command: str, given: bytes = b"") -> bytes:
        """What git writes. Raises Refused where it fails."""
        return succeeded(command[0], self._run(*command, given=given)).stdout

    def _run(self, *command: str, given: bytes = b"") -> CompletedProcess[bytes]:
        where = (f"--git-dir={self.root / '.git'}", f"--work-tree={self.root}")
        # A partial clone would fetch what it lacks, with what its settings name: no protocol may.
        return call(*where, *command, given=given, more={"GIT_ALLOW_PROTOCOL": "none"})


def repository_of(path: Path, cwd: Path) -> Repository | None:
    """The repository that a path lies in, None where there is none."""
    root = sources.root_of(_absolute(cwd / path), cwd)
    return Repository(root) if os.path.lexists(root / ".git") else None


def base_of(repository: Repository, *, head: str, base: str) -> str:
    """The commit of the base branch that a pull request is compared with, which is there.

    `head` is the pull request's commit and `base` its event's. Where the merge of both is
    checked out, its first parent is what was merged into. Raises Refused with the way out.
    """
    into, *merged = repository.parents("HEAD") or ("",)
    first = (into,) if merged == [_checked(head)] else ()
    candidates: tuple[str, ...] = tuple(dict.fromkeys((*first, _checked(base))))
    for commit in candidates:
        if repository.has(commit):
            return commit
    reasons: dict[str, None] = {}
    for commit in candidates:
        try:
            repository.fetch(commit)
        except Refused as error:
            reasons[str(error)] = None
        if repository.has(commit):
            return commit
    why = f" ({'; '.join(reasons)})" if reasons else ""
    raise Refused(
        f"the base branch's specs can't be read: its commit {base[:12]} is not in the checkout, "
        f"and can't be fetched{why}; {_DEPTH}"
    )


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - `..` goes, links stay


def _sorted(blobs: Iterable[_Blob]) -> list[_Blob]:
    return sorted(blobs, key=lambda blob: blob.path.parts)


def _is_meant(path: Path, named: Path) -> bool:
    """Tell whether a file is one that was named, or one of a folder's that holds specs."""
    if path == named:
        return True
    below = path.relative_to(named)
    return sources.is_spec(path.name) and not any(part.startswith(".") for part in below.parts)


def _complaint(name: str, message: str) -> Diagnostic:
    return Diagnostic(Place(name), message, "too-many-files", "name the spec folder alone")


def _checked(commit: str) -> str:
    if _COMMIT.fullmatch(commit) is None:
        raise Refused(f"{commit[:80]!r} is not the name of a commit: 40 or 64 hex digits")
    return commit


def _incomplete(commit: str) -> Refused:
    return Refused(
        f"files of commit {commit[:12]} are not in the checkout: check out without `filter`"
    )
