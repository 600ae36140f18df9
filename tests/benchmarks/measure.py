"""What the benchmarks share: the machine they ran on, and processes timed from outside."""

from __future__ import annotations

import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
STEPFLEET = str(Path(sys.executable).with_name("stepfleet"))


@dataclass(frozen=True, slots=True)
class Timing:
    """Medians over several runs: wall seconds, processor seconds, peak memory in MiB."""

    wall: float
    cpu: float
    peak: float


def print_machine() -> None:
    """Say where the figures come from."""
    libraries = ("boto3", "click", "jsonschema", "PyYAML", "moto")
    print(f"{platform.platform()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    print(", ".join(f"{name} {version(name)}" for name in libraries))


def run(
    command: Sequence[str], *, runs: int = 5, cwd: Path = ROOT, ok: Sequence[int] = (0,)
) -> Timing:
    """Time a command as a whole process: after one run that isn't counted, `runs` that are."""
    once(command, cwd=cwd, ok=ok)
    timings = [once(command, cwd=cwd, ok=ok) for _ in range(runs)]
    return Timing(
        wall=statistics.median(timing.wall for timing in timings),
        cpu=statistics.median(timing.cpu for timing in timings),
        peak=max(timing.peak for timing in timings),
    )


def once(command: Sequence[str], *, cwd: Path = ROOT, ok: Sequence[int] = (0,)) -> Timing:
    """Time one run of a command as a whole process."""
    before = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    complaint = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - before
    if process.returncode not in ok:
        raise RuntimeError(f"{command} exited with {process.returncode}: {complaint}")
    return Timing(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def own_peak() -> float:
    """This process's peak memory in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def verdict(name: str, value: float, bound: float, unit: str = "") -> None:
    """Print one figure beside its bound."""
    word = "ok " if value <= bound else "OVER"
    print(f"{word} {name}: {value:.2f}{unit} (at most {bound:g}{unit})")
