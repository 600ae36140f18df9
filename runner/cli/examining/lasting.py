"""How long the credentials of an auth last: no longer than what they are renewed from."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from runner import aws
from runner.cli import tokens
from runner.doctor.credentials import Lifetime
from runner.model import AssumeRoleAuth, WebIdentityAuth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from runner.model import Auth

    _Opening = Callable[[Auth], aws.Session]

_WHERE = {
    "env": "the environment",
    "shared-credentials-file": "the credentials file",
    "config-file": "the configuration",
}
_FIRST = datetime.min.replace(tzinfo=UTC)


def lifetime(auth: Auth, opening: _Opening) -> Lifetime:
    """The lifetime of an auth's credentials. Raises ProviderError.

    `opening` gives a session with an auth's credentials.
    """
    own = aws.source(opening(auth))
    ending = [each for each in _bases(auth, opening) if each.is_temporary and not each.renews]
    if not own.renews or not ending:
        return Lifetime(own.name, own.renews, own.is_temporary, own.expires_at)
    return _until(own, ending)


def _bases(auth: Auth, opening: _Opening) -> Iterator[aws.Source]:
    match auth:
        case AssumeRoleAuth():
            yield aws.source(opening(auth.source))
            yield from _bases(auth.source, opening)
        case WebIdentityAuth():
            path = tokens.file_of(auth, os.environ)
            if path is not None:
                yield aws.of_token_file(path)
        case _:
            yield from aws.bases(opening(auth))


def _until(own: aws.Source, ending: Sequence[aws.Source]) -> Lifetime:
    """They are renewed until the first source ends; the last of them then hold to their end."""
    first = min(ending, key=lambda each: each.expires_at or _FIRST)
    ends = [each for each in (own.expires_at, first.expires_at) if each is not None]
    doubt = f"nothing tells when the session of {_WHERE.get(first.name, first.name)} ends"
    if first.expires_at is not None:
        is_open = first.may_be_replaced
        doubt = f"whether {first.name} is replaced is not known" if is_open else ""
    return Lifetime(
        f"{own.name}, from {first.name}",
        renews=False,
        is_temporary=True,
        expires_at=max(ends, default=None),
        doubt=doubt,
    )
