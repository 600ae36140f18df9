"""Who credentials are and how long they last. The credentials themselves are never handed out."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runner.aws.asking import config
from runner.aws.codes import plain
from runner.aws.translation import aws_errors
from runner.errors import CredentialsFailed, Transient

if TYPE_CHECKING:
    from datetime import datetime

    from runner.aws.clients import Session

_OPERATION = "GetCallerIdentity"
_ACCOUNT = re.compile(r"\d{12}")
FIXED = ("env", "shared-credentials-file", "config-file", "explicit")
"""Sources that botocore reads once: what they give is never renewed."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom STS takes the credentials for: an ARN, an account of 12 digits, an id."""

    arn: str
    account: str
    user_id: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Where credentials come from, in boto's word, and how long they last.

    `renews` tells that they renew themselves, `is_temporary` that they are of a session and end.
    `expires_at` is None where nothing tells when. `may_be_replaced` tells that somebody else may
    put new ones into the same place before.
    """

    name: str
    renews: bool
    is_temporary: bool
    expires_at: datetime | None = None
    may_be_replaced: bool = False


def caller(
    session: Session, *, endpoint_url: str | None = None, region: str | None = None
) -> Caller:
    """Ask STS who calls: in the session's region, or in `region`. Raises ProviderError."""
    with aws_errors(_OPERATION):
        sts: Any = session.client(
            "sts", endpoint_url=endpoint_url, region_name=region, config=config()
        )
        with closing(sts):
            answer = sts.get_caller_identity()
    account = str(answer.get("Account", ""))
    if not _ACCOUNT.fullmatch(account):
        raise Transient(f"{_OPERATION} answered without an account", operation=_OPERATION)
    return Caller(plain(answer.get("Arn", "")), account, plain(answer.get("UserId", "")))


def source(session: Session) -> Source:
    """Tell where the session's credentials come from. Raises CredentialsFailed."""
    with aws_errors("credentials"):
        found: Any = session.get_credentials()
        if found is None:
            raise CredentialsFailed(
                "no credentials found. The way out: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY, or run where a role gives them"
            )
        has_token = bool(found.get_frozen_credentials().token)
    name = plain(getattr(found, "method", None) or "unknown")
    # What renews itself knows how; the environment's "renewal" reads the same values again.
    refreshes = hasattr(found, "refresh_needed")
    expires_at: datetime | None = getattr(found, "_expiry_time", None)
    renews = refreshes and name not in FIXED
    return Source(name, renews, has_token or expires_at is not None, expires_at)
