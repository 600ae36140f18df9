"""What may be started by a review, and what a later plan would start without one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from runner import review
from runner.model import MachineType, OnCancel, Retry, RunPolicy, Trigger
from runner.plan import Action
from runner.provider import FoundMachine
from runner.review.comparing import (
    NO_REVIEW,
    NOT_STARTED,
    OTHER_PLAN,
    OTHER_REVISION,
    OTHER_WORK,
    UNKNOWN,
)
from tests.plan_factories import aws, job, parameter, planned, spec
from tests.plan_factories import variable as var
from tests.planning.ledger import Ledger

if TYPE_CHECKING:
    from runner.model import Spec
    from runner.plan import Plan
    from runner.review import Comparison, Review

HEAD = "a" * 40
PROJECT = spec(job("a", parameter("n", 1), parameter("rows")), job("b", needs=["a"]))


def plan_of(project: Spec, ledger: Ledger | None = None, **facts: Any) -> Plan:
    ledger = ledger or Ledger()
    return planned(project, pasts=ledger.pasts, remembered=ledger.remembered, **facts)


def carried(plan: Plan) -> Review:
    """The review of a plan, as a comment carries it."""
    found = review.decode(review.encode(review.of(plan, HEAD)))
    assert found is not None
    return found


def reasons(compared: Comparison) -> dict[str, str]:
    return {each.job.name: each.reason for each in compared.differences}


def test_the_plan_that_was_reviewed_starts_all_of_its_jobs() -> None:
    plan = plan_of(PROJECT)
    assert review.compare(carried(plan), plan) == review.Comparison(frozenset({"a", "b"}))


def test_a_changed_input_is_a_difference() -> None:
    changed = spec(job("a", parameter("n", 2), parameter("rows")), job("b", needs=["a"]))
    compared = review.compare(carried(plan_of(PROJECT)), plan_of(changed))
    assert reasons(compared) == {"a": OTHER_WORK}
    assert compared.differences[0].reviewed is not None
    assert compared.differences[0].reviewed.input == {"n": 1}


def test_a_job_that_the_review_does_not_have_is_a_difference() -> None:
    more = spec(*PROJECT.jobs.values(), job("c"))
    compared = review.compare(carried(plan_of(PROJECT)), plan_of(more))
    assert reasons(compared) == {"c": NOT_STARTED}


def test_a_revision_that_moved_is_a_difference() -> None:
    plan = plan_of(PROJECT)
    moved = {
        each.machine: FoundMachine(each.machine, MachineType.STANDARD, "another")
        for each in plan.jobs
    }
    compared = review.compare(carried(plan), plan_of(PROJECT, findings=moved))
    assert reasons(compared) == {"a": OTHER_REVISION, "b": OTHER_REVISION}


def test_a_job_that_is_done_by_now_is_no_difference_and_may_be_started_all_the_same() -> None:
    reviewed = carried(plan_of(PROJECT))
    ledger = Ledger()
    ledger.run(plan_of(PROJECT), "a")
    now = plan_of(PROJECT, ledger)
    assert {each.name: each.action for each in now.jobs}["a"] is Action.UP_TO_DATE
    assert review.compare(reviewed, now).differences == ()
    assert "a" in review.compare(reviewed, now).starts


def test_a_job_that_was_up_to_date_is_a_difference_when_it_would_start() -> None:
    ledger = Ledger()
    ledger.run(plan_of(PROJECT), "a")
    reviewed = carried(plan_of(PROJECT, ledger))
    assert reasons(review.compare(reviewed, plan_of(PROJECT))) == {"a": NOT_STARTED}


def test_what_takes_a_variable_of_every_run_may_start_anew_though_it_was_up_to_date() -> None:
    def dated(day: str) -> Spec:
        return spec(
            job("daily", parameter("day", "${{ vars.day }}")),
            job("after", needs=["daily"]),
            job("other", parameter("n", 1)),
            variables=(var("day", default=day, per_run=True),),
        )

    ledger = Ledger()
    for name in ("daily", "other"):
        ledger.run(plan_of(dated("monday")), name)
    reviewed = carried(plan_of(dated("monday"), ledger))
    tomorrow = plan_of(dated("tuesday"), ledger)
    assert {each.name: each.action for each in tomorrow.jobs}["daily"] is Action.RUN
    assert review.compare(reviewed, tomorrow).differences == ()
    assert {"daily", "after"} <= review.compare(reviewed, tomorrow).starts


@pytest.mark.parametrize(
    ("fields", "is_marked"),
    [
        ({"needs": ["daily"], "trigger": Trigger.ANY_FAILED}, True),
        ({"condition": "vars.day == 'sunday'"}, True),
        ({"condition": "jobs.daily.outputs.rows == `0`"}, True),
        ({"condition": "vars.full"}, False),
        ({"condition": False, "run": RunPolicy.ALWAYS}, False),
    ],
    ids=["after a failure", "on a day", "by an output", "by another variable", "never"],
)
def test_what_is_skipped_now_may_start_by_design(fields: dict[str, Any], is_marked: bool) -> None:
    def dated(day: str) -> Spec:
        return spec(
            job("daily", parameter("day", "${{ vars.day }}"), parameter("rows")),
            job("other", **fields),
            variables=(var("day", default=day, per_run=True), var("full", default=False)),
        )

    ledger = Ledger()
    ledger.run(plan_of(dated("monday")), "daily", output='{"rows": 1}')
    plan = plan_of(dated("monday"), ledger)
    assert {each.name: each.action for each in plan.jobs}["other"] is Action.SKIP
    marks = review.of(plan, HEAD).marks or ()
    assert ("other" in {mark.job for mark in marks}) is is_marked
    later = plan_of(dated("sunday"), ledger)
    assert review.compare(carried(plan), later).differences == ()


def test_what_runs_every_time_is_marked() -> None:
    project = spec(job("ping", run=RunPolicy.ALWAYS))
    plan = plan_of(project)
    assert review.compare(carried(plan), plan).starts == {"ping"}


def test_a_plan_that_was_made_offline_is_compared_without_revisions() -> None:
    offline = plan_of(PROJECT, findings=None)
    assert offline.offline
    compared = review.compare(carried(offline), plan_of(PROJECT))
    assert compared == review.Comparison(frozenset({"a", "b"}))
    changed = spec(job("a", parameter("n", 2), parameter("rows")), job("b", needs=["a"]))
    assert reasons(review.compare(carried(offline), plan_of(changed))) == {"a": OTHER_WORK}


@pytest.mark.parametrize(
    "change",
    [
        {"timeout": 60.0},
        {"retry": Retry(max_attempts=5)},
        {"on_cancel": OnCancel.DETACH},
        {"idempotent": True},
        {"parameters": (parameter("token", "${{ env.OTHER }}", sensitive=True),)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_how_a_job_is_run_is_part_of_what_was_reviewed(change: dict[str, Any]) -> None:
    sends = job("a", parameter("token", "${{ env.TOKEN }}", sensitive=True))
    names = ("OTHER", "TOKEN")
    plan = plan_of(spec(sends, environment=names), environment=names)
    assert review.compare(carried(plan), plan).differences == ()
    changed = spec(replace(sends, **change), environment=names)
    now = plan_of(changed, environment=names)
    assert reasons(review.compare(carried(plan), now)) == {"a": OTHER_WORK}


def test_another_endpoint_is_other_work() -> None:
    there = spec(*PROJECT.jobs.values(), platforms=[aws(endpoint_url="https://elsewhere")])
    compared = review.compare(carried(plan_of(PROJECT)), plan_of(there))
    assert set(reasons(compared)) == {"a", "b"}


def test_a_secret_in_the_spec_is_in_no_hash() -> None:
    def holding(secret: str) -> Plan:
        return plan_of(spec(job("a", parameter("token", secret, sensitive=True))))

    assert review.of(holding("one"), HEAD).marks == review.of(holding("two"), HEAD).marks


def test_a_machine_of_another_account_is_other_work() -> None:
    there = spec(*PROJECT.jobs.values(), platforms=[aws(account_id="999999999999")])
    compared = review.compare(carried(plan_of(PROJECT)), plan_of(there))
    assert set(reasons(compared)) == {"a", "b"}


def test_without_a_review_everything_that_would_start_is_a_difference() -> None:
    compared = review.compare(None, plan_of(PROJECT))
    assert compared.starts == frozenset()
    assert reasons(compared) == {"a": NO_REVIEW, "b": NO_REVIEW}


def test_without_a_review_what_is_up_to_date_is_no_difference() -> None:
    ledger = Ledger()
    alone = spec(job("a", parameter("n", 1)))
    ledger.run(plan_of(alone), "a")
    assert review.compare(None, plan_of(alone, ledger)) == review.Comparison(frozenset())


def test_a_person_approves_a_plan_by_its_digest() -> None:
    plan = plan_of(PROJECT)
    compared = review.compare(None, plan, approved=review.digest(plan))
    assert compared == review.Comparison(frozenset({"a", "b"}))


@pytest.mark.parametrize("approved", ["0" * 20, ""])
def test_another_digest_approves_nothing(approved: str) -> None:
    compared = review.compare(None, plan_of(PROJECT), approved=approved)
    assert reasons(compared) == {"a": NO_REVIEW, "b": NO_REVIEW}


def test_the_digest_is_of_what_may_start_alone() -> None:
    digest = review.digest(plan_of(PROJECT))
    described = spec(
        *(replace(each, description="new", labels={"a": "b"}) for each in PROJECT.jobs.values())
    )
    assert review.digest(plan_of(described)) == digest
    changed = spec(job("a", parameter("n", 2), parameter("rows")), job("b", needs=["a"]))
    assert review.digest(plan_of(changed)) != digest


def test_hashes_alone_tell_too() -> None:
    plan = plan_of(PROJECT)
    bare = tuple(review.Mark(each.work) for each in review.of(plan, HEAD).marks or ())
    known = replace(review.of(plan, HEAD), marks=bare)
    assert review.compare(known, plan).starts == {"a", "b"}
    more = spec(*PROJECT.jobs.values(), job("c"))
    assert reasons(review.compare(known, plan_of(more))) == {"c": UNKNOWN}


def test_a_review_without_room_for_marks_holds_for_the_very_same_plan() -> None:
    plan = plan_of(PROJECT)
    known = replace(review.of(plan, HEAD), marks=None)
    assert review.compare(known, plan).starts == {"a", "b"}
    more = spec(*PROJECT.jobs.values(), job("c"))
    compared = review.compare(known, plan_of(more))
    assert reasons(compared) == dict.fromkeys(("a", "b", "c"), OTHER_PLAN)


def test_a_job_that_is_not_selected_is_neither_marked_nor_started() -> None:
    plan = plan_of(PROJECT, selected={"a"})
    assert review.compare(carried(plan), plan).starts == {"a"}
