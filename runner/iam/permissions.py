"""Which calls a project's machines take, and what each must be allowed: one Permission for each.

A version or an alias is authorised by its machine's ARN, with the qualifier as a condition key:
https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
What callers may do with a machine's own key:
https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from runner.definitions import AWAITED, ChildForm
from runner.iam.types import KEY_CONTEXT, Permission, Purpose
from runner.model import MachineType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from runner.arns import MachineArn
    from runner.definitions import Child, DistributedMap
    from runner.iam.types import MachineUse

EVENTS_RULE = "StepFunctionsGetEventsForStepFunctionsExecutionRule"
"""The rule by which Step Functions hears that a nested execution has ended."""

_KEY = re.compile(r"arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+")
_KEY_ID = re.compile(r"[A-Za-z0-9-]+")
_ALIAS = re.compile(
    r"(?P<head>arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:)?(?P<name>alias/[A-Za-z0-9/_-]+)"
)
_VIA_SERVICE = ("aws", "aws-us-gov")
"""The partitions whose value of kms:ViaService is documented."""


def permissions(uses: Iterable[MachineUse], purpose: Purpose) -> tuple[Permission, ...]:
    """What is needed for a purpose on these machines, sorted, each once.

    What a plan needs is part of what drift and apply need.
    """
    return _once(each for use in uses for each in _of_use(use, purpose))


def machine_permissions(
    parent: MachineArn,
    children: Iterable[Child] = (),
    maps: Iterable[DistributedMap] = (),
    *,
    redrives: bool = False,
) -> tuple[Permission, ...]:
    """What the role of a machine needs for the executions that its definition starts.

    A child that only the input names, or that another role starts, adds nothing. `redrives` tells
    that its executions are redriven, and what is unfinished of its Distributed Maps with them.
    What these read and write in S3 is no part of it.
    """
    started = (
        each
        for child in children
        if child.machine is not None and not child.uses_other_role
        for each in _of_child(parent, child.machine, child.form)
    )
    return _once((*started, *(each for one in maps for each in _of_map(parent, one, redrives))))


def discovery_permissions(machines: str) -> tuple[Permission, ...]:
    """What is needed to list machines and to describe those whose ARNs match `machines`.

    Nobody can list some machines alone, so that what lists them is on all resources.
    """
    reads = {
        "DescribeStateMachine": "to tell types, roles and definitions",
        "ListStateMachineVersions": "to tell versions",
        "ListStateMachineAliases": "to tell aliases",
        "DescribeStateMachineAlias": "to tell which versions aliases lead to",
        "ListTagsForResource": "to tell tags",
    }
    return _once(
        (
            Permission("states:ListStateMachines", "*", "to find state machines"),
            Permission("tag:GetResources", "*", "to find state machines by their tags"),
            *(Permission(f"states:{name}", machines, why) for name, why in reads.items()),
        )
    )


def _once(found: Iterable[Permission]) -> tuple[Permission, ...]:
    """Each permission once, whatever it is for: the first reason stands."""
    first: dict[tuple[str, str, str, tuple[tuple[str, str], ...]], Permission] = {}
    for each in found:
        key = (each.resource, each.action, each.qualifier or "", each.context)
        first.setdefault(key, each)
    return tuple(first[key] for key in sorted(first))


def _of_use(use: MachineUse, purpose: Purpose) -> Iterator[Permission]:
    yield from _looking(use.arn)
    if use.type is not MachineType.EXPRESS:
        yield from _of_standard(use, purpose)
    if use.type is not MachineType.STANDARD and purpose is Purpose.APPLY:
        yield Permission(
            "states:StartSyncExecution", use.arn.unqualified, "to run it", use.arn.qualifier
        )
    if use.kms_key is not None and _reads_data(use, purpose):
        yield from _of_key(use.arn, use.kms_key)


def _looking(arn: MachineArn) -> Iterator[Permission]:
    """An alias says nothing of its machine, so that this is described by its own ARN too."""
    version = arn.qualifier if arn.is_pinned else None
    yield Permission(
        "states:DescribeStateMachine", arn.unqualified, "to see its type and revision", version
    )
    if arn.qualifier is not None and not arn.is_pinned:
        yield Permission(
            "states:DescribeStateMachineAlias",
            arn.unqualified,
            "to see which version the alias leads to",
            arn.qualifier,
        )


def _of_standard(use: MachineUse, purpose: Purpose) -> Iterator[Permission]:
    arn, executions = use.arn, use.arn.execution("*")
    yield Permission("states:ListExecutions", arn.unqualified, "to see what has run")
    yield Permission("states:DescribeExecution", executions, "to read inputs and outputs")
    if purpose is Purpose.DRIFT:
        yield Permission(
            "states:DescribeStateMachineForExecution", executions, "to tell what code ran"
        )
    if purpose is not Purpose.APPLY:
        return
    yield Permission("states:StartExecution", arn.unqualified, "to start it", arn.qualifier)
    yield Permission("states:StopExecution", executions, "to stop what is cancelled")
    yield Permission("states:GetExecutionHistory", executions, "to watch what runs")
    if use.redrives:
        yield Permission("states:RedriveExecution", executions, "to go on with what failed")


def _reads_data(use: MachineUse, purpose: Purpose) -> bool:
    """Of an Express machine nothing is read but the answer to its start."""
    return use.type is not MachineType.EXPRESS or purpose is Purpose.APPLY


def _of_key(arn: MachineArn, key: str) -> Iterator[Permission]:
    """Callers decrypt, for this machine alone; what encrypts is the machine's own role."""
    context = [(KEY_CONTEXT, arn.unqualified)]
    head = f"arn:{arn.partition}:kms:{arn.region}:{arn.account}:"
    alias = _ALIAS.fullmatch(key)
    if alias is not None:
        # The ARN of an alias is no resource of this action.
        resource = f"{alias['head'] or head}key/*"
        context.append(("kms:ResourceAliases", alias["name"]))
    elif _KEY.fullmatch(key):
        resource = key
    elif _KEY_ID.fullmatch(key):
        resource = f"{head}key/{key}"
    else:
        return
    if arn.partition in _VIA_SERVICE:
        context.append(("kms:ViaService", f"states.{arn.region}.amazonaws.com"))
    yield Permission(
        "kms:Decrypt", resource, "to read inputs and outputs", context=tuple(sorted(context))
    )


