"""Roles and profiles that a saved plan names: used only by a user's leave."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from runner.cli import whereabouts
from runner.errors import Refused
from runner.model import AssumeRoleAuth, AwsPlatform, DefaultAuth, ProfileAuth, WebIdentityAuth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from runner.model import Auth, Platform
    from runner.plan import Plan

    Command = Callable[..., object]


@dataclass(frozen=True, slots=True)
class Leave:
    """The roles and profiles that a user named; with `own`, none of the plan's are used."""

    named: Sequence[str] = ()
    own: bool = False


def options(command: Command) -> Command:
    """`--auth` and `--own-credentials`."""
    own = click.option(
        "--own-credentials",
        is_flag=True,
        help="Use the credentials that boto finds by itself, whatever role or profile a saved "
        "plan names.",
    )
    auth = click.option(
        "--auth",
        multiple=True,
        metavar="ROLE_ARN|PROFILE",
        help="A role or profile, named in a saved plan, that may be used. Repeatable.",
    )
    return auth(own(command))


def apply(plan: Plan, leave: Leave, path: Path) -> Plan:
    """The plan with the credentials that the user lets it use. Raises Refused."""
    platforms = [each for each in plan.platforms.values() if isinstance(each, AwsPlatform)]
    wanted = tuple(dict.fromkeys(name for each in platforms for name in _names(each.auth)))
    strange = [name for name in leave.named if name not in wanted]
    if strange:
        raise Refused(
            f"--auth {strange[0]}: {path} names no such role or profile; "
            f"it names {', '.join(wanted) or 'none'}"
        )
    if leave.own:
        return replace(plan, platforms=_by_default(plan.platforms))
    for each in platforms:
        if any(name not in leave.named for name in _names(each.auth)):
            raise Refused(_told(each, wanted, path))
    return plan


def _names(auth: Auth) -> Iterator[str]:
    """The role or profile of an auth, and of those that it is taken with."""
    match auth:
        case DefaultAuth():
            return
        case ProfileAuth(profile):
            yield profile
        case WebIdentityAuth(role_arn):
            yield role_arn
        case AssumeRoleAuth():
            yield auth.role_arn
            yield from _names(auth.source)


def _by_default(platforms: Mapping[str, Platform]) -> Mapping[str, Platform]:
    return {
        name: replace(each, auth=DefaultAuth()) if isinstance(each, AwsPlatform) else each
        for name, each in platforms.items()
    }


def _told(platform: AwsPlatform, wanted: Sequence[str], path: Path) -> str:
    words = ["stepfleet", "apply", str(path)]
    for name in wanted:
        words += ["--auth", name]
    return (
        f"{path} has its platform {platform.name} called with {whereabouts.whose(platform.auth)}: "
        f"whoever wrote the file chose that. If it is what you mean, type: {shlex.join(words)} "
        "(and what else you gave); --own-credentials uses what boto finds by itself"
    )
