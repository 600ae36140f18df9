"""`python -m tests.fake_aws`: the fake in a process of its own, in real time.

Prints its address as the first line and serves until it is killed. Any machine that is named
exists, and its executions succeed with their input after `--duration` seconds. GET /calls
answers with the number of calls so far by operation.
"""

from __future__ import annotations

import argparse
import sys

from tests.fake_aws.clock import RealClock
from tests.fake_aws.protocol import App
from tests.fake_aws.server import Server
from tests.fake_aws.world import Outcome, World


def main() -> None:
    options = argparse.ArgumentParser(prog="fake_aws", description=__doc__)
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--duration", type=float, default=0.0, help="seconds")
    options.add_argument("--express", action="append", default=[], metavar="NAME")
    given = options.parse_args()
    outcome = Outcome(duration=given.duration)
    world = World(clock=RealClock(), any_machine=outcome)
    for name in given.express:
        world.add(name, outcome, type="EXPRESS")
    server = Server(App(world, keep_bodies=False), given.port)
    print(server.url, flush=True)
    try:
        server.run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
