"""Identity tokens (JWT): read from files, and what they say of whom they are for."""

from __future__ import annotations

import base64
import json
import os
import re
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from runner.aws.codes import plain
from runner.errors import CredentialsFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BYTES = 20_000
"""Of a token that STS takes (API reference)."""

_JWT = re.compile(rb"[\w-]+={0,2}\.[\w-]+={0,2}\.[\w-]+={0,2}")
_CLAIM = 300
_SHOWN = ("iss", "sub", "aud")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says; it is no secret. Empty for what is no token that can be read."""

    told: Mapping[str, str] = field(default_factory=dict)
    expires: float | None = None

    def __str__(self) -> str:
        named = (f"{name} {self.told[name]!r}" for name in _SHOWN if name in self.told)
        return ", ".join(named)

    def get(self, name: str) -> str:
        """A claim, bounded and made fit to show; empty where it is none."""
        return self.told.get(name, "")


def claims(token: str) -> Claims:
    """Read a token without checking it: STS does that."""
    try:
        body = token.split(".")[1]
        found: Any = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (IndexError, ValueError):
        return Claims()
    if not isinstance(found, dict):
        return Claims()
    told = {str(name): text for name, value in found.items() if (text := _text(value))}
    expires = found.get("exp")
    return Claims(told, float(expires) if isinstance(expires, int | float) else None)


def _text(value: Any) -> str:
    """A claim that is a text, or the only one of a list, as Azure and GitLab have them."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return plain(value)[:_CLAIM] if isinstance(value, str) else ""


def in_file(path: str, *, named_by: str, audience: str | None = None) -> str:
    """The token that a file holds now. `named_by` says who names the file.

    With an `audience` it is refused where it is for another one. Raises CredentialsFailed, and
    nothing of the file is shown nor sent anywhere unless it is a token.
    """
    token = _read(path, named_by)
    found = claims(token).get("aud")
    if audience is not None and found and found != audience:
        raise CredentialsFailed(
            f"the token in {_shown(path)} has aud {found!r}, and the platform's `audience` is "
            f"{plain(audience)!r}. The way out: have a token written for that audience, or "
            "leave `audience` out"
        )
    return token


def _read(path: str, named_by: str) -> str:
    shown = f"the token file {_shown(path)}, named by {named_by},"
    try:
        data = _bytes(path)
    except FileNotFoundError:
        raise CredentialsFailed(
            f"{shown} does not exist. The way out: correct the path, or have the token written "
            "there (on EKS by the pod's service account, on GitLab by `id_tokens`)"
        ) from None
    except PermissionError:
        raise CredentialsFailed(
            f"{shown} may not be read by this user. The way out: let it be read (on EKS by "
            "`fsGroup` in the pod's security context)"
        ) from None
    except OSError as error:
        raise CredentialsFailed(f"{shown} can't be read: {error.strerror or error}") from None
    token = data.strip()
    if not token:
        raise CredentialsFailed(
            f"{shown} is empty. The way out: look why nothing was written there"
        )
    if len(token) > MAX_BYTES or not _JWT.fullmatch(token):
        raise CredentialsFailed(
            f"{shown} holds no token: three parts of base64 with dots between are expected, "
            f"{MAX_BYTES:,} characters at most"
        )
    return token.decode("ascii")


def _bytes(path: str) -> bytes:
    """What a regular file holds, and a little more than a token may have at most."""
    # Without blocking: a pipe that nobody writes to would hold up the run for ever.
    opened = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(opened, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError("it is no regular file")
        return file.read(MAX_BYTES + 100)


def _shown(path: str) -> str:
    return plain(path)[:_CLAIM]
