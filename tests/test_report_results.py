from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from runner.errors import Place
from runner.model import MachineType
from runner.provider import CallCounts
from runner.report import results_markdown, results_text
from runner.report.results_text import duration
from runner.results import Attempt, JobResult, RunInfo, RunResults, RunStatus, Status

START = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
HEAD = "arn:aws:states:us-east-1:123456789012"
URL = "https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1#/v2/executions/details"


def execution(seconds: float | None = 1.25, **fields: object) -> Attempt:
    facts: dict[str, object] = {
        "number": 1,
        "name": "e1",
        "arn": f"{HEAD}:execution:m:e1",
        "started_at": START,
        "stopped_at": None if seconds is None else START + timedelta(seconds=seconds),
        "monitor_url": f"{URL}/{HEAD}:execution:m:e1",
    }
    return Attempt(**(facts | fields))  # type: ignore[arg-type]


def result(name: str, status: Status = Status.SUCCEEDED, **fields: object) -> JobResult:
    facts: dict[str, object] = {
        "reason": "",
        "platform": "aws",
        "machine": f"{HEAD}:stateMachine:m",
        "type": MachineType.STANDARD,
        "place": Place("specs/jobs.yaml", 12, 1),
        "attempts": (execution(),),
    }
    return JobResult(name=name, status=status, **(facts | fields))  # type: ignore[arg-type]


def run(*jobs: JobResult, status: RunStatus = RunStatus.FAILED, **fields: object) -> RunResults:
    facts: dict[str, object] = {
        "run": RunInfo("r1", "shop"),
        "started_at": START,
        "ended_at": START + timedelta(seconds=75.4),
    }
    return RunResults(jobs=jobs, status=status, **(facts | fields))  # type: ignore[arg-type]


FAILED = result(
    "load",
    Status.FAILED,
    reason="the execution failed",
    attempts=(
        execution(number=1),
        execution(3.0, number=2, error="States.TaskFailed", cause='{"errorMessage":"no\\n::x"}'),
    ),
)


def test_a_summary_lists_every_job_then_failures_then_counts() -> None:
    text = results_text(
        run(
            result("extract", outputs={"rows": 12480, "cursor": "x"}, missing=("part",)),
            FAILED,
            result("report", Status.SKIPPED, reason="load failed", attempts=()),
            calls={
                "StartExecution": CallCounts(12, 2, 1),
                "DescribeExecution": CallCounts(40, 0, 0),
            },
        ),
        path="out/results.json",
    )
    assert text == (
        '  ✓ extract  succeeded  1.2 s  rows=12480, cursor="x", missing: part\n'
        "  ✗ load     failed     3.0 s  States.TaskFailed, 2 attempts\n"
        "  - report   skipped           load failed\n"
        "\n"
        "✗ load failed: the execution failed\n"
        "    spec       specs/jobs.yaml:12:1\n"
        "    error      States.TaskFailed\n"
        '    cause      {"errorMessage":"no\\n::x"}\n'
        f"    execution  {HEAD}:execution:m:e1\n"
        f"    monitor    {URL}/{HEAD}:execution:m:e1\n"
        "\n"
        "Calls: 12 calls of StartExecution (2 repeated, 1 throttled)\n"
        "\n"
        "Run failed: 1 succeeded, 1 failed, 1 skipped in 1 min 15 s\n"
        "Results: out/results.json\n"
    )


def test_what_still_runs_is_listed_with_its_arn() -> None:
    running = result("slow", Status.RUNNING, attempts=(execution(None),))
    text = results_text(run(running, status=RunStatus.INTERRUPTED, ended_at=None))
    assert f"1 execution may still run:\n  {HEAD}:execution:m:e1\n" in text
    assert text.endswith("Run interrupted: 1 running\n")


