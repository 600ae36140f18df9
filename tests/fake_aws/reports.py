"""What the fake tells who holds no more than its address, and what it lets them set.

GET /calls, /throttles and /mishaps count by operation; /starts and /redrives count by
execution name, /attempts by TAG/ATTEMPT of names that were derived from jobs; /executions
tells [status, started, ended] by name, times in seconds since the epoch. POST /control takes
a JSON object with any of `expire` (an access key's id, or the seconds left by id), `renew`,
`chaos`, `quotas` (a region or null), `lag`, `redriveLag` (both [min, max]) and `latency`.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.fake_aws.chaos import chaos_of
from tests.fake_aws.protocol import App, Reply
from tests.fake_aws.quotas import Quotas, published

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.fake_aws.luck import Range


def report(app: App, path: str) -> Reply:
    """The answer to a GET."""
    made = _REPORTS.get(path)
    if made is None:
        return _json({"paths": sorted(_REPORTS)}, 404)
    return _json(made(app))


def control(app: App, body: bytes) -> Reply:
    """Set what a POST to /control asks for: all of it, or nothing and status 400."""
    try:
        wishes: dict[str, Any] = json.loads(body)
        steps = [_CONTROLS[name](app, value) for name, value in wishes.items()]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return _json({"refused": repr(error)}, 400)
    for step in steps:
        step()
    return _json({"set": sorted(wishes)})


def _json(answer: object, status: int = 200) -> Reply:
    return Reply(status, json.dumps(answer).encode(), b"application/json")


def _attempts(app: App) -> Mapping[str, int]:
    counts: Counter[str] = Counter()
    for name, starts in app.world.starts.items():
        parts = name.rsplit("-", 3)
        if len(parts) == 4:
            counts[f"{parts[0]}/{parts[3]}"] += starts
    return counts


def _executions(app: App) -> Mapping[str, object]:
    now = app.world.clock.now()
    return {
        one.start.name: [one.status(now), one.started, one.ended if one.ended <= now else None]
        for one in app.world.executions.values()
    }


_REPORTS: dict[str, Callable[[App], Mapping[str, object]]] = {
    "/calls": lambda app: app.calls,
    "/throttles": lambda app: app.throttles,
    "/mishaps": lambda app: app.mishaps,
    "/starts": lambda app: app.world.starts,
    "/redrives": lambda app: app.world.redrives,
    "/attempts": _attempts,
    "/executions": _executions,
}


def _range(given: list[float]) -> Range:
    least, most = map(float, given)
    if not 0 <= least <= most < math.inf:
        raise ValueError(f"{given} is no range")
    return least, most


def _set(owner: object, name: str, value: object) -> Callable[[], None]:
    return lambda: setattr(owner, name, value)


def _expire(app: App, given: str | dict[str, float]) -> Callable[[], None]:
    """From now on, or so many seconds from now by key."""
    after = {given: 0.0} if isinstance(given, str) else dict(given)
    now = app.world.clock.now()
    until = {key: now + float(seconds) for key, seconds in after.items()}
    return lambda: app.world.expired.update(until)


def _renew(app: App, key: str) -> Callable[[], None]:
    return lambda: app.world.renew_key(str(key))


def _quotas(app: App, region: str | None) -> Callable[[], None]:
    made = None if region is None else Quotas(published(region), app.world.clock)
    return _set(app, "quotas", made)


_CONTROLS: dict[str, Callable[[App, Any], Callable[[], None]]] = {
    "expire": _expire,
    "renew": _renew,
    "chaos": lambda app, given: _set(app, "chaos", None if given is None else chaos_of(given)),
    "quotas": _quotas,
    "lag": lambda app, given: _set(app.world, "lag", _range(given)),
    "redriveLag": lambda app, given: _set(app.world, "redrive_lag", _range(given)),
    "latency": lambda app, given: _set(app, "latency", float(given)),
}
