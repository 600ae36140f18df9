"""What the renewal of credentials hangs on, as far as this machine's configuration tells."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from runner.aws import tokens
from runner.aws.caller import Source, source
from runner.aws.codes import plain
from runner.aws.translation import aws_errors
from runner.errors import CredentialsFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runner.aws.clients import Session

_BY_TOKEN, _BY_ROLE = "assume-role-with-web-identity", "assume-role"
_TOKEN_FILE = "AWS_WEB_IDENTITY_TOKEN_FILE"  # noqa: S105 - a variable's name
_WRITTEN_ANEW = tuple(
    f"/var/run/secrets/{name}/" for name in ("eks.amazonaws.com", "azure/tokens", "kubernetes.io")
)
"""Where clusters keep tokens, which they write anew before their end."""


def of_token_file(path: str) -> Source:
    """How long the token lasts that a file holds now, and whether a new one will come there."""
    renews = path.startswith(_WRITTEN_ANEW)
    try:
        expires = tokens.claims(tokens.in_file(path, named_by="the configuration")).expires
        end = None if expires is None else datetime.fromtimestamp(expires, UTC)
    except (CredentialsFailed, ValueError, OverflowError, OSError):
        end = None
    name = f"the token in {plain(path)}"
    return Source(name, renews, is_temporary=True, expires_at=end, may_be_replaced=True)


def bases(session: Session) -> tuple[Source, ...]:
    """What boto's own chain renews a session's credentials from. Raises CredentialsFailed.

    Empty for those that need nothing else, such as a machine's own.
    """
    own = source(session)
    with aws_errors("credentials"):
        core: Any = session._session  # noqa: SLF001 - boto3 keeps botocore's session there
        profiles: Mapping[str, Mapping[str, Any]] = core.full_config.get("profiles", {})
        name = core.profile or "default"
    if own.name == _BY_TOKEN:
        path = profiles.get(name, {}).get("web_identity_token_file") or os.environ.get(_TOKEN_FILE)
        return (of_token_file(path),) if path else ()
    return tuple(_of_profile(name, profiles, (), own.expires_at)) if own.name == _BY_ROLE else ()


def _of_profile(
    name: str,
    profiles: Mapping[str, Mapping[str, Any]],
    seen: tuple[str, ...],
    end: datetime | None,
) -> Iterator[Source]:
    """What a profile is renewed from. `end` is that of its own session, where that is known."""
    told = profiles.get(name, {})
    has_keys = bool(seen) and "aws_access_key_id" in told
    takes_role = "role_arn" in told and name not in seen and not has_keys
    if takes_role and "mfa_serial" in told and "web_identity_token_file" not in told:
        # Whoever gave the second factor is asked once only.
        by = f"the second factor of the profile {plain(name)!r}"
        yield Source(by, renews=False, is_temporary=True, expires_at=end)
    if takes_role and "web_identity_token_file" in told:
        yield of_token_file(told["web_identity_token_file"])
    elif takes_role and "source_profile" in told:
        yield from _of_profile(told["source_profile"], profiles, (*seen, name), None)
    elif takes_role and told.get("credential_source") == "Environment":
        if os.environ.get("AWS_SESSION_TOKEN"):
            yield Source("env", renews=False, is_temporary=True, expires_at=_told_end())
    elif not takes_role and "aws_session_token" in told:
        yield Source(f"the profile {name!r}", renews=False, is_temporary=True)


def _told_end() -> datetime | None:
    try:
        end = datetime.fromisoformat(os.environ.get("AWS_CREDENTIAL_EXPIRATION", ""))
    except ValueError:
        return None
    return end if end.tzinfo is not None else end.replace(tzinfo=UTC)
