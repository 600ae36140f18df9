"""The credentials of each auth, had once, renewed by themselves and shared by all sessions."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from runner.aws.assuming import assume
from runner.aws.clients import account_id
from runner.aws.clients import session as new_session
from runner.aws.translation import aws_errors
from runner.aws.web_identity import AssumedRole, WebIdentity
from runner.errors import CredentialsFailed
from runner.model import AssumeRoleAuth, DefaultAuth, ProfileAuth, WebIdentityAuth
from runner.suggestions import nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    from runner.aws.clients import Session
    from runner.aws.programs import Program
    from runner.aws.renewing import Fetched
    from runner.aws.web_identity import Credentials
    from runner.model import Auth

    _Now = Callable[[], datetime]

LONGEST_CHAINED = 3600
"""Seconds that the credentials of a role may last which is taken with another role's."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Keyring:
    """Has the credentials of every auth that it is asked for, from any number of threads.

    `tokens` tells how the tokens of an auth are had, `session_name` what AWS calls sessions that
    have no name of their own. `stand_in` takes the place of boto's default chain, as a `source`
    too. STS is asked in the region of the first session with an auth, at AWS or at
    AWS_ENDPOINT_URL_STS, and never at a platform's own endpoint.
    """

    def __init__(
        self,
        *,
        tokens: Callable[[WebIdentityAuth], Callable[[], str]],
        session_name: str,
        stand_in: WebIdentity | None = None,
        now: _Now = _utc_now,
    ) -> None:
        self._tokens = tokens
        self._session_name = session_name
        self._stand_in = stand_in
        self._now = now
        self._lock = threading.RLock()
        self._credentials: dict[Auth, Credentials | None] = {}
        self._sessions: dict[tuple[Auth, str], Session] = {}
        self._running: set[Program] = set()

    def close(self) -> None:
        """End the programs that still run for credentials, as nobody waits for them any more."""
        for program in tuple(self._running):
            program.end()

    def session(self, auth: Auth, region: str) -> Session:
        """A session in the region with the auth's credentials. Raises CredentialsFailed."""
        with self._lock:
            if (auth, region) not in self._sessions:
                credentials = self._of(auth, region)
                self._sessions[auth, region] = new_session(
                    region, credentials, profile=_profile_of(auth)
                )
            return self._sessions[auth, region]

    def hold_to(self, auth: Auth, region: str, account: str) -> None:
        """Let an auth's credentials turn into no other account's than the one STS told them of."""
        from runner.aws.renewing import Renewing  # noqa: PLC0415 - as below

        with self._lock:
            credentials = self._credentials.get(auth)
        if isinstance(credentials, Renewing):
            credentials.hold_to(account, partial(_account_of, auth, region))

    def _of(self, auth: Auth, region: str) -> Credentials | None:
        """The auth's credentials; None where the default chain finds none."""
        if auth not in self._credentials:
            with aws_errors("credentials"):
                self._credentials[auth] = self._had(auth, region)
        return self._credentials[auth]

    def _had(self, auth: Auth, region: str) -> Credentials | None:
        match auth:
            case DefaultAuth() if self._stand_in is not None:
                return assume(self._stand_in, region=region, now=self._now)
            case DefaultAuth():
                return self._found(auth, region, "boto's default chain")
            case ProfileAuth(profile):
                return self._found(auth, region, f"the profile {profile!r}")
            case WebIdentityAuth():
                identity = WebIdentity(
                    auth.role_arn,
                    session_name=auth.session_name or self._session_name,
                    token=self._tokens(auth),
                    duration=auth.duration,
                )
                return assume(identity, region=region, now=self._now)
            case AssumeRoleAuth():
                return self._assumed(auth, region)

    def _assumed(self, auth: AssumeRoleAuth, region: str) -> Credentials:
        from runner.aws import roles  # noqa: PLC0415 - brings the client library in

        source = self._of(auth.source, region)
        stands_in = self._stand_in if auth.source == DefaultAuth() else None
        if stands_in is not None and (auth.duration or 0) > LONGEST_CHAINED:
            raise CredentialsFailed(
                f"the role {auth.role_arn} is taken with the credentials of {stands_in.role_arn}, "
                "another role, and then holds for an hour at most. The way out: write "
                "`duration: 1h` or less; credentials are renewed however long a run is"
            )
        role = AssumedRole(
            auth.role_arn,
            session_name=auth.session_name or self._session_name,
            source=self._name_of(auth.source),
            external_id=auth.external_id,
            duration=auth.duration,
        )
        core = _core(_profile_of(auth), region)
        return roles.assumed(role, source, session=core, region=region, now=self._now)

    def _name_of(self, auth: Auth) -> str:
        match auth:
            case DefaultAuth():
                return self._stand_in.role_arn if self._stand_in else "boto's default chain"
            case ProfileAuth(profile):
                return f"the profile {profile!r}"
            case WebIdentityAuth() | AssumeRoleAuth():
                return auth.role_arn

    def _found(self, auth: Auth, region: str, subject: str) -> Credentials | None:
        from runner.aws import chain  # noqa: PLC0415 - as above

        core = _core(_profile_of(auth), region)
        if isinstance(auth, ProfileAuth) and auth.profile not in core.available_profiles:
            near = nearest(auth.profile, core.available_profiles, alike=0.75)
            raise CredentialsFailed(
                f"there is no profile {auth.profile!r} in the AWS configuration of this machine. "
                f"The way out: add it, or correct `profile`{f' to {near!r}' if near else ''}"
            )
        if not isinstance(auth, ProfileAuth):
            return chain.found(core, subject=subject, now=self._now, running=self._running)
        chain.keep_to_profile(core)
        found = chain.found(core, subject=subject, now=self._now, running=self._running)
        if found is None:
            raise CredentialsFailed(
                f"{subject} gives no credentials. The way out: complete it in the AWS "
                "configuration (keys, role_arn, credential_process or sso_session)"
            )
        return found


def _account_of(auth: Auth, region: str, found: Fetched) -> str:
    """The account that STS tells of credentials which nobody uses yet. Raises ProviderError."""
    from botocore.credentials import Credentials  # noqa: PLC0415 - as above

    keys = Credentials(found["access_key"], found["secret_key"], found["token"])
    return account_id(new_session(region, keys, profile=_profile_of(auth)), endpoint_url=None)


def _core(profile: str | None, region: str) -> Any:
    """A session of the client library whose own calls of STS go to the region."""
    from botocore.session import get_session  # noqa: PLC0415 - as above

    core = get_session()
    core.set_config_variable("region", region)
    if profile is not None:
        core.set_config_variable("profile", profile)
    return core


def _profile_of(auth: Auth) -> str | None:
    """The profile whose configuration counts: that which the first credentials are of."""
    while isinstance(auth, AssumeRoleAuth):
        auth = auth.source
    return auth.profile if isinstance(auth, ProfileAuth) else None
