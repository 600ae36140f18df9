"""Roles whose credentials STS gives, asked anew for each of them. Imports the client library."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError, NoCredentialsError
from botocore.session import get_session

from runner.aws import clocks, refusals, tokens
from runner.aws.codes import EXPIRED, plain
from runner.aws.refusals import ASSUME_ROLE, WEB_IDENTITY, Refusal
from runner.aws.renewing import Renewing
from runner.aws.translation import aws_errors
from runner.errors import CredentialsFailed, GitHubError, ProviderError, StepfleetError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from botocore.credentials import Credentials, ReadOnlyCredentials
    from botocore.session import Session

    from runner.aws.renewing import Fetched
    from runner.aws.web_identity import AssumedRole, WebIdentity

METHOD = "assume-role-with-web-identity"
METHOD_ASSUMED = "assume-role"

_CONFIG = Config(
    connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 3, "mode": "standard"}
)
"""Nobody above repeats this call, and a second one does no harm."""

_USUAL = 3600
"""Seconds that credentials last for which no duration is asked (STS API reference)."""

_PERMISSION = "The way out: give the workflow's job `permissions: id-token: write`."


def web_identity(identity: WebIdentity, *, region: str, now: Callable[[], datetime]) -> Renewing:
    """Credentials of a role that is taken with a token. Raises CredentialsFailed."""
    fetch = _WebIdentityRole(identity, region, now).fetch
    subject = f"the role {plain(identity.role_arn)}"
    return Renewing(fetch, method=METHOD, subject=subject, now=now)


def assumed(
    role: AssumedRole,
    source: Credentials | None,
    *,
    session: Session,
    region: str,
    now: Callable[[], datetime],
) -> Renewing:
    """Credentials of a role that is taken with others, which renew themselves too.

    `session` is one whose configuration counts, such as that of a profile. Raises
    CredentialsFailed.
    """
    fetch = _AssumedRole(role, source, _Sts(session, region, now)).fetch
    subject = f"the role {plain(role.role_arn)}"
    return Renewing(fetch, method=METHOD_ASSUMED, subject=subject, now=now)


class _Sts:
    """Asks STS in one region, with a client for each call: none of them is kept for an hour."""

    def __init__(self, session: Session, region: str, now: Callable[[], datetime]) -> None:
        self._session = session
        self.region = region
        self.now = now

    def ask(
        self,
        operation: str,
        arguments: Mapping[str, Any],
        signer: ReadOnlyCredentials | None,
    ) -> Fetched:
        """The credentials of an answer. Raises ClientError and the library's other errors."""
        keys = (
            {"config": _CONFIG.merge(Config(signature_version=UNSIGNED))}
            if signer is None
            else {
                "config": _CONFIG,
                "aws_access_key_id": signer.access_key,
                "aws_secret_access_key": signer.secret_key,
                "aws_session_token": signer.token,
            }
        )
        client: Any = self._session.create_client("sts", region_name=self.region, **keys)
        try:
            call = client.assume_role if signer else client.assume_role_with_web_identity
            return self._read(operation, call(**arguments), _lifetime(arguments))
        finally:
            client.close()

    def _read(self, operation: str, answer: Mapping[str, Any], lifetime: timedelta) -> Fetched:
        given = answer.get("Credentials") or {}
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
        if any(not given.get(name) for name in names):
            raise CredentialsFailed(
                f"{operation}: the answer can't be read: it has no credentials. The way out: "
                "check that AWS_ENDPOINT_URL_STS, if it is set, is an endpoint of STS",
                operation=operation,
            )
        skew = clocks.skew(_headers(answer), self.now()) or 0.0
        expires: datetime = given["Expiration"].astimezone(UTC)
        if expires <= self.now():
            story = f" {clocks.told(skew)}:" if abs(skew) >= clocks.NOTABLE else ""
            raise CredentialsFailed(
                f"{operation}: the credentials had expired when they came;{story} "
                "the way out is to set this machine's clock right",
                operation=operation,
            )
        role = (answer.get("AssumedRoleUser") or {}).get("Arn", "").split(":")
        # As this machine's clock will have it, by which the end is told. No proxy's date makes
        # them last longer than was asked for.
        end = min(expires + timedelta(seconds=skew), self.now() + lifetime)
        return {
            "access_key": given["AccessKeyId"],
            "secret_key": given["SecretAccessKey"],
            "token": given["SessionToken"],
            "expiry_time": end.isoformat(),
            "account_id": role[4] if len(role) > 4 else None,  # noqa: PLR2004 - of an ARN
        }


