from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

from runner import schema
from runner.drift import Drift, Moved, Unknown, WouldRun
from runner.model import Trigger
from runner.plan import Action, InputChange, PlannedJob
from runner.provider import Execution, ExecutionStatus
from runner.report import drift_json, drift_markdown, drift_text
from tests.fakes import plans

NONE = Drift("shop", 12)
VALIDATOR = Draft202012Validator(schema.load("drift.schema.json"))


def job(name: str, machine: str = "", **fields: Any) -> PlannedJob:
    name_, _, qualifier = (machine or name).partition(":")
    arn = replace(plans.machine(name_), qualifier=qualifier or None)
    action = fields.pop("action", Action.RUN)
    return replace(plans.job(name, action=action), machine=arn, **fields)


def success(of: PlannedJob) -> Execution:
    return Execution(of.machine.execution("x"), "x", ExecutionStatus.SUCCEEDED, "SUCCEEDED")


def moved(of: PlannedJob, now: str, before: str | None = None) -> Moved:
    return Moved(of, success(of), now, before)


def drifted() -> Drift:
    changed = job("extract_orders", changes=(InputChange("limit", 5, 6),))
    locked = job("locked", action=Action.UP_TO_DATE)
    return Drift(
        "shop",
        12,
        would_run=(
            WouldRun(changed, "changed since 2026-11-18 03:00 UTC"),
            WouldRun(job("build"), "after extract_orders"),
            WouldRun(job("load", action=Action.RETRY), "attempt 1 failed on 2026-11-18 03:00 UTC"),
        ),
        moved=(
            moved(job("stock", "load-stock:live"), "version 3 100%", "version 2"),
            moved(job("a", "shared"), "5f1b", "41aa"),
            moved(job("b", "shared"), "5f1b"),
        ),
        unknown=(Unknown("aws", locked.machine, (locked,), "not allowed to describe it"),),
        under_way=(job("long", action=Action.ADOPT),),
    )


def test_drift_reads_by_kind_with_the_counts_last() -> None:
    assert drift_text(drifted()) == (
        "shop: 12 jobs looked at\n"
        "\n"
        "Would run (3)\n"
        "  + extract_orders  changed since 2026-11-18 03:00 UTC\n"
        "      ~ limit: 5 → 6\n"
        "  + build           after extract_orders\n"
        "  ! load            attempt 1 failed on 2026-11-18 03:00 UTC\n"
        "\n"
        "Alias routed elsewhere (1)\n"
        "  ~ load-stock:live  version 2 → version 3 100%\n"
        "      since the newest success of stock\n"
        "\n"
        "State machine changed (1)\n"
        "  ~ shared  41aa → 5f1b\n"
        "      since the newest success of a and b\n"
        "\n"
        "Not known (1)\n"
        "  ? locked\n"
        "      state machine locked: not allowed to describe it\n"
        "\n"
        "Under way (1)\n"
        "  long: look again once it has ended\n"
        "\n"
        "Drift: 3 jobs would run, 1 alias routed elsewhere, 1 state machine changed, "
        "1 job not known, 1 job under way\n"
    )


def test_no_drift_is_said_in_a_line() -> None:
    assert drift_text(NONE) == "shop: 12 jobs looked at\n\nNo drift\n"
    assert "**No drift** (12 jobs looked at)" in drift_markdown(NONE)


def test_what_is_unknown_is_no_clean_bill() -> None:
    doubtful = replace(NONE, unknown=drifted().unknown)
    text = drift_text(doubtful)
    assert "No drift is known of, but not all can be told: 1 job not known" in text
    assert "No drift**" not in drift_markdown(doubtful)
    assert "1 job not known" in drift_markdown(doubtful)


@pytest.mark.parametrize("width", [30, 60, 100])
def test_colour_changes_no_letter_of_a_drift(width: int) -> None:
    coloured = drift_text(drifted(), colour=True, width=width)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == drift_text(drifted(), width=width)
    for name in ("extract_orders", "build", "load", "stock", "shared", "locked", "long"):
        assert name in coloured


