"""`python -m tests.benchmarks.crashes [ROUNDS]`: kill applies, and go on, hundreds of times.

Each round is a project of a dozen jobs that is applied and killed up to four times, and then
applied to its end; every second one on a bad network, every third one while another apply runs
that is not killed. It fails at the first start that was made twice.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cli.crashing import Moment, Scene, applying, finish, kill_one, scene_in
from tests.fake_aws.chaos import Chaos, Rates

if TYPE_CHECKING:
    from collections.abc import Iterator

_BAD_NETWORK = Rates(lost=0.03, dropped=0.02, errors=0.02, throttles=0.03)
_KILLS = 4


def main() -> None:
    options = argparse.ArgumentParser(prog="crashes", description=__doc__)
    options.add_argument("rounds", type=int, nargs="?", default=100)
    options.add_argument("--seed", type=int, default=0, help="of the first round")
    given = options.parse_args()
    os.environ.update(
        AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE",
        AWS_SECRET_ACCESS_KEY="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        AWS_EC2_METADATA_DISABLED="true",
    )
    for name in ("GITHUB_ACTIONS", "GITHUB_RUN_ID", "GITHUB_SHA"):
        os.environ.pop(name, None)
    began = time.monotonic()
    phases: Counter[str] = Counter()
    looks = 0
    for seed in range(given.seed, given.seed + given.rounds):
        more, seen = _round(seed)
        phases += more
        looks += seen
    print(f"python {sys.version.split()[0]}, {given.rounds:,} rounds from seed {given.seed}")
    print(f"{time.monotonic() - began:,.0f} s; the results were whole at {looks:,} looks")
    for phase, count in phases.most_common():
        print(f"{count:7,}  {phase}")


def _round(seed: int) -> tuple[Counter[str], int]:
    luck = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder, scene_in(Path(folder), seed=seed) as scene:
        if seed % 2:
            scene.fake.chaos = Chaos(seed, _BAD_NETWORK, {"StartSyncExecution": Rates()})
            scene.fake.world.lag = (0.0, 0.3)
        phases: Counter[str] = Counter()
        try:
            with _another(scene) if seed % 3 == 2 else nullcontext():
                for before in range(_KILLS):
                    phases[kill_one(scene, Moment.drawn(luck, before))] += 1
                    scene.check_starts()
            finish(scene)
        except AssertionError:
            print(f"seed {seed}: {dict(phases)}")
            raise
        return phases, scene.seen


@contextmanager
def _another(scene: Scene) -> Iterator[None]:
    """Another apply of the same jobs at the same time, which nobody kills."""
    with applying(scene.beside("another")) as other:
        yield
        code = other.end()
        assert code == 0, other.err


if __name__ == "__main__":
    main()
