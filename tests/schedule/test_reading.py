"""Reading earlier executions back: what fails, and what is given up when."""

from __future__ import annotations

import pytest

from runner.errors import AccessDenied, NotFound, ProviderError, Rejected, Transient
from tests.fakes import (
    FOREVER,
    FakeProvider,
    Outcome,
    Ran,
    again,
    answers,
    job,
    look,
    output,
    plan,
    run,
)
from tests.fakes.world import VirtualWorld
from tests.schedule.earlier import ROWS, TAKES_ROWS, begin, failing


def test_one_that_was_forgotten_counts_as_new_and_gets_the_next_attempt() -> None:
    first = run(plan(ROWS), FakeProvider(a=answers(rows=5)))
    first.provider.forgotten.add(first.result("a").execution_arn or "")
    world = VirtualWorld(first.provider, begins=3 * 3600)
    second = again(first, plan(ROWS), world=world)
    assert second.statuses == {"a": "succeeded"}
    assert second.events_of("a")[0] == "forgotten"
    assert [one.name[-2:] for one in second.provider.starts] == ["-1", "-2"]


def test_one_that_is_out_of_sight_while_it_runs_is_asked_for_by_its_name() -> None:
    provider = FakeProvider(a=Outcome(seconds=100))
    arn = begin(provider, ROWS, ago=10)
    provider.fault = failing(NotFound("not yet"), about=arn, times=1)
    world = VirtualWorld(provider)
    made = plan(ROWS)
    ran = run(made, provider, world=world, memory=look(made, provider, world))
    assert ran.statuses == {"a": "succeeded"}
    assert ran.events_of("a") == ["forgotten", "starting", "adopted", "succeeded"]
    assert len(provider.starts) == 1


def test_reading_back_is_asked_for_again_for_a_while() -> None:
    first = run(plan(ROWS), FakeProvider(a=answers(rows=5)))
    arn = first.result("a").execution_arn or ""
    first.provider.fault = failing(Transient("reset"), about=arn, times=3)
    second = again(first, plan(ROWS))
    assert second.statuses == {"a": "up_to_date"}
    assert second.events_of("a").count("unseen") == 3


@pytest.mark.parametrize(
    ("error", "seconds"), [(Transient("reset"), 600), (AccessDenied("no"), 0), (Rejected("no"), 0)]
)
def test_what_can_not_be_read_back_is_unknown_with_the_way_out(
    error: ProviderError, seconds: float
) -> None:
    first = run(plan(ROWS), FakeProvider(a=answers(rows=5)))
    arn = first.result("a").execution_arn or ""
    first.provider.fault = failing(error, about=arn)
    second = again(first, plan(ROWS, TAKES_ROWS))
    assert second.statuses == {"a": "unknown", "b": "skipped"}
    assert second.reasons["a"].endswith(f"look at {arn}, then apply again")
    assert seconds <= second.seconds < seconds + 400
    assert second.results.still_running == ()


def test_an_output_that_is_required_by_now_and_not_retried_fails_with_the_way_out() -> None:
    first = run(plan(ROWS))
    made = plan(job("a", parameters=[output("rows", required=True)]), retry_failed=False)
    second = again(first, made)
    assert second.statuses == {"a": "failed"}
    assert second.reasons["a"] == (
        "the output has no 'rows'; it succeeded on 2024-05-01 12:00 UTC: "
        "run it once more with --rerun a"
    )


def slowly(ran: Ran) -> VirtualWorld:
    """An hour later, in a world where calls take 50 s."""
    begins = ran.later.seconds - 1000
    return VirtualWorld(ran.provider, lambda: (0, 50), begins=begins)


def test_an_interrupt_does_not_wait_for_what_is_read_back() -> None:
    first = run(plan(ROWS))
    second = again(first, plan(ROWS), world=slowly(first).interrupt_at(10))
    assert second.statuses == {"a": "cancelled"}
    assert second.seconds < 11


def test_an_interrupt_leaves_what_is_about_to_be_adopted_running() -> None:
    provider = FakeProvider(a=FOREVER)
    arn = begin(provider, ROWS, ago=60)
    world = VirtualWorld(provider, lambda: (0, 50)).interrupt_at(10)
    made = plan(ROWS)
    ran = run(made, provider, world=world, memory=look(made, provider, world))
    assert ran.statuses == {"a": "running"}
    assert ran.reasons["a"] == "left running: another run started it"
    assert [one.execution_arn for one in ran.results.still_running] == [arn]
    assert provider.stops == []
