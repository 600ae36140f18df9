"""Credentials: whose they are, whether the account is the right one, and how long they last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.doctor.types import Check, failed, passed, unknown
from runner.doctor.words import because, duration
from runner.errors import CredentialsFailed, ProviderError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the credentials are: the ARN that STS tells, and the account."""

    arn: str
    account: str


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Where credentials come from, as boto names it, and until when they last.

    `renews` tells that they renew themselves; `expires_at` is None where nothing tells an end.
    `is_temporary` tells that they have one: those of a session do. `doubt` is why they may last
    longer than until then.
    """

    source: str
    renews: bool
    is_temporary: bool
    expires_at: datetime | None = None
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Wait:
    """How long a job may run: `seconds`, None where the spec sets no bound."""

    job: str
    seconds: float | None


def credentials(platform: str, found: Identity | ProviderError) -> Check:
    """Whose credentials these are."""
    name = "credentials"
    match found:
        case Identity():
            return passed(name, found.arn, platform)
        case CredentialsFailed():
            message, fix = because(found)
            return failed(name, message, fix or "give credentials that AWS takes", platform)
        case _:
            message, fix = because(found)
            return unknown(name, message, fix or "look again when STS can be asked", platform)


def account(
    platform: str, wanted: str | None, found: Identity | ProviderError, *, has_specs: bool = True
) -> Check:
    """Whether the account of the credentials is the one that the platform is for.

    Without specs the platform only stands for the credentials, and any account will do.
    """
    name = "account"
    if isinstance(found, ProviderError):
        return unknown(name, "the credentials told no account", "see `credentials`", platform)
    if wanted is None:
        why = "the platform names none, so any account would do"
        why = why if has_specs else "no specs tell which is meant"
        return passed(name, f"{found.account}; {why}", platform)
    if found.account == wanted:
        return passed(name, wanted, platform)
    return failed(
        name,
        f"the credentials are of account {found.account}, and the platform is for {wanted}",
        f"use credentials of account {wanted}, or correct the platform's accountId",
        platform,
    )


def last(
    platform: str, found: Lifetime | ProviderError | None, waits: Sequence[Wait], now: datetime
) -> Check:
    """Whether the credentials last as long as the longest job may run."""
    name = "credentials-last"
    if found is None or isinstance(found, ProviderError):
        return unknown(name, "there are no credentials to look at", "see `credentials`", platform)
    if found.renews:
        return passed(name, f"they renew themselves ({found.source})", platform)
    if not found.is_temporary:
        return passed(name, f"they have no end ({found.source})", platform)
    if found.expires_at is None:
        return unknown(
            name,
            f"they are of a session and can't renew themselves ({found.source}); nothing tells "
            "when they end",
            f"{_RENEW}; or set AWS_CREDENTIAL_EXPIRATION",
            platform,
        )
    return _against(platform, found, (found.expires_at - now).total_seconds(), waits)


_RENEW = (
    "use a source that renews, for the first of its roles too: GitHub's own tokens, a token file "
    "that is written anew, a profile with SSO, or this machine's own role"
)


def _against(platform: str, found: Lifetime, left: float, waits: Sequence[Wait]) -> Check:
    name = "credentials-last"
    told = f"they can't renew themselves ({found.source}) and last {duration(left)} more"
    if found.doubt:
        told = f"they last {duration(left)} more, and {found.doubt} ({found.source})"
    bounded = [(each.seconds, each.job) for each in waits if each.seconds is not None]
    longest = max(bounded, default=(0.0, ""))
    if left <= longest[0] or left <= 0:
        what = f", and job {longest[1]} may run {duration(longest[0])}" if longest[1] else ""
        verdict = unknown if found.doubt else failed
        return verdict(name, told + what, _RENEW, platform)
    endless = sorted(each.job for each in waits if each.seconds is None)
    if endless:
        return unknown(name, f"{told}, and job {endless[0]} has no timeout", _RENEW, platform)
    if not longest[1]:
        return passed(name, told, platform)
    return passed(name, f"{told}; the longest job may run {duration(longest[0])}", platform)
