from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from runner.plan import SENSITIVE, Action, PlannedJob, Stale
from runner.report import stale_json, stale_text
from tests.fakes import plans


def job(name: str, action: Action, reason: str, **fields: Any) -> PlannedJob:
    return replace(plans.job(name, action=action, reason=reason), **fields)


def two() -> list[Stale]:
    return [
        Stale(
            "extract_orders",
            "its state machine was changed since the plan was made",
            job(
                "extract_orders",
                Action.RUN,
                "never run",
                revision="version 3 100%",
                input={"day": "2026-11-18", "token": SENSITIVE, "old": 1},
            ),
            job(
                "extract_orders",
                Action.RUN,
                "never run",
                revision="version 4 100%",
                input={"day": "2026-11-19", "token": SENSITIVE, "limit": 5},
            ),
        ),
        Stale(
            "build",
            "it would start now",
            job("build", Action.UP_TO_DATE, "succeeded on 2026-11-18 03:00 UTC"),
            job("build", Action.RETRY, "attempt 1 failed on 2026-11-19 03:00 UTC"),
        ),
    ]


def test_a_refused_plan_tells_what_it_said_what_is_now_and_the_way_out() -> None:
    assert stale_text(two()) == (
        "The plan no longer holds for 2 jobs\n"
        "\n"
        "  extract_orders: its state machine was changed since the plan was made\n"
        "      the plan: run, never run\n"
        "      now:      run, never run\n"
        "      ~ revision: version 3 100% → version 4 100%\n"
        '      ~ day: "2026-11-18" → "2026-11-19"\n'
        "      + limit: 5\n"
        "      - old\n"
        "\n"
        "  build: it would start now\n"
        "      the plan: up to date, succeeded on 2026-11-18 03:00 UTC\n"
        "      now:      retry, attempt 1 failed on 2026-11-19 03:00 UTC\n"
        "\n"
        "Nothing was started. Make the plan again with `stepfleet plan -o FILE` and have it"
        " reviewed.\n"
    )


def test_a_job_on_one_side_alone_is_told() -> None:
    there = job("a", Action.RUN, "never run")
    assert "now:      it has no such job" in stale_text([Stale("a", "it is gone", there, None)])
    assert "the plan: it has no such job" in stale_text([Stale("a", "it is new", None, there)])


def test_needs_and_machines_that_differ_are_shown() -> None:
    before = job("a", Action.RUN, "", needs=("x",))
    now = job("a", Action.RUN, "", needs=(), machine=plans.machine("other"))
    text = stale_text([Stale("a", "changed", before, now)], width=200)
    assert "      ~ needs: x → none\n" in text
    assert "stateMachine:a → arn:aws" in text


def test_colour_changes_no_letter_of_a_refusal() -> None:
    coloured = stale_text(two(), colour=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == stale_text(two())
    assert "\x1b[" in coloured


def test_narrow_terminals_fold_reasons() -> None:
    assert "  build: it would" in stale_text(two(), width=40)
    assert "  extract_orders:\n    its state machine was changed" in stale_text(two(), width=40)


def test_of_many_jobs_some_are_shown_and_the_rest_is_counted() -> None:
    now = job("a", Action.RUN, "never run")
    text = stale_text([Stale(f"job_{n}", "it would start", None, now) for n in range(1_000)])
    assert text.startswith("The plan no longer holds for 1,000 jobs\n")
    assert "\n  and 970 more jobs\n" in text
    assert text.count("it would start") == 30


def test_a_refusal_as_data() -> None:
    first, second = json.loads(stale_json(two()))["stale"]
    assert first["job"] == "extract_orders"
    assert first["plan"]["revision"] == "version 3 100%"
    assert first["now"]["input"] == {"day": "2026-11-19", "token": SENSITIVE, "limit": 5}
    assert (second["plan"]["action"], second["now"]["action"]) == ("up-to-date", "retry")
    (gone,) = json.loads(stale_json([Stale("a", "gone", None, None)]))["stale"]
    assert gone == {"job": "a", "reason": "gone", "plan": None, "now": None}


@given(st.text(max_size=40), st.text(max_size=40))
def test_nothing_in_a_refusal_reaches_a_terminal_raw(reason: str, value: str) -> None:
    before = job("a", Action.RUN, reason, revision=value, input={value: value})
    now = job("a", Action.RUN, reason, revision="now")
    text = stale_text([Stale("a", reason, before, now)])
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", text)
