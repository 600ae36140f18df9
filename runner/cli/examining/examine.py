"""The whole examination: what is looked at, in which order, and what each look leaves to judge."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from runner import aws
from runner.cli.examining import chosen, installation, machines, platforms, rights, specs, targets
from runner.doctor import credentials, environment, places, quotas
from runner.doctor.machines import Seen, machine
from runner.doctor.types import Check, failed, passed, unknown
from runner.doctor.words import in_common
from runner.errors import NotFound, ProviderError
from runner.iam import Purpose
from runner.inventory import DescribedMachine
from runner.model import AwsPlatform, MachineType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from runner.arns import MachineArn
    from runner.cli.examining.asking import Asking
    from runner.cli.examining.machines import Look
    from runner.cli.examining.platforms import Surroundings
    from runner.cli.examining.targets import Used
    from runner.cli.options import Wish
    from runner.cli.providers import Providers
    from runner.model import Auth

_NOBODYS = "the platform has an endpoint of its own, of which AWS knows nothing"
_EXPRESS_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Order:
    """What to examine: specs, variables, which jobs, and for what permissions are needed."""

    paths: Sequence[Path]
    wish: Wish
    var: Mapping[str, str]
    var_file: Sequence[Path]
    purpose: Purpose = Purpose.APPLY


@dataclass(frozen=True, slots=True)
class Tools:
    """With what to ask, what time it is, and whom to tell what is being waited for."""

    providers: Providers
    asking: Asking
    now: Callable[[], datetime]
    say: Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Examined:
    """Every check, and the project's name where there is one."""

    project: str | None
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class _Site:
    """A platform, what was seen around it, and what of it jobs use.

    Without `has_specs` it stands for the credentials of this computer; without `has_region`
    nobody named a region, and its own stands for any.
    """

    platform: AwsPlatform
    around: Surroundings
    used: Sequence[Used]
    has_specs: bool = True
    has_region: bool = True
    looks: Sequence[Look] = ()


def examine(order: Order, tools: Tools) -> Examined:
    """Examine everything. Raises Refused for options that are wrong."""
    read = specs.read(order.paths, order.wish, var=order.var, var_file=order.var_file)
    installed = installation.installed()
    known = targets.find(read, {})
    checks = [
        environment.python_version(installed),
        environment.package_versions(installed),
        environment.specs(
            read.diagnostics, files=read.files, told=read.told, is_given=bool(order.paths)
        ),
        environment.embedded_engine(installed, is_used=known.uses_local),
    ]
    around = []
    region = chosen.default_region() if read.spec is None and not read.files else None
    for platform in chosen.platforms(read, known, region):
        around.append((platform, _surroundings(platform, tools)))
    accounts = {each.name: chosen.account(each, seen) for each, seen in around}
    found = targets.find(read, {name: each for name, each in accounts.items() if each})
    checks += [
        failed("machine-named", fault.message, fault.help or "correct the specs", job)
        for job, fault in found.unnamed
    ]
    names = chosen.names(found.machines)
    for platform, seen in around:
        used = found.machines.get(platform.name, ())
        has_specs = read.spec is not None
        site = _Site(platform, seen, used, has_specs, has_specs or region is not None)
        checks += _site(site, names, order, tools)
    project = read.spec.project.name if read.spec is not None else None
    return Examined(project, tuple(checks))


def _surroundings(platform: AwsPlatform, tools: Tools) -> Surroundings:
    opening = partial(_opened, tools.providers, platform)
    own = partial(opening, platform.auth)
    doing = f"Looking at the surroundings of {platform.name}"
    with tools.say(doing):
        opened = platforms.opened(own, tools.asking)
    if platforms.needs_person(opened):
        # Asked for while nothing else is written to the terminal.
        opened = platforms.opened_by_person(own)
    with tools.say(doing):
        return platforms.look(platform, opened, opening, tools.asking)


def _opened(providers: Providers, platform: AwsPlatform, auth: Auth) -> aws.Session:
    return providers.session(replace(platform, auth=auth))


def _site(
    site: _Site, names: Mapping[str, Mapping[MachineArn, str]], order: Order, tools: Tools
) -> Iterator[Check]:
    """All checks of one platform, its machines, what is allowed on them, and its quotas."""
    called = names.get(site.platform.name, {})
    yield from _allowed(site, called)
    iam = _iam(site, tools)
    with tools.say(f"Looking at the state machines of {site.platform.name}"):
        looks = _looks(site, called, iam, tools)
    site = replace(site, looks=looks)
    yield from _around(site, tools)
    trouble = _trouble(site) or "it was not asked"
    for each in looks:
        yield from machine(each.seen, unasked=trouble)
    with tools.say(f"Asking what is allowed on {site.platform.name}"):
        yield from rights.of_caller(looks, site.around.identity, iam, order.purpose, tools.asking)
        yield from rights.of_roles(looks, iam, tools.asking)
    yield from _quotas(site, tools)


def _around(site: _Site, tools: Tools) -> Iterator[Check]:
    name, seen = site.platform.name, site.around
    yield credentials.credentials(name, seen.identity)
    account = site.platform.account_id
    yield credentials.account(name, account, seen.identity, has_specs=site.has_specs)
    yield credentials.last(name, seen.lifetime, _waits(site), tools.now())
    if not site.has_region:
        yield places.no_region(name, site.platform.region)
    elif site.platform.endpoint_url is None:
        yield places.region(
            name, site.platform.region, seen.regions, seen.states, has_specs=site.has_specs
        )
        yield places.region_enabled(
            name, site.platform.region, here=seen.identity, elsewhere=seen.elsewhere
        )
    for check, answer in (("states-endpoint", seen.states), ("sts-endpoint", seen.sts)):
        yield places.endpoint(check, name, answer)
    yield places.clock([each for each in (seen.states, seen.sts) if each is not None], name)


