"""Log lines: for people, for machines, and harmless for whatever shows them."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.errors import Refused
from runner.log import Form, Level, Style, open_log, render
from tests.fakes import FAILED, FakeProvider, run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from runner.values import Json

NOON = datetime(2024, 5, 1, 12, 0, 1, tzinfo=UTC)
JSON = Style(Form.JSON)
STARTED: dict[str, Json] = {
    "time": NOON.isoformat(),
    "event": "started",
    "job": "extract_orders",
    "attempt": 1,
    "executionArn": "arn:aws:states:us-east-1:123456789012:execution:a:b",
}


def lines(*records: Mapping[str, Json], style: Style, level: Level = Level.INFO) -> list[str]:
    out = io.StringIO()
    with open_log(style=style, level=level, stream=lambda: out) as log:
        for record in records:
            log.record(record)
    return out.getvalue().splitlines()


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    import time  # noqa: PLC0415

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def test_a_transition_is_one_readable_line() -> None:
    assert lines(STARTED, style=Style()) == ["12:00:01 started     extract_orders"]


def test_a_later_attempt_and_its_reason_are_said() -> None:
    record = {**STARTED, "event": "retrying", "attempt": 2, "reason": "Boom", "waitSeconds": 30}
    assert lines(record, style=Style()) == [
        "12:00:01 retrying    extract_orders (attempt 2)  Boom (again in 30 s)"
    ]


def test_colour_is_on_only_when_asked_for() -> None:
    failed = {**STARTED, "event": "failed"}
    assert "\x1b[31mfailed" in lines(failed, style=Style(colour=True))[0]
    assert "\x1b" not in lines(failed, style=Style())[0]


def test_json_lines_are_the_records_of_the_results() -> None:
    ran = run("a -> b", FakeProvider(a=FAILED))
    made = [json.loads(line) for line in lines(*ran.results.events, style=JSON, level=Level.DEBUG)]
    assert len(made) == len(ran.results.events)
    for line, record in zip(made, ran.results.events, strict=True):
        assert line.pop("level") in {"debug", "info", "error"}
        assert line == {name: value for name, value in record.items() if value is not None}


@pytest.mark.parametrize(
    ("level", "shown"),
    [
        (Level.DEBUG, ["starting", "started", "retrying", "failed"]),
        (Level.INFO, ["started", "retrying", "failed"]),
        (Level.WARNING, ["retrying", "failed"]),
        (Level.ERROR, ["failed"]),
    ],
)
def test_the_level_decides_what_is_shown(level: Level, shown: list[str]) -> None:
    records: list[dict[str, Json]] = [
        {"event": event} for event in ("starting", "started", "retrying", "failed")
    ]
    made = lines(*records, style=JSON, level=level)
    assert [json.loads(line)["event"] for line in made] == shown


def test_a_file_holds_the_same_lines_without_colour(tmp_path: Path) -> None:
    out = io.StringIO()
    file = tmp_path / "run.log"
    with open_log(style=Style(colour=True), file=file, stream=lambda: out) as log:
        log.record({**STARTED, "event": "failed"})
        log.info("planned", jobs=3)
    assert file.read_text().startswith("12:00:01 failed      extract_orders\n")
    assert file.read_text().endswith("planned     jobs=3\n")
    assert len(out.getvalue().splitlines()) == 2


def test_a_log_file_that_can_not_be_opened_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="the log can't be written"):
        open_log(file=tmp_path)


class Broken(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_a_closed_terminal_does_not_end_a_run() -> None:
    with open_log(stream=Broken) as log:
        log.record(STARTED)


@given(st.text(), st.text())
def test_text_from_outside_can_not_break_a_line(job: str, reason: str) -> None:
    record = {"job": f"\x1b[2J{job}", "reason": f"\r\n::error::{reason}##[error]"}
    for style in (Style(ci=True), Style(Form.JSON, ci=True)):
        line = render(style, Level.INFO, "failed", record)
        assert len(line.splitlines()) == 1
        assert "\x1b" not in line
        assert "##[" not in line
        assert not line.lstrip().startswith("::")


def test_a_json_line_stays_json_whatever_it_holds() -> None:
    line = render(Style(Form.JSON, ci=True), Level.INFO, "failed", {"reason": "##[group] \u202e"})
    assert json.loads(line)["reason"] == "##[group] \u202e"


def test_importing_the_module_imports_neither_structlog_nor_rich() -> None:
    code = "import sys, runner.log; print({'structlog', 'rich'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_an_end_says_how_long_the_execution_took() -> None:
    record = {"time": "2026-11-20T10:00:00+00:00", "job": "load", "milliseconds": 715}
    assert render(Style(), Level.INFO, "succeeded", record).endswith("succeeded   load (715 ms)")
