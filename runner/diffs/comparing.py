"""What differs between the specs of a base branch and those of a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.diffs import definitions, jobs, settings
from runner.diffs.types import Changed, SpecChanges
from runner.model import AwsPlatform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import TypeVar

    from runner.errors import Place
    from runner.model import Job, Platform, Spec, StateMachine

    Made = TypeVar("Made", Job, StateMachine)

PROJECT = "project"
"""How the Project is named among settings, and its environment names among trust."""


def between(base: Spec | None, head: Spec) -> SpecChanges:
    """All that differs. Without a base everything is new.

    Where a document stands, how its file is named and how it is laid out is no difference.
    """
    old_jobs = base.jobs if base else {}
    old_machines = base.machines if base else {}
    return SpecChanges(
        jobs=tuple(_named(old_jobs, head.jobs, jobs.pair)),
        definitions=tuple(_named(old_machines, head.machines, definitions.pair)),
        trust=tuple(_trust(base, head)),
        settings=tuple(_settings(base, head)),
    )


def removed_jobs(base: Spec | None, head: Spec) -> tuple[str, ...]:
    """The names of the jobs that only the base branch has, sorted."""
    return tuple(sorted(base.jobs.keys() - head.jobs.keys())) if base else ()


def _named(
    base: Mapping[str, Made],
    head: Mapping[str, Made],
    pair: Callable[[Made | None, Made | None], tuple[str, str]],
) -> Iterator[Changed]:
    for name in sorted({*base, *head}):
        before, after = pair(base.get(name), head.get(name))
        place = (head[name] if name in head else base[name]).place
        yield from _changed(name, place, before, after)


def _trust(base: Spec | None, head: Spec) -> Iterator[Changed]:
    for name, place, old, new in _platforms(base, head):
        if AwsPlatform in (type(old), type(new)):
            yield from _changed(name, place, settings.trust(old), settings.trust(new))
    if base or head.project.environment:
        before = settings.environment(base.project if base else None)
        after = settings.environment(head.project)
        yield from _changed(PROJECT, head.project.place, before, after)


def _settings(base: Spec | None, head: Spec) -> Iterator[Changed]:
    before, after = settings.project(base.project if base else None, head.project)
    yield from _changed(PROJECT, head.project.place, before, after)
    for name, place, old, new in _platforms(base, head):
        yield from _changed(name, place, settings.platform(old), settings.platform(new))


def _platforms(
    base: Spec | None, head: Spec
) -> Iterator[tuple[str, Place, Platform | None, Platform | None]]:
    olds: Mapping[str, Platform] = base.platforms if base else {}
    for name in sorted({*olds, *head.platforms}):
        old, new = olds.get(name), head.platforms.get(name)
        either = new or old
        if either is not None:
            yield name, either.place, old, new


def _changed(name: str, place: Place, before: str, after: str) -> Iterator[Changed]:
    if before != after:
        yield Changed(name, place, before, after)
