"""The project that a discovery is for: what it has already, and where new documents go."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from runner import discovery, documents, sources
from runner.cli import collector, project
from runner.cli.options import DEFAULT_PATHS
from runner.discovery import rendering
from runner.documents import ScalarNode, find
from runner.errors import Invalid, Refused, has_errors
from runner.sources import SourceFile, Sources

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from runner.cli.discovering.wishes import Wishes
    from runner.cli.project import Project
    from runner.discovery import FileChange
    from runner.documents import Document
    from runner.errors import Diagnostic
    from runner.model import Spec
    from runner.values import Json

_SCHEMA = re.compile(rb"\A(?:\xef\xbb\xbf)?# yaml-language-server: \$schema=([!-~]+)")
_MISSING = "missing-variable"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What was read. `spec` is None where nothing is there yet.

    `folder` is where new documents go, absolute; `root` is the folder that they must not leave.
    `new_project` is the name of a Project to write, None where there is one. `is_apart` tells that
    the paths lead to specs, and not to `folder`.
    """

    found: Sources
    spec: Spec | None
    variables: Mapping[str, Json]
    folder: Path
    root: Path
    new_project: str | None
    is_apart: bool


@dataclass(frozen=True, slots=True)
class _Places:
    """Where to read, and where to write."""

    paths: tuple[Path, ...]
    folder: Path
    root: Path
    is_apart: bool

    def read(self) -> Sources:
        if not self.paths:
            return Sources((), self.root, ())
        return sources.read(self.paths, cwd=Path.cwd())


def _places(wishes: Wishes) -> _Places:
    cwd = Path.cwd()
    folder = Path(os.path.abspath(cwd / (wishes.write or DEFAULT_PATHS[0])))  # noqa: PTH100
    paths = [*(wishes.paths or (path for path in DEFAULT_PATHS if path.exists()))]
    is_apart = wishes.write is not None and not _leads_to(paths, folder, cwd)
    if is_apart and folder.is_dir():
        paths.append(folder)
    root = sources.root_of(paths[0] if paths else folder, cwd)
    return _Places(tuple(paths), folder, root, is_apart)


@collector.resting()
def read(wishes: Wishes) -> Surroundings:
    """Read the project that is at the paths and in the folder to write to.

    Raises Invalid where that is not valid, and Refused for a folder that can't be written to.
    """
    places = _places(wishes)
    if wishes.write is not None:
        discovery.check_folder(str(places.folder), str(places.root))
    found = places.read()
    name = discovery.project_name(str(places.root))
    spec, new_project = _spec(found, wishes, name)
    return Surroundings(
        found=found,
        spec=spec,
        variables=_variables(spec, found, wishes),
        folder=places.folder,
        root=places.root,
        new_project=new_project,
        is_apart=places.is_apart and bool(wishes.paths or found.files),
    )


def again(around: Surroundings, wishes: Wishes) -> Surroundings:
    """The project as it is now, which takes no time where it is as it was. Raises as `read`."""
    return read(wishes) if _has_changed(around, wishes) else around


def check(around: Surroundings, wishes: Wishes) -> None:
    """Raise Refused where the sources are not any more those that were read."""
    if _has_changed(around, wishes):
        raise Refused(
            "the specs were changed while the new ones were made; nothing was written. "
            "Discover again."
        )


def check_written(around: Surroundings, wishes: Wishes, written: Sequence[FileChange]) -> None:
    """Raise Refused where others wrote at the same time what does not go with what was written."""
    expected = {str(file.path): file.data for file in around.found.files}
    expected |= {one.path: one.after for one in written if sources.is_spec(one.path)}
    if {str(file.path): file.data for file in _places(wishes).read().files} == expected:
        return
    try:
        read(wishes)
    except Invalid as error:
        raise Refused(
            "others wrote specs at the same time, and together they are not valid: "
            "see stepfleet validate"
        ) from error