def test_markdown_has_a_table_for_each_kind() -> None:
    html = rendered(drift_markdown(drifted()))
    assert html.count("<table>") == 4
    assert "<strong>3 jobs would run, 1 alias routed elsewhere" in html
    assert "~ limit: 5 → 6" in html.replace("&#126;", "~")


def rendered(markdown: str) -> str:
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown))


def test_markdown_keeps_to_its_size_and_counts_the_rest() -> None:
    jobs = [job(f"job_{n:05}") for n in range(5_000)]
    large = replace(
        drifted(),
        would_run=tuple(WouldRun(each, "never run") for each in jobs),
        moved=tuple(moved(each, "now") for each in jobs),
    )
    text = drift_markdown(large)
    assert 50_000 < len(text.encode()) <= 60_000
    assert len(re.findall(r"and [\d,]+ more\n", text)) == 2
    assert len(drift_markdown(large, limit=2_000).encode()) <= 2_000


def test_json_says_the_same_by_its_schema() -> None:
    data = json.loads(drift_json(drifted()))
    assert list(VALIDATOR.iter_errors(data)) == []
    assert data["drifted"] is True
    assert [each["job"] for each in data["wouldRun"]] == ["extract_orders", "build", "load"]
    assert [each["action"] for each in data["wouldRun"]] == ["run", "run", "retry"]
    assert data["moved"][0] == {
        "job": "stock",
        "place": {"file": "specs/jobs.yaml", "line": 3, "column": 1},
        "platform": "local",
        "stateMachine": "arn:aws:states:us-east-1:123456789012:stateMachine:load-stock:live",
        "kind": "alias-routed-elsewhere",
        "execution": "arn:aws:states:us-east-1:123456789012:execution:load-stock:x",
        "before": "version 2",
        "now": "version 3 100%",
    }
    assert [each["before"] for each in data["moved"]] == ["version 2", "41aa", None]
    assert data["unknown"][0]["jobs"] == ["locked"]
    assert data["underWay"] == ["long"]
    assert json.loads(drift_json(NONE))["drifted"] is False


def test_the_schema_refuses_what_it_does_not_know() -> None:
    data = json.loads(drift_json(NONE))
    for key in data:
        assert list(VALIDATOR.iter_errors({k: v for k, v in data.items() if k != key}))
    assert list(VALIDATOR.iter_errors({**data, "more": 1}))
    assert list(VALIDATOR.iter_errors({**data, "formatVersion": 2}))


def hostile(reason: str, value: str) -> Drift:
    one = job("a", reason=reason, changes=(InputChange(value, value, reason),))
    return Drift(
        "shop",
        1,
        would_run=(WouldRun(one, reason),),
        moved=(moved(one, value, reason), moved(job("b", "m:live"), value, reason)),
        unknown=(Unknown("aws", one.machine, (one,), reason),),
    )


texts = st.text(
    st.sampled_from("|`*_[]()<>&#\"'\\\n\r\t~!@{}$^-+=:;/ax1\x1b\u202e é") | st.characters(),
    max_size=30,
)


@given(texts, texts)
@settings(max_examples=150)
def test_no_text_from_outside_reaches_a_reader_raw(reason: str, value: str) -> None:
    found = hostile(reason, value)
    raw = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]"
    assert not re.search(raw, drift_text(found) + drift_markdown(found))
    assert list(VALIDATOR.iter_errors(json.loads(drift_json(found)))) == []
    html = rendered(drift_markdown(found))
    assert tags(html) <= {
        "h3", "p", "strong", "table", "thead", "tbody", "tr", "th", "td", "code", "br",
        "span",
    }  # fmt: skip
    assert html.count("<tr>") == 4 * 2


def tags(html: str) -> set[str]:
    return set(re.findall(r"</?(\w+)", html))


def test_a_handler_is_shown_by_the_sign_of_its_action() -> None:
    later = replace(job("h", action=Action.DECIDE_LATER), trigger=Trigger.ALL_FINISHED)
    assert "  ? h  never run\n" in drift_text(
        replace(NONE, would_run=(WouldRun(later, "never run"),))
    )
