"""From paths to a valid project and the values of its variables."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runner import documents, graph, model, schema, sources, variables
from runner.cli import collector
from runner.cli.options import DEFAULT_PATHS
from runner.errors import Diagnostic, Invalid, Refused, has_errors
from runner.report import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from runner.documents import Document, Parsed
    from runner.graph import Graph
    from runner.model import Spec
    from runner.sources import Sources
    from runner.values import Json


@dataclass(frozen=True, slots=True)
class Project:
    """What the specs came to. `spec` is None when a diagnostic is an error.

    `root` is the folder outside of which nothing is read.
    """

    spec: Spec | None
    root: Path
    files: int
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A valid project, its graph, and the values of its variables."""

    spec: Spec
    graph: Graph
    variables: Mapping[str, Json]
    warnings: tuple[Diagnostic, ...]


@collector.resting()
def read(paths: Sequence[Path]) -> Project:
    """Read and check every spec below the paths, and tell everything that is wrong."""
    found = sources.read(paths or DEFAULT_PATHS, cwd=Path.cwd())
    return build(found, reader(found))


def build(found: Sources, read_file: Callable[[str], bytes]) -> Project:
    """Check specs that were read, and make the project of them.

    `read_file` gives the bytes of a file that a document names, by a path that is relative to
    what the names of the sources are relative to. It may raise OSError or ValueError.
    """
    diagnostics = list(found.diagnostics)
    read_documents: list[Document] = []
    for file in found.files:
        parsed = documents.parse(file.data, file.name)
        diagnostics += parsed.diagnostics
        read_documents += parsed.documents
    unread = has_errors(diagnostics)
    for document in read_documents:
        diagnostics += schema.check(document)
    spec, complaints = model.build(read_documents, read_file=read_file, partial=unread)
    diagnostics += complaints
    if has_errors(diagnostics):
        spec = None
    told = model.conceal(diagnostics, read_documents)
    return Project(spec, found.root, len(found.files), told)


def load(paths: Sequence[Path], *, options: Mapping[str, str], var_files: Sequence[Path]) -> Loaded:
    """Read a project that has to be valid, and give its variables their values.

    Raises Invalid.
    """
    return complete(read(paths), options=options, var_files=var_files)


def complete(project: Project, *, options: Mapping[str, str], var_files: Sequence[Path]) -> Loaded:
    """A project that has to be valid with the values of its variables. Raises Invalid."""
    if project.spec is None:
        raise Invalid(project.diagnostics)
    given, complaints = values_of(
        project.spec.project, options=options, var_files=var_files, root=project.root
    )
    diagnostics = (*project.diagnostics, *complaints)
    if has_errors(diagnostics):
        raise Invalid(diagnostics)
    needs = {name: job.needs for name, job in project.spec.jobs.items()}
    return Loaded(project.spec, graph.build(needs), given, diagnostics)


def values_of(
    project: model.Project,
    *,
    options: Mapping[str, str],
    var_files: Sequence[Path],
    root: Path,
) -> tuple[Mapping[str, Json], tuple[Diagnostic, ...]]:
    """The values of a project's variables, and every complaint about what was given.

    Raises Refused for a var file that can't be read below `root`.
    """
    parsed = [_var_file(root, path) for path in var_files]
    given, complaints = variables.resolve(
        project, options=options, files=parsed, environ=os.environ
    )
    return given, (*(each for file in parsed for each in file.diagnostics), *complaints)


def given_to(
    project: model.Project,
    *,
    options: Mapping[str, str],
    var_files: Sequence[Path],
    root: Path,
) -> frozenset[str]:
    """The names of a project's variables that are given a value. Raises Refused as `values_of`."""
    parsed = [_var_file(root, path) for path in var_files]
    return variables.given(project, options=options, files=parsed, environ=os.environ)


def told(project: Project) -> str:
    """What a valid project holds, in a sentence."""
    if project.spec is None:
        return ""
    spec = project.spec
    counts = (
        plural(len(spec.jobs), "job"),
        plural(len(spec.machines), "state machine"),
        plural(len(spec.platforms), "platform"),
    )
    files = plural(project.files, "file")
    return f"{spec.project.name} is valid: {', '.join(counts)} in {files}."


def _var_file(root: Path, path: Path) -> Parsed:
    try:
        return documents.parse(sources.read_below(root, Path.cwd() / path), str(path))
    except (OSError, ValueError) as error:
        raise Refused(f"the var file {path} can't be read: {error}") from error


def reader(found: Sources) -> Callable[[str], bytes]:
    """Reads a file that a document names, by the path that the document's own name leads to."""
    return lambda name: sources.read_below(found.root, Path.cwd() / name)
