"""Why STS gives no credentials of a role, in words, with the least that would mend it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runner.arns import partition_of
from runner.aws import clocks
from runner.aws.codes import EXPIRED, plain
from runner.aws.tokens import Claims

if TYPE_CHECKING:
    from collections.abc import Callable

WEB_IDENTITY, ASSUME_ROLE = "AssumeRoleWithWebIdentity", "AssumeRole"

_ROLE = re.compile(r"arn:([a-z-]+):iam::([0-9]{12}):role/.+")
_SUBJECT = re.compile(r"repo:([^/:@]+)(?:@\d+)?/([^/:@]+)(?:@\d+)?:(.+)")
_GITHUB = "https://token.actions.githubusercontent.com"
_SIGNATURE = frozenset(
    {"SignatureDoesNotMatch", "InvalidSignatureException", "RequestExpired", "AuthFailure"}
)
_UNKNOWN_KEYS = frozenset(
    {"InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId"}
)
_QUIET = EXPIRED | _SIGNATURE | _UNKNOWN_KEYS
"""Codes with which the service's own text may quote the request, and is not shown."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer of STS without credentials, and what was asked.

    `said` is the service's text, `skew` how many seconds this machine's clock is ahead, None
    where that is not known. `token_left` is how many seconds the token held by AWS's clock.
    `source` calls what the role was to be taken with.
    """

    operation: str
    role_arn: str
    region: str
    code: str
    said: str = ""
    claims: Claims = field(default_factory=Claims)
    token_left: float | None = None
    skew: float | None = None
    duration: int | None = None
    external_id: str | None = None
    source: str = ""

    @property
    def account(self) -> str:
        """The account that the role is of."""
        found = _ROLE.fullmatch(self.role_arn)
        return found[2] if found else "the role's account"

    @property
    def provider_arn(self) -> str:
        """The ARN that the token's issuer has in the role's account."""
        issuer = self.claims.get("iss").partition("://")[2] or "ISSUER"
        return f"arn:{partition_of(self.region)}:iam::{self.account}:oidc-provider/{issuer}"

    @property
    def about(self) -> str:
        """What the token says, as the end of a sentence that has begun."""
        return f"; its token has {self.claims}" if str(self.claims) else ""


def explain(refusal: Refusal) -> str | None:
    """The whole story; None for a code of which nothing more is known than of any call's."""
    advice = _advice(refusal)
    if advice is None:
        return None
    said = "" if refusal.code in _QUIET else f": {plain(refusal.said).rstrip('.')}"
    head = f"the role {plain(refusal.role_arn)} may not be assumed ({refusal.code}{said})"
    return f"{head}{refusal.about}. {advice}"


def _advice(refusal: Refusal) -> str | None:
    clock = _clock(refusal)
    if clock:
        return clock
    if _is_too_long(refusal):
        return _too_long(refusal)
    if refusal.code in _UNKNOWN_KEYS:
        return _unknown_keys(refusal)
    if refusal.code in _SIGNATURE:
        return f"The way out: check that the secret key of {refusal.source} belongs to its key id."
    ways = _WEB_IDENTITY if refusal.operation == WEB_IDENTITY else _ASSUME_ROLE
    way = ways.get(refusal.code.removesuffix("Exception"))
    return way(refusal) if way else None


def _clock(refusal: Refusal) -> str:
    """The clock's part in it, where it may have one."""
    skew = refusal.skew
    is_of_time = refusal.code in EXPIRED | _SIGNATURE
    if skew is None or abs(skew) < clocks.NOTABLE or not is_of_time:
        return ""
    told = clocks.told(skew)
    if refusal.operation == WEB_IDENTITY and (refusal.token_left or 0) < 0:
        # The token's end is AWS's to judge: a wrong clock here does not end it.
        return f"{_expired(refusal)} Besides, {told}."
    return f"{told[0].upper()}{told[1:]}. The way out: set it right, best by NTP."


def _is_too_long(refusal: Refusal) -> bool:
    told = refusal.said.lower()
    return refusal.code == "ValidationError" and (
        "durationseconds" in told.replace(" ", "") or "session limit" in told
    )


def _too_long(refusal: Refusal) -> str:
    if "chain" in refusal.said.lower() or "1 hour" in refusal.said.lower():
        return (
            f"The credentials of {refusal.source} are of a role themselves. The way out: write "
            "`duration: 1h` or less; credentials are renewed however long a run is."
        )
    asked = clocks.span(refusal.duration or 0)
    return (
        f"The platform asks for {asked}, which is longer than the role's MaxSessionDuration. The "
        "way out: write a shorter `duration` (1h always does; credentials are renewed however long "
        "a run is), or raise the role's."
    )


