"""Which IAM action a call needs, and on which resource."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from runner.arns import BadArn, MachineArn, parse_execution, parse_machine

if TYPE_CHECKING:
    from collections.abc import Mapping


class Scope(Enum):
    """What a call's permission is on."""

    MACHINE = auto()
    """The machine's own ARN, whatever version or alias is meant."""
    EXECUTION = auto()
    """The executions of a machine."""
    NAMED = auto()
    """The ARN that the call is about."""
    ALL = auto()
    """`*`, as nobody can be allowed less."""


_MACHINES = (
    "DescribeStateMachine",
    "DescribeStateMachineAlias",
    "ListExecutions",
    "ListStateMachineAliases",
    "ListStateMachineVersions",
    "ListTagsForResource",
    "StartExecution",
    "StartSyncExecution",
)
_EXECUTIONS = (
    "DescribeExecution",
    "DescribeStateMachineForExecution",
    "GetExecutionHistory",
    "RedriveExecution",
    "StopExecution",
)

ACTIONS: Mapping[str, tuple[str, Scope]] = {
    **{name: (f"states:{name}", Scope.MACHINE) for name in _MACHINES},
    **{name: (f"states:{name}", Scope.EXECUTION) for name in _EXECUTIONS},
    "ListStateMachines": ("states:ListStateMachines", Scope.ALL),
    "AssumeRole": ("sts:AssumeRole", Scope.NAMED),
    "AssumeRoleWithWebIdentity": ("sts:AssumeRoleWithWebIdentity", Scope.NAMED),
    "GetCallerIdentity": ("sts:GetCallerIdentity", Scope.ALL),
    "GetRole": ("iam:GetRole", Scope.NAMED),
    "SimulatePrincipalPolicy": ("iam:SimulatePrincipalPolicy", Scope.NAMED),
    "GetResources": ("tag:GetResources", Scope.ALL),
    "ListServiceQuotas": ("servicequotas:ListServiceQuotas", Scope.ALL),
}
"""The action of each call, and what it is on.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
"""

KEY_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey")
"""What callers may need on the key of a machine."""

QUALIFIED = frozenset(
    {
        "DescribeStateMachine",
        "DescribeStateMachineAlias",
        "ListExecutions",
        "ListStateMachineAliases",
        "StartExecution",
        "StartSyncExecution",
    }
)
"""The calls whose permission may be for one version or alias alone."""


def needed(operation: str, about: str) -> tuple[str, str] | None:
    """The action of a call, and the resource to allow it on; None for a call not known here.

    `about` is the ARN that the call was about. The resource is empty where that is not told.
    """
    known = ACTIONS.get(operation)
    if known is None:
        return None
    action, scope = known
    return action, _resource(scope, about)


def qualifier(operation: str, about: str) -> str | None:
    """The version or alias of the call, where a permission may be for that alone."""
    machine = _machine(about)
    return machine.qualifier if machine is not None and operation in QUALIFIED else None


def is_of_machine(action: str, resource: str, about: str) -> bool:
    """Tell whether an action is one of ours, on the very machine that a call was about."""
    known = ACTIONS.get(action.removeprefix("states:"))
    name = _name_in(about)
    return (
        known is not None
        and known[0] == action
        and known[1] in (Scope.MACHINE, Scope.EXECUTION)
        and name is not None
        and _name_in(resource) == name
    )


def _name_in(arn: str) -> str | None:
    """The unqualified ARN of the machine that an ARN is of."""
    machine = _machine(arn)
    if machine is not None:
        return machine.unqualified
    try:
        return parse_execution(arn).machine_arn
    except BadArn:
        return None


def _resource(scope: Scope, about: str) -> str:
    if scope is Scope.ALL:
        return "*"
    if scope is Scope.NAMED:
        return about if about.startswith("arn:") else ""
    if scope is Scope.MACHINE:
        machine = _machine(about)
        return machine.unqualified if machine is not None else ""
    return _executions(about)


def _machine(about: str) -> MachineArn | None:
    try:
        return parse_machine(about)
    except BadArn:
        return None


def _executions(about: str) -> str:
    try:
        found = parse_execution(about)
    except BadArn:
        return ""
    head = f"arn:{found.partition}:states:{found.region}:{found.account}"
    return f"{head}:execution:{found.machine}:*"
