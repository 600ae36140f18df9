"""What an account has: state machines as Step Functions lists and describes them. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from runner.arns import MachineArn
    from runner.errors import ProviderError
    from runner.model import MachineType


@dataclass(frozen=True, slots=True)
class ListedMachine:
    """A row of ListStateMachines, whose `arn` has no qualifier, or a version to be described."""

    arn: MachineArn
    type: MachineType
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Logging:
    """Where a machine's events are logged: `level` is ALL, ERROR, FATAL or OFF.

    `destinations` are the ARNs of CloudWatch log groups.
    """

    level: str = "OFF"
    includes_data: bool = False
    destinations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alias:
    """An alias and the versions that it leads to, with their weights in percent."""

    name: str
    routing: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DescribedMachine:
    """A state machine, or a version of one, as DescribeStateMachine tells of it.

    `definition` is the text in Amazon States Language; None where the caller may not decrypt it.
    `status` is ACTIVE or DELETING. `kms_key` is the customer's own key, if one is used.
    `tags`, `versions` and `aliases` are None where they were not asked for.
    """

    arn: MachineArn
    type: MachineType
    status: str
    role_arn: str
    definition: str | None = None
    revision: str | None = None
    created_at: datetime | None = None
    logging: Logging = field(default_factory=Logging)
    is_traced: bool = False
    kms_key: str | None = None
    tags: Mapping[str, str] | None = None
    versions: tuple[int, ...] | None = None
    aliases: tuple[Alias, ...] | None = None


@dataclass(frozen=True, slots=True)
class UndescribedMachine:
    """A listed machine of which nothing more could be read, and why."""

    listed: ListedMachine
    problem: ProviderError


FoundMachine = DescribedMachine | UndescribedMachine
