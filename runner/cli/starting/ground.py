"""What is there before a project is started: folders, the repository, specs and workflows."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner import documents, git, sources, starting
from runner.cli import project
from runner.errors import Invalid, Refused
from runner.model import AwsPlatform
from runner.starting import hooks, recognising, workflows

if TYPE_CHECKING:
    from runner.model import Spec
    from runner.sources import Sources

_GITHUB = re.compile(
    r"(?:https?://|ssh://|git@)(?:[^/@]*@)?[^/:]*github[^/:]*(?::\d+)?[:/]+"
    r"(?P<slug>[\w.-]+/[\w.-]+?)(?:\.git)?/?",
    re.ASCII,
)
BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*", re.ASCII)
"""Branches whose names mean themselves in a workflow's patterns."""

_MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Ground:
    """What stands where a project is to be.

    `folder` is the project's, absolute; `top` is the repository's, or the same where there is
    none. `specs` leads from `top` to the specs. `documents` are kind and name of what their files
    hold; `spec` is the project that they make, if need be with a Project of the name `name`, as
    they lack theirs; None where nothing is there. `slug` is ORG/REPO on GitHub. `odd_branch` is
    the branch that git tells where no workflow can name it, so that `branch` is another.
    """

    folder: Path
    top: Path
    specs: str
    found: Sources
    documents: frozenset[tuple[str, str]]
    has_project: bool
    spec: Spec | None
    in_repository: bool
    slug: str | None
    branch: str
    odd_branch: str | None
    name: str

    def platform(self) -> AwsPlatform | None:
        """The project's platform of AWS: its default one, or the only one."""
        if self.spec is None or not any(kind == "Platform" for kind, _ in self.documents):
            return None
        named = self.spec.platforms.get(self.spec.project.platform or "")
        if isinstance(named, AwsPlatform):
            return named
        all_of_aws = [
            each for each in self.spec.platforms.values() if isinstance(each, AwsPlatform)
        ]
        return all_of_aws[0] if len(all_of_aws) == 1 else None

    def workflow(self, command: str) -> str | None:
        """The path from `top` of a workflow that runs the command for these specs already."""
        folder = self.top / workflows.FOLDER
        for found in sorted(folder.glob("*.y*ml")) if folder.is_dir() else ():
            path = f"{workflows.FOLDER}/{found.name}"
            if recognising.runs(self.text_of(path), command, self.specs):
                return path
        return None

    def text_of(self, path: str) -> str:
        """The text of a file by its path from `top`; empty where it can't be read."""
        return _text_of(self.top / path) or ""

    def hooks(self) -> str | None:
        """The text of the configuration of pre-commit; None where there is none."""
        return _text_of(self.top / hooks.PATH)


def look(folder: Path) -> Ground:
    """See what is there. Raises Invalid where a project is there that is not valid.

    Raises click.UsageError where the folder is a file, and Refused where specs can't be read.
    """
    cwd = Path.cwd()
    whole = Path(os.path.abspath(cwd / folder))  # noqa: PTH100 - `..` goes, links stay
    if os.path.lexists(whole) and not whole.is_dir():
        raise click.UsageError(f"{folder} is no folder")
    repository = git.repository_of(whole, cwd)
    top = whole if repository is None else repository.root
    specs = whole / "specs"
    found = sources.read([specs], cwd=cwd) if os.path.lexists(specs) else _nothing(top)
    held = _documents(found)
    origin, branch = _of_repository(repository)
    slug = _GITHUB.fullmatch(origin) if origin else None
    own = slug["slug"].partition("/")[2] if slug and whole == top else whole.name
    name = starting.project_name(own)
    has_project = any(kind == "Project" for kind, _ in held)
    return Ground(
        folder=whole,
        top=top,
        specs=specs.relative_to(top).as_posix(),
        found=found,
        documents=held,
        has_project=has_project,
        spec=_spec(found if has_project else _completed(found, held, name)) if held else None,
        in_repository=repository is not None,
        slug=slug["slug"] if slug else None,
        branch=branch if branch and BRANCH.fullmatch(branch) else "main",
        odd_branch=branch if branch and not BRANCH.fullmatch(branch) else None,
        name=name,
    )


def _nothing(top: Path) -> Sources:
    return sources.Sources((), top, ())


def _of_repository(repository: git.Repository | None) -> tuple[str | None, str | None]:
    """The address of `origin`, and the branch that others start from, as far as git tells."""
    if repository is not None:
        with suppress(Refused):
            return repository.origin(), repository.default_branch()
    return None, None


def _documents(found: Sources) -> frozenset[tuple[str, str]]:
    parsed = (documents.parse(file.data, file.name) for file in found.files)
    return frozenset(_heading(each) for one in parsed for each in one.documents)


def _heading(document: documents.Document) -> tuple[str, str]:
    data = documents.plain(document.root)
    if not isinstance(data, dict):
        return "", ""
    metadata = data.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return str(data.get("kind")), str(name)


def _completed(found: Sources, held: frozenset[tuple[str, str]], name: str) -> Sources:
    """The specs with a Project, and with a Platform where they have none."""
    platforms = sorted(name for kind, name in held if kind == "Platform")
    text = starting.specs.platform_text("us-east-1", None) if not platforms else None
    default = platforms[0] if platforms else starting.specs.AWS
    file = starting.specs.project("specs", name, default, text)
    extra = sources.SourceFile(Path(file.path), file.path, file.text.encode())
    return sources.Sources((*found.files, extra), found.root, found.diagnostics)


def _spec(found: Sources) -> Spec:
    """The project that is there, which has to be valid to be added to."""
    built = project.build(found, lambda name: sources.read_below(found.root, Path.cwd() / name))
    if built.spec is None:
        raise Invalid(built.diagnostics)
    return built.spec


def _text_of(path: Path) -> str | None:
    try:
        return sources.read_regular(path, most=_MOST_BYTES).decode("utf-8", "replace")
    except sources.Unreadable:
        return None
