"""Roles assumed by web identity, with the client library's own classes. Imports that library."""

from __future__ import annotations

import base64
import json
import math
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.credentials import (
    AssumeRoleWithWebIdentityCredentialFetcher,
    CredentialProvider,
    CredentialResolver,
    RefreshableCredentials,
)
from botocore.session import get_session

from runner.aws.codes import EXPIRED, plain
from runner.aws.translation import aws_errors
from runner.errors import AccessDenied, CredentialsFailed, ProviderError, StepfleetError

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.session import Session

    from runner.aws.web_identity import WebIdentity

OPERATION = "AssumeRoleWithWebIdentity"
METHOD = "assume-role-with-web-identity"

EARLY = 900.0
"""Seconds before their end from which credentials are renewed, if that can be."""

AT_LAST = 15.0
"""Seconds before their end from which no call is made with them any more."""

PAUSE = timedelta(seconds=10)
"""How long a renewal that failed is not tried again: every call would try it."""

_NO_CACHE = 10**9
_CONFIG = Config(
    connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 3, "mode": "standard"}
)
"""Nobody above repeats this call, and a second one does no harm."""

_CLAIM = 300


def assume(
    identity: WebIdentity, *, region: str, now: Callable[[], datetime]
) -> RefreshableCredentials:
    """See runner.aws.assume.

    The client library would renew credentials that last for minutes at every call, so the times
    at which it does follow from how long the first ones last.
    """
    role = _Role(identity, region, now)
    first = role.fetch()
    expires = datetime.fromisoformat(first["expiry_time"])
    lasts = (expires - now()).total_seconds()
    return RefreshableCredentials(
        first["access_key"],
        first["secret_key"],
        first["token"],
        expires,
        refresh_using=role.fetch,
        method=METHOD,
        time_fetcher=now,
        advisory_timeout=math.ceil(min(EARLY, lasts / 3)),
        mandatory_timeout=math.ceil(min(AT_LAST, lasts / 20)),
        account_id=first.get("account_id"),
    )


def use(session: Session, credentials: RefreshableCredentials) -> None:
    """Have a session use these credentials, and look nowhere else."""
    session.register_component("credential_provider", CredentialResolver([_Known(credentials)]))


class _Known(CredentialProvider):
    METHOD = METHOD

    def __init__(self, credentials: RefreshableCredentials) -> None:
        super().__init__()
        self._credentials = credentials

    def load(self) -> RefreshableCredentials:
        return self._credentials


class _Role:
    """Fetches credentials; the client library sees to it that no two threads do so at once."""

    def __init__(self, identity: WebIdentity, region: str, now: Callable[[], datetime]) -> None:
        self._identity = identity
        self._region = region
        self._now = now
        self._core = get_session()
        self._clients: list[Any] = []
        self._claims = ""
        self._failed: tuple[datetime, str, str] | None = None
        self._fetcher = AssumeRoleWithWebIdentityCredentialFetcher(
            self._client,
            self._token,
            identity.role_arn,
            extra_args={"RoleSessionName": _session_name(identity.session_name)},
            expiry_window_seconds=_NO_CACHE,
        )

    def fetch(self) -> dict[str, Any]:
        """New credentials, as the client library wants them. Raises CredentialsFailed."""
        if self._failed is not None and self._now() - self._failed[0] < PAUSE:
            _, message, code = self._failed
            raise CredentialsFailed(message, operation=OPERATION, code=code)
        try:
            return self._fetch()
        except CredentialsFailed as error:
            self._failed = (self._now(), str(error), error.code)
            raise

    def _fetch(self) -> dict[str, Any]:
        try:
            with aws_errors(OPERATION, self._identity.role_arn):
                fetched: dict[str, Any] = self._fetcher.fetch_credentials()
        except ProviderError as error:
            raise self._refused(error) from error
        finally:
            while self._clients:
                self._clients.pop().close()
        if datetime.fromisoformat(fetched["expiry_time"]) <= self._now():
            what = f"{OPERATION}: the credentials had expired when they came"
            raise CredentialsFailed(f"{what}. {_CLOCK}", operation=OPERATION)
        return fetched

    def _client(self, service: str, config: Config) -> Any:
        client: Any = self._core.create_client(
            service, region_name=self._region, config=_CONFIG.merge(config)
        )
        self._clients.append(client)
        return client

    def _token(self) -> str:
        try:
            token = self._identity.token()
        except StepfleetError as error:
            message = f"no identity token could be had: {plain(error)}. {_PERMISSION}"
            raise CredentialsFailed(message, operation=OPERATION) from error
        self._claims = _claims(token)
        return token

    def _refused(self, error: ProviderError) -> CredentialsFailed:
        """What STS refuses, or why it was not reached, with the way out."""
        code, message = error.code, str(error)
        if isinstance(error, AccessDenied) or code in EXPIRED:
            message = f"the role {plain(self._identity.role_arn)} may not be assumed ({code})"
        if code in _WAYS_OUT:
            message = f"{message.rstrip('.')}{self._claims}. {_WAYS_OUT[code]}"
        return CredentialsFailed(message, operation=OPERATION, code=code)


_PERMISSION = "The way out: give the workflow's job `permissions: id-token: write`."
_CLOCK = "The way out: check this machine's clock."
_TRUST = (
    "The way out: let the role's trust policy allow sts:AssumeRoleWithWebIdentity to the "
    "provider of such tokens, with conditions that this sub and aud meet."
)
_PROVIDER = (
    "The way out: add the token's issuer to the role's account as an OpenID Connect provider, "
    "with this aud among its audiences."
)
_WAYS_OUT = {
    "AccessDenied": _TRUST,
    "IDPRejectedClaim": _TRUST,
    "InvalidIdentityToken": _PROVIDER,
    "InvalidIdentityTokenException": _PROVIDER,
    **dict.fromkeys(EXPIRED, f"The token had expired. {_CLOCK}"),
}


def _claims(token: str) -> str:
    """What a token says of whom it is for, to compare with a trust policy; it is no secret."""
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        told = [
            f"{name} {plain(claims[name])[:_CLAIM]!r}"
            for name in ("iss", "sub", "aud")
            if isinstance(claims.get(name), str)
        ]
    except (IndexError, ValueError, AttributeError):
        return ""
    return f"; its token has {', '.join(told)}" if told else ""


def _session_name(name: str) -> str:
    """The name as STS allows it."""
    clean = re.sub(r"[^\w+=,.@-]", "-", name, flags=re.ASCII)[:64]
    return clean if len(clean) > 1 else f"stepfleet-{clean}"
