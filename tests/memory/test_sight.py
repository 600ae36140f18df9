"""What is not selected, not remembered or not seen; saved plans, and plans without AWS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.memory.fixtures import aws_environment, endpoint, kept_session, quiet, shop
from tests.memory.jobs import SUM, after, chain, document, job

if TYPE_CHECKING:
    from tests.memory.tools import Endpoint, Shop

__all__ = ["aws_environment", "endpoint", "kept_session", "quiet", "shop"]


# Selection


def test_a_need_that_is_not_selected_is_read_back_and_never_started(shop: Shop) -> None:
    shop.write(job("a", n=4), after("b", "a"), job("c"))
    shop.apply("--select", "a")
    selected = shop.apply("--select", "b")
    assert selected.started == ["b"]
    assert selected.code == 0
    assert selected.starts[0].input == {"n": 1, "from": 4}


def test_a_need_that_is_neither_selected_nor_up_to_date_refuses_the_plan(
    shop: Shop, endpoint: Endpoint
) -> None:
    shop.write(job("a"), after("b", "a"))
    refused = shop.apply("--select", "b")
    assert refused.code == 3
    assert refused.started == []
    assert "+b" in refused.err
    endpoint.failing["a"] = 1
    shop.apply()
    assert shop.apply("--select", "b").code == 3
    assert shop.apply("--select", "+b").started == ["a", "b"]


# Express


@pytest.mark.parametrize(("machine", "started"), [("flat", ["e"]), ("quick", ["e"])])
def test_what_needs_express_runs_only_if_what_that_hands_on_is_new(
    shop: Shop, machine: str, started: list[str]
) -> None:
    shop.write(job("e", machine=machine), after("b", "e"))
    first = shop.apply()
    assert first.started == ["e", "b"]
    assert shop.plan().actions == {"e": "run", "b": "decide-later"}
    second = shop.apply()
    assert second.started == started
    assert second.statuses == {"e": "succeeded", "b": "up_to_date"}
    assert second.outputs["b"] == first.outputs["b"]
    shop.write(job("e", n=2, machine=machine), after("b", "e"))
    assert shop.apply().started == ["e", "b"]


@pytest.mark.parametrize("machine", ["flat", "quick"])
def test_what_express_takes_counts_for_what_needs_it(shop: Shop, machine: str) -> None:
    """Whether it hands on the same (flat) or not: it did other work."""

    def jobs(n: int) -> tuple[str, ...]:
        taken = f"parameters: {{x: '${{{{ jobs.a.outputs.sum }}}}', {SUM}}}"
        return job("a", n=n), document("e", machine, taken), after("b", "e")

    shop.write(*jobs(1))
    assert shop.apply().started == ["a", "e", "b"]
    assert shop.apply().started == ["e"]
    shop.write(*jobs(2))
    assert shop.apply().started == ["a", "e", "b"]
    assert shop.apply().started == ["e"]


def test_what_needs_express_runs_when_that_hands_on_something_else_of_itself(
    shop: Shop, endpoint: Endpoint
) -> None:
    shop.write(job("e", machine="quick"), after("b", "e"))
    shop.apply()
    endpoint.moods["e"] = 7
    changed = shop.apply()
    assert changed.started == ["e", "b"]
    assert changed.outputs["b"] == {"sum": 9}
    assert shop.apply().started == ["e"]


def test_what_needs_express_that_hands_nothing_on_runs_every_time(shop: Shop) -> None:
    shop.write(
        document("e", "quick", "parameters: {n: 1}"), job("b", "needs: [e]"), after("c", "b")
    )
    shop.apply()
    assert shop.plan().actions == {"e": "run", "b": "run", "c": "run"}
    assert shop.apply().started == ["e", "b", "c"]


# What can't be seen


def test_a_crowded_machine_is_looked_through_in_bounds_and_names_are_asked_for(
    shop: Shop, endpoint: Endpoint
) -> None:
    shop.project = shop.project.rstrip("\n") + "\n  limits: {lookback: 1}\n"
    shop.write(job("a"), after("b", "a"))
    shop.apply()
    endpoint.crowd("work", 2_500)
    endpoint.fake.forget_calls()
    planned = shop.plan()
    assert planned.actions == {"a": "up-to-date", "b": "up-to-date"}
    assert endpoint.fake.calls["ListExecutions"] == 1
    assert "the newest 1,000 executions" in planned.reason("a")
    again = shop.apply()
    assert again.started == []
    assert again.outputs["b"] == {"sum": 2}
    shop.write(job("a", n=3), after("b", "a"))
    assert shop.apply().started == ["a", "b"]


def test_a_watermark_that_cannot_be_seen_refuses_the_plan(shop: Shop, endpoint: Endpoint) -> None:
    shop.project = shop.project.rstrip("\n") + "\n  limits: {lookback: 1}\n"
    mark = "mark: {direction: inout, type: integer, value: 0, carry: true}"
    shop.write(document("load", "work", f"run: always\nparameters: {{{mark}}}"))
    endpoint.crowd("work", 2_500)
    refused = shop.apply()
    assert refused.code == 3
    assert refused.started == []
    assert "lookback" in refused.err


# Saved plans, and plans without AWS


def test_a_saved_plan_starts_what_it_says(shop: Shop) -> None:
    shop.write(*chain())
    shop.plan("-o", "plan.json")
    applied = shop.apply(specs="plan.json")
    assert applied.code == 0
    assert sorted(applied.started) == ["a", "b", "c", "d"]
    assert applied.outputs["c"] == {"sum": 3}


def test_that_jobs_have_meanwhile_finished_is_no_reason_to_refuse(shop: Shop) -> None:
    shop.write(*chain())
    shop.plan("-o", "plan.json")
    shop.apply("--select", "a")
    assert sorted(shop.apply(specs="plan.json").started) == ["b", "c", "d"]
    assert shop.apply(specs="plan.json").started == []


def test_a_saved_plan_is_refused_when_a_machine_has_new_code(
    shop: Shop, endpoint: Endpoint
) -> None:
    shop.write(*chain())
    shop.plan("-o", "plan.json")
    endpoint.deploy("work", "22222222-2222-3333-4444-555555555555")
    refused = shop.apply(specs="plan.json")
    assert refused.code == 3
    assert refused.started == []
    assert "22222222" in refused.out + refused.err


def test_a_saved_plan_is_refused_when_it_would_start_what_it_does_not_say(shop: Shop) -> None:
    shop.write(*chain())
    shop.apply()
    shop.plan("-o", "plan.json")
    shop.write(*chain(n=2))
    shop.apply()
    refused = shop.apply(specs="plan.json")
    assert refused.code == 3
    assert refused.started == []
    assert "a" in refused.out + refused.err


def test_the_same_answers_give_the_same_plan(shop: Shop) -> None:
    shop.write(*chain())
    assert shop.plan().out == shop.plan().out
    shop.apply()
    assert shop.plan().out == shop.plan().out


def test_offline_nothing_is_asked_and_that_is_said(shop: Shop, endpoint: Endpoint) -> None:
    shop.write(*chain())
    shop.apply()
    endpoint.fake.forget_calls()
    planned = shop.plan("--offline")
    assert planned.code == 0
    assert endpoint.fake.calls == {}
    assert planned.data["offline"] is True
    assert "offline" in planned.reason("a")
    assert planned.actions["a"] == "run"


def test_the_exit_code_tells_whether_an_apply_would_start_something(shop: Shop) -> None:
    shop.write(*chain())
    assert shop.plan().code == 0
    assert shop.plan("--detailed-exitcode").code == 2
    shop.apply()
    assert shop.plan("--detailed-exitcode").code == 0


def test_a_saved_plan_holds_what_was_decided(shop: Shop) -> None:
    shop.write(*chain())
    shop.apply()
    shop.plan("-o", "plan.json")
    saved = json.loads((shop.folder / "plan.json").read_text())
    assert {each["action"] for each in saved["jobs"]} == {"up-to-date"}
