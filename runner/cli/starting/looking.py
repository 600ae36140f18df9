"""What AWS tells of an account, for a first job; everything that fails is told, not raised."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runner.arns import BadArn, is_allowed, resolve_machine
from runner.cli.starting.answers import Account, Described, Named
from runner.discovery.types import ACTIVE
from runner.errors import NotFound, ProviderError, Refused
from runner.suggestions import nearest

if TYPE_CHECKING:
    from runner.arns import MachineArn
    from runner.cli.providers import Providers
    from runner.model import AwsPlatform


def number(platform: AwsPlatform, providers: Providers) -> Account:
    """Whose credentials there are."""
    try:
        return Account(providers.accounts([platform])[platform.name])
    except ProviderError as error:
        return Account(problem=error)


def account(platform: AwsPlatform, providers: Providers) -> Account:
    """Whose credentials there are, and which machines their account has."""
    seen = number(platform, providers)
    if seen.problem is not None:
        return seen
    try:
        listed = providers.inventory(platform).machines()
    except ProviderError as error:
        return Account(seen.number, None, error)
    return Account(seen.number, tuple(sorted(listed, key=lambda one: one.arn.name)))


def first_job(
    text: str, seen: Account, platform: AwsPlatform, providers: Providers
) -> tuple[Described | Named, ProviderError | None]:
    """The job of a machine, by its name or ARN, and why no more is known of it, if so.

    Raises Refused for a name that can't be one, and for a machine that is not there.
    """
    arn = _arn(text, platform, seen.number or platform.account_id)
    kind = next((one.type for one in seen.machines or () if one.arn.name == arn.name), None)
    short = f"{arn.name}:{arn.qualifier}" if arn.qualifier else arn.name
    named = Named(arn, short, kind)
    if seen.number is None:
        return named, seen.problem
    try:
        found = providers.inventory(platform).describe(replace(arn, qualifier=None))
    except NotFound as error:
        raise Refused(_not_there(arn, _names(seen, platform, providers))) from error
    except ProviderError as error:
        return named, error
    if found.status != ACTIVE:
        raise Refused(f"the state machine {arn.name} is being deleted")
    return Described(found, short), None


def _arn(text: str, platform: AwsPlatform, account: str | None) -> MachineArn:
    try:
        arn = resolve_machine(text, region=platform.region, account=account or "0" * 12)
    except BadArn as error:
        raise Refused(str(error)) from error
    if arn.region != platform.region:
        raise Refused(f"{text} is in the region {arn.region}, not in {platform.region}")
    if account is not None and arn.account != account:
        raise Refused(f"{text} is in the account {arn.account}, not in {account}")
    if not is_allowed(platform.allow, arn):
        raise Refused(f"{text} matches no pattern of `allow` of the platform {platform.name}")
    return arn


def _names(seen: Account, platform: AwsPlatform, providers: Providers) -> list[str]:
    """The names of an account's machines; none where they can't be listed."""
    machines = seen.machines
    if machines is None and seen.problem is None:
        machines = account(platform, providers).machines
    return [one.arn.name for one in machines or ()]


def _not_there(arn: MachineArn, names: list[str]) -> str:
    near = nearest(arn.name, names)
    hint = f"; did you mean {near}?" if near else ""
    return f"there is no state machine {arn.name} in {arn.region} of account {arn.account}{hint}"
