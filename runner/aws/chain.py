"""Credentials that the client library finds by itself, renewed in our way. Imports that library."""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.credentials import (
    BotoProvider,
    ContainerProvider,
    InstanceMetadataProvider,
    OriginalEC2Provider,
    RefreshableCredentials,
)
from botocore.exceptions import BotoCoreError, ClientError
from botocore.utils import parse_timestamp

from runner.aws import chain_parts, faults, programs
from runner.aws.codes import plain
from runner.aws.refusals import ASSUME_ROLE, WEB_IDENTITY, Refusal, explain
from runner.aws.renewing import Fetched, Renewing
from runner.aws.roles import refused
from runner.aws.tokens import Claims, claims
from runner.aws.translation import aws_errors
from runner.errors import CredentialsFailed, ProviderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from botocore.credentials import Credentials
    from botocore.session import Session

    from runner.aws.programs import Program

_OF_THE_MACHINE = (OriginalEC2Provider, BotoProvider, ContainerProvider, InstanceMetadataProvider)
_TRY = "The way out: try `aws sts get-caller-identity` with the same environment."


def keep_to_profile(session: Session) -> None:
    """Have a session's chain end with its profile, and take no machine's own role instead."""
    resolver: Any = session.get_component("credential_provider")
    for provider in _OF_THE_MACHINE:
        resolver.remove(provider.METHOD)


def found(
    session: Session, *, subject: str, now: Callable[[], datetime], running: set[Program]
) -> Credentials | Renewing | None:
    """What the library's chain finds; None where it finds nothing. Raises CredentialsFailed.

    Credentials with an end are renewed by the library's own means, though not at every call.
    Those without one are as they are. `subject` is whose credentials they are, in words;
    `running` gets the programs that are asked for them, for as long as they run.
    """
    try:
        return _found(session, subject, _Refusals(session, subject, now), running)
    except CredentialsFailed as error:
        raise CredentialsFailed(
            f"{subject}: {error}", operation=error.operation, code=error.code
        ) from error


def _found(
    session: Session, subject: str, refusals: _Refusals, running: set[Program]
) -> Credentials | Renewing | None:
    with _chain_errors(refusals):
        started = chain_parts.change(session, running)
        known: Any = session.get_credentials()
    if not isinstance(known, RefreshableCredentials) or not _is_to_end(known):
        credentials: Credentials | None = known
        return credentials
    renewing = Renewing(
        lambda: _asked(_part(known, "refresh_using"), refusals),
        first=_first(known),
        method=known.method,
        subject=subject,
        now=refusals.now,
    )
    started.seconds = programs.RENEWAL
    return renewing


class _Refusals:
    """Explains why STS gave nothing to the chain, by what the configuration says of a role."""

    def __init__(self, session: Session, subject: str, now: Callable[[], datetime]) -> None:
        self._session = session
        self._subject = subject
        self.now = now

    def explain(self, error: ClientError) -> CredentialsFailed | None:
        """The whole story; None for an answer of another service, or of an unknown code."""
        operation: str = error.operation_name
        if operation not in (ASSUME_ROLE, WEB_IDENTITY):
            return None
        config = {**self._session.get_scoped_config()}
        role = config.get("role_arn") or os.environ.get("AWS_ROLE_ARN") or "of the configuration"
        asked = Refusal(
            operation,
            role,
            self._session.get_config_variable("region") or "",
            code="",
            claims=self._claims(config) if operation == WEB_IDENTITY else Claims(),
            external_id=config.get("external_id"),
            source=f"the source of {self._subject}",
        )
        refusal = refused(asked, error, self.now())
        story = explain(refusal)
        if story is None:
            return None
        return CredentialsFailed(story, operation=operation, code=refusal.code)

    def _claims(self, config: Mapping[str, Any]) -> Claims:
        path = os.environ.get(chain_parts.TOKEN_FILE) or config.get("web_identity_token_file", "")
        try:
            return claims(chain_parts.token_in(path))
        except CredentialsFailed:
            return Claims()


def _is_to_end(known: Any) -> bool:
    """Tell credentials that have an end, or of which none have been fetched yet."""
    return _part(known, "expiry_time") is not None or _part(known, "frozen_credentials") is None


def _first(known: Any) -> Fetched | None:
    """What was fetched already; None where nothing was."""
    frozen = _part(known, "frozen_credentials")
    if frozen is None:
        return None
    return {
        "access_key": frozen.access_key,
        "secret_key": frozen.secret_key,
        "token": frozen.token,
        "expiry_time": _in_utc(_part(known, "expiry_time")),
        "account_id": frozen.account_id,
    }


def _part(known: Any, name: str) -> Any:
    """What the library keeps of renewable credentials, and has no public word for."""
    return getattr(known, f"_{name}")


def _asked(fetch: Callable[[], Any], refusals: _Refusals) -> Fetched:
    """What the library's own way to get new ones gives. Raises CredentialsFailed."""
    with _chain_errors(refusals):
        told: Any = fetch()
    needed = ("access_key", "secret_key", "token", "expiry_time")
    if not told or any(told.get(name) is None for name in needed):
        raise CredentialsFailed(f"no credentials came with a token and an end. {_TRY}")
    expires = told["expiry_time"]
    try:
        end = expires if isinstance(expires, datetime) else parse_timestamp(expires)
    except (ValueError, RuntimeError) as error:
        raise CredentialsFailed(f"credentials came with an end that is no time. {_TRY}") from error
    return {**told, "expiry_time": _in_utc(end)}


def _in_utc(time: datetime) -> str:
    return (time if time.tzinfo is not None else time.replace(tzinfo=UTC)).isoformat()


@contextmanager
def _chain_errors(refusals: _Refusals) -> Iterator[None]:
    """Whatever goes wrong on the way to credentials as CredentialsFailed."""
    try:
        with aws_errors("credentials"), _shapes():
            try:
                yield
            except ClientError as error:
                story = refusals.explain(error)
                if story is None:
                    raise
                raise story from error
    except CredentialsFailed as error:
        raise _without_operation(error) from error
    except ProviderError as error:
        raise _without_operation(error) from error
    except EOFError:
        raise CredentialsFailed(chain_parts.SECOND_FACTOR) from None


def _without_operation(error: ProviderError) -> CredentialsFailed:
    """An error as one of credentials, which do not say that they are that at their beginning."""
    message = str(error).removeprefix("credentials: ")
    return CredentialsFailed(message, operation=error.operation, code=error.code)


@contextmanager
def _shapes() -> Iterator[None]:
    """What the library stumbles over that came from files, programs and hosts."""
    try:
        yield
    except (BotoCoreError, ProviderError, EOFError):
        raise
    except (OSError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
        if faults.is_bad_endpoint(error):
            raise
        raise CredentialsFailed(f"no credentials could be had: {_cause(error)}. {_TRY}") from error


def _cause(error: Exception) -> str:
    """Why, without any of what may be a credential."""
    if isinstance(error, OSError):
        place = f": {error.filename}" if error.filename else ""
        return plain(f"{error.strerror or error}{place}")
    if type(error) is ValueError:
        return plain(error).rstrip(".")
    return "what came can't be read"