def test_problems_are_said() -> None:
    assert "Problem: the journal is full" in results_text(run(problems=("the journal is full",)))


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, ""),
        (0.0, "0 ms"),
        (0.3404, "340 ms"),
        (12.34, "12.3 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 00 s"),
        (245, "4 min 05 s"),
        (3599.7, "1 h 00 min"),
        (7380, "2 h 03 min"),
        (360_000, "100 h 00 min"),
    ],
)
def test_durations_are_short(seconds: float | None, shown: str) -> None:
    assert duration(seconds) == shown


@pytest.mark.parametrize("width", [20, 50, 80, 120])
def test_lines_of_jobs_fit_the_window(width: int) -> None:
    jobs = [result(f"job_{n}", outputs={"text": "x" * 500}) for n in range(3)]
    lines = results_text(run(*jobs), width=width).splitlines()[:3]
    assert all(f"job_{n}" in line for n, line in enumerate(lines))
    assert max(map(len, lines)) <= max(width, 35)


def test_a_long_cause_is_cut() -> None:
    failed = result(
        "load", Status.FAILED, attempts=(execution(error="E", cause="line\n" * 10_000),)
    )
    assert len(results_text(run(failed)).splitlines()) < 25


def test_colour_changes_no_letter() -> None:
    results = run(result("a"), FAILED, result("b", Status.UNKNOWN))
    coloured = results_text(results, colour=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == results_text(results)


def test_every_status_has_a_sign() -> None:
    text = results_text(run(*(result(status.value, status) for status in Status)))
    assert all(status.value.replace("_", " ") in text for status in Status)


def test_text_from_outside_can_not_steer_a_terminal() -> None:
    failed = result(
        "load",
        Status.FAILED,
        reason="\x1b[2J",
        attempts=(execution(error="\x1b]0;x\x07", cause="a\rb\x9b31m", arn="\x1b"),),
    )
    text = results_text(run(failed, result("a", outputs={"\x1b": "\u202e"})))
    assert not set(text) & set("\x1b\r\x07\x9b\u202e")


def test_markdown_names_failures_first_and_links_executions() -> None:
    text = results_markdown(run(result("a", outputs={"n": 1}), FAILED))
    assert "**1 succeeded, 1 failed** in 1 min 15 s" in text
    assert text.index("load") < text.index(">a<")
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert html.count("<tr>") == 3
    assert f'href="{URL}/{HEAD}:execution:m:e1"' in unescape(html)


@pytest.mark.parametrize("limit", [2_000, 60_000, 1_000_000])
def test_markdown_of_thousands_of_jobs_fits(limit: int) -> None:
    good = [result(f"job_{n:05}", outputs={"text": "x" * 300}) for n in range(2_000)]
    bad = [
        result(f"bad_{n:05}", Status.FAILED, attempts=(execution(error="E", cause="|" * 3_000),))
        for n in range(50)
    ]
    text = results_markdown(run(*good, *bad), limit=limit)
    assert len(text.encode()) <= limit
    assert "2,000 succeeded, 50 failed" in text
    if limit >= 60_000:
        assert all(job.name in text for job in bad)


hostile = st.text(st.sampled_from("|`*_[]()<>&#\"'\\\n\r\t~!@{}$-:/ax1\x1b é"), max_size=40)


@given(hostile, hostile, hostile)
@settings(max_examples=100)
def test_no_text_breaks_out_of_the_markdown(error: str, cause: str, url: str) -> None:
    attempt = execution(error=error, cause=cause, monitor_url=f"https://x/{url}")
    failed = result("load", Status.FAILED, attempts=(attempt,), reason=cause)
    good = result("a", outputs={error: cause})
    html = (
        MarkdownIt("commonmark", {"html": True})
        .enable("table")
        .render(results_markdown(run(failed, good)))
    )
    assert html.count("<tr>") == 3
    assert html.count("<td>") == 10
    assert html.count("<pre>") <= 1
    tags = set(re.findall(r"</?(\w+)", html))
    assert tags <= {
        "h3", "p", "strong", "table", "thead", "tbody", "tr", "th", "td", "code", "details",
        "summary", "a", "pre", "span",
    }  # fmt: skip
