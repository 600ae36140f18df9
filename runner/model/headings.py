"""What every document says of itself: kind, name and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.errors import Diagnostic, Place, Related
from runner.model.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from runner.documents import Document
    from runner.model.scope import Problems

KINDS = {
    "Project": "project",
    "Platform": "platform",
    "Job": "job",
    "StateMachine": "state machine",
}


@dataclass(frozen=True, slots=True)
class Heading:
    """A document's kind, name and fields.

    `start` is where the document begins, whatever the order of its keys, and `place` where
    its name stands.
    """

    kind: str
    name: str
    start: Place
    place: Place
    file: str
    metadata: Fields
    spec: Fields

    @property
    def description(self) -> str:
        """What the author says about it."""
        return self.metadata.text("description") or ""


def read(documents: Iterable[Document]) -> list[Heading]:
    """The headings of all documents that have a kind and a name, sorted by name and place."""
    found = []
    for document in documents:
        root = Fields.of(document.root, document.root.place)
        kind, metadata = root.text("kind"), root.below("metadata")
        name = metadata.text("name")
        if kind in KINDS and name is not None:
            place = metadata.place_of_value("name")
            start = document.root.place
            spec = root.below("spec")
            found.append(Heading(kind, name, start, place, document.file, metadata, spec))
    return sorted(found, key=lambda heading: (heading.name, heading.place))


def unique(headings: Sequence[Heading], kind: str, problems: Problems) -> dict[str, Heading]:
    """The documents of one kind by name, with a complaint about each that comes second."""
    found: dict[str, Heading] = {}
    for heading in headings:
        if heading.kind != kind:
            continue
        first = found.setdefault(heading.name, heading)
        if first is not heading:
            problems.append(
                Diagnostic(
                    heading.place,
                    f"there is another {KINDS[kind]} called {heading.name!r}",
                    "duplicate-name",
                    "give one of them another name",
                    related=(Related(first.place, "the first stands here"),),
                )
            )
    return found


def only_project(
    headings: Sequence[Heading],
    documents: Sequence[Document],
    problems: Problems,
    *,
    partial: bool,
) -> Heading | None:
    """The Project, with a complaint about each further one, or when there is none.

    With `partial` it may be what could not be read, which has been said.
    """
    projects = [heading for heading in headings if heading.kind == "Project"]
    projects.sort(key=lambda heading: heading.place)
    if not projects:
        if not partial:
            problems.append(_no_project(documents))
        return None
    first = projects[0]
    problems += [
        Diagnostic(
            other.place,
            "there is a second Project document",
            "two-projects",
            "keep one: it names the project that all these documents are part of",
            related=(Related(first.place, "the first stands here"),),
        )
        for other in projects[1:]
    ]
    return first


def _no_project(documents: Sequence[Document]) -> Diagnostic:
    place = min((document.root.place for document in documents), default=Place("."))
    return Diagnostic(
        place,
        "there is no Project document",
        "no-project",
        "add one: {apiVersion: stepfleet/v1, kind: Project, metadata: {name: my-project}, "
        "spec: {platform: NAME}}",
    )
