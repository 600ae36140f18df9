"""Looking at an account: which platform is meant, what is listed, and what each machine is."""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from runner import discovery, inference, values
from runner.definitions import tasks
from runner.discovery import Discovery, Found, Listing, VanishedMachine
from runner.errors import CredentialsFailed, Place, ProviderError, Refused
from runner.inventory import DescribedMachine
from runner.model import AwsPlatform, DefaultAuth, ProfileAuth
from runner.report import listed as in_words
from runner.step_functions import Wanted
from runner.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from runner.cli.discovering.surroundings import Surroundings
    from runner.cli.discovering.wishes import Wishes
    from runner.cli.providers import Providers
    from runner.discovery import KnownJob, Seen
    from runner.inventory import ListedMachine
    from runner.model import Spec
    from runner.step_functions import Inventory

    Say = Callable[[str], None]


def look(wishes: Wishes, around: Surroundings, providers: Providers, say: Say) -> Discovery:
    """List and describe what is wanted. Raises Refused and ProviderError.

    `say` hears how far it is.
    """
    platform, account = _where(wishes, around, providers)
    inventory = providers.inventory(platform)
    listing = _listing(inventory, say)
    chosen = discovery.choose(listing.machines, wishes.filters, platform.allow)
    tagged, tags = _tagged(inventory, chosen.machines, wishes, say)
    seen = list(_seen(inventory, tagged, wishes, say))
    seen = [_with_tags(one, tags) for one in seen]
    spec = around.spec
    known = () if spec is None else discovery.known_jobs(spec, platform, account, around.variables)
    found = Discovery(
        platform=platform,
        account=account,
        machines=tuple(_found(one, known, wishes) for one in seen),
        listing=listing,
        not_allowed=chosen.not_allowed,
        filtered=chosen.filtered + len(chosen.machines) - len(tagged),
        project=spec.project.name if spec is not None and not around.new_project else None,
        notes=tuple(_notes(known, wishes)),
    )
    return replace(found, gone=_gone(known, found, wishes))


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
    """A platform of the specs that is for this region and account, or one that is new."""
    auth = ProfileAuth(wishes.profile) if wishes.profile else DefaultAuth()
    platforms = {} if spec is None else spec.platforms
    fresh = AwsPlatform(_free_name(region, platforms), region, Place("--region"), auth=auth)
    account = providers.accounts([fresh])[fresh.name]
    fits = [
        one
        for one in platforms.values()
        if isinstance(one, AwsPlatform)
        and (one.region, one.endpoint_url) == (region, None)
        and one.account_id in (None, account)
    ]
    default = spec.project.platform if spec is not None else None
    fits.sort(key=lambda one: (one.account_id != account, one.name != default, one.name))
    if not fits:
        return replace(fresh, account_id=account), account
    # The credentials that were asked for stand in for those of the platform.
    own = replace(fits[0], auth=auth)
    return own, providers.accounts([own])[own.name]


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


# What is made of it


def _found(seen: Seen, known: Sequence[KnownJob], wishes: Wishes) -> Found:
    arn = discovery.arn_of(seen)
    found = Found(seen, discovery.runs(known, arn), discovery.may_run(known, arn))
    if not isinstance(seen, DescribedMachine) or seen.definition is None:
        return found
    try:
        definition = values.parse(seen.definition)
    except values.NotJson:
        return found
    return replace(
        found,
        inferred=inference.infer(definition) if wishes.infer else None,
        tasks=tasks(definition) if wishes.definitions else (),
    )


def _gone(
    known: Sequence[KnownJob], found: Discovery, wishes: Wishes
) -> tuple[KnownJob, ...] | None:
    """Jobs whose machines are gone; None where not all of the account was looked at."""
    listing = found.listing
    if wishes.filters.is_any or listing.problem is not None or listing.unreadable:
        return None
    vanished = {
        each.seen.listed.arn for each in found.machines if isinstance(each.seen, VanishedMachine)
    }
    there = [one.arn for one in listing.machines if one.arn not in vanished]
    return discovery.gone(known, there, found.platform, found.account)


def _notes(known: Sequence[KnownJob], wishes: Wishes) -> Iterable[str]:
    unclear = discovery.unclear(known)
    if unclear:
        names = in_words([job.name for job in unclear])
        yield (
            f"what {names} run{'s' if len(unclear) == 1 else ''} depends on variables that have "
            "no value here: a machine of theirs may count as new. Give them with --var."
        )
    if wishes.infer and not wishes.composes:
        yield "what was inferred is shown with --format json or specs, and written with --write"
