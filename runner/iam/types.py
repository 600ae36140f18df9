"""What a project may do in AWS, as values: uses of machines, permissions, policy statements."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.arns import MachineArn
    from runner.model import MachineType

QUALIFIER = "states:StateMachineQualifier"
"""The condition key that is the version or the alias in the ARN of a call."""

KEY_CONTEXT = "kms:EncryptionContext:aws:states:stateMachineArn"
"""The condition key that is the machine whose data a key of KMS is used for."""

QUALIFIED_ACTIONS = frozenset(
    f"states:{name}"
    for name in (
        "DescribeStateMachine",
        "DescribeStateMachineAlias",
        "ListExecutions",
        "ListStateMachineAliases",
        "StartExecution",
        "StartSyncExecution",
    )
)
"""The actions that know the key QUALIFIER, of those that are made here.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
"""


class Purpose(StrEnum):
    """What permissions are for: to plan and tell what ran, or to run, watch and stop too.

    What drifted is told with all that a plan asks, and the machines of earlier executions.
    """

    PLAN = "plan"
    DRIFT = "drift"
    APPLY = "apply"


@dataclass(frozen=True, slots=True)
class MachineUse:
    """How a project uses a machine.

    `arn` may have a qualifier, and is an alias's where that is no number. `type` is None where
    nobody has told it: then both are meant. `redrives` tells that a job's retry is a redrive.
    `kms_key` is the customer's own key, if the machine is known to have one: its ARN or id, or
    the ARN or name of an alias of it.
    """

    arn: MachineArn
    type: MachineType | None = None
    redrives: bool = False
    kms_key: str | None = None


@dataclass(frozen=True, slots=True)
class Permission:
    """One action on one resource, such as states:StartExecution on a machine's unqualified ARN.

    `qualifier` is what states:StateMachineQualifier is in the call: None where the call has
    none, or where the action does not know the key. `context` holds other condition keys of
    the call, each with the value that it has. `needed_for` says in a few words what can't be
    done without it.
    """

    action: str
    resource: str
    needed_for: str
    qualifier: str | None = None
    context: tuple[tuple[str, str], ...] = ()