def _unknown_keys(refusal: Refusal) -> str:
    partition = partition_of(refusal.region)
    return (
        f"STS in {refusal.region} does not know the keys of {refusal.source}: they are deleted, or "
        f"of another partition than {partition}, or {refusal.region} is not enabled in their "
        "account. The way out: give keys that hold there, or correct the Platform's region."
    )


def _expired(refusal: Refusal) -> str:
    left = refusal.token_left
    since = f" {clocks.span(left)} before" if left is not None and left < 0 else ""
    return (
        f"The token had expired{since}. The way out: have whoever writes its file renew it in "
        "time; it is read anew for each renewal. If it is new, check this machine's clock."
    )


def _expired_source(refusal: Refusal) -> str:
    return (
        f"The credentials of {refusal.source} have expired. The way out: get new ones, or name a "
        "source that renews itself."
    )


def _not_trusted(refusal: Refusal) -> str:
    provider = refusal.provider_arn
    return (
        "The way out: let the trust policy of the role, if there is such a role, allow "
        f"sts:AssumeRoleWithWebIdentity to {provider} with conditions that this sub and aud meet."
        f"{_forms(refusal.claims)}"
    )


def _forms(claims: Claims) -> str:
    """Both forms that GitHub's subjects have, of which a policy may name the other one."""
    found = _SUBJECT.fullmatch(claims.get("sub"))
    if found is None or not _is_github(claims):
        return ""
    owner, name, rest = found.groups()
    ids = claims.get("repository_owner_id") or "ORG_ID", claims.get("repository_id") or "REPO_ID"
    with_ids = f"repo:{owner}@{ids[0]}/{name}@{ids[1]}:{rest}"
    if claims.get("sub").startswith(f"repo:{owner}@"):
        with_ids = claims.get("sub")
    return (
        " GitHub's sub has one of two forms, and the policy must have the one that this token has: "
        f"'repo:{owner}/{name}:{rest}', or for repositories that are new, renamed or moved "
        f"'{with_ids}'."
    )


def _is_github(claims: Claims) -> bool:
    issuer = claims.get("iss")
    return not issuer or issuer == _GITHUB or issuer.endswith("/_services/token")


def _bad_token(refusal: Refusal) -> str:
    told, issuer = refusal.said.lower(), refusal.claims.get("iss") or "ISSUER"
    audience = refusal.claims.get("aud") or "AUDIENCE"
    if "audience" in told:
        return (
            f"The account's OpenID Connect provider {refusal.provider_arn} does not list this aud. "
            f"The way out: aws iam add-client-id-to-open-id-connect-provider "
            f"--open-id-connect-provider-arn {refusal.provider_arn} --client-id {audience}"
        )
    if "no openidconnect provider" in told:
        return (
            f"Account {refusal.account} does not know the token's issuer. The way out: add it as "
            f"an OpenID Connect provider: aws iam create-open-id-connect-provider --url {issuer} "
            f"--client-id-list {audience}"
        )
    return (
        "The way out: check that the token's issuer is an OpenID Connect provider of account "
        f"{refusal.account}, with this aud among its audiences, and that the token is whole."
    )


def _not_reached(refusal: Refusal) -> str:
    issuer = refusal.claims.get("iss") or "the issuer"
    return (
        f"AWS could not reach {issuer} to check the token. The way out: try again; its "
        "/.well-known/openid-configuration has to be reachable from the internet."
    )


def _not_allowed(refusal: Refusal) -> str:
    external = (
        "If the trust policy has a condition on sts:ExternalId, write its value as `externalId`."
        if refusal.external_id is None
        else "The trust policy's sts:ExternalId must be the platform's `externalId`."
    )
    return (
        f"The way out: let the credentials of {refusal.source} call sts:AssumeRole on the role, "
        f"and let the role's trust policy name them, if there is such a role. {external}"
    )


def _not_activated(refusal: Refusal) -> str:
    return (
        f"STS is not activated in {refusal.region} for the account. The way out: activate it in "
        "the account settings of IAM."
    )


_WEB_IDENTITY: dict[str, Callable[[Refusal], str]] = {
    "AccessDenied": _not_trusted,
    "IDPRejectedClaim": _not_trusted,
    "IDPCommunicationError": _not_reached,
    "InvalidIdentityToken": _bad_token,
    "RegionDisabled": _not_activated,
    **dict.fromkeys((code.removesuffix("Exception") for code in EXPIRED), _expired),
}
_ASSUME_ROLE: dict[str, Callable[[Refusal], str]] = {
    "AccessDenied": _not_allowed,
    "RegionDisabled": _not_activated,
    **dict.fromkeys((code.removesuffix("Exception") for code in EXPIRED), _expired_source),
}
