"""The specs as far as they can be read: what is wrong with one document hides no other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runner import documents, graph, model, schema, selection, sources
from runner.cli import collector, project
from runner.cli.options import DEFAULT_PATHS
from runner.errors import Refused, has_errors
from runner.report import plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runner.cli.options import Wish
    from runner.documents import Document
    from runner.errors import Diagnostic
    from runner.model import Job, Spec
    from runner.sources import Sources
    from runner.values import Json


@dataclass(frozen=True, slots=True)
class Specs:
    """What the specs came to. `spec` is None where not even a Project can be read.

    `told` says what valid ones hold. `jobs` are those selected, with all that they need.
    """

    spec: Spec | None
    diagnostics: tuple[Diagnostic, ...]
    files: int
    told: str
    jobs: Mapping[str, Job]
    variables: Mapping[str, Json]


@collector.resting()
def read(
    paths: Sequence[Path], wish: Wish, *, var: Mapping[str, str], var_file: Sequence[Path]
) -> Specs:
    """Read what can be read. Raises Refused for a var file or a selection that is wrong."""
    found = sources.read(paths or DEFAULT_PATHS, cwd=Path.cwd())
    whole = project.build(found, project.reader(found))
    spec = whole.spec or _part(found)
    if spec is None:
        return Specs(None, whole.diagnostics, whole.files, "", {}, {})
    values, complaints = project.values_of(
        spec.project, options=var, var_files=var_file, root=found.root
    )
    jobs = _jobs(spec, wish, is_whole=whole.spec is not None)
    told = project.told(whole).removesuffix(".") + _switched_off(jobs)
    return Specs(spec, (*whole.diagnostics, *complaints), whole.files, told, jobs, values)


def _jobs(spec: Spec, wish: Wish, *, is_whole: bool) -> Mapping[str, Job]:
    """The jobs to look at. Of specs that are read in part, a pattern may have lost its job."""
    order = graph.build({name: _known(job.needs, spec.jobs) for name, job in spec.jobs.items()})
    try:
        chosen = selection.select(order, spec.jobs, select=wish.select, exclude=wish.exclude)
    except Refused:
        if is_whole:
            raise
        chosen = frozenset(spec.jobs)
    concerned = chosen | order.ancestors_of(*chosen)
    return {name: job for name, job in spec.jobs.items() if name in concerned}


def _known(needs: Sequence[str], jobs: Mapping[str, Job]) -> tuple[str, ...]:
    return tuple(name for name in needs if name in jobs)


_PLACES = ("Project", "Platform")


def _part(found: Sources) -> Spec | None:
    """The project of those documents that nothing is wrong with; else its platforms alone."""
    readable = [
        document
        for file in found.files
        for document in documents.parse(file.data, file.name).documents
        if not has_errors(schema.check(document))
    ]
    spec, complaints = _built(readable, found)
    if spec is not None:
        return spec
    sound = _without(readable, complaints)
    platforms = [each for each in sound if _kind(each) in _PLACES]
    return _built(sound, found)[0] or _built(platforms, found)[0]


def _built(
    chosen: Sequence[Document], found: Sources
) -> tuple[Spec | None, tuple[Diagnostic, ...]]:
    return model.build(chosen, read_file=project.reader(found), partial=True)


def _without(
    readable: Sequence[Document], complaints: Sequence[Diagnostic]
) -> tuple[Document, ...]:
    """The documents in which no error stands."""
    wrong = {
        max(begun)
        for each in complaints
        if has_errors((each,))
        and (
            begun := [
                document.root.place
                for document in readable
                if document.file == each.place.file and document.root.place <= each.place
            ]
        )
    }
    return tuple(each for each in readable if each.root.place not in wrong)


def _kind(document: Document) -> Json:
    data = documents.plain(document.root)
    return data.get("kind") if isinstance(data, dict) else None


def _switched_off(jobs: Mapping[str, Job]) -> str:
    """That of some jobs only what a plan needs is looked at."""
    idle = sum(job.condition is False for job in jobs.values())
    if not idle:
        return ""
    which = "it" if idle == 1 else "them"
    return f"; {plural(idle, 'job')} switched off: no start of {which} is checked"
