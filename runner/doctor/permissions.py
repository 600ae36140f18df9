"""What the caller and the machines' own roles may do: by reading what can be read, else simulated.

The simulation is IAM's. It knows the policies of a user or role, their boundary and those of the
organization; it knows nothing of a session's policy, nor of a key's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from runner.doctor.types import Check, Verdict, failed, passed, unknown
from runner.doctor.words import because, in_common
from runner.errors import AccessDenied, NotFound, ProviderError
from runner.iam import QUALIFIER
from runner.model import MachineType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.iam import Permission


DECRYPT = "kms:Decrypt"
ORGANIZATION = "the organization's policies"
BOUNDARY = "the permissions boundary"

_OF_OTHERS = re.compile(
    r"(?i)(?:service|resource) control polic|permissions boundar|session polic|endpoint polic"
    r"|resource-based polic|own policy|\bdeny\b"
)
"""What AWS says where no policy of the caller's own can allow a call."""


class Outcome(StrEnum):
    """What IAM's simulation says of one action on one resource."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"


@dataclass(frozen=True, slots=True)
class Simulated:
    """The simulation of one permission.

    `missing` are keys of conditions that have no value in it. `by` says whose policies deny:
    ORGANIZATION or BOUNDARY; empty where those of the principal do.
    """

    outcome: Outcome
    missing: tuple[str, ...] = ()
    by: str = ""


@dataclass(frozen=True, slots=True)
class Unsimulated:
    """Why there is no simulation, and how there could be one."""

    reason: str
    fix: str


@dataclass(frozen=True, slots=True)
class ReadAs:
    """A call that the permission is for was made: `problem` is None where it was answered."""

    problem: ProviderError | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One permission of one machine, and all that is known of it.

    `subject` is the machine. `role` is the ARN of the machine's own role where that needs the
    permission, and None where the caller does, for `purpose`. `read` is None where nothing was
    read.
    """

    permission: Permission
    subject: str
    simulated: Simulated | Unsimulated
    read: ReadAs | None = None
    role: str | None = None
    purpose: str = "apply"


def permission(asked: Asked) -> Check:
    """Whether one permission is there. What was read outranks what was simulated."""
    told = None if asked.read is None else _read(asked, asked.read)
    if told is None:
        told = _simulated(asked, asked.simulated)
    what = f"{asked.permission.action} {asked.permission.needed_for}".strip()
    return in_common(replace(told, permission=what), asked.role or "")


def by_type(
    checks: Mapping[Permission, Check], needed: Mapping[MachineType, frozenset[Permission]]
) -> Mapping[Permission, Check]:
    """The checks of one machine's permissions, by what each type needs that it may be of.

    What only one of several types needs is unknown where it is lacking, unless something is
    lacking whatever the type is.
    """
    common = frozenset.intersection(*needed.values())
    lacking = {one for one, each in checks.items() if each.verdict is Verdict.FAIL} - common
    if all(lacking & each for each in needed.values()):
        return checks
    return {
        one: _if_of(next(kind for kind in needed if one in needed[kind]), each)
        if one in lacking
        else each
        for one, each in checks.items()
    }


def _if_of(kind: MachineType, check: Check) -> Check:
    whose = "an Express" if kind is MachineType.EXPRESS else "a Standard"
    tail = f"; only {whose} machine needs it"
    shared = check.shared and check.shared + tail
    return replace(check, verdict=Verdict.UNKNOWN, message=check.message + tail, shared=shared)


def _name(asked: Asked) -> str:
    if asked.role is not None:
        return "nested-executions"
    return "kms-key" if asked.permission.action.startswith("kms:") else "permission"


def _read(asked: Asked, read: ReadAs) -> Check | None:
    """What a call told; None where it failed for another reason than permission."""
    if read.problem is None:
        return passed(_name(asked), "allowed, by a call", asked.subject)
    if isinstance(read.problem, NotFound):
        return passed(_name(asked), "allowed, though it found nothing", asked.subject)
    if isinstance(read.problem, AccessDenied):
        message, fix = because(read.problem)
        if fix is not None and _OF_OTHERS.search(str(read.problem)):
            return failed(_name(asked), message, fix, asked.subject)
        return _lacking(asked, failed(_name(asked), message, "", asked.subject))
    return None


def _lacking(asked: Asked, told: Check, by: str = "", *, is_forbidden: bool = False) -> Check:
    """The check with the way out: of one machine, and where several lack the same."""
    ways = [_way(asked, on, by, is_forbidden) for on in (_resource(asked), _theirs(asked))]
    shared = ways[1].replace(f"the role {asked.role}", "its role")
    return replace(told, fix=ways[0], shared_fix=shared)


def _simulated(asked: Asked, simulated: Simulated | Unsimulated) -> Check:
    name, subject = _name(asked), asked.subject
    if isinstance(simulated, Unsimulated):
        return unknown(name, simulated.reason, simulated.fix, subject)
    keys = ", ".join(sorted(set(simulated.missing)))
    if simulated.missing:
        message = f"depends on {keys}, which the simulation has no value for"
        return unknown(name, message, "look at the conditions of the policies by hand", subject)
    if simulated.outcome is Outcome.ALLOWED:
        return passed(name, "allowed, as IAM simulates it", subject)
    whose = f" by {simulated.by}" if simulated.by else ""
    if simulated.outcome is Outcome.EXPLICIT_DENY:
        denied = failed(name, f"denied{whose} by a policy that says so", "", subject)
        return _lacking(asked, denied, simulated.by, is_forbidden=True)
    if name == "kms-key" and not simulated.by:
        message = "no policy of the caller allows it, and the key's own is not simulated"
        return _lacking(asked, unknown(name, message, "", subject))
    return _lacking(asked, failed(name, f"not allowed{whose}", "", subject), simulated.by)


def _resource(asked: Asked) -> str:
    needed = asked.permission
    where = f" with {QUALIFIER} {needed.qualifier}" if needed.qualifier is not None else ""
    return f"{needed.resource}{where}"


def _theirs(asked: Asked) -> str:
    if asked.permission.action.startswith("kms:"):
        return "the key of each"
    return "each of them" if asked.role is None else "what they start"


def _way(asked: Asked, on: str, by: str, is_forbidden: bool) -> str:
    """What to change, in the policy that stands in the way."""
    what = f"{asked.permission.action} on {on}"
    if is_forbidden:
        return {
            ORGANIZATION: f"have the organization's administrators except {what} from that Deny",
            BOUNDARY: f"except {what} from the Deny in the permissions boundary",
        }.get(by, f"take that Deny out, or except {what} from it")
    if by == ORGANIZATION:
        return (
            f"have the organization's administrators allow {what} in its service control "
            "policies; no policy of the account's own can"
        )
    if by == BOUNDARY:
        return f"allow {what} in the permissions boundary, besides the policies that it bounds"
    return f"allow {what}{_how(asked)}"


def _how(asked: Asked) -> str:
    """To whom, and by what policy."""
    whom = f" to the role {asked.role}" if asked.role is not None else ""
    command = f"--for {'machines' if asked.role is not None else asked.purpose}"
    return f"{whom} (`stepfleet iam-policy {command}` prints a whole policy)"


def context_of(needed: Permission, base: Mapping[str, str]) -> dict[str, str]:
    """The values of condition keys with which a permission is simulated."""
    context = {**base, **dict(needed.context)}
    if needed.qualifier is not None:
        context[QUALIFIER] = needed.qualifier
    return context
