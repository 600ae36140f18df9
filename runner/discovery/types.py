"""What a discovery is about: what was asked for, what was found, and what it would write."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runner.inventory import DescribedMachine, UndescribedMachine

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from runner.arns import MachineArn
    from runner.definitions import TaskState
    from runner.errors import Place, ProviderError
    from runner.inference import Inferred
    from runner.inventory import ListedMachine
    from runner.model import AwsPlatform, MachineType

ACTIVE = "ACTIVE"


@dataclass(frozen=True, slots=True)
class Filters:
    """Which machines are wanted: all that pass each of these.

    `names` are globs (`*`, `?`), of which one has to match; `tags` are the values that a machine
    may have of each key, any value where there are none.
    """

    names: tuple[str, ...] = ()
    type: MachineType | None = None
    tags: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def is_any(self) -> bool:
        """Tell whether anything is filtered."""
        return bool(self.names or self.type or self.tags)


@dataclass(frozen=True, slots=True)
class Listing:
    """What the list of state machines told.

    `unreadable` are the ARNs of rows that make no sense here. `problem` is why the list broke off
    before its end, if it did.
    """

    machines: tuple[ListedMachine, ...]
    unreadable: tuple[str, ...] = ()
    problem: ProviderError | None = None


@dataclass(frozen=True, slots=True)
class VanishedMachine:
    """A machine that was listed, and was gone when it was to be described."""

    listed: ListedMachine


Seen = DescribedMachine | UndescribedMachine | VanishedMachine


def arn_of(seen: Seen) -> MachineArn:
    """The unqualified ARN of a machine, however much is known of it."""
    return seen.arn if isinstance(seen, DescribedMachine) else seen.listed.arn


@dataclass(frozen=True, slots=True)
class KnownJob:
    """A job of the project, and what is known of its machine.

    `machine` is the unqualified ARN where it can be told. `pattern` is what the machine's name
    must match where the job's `stateMachine` is an expression, or where it runs elsewhere a machine
    that is likely the same; None where it tells nothing. `is_here` tells that the job is known to
    run on the platform that is looked at.
    """

    name: str
    place: Place
    type: MachineType | None
    machine: MachineArn | None
    is_literal: bool = True
    pattern: re.Pattern[str] | None = None
    is_here: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """A machine and the jobs of the project that run it, or may run it."""

    seen: Seen
    jobs: tuple[KnownJob, ...] = ()
    maybe: tuple[KnownJob, ...] = ()
    inferred: Inferred | None = None
    tasks: tuple[TaskState, ...] = ()

    @property
    def is_new(self) -> bool:
        """Tell whether a job is to be written for it."""
        is_there = isinstance(self.seen, DescribedMachine) and self.seen.status == ACTIVE
        return is_there and not self.jobs and not self.maybe


@dataclass(frozen=True, slots=True)
class Note:
    """What is to be known besides, perhaps `about` one of several that share the text."""

    text: str
    about: str | None = None

    def __str__(self) -> str:
        return self.text if self.about is None else f"{self.about}: {self.text}"


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was discovered on a platform, by the machines' names.

    `listed` is how many machines the whole list has, `not_allowed` how many of them no pattern of
    the platform's `allow` allows, and `filtered` how many of the others were not wanted. `gone`
    are jobs whose machines are in no row of the whole list; None where that can't be told.
    """

    platform: AwsPlatform
    account: str
    machines: tuple[Found, ...]
    listing: Listing
    not_allowed: int = 0
    filtered: int = 0
    gone: tuple[KnownJob, ...] | None = None
    project: str | None = None
    notes: tuple[Note, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Tell whether everything that was asked for could be told."""
        undescribed = any(isinstance(each.seen, UndescribedMachine) for each in self.machines)
        return not (undescribed or self.listing.problem or self.listing.unreadable)


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file to write. `before` is what it holds now; None for one that is not there.

    `path` is absolute and `name` for people. `machine` is the name of the machine that it is
    written for, None for what is about several or none.
    """

    path: str
    name: str
    after: bytes
    before: bytes | None = None
    machine: str | None = None
    jobs: tuple[str, ...] = ()

    @property
    def is_new(self) -> bool:
        """Tell whether the file is not there yet."""
        return self.before is None
