"""A run whose time is up: what runs is left running, nothing begins, and the next apply goes on."""

from __future__ import annotations

import pytest

from runner.engine import Options
from runner.errors import CredentialsFailed, ProviderError, Throttled, Transient
from runner.model import OnCancel, Retry, RetryMode, Trigger
from runner.results import RunStatus
from tests.fakes import (
    FAILED,
    FOREVER,
    SUCCEEDED,
    FakeProvider,
    Outcome,
    VirtualWorld,
    again,
    input_,
    job,
    look,
    lost_answer,
    machine,
    output,
    plan,
    run,
)
from tests.schedule.earlier import CHANGED, begin, busy

LEFT = "left running: the run does not wait"
AFTER_300 = Options(leave_after=300)


def test_what_runs_is_left_and_what_waits_is_not_started() -> None:
    made = plan(job("a", on_cancel=OnCancel.STOP), job("b", on_cancel=OnCancel.DETACH), "a b -> c")
    provider = FakeProvider(a=FOREVER, b=FOREVER)
    ran = run(made, provider, options=AFTER_300)
    assert ran.statuses == {"a": "running", "b": "running", "c": "pending"}
    assert (ran.reasons["a"], ran.reasons["b"]) == (LEFT, LEFT)
    assert ran.reasons["c"] == "a still runs: apply again to go on from there"
    assert provider.stops == []
    assert ran.seconds == 300
    assert ran.results.status is RunStatus.DETACHED
    assert ran.results.exit_code == 4
    assert [one.execution_arn for one in ran.results.still_running] == list(provider.executions)
    (told,) = [one["reason"] for one in ran.results.events if one["event"] == "leaving"]
    assert told == "the run was left after 5m"


def test_the_next_apply_goes_on_and_starts_nothing_twice() -> None:
    made = plan(
        job("a", parameters=[output("n")]),
        job("b", ["a"], parameters=[input_("n", "${{ jobs.a.outputs.n }}")]),
    )
    first = run(made, FakeProvider(a=Outcome(seconds=4000, output='{"n": 7}')), options=AFTER_300)
    second = again(first, made)
    assert second.statuses == {"a": "succeeded", "b": "succeeded"}
    assert second.provider.started == ["a", "b"]
    assert second.provider.starts[-1].input == '{"n":7}'


def test_a_run_that_ends_before_is_as_any_other() -> None:
    ran = run("a -> b", FakeProvider(), options=AFTER_300)
    assert ran.statuses == {"a": "succeeded", "b": "succeeded"}
    assert ran.seconds < 10
    assert ran.results.exit_code == 0


def test_a_failure_before_stays_one() -> None:
    ran = run("a b", FakeProvider(a=FAILED, b=FOREVER), options=AFTER_300)
    assert ran.statuses == {"a": "failed", "b": "running"}
    assert ran.results.exit_code == 1


def test_jobs_that_wait_for_room_are_not_started() -> None:
    provider = FakeProvider(a=FOREVER)
    ran = run("a b", provider, options=Options(max_parallel=1, leave_after=300))
    assert ran.statuses == {"a": "running", "b": "pending"}
    assert ran.reasons["b"] == "not started: the run was left after 5m; apply again"
    assert provider.started == ["a"]


def test_a_start_that_was_sent_is_waited_for_so_that_its_arn_is_known() -> None:
    provider = FakeProvider(a=FOREVER)
    world = VirtualWorld(provider, lambda: (0, 30))
    ran = run("a -> b", provider, world=world, options=Options(leave_after=1))
    assert ran.statuses == {"a": "running", "b": "pending"}
    assert ran.result("a").execution_arn in provider.executions
    assert ran.reasons["a"] == LEFT
    assert 30 <= ran.seconds < 40


def test_a_start_that_was_not_sent_is_taken_back() -> None:
    provider = FakeProvider(a=FOREVER)
    world = VirtualWorld(provider, lambda: (5, 1))
    ran = run("a", provider, world=world, options=Options(leave_after=1))
    assert ran.statuses == {"a": "pending"}
    assert provider.starts == []
    assert ran.result("a").attempts == ()
    assert ran.results.exit_code == 4


