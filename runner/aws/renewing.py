"""Credentials that last for any run, with the client library's own class. Imports that library."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.credentials import CredentialProvider, CredentialResolver, RefreshableCredentials

from runner.aws.codes import plain
from runner.errors import CredentialsFailed, ProviderError, RenewalFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.credentials import Credentials
    from botocore.session import Session

EARLY = 900.0
"""Seconds before their end from which credentials are renewed, if that can be."""

AT_LAST = 15.0
"""Seconds before their end from which no call is made with them any more."""

PAUSE = timedelta(seconds=10)
"""How long a renewal that failed is not tried again: every call would try it."""

Fetched = dict[str, Any]
"""`access_key`, `secret_key`, `token`, `expiry_time` in ISO 8601, and perhaps `account_id`."""


class Renewing(RefreshableCredentials):
    """Credentials that renew themselves: one thread does so, and only as their end is near.

    The client library by itself would renew credentials that last for minutes at every call, so
    the times at which it does follow from how long each of them last. A renewal that fails is
    tried again while the old ones hold, and no call fails by it; once they have ended calls
    raise RenewalFailed.
    """

    def __init__(
        self,
        fetch: Callable[[], Fetched],
        *,
        first: Fetched | None = None,
        method: str,
        subject: str,
        now: Callable[[], datetime],
    ) -> None:
        """`subject` is whose credentials they are, in words.

        Raises CredentialsFailed where there are none to begin with.
        """
        self._fetch = fetch
        self._subject = subject
        self._now = now
        self._failed: tuple[datetime, ProviderError] | None = None
        begun = first if first is not None and _end(first) > now() else self._fetched()
        self._account: str | None = begun.get("account_id")
        super().__init__(
            begun["access_key"],
            begun["secret_key"],
            begun["token"],
            _end(begun),
            refresh_using=self._renew,
            method=method,
            time_fetcher=now,
            account_id=begun.get("account_id"),
        )
        self._fit(begun)

    def _renew(self) -> Fetched:
        """New credentials, for the client library, which lets one thread at a time in here."""
        if self._failed is not None and self._now() - self._failed[0] < PAUSE:
            raise self._failure(self._failed[1])
        try:
            found = self._of_same_account(self._fetched())
        except CredentialsFailed as error:
            self._failed = self._now(), error
            raise self._failure(error) from error
        self._failed = None
        self._fit(found)
        return found

    def _failure(self, error: ProviderError) -> RenewalFailed:
        return RenewalFailed(
            f"the credentials of {self._subject} could not be renewed: {error}",
            operation=error.operation,
            code=error.code,
        )

    def _fetched(self) -> Fetched:
        found = self._fetch()
        if _end(found) <= self._now():
            raise CredentialsFailed(
                f"the credentials of {self._subject} had expired when they came. The way out: "
                "check this machine's clock, and whoever gives them",
            )
        return found

    def _of_same_account(self, found: Fetched) -> Fetched:
        """Refuse credentials of another account than those before: runs are of one account."""
        before, now = self._account, found.get("account_id")
        if before is not None and now is not None and before != now:
            raise CredentialsFailed(
                f"they are of account {plain(now)} now, and were of {plain(before)}. The way out: "
                "apply again, which looks anew at what has run where"
            )
        self._account = now or before
        return found

    def _fit(self, found: Fetched) -> None:
        lasts = (_end(found) - self._now()).total_seconds()
        self._advisory_refresh_timeout = math.ceil(min(EARLY, lasts / 3))
        self._mandatory_refresh_timeout = math.ceil(min(AT_LAST, lasts / 20))


def _end(found: Fetched) -> datetime:
    return datetime.fromisoformat(found["expiry_time"])


def use(session: Session, credentials: Credentials) -> None:
    """Have a session use these credentials, and look nowhere else."""
    session.register_component("credential_provider", CredentialResolver([_Known(credentials)]))


class _Known(CredentialProvider):
    METHOD = "known"

    def __init__(self, credentials: Credentials) -> None:
        super().__init__()
        self._credentials = credentials

    def load(self) -> Credentials:
        return self._credentials
