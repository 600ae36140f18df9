"""Faults that tests order, by route and by the number of its call."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

Route = Literal[
    "list_comments",
    "create_comment",
    "edit_comment",
    "commit_pulls",
    "commits",
    "compare",
    "pulls",
    "pull",
    "graphql",
    "id_token",
    "unknown",
]


@dataclass(frozen=True, slots=True)
class Fault:
    """What comes in place of the answer, or what befalls the answer where there is no `status`.

    The call is done only with `takes_effect`. `drop` cuts the connection: at once, or in the
    midst of the body. `delay` is in real seconds, and ends early with the fake.
    """

    status: int | None = None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    takes_effect: bool = False
    drop: Literal["at-once", "in-body"] | None = None
    delay: float = 0.0


def _said(
    status: int, message: str, headers: Mapping[str, str] | None = None, **more: object
) -> Fault:
    return Fault(status, json.dumps({"message": message, **more}).encode(), headers or {})


_PAGE = b"<html><head><title>Unicorn!</title></head><body>\x1b[31m::error::no</body></html>"
_HTML = {"Content-Type": "text/html"}

UNAUTHORIZED = _said(401, "Bad credentials")
READ_ONLY = _said(403, "Resource not accessible by integration")
UNPROCESSABLE = _said(
    422,
    "Validation Failed",
    errors=[{"resource": "IssueComment", "field": "body", "code": "custom", "message": "is odd"}],
)
BROKEN = Fault(500, _PAGE, _HTML)
BAD_GATEWAY = Fault(502, _PAGE, _HTML)
LOST = Fault(drop="at-once", takes_effect=True)
"""The call takes effect, and its answer never comes."""
LOST_BEHIND_GATEWAY = Fault(502, _PAGE, _HTML, takes_effect=True)
DROPPED = Fault(drop="at-once")
TRUNCATED = Fault(drop="in-body", takes_effect=True)
NOT_JSON = Fault(200, b'{"id": 1,')


def odd(value: object) -> Fault:
    """JSON of a shape that does not belong there."""
    return Fault(200, json.dumps(value).encode())


def limited(**headers: str) -> Fault:
    """403 as GitHub's rate limits have it; `retry_after="7"` is the header Retry-After.

    By its message it is one only without headers, as GitHub's documentation knows both.
    """
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    message = "Slow down." if headers else "You have exceeded a secondary rate limit."
    return _said(403, message, named)


def throttled(seconds: int) -> Fault:
    return _said(429, "Too many requests", {"Retry-After": str(seconds)})


def redirect(url: str, status: int = 301) -> Fault:
    return _said(status, "Moved Permanently", {"Location": url}, url=url)


def slow(seconds: float) -> Fault:
    return Fault(delay=seconds, takes_effect=True)


@dataclass(frozen=True, slots=True)
class Rule:
    """`calls` are numbers from 1 among the route's calls since the rule was made."""

    route: Route
    fault: Fault
    calls: Container[int] | None = None


class Faults:
    """The rules in force, and how many calls each has seen."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._seen: dict[int, int] = {}

    def add(self, route: Route, fault: Fault, *, calls: Container[int] | None = None) -> None:
        """Apply the fault to these calls of the route from now on; None means all."""
        self._rules.append(Rule(route, fault, calls))

    def clear(self) -> None:
        self._rules.clear()
        self._seen.clear()

    def next(self, route: Route) -> Fault | None:
        """The fault for a call that has just come in; every rule about it counts it."""
        hit: Fault | None = None
        for number, rule in enumerate(self._rules):
            if rule.route != route:
                continue
            seen = self._seen[number] = self._seen.get(number, 0) + 1
            if hit is None and (rule.calls is None or seen in rule.calls):
                hit = rule.fault
        return hit
