"""What GitHub's answers other than success mean, in words and with a way out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runner import values
from runner.errors import GitHubError
from runner.github import shapes
from runner.github.patience import Limited, Lost
from runner.report.cleaning import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from runner.github.http import Answer
    from runner.values import Json

_SECONDS = re.compile(r"[0-9]{1,9}")
_EPOCH = re.compile(r"[0-9]{1,12}")
_SECONDARY_SECONDS = 60.0
"""What GitHub's documentation says to wait where its answer does not say."""

_LONGEST = 400
_WAYS_OUT = {
    401: "the token is wrong or has expired: give `github-token` a valid one",
    404: "the repository or the pull request is not there, or the token may not see it",
}
_READ_ONLY = "give the job `permissions: pull-requests: write`; a fork's token is read-only"


def decoded(answer: Answer, what: str) -> Json:
    """The JSON of a successful answer. Raises GitHubError where there is none."""
    try:
        return values.parse(answer.body.decode())
    except (UnicodeDecodeError, values.NotJson) as error:
        reason = one_line(str(error), 200)
        raise GitHubError(
            f"{what}: the answer is no JSON: {reason}", status=answer.status
        ) from None


def failure(answer: Answer, what: str, *, secret: str) -> GitHubError | None:
    """The error that an answer tells of, None for success. `what` was called, as it is shown.

    `secret` is in no message, even where the answer repeats it.

    Limited where the call was turned away for its rate, Lost for a fault of the server.
    """
    status = answer.status
    if 200 <= status < 300:  # noqa: PLR2004
        return None
    message = _message(answer).replace(secret, "***")
    said = f"{what}: GitHub answers {status}{f': {message}' if message else ''}"
    if _is_limited(answer, message):
        seconds = _asked(answer.headers)
        return Limited(
            f"{said}; it asks to wait {seconds:.0f} s (rate limit)", status=status, seconds=seconds
        )
    if 300 <= status < 400:  # noqa: PLR2004
        way_out = "redirects are not followed: was the repository renamed or moved?"
        return GitHubError(f"{said}; {way_out}", status=status)
    if status >= 500:  # noqa: PLR2004
        return Lost(said, status=status)
    return GitHubError(_with_way_out(said, status, message), status=status)


def _with_way_out(said: str, status: int, message: str) -> str:
    way_out = _WAYS_OUT.get(status)
    if status == 403 and "not accessible" in message:  # noqa: PLR2004
        way_out = _READ_ONLY
    return f"{said}; {way_out}" if way_out else said


def _message(answer: Answer) -> str:
    """GitHub's message with what its validation says, cleaned; nothing of a page of HTML."""
    try:
        content = values.parse(answer.body[:65536].decode(errors="replace"))
        parts = [shapes.text(content, "message")]
        errors = shapes.at(content, "errors")
    except (values.NotJson, shapes.Misshapen):
        return ""
    for error in errors[:5] if isinstance(errors, list) else ():
        parts.append(_complaint(error))
    return one_line(": ".join(part for part in parts if part), _LONGEST)


def _complaint(error: Json) -> str:
    if isinstance(error, str):
        return error
    if not isinstance(error, dict):
        return ""
    known = (error.get(name) for name in ("field", "code", "message"))
    return " ".join(part for part in known if isinstance(part, str))


def _is_limited(answer: Answer, message: str) -> bool:
    headers = answer.headers
    if answer.status == 429:  # noqa: PLR2004
        return True
    return answer.status == 403 and (  # noqa: PLR2004
        "retry-after" in headers
        or headers.get("x-ratelimit-remaining") == "0"
        or "rate limit" in message.lower()
    )


def _asked(headers: Mapping[str, str]) -> float:
    """Seconds that GitHub asks to wait, by its own clock."""
    now = _date(headers.get("date", ""))
    after = headers.get("retry-after", "")
    if _SECONDS.fullmatch(after):
        return float(after)
    until = _date(after)
    if until and now:
        return max((until - now).total_seconds(), 0.0)
    if headers.get("x-ratelimit-remaining") == "0":
        return _until_reset(headers.get("x-ratelimit-reset", ""), now)
    return _SECONDARY_SECONDS


def _until_reset(reset: str, now: datetime | None) -> float:
    if now is None or not _EPOCH.fullmatch(reset):
        return _SECONDARY_SECONDS
    return max(float(reset) - now.timestamp(), 0.0)


def _date(value: str) -> datetime | None:
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - rarely needed

    try:
        return parsedate_to_datetime(value)
    except ValueError:
        return None
