"""Bringing the types in jobs that are there up to date, as values. Nothing is written here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.discovery import splicing
from runner.discovery.composing import Composed
from runner.discovery.types import ACTIVE, FileChange, Note
from runner.inventory import DescribedMachine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from runner.discovery.types import Found, KnownJob
    from runner.model import MachineType


@dataclass(frozen=True, slots=True)
class Outdated:
    """A job that does not say of which type its machine is, or says another one."""

    job: KnownJob
    type: MachineType


def outdated(machines: Iterable[Found]) -> tuple[Outdated, ...]:
    """The jobs whose type is not what AWS has."""
    return tuple(
        Outdated(job, found.seen.type)
        for found in machines
        if isinstance(found.seen, DescribedMachine) and found.seen.status == ACTIVE
        for job in found.jobs
        if job.is_here
        if job.type is not found.seen.type and (job.is_literal or job.type is not None)
    )


@dataclass(frozen=True, slots=True)
class SpecFile:
    """A file of the project: where it really lies, what people call it, and what it holds.

    `held_back` is why it is to be left as it is, if it is.
    """

    path: str
    name: str
    data: bytes
    held_back: str | None = None


def update(old: Sequence[Outdated], files: Mapping[str, SpecFile]) -> Composed:
    """Put the types into the files, by their names; what can't be is said."""
    changes: list[FileChange] = []
    notes = [_with_variables(one) for one in old if not one.job.is_literal]
    by_file: dict[str, list[Outdated]] = {}
    for one in old:
        if one.job.is_literal:
            by_file.setdefault(one.job.place.file, []).append(one)
    for name, wrong in by_file.items():
        file = files[name]
        if file.held_back is not None:
            notes += [_by_hand(one, f", as {file.held_back}") for one in wrong]
            continue
        types = {one.job.name: one.type for one in wrong}
        after, done = splicing.set_types(file.data, name, types)
        notes += [_by_hand(one) for one in wrong if one.job.name not in done]
        if after != file.data:
            jobs = tuple(sorted(done))
            changes.append(FileChange(file.path, name, after, file.data, jobs=jobs))
    return Composed(tuple(changes), tuple(notes))


def _with_variables(one: Outdated) -> Note:
    return _note(one, f"is {one.type.value} with these values of variables")


def _by_hand(one: Outdated, why: str = "") -> Note:
    said = one.type.value
    return _note(one, f"is {said}; write stepFunctionsType: {said} by hand{why}")


def _note(one: Outdated, text: str) -> Note:
    return Note(f"its state machine {text}", f"{one.job.name} ({one.job.place})")