def _headers(answer: Mapping[str, Any]) -> Mapping[str, str]:
    headers: Mapping[str, str] = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return headers


class _WebIdentityRole:
    """Fetches credentials with a token; the client library lets one thread do so at a time."""

    def __init__(self, identity: WebIdentity, region: str, now: Callable[[], datetime]) -> None:
        self._identity = identity
        self._sts = _Sts(get_session(), region, now)

    def fetch(self) -> Fetched:
        """New credentials. Raises CredentialsFailed."""
        identity, token = self._identity, self._token()
        arguments = {
            "RoleArn": identity.role_arn,
            "RoleSessionName": session_name(identity.session_name),
            "WebIdentityToken": token,
            **_duration(identity.duration),
        }
        refusal = Refusal(
            WEB_IDENTITY,
            identity.role_arn,
            self._sts.region,
            code="",
            claims=tokens.claims(token),
            duration=identity.duration,
            source="the token",
        )
        return _told(self._sts, arguments, None, refusal)

    def _token(self) -> str:
        try:
            return self._identity.token()
        except StepfleetError as error:
            way_out = f". {_PERMISSION}" if isinstance(error, GitHubError) else ""
            message = f"no identity token could be had: {plain(error)}{way_out}"
            raise CredentialsFailed(message, operation=WEB_IDENTITY) from error


class _AssumedRole:
    """Fetches credentials with others, of which those that hold just then are used."""

    def __init__(self, role: AssumedRole, source: Credentials | None, sts: _Sts) -> None:
        self._role = role
        self._source = source
        self._sts = sts

    def fetch(self) -> Fetched:
        """New credentials. Raises CredentialsFailed."""
        role = self._role
        arguments = {
            "RoleArn": role.role_arn,
            "RoleSessionName": session_name(role.session_name),
            **_duration(role.duration),
            **({"ExternalId": role.external_id} if role.external_id is not None else {}),
        }
        refusal = Refusal(
            ASSUME_ROLE,
            role.role_arn,
            self._sts.region,
            code="",
            duration=role.duration,
            external_id=role.external_id,
            source=role.source,
        )
        try:
            return _told(self._sts, arguments, self._signer(), refusal)
        except CredentialsFailed as error:
            if error.code in EXPIRED and isinstance(self._source, Renewing):
                self._source.end()
            raise

    def _signer(self) -> ReadOnlyCredentials:
        if self._source is None:
            with aws_errors(ASSUME_ROLE):
                raise NoCredentialsError
        return self._source.get_frozen_credentials()


def _told(
    sts: _Sts,
    arguments: Mapping[str, Any],
    signer: ReadOnlyCredentials | None,
    asked: Refusal,
) -> Fetched:
    """The credentials that STS gives. Raises CredentialsFailed with all that is known of why."""
    try:
        with aws_errors(asked.operation, asked.role_arn):
            try:
                return sts.ask(asked.operation, arguments, signer)
            except ClientError as error:
                refusal = refused(asked, error, sts.now())
                story = refusals.explain(refusal)
                if story is None:
                    raise
                raise CredentialsFailed(
                    story, operation=asked.operation, code=refusal.code
                ) from error
    except CredentialsFailed:
        raise
    except ProviderError as error:
        raise CredentialsFailed(str(error), operation=asked.operation, code=error.code) from error


def refused(asked: Refusal, error: ClientError, now: datetime) -> Refusal:
    """What was asked of STS with the answer that came, when it was `now` here."""
    answer: Any = error.response
    told = answer.get("Error") or {}
    skew = clocks.skew(_headers(answer), now)
    left = None
    if asked.claims.expires is not None:
        left = asked.claims.expires - (now.timestamp() - (skew or 0.0))
    return Refusal(
        asked.operation,
        asked.role_arn,
        asked.region,
        code=plain(told.get("Code", "")),
        said=plain(told.get("Message", "") or "no reason given"),
        claims=asked.claims,
        token_left=left,
        skew=skew,
        duration=asked.duration,
        external_id=asked.external_id,
        source=asked.source,
    )


def _lifetime(arguments: Mapping[str, Any]) -> timedelta:
    return timedelta(seconds=arguments.get("DurationSeconds", _USUAL))


def _duration(seconds: int | None) -> dict[str, int]:
    return {} if seconds is None else {"DurationSeconds": seconds}


def session_name(name: str) -> str:
    """The name as STS allows it."""
    clean = re.sub(r"[^\w+=,.@-]", "-", name, flags=re.ASCII)[:64]
    return clean if len(clean) > 1 else f"stepfleet-{clean}"
