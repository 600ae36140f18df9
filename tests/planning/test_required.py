"""A success that left out a required output is a failed attempt."""

from __future__ import annotations

from datetime import timedelta

import pytest

from runner.errors import AccessDenied, NotFound
from runner.model import Trigger
from runner.plan import Action, count
from runner.planning.asking import MOST
from tests.plan_factories import job, parameter, planned, spec
from tests.planning.ledger import Ledger
from tests.planning.test_memory import again, of, said

NEEDED = spec(
    job("a", parameter("rows", required=True)),
    job("b", needs=["a"]),
    job("alarm", needs=["a"], trigger=Trigger.ANY_FAILED),
)


def without_rows(output: str = "{}") -> Ledger:
    """What an apply leaves whose first job handed on something else."""
    ledger = Ledger()
    ledger.run(planned(NEEDED), "a", output=output)
    return ledger


@pytest.mark.parametrize("output", ["{}", "[1]"])
def test_a_success_without_a_required_output_is_tried_again(output: str) -> None:
    plan = again(NEEDED, without_rows(output))
    assert said(plan)["a"] == (
        "retry", "its execution succeeded without the required output 'rows'"
    )  # fmt: skip
    assert (of(plan, "a").attempt, of(plan, "b").action) == (2, Action.RUN)
    assert said(plan)["alarm"] == ("decide-later", "runs only if a fails")


def test_a_success_without_a_required_output_may_be_left_and_counts_as_failed() -> None:
    plan = again(NEEDED, without_rows(), retry_failed=False)
    assert said(plan)["a"][0] == "skip"
    assert said(plan)["b"] == ("skip", "a failed")
    assert of(plan, "alarm").action is Action.RUN


def test_a_success_with_its_required_output_is_up_to_date() -> None:
    plan = again(NEEDED, without_rows('{"rows": 1}'))
    assert of(plan, "a").action is Action.UP_TO_DATE
    assert of(plan, "alarm").action is Action.SKIP


def test_what_can_not_be_read_may_lack_a_required_output() -> None:
    ledger = without_rows()
    denied = AccessDenied("not allowed")
    plan = again(NEEDED, ledger, remembered=dict.fromkeys(ledger.remembered, denied))
    assert of(plan, "a").action is Action.UP_TO_DATE
    assert said(plan)["alarm"] == ("decide-later", "runs only if a fails")


def test_required_outputs_are_read_of_so_many_jobs_and_no_more() -> None:
    names = [f"j{number:03}" for number in range(MOST + 5)]
    project = spec(*(job(name, parameter("rows", required=True)) for name in names))
    ledger = Ledger()
    made = planned(project)
    for name in names:
        ledger.run(made, name, output="{}")
    counted = count(again(project, ledger).jobs)
    assert (counted["retry"], counted["up-to-date"]) == (MOST, 5)


def test_what_was_forgotten_while_its_required_outputs_were_asked_for_runs() -> None:
    ledger = without_rows()
    ledger.now += timedelta(hours=3)
    other = spec(*NEEDED.jobs.values(), job("z"))
    ledger.run(planned(other), "z")
    gone = dict.fromkeys(ledger.remembered, NotFound("gone"))
    plan = again(other, ledger, remembered=gone)
    assert of(plan, "a").action is Action.RUN
