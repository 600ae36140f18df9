"""Which files a discovery would write or change, as values. Nothing is written here."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runner import values
from runner.discovery import rendering
from runner.discovery.naming import FileNames, names_for
from runner.discovery.types import ACTIVE, FileChange, Note, arn_of
from runner.inventory import DescribedMachine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from runner.discovery.types import Discovery, Found

DEFINITIONS = "definitions"
"""The folder of StateMachine documents, in the folder that is written to."""

_NAMED = 3
_STATE_MACHINE = re.compile(r"[A-Za-z0-9_-]{1,80}")
_PROJECT_NAME = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Ground:
    """Where the new documents go, and what the project has already.

    `folder` is absolute, and `shown` is what people call it: nothing where they stand in it.
    `present` and `definitions` are the names of what lies in it and in its folder of definitions.
    `machines` are the definitions of the StateMachine documents by name. `schema` gives the comment
    that names the schema in a file of the folder with this absolute path, or nothing. `project` is
    the name of a Project that is to be written; `has_platform` tells that the Platform is there.
    """

    folder: str
    shown: str
    present: frozenset[str] = frozenset()
    definitions: frozenset[str] = frozenset()
    jobs: frozenset[str] = frozenset()
    machines: Mapping[str, values.Json] = field(default_factory=dict)
    default_platform: str | None = None
    schema: Callable[[str], str] = field(default=lambda _: "")
    project: str | None = None
    has_platform: bool = True


@dataclass(frozen=True, slots=True)
class Composed:
    """The files to write, and what is to be said about them."""

    changes: tuple[FileChange, ...]
    notes: tuple[Note, ...] = ()


def compose(discovery: Discovery, ground: Ground, *, definitions: bool) -> Composed:
    """The new files: Platform and Project where they are missing, a Job for each new machine,
    and with `definitions` a StateMachine for each that has none.

    Each stands behind those that it needs, so that the first ones alone are of use too.
    """
    names = FileNames(ground.present)
    changes = [*_head(discovery, ground, names)]
    notes = [*_held_back(discovery.machines)]
    new = [
        (found, found.seen)
        for found in discovery.machines
        if found.is_new and isinstance(found.seen, DescribedMachine)
    ]
    can_stand = [(found, machine) for found, machine in new if _can_be_named(machine, notes)]
    jobs = names_for([machine.arn for _, machine in can_stand], ground.jobs)
    for found, machine in can_stand:
        job = jobs[machine.arn]
        text = rendering.job(_job(found, machine, job, discovery, ground))
        file = names.new(job, ".yaml", str(machine.arn))
        changes.append(_new(ground, file, text, machine=machine.arn.name, jobs=(job,)))
        left = rendering.left_out(found.inferred) if found.inferred else ()
        if left:
            unfit = ", ".join(map(repr, left))
            text = f"no parameter may have these names that its definition uses: {unfit}"
            notes.append(Note(text, machine.arn.name))
    if definitions:
        beside = FileNames(ground.definitions)
        for found in discovery.machines:
            changes += _definition(found, ground, beside, notes)
    return Composed(tuple(changes), tuple(notes))


def _held_back(machines: Iterable[Found]) -> Iterator[Note]:
    """Why machines that no job is known to run get none."""
    for found in machines:
        if found.maybe and not found.jobs:
            jobs = ", ".join(f"{job.name} ({job.place})" for job in found.maybe[:_NAMED])
            text = (
                f"no job is written, as {jobs} may run it, with other values of variables or on "
                "another platform"
            )
            yield Note(text, arn_of(found.seen).name)


def project_name(folder: str) -> str:
    """A name for a project, from that of its folder."""
    name = _PROJECT_NAME.sub("-", os.path.basename(folder)).strip("-_")  # noqa: PTH119 - a text
    return name[:63] if name[:1].isalpha() else "my-project"


def _can_be_named(machine: DescribedMachine, notes: list[Note]) -> bool:
    name = machine.arn.name
    if values.lone_surrogate(name) is None:
        return True
    notes.append(Note("half of a character is in its name, which no file can hold", name))
    return False


def _head(discovery: Discovery, ground: Ground, names: FileNames) -> Iterator[FileChange]:
    platform = discovery.platform
    if not ground.has_platform:
        text = rendering.platform(platform, discovery.account)
        yield _new(ground, names.new(f"platform_{platform.name}", ".yaml", platform.name), text)
    if ground.project is not None:
        text = rendering.project(ground.project, platform.name)
        yield _new(ground, names.new("project", ".yaml", ground.project), text)


def _job(
    found: Found, machine: DescribedMachine, name: str, discovery: Discovery, ground: Ground
) -> rendering.JobText:
    platform, arn = discovery.platform, machine.arn
    account = platform.account_id or discovery.account
    is_short = (arn.region, arn.account) == (platform.region, account)
    return rendering.JobText(
        name=name,
        machine=machine,
        state_machine=arn.name if is_short else arn.unqualified,
        platform=None if ground.default_platform == platform.name else platform.name,
        inferred=found.inferred,
    )


def _definition(
    found: Found, ground: Ground, beside: FileNames, notes: list[Note]
) -> Iterator[FileChange]:
    machine = found.seen
    if not isinstance(machine, DescribedMachine) or machine.status != ACTIVE:
        return
    name, text = machine.arn.name, machine.definition
    if text is None:
        notes.append(Note("its definition may not be read, so it can't be written", name))
    elif name in ground.machines:
        if not _is_same(ground.machines[name], text):
            text = (
                "its definition in AWS differs from that of the StateMachine document; remove the "
                "document and its file, and they are written anew"
            )
            notes.append(Note(text, name))
    elif not _STATE_MACHINE.fullmatch(name) or values.lone_surrogate(text) is not None:
        text = "no StateMachine document can have this name or hold its definition"
        notes.append(Note(text, name))
    else:
        file = beside.new(name, ".asl.json", str(machine.arn))
        document = rendering.state_machine(machine, file, found.tasks)
        yaml = beside.new(name, ".yaml", str(machine.arn))
        yield _new(ground, f"{DEFINITIONS}/{file}", rendering.definition(text), machine=name)
        yield _new(ground, f"{DEFINITIONS}/{yaml}", document, machine=name)


def _is_same(mine: values.Json, text: str) -> bool:
    try:
        return values.canonical(values.parse(text)) == values.canonical(mine)
    except (values.NotJson, values.TooLarge):
        return False


def _new(
    ground: Ground,
    file: str,
    text: str,
    *,
    machine: str | None = None,
    jobs: tuple[str, ...] = (),
) -> FileChange:
    path = f"{ground.folder}/{file}"
    head = ground.schema(path) if file.endswith(".yaml") else ""
    shown = f"{ground.shown}/{file}" if ground.shown else file
    return FileChange(path, shown, f"{head}{text}".encode(), machine=machine, jobs=jobs)
