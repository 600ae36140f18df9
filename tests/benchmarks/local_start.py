"""The embedded engine: from process start to the first finished execution."""

from __future__ import annotations

import json
import tempfile
import time
from datetime import datetime
from pathlib import Path

from tests.benchmarks.measure import STEPFLEET, Timing, once, print_machine, verdict

SPEC = """\
apiVersion: stepfleet/v1
kind: Project
metadata: {name: one}
spec: {platform: local}
---
apiVersion: stepfleet/v1
kind: Platform
metadata: {name: local}
spec: {type: local}
---
apiVersion: stepfleet/v1
kind: StateMachine
metadata: {name: echo}
spec:
  definition:
    StartAt: Echo
    States: {Echo: {Type: Pass, End: true}}
---
apiVersion: stepfleet/v1
kind: Job
metadata: {name: only}
spec: {stateMachine: echo, parameters: {word: hello}}
"""


def first_end(folder: Path) -> tuple[float, Timing]:
    """Seconds from just before the process starts until its one job has succeeded."""
    before = time.time()
    timing = once([STEPFLEET, "apply", str(folder)], cwd=folder)
    results = json.loads((folder / "results.json").read_text())
    ended = datetime.fromisoformat(results["jobs"][0]["attempts"][0]["stoppedAt"])
    return ended.timestamp() - before, timing


def main() -> None:
    """Print the median of several runs, and the peak memory."""
    print_machine()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "spec.yaml").write_text(SPEC)
        first_end(folder)
        ends = sorted((first_end(folder) for _ in range(7)), key=lambda pair: pair[0])
        verdict("process start to first finished execution, median", ends[3][0], 1.2, " s")
        verdict("peak memory", max(timing.peak for _, timing in ends), 150, " MiB")


if __name__ == "__main__":
    main()
