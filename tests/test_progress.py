"""The live view: what it shows, in how little room."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from rich.console import Console

from runner.errors import Place
from runner.model import MachineType
from runner.progress import counting, elapsed, open_progress, picture, waiting
from runner.results import Attempt, JobResult, RunInfo, RunResults, RunStatus, Status
from tests.fakes import EPOCH


def job(name: str, status: Status, *, ago: float | None = None, attempt: int = 1) -> JobResult:
    started = None if ago is None else EPOCH - timedelta(seconds=ago)
    attempts = (Attempt(attempt, f"{name}-{attempt}", "arn", "RUNNING", started),)
    return JobResult(
        name=name,
        status=status,
        reason="",
        platform="local",
        machine="arn:aws:states:us-east-1:123456789012:stateMachine:m",
        type=MachineType.STANDARD,
        place=Place("specs/a.yaml"),
        attempts=attempts if ago is not None or attempt > 1 else (),
    )


def results(*jobs: JobResult) -> RunResults:
    started = EPOCH - timedelta(seconds=200)
    return RunResults(RunInfo("r", "shop"), RunStatus.RUNNING, started, None, jobs)


def shown(made: RunResults, *, width: int = 80, height: int = 24) -> list[str]:
    console = Console(record=True, width=width, file=io.StringIO(), legacy_windows=False)
    console.print(picture(made, EPOCH, width=width, height=height))
    return [line.rstrip() for line in console.export_text().splitlines()]


def test_it_shows_counts_and_what_runs() -> None:
    made = results(
        job("done", Status.SUCCEEDED),
        job("bad", Status.FAILED),
        job("extract_orders", Status.RUNNING, ago=67),
        job("late", Status.PENDING),
    )
    head, line = shown(made)
    assert head == "2 of 4 done, 1 running, 1 waiting, 1 failed  3m20s"
    assert line.split() == ["extract_orders", "running", "1m07s"]


def test_it_shows_later_attempts_and_those_that_wait_for_one() -> None:
    made = results(
        job("a", Status.RUNNING, ago=3, attempt=2), job("b", Status.PENDING, ago=9, attempt=2)
    )
    assert "running (attempt 2)" in shown(made)[1]
    assert "retries soon (attempt 2)" in shown(made)[2]


def test_a_job_that_is_being_started_says_so() -> None:
    assert "starting" in shown(results(job("a", Status.RUNNING)))[1]


@pytest.mark.parametrize("width", [20, 40, 80, 200])
@pytest.mark.parametrize("height", [1, 5, 24])
def test_500_jobs_fit_into_any_window(width: int, height: int) -> None:
    made = results(
        *(job(f"a_rather_long_name_of_a_job_{n}", Status.RUNNING, ago=n) for n in range(500))
    )
    lines = shown(made, width=width, height=height)
    assert len(lines) <= max(height, 3)
    assert all(len(line) <= width for line in lines)
    assert lines[-1].startswith("  and 4")


def test_time_stays_visible_in_a_narrow_window() -> None:
    made = results(job("a_rather_long_name_of_a_job_that_runs", Status.RUNNING, ago=59))
    line = shown(made, width=40)[1]
    assert "…" in line
    assert line.endswith("59s")


def test_control_characters_and_markup_do_nothing() -> None:
    hostile = replace(job("x", Status.RUNNING, ago=1), name="\x1b[2J[red]\r\nx\u202e")
    lines = shown(results(hostile))
    assert len(lines) == 2
    assert "\x1b" not in lines[1]
    assert "[red]" in lines[1]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (59.9, "59s"), (67, "1m07s"), (3600, "1h00m"), (7380, "2h03m")]
)
def test_elapsed(seconds: float, text: str) -> None:
    assert elapsed(seconds) == text


def test_without_a_terminal_there_is_no_view() -> None:
    with open_progress(io.StringIO()) as view:
        assert view is None


PROGRAM = """
import sys
from runner.progress import open_progress
from tests.test_progress import EPOCH, Status, job, results
with open_progress(sys.stderr) as view:
    assert view is not None
    view.show(results(job("extract", Status.RUNNING, ago=3)), EPOCH)
    print("12:00:01 a line above", file=sys.stderr)
    view.show(results(job("extract", Status.SUCCEEDED)), EPOCH)
print("after", file=sys.stderr)
"""


def on_a_terminal(program: str) -> str:
    """What a program shows on a terminal that is its stderr."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "60", "LINES": "20"}
    done = subprocess.run(
        [sys.executable, "-c", program], stderr=theirs, env=environment, check=False
    )
    os.close(theirs)
    seen = os.read(ours, 65536).decode()
    os.close(ours)
    assert done.returncode == 0, seen
    return seen


WAITS = """
import sys
from runner.progress import waiting
with waiting(sys.stderr, "Looking for earlier executions"):
    pass
with waiting(sys.stderr, None):
    pass
print("after", file=sys.stderr)
"""


def test_what_is_waited_for_is_said_on_a_terminal_and_nowhere_else() -> None:
    seen = on_a_terminal(WAITS)
    assert seen.count("Looking for earlier executions") == 1
    assert seen.rstrip().endswith("after")
    silent = io.StringIO()
    with waiting(silent, "Looking for earlier executions"):
        pass
    assert silent.getvalue() == ""


def test_on_a_terminal_lines_stand_above_the_view() -> None:
    seen = on_a_terminal(PROGRAM)
    assert "extract" in seen
    assert "12:00:01 a line above" in seen
    assert seen.rstrip().endswith("after")


COUNTS = """
import sys
from runner.progress import counting
with counting(sys.stderr) as say:
    say("Describing: 1 of 2")
with counting(None) as say:
    say("nowhere")
print("after", file=sys.stderr)
"""


def test_how_far_something_is_is_said_on_a_terminal_and_nowhere_else() -> None:
    seen = on_a_terminal(COUNTS)
    assert "Describing: 1 of 2" in seen
    assert "nowhere" not in seen
    assert seen.rstrip().endswith("after")
    silent = io.StringIO()
    with counting(silent) as say:
        say("Describing: 1 of 2")
    assert silent.getvalue() == ""