@pytest.mark.parametrize("kind", [Throttled, CredentialsFailed])
def test_a_start_that_had_no_effect_is_not_asked_for_again(kind: type[ProviderError]) -> None:
    provider = FakeProvider(fault=lambda operation, *_: kind("no", operation=operation))
    world = VirtualWorld(provider, lambda: (0, 10))
    ran = run("a", provider, world=world, options=Options(leave_after=1))
    assert ran.statuses == {"a": "pending"}
    assert len([one for one in ran.events_of("a") if one == "starting"]) == 1


def test_an_express_call_that_is_out_is_waited_for_and_none_is_begun() -> None:
    made = plan(job("e", express=True), job("f", ["e"], express=True))
    provider = FakeProvider(e=Outcome(seconds=200, output="{}"))
    ran = run(made, provider, options=Options(leave_after=10))
    assert ran.statuses == {"e": "succeeded", "f": "pending"}
    assert provider.started == ["e"]
    assert 200 <= ran.seconds < 205


def test_an_express_job_that_fails_after_it_is_tried_again_by_the_next_apply() -> None:
    made = plan(job("e", express=True, retry=Retry(3, interval=1)))
    provider = FakeProvider(e=Outcome("FAILED", seconds=60, error="Boom"))
    ran = run(made, provider, options=Options(leave_after=10))
    assert ran.statuses == {"e": "pending"}
    assert ran.reasons["e"] == "Boom; its next attempt waits: apply again"
    assert len(provider.starts) == 1


def test_a_retry_that_waits_is_left_to_the_next_apply() -> None:
    made = plan(job("a", retry=Retry(2, interval=3600)), "a -> b")
    provider = FakeProvider(a=[FAILED, SUCCEEDED])
    first = run(made, provider, options=AFTER_300)
    assert first.statuses == {"a": "pending", "b": "pending"}
    assert first.reasons["a"] == "Boom: it broke; its next attempt waits: apply again"
    assert first.result("a").attempts[0].status == "FAILED"
    assert first.results.exit_code == 4
    second = again(first, made)
    assert second.statuses == {"a": "succeeded", "b": "succeeded"}
    assert [one.name.rpartition("-")[2] for one in provider.starts] == ["1", "2", "1"]


def test_what_a_next_apply_would_not_try_again_has_failed() -> None:
    made = plan(job("a", retry=Retry(2, interval=3600)), retry_failed=False)
    ran = run(made, FakeProvider(a=FAILED), options=AFTER_300)
    assert ran.statuses == {"a": "failed"}
    assert ran.results.exit_code == 1


def test_the_handler_of_a_failure_waits_with_the_retry() -> None:
    made = plan(
        job("a", retry=Retry(2, interval=3600)), job("h", ["a"], trigger=Trigger.ANY_FAILED)
    )
    ran = run(made, FakeProvider(a=FAILED), options=AFTER_300)
    assert ran.statuses == {"a": "pending", "h": "pending"}


def test_a_timeout_that_comes_later_stops_nothing() -> None:
    provider = FakeProvider(a=FOREVER)
    ran = run(plan(job("a", timeout=301)), provider, options=AFTER_300)
    assert ran.statuses == {"a": "running"}
    assert provider.stops == []


def test_what_is_being_stopped_for_its_timeout_is_followed_to_its_end() -> None:
    provider = FakeProvider(a=FOREVER)
    world = VirtualWorld(provider, lambda: (0, 5))
    ran = run(plan(job("a", timeout=293)), provider, world=world, options=AFTER_300)
    assert ran.statuses == {"a": "failed"}
    assert ran.reasons["a"] == "timed out after 4m53s and was stopped"


