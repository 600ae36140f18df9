"""An auth as data, for plans and results, and back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runner.model.auth import LONGEST, LONGEST_CHAINED, MOST_SOURCES, SHORTEST, role_of
from runner.model.types import AssumeRoleAuth, DefaultAuth, ProfileAuth, WebIdentityAuth

if TYPE_CHECKING:
    from runner.model.types import Auth
    from runner.values import Json

FORMS = {
    "profile": r"[^\s\[\]][^\[\]\x00-\x1f\x7f]{0,127}",
    "roleArn": r"arn:[a-z-]+:iam::[0-9]{12}:role/(?:[!-.0-~]+/)*[A-Za-z0-9_+=,.@-]{1,64}",
    "externalId": r"[A-Za-z0-9_+=,.@:/-]{2,1224}",
    "sessionName": r"[A-Za-z0-9_+=,.@-]{2,64}",
    "tokenFile": r"[^\x00-\x1f\x7f]{1,1024}",
    "audience": r"[!-~]{1,255}",
}
"""What each text looks like; the schema of specs says the same."""

_FIELDS = {
    "default": ((), ()),
    "profile": (("profile",), ()),
    "assume-role": (("roleArn",), ("externalId", "sessionName", "duration", "source")),
    "web-identity": (("roleArn",), ("sessionName", "duration", "tokenFile", "audience")),
}


class NoAuth(ValueError):
    """The data is no auth; the message says why, and begins with the path to it."""


def to_json(auth: Auth) -> dict[str, Json]:
    """The auth as a spec has it, with `duration` in seconds; what is absent has no key."""
    fields: dict[str, Json]
    match auth:
        case DefaultAuth():
            fields = {"method": "default"}
        case ProfileAuth(profile):
            fields = {"method": "profile", "profile": profile}
        case WebIdentityAuth():
            fields = {
                "method": "web-identity",
                "roleArn": auth.role_arn,
                "sessionName": auth.session_name,
                "duration": auth.duration,
                "tokenFile": auth.token_file,
                "audience": auth.audience,
            }
        case AssumeRoleAuth():
            fields = {
                "method": "assume-role",
                "roleArn": auth.role_arn,
                "externalId": auth.external_id,
                "sessionName": auth.session_name,
                "duration": auth.duration,
                "source": to_json(auth.source),
            }
    return {key: value for key, value in fields.items() if value is not None}


def from_json(value: Json, path: str = "auth", *, depth: int = 0) -> Auth:
    """Read an auth that anyone may have written, by the rules of specs. Raises NoAuth."""
    fields = _checked(value, path)
    texts = {name: _text(fields, name, path) for name in FORMS}
    match fields["method"]:
        case "profile":
            return ProfileAuth(texts["profile"] or "")
        case "web-identity":
            return WebIdentityAuth(
                texts["roleArn"] or "",
                session_name=texts["sessionName"],
                duration=_duration(fields, path, LONGEST),
                token_file=texts["tokenFile"],
                audience=texts["audience"],
            )
        case "assume-role":
            source = _source(fields, path, depth)
            longest = LONGEST if role_of(source) is None else LONGEST_CHAINED
            return AssumeRoleAuth(
                texts["roleArn"] or "",
                external_id=texts["externalId"],
                session_name=texts["sessionName"],
                duration=_duration(fields, path, longest),
                source=source,
            )
        case _:
            return DefaultAuth()


def _checked(value: Json, path: str) -> dict[str, Json]:
    """The fields, of which all that must be are there, and no other than may be."""
    if not isinstance(value, dict):
        raise NoAuth(f"{path} is not an object")
    method = value.get("method")
    if not isinstance(method, str) or method not in _FIELDS:
        raise NoAuth(f"{path}.method is not one of {', '.join(_FIELDS)}")
    required, optional = _FIELDS[method]
    if not value.keys() <= {"method", *required, *optional}:
        raise NoAuth(f"{path} has an unknown field")
    for name in required:
        if value.get(name) is None:
            raise NoAuth(f"{path}.{name} is missing")
    return value


def _source(fields: dict[str, Json], path: str, depth: int) -> Auth:
    if depth == MOST_SOURCES:
        raise NoAuth(f"{path}: more than {MOST_SOURCES} sources stand within each other")
    source = fields.get("source", {"method": "default"})
    return from_json(source, f"{path}.source", depth=depth + 1)


def _text(fields: dict[str, Json], name: str, path: str) -> str | None:
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not re.fullmatch(FORMS[name], value):
        raise NoAuth(f"{path}.{name} is not of the form that specs demand")
    return value


def _duration(fields: dict[str, Json], path: str, longest: int) -> int | None:
    value = fields.get("duration")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not SHORTEST <= value <= longest:
        raise NoAuth(f"{path}.duration is not a number of seconds from {SHORTEST} to {longest}")
    return value
