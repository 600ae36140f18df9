"""A platform's `auth`: where its credentials come from, and what can't work about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runner.arns import partition_of
from runner.errors import Diagnostic
from runner.model.types import AssumeRoleAuth, DefaultAuth, ProfileAuth, WebIdentityAuth
from runner.parameters import shown

if TYPE_CHECKING:
    from runner.model.fields import Fields
    from runner.model.scope import Problems
    from runner.model.types import Auth

SHORTEST, LONGEST = 900, 12 * 3600
"""Seconds that the credentials of a role may last (STS API reference)."""

LONGEST_CHAINED = 3600
"""The same where a role is taken with another role's credentials."""

MOST_SOURCES = 5
"""How many auths may stand within each other, the outermost not counted."""

_ROLE = re.compile(r"arn:(?P<partition>[a-z-]+):iam::(?P<account>[0-9]{12}):role/.+")

_ISOLATED = re.compile(r"(?:us|eu)-iso[a-z]?-")
"""How the regions of partitions begin of which nothing is known here."""


def build(spec: Fields, *, region: str, account: str | None, problems: Problems) -> Auth:
    """The auth of a platform in this region; what the schema complained about is not.

    `account` is the one that the platform is for, None where any will do.
    """
    partition = None if _ISOLATED.match(region) else partition_of(region)
    auth = _build(spec, "auth", partition, problems)
    role = role_of(auth)
    if account is not None and role is not None and account_of(role) not in (account, None):
        problems.append(
            Diagnostic(
                spec.place_of_value("roleArn"),
                f"auth.roleArn: the role is of account {account_of(role)}, and the platform is for"
                f" {account}",
                "other-account",
                f"name a role of account {account}",
            )
        )
    return auth


def role_of(auth: Auth) -> str | None:
    """The ARN of the role that an auth takes; None for credentials that are found."""
    return auth.role_arn if isinstance(auth, AssumeRoleAuth | WebIdentityAuth) else None


def account_of(role_arn: str) -> str | None:
    """The account that a role is of; None for what is no ARN of a role."""
    found = _ROLE.fullmatch(role_arn)
    return found["account"] if found else None


def _build(
    spec: Fields, path: str, partition: str | None, problems: Problems, *, depth: int = 0
) -> Auth:
    method = spec.text("method")
    if method == "profile":
        return ProfileAuth(spec.text("profile") or "")
    if method not in ("assume-role", "web-identity"):
        return DefaultAuth()
    role_arn = spec.text("roleArn") or ""
    _check_partition(spec, path, role_arn, partition, problems)
    if method == "web-identity":
        return WebIdentityAuth(
            role_arn,
            session_name=spec.text("sessionName"),
            duration=_duration(spec, path, None, problems),
            token_file=spec.text("tokenFile"),
            audience=spec.text("audience"),
        )
    source = _source(spec, path, partition, problems, depth)
    return AssumeRoleAuth(
        role_arn,
        external_id=spec.text("externalId"),
        session_name=spec.text("sessionName"),
        duration=_duration(spec, path, role_of(source), problems),
        source=source,
    )


def _source(spec: Fields, path: str, partition: str | None, problems: Problems, depth: int) -> Auth:
    if depth < MOST_SOURCES:
        return _build(spec.below("source"), f"{path}.source", partition, problems, depth=depth + 1)
    if spec.get("source") is not None:
        problems.append(
            Diagnostic(
                spec.place_of("source"),
                f"{path}.source: more than {MOST_SOURCES} sources stand within each other",
                "too-many-sources",
                "take the role with fewer roles between",
            )
        )
    return DefaultAuth()


def _check_partition(
    spec: Fields, path: str, role_arn: str, partition: str | None, problems: Problems
) -> None:
    found = _ROLE.fullmatch(role_arn)
    # Of what is no ARN of a role the schema has spoken.
    if found is not None and partition not in (found["partition"], None):
        problems.append(
            Diagnostic(
                spec.place_of_value("roleArn"),
                f"{path}.roleArn: the role is of the partition {shown(found['partition'])}, and"
                f" the platform's region is in {partition}",
                "other-partition",
                f"name a role arn:{partition}:iam::…: credentials hold in their own partition",
            )
        )


def _duration(spec: Fields, path: str, source: str | None, problems: Problems) -> int | None:
    seconds = spec.seconds("duration")
    if seconds is None:
        return None
    fault = _fault(seconds, source)
    if fault is None:
        return int(seconds)
    message, way_out = fault
    problems.append(
        Diagnostic(
            spec.place_of_value("duration"),
            f"{path}.duration: {message}",
            "session-duration",
            way_out,
        )
    )
    return None


def _fault(seconds: float, source: str | None) -> tuple[str, str] | None:
    if not SHORTEST <= seconds <= LONGEST:
        return (
            "credentials of a role last from 15 minutes to 12 hours",
            "write 15m to 12h; they are renewed however long a run is",
        )
    if source is not None and seconds > LONGEST_CHAINED:
        return (
            "a role that is taken with another role's credentials holds for an hour at most",
            "write 1h or less; they are renewed however long a run is",
        )
    return None
