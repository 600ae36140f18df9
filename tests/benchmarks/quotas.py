"""Runs at scale under Step Functions' published quotas, beside a plain boto3 program.

`python -m tests.benchmarks.quotas [NAME…]` runs all, or those that are named:

- thousand: 1,000 jobs of 30 s over 10 machines, without outputs
- outputs: the same, each with an output to be read
- ten-thousand: 10,000 jobs of 60 s over 50 machines, half with outputs
- throughput: 5,000 jobs of no duration, no quotas
- notice: 10 jobs whose durations vary; how late their ends are noticed
- cancel: SIGINT while 1,000 run

The fake throttles as us-east-1 does, loses answers and fails as `FAULTS` says, and its lists
and descriptions lag. `stepfleet apply` is the real process, from its start to its end; its run
is that part in which jobs start and end.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.measure import ROOT, STEPFLEET, print_machine, verdict
from tests.benchmarks.service import ENVIRONMENT, UNLIMITED, Service, fake, write_project

if TYPE_CHECKING:
    from collections.abc import Callable

LIMITS = "{share: 1}"
FAULTS = {"lost": "0.001", "errors": "0.001", "unavailable": "0.001", "lag": "0:0.5"}
LATENCY = 0.005


@dataclass(frozen=True, slots=True)
class Applied:
    """One `stepfleet apply`: seconds of the process and of its run, and what it took."""

    process: float
    run: float
    cpu: float
    peak: float
    code: int
    results: dict[str, Any]


def main() -> None:
    """Run the benchmarks that were named, or all."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], metavar="NAME")
    names = options.parse_args().names or list(BENCHMARKS)
    print_machine()
    print(f"latency {LATENCY} s; " + ", ".join(f"{key} {value}" for key, value in FAULTS.items()))
    os.environ.update(ENVIRONMENT)
    for name in names:
        print(f"\n{name}")
        BENCHMARKS[name]()


def _faulty(*options: str) -> list[str]:
    faults = [part for name, value in FAULTS.items() for part in (f"--{name}", value)]
    return ["--latency", str(LATENCY), "--chaos-seed", "1", *faults, *options]


def thousand(outputs: int = 0, bound: float = 31.0, calls: float = 1.1) -> None:
    """1,000 jobs of 30 s."""
    with fake(*_faulty("--quotas", "--duration", "30")) as service:
        applied = _apply(service, jobs=1000, machines=10, outputs=outputs, limits=LIMITS)
        _expect_all(applied, 1000)
        made, throttles = _calls(service)
        verdict("API calls a job", made / 1000, calls)
        verdict("throttles", throttles, 5)
        verdict(f"run, times {bound:g} s", applied.run / bound, 1.15)
        print(
            f"   the process took {applied.process:.1f} s, of which processor {applied.cpu:.1f} s"
        )
    _plain(_faulty("--quotas", "--duration", "30"), jobs=1000, machines=10)


def outputs() -> None:
    """1,000 jobs of 30 s with an output."""
    thousand(outputs=1000, bound=39.0, calls=2.2)


def ten_thousand() -> None:
    """10,000 jobs of 60 s."""
    with fake(*_faulty("--quotas", "--duration", "60")) as service:
        applied = _apply(service, jobs=10_000, machines=50, outputs=5000, limits=LIMITS)
        _expect_all(applied, 10_000)
        made, throttles = _calls(service)
        verdict("run, times 183 s", applied.run / 183, 1.15)
        verdict("peak memory", applied.peak, 400, " MB")
        print(
            f"   {made / 10_000:.2f} API calls a job, {throttles} throttles, "
            f"processor {applied.cpu:.0f} s, the process took {applied.process:.0f} s"
        )
    _plain(_faulty("--quotas", "--duration", "60"), jobs=10_000, machines=50)


def throughput() -> None:
    """5,000 jobs of 0 s, without quotas."""
    with fake() as service:
        applied = _apply(service, jobs=5000, machines=10, limits=UNLIMITED)
        _expect_all(applied, 5000)
        made, _ = _calls(service)
        ours = 5000 / applied.run
        print(f"   {ours:.0f} jobs a second, {made / 5000:.2f} API calls a job")
    theirs = 5000 / _plain([], jobs=5000, machines=10, interval=0.1)
    word = "ok " if ours >= 1.3 * theirs else "OVER"
    print(f"{word} jobs a second, times the plain program's: {ours / theirs:.2f} (at least 1.3)")


def notice() -> None:
    """10 jobs of 10 to 20 s each: how late are their ends noticed?"""
    late: list[float] = []
    for seed in range(3):
        options = _faulty("--quotas", "--duration", "10:20")
        options[options.index("--chaos-seed") + 1] = str(seed)
        with fake(*options) as service:
            applied = _apply(service, jobs=10, machines=10, limits="{}")
            _expect_all(applied, 10)
            late += _lateness(service, applied)
    verdict("an end is noticed after, at the median", statistics.median(late), 1.2, " s")
    print(f"   at most {max(late):.2f} s, of {len(late)}")


