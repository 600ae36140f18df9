"""From a discovery to files that together with the project are valid."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from runner import discovery, sources
from runner.cli import project
from runner.cli.discovering import surroundings
from runner.cli.discovering.looking import is_new
from runner.discovery import Composed, Ground, Note, SpecFile
from runner.errors import Invalid
from runner.model import ProfileAuth
from runner.sources import SourceFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runner.cli.discovering.surroundings import Surroundings
    from runner.cli.discovering.wishes import Wishes
    from runner.discovery import Discovery, FileChange
    from runner.errors import Diagnostic

_MOST_TRIES = 3
_LEFT = {True: "not written, as it would not be valid", False: "left as it is"}


def file(found: Discovery, wishes: Wishes, around: Surroundings) -> Composed:
    """The files to write, which leave the project valid, and what is to be said about them.

    What would make it invalid is left out, and said. Raises Invalid where that does not help.
    """
    new = discovery.compose(found, _ground(found, around), definitions=wishes.definitions)
    old = discovery.outdated(found.machines)
    named = {one.job.place.file for one in old}
    files = {one.name: _spec_file(one) for one in around.found.files if one.name in named}
    changed = discovery.update(old, files)
    whole = Composed((*new.changes, *changed.changes), (*new.notes, *changed.notes))
    whole = _valid(whole, around)
    if not whole.changes:
        return whole
    return replace(whole, notes=(*whole.notes, *_notes(found, wishes, around, whole)))


def _spec_file(file: SourceFile) -> SpecFile:
    try:
        why = discovery.held_back(str(file.path))
    except OSError as error:
        why = f"the file can't be read any more: {error.strerror}"
    return SpecFile(str(file.path), file.name, file.data, why)


def _ground(found: Discovery, around: Surroundings) -> Ground:
    spec = around.spec
    folder = str(around.folder)
    machines = {} if spec is None else {one.name: one.definition for one in spec.machines.values()}
    default = found.platform.name
    if spec is not None and around.new_project is None:
        default = spec.project.platform or ""
    return Ground(
        folder=folder,
        shown="" if around.folder == Path.cwd() else sources.name_of(around.folder, Path.cwd()),
        present=_names_in(folder),
        definitions=_names_in(f"{folder}/{discovery.DEFINITIONS}"),
        jobs=frozenset() if spec is None else frozenset(spec.jobs),
        machines=machines,
        default_platform=default,
        schema=surroundings.schema_line(around.found),
        project=around.new_project,
        has_platform=not is_new(found.platform, spec),
    )


def _names_in(folder: str) -> frozenset[str]:
    try:
        return frozenset(os.listdir(folder))  # noqa: PTH208 - names alone
    except OSError:
        return frozenset()


# What would be invalid is not written


def _valid(composed: Composed, around: Surroundings) -> Composed:
    for _ in range(_MOST_TRIES):
        problems = _problems(composed.changes, around)
        if not problems:
            return composed
        wrong = surroundings.problems_by_file(problems)
        spoilt = {_owner(change) for change in composed.changes if change.name in wrong}
        if not spoilt:
            raise Invalid(tuple(problems))
        left = [change for change in composed.changes if _owner(change) not in spoilt]
        notes = [
            Note(f"{_LEFT[change.is_new]}: {wrong[change.name].message}", change.name)
            for change in composed.changes
            if change.name in wrong
        ]
        composed = Composed(tuple(left), (*composed.notes, *notes))
    raise Invalid(tuple(_problems(composed.changes, around)))


def _owner(change: FileChange) -> tuple[str, str]:
    """What stands and falls together: a job, or a StateMachine with its definition."""
    if change.machine is not None and not change.jobs:
        return "machine", change.machine
    return "file", change.name


def _problems(changes: Sequence[FileChange], around: Surroundings) -> Sequence[Diagnostic]:
    """The errors that the project would have with these files."""
    by_path = {change.path: change for change in changes}
    kept = [
        replace(one, data=by_path[str(one.path)].after) if str(one.path) in by_path else one
        for one in around.found.files
    ]
    new = [
        SourceFile(Path(change.path), change.name, change.after)
        for change in changes
        if change.is_new and sources.is_spec(change.path)
    ]
    whole = replace(around.found, files=(*kept, *new))
    if not whole.files or not changes:
        return ()
    written: Mapping[str, bytes] = {change.path: change.after for change in changes}
    built = project.build(whole, surroundings.reader(around.found, written))
    return () if built.spec is not None else built.diagnostics


def _notes(
    found: Discovery, wishes: Wishes, around: Surroundings, composed: Composed
) -> Sequence[Note]:
    notes: list[Note] = []
    if around.new_project is not None:
        text = (
            f"the project is called {around.new_project}, after its folder: choose its name "
            "before the first apply, as it is part of the identity of all work"
        )
        notes.append(Note(text))
    is_written = is_new(found.platform, around.spec)
    if is_written and isinstance(found.platform.auth, ProfileAuth):
        text = (
            f"the Platform {found.platform.name} names no profile, as others have other ones: "
            f"set AWS_PROFILE={found.platform.auth.profile}, or write its auth"
        )
        notes.append(Note(text))
    if wishes.write is not None and around.is_apart:
        notes.append(Note(f"from now on name {wishes.write} too where you name the specs"))
    return notes


def noted(found: Discovery, composed: Composed) -> Discovery:
    """The discovery with what is to be said of its files."""
    return replace(found, notes=(*found.notes, *composed.notes))
