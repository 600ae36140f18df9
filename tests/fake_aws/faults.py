"""Faults that tests inject, by operation and by the number of its call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tests.fake_aws.operations import ApiError

if TYPE_CHECKING:
    from collections.abc import Container


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to a call in place of its answer.

    `drop` closes the connection before or after the call took effect; `delay` is real
    seconds; `body` is sent with status 200 as it is.
    """

    error: ApiError | None = None
    drop: Literal["before", "after"] | None = None
    delay: float = 0.0
    body: bytes | None = None


THROTTLED = Fault(ApiError("ThrottlingException", "Rate exceeded"))
SERVER_FAULT = Fault(ApiError("InternalFailure", "an internal fault", 500))
UNAVAILABLE = Fault(ApiError("ServiceUnavailable", "not available", 503))
LOST = Fault(drop="after")
"""The call takes effect, and its answer never comes."""
DROPPED = Fault(drop="before")
EXPIRED = Fault(ApiError("ExpiredTokenException", "The security token included is expired"))
NOT_AWS = Fault(body=b"<html>a login page</html>")


def denied(action: str, code: str = "AccessDeniedException") -> Fault:
    return Fault(ApiError(code, f"User: arn:aws:iam::1:user/u is not authorized to: {action}"))


def slow(seconds: float) -> Fault:
    return Fault(delay=seconds)


@dataclass(frozen=True, slots=True)
class Rule:
    """`calls` are numbers from 1 among the operation's calls whose body holds `about`."""

    operation: str
    fault: Fault
    calls: Container[int] | None = None
    about: str = ""


class Faults:
    """The rules in force, and how many calls each has seen."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._seen: dict[int, int] = {}

    def add(
        self,
        operation: str,
        fault: Fault,
        *,
        calls: Container[int] | None = None,
        about: str = "",
    ) -> None:
        """Apply the fault to these calls of the operation from now on; None means all."""
        self._rules.append(Rule(operation, fault, calls, about))

    def clear(self) -> None:
        self._rules.clear()
        self._seen.clear()

    def next(self, operation: str, body: bytes) -> Fault | None:
        """The fault for a call that has just come in; every rule about it counts it."""
        hit: Fault | None = None
        for number, rule in enumerate(self._rules):
            if rule.operation != operation or rule.about.encode() not in body:
                continue
            seen = self._seen[number] = self._seen.get(number, 0) + 1
            if hit is None and (rule.calls is None or seen in rule.calls):
                hit = rule.fault
        return hit