def cancel() -> None:
    """SIGINT while 1,000 run."""
    with fake(*_faulty("--quotas", "--duration", "600")) as service:
        interrupted: list[float] = []

        def interrupt(process: subprocess.Popen[str]) -> None:
            while len(service.get("executions")) < 1000:
                time.sleep(0.5)
            time.sleep(5)
            interrupted.append(time.time())
            process.send_signal(signal.SIGINT)

        applied = _apply(service, jobs=1000, machines=10, limits=LIMITS, meanwhile=interrupt)
        ended_at = time.time()
        executions = service.get("executions").values()
        stops = [ended for _, _, ended in executions if ended is not None]
        assert len(stops) == 1000, f"{1000 - len(stops)} still run"
        assert applied.code == 130, applied.code
        verdict("the last one stopped after SIGINT", max(stops) - interrupted[0], 7, " s")
        verdict("the process ended after SIGINT", ended_at - interrupted[0], 10, " s")
        print(f"   {applied.results['counts']}")
        _calls(service)


BENCHMARKS: dict[str, Callable[[], None]] = {
    "thousand": thousand,
    "outputs": outputs,
    "ten-thousand": ten_thousand,
    "throughput": throughput,
    "notice": notice,
    "cancel": cancel,
}


def _apply(
    service: Service,
    *,
    jobs: int,
    machines: int,
    outputs: int = 0,
    limits: str,
    meanwhile: Callable[[subprocess.Popen[str]], None] | None = None,
) -> Applied:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_project(
            folder, service.url, jobs=jobs, machines=machines, outputs=outputs, limits=limits
        )
        command = [STEPFLEET, "apply", ".", "--log-level", "error", "--format", "json"]
        before = time.perf_counter()
        with (folder / "out").open("w") as out, (folder / "err").open("w+") as err:
            process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=err, text=True)
            if meanwhile is not None:
                meanwhile(process)
            _, status, usage = os.wait4(process.pid, 0)
        took = time.perf_counter() - before
        process.returncode = os.waitstatus_to_exitcode(status)
        if not (folder / "results.json").exists():
            raise RuntimeError((folder / "err").read_text())
        results = json.loads((folder / "results.json").read_text())
    began, ended = (datetime.fromisoformat(results["run"][key]) for key in ("startedAt", "endedAt"))
    return Applied(
        process=took,
        run=(ended - began).total_seconds(),
        cpu=usage.ru_utime + usage.ru_stime,
        peak=usage.ru_maxrss / 1024 * 1.048576,
        code=process.returncode,
        results=results,
    )


def _expect_all(applied: Applied, jobs: int) -> None:
    assert applied.results["counts"].get("succeeded") == jobs, applied.results["counts"]
    assert applied.code == 0


def _calls(service: Service) -> tuple[int, int]:
    calls, throttles = service.get("calls"), service.get("throttles")
    print("   " + ", ".join(f"{name} {count:,}" for name, count in sorted(calls.items())))
    starts = service.get("starts")
    assert all(count == 1 for count in starts.values()), "an execution was started twice"
    return sum(calls.values()), sum(throttles.values())


def _plain(
    options: list[str],
    *,
    jobs: int,
    machines: int,
    interval: float = 5.0,
    patient: bool = False,
) -> float:
    """Run the plain program on a fake of its own; seconds."""
    with fake(*options) as service:
        command = [sys.executable, "-m", "tests.benchmarks.plain", service.url]
        command += ["--jobs", str(jobs), "--machines", str(machines), "--interval", str(interval)]
        command += ["--patient"] if patient else []
        before = time.perf_counter()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        told = json.loads(done.stdout)
        made, throttles = sum(service.get("calls").values()), sum(service.get("throttles").values())
        took = time.perf_counter() - before
        who = "plain boto3, patient" if patient else "plain boto3"
        print(
            f"   {who}: {told['seconds']:.1f} s ({took:.1f} s the process), "
            f"{made / jobs:.2f} API calls a job, {throttles:,} throttles, "
            f"{told['lost']} of {jobs:,} jobs given up"
        )
    return float(told["seconds"])


def _lateness(service: Service, applied: Applied) -> list[float]:
    ended = {name: times[2] for name, times in service.get("executions").items()}
    noticed = {
        event["executionName"]: datetime.fromisoformat(event["time"]).timestamp()
        for event in applied.results["events"]
        if event["event"] == "succeeded"
    }
    return [noticed[name] - at for name, at in ended.items()]


if __name__ == "__main__":
    main()
