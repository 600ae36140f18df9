"""Which platforms are looked at, and what they, their accounts and machines are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner import aws
from runner.doctor import credentials
from runner.errors import Place, ProviderError
from runner.model import AwsPlatform

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runner.arns import MachineArn
    from runner.cli.examining import targets
    from runner.cli.examining.platforms import Surroundings
    from runner.cli.examining.specs import Specs
    from runner.cli.examining.targets import Used

_ANY_REGION = "us-east-1"


def platforms(read: Specs, known: targets.Targets, region: str | None) -> list[AwsPlatform]:
    """The platforms that jobs use; all of them where no job can be looked at.

    Where no specs are, that of the region which this machine's configuration names.
    """
    if read.spec is None:
        return [] if read.files else [AwsPlatform("aws", region or _ANY_REGION, Place(""))]
    every = [each for each in read.spec.platforms.values() if isinstance(each, AwsPlatform)]
    return [each for each in every if each.name in known.machines] if read.jobs else every


def default_region() -> str | None:
    """The region that this machine's configuration names; None for none."""
    try:
        return aws.configured_region()
    except ProviderError:
        # Of a profile that is not there the credentials tell.
        return None


def account(platform: AwsPlatform, seen: Surroundings) -> str | None:
    """The account that is meant; None where nothing tells it."""
    if platform.account_id is not None:
        return platform.account_id
    if isinstance(seen.identity, credentials.Identity):
        return seen.identity.account
    return aws.STAND_IN_ACCOUNT if platform.endpoint_url is not None else None


def names(used: Mapping[str, Sequence[Used]]) -> Mapping[str, Mapping[MachineArn, str]]:
    """What each machine is called: by its name, with the platform's where there are several."""
    called = {}
    for platform, each in used.items():
        head = f"{platform}/" if len(used) > 1 else ""
        called[platform] = {one.arn: head + _tail(one.arn) for one in each}
    return called


def _tail(arn: MachineArn) -> str:
    return f"{arn.name}:{arn.qualifier}" if arn.qualifier else arn.name