def _has_changed(around: Surroundings, wishes: Wishes) -> bool:
    now = _places(wishes).read()
    return now.files != around.found.files or has_errors(now.diagnostics)


def _leads_to(paths: Sequence[Path], folder: Path, cwd: Path) -> bool:
    """Tell whether specs in the folder are read with those of the paths, unless it is hidden."""
    tops = [Path(os.path.abspath(cwd / path)) for path in paths]  # noqa: PTH100
    return any(
        folder.is_relative_to(top)
        and not any(part.startswith(".") for part in folder.relative_to(top).parts)
        for top in tops
    )


def _spec(found: Sources, wishes: Wishes, name: str) -> tuple[Spec | None, str | None]:
    """The project, and the name of the Project document that it lacks."""
    if not found.files and not has_errors(found.diagnostics):
        return None, name
    built = project.build(found, reader(found, {}))
    if not any(problem.code == "no-project" for problem in built.diagnostics):
        return _valid(built), None
    stand_in = _stand_in(found, wishes, name)
    return _valid(project.build(stand_in, reader(found, {}))), name


def _valid(built: Project) -> Spec:
    if built.spec is None:
        raise Invalid(built.diagnostics)
    return built.spec


def _stand_in(found: Sources, wishes: Wishes, name: str) -> Sources:
    """The sources with a Project, whose default platform is the one that will be chosen."""
    platform = wishes.platform or next(iter(_platforms(found)), None)
    text = rendering.project(name, platform)
    file = SourceFile(found.root / "project.yaml", "project.yaml", text.encode())
    return replace(found, files=(*found.files, file))


def _platforms(found: Sources) -> Sequence[str]:
    parsed = [one for file in found.files for one in documents.parse(file.data, "").documents]
    return [
        name
        for one in parsed
        if _text(one, "kind") == "Platform"
        and _text(one, "spec", "type") == "aws-step-functions"
        and (name := _text(one, "metadata", "name")) is not None
    ]


def _text(document: Document, *path: str) -> str | None:
    node = find(document.root, path)
    return node.value if isinstance(node, ScalarNode) and isinstance(node.value, str) else None


def _variables(spec: Spec | None, found: Sources, wishes: Wishes) -> Mapping[str, Json]:
    """The values that are known; one without a value is no reason to refuse. Raises Invalid."""
    if spec is None:
        return {}
    values, complaints = project.values_of(
        spec.project, options=wishes.var, var_files=wishes.var_file, root=found.root
    )
    wrong = tuple(problem for problem in complaints if problem.code != _MISSING)
    if has_errors(wrong):
        raise Invalid(wrong)
    return values


def reader(found: Sources, new: Mapping[str, bytes]) -> Callable[[str], bytes]:
    """Reads a file that a document names: one of `new`, by absolute path, or one that is there."""

    def read_file(name: str) -> bytes:
        path = Path.cwd() / name
        planned = new.get(str(path))
        return sources.read_below(found.root, path) if planned is None else planned

    return read_file


def schema_line(found: Sources) -> Callable[[str], str]:
    """The comment that names the schema, for a new file by its path, as other files have it.

    A relative path is turned into one from the new file; one that leads nowhere is left out.
    """
    named = [
        (file.path.parent, match[1].decode())
        for file in found.files
        if (match := _SCHEMA.match(file.data)) is not None
    ]
    addresses = [text for _, text in named if "://" in text]
    files = [
        path
        for parent, text in named
        if "://" not in text and (path := Path(os.path.normpath(parent / text))).is_file()
    ]

    def line(path: str) -> str:
        if files:
            relative = os.path.relpath(files[0], Path(path).parent).replace(os.sep, "/")
            return f"# yaml-language-server: $schema={relative}\n"
        return f"# yaml-language-server: $schema={addresses[0]}\n" if addresses else ""

    return line


def problems_by_file(problems: Sequence[Diagnostic]) -> Mapping[str, Diagnostic]:
    """The first error of each file."""
    return {problem.place.file: problem for problem in reversed(problems) if has_errors([problem])}
