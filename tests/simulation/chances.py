"""What may go wrong in one simulated world, and how likely it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

FOREVER = float("inf")


@dataclass(frozen=True, slots=True)
class Chances:
    """Probabilities of one world. Times in seconds.

    Per call: `turned_away` has no effect (a throttle, no connection), `fault` fails before its
    effect with an error that leaves that open, `lost` takes effect without an answer, `repeated`
    is a start that its provider sent twice, and `slow` has an answer that takes minutes. Calls
    take up to `latency`, and starts wait for up to `queue` before they are sent.
    Per execution: `hidden` is not found at first, `unlisted` is lacking in lists at first,
    `stale` is listed as it was, `forgotten` is deleted at some time, `denied` can't be looked
    at, `sealed` does not show what it left, `unstoppable` can't be stopped by the caller,
    `taken` has a name that someone else took, `final` can't be redriven, `redrive_lag` does not
    show a redrive at once.
    Looking back shows no more than the newest `rows` of a machine, those of others among them.
    `denied_calls` are not allowed at all from `denied_since` on. Credentials fail from
    `expires` until `renewed`.
    """

    turned_away: float = 0.0
    fault: float = 0.0
    lost: float = 0.0
    repeated: float = 0.0
    slow: float = 0.0
    latency: float = 0.05
    queue: float = 0.0
    hidden: float = 0.0
    unlisted: float = 0.0
    stale: float = 0.0
    forgotten: float = 0.0
    denied: float = 0.0
    sealed: float = 0.0
    unstoppable: float = 0.0
    taken: float = 0.0
    final: float = 0.0
    redrive_lag: float = 0.0
    fails: float = 0.2
    odd: float = 0.0
    lacks: float = 0.05
    rows: int | None = None
    denied_calls: frozenset[str] = frozenset()
    denied_since: float = 0.0
    expires: float = FOREVER
    renewed: float = FOREVER
    moves: float = FOREVER

    @property
    def is_fair(self) -> bool:
        """Tell whether every call does what it says, sooner or later."""
        return not (self.turned_away or self.fault or self.lost or self.denied_calls)


def draw_chances(draw: random.Random) -> Chances:
    """Those of one world: most faults are absent from most worlds, as many hide each other."""

    def some(most: float, share: float = 0.3) -> float:
        return draw.random() * most if draw.random() < share else 0.0

    made = Chances(
        turned_away=some(0.3),
        fault=some(0.3),
        lost=some(0.4),
        repeated=some(0.5),
        slow=some(0.1, 0.15),
        latency=draw.choice([0.05, 0.05, 1.0, 8.0]),
        queue=draw.choice([0.0, 0.0, 0.5, 5.0]),
        hidden=some(1.0),
        unlisted=some(1.0),
        stale=some(1.0),
        forgotten=some(0.3, 0.15),
        denied=some(0.3, 0.1),
        sealed=some(0.5, 0.1),
        unstoppable=some(0.5, 0.15),
        taken=some(0.3),
        final=some(1.0, 0.5),
        redrive_lag=some(1.0, 0.5),
        fails=draw.choice([0.0, 0.2, 0.4, 0.7]),
        odd=some(0.2, 0.1),
        rows=draw.choice([None, None, None, 0, 3, 10]),
    )
    return _with_refusals(draw, made)


def _with_refusals(draw: random.Random, made: Chances) -> Chances:
    """The same, with calls that are not allowed and credentials that fail in some worlds."""
    if draw.random() < 0.12:
        calls = ["look", "list", "list", "recall", "stop", "start", "redrive"]
        made = replace(
            made,
            denied_calls=frozenset(draw.sample(calls, k=draw.choice([1, 1, 2]))),
            denied_since=draw.choice([0.0, draw.random() * 100]),
        )
    if draw.random() < 0.15:
        expires = draw.random() * 100
        lasts = draw.choice([3.0, 60.0, 400.0, 1500.0, FOREVER])
        made = replace(made, expires=expires, renewed=expires + lasts)
    if draw.random() < 0.05:
        made = replace(made, moves=draw.random() * 100)
    return made
