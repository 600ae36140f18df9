"""What looking back costs: 10,000 jobs over 50 machines, and a machine with a million executions.

First the provider alone, then `stepfleet plan` after an apply of the same project. On the
loopback fake, in a process of its own. Calls are those that the fake counted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from runner import aws, memory, step_functions
from runner.arns import parse_machine
from runner.errors import Place
from runner.identity import execution_name, job_tag
from runner.memory import UpToDate, Work
from runner.model import AwsPlatform, Limits, RunPolicy
from runner.provider import Lookback
from tests.benchmarks.measure import ROOT, STEPFLEET, once, own_peak, print_machine, verdict
from tests.benchmarks.scale import PROJECT, write_project
from tests.fake_aws.clock import RealClock
from tests.fake_aws.protocol import App
from tests.fake_aws.server import Server
from tests.fake_aws.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REGION = "us-east-1"
MACHINES = 50
JOBS = 200
FINGERPRINT = "f" * 20
BUSY = "busy"
DAY = 86_400.0
WORK = Work((FINGERPRINT,), RunPolicy.ON_CHANGE)
ON_MACHINE = {
    f"machine-{machine}": [f"job_{machine}_{number}" for number in range(JOBS)]
    for machine in range(MACHINES)
}
LIST, DESCRIBE = "ListExecutions", "DescribeExecution"


def serve() -> None:
    """Hold a world in which every job ran each day of a month, and others ran between."""
    world = World(clock=RealClock())
    for machine, jobs in ON_MACHINE.items():
        world.add(machine)
        for day in range(30):
            for number, job in enumerate(jobs):
                name = execution_name("shop", job, FINGERPRINT, run_id=None, attempt=30 - day)
                world.past(machine, name, ago=day * DAY + 3_600 + number)
        world.crowd(machine, 100_000, every=300)
    world.add(BUSY)
    world.crowd(BUSY, 1_000_000, every=1)
    server = Server(App(world, keep_bodies=False))
    print(server.url, flush=True)
    server.run()


def lookback(machine: str, jobs: list[str]) -> Lookback:
    arn = parse_machine(f"arn:aws:states:{REGION}:123456789012:stateMachine:{machine}")
    return Lookback(arn, frozenset(job_tag("shop", job) for job in jobs))


def counted(url: str) -> Mapping[str, int]:
    with urllib.request.urlopen(f"{url}/calls") as answer:
        calls: Mapping[str, int] = json.load(answer)
    return calls


def measure(url: str) -> None:
    """Print calls, seconds and memory."""
    limits = Limits()
    platform = AwsPlatform("fake", REGION, Place("here"), endpoint_url=url, limits=limits)
    provider = step_functions.provider(platform, session=aws.session(REGION))
    wanted = [lookback(machine, jobs) for machine, jobs in ON_MACHINE.items()]
    before = time.perf_counter()
    found = provider.recall(wanted)
    told = [
        memory.decide(past, WORK)
        for one in wanted
        for past in memory.pasts(found[one.machine], one.tags).values()
    ]
    took = time.perf_counter() - before
    assert len(told) == MACHINES * JOBS
    assert all(isinstance(one, UpToDate) for one in told)
    calls = counted(url)
    print(f"{len(told):,} jobs on {MACHINES} machines: {took:.2f} s, {dict(calls)}")
    verdict("lists for 10,000 jobs", calls.get(LIST, 0), 150)
    verdict("describes for 10,000 jobs, all up to date", calls.get(DESCRIBE, 0), 0)
    unknown = lookback(BUSY, ["never_seen"])
    before = time.perf_counter()
    history = provider.recall([unknown])[unknown.machine]
    took = time.perf_counter() - before
    pages = counted(url)[LIST] - calls[LIST]
    assert not history.complete
    print(f"a machine with 1,000,000 executions: {history.rows:,} looked at in {took:.2f} s")
    verdict("pages of it", pages, limits.lookback)
    verdict("peak memory", own_peak(), 200, " MiB")
    provider.close()


def measure_plan(url: str, jobs: int = MACHINES * JOBS) -> None:
    """Apply a project, and print what it costs to plan it again: everything is up to date."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_project(folder, jobs)
        here = f'accountId: "123456789012", endpointUrl: "{url}"'
        project = PROJECT.replace('accountId: "123456789012"', here)
        (folder / "project.yaml").write_text(project)
        applied = once([STEPFLEET, "apply", "--yes", str(folder)], cwd=folder)
        before = counted(url)
        planned = once([STEPFLEET, "plan", "--detailed-exitcode", str(folder)], cwd=folder)
        after = counted(url)
    spent = {name: after[name] - before.get(name, 0) for name in after}
    print(f"apply of {jobs:,} jobs: {applied.wall:.1f} s; {dict(before)}")
    print(f"plan, all up to date: {planned.wall:.1f} s, {planned.peak:.0f} MiB; {spent}")
    verdict("lists of the plan", spent.get(LIST, 0), 150)
    verdict("describes of the plan", spent.get(DESCRIBE, 0), 0)
    verdict("all calls of the plan", sum(spent.values()), 300)


def main() -> None:
    """Start the fakes, measure, and stop them."""
    print_machine()
    os.environ.update(AWS_ACCESS_KEY_ID="fake", AWS_SECRET_ACCESS_KEY="fake")
    with served("tests.benchmarks.lookups", "--serve") as url:
        measure(url)
    with served("tests.fake_aws") as url:
        measure_plan(url)


@contextmanager
def served(module: str, *options: str) -> Iterator[str]:
    """A fake in a process of its own: its address."""
    command = [sys.executable, "-m", module, *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as fake:
        assert fake.stdout is not None
        try:
            yield fake.stdout.readline().strip()
        finally:
            fake.terminate()


if __name__ == "__main__":
    if "--serve" in sys.argv:
        serve()
    else:
        main()
