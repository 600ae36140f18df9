"""Who may take a role: whose tokens they are, and in which account the role is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from runner import iam
from runner.arns import partition_of
from runner.cli.permitting.gathering import account_of, platforms_of
from runner.errors import Refused
from runner.model import AssumeRoleAuth
from runner.report import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runner.cli.permitting.gathering import Wanted
    from runner.cli.providers import Providers
    from runner.iam import Policy
    from runner.model import AwsPlatform, Spec

_ACCOUNT = re.compile(r"[0-9]{12}")


@dataclass(frozen=True, slots=True)
class Trusted:
    """Whose tokens a role is to trust, as the options say it. At most one end is given.

    `account` is that of the role, which the specs do not always tell.
    """

    repo: str
    repo_id: str | None
    environment: str | None
    branch: str | None
    pull_request: bool
    issuer: str
    account: str | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the role is, and for whom its tokens are."""

    partition: str
    account: str
    audience: str


def trust(
    spec: Spec | None, wanted: Wanted, trusted: Trusted, providers: Providers
) -> tuple[Policy, Sequence[str]]:
    """The trust policy, and what to say of it. Without specs the account has to be named.

    Raises Refused, click.UsageError for options that can't be trusted exactly, and
    ProviderError.
    """
    try:
        repository = iam.read_repository(trusted.repo, trusted.repo_id)
        end = _end(trusted)
    except iam.BadTrust as error:
        raise click.UsageError(str(error)) from error
    platforms = () if spec is None else platforms_of(spec, wanted.platform)
    place = _place(platforms, wanted, trusted, providers)
    try:
        policy = iam.trust_policy(
            repository,
            end,
            partition=place.partition,
            account=place.account,
            issuer=trusted.issuer,
            audience=place.audience,
        )
    except iam.BadTrust as error:
        raise click.UsageError(str(error)) from error
    return policy, (*_notes(trusted), *_of_account(platforms, place, trusted))


def _end(trusted: Trusted) -> str:
    if trusted.environment is not None:
        return iam.of_environment(trusted.environment)
    if trusted.pull_request:
        return iam.OF_PULL_REQUESTS
    return iam.of_branch("main" if trusted.branch is None else trusted.branch)


def _notes(trusted: Trusted) -> list[str]:
    notes = []
    if trusted.environment is None and trusted.branch is None and not trusted.pull_request:
        notes.append(
            "this trusts runs on the branch main, of jobs without an environment; say which with "
            "--environment, --branch or --pull-request"
        )
    if trusted.repo_id is None:
        notes.append(
            "tokens of repositories that were created since 15 July 2026, renamed or moved name "
            "numbers too, and are refused without --repo-id: "
            f"gh api repos/{trusted.repo} --jq '\"\\(.owner.id)/\\(.id)\"'"
        )
    else:
        notes.append("keep the form of the subject that the repository's tokens have")
    return notes


def _of_account(platforms: Sequence[AwsPlatform], place: _Place, trusted: Trusted) -> Iterator[str]:
    """What to say where roles are assumed with credentials of which nobody tells the account."""
    if not platforms:
        yield "there are no specs here: this is for a role in the partition aws"
    unknown = [
        each.name
        for each in platforms
        if isinstance(each.auth, AssumeRoleAuth) and iam.trusting_role(each.auth) is None
    ]
    if unknown and trusted.account is None:
        yield (
            f"the role of platform {listed(unknown)} is assumed with other credentials, and nobody "
            f"tells of which account: this is for a role of account {place.account}; name "
            "another with --account"
        )


def _place(
    platforms: Sequence[AwsPlatform], wanted: Wanted, trusted: Trusted, providers: Providers
) -> _Place:
    """Where the role of the platforms is. Raises Refused where they differ."""
    if not platforms and trusted.account is not None:
        return _Place("aws", trusted.account, iam.AUDIENCE)
    places = {_place_of(each, wanted, trusted, providers) for each in platforms}
    if len(places) > 1:
        names = listed([each.name for each in platforms])
        raise Refused(f"the roles of {names} are in several places: choose one with --platform")
    return places.pop()


def _place_of(
    platform: AwsPlatform, wanted: Wanted, trusted: Trusted, providers: Providers
) -> _Place:
    role = iam.trusting_role(platform.auth)
    if role is None:
        account = trusted.account or account_of(platform, wanted, providers)
        return _Place(partition_of(platform.region), account, iam.AUDIENCE)
    _, partition, _, _, account, *_ = role.role_arn.split(":")
    if trusted.account not in (None, account):
        raise Refused(
            f"--account {trusted.account}: the role that takes tokens is {role.role_arn}, of "
            f"account {account}"
        )
    return _Place(partition, account, role.audience or iam.AUDIENCE)


def check_trusted(trusted: Trusted, *, is_asked: bool) -> None:
    """Refuse options of --trust that are given without it, or twice. Raises click.UsageError."""
    runs = (trusted.environment, trusted.branch, trusted.pull_request or None)
    given = sum(each is not None for each in runs)
    if not is_asked:
        named = (trusted.repo or None, trusted.repo_id, trusted.account)
        if given or named != (None, None, None) or trusted.issuer != iam.GITHUB:
            raise click.UsageError("a repository and its runs are trusted with --trust github")
    elif not trusted.repo:
        raise click.UsageError("--trust github needs --repo ORG/REPO")
    elif given > 1:
        raise click.UsageError("--environment, --branch and --pull-request exclude each other")
    elif trusted.account is not None and not _ACCOUNT.fullmatch(trusted.account):
        raise click.UsageError("--account takes an AWS account: its 12 digits")
