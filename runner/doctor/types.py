"""Checks of a project's surroundings, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a check came to. Unknown is what can't be told without side effects or permission."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """One checked fact: a stable kebab-case `name`, what it is about, and the verdict.

    `subject` is a platform, a machine or a job as people name it; empty for the whole project.
    `message` says what was seen; `fix` the way out of what fails, or how an unknown one can be
    told. A passed check has none. `permission` is the one that a check of permissions is about:
    an action and, in words, what it is needed for. `shared_fix` is the way out in fewer words
    where many machines have the same trouble, and `shared` so the message: without
    what is of one machine alone. `near` goes on after the message: what may be meant.
    """

    name: str
    verdict: Verdict
    message: str
    subject: str = ""
    fix: str | None = None
    permission: str | None = None
    shared_fix: str | None = None
    shared: str | None = None
    near: str = ""


def passed(name: str, message: str, subject: str = "") -> Check:
    """A check that passed."""
    return Check(name, Verdict.PASS, message, subject)


def failed(name: str, message: str, fix: str, subject: str = "") -> Check:
    """A check that failed, with the way out."""
    return Check(name, Verdict.FAIL, message, subject, fix)


def unknown(name: str, message: str, fix: str, subject: str = "") -> Check:
    """What can't be told, and how it could be."""
    return Check(name, Verdict.UNKNOWN, message, subject, fix)


class Area(StrEnum):
    """What a check is about, as a heading over its rows."""

    ENVIRONMENT = "This computer and the specs"
    PLATFORM = "Credentials and places"
    MACHINES = "State machines"
    PERMISSIONS = "Permissions"
    QUOTAS = "Quotas"


AREAS = {
    "python-version": Area.ENVIRONMENT,
    "package-versions": Area.ENVIRONMENT,
    "specs": Area.ENVIRONMENT,
    "embedded-engine": Area.ENVIRONMENT,
    "credentials": Area.PLATFORM,
    "account": Area.PLATFORM,
    "credentials-last": Area.PLATFORM,
    "region": Area.PLATFORM,
    "region-enabled": Area.PLATFORM,
    "states-endpoint": Area.PLATFORM,
    "sts-endpoint": Area.PLATFORM,
    "clock": Area.PLATFORM,
    "machine-named": Area.MACHINES,
    "machine-allowed": Area.MACHINES,
    "machine-exists": Area.MACHINES,
    "machine-active": Area.MACHINES,
    "machine-type": Area.MACHINES,
    "machine-qualifier": Area.MACHINES,
    "machine-role": Area.MACHINES,
    "express-logging": Area.MACHINES,
    "permission": Area.PERMISSIONS,
    "kms-key": Area.PERMISSIONS,
    "nested-executions": Area.PERMISSIONS,
    "quotas-stated": Area.QUOTAS,
    "quotas-share": Area.QUOTAS,
}
"""Every check by name, in the order in which they are shown, and what it is about."""
