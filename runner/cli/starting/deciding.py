"""What options decide, and what of it a prompt has no other answer to either."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from runner import starting
from runner.arns import BadArn, parse_machine, partition_of
from runner.aws import configured
from runner.cli.starting import looking
from runner.cli.starting.answers import Account, Answers, Example, FirstJob, Wishes
from runner.errors import Place, ProviderError, Refused
from runner.model import AwsPlatform, LocalPlatform, ProfileAuth
from runner.starting import workflows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runner.cli.providers import Providers
    from runner.cli.starting.ground import Ground
    from runner.model import Platform


def decide(
    wishes: Wishes, ground: Ground, providers: Providers
) -> tuple[Answers, ProviderError | None]:
    """What the options alone come to, and why a machine could not be looked at, if so.

    Raises Refused, and click.UsageError where something has to be said.
    """
    refuse_example(wishes, ground)
    platform = platform_wished(wishes, ground)
    seen, job, problem = Account(), first_job_wished(wishes, ground, platform), None
    if wishes.machine is not None and platform is not None:
        seen = looking.number(platform, providers)
        refuse_other_account(seen, platform)
        job, problem = looking.first_job(wishes.machine, seen, platform, providers)
        platform = of_account(platform, seen.number)
    answers = Answers(wishes.name or ground.name, platform, job, has_hook=wishes.pre_commit)
    if wishes.workflows:
        answers = replace(
            answers,
            branch=wishes.branch or ground.branch,
            is_branch_known=wishes.branch is not None,
            roles=roles_wished(wishes, answers, ground),
            release=wishes.release,
        )
    return answers, problem


def check(wishes: Wishes) -> None:
    """Refuse what contradicts itself. Raises click.UsageError."""
    if wishes.example and wishes.machine is not None:
        raise click.UsageError("--example and --machine are two ways to begin: give one of them")
    if not wishes.workflows and (wishes.plan_role or wishes.apply_role or wishes.release):
        raise click.UsageError("roles and a release are for workflows: leave out --no-workflows")


def refuse_example(wishes: Wishes, ground: Ground) -> None:
    """Refuse to mix the example into a project of somebody. Raises Refused."""
    has_example = ground.documents >= starting.specs.EXAMPLE_JOBS
    if wishes.example and ground.spec is not None and not has_example:
        raise Refused("there are specs already, and the example is for a folder without any")


def platform_wished(wishes: Wishes, ground: Ground) -> AwsPlatform | None:
    """The platform of AWS that the project has, or that the options name; None for none."""
    there = ground.platform()
    region = wishes.region or _region_in(wishes.machine)
    if there is not None:
        _refuse_another(there, region, wishes.account_id)
        return _looked_at_with(of_account(there, wishes.account_id), wishes.profile)
    if region is None and (wishes.machine or wishes.profile or wishes.account_id):
        region = configured.region(wishes.profile)
        if region is None:
            raise click.UsageError("say where: --region REGION, such as --region us-east-1")
    return None if region is None else new_platform(region, wishes.account_id, wishes.profile)


def new_platform(region: str, account_id: str | None, profile: str | None) -> AwsPlatform:
    """A platform that is to be written."""
    platform = AwsPlatform(starting.specs.AWS, region, Place("specs"), account_id=account_id)
    return _looked_at_with(platform, profile)


def _looked_at_with(platform: AwsPlatform, profile: str | None) -> AwsPlatform:
    return platform if profile is None else replace(platform, auth=ProfileAuth(profile))


def _region_in(machine: str | None) -> str | None:
    with suppress(BadArn):
        return parse_machine(machine).region if machine is not None else None
    return None


def _refuse_another(there: AwsPlatform, region: str | None, account_id: str | None) -> None:
    """Refuse options that the project's own platform contradicts. Raises Refused."""
    if region is not None and region != there.region:
        raise Refused(
            f"the platform {there.name} of the project that is there is in {there.region}, "
            f"not in {region}: write another Platform by hand"
        )
    if account_id is not None and there.account_id not in (None, account_id):
        raise Refused(
            f"the platform {there.name} of the project that is there is for the account "
            f"{there.account_id}, not {account_id}"
        )


def refuse_other_account(seen: Account, platform: AwsPlatform) -> None:
    """Refuse credentials of another account than the platform is for. Raises Refused."""
    if seen.number is not None and platform.account_id not in (None, seen.number):
        raise Refused(
            f"the credentials are of the account {seen.number}, not {platform.account_id}: "
            "take those of the other account, with --profile or AWS_PROFILE"
        )


def of_account(platform: AwsPlatform, number: str | None) -> AwsPlatform:
    """The platform with the account whose credentials were seen."""
    return (
        platform if platform.account_id or number is None else replace(platform, account_id=number)
    )


def first_job_wished(
    wishes: Wishes, ground: Ground, platform: AwsPlatform | None
) -> FirstJob | None:
    """The first job where nothing has to be looked up for it."""
    is_new = ground.spec is None
    if is_new and (wishes.example or (platform is None and wishes.machine is None)):
        return Example()
    return None


def needs_roles(answers: Answers, ground: Ground) -> bool:
    """Tell whether the workflows take roles: where jobs run on AWS, or are to be found there."""
    if isinstance(answers.job, Example):
        return False
    return answers.platform is not None or any(
        not isinstance(each, LocalPlatform) for each in _platforms_in_use(ground)
    )


def needs_embedded_engine(answers: Answers, ground: Ground) -> bool:
    """Tell whether the workflows take the embedded engine: where jobs run on it by design."""
    is_there = ground.has_project and ground.spec is not None
    return isinstance(answers.job, Example) or (
        is_there and any(isinstance(each, LocalPlatform) for each in _platforms_in_use(ground))
    )


def _platforms_in_use(ground: Ground) -> Iterator[Platform | None]:
    """The project's default platform and those that its jobs name, as far as specs tell."""
    if ground.spec is None:
        return
    platforms = ground.spec.platforms
    yield platforms.get(ground.spec.project.platform or "")
    for job in ground.spec.jobs.values():
        if job.platform is not None and job.platform.is_literal:
            yield platforms.get(str(job.platform.value))


def roles_wished(wishes: Wishes, answers: Answers, ground: Ground) -> starting.Roles | None:
    """The roles that the options name, or such names as the documentation gives them.

    None where no workflow takes any. Raises click.UsageError if some are named even so.
    """
    if needs_roles(answers, ground):
        plan, apply = (role_name(answers.platform, command) for command in ("plan", "apply"))
        return starting.Roles(wishes.plan_role or plan, wishes.apply_role or apply)
    if wishes.plan_role or wishes.apply_role:
        raise click.UsageError(
            "roles are for jobs on AWS, and these run on the embedded engine: leave them out, "
            "or say where with --region REGION"
        )
    return None


def role_name(platform: AwsPlatform | None, command: str) -> str:
    """The ARN of a role as the documentation calls it, in the platform's account if known."""
    if platform is None or platform.account_id is None:
        example = workflows.EXAMPLE_ROLES
        return example.plan if command == "plan" else example.apply
    partition = partition_of(platform.region)
    return f"arn:{partition}:iam::{platform.account_id}:role/stepfleet-{command}"
