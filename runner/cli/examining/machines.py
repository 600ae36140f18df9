"""What is seen of the state machines of one platform, by reading."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from runner.doctor.machines import Seen, SeenRole, role_name
from runner.doctor.permissions import DECRYPT, ReadAs
from runner.errors import AccessDenied, NotFound, ProviderError
from runner.inventory import DescribedMachine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runner import aws
    from runner.arns import MachineArn
    from runner.cli.examining.asking import Asking
    from runner.cli.examining.targets import Used
    from runner.step_functions import Inventory, Prober

PROBED = 40
"""Machines of which executions are listed and read to see whether that is allowed.

Lists have a small quota, which production callers share; of the other machines it is simulated.
"""

Found: TypeAlias = "Mapping[MachineArn, DescribedMachine | ProviderError]"
"""What was described, or why not, by the ARN that jobs use."""

Reads: TypeAlias = "Mapping[str, ReadAs]"
"""What calls told of permissions, by action."""


@dataclass(frozen=True, slots=True)
class Look:
    """A machine, what was seen of it, and which permissions calls have told of."""

    used: Used
    seen: Seen
    reads: Reads = field(default_factory=dict)


def look(
    used: Sequence[Used],
    names: Mapping[MachineArn, str],
    *,
    inventory: Inventory,
    prober: Prober,
    iam: aws.Iam | None,
    asking: Asking,
) -> list[Look]:
    """Look at machines that may be asked about: themselves, their qualifiers, their roles."""
    found, qualified = _described([each.arn for each in used], inventory, prober, asking)
    near = _near(found, qualified, prober, asking)
    roles = _roles(found, iam, asking)
    executions = _probed(found, prober, asking)
    looks = []
    for each in used:
        described = found[each.arn]
        seen = Seen(
            name=names[each.arn],
            arn=each.arn,
            wanted=each.types,
            found=described,
            qualifier=qualified.get(each.arn),
            is_idle=each.is_idle,
            near=near.get(each.arn, ""),
            role=roles.get(described.role_arn) if isinstance(described, DescribedMachine) else None,
        )
        reads = {**_told(seen), **executions.get(each.arn.unqualified, {})}
        looks.append(Look(each, seen, _by_key(reads)))
    return looks


def _described(
    arns: Sequence[MachineArn], inventory: Inventory, prober: Prober, asking: Asking
) -> tuple[Found, Mapping[MachineArn, MachineArn | ProviderError]]:
    """What each ARN means, and whether its qualifier exists.

    Where a version tells all that is to be known, its machine is not asked about: who may use
    that version need not be allowed to.
    """
    told = asking.each((arn.describable for arn in arns), inventory.describe)
    lacking = {arn for arn, answer in told.items() if arn.is_pinned and _is_gone(answer)}
    machines = asking.each(map(_whole, lacking), inventory.describe)
    found: dict[MachineArn, DescribedMachine | ProviderError] = {}
    qualified: dict[MachineArn, MachineArn | ProviderError] = {}
    for arn in arns:
        answer = found[arn] = told[arn.describable]
        if arn.is_pinned:
            qualified[arn] = answer if isinstance(answer, ProviderError) else arn
        if arn in lacking and isinstance(machine := machines[_whole(arn)], DescribedMachine):
            found[arn] = machine
    aliases = [arn for arn in arns if _is_alias(arn) and isinstance(found[arn], DescribedMachine)]
    return found, {**qualified, **asking.each(aliases, partial(_alias, prober))}


def _near(
    found: Found,
    qualified: Mapping[MachineArn, MachineArn | ProviderError],
    prober: Prober,
    asking: Asking,
) -> Mapping[MachineArn, str]:
    """What may be meant by what does not exist."""
    absent = [arn for arn in found if _is_gone(found[arn]) or _is_gone(qualified.get(arn))]

    def near(arn: MachineArn) -> str:
        has_machine = isinstance(found[arn], DescribedMachine) and not arn.is_pinned
        return prober.near(arn, has_machine=has_machine)

    told = asking.each(absent, near)
    return {arn: answer for arn, answer in told.items() if isinstance(answer, str)}


def _is_gone(answer: object) -> bool:
    return isinstance(answer, NotFound)


def _whole(arn: MachineArn) -> MachineArn:
    return replace(arn, qualifier=None)


def _is_alias(arn: MachineArn) -> bool:
    return arn.qualifier is not None and not arn.is_pinned


def _alias(prober: Prober, arn: MachineArn) -> MachineArn:
    prober.alias(arn)
    return arn


def _roles(
    found: Found,
    iam: aws.Iam | None,
    asking: Asking,
) -> Mapping[str, SeenRole | ProviderError]:
    if iam is None:
        return {}
    arns = {each.role_arn for each in found.values() if isinstance(each, DescribedMachine)}
    return asking.each(sorted(arn for arn in arns if role_name(arn)), partial(_role, iam))


def _role(iam: aws.Iam, arn: str) -> SeenRole:
    role = iam.role(role_name(arn) or arn)
    return SeenRole(role.arn, role.trust)


def _told(seen: Seen) -> Reads:
    """What the descriptions of a machine and its qualifier told of permissions."""
    reads: dict[str, ReadAs] = {}
    described = seen.found
    if isinstance(described, DescribedMachine):
        reads["states:DescribeStateMachine"] = ReadAs()
        if described.kms_key is not None:
            reads[DECRYPT] = ReadAs(None if described.definition else _no_key())
    elif described is not None:
        reads["states:DescribeStateMachine"] = ReadAs(described)
    if seen.arn.qualifier is not None and seen.qualifier is not None:
        problem = seen.qualifier if isinstance(seen.qualifier, ProviderError) else None
        kind = "DescribeStateMachine" if seen.arn.is_pinned else "DescribeStateMachineAlias"
        reads[f"states:{kind}"] = ReadAs(problem)
    return reads


def _by_key(reads: Reads) -> Reads:
    """What a key refused was allowed by itself: its key may not be used."""
    kept = {action: read for action, read in reads.items() if _is_of_key(read.problem)}
    if not kept:
        return reads
    return {**reads, **dict.fromkeys(kept, ReadAs()), DECRYPT: next(iter(kept.values()))}


def _is_of_key(problem: ProviderError | None) -> bool:
    return isinstance(problem, AccessDenied) and problem.code.startswith("Kms")


def _no_key() -> ProviderError:
    return AccessDenied("the definition could not be decrypted", operation="DescribeStateMachine")


def _probed(found: Found, prober: Prober, asking: Asking) -> Mapping[str, Reads]:
    """What small reads of executions told, by the unqualified ARNs of the first machines."""
    machines = {arn.unqualified: arn for arn, each in found.items() if _is_standard(each)}
    chosen = list(machines.values())[:PROBED]
    newest = asking.each(chosen, prober.newest)
    executions = [each for each in newest.values() if isinstance(each, str)]
    reads: dict[str, dict[str, ReadAs]] = {}
    for arn, answer in newest.items():
        problem = answer if isinstance(answer, ProviderError) else None
        reads[arn.unqualified] = {"states:ListExecutions": ReadAs(problem)}
    for action, question in (
        ("states:DescribeExecution", prober.execution),
        ("states:GetExecutionHistory", prober.history),
        ("states:DescribeStateMachineForExecution", prober.machine_of),
    ):
        told = asking.each(executions, question)
        for arn, answer in newest.items():
            if isinstance(answer, str):
                reads[arn.unqualified][action] = ReadAs(told[answer])
    return reads


def _is_standard(described: DescribedMachine | ProviderError) -> bool:
    return isinstance(described, DescribedMachine) and described.type.value == "STANDARD"
