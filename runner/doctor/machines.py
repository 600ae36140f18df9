"""State machines: named well, allowed, there, of the type that is meant, and with a role."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runner.doctor.trust import Trust, trusts
from runner.doctor.types import Check, failed, passed, unknown
from runner.doctor.words import because, in_common
from runner.errors import NotFound, ProviderError
from runner.inventory import DescribedMachine
from runner.model import MachineType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runner.arns import MachineArn
    from runner.values import Json

_LATER = "look again when it can be described"


@dataclass(frozen=True, slots=True)
class SeenRole:
    """A machine's role as IAM tells of it: its ARN, and its trust policy as JSON."""

    arn: str
    trust: Json


@dataclass(frozen=True, slots=True)
class Seen:
    """A machine that jobs use, and what was seen of it.

    `name` is what people call it, with the qualifier that jobs give. `wanted` are the types
    that jobs say it has. With `is_idle` no apply starts it, as its jobs are switched off.
    `found`, `qualifier` and `role` are None where nobody asked. `near` goes on after what does
    not exist: what may be meant.
    """

    name: str
    arn: MachineArn
    wanted: frozenset[MachineType] = frozenset()
    is_idle: bool = False
    found: DescribedMachine | ProviderError | None = None
    qualifier: MachineArn | ProviderError | None = None
    role: SeenRole | ProviderError | None = None
    near: str = ""


def machine(seen: Seen, *, unasked: str) -> Iterator[Check]:
    """All that can be told of one machine. `unasked` says why nobody asked, where nobody did."""
    role = seen.found.role_arn if isinstance(seen.found, DescribedMachine) else ""
    for each in _machine(seen, unasked):
        yield in_common(each, role)


def _machine(seen: Seen, unasked: str) -> Iterator[Check]:
    match seen.found:
        case DescribedMachine():
            yield passed("machine-exists", "exists", seen.name)
            yield _active(seen.name, seen.found)
            if seen.wanted:
                yield _type(seen, seen.found)
            yield from _qualifier(seen)
            if not seen.is_idle:
                yield from _running(seen, seen.found)
        case NotFound():
            fix = "correct stateMachine, or the platform's region and account"
            message = f"{seen.arn.describable} does not exist"
            yield _absent("machine-exists", message, "does not exist", fix, seen)
        case ProviderError():
            reason, way = because(seen.found)
            yield unknown("machine-exists", reason, way or _LATER, seen.name)
        case None:
            yield unknown("machine-exists", unasked, _LATER, seen.name)


def _absent(name: str, message: str, shared: str, fix: str, seen: Seen) -> Check:
    return replace(failed(name, message, fix, seen.name), shared=shared, near=seen.near)


def _running(seen: Seen, found: DescribedMachine) -> Iterator[Check]:
    """What its executions need."""
    yield _role(seen, found)
    if found.type is MachineType.EXPRESS:
        yield _logging(seen.name, found)


def _active(name: str, found: DescribedMachine) -> Check:
    if found.status == "ACTIVE":
        return passed("machine-active", "ACTIVE", name)
    message = f"is {found.status}: it takes no new executions"
    return failed("machine-active", message, "wait until it is gone, and create it anew", name)


def _type(seen: Seen, found: DescribedMachine) -> Check:
    wrong = sorted(seen.wanted - {found.type})
    if not wrong:
        return passed("machine-type", found.type.value, seen.name)
    message = f"is {found.type.value}, and a job says stepFunctionsType: {wrong[0].value}"
    return failed("machine-type", message, f"write {found.type.value}, or leave it out", seen.name)


def _qualifier(seen: Seen) -> Iterator[Check]:
    name, kind = "machine-qualifier", "version" if seen.arn.is_pinned else "alias"
    if seen.arn.qualifier is None:
        return
    match seen.qualifier:
        case NotFound():
            message = f"it has no {kind} {seen.arn.qualifier}"
            yield _absent(name, message, message, f"publish it, or name another {kind}", seen)
        case ProviderError():
            message, fix = because(seen.qualifier)
            yield unknown(name, message, fix or _LATER, seen.name)
        case None:
            yield unknown(name, f"nobody asked for its {kind}", _LATER, seen.name)
        case _:
            yield passed(name, f"{kind} {seen.arn.qualifier} exists", seen.name)


def _logging(name: str, found: DescribedMachine) -> Check:
    level = found.logging.level
    if level == "OFF":
        return failed(
            "express-logging",
            "an Express machine that logs nothing: nothing of a failed execution can be seen "
            "afterwards",
            "give it a loggingConfiguration with a CloudWatch log group and level ERROR or ALL",
            name,
        )
    return passed("express-logging", f"logs {level}", name)


_ROLE = re.compile(r"arn:[a-z-]+:iam::(?P<account>\d{12}):role/(?:[^/]+/)*(?P<name>[^/]+)")


def role_name(arn: str) -> str | None:
    """The name of a role by which IAM reads it; None for what is no ARN of a role."""
    found = _ROLE.fullmatch(arn)
    return found["name"] if found else None


def _role(seen: Seen, found: DescribedMachine) -> Check:
    name, arn = "machine-role", found.role_arn
    match seen.role:
        case None:
            message = f"its role {arn} was not looked at" if arn else "it told no role"
            return unknown(name, message, _ALLOW, seen.name)
        case ProviderError() if _is_gone(seen.role):
            message = f"its role {arn} does not exist: every execution of it fails"
            return failed(name, message, "create the role, or give the machine another", seen.name)
        case ProviderError():
            message, fix = because(seen.role)
            return unknown(name, message, fix or _ALLOW, seen.name)
        case SeenRole():
            return _trust(seen, seen.role)


_ALLOW = "allow iam:GetRole on it to whoever runs this"


def _is_gone(error: ProviderError) -> bool:
    return isinstance(error, NotFound) or error.code in ("NoSuchEntity", "NoSuchEntityException")


def _trust(seen: Seen, role: SeenRole) -> Check:
    name = "machine-role"
    match trusts(role.trust, seen.arn):
        case Trust.YES:
            return passed(name, f"{role.arn} exists and trusts states.amazonaws.com", seen.name)
        case Trust.NO:
            return failed(
                name,
                f"its role {role.arn} does not let states.amazonaws.com assume it",
                "allow sts:AssumeRole to the service states.amazonaws.com in the role's trust "
                "policy, for this machine's ARN and account",
                seen.name,
            )
        case Trust.DEPENDS:
            message = f"{role.arn} trusts states.amazonaws.com under conditions not told here"
            return unknown(name, message, "read the conditions of its trust policy", seen.name)
