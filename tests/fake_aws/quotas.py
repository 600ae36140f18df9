"""The service's own limits: a bucket of calls for each operation, refilled every second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.fake_aws.clock import Clock

Rate = tuple[float, float]
"""How many calls a bucket holds, and how many come in each second."""

LARGE_REGIONS = frozenset({"us-east-1", "us-west-2", "eu-west-1"})
EXPRESS_START = "StartExecution (Express)"
_RARE = (
    "CreateStateMachine",
    "CreateStateMachineAlias",
    "DeleteStateMachine",
    "DeleteStateMachineAlias",
    "DeleteStateMachineVersion",
    "ListMapRuns",
    "ListStateMachineAliases",
    "ListStateMachineVersions",
    "ListTagsForResource",
    "PublishStateMachineVersion",
    "UpdateStateMachine",
    "UpdateStateMachineAlias",
    "ValidateStateMachineDefinition",
)
_EVERYWHERE: dict[str, Rate] = {
    EXPRESS_START: (6_000, 6_000),
    "GetExecutionHistory": (400, 20),
    "DescribeStateMachine": (200, 20),
    "ListStateMachines": (100, 5),
    "DescribeMapRun": (200, 1),
    "DescribeStateMachineAlias": (200, 1),
    "DescribeStateMachineForExecution": (200, 1),
    "TestState": (50, 10),
    **dict.fromkeys(_RARE, (100.0, 1.0)),
}
_SENDS = ("SendTaskFailure", "SendTaskHeartbeat", "SendTaskSuccess")
_LARGE: dict[str, Rate] = {
    "StartExecution": (1_300, 300),
    "RedriveExecution": (1_300, 300),
    "DescribeExecution": (300, 15),
    "ListExecutions": (200, 5),
    "StopExecution": (1_000, 200),
    **dict.fromkeys(_SENDS, (3_000.0, 500.0)),
}
_OTHER: dict[str, Rate] = {
    "StartExecution": (800, 150),
    "RedriveExecution": (800, 150),
    "DescribeExecution": (250, 10),
    "ListExecutions": (100, 2),
    "StopExecution": (500, 25),
    **dict.fromkeys(_SENDS, (1_500.0, 300.0)),
}


def published(region: str) -> dict[str, Rate]:
    """What AWS publishes for a region. StartSyncExecution has no quota."""
    return _EVERYWHERE | (_LARGE if region in LARGE_REGIONS else _OTHER)


@dataclass(slots=True)
class _Tokens:
    left: float
    since: float


class Quotas:
    """Full buckets, one for each operation that has a rate."""

    def __init__(self, rates: Mapping[str, Rate], clock: Clock) -> None:
        self._rates = dict(rates)
        self._clock = clock
        self._tokens: dict[str, _Tokens] = {}

    def take(self, operation: str) -> bool:
        """Take a token for a call; False where there is none."""
        rate = self._rates.get(operation)
        if rate is None:
            return True
        size, per_second = rate
        now = self._clock.now()
        tokens = self._tokens.setdefault(operation, _Tokens(size, now))
        tokens.left = min(size, tokens.left + (now - tokens.since) * per_second)
        tokens.since = now
        if tokens.left < 1:
            return False
        tokens.left -= 1
        return True