def _of_child(parent: MachineArn, child: MachineArn, form: ChildForm) -> Iterator[Permission]:
    if form is ChildForm.EXPRESS:
        yield Permission(
            "states:StartSyncExecution", child.unqualified, "to run it", child.qualifier
        )
        return
    yield Permission("states:StartExecution", child.unqualified, "to start it", child.qualifier)
    if form not in AWAITED:
        return
    executions = child.execution("*")
    rule = f"arn:{parent.partition}:events:{parent.region}:{parent.account}:rule/{EVENTS_RULE}"
    yield Permission("states:DescribeExecution", executions, "to take its output")
    yield Permission("states:StopExecution", executions, "to stop it when the parent is stopped")
    for name in ("PutTargets", "PutRule", "DescribeRule"):
        yield Permission(f"events:{name}", rule, "to hear that it has ended")


def _of_map(machine: MachineArn, found: DistributedMap, redrives: bool) -> Iterator[Permission]:
    """What a machine needs on itself: the items of its Distributed Map are executions of it.

    https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
    """
    executions = machine.execution("*")
    yield Permission("states:StartExecution", machine.unqualified, "to run its own Map's items")
    yield Permission("states:DescribeExecution", executions, "to follow its Map's items")
    yield Permission("states:StopExecution", executions, "to stop its Map's items")
    # Express ones are started anew.
    if redrives and not found.is_express:
        items = replace(machine, name=f"{machine.name}/{found.label or '*'}").execution("*")
        yield Permission("states:RedriveExecution", items, "to go on with its Map's items")
