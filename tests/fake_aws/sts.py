"""STS: who calls, and credentials that expire. Answers are XML."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from tests.fake_aws.api import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fake_aws.world import World

Form = dict[str, str]
LONGEST_CHAINED = 3600
TOO_LONG = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
CHAINED = (
    "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role "
    "chaining"
)
_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"


def form_of(body: bytes) -> Form:
    return {key: values[0] for key, values in parse_qs(body.decode("ascii", "replace")).items()}


def answer(world: World, operation: str, body: bytes, key: str = "") -> bytes:
    """The answer to a call that the access key `key` signed; raises ApiError."""
    if not world.has_sts:
        raise ApiError("UnknownOperationException")
    result = STS[operation](world, form_of(body), key)
    return (
        f'<{operation}Response xmlns="{_NAMESPACE}"><{operation}Result>{result}'
        f"</{operation}Result></{operation}Response>"
    ).encode()


def error_text(error: ApiError) -> bytes:
    return (
        f"<ErrorResponse><Error><Code>{error.code}</Code>"
        f"<Message>{error.message}</Message></Error></ErrorResponse>"
    ).encode()


def _identity(world: World, _: Form, key: str) -> str:
    arn = world.callers.get(key, f"arn:aws:iam::{world.account}:user/tester")
    return f"<Arn>{arn}</Arn><UserId>AIDATESTER</UserId><Account>{arn.split(':')[4]}</Account>"


def _assumed(world: World, form: Form, signer: str) -> str:
    """New credentials, which the world refuses from their expiration on."""
    asked = float(form.get("DurationSeconds", "3600"))
    if asked > world.longest_session:
        raise ApiError("ValidationError", TOO_LONG)
    if asked > LONGEST_CHAINED and signer in world.callers:
        raise ApiError("ValidationError", CHAINED)
    seconds = world.session_seconds
    if seconds is None:
        seconds = asked
    until = world.clock.now() + seconds
    world.sessions += 1
    key = f"ASIA{world.sessions:016d}"
    world.expire_key(key, until)
    role, session = form.get("RoleArn", ""), form.get("RoleSessionName", "session")
    assumed = role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")
    world.callers[key] = f"{assumed}/{session}"
    return (
        f"<AssumedRoleUser><Arn>{assumed}/{session}</Arn>"
        f"<AssumedRoleId>AROATESTER:{session}</AssumedRoleId></AssumedRoleUser>"
        f"<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>"
        f"<SessionToken>session-{world.sessions}</SessionToken>"
        f"<Expiration>{_time(until)}</Expiration></Credentials>"
    )


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


STS: dict[str, Callable[[World, Form, str], str]] = {
    "GetCallerIdentity": _identity,
    "AssumeRole": _assumed,
    "AssumeRoleWithWebIdentity": _assumed,
}