def test_a_stop_that_is_never_answered_holds_nothing_up_for_long() -> None:
    def fault(operation: str, about: str, nth: int) -> ProviderError | None:
        return Transient("reset") if operation == "StopExecution" else None

    provider = FakeProvider(a=FOREVER, fault=fault)
    ran = run(plan(job("a", timeout=290)), provider, options=AFTER_300)
    assert ran.statuses == {"a": "unknown"}
    assert "it may still run" in ran.reasons["a"]
    assert ran.seconds <= 361


def test_what_has_ended_is_read_before_the_run_is_left() -> None:
    provider = FakeProvider(a=Outcome(seconds=299, output='{"n": 1}'))
    world = VirtualWorld(provider, lambda: (0, 2))
    made = plan(*(job(name, parameters=[output("n")]) for name in "abcde"))
    on_one = plan(
        *(job(one.name, on=made.jobs[0].machine, parameters=[output("n")]) for one in made.jobs)
    )
    ran = run(on_one, provider, world=world, options=Options(leave_after=304.5))
    assert set(ran.statuses.values()) == {"succeeded"}


def test_what_has_ended_and_can_not_be_read_holds_nothing_up_for_long() -> None:
    def fault(operation: str, about: str, nth: int) -> ProviderError | None:
        return Transient("reset") if operation == "DescribeExecution" else None

    provider = FakeProvider(otherwise=Outcome(seconds=20, output='{"n": 1}'), fault=fault)
    on = machine("crowd")
    made = plan(*(job(name, on=on, parameters=[output("n")]) for name in "abcde"))
    ran = run(made, provider, options=Options(leave_after=60))
    assert set(ran.statuses.values()) == {"unknown"}
    assert "what it handed on can't be read: the run was left" in ran.reasons["a"]
    assert ran.seconds <= 121


def test_a_start_whose_answer_was_lost_is_looked_for() -> None:
    provider = FakeProvider(a=FOREVER, lost=lost_answer)
    world = VirtualWorld(provider, lambda: (0, 5))
    ran = run("a", provider, world=world, options=Options(leave_after=1))
    assert ran.statuses == {"a": "running"}
    assert ran.result("a").execution_arn in provider.executions
    assert ran.reasons["a"] == LEFT


@pytest.mark.parametrize("latency", [0.01, 11])
def test_what_can_not_be_found_in_a_minute_is_unknown_with_its_arn(latency: float) -> None:
    def fault(operation: str, about: str, nth: int) -> ProviderError | None:
        return Transient("reset", operation=operation)

    provider = FakeProvider(a=FOREVER, fault=fault)
    world = VirtualWorld(provider, lambda: (0, latency))
    ran = run("a -> b", provider, world=world, options=Options(leave_after=10))
    assert ran.statuses == {"a": "unknown", "b": "pending"}
    assert (ran.result("a").execution_arn or "none") in ran.reasons["a"]
    assert "then apply again" in ran.reasons["a"]
    assert ran.seconds <= 72


def test_a_redrive_in_doubt_is_left_once_it_is_seen_to_run() -> None:
    def fault(operation: str, about: str, nth: int) -> ProviderError | None:
        looked = operation == "DescribeExecution" and 10 < world.seconds - world.began < 20
        return Transient("reset") if looked else None

    retry = Retry(2, mode=RetryMode.REDRIVE, interval=5)
    provider = FakeProvider(a=[FAILED, FOREVER], lost=_lost_redrive, fault=fault)
    world = VirtualWorld(provider, lambda: (0, 3))
    ran = run(plan(job("a", retry=retry)), provider, world=world, options=Options(leave_after=15))
    assert len(provider.redriven) == 1
    assert ran.statuses == {"a": "running"}
    assert ran.reasons["a"] == LEFT


def test_a_redrive_in_doubt_that_never_shows_is_unknown_and_not_stopped() -> None:
    def fault(operation: str, about: str, nth: int) -> ProviderError | None:
        return Transient("reset") if operation == "RedriveExecution" else None

    retry = Retry(2, mode=RetryMode.REDRIVE, interval=5)
    provider = FakeProvider(a=FAILED, fault=fault)
    made = plan(job("a", retry=retry, timeout=40))
    ran = run(made, provider, options=Options(leave_after=20))
    assert ran.statuses == {"a": "unknown"}
    assert "no answer came to its redrive" in ran.reasons["a"]
    assert provider.stops == []
    assert ran.seconds <= 81


