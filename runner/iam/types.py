"""What a project may do in AWS, as values: uses of machines, permissions, policy statements."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.arns import MachineArn
    from runner.model import MachineType


class Purpose(StrEnum):
    """What permissions are for: to plan and tell what ran, or to run, watch and stop too."""

    PLAN = "plan"
    APPLY = "apply"


@dataclass(frozen=True, slots=True)
class MachineUse:
    """How a project uses a machine.

    `arn` may have a qualifier, and is an alias's where that is no number. `type` is None where
    nobody has told it: then both are meant. `redrives` tells that a job's retry is a redrive.
    `kms_key` is the ARN of the customer's own key, if the machine is known to have one.
    """

    arn: MachineArn
    type: MachineType | None = None
    redrives: bool = False
    kms_key: str | None = None


@dataclass(frozen=True, slots=True)
class Permission:
    """One action on one resource, such as states:StartExecution on a machine's unqualified ARN.

    `qualifier` is what states:StateMachineQualifier is in the call: None where the call has
    none, or where the action does not know the key. `needed_for` says in a few words what can't
    be done without it.
    """

    action: str
    resource: str
    needed_for: str
    qualifier: str | None = None
