"""A role that is assumed with a token, asked for anew for each of its credentials."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from runner.aws.translation import aws_errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.credentials import RefreshableCredentials

Credentials: TypeAlias = "RefreshableCredentials"


@dataclass(frozen=True, slots=True)
class WebIdentity:
    """Who a workflow is to AWS, as an OpenID Connect provider vouches for it.

    `token` asks the provider for a new token, which need not hold for long; it raises
    StepfleetError. `session_name` is what AWS's own logs call the session; what may not stand
    there is replaced. `region` is where STS is asked, if not where the first platform is.
    """

    role_arn: str
    session_name: str
    token: Callable[[], str] = field(repr=False)
    region: str | None = None


def _utc_now() -> datetime:
    return datetime.now(UTC)


def assume(
    identity: WebIdentity, *, region: str, now: Callable[[], datetime] = _utc_now
) -> Credentials:
    """Assume the role: credentials that renew themselves, for all sessions and threads.

    A renewal that fails is tried again while the old ones hold, and no call fails by it. STS is
    asked at AWS, or at AWS_ENDPOINT_URL_STS, and never at a platform's own endpoint. Raises
    CredentialsFailed, as any call does later when the old ones don't hold any more.
    """
    with aws_errors("credentials"):
        from runner.aws import roles  # noqa: PLC0415 - brings the client library in

        return roles.assume(identity, region=identity.region or region, now=now)
