"""Checked documents to a project, with everything that is wrong between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from runner.errors import has_errors
from runner.model import (
    cycles,
    headings,
    job_parameters,
    jobs,
    keys,
    machines,
    platforms,
    projects,
)
from runner.model.scope import Scope
from runner.model.types import Spec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from runner.documents import Document
    from runner.errors import Diagnostic
    from runner.model.headings import Heading
    from runner.model.types import Project

Made = TypeVar("Made")


def build(
    documents: Sequence[Document], *, read_file: Callable[[str], bytes], partial: bool = False
) -> tuple[Spec | None, tuple[Diagnostic, ...]]:
    """Make a project of all its documents, those too that the schema complained about.

    What the schema has said is not said again. The diagnostics are sorted by place. The
    Spec is None when one of them is an error, and when the schema has refused something
    without which there is none.

    `read_file` gives the bytes of a definition file, whose path is relative to what the
    documents' file names are relative to. It may raise OSError or ValueError. With `partial`
    documents are missing whose text could not be read, and unknown names are no complaint;
    nor are they when a document is of no known kind or has no name.
    """
    problems: list[Diagnostic] = list(keys.refuse(documents))
    heads = headings.read(documents)
    partial = partial or len(heads) < len(documents)
    head = headings.only_project(heads, documents, problems, partial=partial)
    by_kind = {
        kind: headings.unique(heads, kind, problems) for kind in ("Platform", "Job", "StateMachine")
    }
    project = projects.build(head, problems) if head else None
    scope = _scope(head, project, by_kind, partial=partial or project is None)
    if head is not None and project is not None and project.platform is not None:
        place = head.spec.place_of_value("platform")
        problems += scope.unknown_platform("platform", project.platform, place)
    defaults = projects.defaults(head.spec) if head else projects.Defaults()
    made = {name: jobs.build(h, scope, defaults, problems) for name, h in by_kind["Job"].items()}
    made_platforms = {
        name: platforms.build(h, scope, problems) for name, h in by_kind["Platform"].items()
    }
    made_machines = {
        name: machines.build(h, read_file, problems) for name, h in by_kind["StateMachine"].items()
    }
    spec_jobs = _present(made)
    problems += cycles.cycles(spec_jobs)
    problems.sort(key=lambda problem: (problem.place, problem.message))
    if project is None or has_errors(problems):
        return None, tuple(problems)
    spec = Spec(project, _present(made_platforms), spec_jobs, _present(made_machines))
    return spec, tuple(problems)


def _scope(
    head: Heading | None,
    project: Project | None,
    by_kind: Mapping[str, Mapping[str, Heading]],
    *,
    partial: bool,
) -> Scope:
    return Scope(
        variables={variable.name: variable for variable in project.variables} if project else {},
        environment=frozenset(project.environment if project else ()),
        jobs={name: job_parameters.directions(head) for name, head in by_kind["Job"].items()},
        platforms=by_kind["Platform"].keys(),
        default_platform=project.platform if project else None,
        partial=partial,
        unclear=projects.unclear(head.spec if head else None),
    )


def _present(made: Mapping[str, Made | None]) -> dict[str, Made]:
    return {name: value for name, value in made.items() if value is not None}
