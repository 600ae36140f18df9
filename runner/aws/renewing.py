"""Credentials that last for any run, with the client library's own class. Imports that library."""

from __future__ import annotations

import math
import threading
from concurrent.futures import Future
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.credentials import CredentialProvider, CredentialResolver, RefreshableCredentials

from runner.aws.codes import EXPIRED, plain
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

PATIENCE = 60.0
"""Seconds that a renewal may take: calls wait for it once the old credentials have ended."""

_HAVE_ENDED = EXPIRED - {"RequestExpired"}
"""The codes that tell it; a request's own end is a matter of the clock."""

Fetched = dict[str, Any]
"""`access_key`, `secret_key`, `token`, `expiry_time` in ISO 8601, and perhaps `account_id`."""


class Renewing(RefreshableCredentials):
    """Credentials that renew themselves: one thread does so, and only as their end is near.

    The client library by itself would renew credentials that last for minutes at every call, so
    the times at which it does follow from how long each of them last. A renewal that fails is
    tried again while the old ones hold, and no call fails by it; once they have ended calls
    raise RenewalFailed.
    """

    _refresh_lock: threading.Lock

    def __init__(
        self,
        fetch: Callable[[], Fetched],
        *,
        first: Fetched | None = None,
        method: str,
        subject: str,
        now: Callable[[], datetime],
        patience: float = PATIENCE,
    ) -> None:
        """`subject` is whose credentials they are, in words.

        Raises CredentialsFailed where there are none to begin with.
        """
        self._fetch = fetch
        self._subject = subject
        self._now = now
        self._patience = patience
        self._failed: tuple[datetime, ProviderError] | None = None
        self._ended: datetime | None = None
        self._whose: Callable[[Fetched], str] | None = None
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

    def hold_to(self, account: str, whose: Callable[[Fetched], str]) -> None:
        """Stay in this account, even if whoever gives the credentials never tells theirs.

        `whose` asks for the account of new ones then. It raises ProviderError.
        """
        if self._account is None:
            self._account = account
        self._whose = whose

    def end(self) -> None:
        """Renew before the next call: AWS says that they have ended, whatever they said.

        Not more often than a renewal is tried, as answers to older calls may still come.
        """
        if not self._refresh_lock.acquire(blocking=False):
            return
        try:
            now = self._now()
            if self._ended is None or now - self._ended >= PAUSE:
                self._ended = self._expiry_time = now
        finally:
            self._refresh_lock.release()

    def _renew(self) -> Fetched:
        """New credentials, for the client library, which lets one thread at a time in here."""
        if self._failed is not None and self._now() - self._failed[0] < PAUSE:
            raise self._failure(self._failed[1])
        try:
            found = self._in_time(lambda: self._of_same_account(self._fetched()))
        except Exception as error:
            problem = _problem(error)
            self._failed = self._now(), problem
            raise self._failure(problem) from error
        self._failed = None
        self._fit(found)
        return found

    def _in_time(self, fetch: Callable[[], Fetched]) -> Fetched:
        """What a thread of its own fetches: nobody else may hang on it for ever."""
        future: Future[Fetched] = Future()

        def ask() -> None:
            try:
                future.set_result(fetch())
            except BaseException as error:
                future.set_exception(error)

        threading.Thread(target=ask, name="renewal", daemon=True).start()
        try:
            return future.result(self._patience)
        except TimeoutError:
            if future.done():
                raise
            raise CredentialsFailed(
                f"whoever gives them does not answer in {self._patience:g} s"
            ) from None

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
        if before is not None and now is None and self._whose is not None:
            now = _asked(self._whose, found)
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


def _problem(error: Exception) -> ProviderError:
    """Why nothing came. Of what nobody foresaw no text is told, which may hold a credential."""
    if isinstance(error, ProviderError):
        return error
    return CredentialsFailed(f"whoever gives them fails with {type(error).__name__}")


def _asked(whose: Callable[[Fetched], str], found: Fetched) -> str:
    try:
        return whose(found)
    except ProviderError as error:
        raise CredentialsFailed(
            f"of which account they are can't be told: {error}",
            operation=error.operation,
            code=error.code,
        ) from error


def _end(found: Fetched) -> datetime:
    return datetime.fromisoformat(found["expiry_time"])


def use(session: Session, credentials: Credentials) -> None:
    """Have a session use these credentials, and look nowhere else."""
    session.register_component("credential_provider", CredentialResolver([_Known(credentials)]))
    if isinstance(credentials, Renewing):
        session.register("after-call", partial(_look_for_end, credentials))


def _look_for_end(credentials: Renewing, *, parsed: Any, **_: Any) -> None:
    """Hear from an answer that the credentials have ended, before their own time."""
    if parsed and parsed.get("Error", {}).get("Code") in _HAVE_ENDED:
        credentials.end()


class _Known(CredentialProvider):
    METHOD = "known"

    def __init__(self, credentials: Credentials) -> None:
        super().__init__()
        self._credentials = credentials

    def load(self) -> Credentials:
        return self._credentials
