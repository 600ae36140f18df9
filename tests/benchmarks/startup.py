"""`stepfleet --version` and `--help` against `python -c "import click"`, in one run."""

from __future__ import annotations

import sys

from tests.benchmarks.measure import STEPFLEET, print_machine, run, verdict

RUNS = 21


def main() -> None:
    """Print both ratios."""
    print_machine()
    click = run([sys.executable, "-c", "import click"], runs=RUNS)
    print(f"import click: {click.wall * 1000:.0f} ms")
    for option in ("--version", "--help"):
        timing = run([STEPFLEET, option], runs=RUNS)
        verdict(f"stepfleet {option}, times import click", timing.wall / click.wall, 1.5)


if __name__ == "__main__":
    main()
