"""Ten thousand seeds of faults in a virtual clock: how many a second, and what happened in them.

python -m tests.benchmarks.simulation                      # seeds 0 to 9,999
python -m tests.benchmarks.simulation --first 10000        # the next ten thousand
python -m tests.benchmarks.simulation --seed 123 --trace   # one, call by call
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from tests.benchmarks.measure import print_machine
from tests.simulation.simulation import simulate

_SHOWN = 20


def many(first: int, seeds: int) -> int:
    """Run many seeds, print what happened; returns how many broke what must hold."""
    happened: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    runs = 0
    broken: list[str] = []
    began = time.process_time()
    for seed in range(first, first + seeds):
        try:
            simulation = simulate(seed)
        except AssertionError as error:
            broken.append(f"{error}\n  {' '.join(error.__notes__)}")
            continue
        happened += simulation.service.happened
        runs += len(simulation.results)
        ended = [results for results in simulation.results if results is not None]
        ends.update(job.status.value for results in ended for job in results.jobs)
    seconds = time.process_time() - began
    print(f"{seeds:,} seeds, {runs:,} runs: {seconds:.0f} s of CPU, {seeds / seconds:.0f} a second")
    for title, counted in (("jobs ended", ends), ("what happened", happened)):
        print(f"\n{title}")
        for what, count in counted.most_common():
            print(f"{count:10,}  {what}")
    print(f"\n{len(broken):,} seeds broke what must hold")
    print("\n".join(broken[:_SHOWN]))
    return len(broken)


def one(seed: int, *, trace: bool) -> int:
    """Run one seed, and print its calls and answers."""
    try:
        simulation = simulate(seed, trace=print if trace else None)
    except AssertionError as error:
        print(f"\n{type(error).__name__}: {error}")
        return 1
    for results in simulation.results:
        if results is None:
            print("killed")
            continue
        print(results.status.value)
        for job in results.jobs:
            print(f"  {job.name:6} {job.status.value:12} {job.reason}")
    return 0


def main() -> int:
    """Read the options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--trace", action="store_true")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=10_000)
    options = parser.parse_args()
    if options.seed is not None:
        return one(options.seed, trace=options.trace)
    print_machine()
    return min(1, many(options.first, options.seeds))


if __name__ == "__main__":
    sys.exit(main())
