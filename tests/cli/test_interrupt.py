"""A real process, interrupted while executions run on the loopback fake and embedded."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.tools import PROJECT, job
from tests.fake_aws import RUNS_ON, FakeAws, RealClock, slow
from tests.fake_aws.fixtures import aws_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["aws_environment"]

SLOW = """\
---
apiVersion: stepfleet/v1
kind: StateMachine
metadata: {name: slow}
spec:
  definition: {StartAt: Sleep, States: {Sleep: {Type: Wait, Seconds: 3600, End: true}}}
"""


@pytest.fixture
def fake(aws_environment: None) -> Iterator[FakeAws]:
    with FakeAws(RealClock()) as running:
        running.machine("slow", RUNS_ON)
        running.machine("echo")
        yield running


@contextmanager
def apply(folder: Path, text: str, *more: str) -> Iterator[subprocess.Popen[str]]:
    (folder / "specs").mkdir()
    (folder / "specs" / "all.yaml").write_text(text)
    with subprocess.Popen(
        [sys.executable, "-m", "runner.cli", "apply", "--log-format", "json", *more],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for_starts(process: subprocess.Popen[str], number: int) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        assert line.startswith("{"), line + process.stderr.read()
        if json.loads(line)["event"] == "started":
            number -= 1
        if number == 0:
            return
    assert process.stdout is not None
    raise AssertionError(f"it ended before it had started its jobs: {process.stdout.read()}")


def on(fake: FakeAws) -> str:
    return PROJECT.replace(
        "spec: {type: local, timeScale: 0}",
        "spec: {type: aws-step-functions, region: us-east-1, accountId: '123456789012',"
        f" endpointUrl: '{fake.url}'}}",
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_stops_what_runs_and_detaches_what_may_run_on(
    fake: FakeAws, tmp_path: Path, number: signal.Signals
) -> None:
    jobs = [job("a", "slow"), job("b", "slow", "onCancel: detach"), job("c", more="needs: [a]")]
    with apply(tmp_path, on(fake) + "".join(jobs)) as process:
        wait_for_starts(process, 2)
        process.send_signal(number)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    results = json.loads((tmp_path / "results.json").read_text())
    by_name = {each["name"]: each for each in results["jobs"]}
    assert results["run"]["status"] == "interrupted"
    assert by_name["a"]["status"] == "cancelled"
    assert by_name["b"]["status"] == "running"
    assert by_name["c"]["status"] == "cancelled"
    assert fake.calls["StopExecution"] == 1
    assert fake.calls["StartExecution"] == 2
    (stopped,) = fake.requests("StopExecution")
    assert "Stepfleet" in stopped["error"]
    assert stopped["cause"]
    assert by_name["b"]["executionArn"] in out


@pytest.mark.parametrize(
    ("wanted", "statuses"),
    [("stop", ["cancelled", "cancelled"]), ("detach", ["running", "running"])],
)
def test_what_an_interrupt_does_can_be_chosen_for_all_jobs(
    fake: FakeAws, tmp_path: Path, wanted: str, statuses: list[str]
) -> None:
    jobs = [job("a", "slow"), job("b", "slow", "onCancel: detach")]
    with apply(tmp_path, on(fake) + "".join(jobs), "--on-cancel", wanted) as process:
        wait_for_starts(process, 2)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 130
    results = json.loads((tmp_path / "results.json").read_text())
    assert [each["status"] for each in results["jobs"]] == statuses


def test_an_hour_of_waiting_ends_at_once_on_the_embedded_engine(tmp_path: Path) -> None:
    text = PROJECT.replace(", timeScale: 0", "")
    with apply(tmp_path, text + SLOW + job("a", "slow")) as process:
        wait_for_starts(process, 1)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 130
    results = json.loads((tmp_path / "results.json").read_text())
    assert results["jobs"][0]["status"] == "cancelled"


class Asked:
    """All calls, and an event that tells of the first."""

    def __init__(self) -> None:
        self.event = threading.Event()

    def __contains__(self, number: object) -> bool:
        self.event.set()
        return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_planning_that_hangs_is_left_at_once_with_the_same_exit_code(
    fake: FakeAws, tmp_path: Path, number: signal.Signals
) -> None:
    asked = Asked()
    fake.faults.add("DescribeStateMachine", slow(120), calls=asked)
    with apply(tmp_path, on(fake) + job("a", "slow")) as process:
        assert asked.event.wait(60)
        process.send_signal(number)
        _, complaint = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "interrupted" in complaint
    assert not (tmp_path / "results.json").exists()


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_two_signals_at_once_end_it_as_quietly_as_one(
    fake: FakeAws, tmp_path: Path, second: signal.Signals
) -> None:
    asked = Asked()
    fake.faults.add("DescribeStateMachine", slow(120), calls=asked)
    with apply(tmp_path, on(fake) + job("a", "slow")) as process:
        assert asked.event.wait(60)
        process.send_signal(signal.SIGINT)
        process.send_signal(second)
        out, complaint = process.communicate(timeout=20)
    assert process.returncode == 130
    assert out == ""
    assert complaint.strip() in ("", "interrupted")


INTERRUPTED_WHILE_IT_TELLS = """
import io, os, signal, sys
from runner.cli.main import main

class Interrupting(io.TextIOWrapper):
    def write(self, text):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)
        return super().write(text)

sys.stderr = Interrupting(sys.stderr.buffer, encoding="utf-8")
main(["plan", "nothing"])
"""


_LATE = """
import atexit, os, signal
from runner.cli.main import conduct
atexit.register(lambda: os.kill(os.getpid(), signal.SIGINT))
conduct(lambda: print("done") or 6)
"""


def test_a_signal_when_the_work_is_done_changes_nothing_of_what_is_told() -> None:
    finished = subprocess.run(
        [sys.executable, "-c", _LATE], capture_output=True, text=True, check=False
    )
    assert (finished.returncode, finished.stdout, finished.stderr) == (6, "done\n", "")


def test_a_signal_while_a_complaint_is_told_ends_it_quietly_as_well(tmp_path: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_WHILE_IT_TELLS],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 130
    assert "Traceback" not in finished.stderr
