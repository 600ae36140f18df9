"""`validate` of 1,000 jobs and `plan --offline` of 1,000 and 10,000, as whole processes."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.benchmarks.measure import STEPFLEET, print_machine, run, verdict

PROJECT = """\
apiVersion: stepfleet/v1
kind: Project
metadata: {name: scale}
spec:
  platform: aws
  variables: {run_date: {type: date, default: 2026-11-01}}
---
apiVersion: stepfleet/v1
kind: Platform
metadata: {name: aws}
spec: {type: aws-step-functions, region: us-east-1, accountId: "123456789012"}
"""
JOB = """\
apiVersion: stepfleet/v1
kind: Job
metadata:
  name: job_{number}
  description: Number {number}
  labels: {{team: team{team}}}
spec:
  stateMachine: machine-{machine}
{needs}  parameters:
    date: ${{{{ vars.run_date }}}}
    number: {number}
    batch_size: {{type: integer, value: 500}}
    rows: {{direction: output, type: integer}}
  timeout: 2h
"""
WIDTH = 100
PER_FILE = 10


def write_project(folder: Path, jobs: int) -> None:
    """Write a layered graph: each job needs two of the layer before and reads one's output."""
    (folder / "project.yaml").write_text(PROJECT)
    for first in range(0, jobs, PER_FILE):
        text = "---\n".join(_job(number) for number in range(first, min(first + PER_FILE, jobs)))
        (folder / f"jobs_{first}.yaml").write_text(text)


def _job(number: int) -> str:
    needs = ""
    if number >= WIDTH:
        one = number - WIDTH
        two = one - one % WIDTH + (one + 1) % WIDTH
        needs = f"  needs: [job_{one}, job_{two}]\n"
    text = JOB.format(number=number, team=number % 7, machine=number % 50, needs=needs)
    if number >= WIDTH:
        text = text.replace(
            "    number:",
            f"    before: ${{{{ jobs.job_{number - WIDTH}.outputs.rows }}}}\n    number:",
        )
    return text


def main() -> None:
    """Print the three figures and the growth."""
    print_machine()
    with tempfile.TemporaryDirectory() as scratch:
        small, large = Path(scratch, "small"), Path(scratch, "large")
        for folder, jobs in ((small, 1_000), (large, 10_000)):
            folder.mkdir()
            write_project(folder, jobs)
        validate = run([STEPFLEET, "validate", str(small)])
        verdict("validate 1,000 jobs in 100 files", validate.wall, 2, " s")
        few = run([STEPFLEET, "plan", "--offline", str(small)])
        many = run([STEPFLEET, "plan", "--offline", str(large)], runs=3)
        print(f"plan --offline 1,000 jobs: {few.wall:.2f} s, {few.peak:.0f} MiB")
        verdict("plan --offline 10,000 jobs", many.wall, 15, " s")
        verdict("plan --offline 10,000 jobs, peak", many.peak, 500 / 1.048576, " MiB")
        verdict("growth from 1,000 to 10,000, times linear", many.wall / few.wall / 10, 1.2)


if __name__ == "__main__":
    main()
