"""Where the executions of a run are: written by an apply, and read to find them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.cli import printing
from runner.errors import Place
from runner.model import (
    AssumeRoleAuth,
    AwsPlatform,
    DefaultAuth,
    LocalPlatform,
    ProfileAuth,
    WebIdentityAuth,
)
from runner.results import PlatformInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from runner.model import Auth, Platform
    from runner.plan import Plan


def of_plan(plan: Plan) -> Mapping[str, PlatformInfo]:
    """The platforms of a plan's jobs, by name."""
    return {name: _info(platform, plan) for name, platform in plan.platforms.items()}


def _info(platform: Platform, plan: Plan) -> PlatformInfo:
    match platform:
        case LocalPlatform():
            return PlatformInfo("local")
        case AwsPlatform():
            account = platform.account_id or _account_of_jobs(plan, platform.name)
            return PlatformInfo(
                "aws-step-functions",
                platform.region,
                account,
                platform.endpoint_url,
                platform.auth,
            )


def _account_of_jobs(plan: Plan, platform: str) -> str | None:
    """The account of the credentials, which all state machines of a platform are in."""
    accounts = {job.machine.account for job in plan.jobs if job.platform == platform}
    return accounts.pop() if len(accounts) == 1 else None


def tell_whose(platforms: Iterable[Platform], path: Path, more: str = "") -> None:
    """Say on stderr with whose credentials platforms are called, where a file chose them.

    Anyone may have written it, and nobody is to miss who acts.
    """
    for each in platforms:
        if isinstance(each, AwsPlatform) and each.auth != DefaultAuth():
            printing.tell(f"{path}: platform {each.name} is called with {whose(each.auth)}{more}")


def whose(auth: Auth) -> str:
    """Whose credentials an auth has, in words."""
    match auth:
        case DefaultAuth():
            return "what boto finds by itself"
        case ProfileAuth(profile):
            return f"the profile {profile!r}"
        case WebIdentityAuth(role_arn):
            return f"the role {role_arn}, by web identity"
        case AssumeRoleAuth():
            return f"the role {auth.role_arn}, by {whose(auth.source)}"


def to_ask(name: str, info: PlatformInfo, *, file: str) -> AwsPlatform:
    """The platform that a results file tells of. Raises ValueError for one without a region."""
    if info.region is None:
        raise ValueError(f"platform {name} has no region")
    return AwsPlatform(
        name=name,
        region=info.region,
        place=Place(file),
        account_id=info.account_id,
        endpoint_url=info.endpoint_url,
        auth=info.auth,
    )
