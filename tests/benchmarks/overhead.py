"""The engine against a plain boto3 thread pool that makes the same calls, in one run.

500 Standard jobs of no duration on the loopback fake, in a process of its own. Both sides
start each execution and describe it once it has ended; both have their clients ready.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from runner import engine
from runner.cli import planning, project
from runner.cli.options import Wish
from runner.cli.providers import Providers
from runner.results import RunInfo, RunStatus
from tests.benchmarks.measure import print_machine, verdict
from tests.benchmarks.service import ENVIRONMENT, PROJECT, UNLIMITED, fake

if TYPE_CHECKING:
    from runner.cli.planning import Planned
    from runner.provider import Provider

JOBS = 500
RUNS = 7
THREADS = 32
JOB = """\
---
apiVersion: stepfleet/v1
kind: Job
metadata: {{name: job_{number}}}
spec:
  stateMachine: work
  parameters: {{number: {number}, round: {round}, rows: {{direction: output}}}}
"""


def plain(client: Any, machine: str, round_: int) -> float:
    """Seconds that the thread pool takes."""

    def one(number: int) -> str:
        started = client.start_execution(
            stateMachineArn=machine, name=f"plain-{round_}-{number}", input='{"rows":1}'
        )
        while True:
            seen = client.describe_execution(executionArn=started["executionArn"])
            if seen["status"] != "RUNNING":
                return str(seen["output"])
            time.sleep(0.1)

    before = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        assert len(list(pool.map(one, range(JOBS)))) == JOBS
    return time.perf_counter() - before


def ours(planned: Planned, providers: dict[str, Provider], round_: int) -> float:
    """Seconds that the engine takes, results files included."""
    plan = planned.plan
    info = RunInfo(id=f"round-{round_}", project=plan.project)
    with tempfile.TemporaryDirectory() as folder:
        before = time.perf_counter()
        results = engine.run(
            plan,
            run=info,
            context={"vars": {}, "env": {}},
            providers=providers,
            memory=planned.memory,
            results_path=Path(folder, "results.json"),
        )
        took = time.perf_counter() - before
    assert results.status is RunStatus.SUCCEEDED, results.counts
    return took


def measure(url: str) -> None:
    """Print the ratio of both, run in turn."""
    config = Config(retries={"total_max_attempts": 1}, max_pool_connections=THREADS)
    client = boto3.client("stepfunctions", "us-east-1", endpoint_url=url, config=config)
    machine = "arn:aws:states:us-east-1:123456789012:stateMachine:work"
    pairs = []
    for round_ in range(RUNS + 1):
        with tempfile.TemporaryDirectory() as scratch, Providers() as opened:
            jobs = "".join(JOB.format(number=number, round=round_) for number in range(JOBS))
            Path(scratch, "all.yaml").write_text(PROJECT.format(url=url, limits=UNLIMITED) + jobs)
            loaded = project.load([Path(scratch)], options={}, var_files=[])
            planned = planning.make(loaded, Wish(), opened)
            provider = opened.provider(planned.plan.platforms["fake"], {})
            pairs.append(
                (ours(planned, {"fake": provider}, round_), plain(client, machine, round_))
            )
    pairs = pairs[1:]
    for name, index in (("engine", 0), ("thread pool", 1)):
        seconds = statistics.median(pair[index] for pair in pairs)
        print(f"{name}: {seconds:.2f} s, {JOBS / seconds:.0f} jobs a second")
    ratio = statistics.median(mine / theirs for mine, theirs in pairs)
    verdict(f"{JOBS} jobs, times a plain thread pool", ratio, 1.3)


def main() -> None:
    """Start the fake, measure, and stop it."""
    print_machine()
    os.environ.update(ENVIRONMENT)
    with fake() as service:
        measure(service.url)


if __name__ == "__main__":
    main()
