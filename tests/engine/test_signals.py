"""Real signals to a real process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from runner.results import from_json

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import sys, time
from pathlib import Path
from runner import engine
from runner.results import RunInfo
from tests.fakes import FOREVER, FakeProvider, job, plan

class Provider(FakeProvider):
    def stop(self, arn, *, error, cause):
        print("stopping", flush=True)
        if STUCK:
            time.sleep(600)
        return super().stop(arn, error=error, cause=cause)

    def run_express(self, request, *, idempotent, within):
        time.sleep(600)

def tell(record):
    if record["event"] == "started":
        print("started", flush=True)

STUCK = sys.argv[2] == "stuck"
results = engine.run(
    plan("a -> b", job("x", express=True)),
    run=engine.RunInfo("run-1", "shop"),
    context={"vars": {}, "env": {}},
    providers={"local": Provider(a=FOREVER)},
    results_path=Path(sys.argv[1]),
    sinks=[tell],
)
sys.exit(results.exit_code)
"""


def started(path: Path, how: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(path), how],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(process, "started")
    return process


def wait_for(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    if line != word:
        process.kill()
        raise AssertionError(f"{line!r}, {process.communicate()}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_what_runs_writes_the_results_and_exits_130(
    tmp_path: Path, number: signal.Signals
) -> None:
    path = tmp_path / "results.json"
    process = started(path, "smooth")
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    results = from_json(path.read_text())
    assert results.statuses == {"a": "cancelled", "b": "cancelled", "x": "unknown"}
    assert json.loads(path.read_text())["run"]["status"] == "interrupted"
    reasons = [event.get("reason") for event in results.events if event["event"] == "interrupted"]
    assert (reasons[0], len(reasons)) == (number.name, 2)
    assert "1 execution is being stopped; interrupt again" in str(reasons[1])


def test_a_second_signal_exits_at_once_with_the_results_written(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    process = started(path, "stuck")
    process.send_signal(signal.SIGINT)
    wait_for(process, "stopping")
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    results = from_json(path.read_text())
    assert results.statuses == {"a": "running", "b": "cancelled", "x": "unknown"}
    assert [one.name for one in results.still_running] == ["a"]


def test_after_a_kill_the_file_is_valid_and_says_that_the_run_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    process = started(path, "smooth")
    process.kill()
    process.communicate(timeout=30)
    assert from_json(path.read_text()).status == "running"
    journal = path.with_suffix(".jsonl").read_text().splitlines()
    assert "starting" in [json.loads(line)["event"] for line in journal]
