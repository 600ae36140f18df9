"""Looking at an account: which platform is meant, what is listed, and what each machine is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from runner import discovery
from runner.discovery import Listing, VanishedMachine
from runner.errors import CredentialsFailed, Place, ProviderError, Refused
from runner.inventory import DescribedMachine
from runner.model import AwsPlatform, DefaultAuth, ProfileAuth
from runner.step_functions import Wanted
from runner.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from runner.cli.discovering.surroundings import Surroundings
    from runner.cli.discovering.wishes import Wishes
    from runner.cli.providers import Providers
    from runner.discovery import Seen
    from runner.inventory import ListedMachine
    from runner.model import Spec
    from runner.step_functions import Inventory

    Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Looked:
    """What an account told. `filtered` and `not_allowed` are counted as in a Discovery."""

    platform: AwsPlatform
    account: str
    listing: Listing
    seen: tuple[Seen, ...]
    not_allowed: int
    filtered: int


def look(wishes: Wishes, around: Surroundings, providers: Providers, say: Say) -> Looked:
    """List and describe what is wanted. Raises Refused and ProviderError.

    `say` hears how far it is.
    """
    platform, account = _where(wishes, around, providers)
    inventory = providers.inventory(platform)
    listing = _listing(inventory, say)
    chosen = discovery.choose(listing.machines, wishes.filters, platform.allow)
    tagged, tags = _tagged(inventory, chosen.machines, wishes, say)
    seen = _seen(inventory, tagged, wishes, say)
    return Looked(
        platform=platform,
        account=account,
        listing=listing,
        seen=tuple(_with_tags(one, tags) for one in seen),
        not_allowed=chosen.not_allowed,
        filtered=chosen.filtered + len(chosen.machines) - len(tagged),
    )


# Where


def _where(wishes: Wishes, around: Surroundings, providers: Providers) -> tuple[AwsPlatform, str]:
    if wishes.region is not None:
        return _in_region(wishes, wishes.region, around.spec, providers)
    platform = _chosen(wishes.platform, around.spec)
    account = providers.accounts([platform])[platform.name]
    if platform.account_id not in (None, account):
        raise Refused(
            f"the credentials are of account {account}, and platform {platform.name!r} is for "
            f"{platform.account_id}: use credentials of account {platform.account_id}"
        )
    return platform, account


def _chosen(name: str | None, spec: Spec | None) -> AwsPlatform:
    platforms = {} if spec is None else spec.platforms
    of_aws = {one.name: one for one in platforms.values() if isinstance(one, AwsPlatform)}
    if name is not None:
        if name in of_aws:
            return of_aws[name]
        what = "is not one of AWS" if name in platforms else "is not in the specs"
        hint = did_you_mean(name, of_aws) or "name one of type aws-step-functions, or give --region"
        raise Refused(f"the platform {name!r} {what}: {hint}")
    if spec is not None and spec.project.platform in of_aws:
        return of_aws[spec.project.platform]
    if len(of_aws) == 1:
        return next(iter(of_aws.values()))
    if of_aws:
        raise Refused(f"which platform is meant? Name it: --platform {' or '.join(of_aws)}")
    raise Refused("no Platform of type aws-step-functions is in the specs: give --region")


def _in_region(
    wishes: Wishes, region: str, spec: Spec | None, providers: Providers
) -> tuple[AwsPlatform, str]:
    fresh = _fresh(wishes, region, spec)
    account = providers.accounts([fresh])[fresh.name]
    platform = _of_region(wishes, region, spec, account)
    return platform, providers.accounts([platform])[platform.name]


def _fresh(wishes: Wishes, region: str, spec: Spec | None) -> AwsPlatform:
    auth = ProfileAuth(wishes.profile) if wishes.profile else DefaultAuth()
    name = _free_name(region, () if spec is None else spec.platforms)
    return AwsPlatform(name, region, Place("--region"), auth=auth)


def _of_region(wishes: Wishes, region: str, spec: Spec | None, account: str) -> AwsPlatform:
    """A platform of the specs that is for this region and account, or one that is new."""
    fresh = _fresh(wishes, region, spec)
    fits = [
        one
        for one in (() if spec is None else spec.platforms.values())
        if isinstance(one, AwsPlatform)
        and (one.region, one.endpoint_url) == (region, None)
        and one.account_id in (None, account)
    ]
    default = spec.project.platform if spec is not None else None
    fits.sort(key=lambda one: (one.account_id != account, one.name != default, one.name))
    # The credentials that were asked for stand in for those of the platform.
    return replace(fits[0], auth=fresh.auth) if fits else replace(fresh, account_id=account)


def platform_now(looked: Looked, wishes: Wishes, spec: Spec | None) -> AwsPlatform:
    """The platform that was looked at, as the specs have it now.

    Raises Refused where that would have been another look.
    """
    if wishes.region is not None:
        now = _of_region(wishes, wishes.region, spec, looked.account)
    else:
        now = _chosen(wishes.platform, spec)
    if _look_of(now) != _look_of(looked.platform) or now.account_id not in (None, looked.account):
        raise Refused(
            f"the platform {now.name!r} was changed while its account was looked at; nothing was "
            "written. Discover again."
        )
    return now


def _look_of(platform: AwsPlatform) -> tuple[object, ...]:
    return platform.region, platform.endpoint_url, platform.auth, platform.allow


def _free_name(region: str, platforms: Iterable[str]) -> str:
    names = ("aws", f"aws_{region.replace('-', '_')}", *(f"aws_{n}" for n in range(2, 1000)))
    taken = set(platforms)
    return next(name for name in names if name not in taken)


def is_new(platform: AwsPlatform, spec: Spec | None) -> bool:
    """Tell whether a platform is in no document yet."""
    return spec is None or platform.name not in spec.platforms


# What is listed


def _listing(inventory: Inventory, say: Say) -> Listing:
    """The whole list, or what of it could be read. Raises ProviderError where that is nothing."""
    machines: dict[object, ListedMachine] = {}
    unreadable: dict[str, None] = {}
    say("Listing state machines")
    try:
        for page in inventory.pages():
            machines |= {one.arn: one for one in page.machines}
            unreadable |= dict.fromkeys(page.unreadable)
            say(f"Listing state machines: {len(machines):,}")
    except CredentialsFailed:
        raise
    except ProviderError as error:
        if not machines:
            raise
        return Listing(tuple(machines.values()), tuple(unreadable), error)
    return Listing(tuple(machines.values()), tuple(unreadable))


def _tagged(
    inventory: Inventory, machines: Sequence[ListedMachine], wishes: Wishes, say: Say
) -> tuple[Sequence[ListedMachine], Mapping[str, Mapping[str, str]]]:
    """Those with the tags that are wanted, and their tags by ARN. Raises ProviderError."""
    wanted = wishes.filters.tags
    if not wanted or not machines:
        return machines, {}
    say("Looking for tags")
    tags = inventory.tagged(wanted)
    if tags is None:
        tags = inventory.tags_of(machines, lambda done: say(_count("Reading tags", done, machines)))
    fitting = {arn for arn, found in tags.items() if discovery.has_tags(found, wanted)}
    return [one for one in machines if str(one.arn) in fitting], tags


def _seen(
    inventory: Inventory, machines: Sequence[ListedMachine], wishes: Wishes, say: Say
) -> Iterable[Seen]:
    wanted = Wanted(
        definition=wishes.infer or wishes.definitions,
        versions=wishes.versions,
        aliases=wishes.aliases,
    )
    described = inventory.describe_all(
        machines, lambda done: say(_count("Describing", done, machines)), wanted=wanted
    )
    for listed, found in zip_longest(machines, described):
        yield VanishedMachine(listed) if found is None else found


def _count(what: str, done: int, of: Sequence[object]) -> str:
    return f"{what}: {done:,} of {len(of):,}"


def _with_tags(seen: Seen, tags: Mapping[str, Mapping[str, str]]) -> Seen:
    if isinstance(seen, DescribedMachine) and str(seen.arn) in tags:
        return replace(seen, tags=tags[str(seen.arn)])
    return seen
