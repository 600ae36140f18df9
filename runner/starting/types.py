"""What a start of a project consists of, as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that a project is to have.

    `path` is relative to the top folder and has `/` between its parts. `documents` are kind and
    name of each spec document in it; of other files there are none.
    """

    path: str
    text: str
    documents: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Roles:
    """The ARNs of the roles in AWS that the two workflows take."""

    plan: str
    apply: str


@dataclass(frozen=True, slots=True)
class Setting:
    """What the workflows of a project depend on.

    `specs` is the folder of the specs, from the repository's top. `roles` are None for a project
    on the embedded engine alone; with roles, `embedded_engine` tells that some of its jobs run on
    that too. `release` is the commit of Stepfleet's own release, None where a person has yet to
    put it in.
    """

    specs: str = "specs"
    branch: str = "main"
    roles: Roles | None = None
    release: str | None = None
    embedded_engine: bool = False
