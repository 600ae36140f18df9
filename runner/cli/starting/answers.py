"""What a user wishes and what is decided, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.arns import MachineArn
    from runner.errors import ProviderError
    from runner.inventory import DescribedMachine, ListedMachine
    from runner.model import AwsPlatform, MachineType
    from runner.starting import Roles


@dataclass(frozen=True, slots=True)
class Wishes:
    """The options as they were given; None where nothing was said."""

    yes: bool = False
    name: str | None = None
    region: str | None = None
    profile: str | None = None
    account_id: str | None = None
    machine: str | None = None
    example: bool = False
    plan_role: str | None = None
    apply_role: str | None = None
    branch: str | None = None
    release: str | None = None
    workflows: bool = True
    pre_commit: bool = True


@dataclass(frozen=True, slots=True)
class Account:
    """What was seen of an account: its number, and its machines by name; None for what was not.

    `problem` is why something was not seen.
    """

    number: str | None = None
    machines: tuple[ListedMachine, ...] | None = None
    problem: ProviderError | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """Begin with the example project."""


@dataclass(frozen=True, slots=True)
class Described:
    """Begin with a job of a machine that AWS has described. `text` is its `stateMachine`."""

    machine: DescribedMachine
    text: str


@dataclass(frozen=True, slots=True)
class Named:
    """Begin with a job of a machine that nobody could look at. `text` is its `stateMachine`.

    The account in `arn` is zeros where it is not known.
    """

    arn: MachineArn
    text: str
    type: MachineType | None = None


FirstJob = Example | Described | Named


@dataclass(frozen=True, slots=True)
class Answers:
    """What is decided.

    `platform` is that of AWS which the project has or is to have; None for the embedded engine
    alone. `job` is None where none is to be written, `roles` where no workflow needs any, and
    `branch` where no workflow is to be written; `is_branch_known` tells that a person named it.
    """

    name: str
    platform: AwsPlatform | None
    job: FirstJob | None
    branch: str | None = None
    is_branch_known: bool = False
    roles: Roles | None = None
    release: str | None = None
    has_hook: bool = True
