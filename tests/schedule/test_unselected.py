"""What may not be started: what is not selected, and what a reviewed plan does not start."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.engine import Options
from runner.model import Retry
from runner.plan import Action
from tests.fakes import (
    FakeProvider,
    Outcome,
    again,
    answers,
    job,
    look,
    plan,
    run,
)
from tests.fakes.world import VirtualWorld
from tests.schedule.earlier import ROWS, TAKES_ROWS, begin, busy


def test_what_is_not_selected_is_never_started() -> None:
    made = plan(job("a", is_selected=False), "a -> b")
    ran = run(made)
    assert ran.statuses == {"a": "failed", "b": "skipped"}
    assert ran.reasons["a"] == (
        "it is not selected, and not up to date (never run); nothing was started: select +a"
    )
    assert ran.provider.starts == []


def test_what_is_not_selected_and_runs_is_not_followed() -> None:
    provider, world, _ = busy()
    made = plan(job("a", is_selected=False))
    ran = run(made, provider, world=world, memory=look(made, provider, world))
    assert ran.statuses == {"a": "failed"}


def test_what_is_not_selected_and_up_to_date_hands_its_outputs_on() -> None:
    first = run(plan(ROWS), FakeProvider(a=answers(rows=5)))
    made = plan(replace(ROWS, is_selected=False), TAKES_ROWS)
    second = again(first, made)
    assert second.statuses == {"a": "up_to_date", "b": "succeeded"}
    assert second.provider.starts[-1].input == '{"rows":5}'


REVIEWED = Options(reviewed=True)


@pytest.mark.parametrize("action", [Action.UP_TO_DATE, Action.ADOPT])
def test_what_a_reviewed_plan_does_not_start_is_not_started(action: Action) -> None:
    made = plan(job("a", action=action), "a -> b")
    ran = run(made, options=REVIEWED)
    assert ran.statuses == {"a": "failed", "b": "skipped"}
    assert ran.reasons["a"] == "the plan does not start it; nothing was started: plan again"
    assert run(made).statuses == {"a": "succeeded", "b": "succeeded"}


def test_what_a_reviewed_plan_adopts_is_not_started_once_more() -> None:
    provider = FakeProvider(a=Outcome("FAILED", seconds=100, error="Boom"))
    made = plan(job("a", retry=Retry(3), action=Action.ADOPT))
    begin(provider, made.jobs[0], ago=60)
    world = VirtualWorld(provider)
    seen = look(made, provider, world)
    ran = run(made, provider, world=world, memory=seen, options=REVIEWED)
    assert ran.statuses == {"a": "failed"}
    assert len(provider.starts) == 1
