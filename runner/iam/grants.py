"""Whom to give which policies: those who call Step Functions, and those who take their roles."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.arns import partition_of
from runner.iam.permissions import discovery_permissions, permissions
from runner.iam.policies import policies
from runner.iam.types import Permission, Purpose
from runner.model import AssumeRoleAuth, DefaultAuth, ProfileAuth, WebIdentityAuth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from runner.iam.policies import Policy
    from runner.iam.types import MachineUse
    from runner.model import AwsPlatform
    from runner.model.types import Auth

DISCOVER = "discover"
ASSUME = "assume"


@dataclass(frozen=True, slots=True)
class Usage:
    """How a project uses a platform, of this account.

    `idle` are the machines of jobs that are switched off: a plan looks at them, no apply starts
    them.
    """

    platform: AwsPlatform
    account: str
    used: tuple[MachineUse, ...] = ()
    idle: tuple[MachineUse, ...] = ()


@dataclass(frozen=True, slots=True)
class Grant:
    """Policies for one who acts on platforms. `purpose` is a Purpose's, DISCOVER or ASSUME.

    `holder` is the ARN of the role, or words for other credentials. `account` is None where
    the specs don't tell whose it is.
    """

    purpose: str
    holder: str
    account: str | None
    platforms: tuple[str, ...]
    policies: tuple[Policy, ...]


@dataclass(frozen=True, slots=True)
class MachineRole:
    """Policies for the role of a machine that starts executions. `role` is its ARN, if known."""

    machine: str
    role: str | None
    policies: tuple[Policy, ...]


def grants(usages: Sequence[Usage]) -> tuple[Grant, ...]:
    """What to give to whom, by purpose in the order of a project's life.

    Platforms of one account whose credentials are the same are one grant.
    """
    found = [
        *(grant for purpose in Purpose for grant in _of_calls(purpose, usages, _needs(purpose))),
        *_of_calls(DISCOVER, usages, _to_discover),
        *_of_sources(usages),
    ]
    return tuple(grant for grant in found if grant.policies)


def _needs(purpose: Purpose) -> Callable[[Usage], tuple[Permission, ...]]:
    less = Purpose.PLAN if purpose is Purpose.APPLY else purpose

    def needs(usage: Usage) -> tuple[Permission, ...]:
        return (*permissions(usage.used, purpose), *permissions(usage.idle, less))

    return needs


def _to_discover(usage: Usage) -> tuple[Permission, ...]:
    region = usage.platform.region
    head = f"arn:{partition_of(region)}:states:{region}:{usage.account}"
    return discovery_permissions(f"{head}:stateMachine:*")


def _of_calls(
    purpose: str, usages: Iterable[Usage], needs: Callable[[Usage], tuple[Permission, ...]]
) -> Iterator[Grant]:
    alike: dict[tuple[str, str], list[Usage]] = defaultdict(list)
    for usage in usages:
        alike[holder_of(usage.platform.auth), usage.account].append(usage)
    for (holder, account), together in alike.items():
        names = tuple(usage.platform.name for usage in together)
        needed = [each for usage in together for each in needs(usage)]
        yield Grant(purpose, holder, account, names, policies(needed))


def _of_sources(usages: Iterable[Usage]) -> Iterator[Grant]:
    needed: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for usage in usages:
        for holder, role in _assumed(usage.platform.auth):
            needed[holder][role].append(usage.platform.name)
    for holder, roles in needed.items():
        names = sorted({name for platforms in roles.values() for name in platforms})
        allowed = [
            Permission("sts:AssumeRole", _literally(role), "to take the role") for role in roles
        ]
        account = holder.split(":")[4] if holder.startswith("arn:") else None
        yield Grant(ASSUME, holder, account, tuple(names), policies(allowed))


def _assumed(auth: Auth) -> Iterator[tuple[str, str]]:
    """Each role that is assumed with other credentials, after whose they are."""
    while isinstance(auth, AssumeRoleAuth):
        yield holder_of(auth.source), auth.role_arn
        auth = auth.source


def _literally(arn: str) -> str:
    """The ARN as a policy names this one alone: paths of roles may have signs of patterns."""
    return re.sub(r"[*?$]", lambda sign: f"${{{sign[0]}}}", arn)


def holder_of(auth: Auth) -> str:
    """Whose credentials these are: the ARN of a role, or words."""
    match auth:
        case DefaultAuth():
            return "the credentials that stepfleet runs with"
        case ProfileAuth(profile):
            return f"the profile {profile}"
        case AssumeRoleAuth() | WebIdentityAuth():
            return auth.role_arn


def trusting_role(auth: Auth) -> WebIdentityAuth | None:
    """The role that is assumed with a token, if there is one, at the end of the chain."""
    while isinstance(auth, AssumeRoleAuth):
        auth = auth.source
    return auth if isinstance(auth, WebIdentityAuth) else None
