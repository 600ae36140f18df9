"""What the caller and the machines' own roles are allowed: gathered for each machine."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from runner import aws, definitions
from runner.cli.examining import simulating
from runner.cli.examining.simulating import Principal
from runner.doctor.credentials import Identity
from runner.doctor.permissions import DECRYPT, Asked, Unsimulated, by_type, permission
from runner.doctor.types import Check, failed, unknown
from runner.iam import MachineUse, Permission, Purpose, machine_permissions, permissions
from runner.inventory import DescribedMachine
from runner.model import MachineType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from runner.arns import MachineArn
    from runner.cli.examining.asking import Asking
    from runner.cli.examining.machines import Look
    from runner.definitions import Child
    from runner.errors import ProviderError

_LATER = "look again when it can be asked"


def of_caller(
    looks: Sequence[Look],
    identity: Identity | ProviderError,
    iam: aws.Iam | str,
    purpose: Purpose,
    asking: Asking,
) -> Iterator[Check]:
    """Whether the caller has each permission that the project needs on each machine."""
    purposes = {each.used.arn: Purpose.PLAN if each.used.is_idle else purpose for each in looks}
    needed = {each.used.arn: permissions([_use(each)], purposes[each.used.arn]) for each in looks}
    verdicts = _verdicts(
        [one for each in needed.values() for one in each], looks, identity, iam, asking
    )
    for each in looks:
        yield from _of_key(each, needed[each.used.arn])
        its = purposes[each.used.arn]
        checks = {
            one: permission(
                Asked(one, each.seen.name, verdicts[one], each.reads.get(one.action), purpose=its)
            )
            for one in needed[each.used.arn]
        }
        yield from by_type(checks, _of_types(each, its)).values()


def _of_types(look: Look, purpose: Purpose) -> Mapping[MachineType, frozenset[Permission]]:
    """What each type that the machine may be of needs."""
    use = _use(look)
    types = [use.type] if use.type is not None else list(MachineType)
    return {each: frozenset(permissions([replace(use, type=each)], purpose)) for each in types}


def _of_key(look: Look, needed: Sequence[Permission]) -> Iterator[Check]:
    """That a key refused a read, of a machine that did not tell which key it has."""
    refused = look.reads.get(DECRYPT)
    if refused is not None and not any(each.action == DECRYPT for each in needed):
        lacking = Permission(DECRYPT, "its key", "to read what it encrypts")
        untold = Unsimulated("nobody tells which key it is", _LATER)
        yield permission(Asked(lacking, look.seen.name, untold, refused))


def _use(look: Look) -> MachineUse:
    found = look.seen.found
    if isinstance(found, DescribedMachine):
        return MachineUse(look.used.arn, found.type, look.used.redrives, found.kms_key)
    types = look.used.types
    told: MachineType | None = next(iter(types)) if len(types) == 1 else None
    return MachineUse(look.used.arn, told, look.used.redrives)


def _verdicts(
    needed: Sequence[Permission],
    looks: Sequence[Look],
    identity: Identity | ProviderError,
    iam: aws.Iam | str,
    asking: Asking,
) -> simulating.Verdicts:
    if isinstance(iam, str):
        return dict.fromkeys(needed, Unsimulated(iam, _LATER))
    if not isinstance(identity, Identity):
        return dict.fromkeys(needed, Unsimulated("STS tells no user and no role", _LATER))
    principal = simulating.of_caller(identity.arn, iam, asking)
    base = _base(looks, principal)
    return simulating.simulate(principal, needed, iam=iam, asking=asking, base=base)


def _base(looks: Sequence[Look], principal: Principal) -> Mapping[str, str]:
    """Values of condition keys that every call of ours has."""
    base = {"aws:SecureTransport": "true"}
    if looks:
        arn = looks[0].used.arn
        base |= {"aws:RequestedRegion": arn.region, "aws:PrincipalAccount": arn.account}
    if isinstance(principal.arn, str):
        base["aws:PrincipalArn"] = principal.arn
    return base


def of_roles(looks: Sequence[Look], iam: aws.Iam | str, asking: Asking) -> Iterator[Check]:
    """Whether the roles of machines that start executions have the permissions for that."""
    by_role: dict[str, list[tuple[Look, Permission]]] = {}
    for each in looks:
        found = each.seen.found
        if each.used.is_idle or not isinstance(found, DescribedMachine):
            continue
        try:
            definition = json.loads(found.definition or "")
        except (ValueError, RecursionError):
            yield _unread(each.seen.name)
            continue
        children = definitions.children(definition)
        yield from _untold(each.seen.name, found.arn, children)
        maps = definitions.distributed_maps(definition)
        for one in machine_permissions(found.arn, children, maps, redrives=each.used.redrives):
            by_role.setdefault(found.role_arn, []).append((each, one))
    for role, wanted in by_role.items():
        verdicts = _of_role(role, wanted, iam, asking)
        for look, one in wanted:
            yield permission(Asked(one, look.seen.name, verdicts[one], role=role))


def _of_role(
    role: str, wanted: Sequence[tuple[Look, Permission]], iam: aws.Iam | str, asking: Asking
) -> simulating.Verdicts:
    needed = [one for _, one in wanted]
    if isinstance(iam, str):
        return dict.fromkeys(needed, Unsimulated(iam, _LATER))
    principal = Principal(role)
    base = _base([look for look, _ in wanted], principal)
    return simulating.simulate(principal, needed, iam=iam, asking=asking, base=base)


def _unread(name: str) -> Check:
    return unknown(
        "nested-executions",
        "whether it starts others is not told: its definition can't be read",
        "allow kms:Decrypt on its key, if it has one of its own",
        name,
    )


def _untold(name: str, parent: MachineArn, children: Sequence[Child]) -> Iterator[Check]:
    """The executions for which it is not enough what their role allows, or not known."""
    for each in children:
        if each.uses_other_role:
            message = f"its state {each.state!r} starts one by another role"
            yield unknown("nested-executions", message, "look at that role by hand", name)
        elif each.machine is None:
            message = f"its state {each.state!r} starts one that only its input names"
            fix = "look at what its role may start"
            yield unknown("nested-executions", message, fix, name)
        elif each.machine.region != parent.region:
            message = f"its state {each.state!r} starts one in {each.machine.region}"
            fix = "start one in its own region: Step Functions reaches no other"
            yield failed("nested-executions", message, fix, name)
        elif each.machine.account != parent.account:
            message = f"its state {each.state!r} starts one of account {each.machine.account}"
            fix = "give the state Credentials with a role of that account"
            yield failed("nested-executions", message, fix, name)
