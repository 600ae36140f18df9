"""Faults by chance, which a seed settles: an operation's Nth call always meets the same."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from tests.fake_aws.faults import (
    DROPPED,
    LOST,
    SERVER_FAULT,
    THROTTLED,
    UNAVAILABLE,
    Fault,
    slow,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_FAULTS = {
    "lost": LOST,
    "dropped": DROPPED,
    "errors": SERVER_FAULT,
    "unavailable": UNAVAILABLE,
    "throttles": THROTTLED,
}


@dataclass(frozen=True, slots=True)
class Rates:
    """The share of calls, from 0 to 1, that meet each kind of fault.

    `lost` took effect and are never answered, `dropped` took none; `errors` are answered with
    status 500, `unavailable` with 503; `slow` ones are answered late.
    """

    lost: float = 0.0
    dropped: float = 0.0
    errors: float = 0.0
    unavailable: float = 0.0
    throttles: float = 0.0
    slow: float = 0.0

    def __post_init__(self) -> None:
        shares = asdict(self).values()
        if min(shares) < 0 or sum(shares) > 1:
            raise ValueError("the shares of calls that meet faults are not within 0 and 1")


@dataclass(slots=True)
class Chaos:
    """`rates` for all operations but those in `operations`; `slowest` in seconds."""

    seed: int
    rates: Rates = Rates()
    operations: Mapping[str, Rates] = field(default_factory=dict)
    slowest: float = 0.5
    _luck: dict[str, random.Random] = field(default_factory=dict)

    def next(self, operation: str) -> tuple[str, Fault] | None:
        """What the next call of an operation meets, and the name of its rate."""
        luck = self._luck.get(operation)
        if luck is None:
            luck = self._luck[operation] = random.Random(f"{self.seed}:{operation}")
        drawn, late = luck.random(), luck.random()
        for kind, rate in asdict(self.operations.get(operation, self.rates)).items():
            drawn -= rate
            if drawn < 0:
                return kind, _FAULTS.get(kind) or slow(late * self.slowest)
        return None


def chaos_of(given: Mapping[str, Any]) -> Chaos:
    """Chaos as JSON tells it: `seed`, `slowest`, rates, and rates by operation.

    Raises TypeError and ValueError for what is not such.
    """
    rest = dict(given)
    seed, slowest = int(rest.pop("seed", 0)), float(rest.pop("slowest", 0.5))
    operations = {name: Rates(**rates) for name, rates in rest.pop("operations", {}).items()}
    return Chaos(seed, Rates(**rest), operations, slowest)