def test_an_interrupt_after_it_stops_no_redrive_in_doubt() -> None:
    def fault(operation: str, about: str, nth: int) -> ProviderError | None:
        return Transient("reset") if operation == "RedriveExecution" else None

    provider = FakeProvider(a=FAILED, fault=fault)
    world = VirtualWorld(provider).interrupt_at(30)
    made = plan(job("a", retry=Retry(2, mode=RetryMode.REDRIVE, interval=5)))
    ran = run(made, provider, world=world, options=Options(leave_after=20))
    assert ran.statuses == {"a": "unknown"}
    assert provider.stops == []
    assert ran.seconds < 31


def _lost_redrive(operation: str, about: str, nth: int) -> ProviderError | None:
    return Transient("reset") if operation == "RedriveExecution" else None


def test_what_another_run_began_is_left_as_it_is_found() -> None:
    provider = FakeProvider(a=FOREVER)
    arn = begin(provider, job("a"), ago=10)
    world = VirtualWorld(provider, lambda: (0, 10))
    seen = look(plan("a -> b"), provider, world)
    ran = run("a -> b", provider, world=world, memory=seen, options=Options(leave_after=5))
    assert ran.statuses == {"a": "running", "b": "pending"}
    assert ran.result("a").execution_arn == arn
    assert ran.reasons["a"] == LEFT


def test_one_that_waits_behind_other_work_is_pending() -> None:
    provider, world, _ = busy(seconds=1000)
    seen = look(plan(CHANGED), provider, world)
    ran = run(plan(CHANGED), provider, world=world, memory=seen, options=AFTER_300)
    assert ran.statuses == {"a": "pending"}
    assert len(provider.starts) == 1


def test_what_could_not_be_started_since_a_failure_stays_so_where_the_run_fails_fast() -> None:
    wanted = Options(fail_fast=True, leave_after=300)
    ran = run("a b -> c", FakeProvider(a=FAILED, b=FOREVER), options=wanted)
    assert ran.statuses == {"a": "failed", "b": "running", "c": "skipped"}


def test_a_run_that_does_not_wait_at_all_is_bounded_too() -> None:
    def fault(operation: str, about: str, nth: int) -> ProviderError | None:
        return Throttled("slow down", operation=operation) if about == "b" else None

    provider = FakeProvider(a=FOREVER, fault=fault)
    ran = run("a b", provider, options=Options(detach=True, leave_after=60))
    assert ran.statuses == {"a": "running", "b": "pending"}
    assert ran.seconds < 62


def test_an_interrupt_after_it_stops_nothing_that_was_left() -> None:
    made = plan("a", job("e", express=True), "a -> b")
    provider = FakeProvider(a=FOREVER, e=Outcome(seconds=200, output="{}"))
    world = VirtualWorld(provider).interrupt_at(30)
    ran = run(made, provider, world=world, options=Options(leave_after=10))
    assert ran.statuses == {"a": "running", "e": "unknown", "b": "pending"}
    assert provider.stops == []
    assert ran.results.exit_code == 130


def test_an_interrupt_while_a_start_is_out_stops_nothing_either() -> None:
    provider = FakeProvider(a=FOREVER)
    world = VirtualWorld(provider, lambda: (0, 30)).interrupt_at(15)
    ran = run("a", provider, world=world, options=Options(leave_after=1))
    assert ran.statuses == {"a": "running"}
    assert provider.stops == []


def test_an_interrupt_before_it_is_not_turned_into_leaving() -> None:
    provider = FakeProvider(a=FOREVER)
    world = VirtualWorld(provider, lambda: (0, 2)).interrupt_at(299)
    ran = run("a", provider, world=world, options=AFTER_300)
    assert ran.statuses == {"a": "cancelled"}
    assert "leaving" not in [one["event"] for one in ran.results.events]
