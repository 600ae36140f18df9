"""`python -m tests.fake_aws`: the fake in a process of its own, in real time.

Prints its address as the first line and serves until it is killed. Any machine that is named
exists. `tests.fake_aws.reports` says what GET answers with and what POST /control sets.
"""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from tests.fake_aws.chaos import Chaos, Rates
from tests.fake_aws.clock import RealClock
from tests.fake_aws.execution import Outcome, Start, fails
from tests.fake_aws.luck import share, within
from tests.fake_aws.protocol import App
from tests.fake_aws.quotas import Quotas, published
from tests.fake_aws.server import Server
from tests.fake_aws.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fake_aws.luck import Range

_RATES = [one.name for one in fields(Rates)]


def _range(text: str) -> Range:
    """MIN:MAX or one number."""
    parts = [float(part) for part in text.split(":")]
    least, most = parts[0], parts[-1]
    if len(parts) > 2 or not 0 <= least <= most < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is no number and no MIN:MAX")
    return least, most


def _parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(
        prog="fake_aws", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    add = options.add_argument
    add("--port", type=int, default=0)
    add("--duration", type=_range, default=(0.0, 0.0), metavar="SECONDS|MIN:MAX")
    add("--output", metavar="TEXT", help="what executions leave; their input by default")
    add("--failing", type=float, default=0.0, metavar="SHARE", help="of executions that fail")
    add("--express", action="append", default=[], metavar="NAME")
    add("--quotas", action="store_true", help="throttle as us-east-1 does")
    add("--lag", type=_range, default=(0.0, 0.0), metavar="MIN:MAX", help="of reads, seconds")
    add("--redrive-lag", type=_range, default=(0.0, 0.0), metavar="MIN:MAX")
    add("--latency", type=float, default=0.0, metavar="SECONDS", help="of each answer")
    add("--session", type=float, metavar="SECONDS", help="how long an assumed role lasts")
    add("--chaos-seed", type=int, default=0, help="settles faults, durations and lags")
    for name in _RATES:
        add(f"--{name}", type=float, default=0.0, metavar="SHARE", help="of all calls")
    add("--slowest", type=float, default=0.5, metavar="SECONDS", help="of slow answers")
    return options


def _script(given: argparse.Namespace) -> Callable[[Start], Outcome]:
    """An execution's duration and end are settled by its name; its redrive succeeds."""

    def outcome(start: Start) -> Outcome:
        duration = within(given.duration, given.chaos_seed, "duration", start.name)
        ends = Outcome(output=given.output, duration=duration)
        if share(given.chaos_seed, "fails", start.name) < given.failing:
            return replace(fails(duration=duration), then=ends)
        return ends

    return outcome


def _app(given: argparse.Namespace) -> App:
    script = _script(given)
    world = World(
        clock=RealClock(),
        any_machine=script,
        lag=given.lag,
        redrive_lag=given.redrive_lag,
        seed=given.chaos_seed,
        session_seconds=given.session,
    )
    for name in given.express:
        world.add(name, script, type="EXPRESS")
    rates = Rates(**{name: getattr(given, name) for name in _RATES})
    return App(
        world,
        chaos=None if rates == Rates() else Chaos(given.chaos_seed, rates, slowest=given.slowest),
        quotas=Quotas(published("us-east-1"), world.clock) if given.quotas else None,
        latency=given.latency,
        keep_bodies=False,
    )


def main() -> None:
    given = _parser().parse_args()
    server = Server(_app(given), given.port)
    print(server.url, flush=True)
    try:
        server.run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
