"""The questions on a terminal. An option that was given is an answer already."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from runner import report
from runner.aws import configured
from runner.cli import printing
from runner.cli.starting import checks, deciding, looking
from runner.cli.starting.answers import Account, Answers, Example, FirstJob, Wishes
from runner.errors import Refused
from runner.starting import Roles, hooks, workflows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runner.cli.providers import Providers
    from runner.cli.starting.ground import Ground
    from runner.errors import ProviderError
    from runner.inventory import ListedMachine
    from runner.model import AwsPlatform

AWS, LOCAL = "aws", "local"
EXAMPLE, NONE = "example", "none"
_SHOWN = 40
"""Machines that are listed; of more, the names have to be known."""


def ask(wishes: Wishes, ground: Ground, providers: Providers) -> Answers:
    """Ask for all that the options leave open. Raises click.Abort when a person leaves."""
    deciding.refuse_example(wishes, ground)
    name = ground.name if ground.has_project else _name(wishes, ground)
    platform = _platform(wishes, ground)
    job: FirstJob | None = deciding.first_job_wished(wishes, ground, platform)
    if platform is not None and not isinstance(job, Example):
        platform, job = _looked(wishes, ground, platform, providers)
    answers = Answers(name, platform, job)
    return replace(_workflows(answers, wishes, ground), has_hook=_hook(wishes, ground))


def _name(wishes: Wishes, ground: Ground) -> str:
    if wishes.name is not None:
        return wishes.name
    return str(click.prompt("Project name", default=ground.name, value_proc=checks.name))


def _platform(wishes: Wishes, ground: Ground) -> AwsPlatform | None:
    """Where jobs run; None for the embedded engine alone."""
    if ground.platform() is not None or wishes.region is not None or _is_arn(wishes.machine):
        return deciding.platform_wished(wishes, ground)
    if wishes.example:
        return None
    if wishes.machine is None and _where() == LOCAL:
        return None
    profile = wishes.profile if wishes.profile is not None else _profile()
    region = click.prompt(
        "AWS region", default=configured.region(profile) or "us-east-1", value_proc=checks.region
    )
    return deciding.new_platform(region, wishes.account_id, profile)


def _is_arn(machine: str | None) -> bool:
    return machine is not None and machine.startswith("arn:")


def _where() -> str:
    choice: str = click.prompt(
        "Where do the jobs run: on AWS, or on the embedded engine alone, to try it out",
        type=click.Choice([AWS, LOCAL], case_sensitive=False),
        default=AWS,
    )
    return choice


def _profile() -> str | None:
    """A profile to look with; not asked for where there are none, or keys in the environment."""
    known = configured.profiles()
    if not known or os.environ.get("AWS_ACCESS_KEY_ID"):
        return None
    usual = os.environ.get("AWS_PROFILE", "default")

    def check(text: str) -> str:
        if text and text not in known:
            raise click.BadParameter(f"no profile {text!r} is configured: {', '.join(known)}")
        return text

    default = usual if usual in known else ""
    chosen: str = click.prompt(
        "AWS profile to look with", default=default, value_proc=check, show_default=bool(default)
    )
    return chosen if chosen not in ("", os.environ.get("AWS_PROFILE"), "default") else None


def _looked(
    wishes: Wishes, ground: Ground, platform: AwsPlatform, providers: Providers
) -> tuple[AwsPlatform, FirstJob | None]:
    """The platform with its account, and the first job, with the help of what AWS tells."""
    click.echo(f"Looking for state machines in {platform.region} …", err=True)
    seen = looking.account(platform, providers)
    if seen.problem is not None:
        printing.tell(f"They can't be listed: {report.clean(str(seen.problem))}")
    deciding.refuse_other_account(seen, platform)
    if seen.number is None and platform.account_id is None:
        platform = deciding.of_account(platform, _account_number())
    platform = deciding.of_account(platform, seen.number)
    if wishes.machine is not None:
        return platform, _tried(wishes.machine, seen, platform, providers)
    return platform, _first_job(seen, platform, providers, is_new=ground.spec is None)


def _account_number() -> str | None:
    def check(text: str) -> str:
        return checks.account_id(text) if text else ""

    text: str = click.prompt(
        "AWS account, 12 digits (empty if you don't know)",
        default="",
        show_default=False,
        value_proc=check,
    )
    return text or None


def _first_job(
    seen: Account, platform: AwsPlatform, providers: Providers, *, is_new: bool
) -> FirstJob | None:
    """Ask until a job can be written, or none is wanted."""
    machines = seen.machines or ()
    _show(machines, seen, platform)
    words = [f"`{EXAMPLE}`"] * is_new + [f"`{NONE}`"]
    names = "the number or name of a state machine" if machines else "the name of a state machine"
    default = "1" if machines else EXAMPLE if is_new else NONE

    def check(text: str) -> FirstJob | None:
        named = next((one.arn.name for one in machines if one.arn.name == text), None)
        if named is None and text == NONE:
            return None
        if named is None and text == EXAMPLE and is_new:
            return Example()
        return _tried(named or _numbered(text, machines), seen, platform, providers)

    question = f"First job ({names}, {' or '.join(words)})"
    chosen: FirstJob | None = click.prompt(question, default=default, value_proc=check)
    return chosen


def _show(machines: Sequence[ListedMachine], seen: Account, platform: AwsPlatform) -> None:
    if seen.machines is not None and not machines:
        account = f" of account {seen.number}" if seen.number else ""
        click.echo(f"There is no state machine in {platform.region}{account}.")
    width = len(str(len(machines)))
    for number, machine in enumerate(machines[:_SHOWN], start=1):
        name = report.one_line(machine.arn.name)
        click.echo(f"  {number:>{width}}  {name}  {machine.type.lower()}")
    if len(machines) > _SHOWN:
        click.echo(f"  and {len(machines) - _SHOWN} more")


def _numbered(text: str, machines: Sequence[ListedMachine]) -> str:
    """The name of the machine of this number, or else the text, which may be a name."""
    if text.isdecimal() and machines:
        shown = min(len(machines), _SHOWN)
        if not 1 <= int(text) <= shown:
            raise click.BadParameter(f"there is no number {text}: 1 to {shown}, or a name")
        return machines[int(text) - 1].arn.name
    return text


def _tried(machine: str, seen: Account, platform: AwsPlatform, providers: Providers) -> FirstJob:
    """The job of a machine. Raises click.BadParameter with what is wrong about it."""
    try:
        job, problem = looking.first_job(machine, seen, platform, providers)
    except Refused as error:
        raise click.BadParameter(report.clean(str(error))) from error
    if problem is not None and problem is not seen.problem:
        tell_unseen(problem)
    return job


def tell_unseen(problem: ProviderError) -> None:
    """Say why a machine was not looked at, so that its job is written without more."""
    printing.tell(
        f"The machine could not be looked at, so its job is as you named it: "
        f"{report.clean(str(problem))}"
    )


def _workflows(answers: Answers, wishes: Wishes, ground: Ground) -> Answers:
    missing = [each for each in ("plan", "apply") if ground.workflow(each) is None]
    if not wishes.workflows or not workflows.is_writable(ground.specs):
        return answers
    if not missing:
        return replace(answers, roles=deciding.roles_wished(wishes, answers, ground))
    is_said = wishes.plan_role or wishes.apply_role or wishes.release or wishes.branch
    if not is_said and not click.confirm(
        "Write GitHub workflows: a plan in each pull request, an apply on each merge", default=True
    ):
        return answers
    roles = deciding.roles_wished(wishes, answers, ground)
    if roles is not None:
        roles = Roles(
            wishes.plan_role or _role("that may look, for plans", "plan", answers),
            wishes.apply_role or _role("that may start and stop, for applies", "apply", answers),
        )
    branch = wishes.branch or ground.branch
    return replace(
        answers,
        branch=branch,
        is_branch_known=wishes.branch is not None,
        roles=roles,
        release=wishes.release,
    )


def _role(what: str, command: str, answers: Answers) -> str:
    role: str = click.prompt(
        f"ARN of the role {what}",
        default=deciding.role_name(answers.platform, command),
        value_proc=checks.role,
    )
    return role


def _hook(wishes: Wishes, ground: Ground) -> bool:
    if not wishes.pre_commit or ground.hooks() is not None:
        return wishes.pre_commit
    return click.confirm(f"Write {hooks.PATH}, to validate specs before each commit", default=True)
