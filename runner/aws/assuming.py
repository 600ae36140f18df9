"""A role that is assumed with a token, asked for anew for each of its credentials."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from runner.aws.translation import aws_errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from runner.aws.web_identity import Credentials, WebIdentity


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

        return roles.web_identity(identity, region=identity.region or region, now=now)
