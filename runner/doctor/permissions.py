"""What the caller and the machines' own roles may do: by reading what can be read, else simulated.

The simulation is IAM's. It knows the policies of a user or role, their boundary and those of the
organization; it knows nothing of a session's policy, nor of a key's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from runner.doctor.types import Check, failed, passed, unknown
from runner.doctor.words import because
from runner.errors import AccessDenied, NotFound, ProviderError
from runner.iam import QUALIFIER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.iam import Permission


class Outcome(StrEnum):
    """What IAM's simulation says of one action on one resource."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"


@dataclass(frozen=True, slots=True)
class Simulated:
    """The simulation of one permission.

    `missing` are keys of conditions that have no value in it. `by` says whose policies deny:
    the organization's, the permissions boundary's; empty where those of the principal do.
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
    shared = _shared_fix(asked) if told.fix == _fix(asked) else None
    return replace(told, permission=what, shared_fix=shared)


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
        message, _ = because(read.problem)
        return failed(_name(asked), message, _fix(asked), asked.subject)
    return None


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
        message = f"denied{whose} by a policy that says so"
        needed = asked.permission
        fix = f"take that Deny out, or except {needed.action} on {needed.resource} from it"
        return failed(name, message, fix, subject)
    if name == "kms-key" and not simulated.by:
        message = "no policy of the caller allows it, and the key's own is not simulated"
        return unknown(name, message, _fix(asked), subject)
    return failed(name, f"not allowed{whose}", _fix(asked), subject)


def _fix(asked: Asked) -> str:
    needed = asked.permission
    where = ""
    if needed.qualifier is not None:
        where = f" with {QUALIFIER} {needed.qualifier}"
    return f"allow {needed.action} on {needed.resource}{where}{_how(asked)}"


def _shared_fix(asked: Asked) -> str:
    return f"allow {asked.permission.action} on each of them{_how(asked)}"


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