def _waits(site: _Site) -> list[credentials.Wait]:
    """How long each job may run: an Express one 5 minutes at most."""
    waits = []
    for each in site.looks:
        found = each.seen.found
        types = {found.type} if isinstance(found, DescribedMachine) else each.used.types
        for job in each.used.live:
            bound = job.timeout
            if types == {MachineType.EXPRESS}:
                bound = min(bound or _EXPRESS_SECONDS, _EXPRESS_SECONDS)
            waits.append(credentials.Wait(job.name, bound))
    return waits


def _allowed(site: _Site, called: Mapping[MachineArn, str]) -> Iterator[Check]:
    """Whether the platform lets its jobs use their machines."""
    name = "machine-allowed"
    for each in site.used:
        if each.refused is not None:
            fix = each.refused.help or "correct the platform or the job"
            refused = failed(name, each.refused.message, fix, called[each.arn])
            yield in_common(replace(refused, shared_fix=fix))
        elif not each.arn.account:
            fix = "write accountId in the platform"
            yield unknown(name, "its account is not known", fix, called[each.arn])
        else:
            yield passed(name, "its platform lets jobs use it", called[each.arn])


def _trouble(site: _Site) -> str | None:
    """Why nothing is asked about machines; None where something is."""
    wanted, identity = site.platform.account_id, site.around.identity
    if site.around.trouble is not None:
        return site.around.trouble
    if wanted and isinstance(identity, credentials.Identity) and identity.account != wanted:
        return "the credentials are of another account"
    return None


def _iam(site: _Site, tools: Tools) -> aws.Iam | str:
    """What asks IAM, or why nothing does."""
    trouble = _trouble(site)
    if trouble is not None or isinstance(site.around.session, ProviderError):
        return trouble or "there are no credentials to ask with"
    opened = tools.asking.ask(partial(aws.Iam, site.around.session))
    if isinstance(opened, ProviderError):
        return str(opened)
    if site.platform.endpoint_url is not None and aws.is_of_aws(opened.url):
        opened.close()
        return _NOBODYS
    return opened


def _looks(
    site: _Site, called: Mapping[MachineArn, str], iam: aws.Iam | str, tools: Tools
) -> list[Look]:
    """The machines that may be asked about, looked at if it is of any use."""
    used = [each for each in site.used if each.refused is None and each.arn.account]
    unseen = [machines.Look(each, Seen(called[each.arn], each.arn, each.types)) for each in used]
    if _trouble(site) is not None or not used:
        return unseen
    asking, within = tools.asking, tools.asking.seconds
    inventory = asking.ask(partial(tools.providers.inventory, site.platform, within=within))
    prober = asking.ask(partial(tools.providers.prober, site.platform, within=within))
    if isinstance(inventory, ProviderError) or isinstance(prober, ProviderError):
        return unseen
    return machines.look(
        used,
        called,
        inventory=inventory,
        prober=prober,
        iam=iam if isinstance(iam, aws.Iam) else None,
        asking=asking,
    )


def _quotas(site: _Site, tools: Tools) -> Iterator[Check]:
    if not site.has_region:
        return
    name, limits = site.platform.name, site.platform.limits
    types = [_type(each) for each in site.looks if _may_start(each) for _ in each.used.live]
    express = types.count(MachineType.EXPRESS)
    use = quotas.Use(
        site.platform.region, limits.share, limits.quotas, len(types) - express, express
    )
    yield from quotas.stated(name, use, _told(site, tools))
    if site.looks:
        yield quotas.share(name, use)


def _may_start(look: Look) -> bool:
    """Tell whether nothing is known by which a start of it would be refused at once."""
    found, qualifier = look.seen.found, look.seen.qualifier
    if isinstance(found, DescribedMachine):
        return found.status == "ACTIVE" and not isinstance(qualifier, NotFound)
    return not isinstance(found, NotFound)


def _type(look: Look) -> MachineType | None:
    found = look.seen.found
    if isinstance(found, DescribedMachine):
        return found.type
    return next(iter(look.used.types)) if len(look.used.types) == 1 else None


def _told(site: _Site, tools: Tools) -> Mapping[str, quotas.Told] | ProviderError:
    """What Service Quotas tells, or why it is not asked."""
    trouble, session = _trouble(site), site.around.session
    if trouble is not None:
        return ProviderError(trouble)
    if isinstance(session, ProviderError):
        return session
    answer = tools.asking.ask(lambda: _read_quotas(site.platform, session))
    if isinstance(answer, ProviderError):
        return answer
    return {name: quotas.Told(one.bucket, one.per_second) for name, one in answer.items()}


def _read_quotas(platform: AwsPlatform, session: aws.Session) -> Mapping[str, aws.AccountQuota]:
    if platform.endpoint_url is not None and aws.is_of_aws(
        aws.endpoint_of(session, "service-quotas")
    ):
        raise ProviderError(_NOBODYS)
    return aws.account_quotas(session)
