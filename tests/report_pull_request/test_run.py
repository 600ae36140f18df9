from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from runner.errors import Place
from runner.model import MachineType
from runner.report import going_comment, run_comment
from runner.results import Attempt, JobResult, RunInfo, RunResults, RunStatus, Status
from tests.report_pull_request.reading import read
from tests.report_pull_request.views import HEAD, LINKS, RUN_URL, URL

START = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
CONSOLE = "https://us-east-1.console.aws.amazon.com/states/home"


def result(name: str, status: Status, **fields: Any) -> JobResult:
    attempt = Attempt(
        1,
        name,
        f"arn:{name}",
        started_at=START,
        stopped_at=None if status.is_open else START + timedelta(seconds=90),
        monitor_url=f"{CONSOLE}#{name}",
    )
    facts: dict[str, Any] = {"reason": "", "attempts": (attempt,)} | fields
    place = Place("specs/jobs.yaml", 12)
    return JobResult(
        name=name,
        status=status,
        platform="aws",
        machine="arn",
        type=MachineType.STANDARD,
        place=place,
        **facts,
    )


def failed(name: str, cause: str = "no room") -> JobResult:
    attempt = Attempt(1, name, f"arn:{name}", error="Disk", cause=cause)
    return result(name, Status.FAILED, reason="the execution failed", attempts=(attempt,))


def run(*jobs: JobResult, status: RunStatus = RunStatus.SUCCEEDED, **fields: Any) -> RunResults:
    end = START + timedelta(minutes=2)
    return RunResults(RunInfo("7", "shop"), status, START, end, jobs, **fields)


def test_a_run_that_went_well_is_a_table_with_links_to_its_executions() -> None:
    text = run_comment(run(result("a", Status.SUCCEEDED), result("b", Status.UP_TO_DATE)), LINKS)
    page = read(text)
    assert page.faults == []
    assert text.startswith("### Stepfleet apply of <code>shop</code>: succeeded\n")
    assert "1 succeeded, 1 up to date in 2 min 00 s, see this run" in page.text
    assert page.links == [RUN_URL, f"{CONSOLE}#a", f"{CONSOLE}#b"]
    assert "Nothing is lost" not in page.text


def test_failures_come_first_with_their_cause_folded() -> None:
    text = run_comment(
        run(result("a", Status.SUCCEEDED), failed("b"), status=RunStatus.FAILED), LINKS
    )
    page = read(text)
    assert text.startswith("### Stepfleet apply of <code>shop</code>: failed\n")
    assert "<details><summary><code>b</code> failed: <code>Disk</code></summary>" in text
    assert "<pre>no room</pre>" in text
    assert f"{URL}/blob/{HEAD}/specs/jobs.yaml#L12" in page.links
    rows = re.findall(r"^\| `(.)`", text, re.MULTILINE)
    assert rows == ["✗", "✓"]


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (RunStatus.DETACHED, "left before all jobs had ended"),
        (RunStatus.INTERRUPTED, "interrupted"),
        (RunStatus.RUNNING, "broke off"),
    ],
)
def test_what_goes_on_is_linked_and_how_to_take_it_over_is_said(
    status: RunStatus, word: str
) -> None:
    jobs = [result(f"j{n}", Status.RUNNING) for n in range(25)]
    page = read(run_comment(run(*jobs, status=status), LINKS))
    assert f"Stepfleet apply of shop: {word}" in page.text
    assert "25 executions may still run: j0, j1" in page.text
    assert "j19 and 5 more." in page.text
    assert "Nothing is lost: re-run this run, or apply the same commit again" in page.text
    assert f"{CONSOLE}#j3" in page.links


def test_problems_are_told() -> None:
    text = run_comment(run(result("a", Status.SUCCEEDED), problems=("the disk is full",)), LINKS)
    assert "\nProblem: the disk is full\n" in text


def test_many_jobs_are_folded_and_what_has_no_room_is_counted_by_status() -> None:
    jobs = [result(f"job_{n:05}", Status.SUCCEEDED) for n in range(2_000)]
    jobs += [failed(f"bad_{n}", "x" * 900) for n in range(50)]
    text = run_comment(run(*jobs, status=RunStatus.FAILED), LINKS)
    assert len(text.encode()) <= 20_000
    page = read(text)
    assert page.faults == []
    assert "<summary>2,050 jobs</summary>" in text
    assert "2,000 succeeded, 50 failed" in page.text
    assert text.count("<code>bad_") >= 50
    shown = len(re.findall(r"<code>job_\d+</code></a> \| succeeded", text))
    assert f"| and {2_000 - shown:,} more | succeeded |" in text


def test_causes_go_as_a_whole_the_first_failure_s_last() -> None:
    some = [failed(f"bad_{n}", f"cause {n} {'x' * 900}") for n in range(5)]
    text = run_comment(run(*some, status=RunStatus.FAILED), LINKS, limit=4_000)
    assert len(text.encode()) <= 4_000
    assert "cause 0" in text
    assert "cause 4" not in text
    assert re.search(r"^Left out for size: .*causes of failures\. See <a", text, re.MULTILINE)


def test_that_an_apply_goes_on_is_said_with_its_run() -> None:
    assert read(going_comment(LINKS)).text == "Applying in this run …"
