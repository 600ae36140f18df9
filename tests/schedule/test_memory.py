"""What a job's past makes of its turn: done, under way, left, or started once more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runner.model import Retry, RunPolicy, Trigger
from runner.plan import Action, KnownExecution
from runner.provider import StartRequest
from runner.schedule import Options, Read
from tests.fakes import (
    ABORTED,
    FAILED,
    FOREVER,
    SUCCEEDED,
    FakeProvider,
    Outcome,
    Ran,
    again,
    answers,
    inout,
    input_,
    job,
    look,
    output,
    plan,
    run,
)
from tests.fakes.world import VirtualWorld
from tests.schedule.earlier import ROWS, TAKES_ROWS, begin, name_of, odd

if TYPE_CHECKING:
    from runner.values import Json


def reads(ran: Ran) -> list[str]:
    return [call.job for call in ran.world.calls if isinstance(call, Read)]


def test_what_succeeded_is_up_to_date_and_nothing_is_called() -> None:
    first = run("a -> b")
    second = again(first, "a -> b")
    assert second.statuses == {"a": "up_to_date", "b": "up_to_date"}
    assert second.reasons["a"] == "succeeded on 2024-05-01 12:00 UTC"
    assert second.world.calls == []
    assert second.provider.starts == first.provider.starts


def test_an_up_to_date_job_shows_the_execution_on_which_that_rests() -> None:
    first = run("a")
    (attempt,) = again(first, "a").results.jobs[0].attempts
    (made,) = first.results.jobs[0].attempts
    assert attempt == replace(made, adopted=True)


def test_outputs_are_read_back_and_handed_on() -> None:
    first = run(plan(ROWS), FakeProvider(a=answers(rows=5)))
    second = again(first, plan(ROWS, TAKES_ROWS))
    assert second.statuses == {"a": "up_to_date", "b": "succeeded"}
    assert reads(second) == ["a"]
    assert second.result("a").outputs == first.result("a").outputs == {"rows": 5}
    assert second.provider.starts[-1].input == '{"rows":5}'


NEEDED = job("a", parameters=[output("rows", required=True)])


def test_a_success_without_a_required_output_is_a_failed_attempt() -> None:
    first = run(plan(NEEDED), FakeProvider(a=[SUCCEEDED, answers(rows=5)]))
    assert first.statuses == {"a": "failed"}
    second = again(first, plan(NEEDED, "a -> b"))
    assert second.statuses == {"a": "succeeded", "b": "succeeded"}
    assert [one.number for one in second.result("a").attempts] == [2]
    assert again(second, plan(NEEDED, "a -> b")).statuses == {"a": "up_to_date", "b": "up_to_date"}


def test_a_success_without_a_required_output_is_left_where_nothing_is_retried() -> None:
    first = run(plan(NEEDED))
    second = again(first, plan(NEEDED, retry_failed=False))
    assert second.statuses == {"a": "failed"}
    assert "the output has no 'rows'" in second.reasons["a"]
    assert len(second.provider.starts) == 1


def test_a_success_without_a_required_output_is_left_where_the_plan_does_not_start_it() -> None:
    first = run(plan(NEEDED))
    done = replace(NEEDED, action=Action.UP_TO_DATE)
    second = again(first, plan(done), options=Options(reviewed=True))
    assert second.statuses == {"a": "failed"}
    assert len(second.provider.starts) == 1


def test_an_inout_that_the_output_lacked_keeps_what_was_sent_then() -> None:
    made = plan(job("a", parameters=[inout("x", "${{ vars.x }}", sensitive=True)]))
    first = run(made, context={"vars": {"x": "before"}, "env": {}})
    b = job("b", ["a"], parameters=[input_("x", "${{ jobs.a.outputs.x }}", sensitive=True)])
    context: dict[str, Json] = {"vars": {"x": "now"}, "env": {}}
    second = again(first, plan(*made.jobs, b), context=context)
    assert second.provider.starts[-1].input == '{"x":"before"}'


def test_a_changed_input_runs_and_so_does_what_comes_after_it_and_nothing_else() -> None:
    first = run(plan("a -> b", "x -> y"))
    changed = plan("a -> b", "x -> y", job("a", parameters=[input_("n", 2)]))
    second = again(first, changed)
    assert second.provider.started[4:] == ["a", "b"]
    assert second.statuses["x"] == second.statuses["y"] == "up_to_date"


def test_a_change_that_is_reverted_runs_again() -> None:
    one, two = (plan(job("a", parameters=[input_("n", n)])) for n in (1, 2))
    first = run(one)
    third = again(again(first, two), one)
    assert third.statuses == {"a": "succeeded"}
    assert [each.name[-2:] for each in third.provider.starts] == ["-1", "-1", "-2"]


def test_once_is_done_by_any_success_of_the_same_work() -> None:
    one, two = (plan(job("a", parameters=[input_("n", n)], run=RunPolicy.ONCE)) for n in (1, 2))
    third = again(again(run(one), two), one)
    assert third.statuses == {"a": "up_to_date"}
    assert len(third.provider.starts) == 2


def test_what_always_runs_runs_in_each_run_and_once_in_the_same() -> None:
    made = plan(job("a", run=RunPolicy.ALWAYS))
    first = run(made)
    assert again(first, made).statuses == {"a": "up_to_date"}
    assert again(first, made, run_id="run-2").statuses == {"a": "succeeded"}
    assert len(first.provider.starts) == 2


def test_a_rerun_runs_what_is_up_to_date_and_what_comes_after_it() -> None:
    first = run("a -> b")
    second = again(first, plan("a -> b", job("a", rerun=True)), run_id="run-2")
    assert second.statuses == {"a": "succeeded", "b": "succeeded"}
    third = again(second, "a -> b", run_id="run-3")
    assert third.statuses == {"a": "up_to_date", "b": "up_to_date"}


@pytest.mark.parametrize("end", [FAILED, ABORTED])
def test_what_failed_gets_its_next_attempt_and_then_all_after_it_runs(end: Outcome) -> None:
    first = run("a -> b", FakeProvider(a=[end, SUCCEEDED]))
    second = again(first, "a -> b")
    assert second.statuses == {"a": "succeeded", "b": "succeeded"}
    assert [one.name.rpartition("-")[2] for one in second.provider.starts] == ["1", "2", "1"]
    assert [one.number for one in second.result("a").attempts] == [2]


def test_a_failed_job_that_is_not_retried_counts_as_failed() -> None:
    first = run("a -> b", FakeProvider(a=FAILED))
    made = plan("a -> b, c", job("c", ["a"], trigger=Trigger.ANY_FAILED), retry_failed=False)
    second = again(first, made)
    assert second.statuses == {"a": "failed", "b": "skipped", "c": "succeeded"}
    assert second.reasons["a"] == "failed in an earlier run, and is not tried again (--no-retry)"
    assert [one.name for one in second.result("a").attempts] == [first.provider.starts[0].name]
    assert again(second, made).statuses["c"] == "up_to_date"


def test_a_stopped_job_that_is_not_retried_counts_as_it_did_in_the_run_that_it_ended_in() -> None:
    handled = plan("a", job("c", ["a"], trigger=Trigger.ANY_FAILED))
    first = run(handled, FakeProvider(a=ABORTED))
    assert first.statuses == {"a": "cancelled", "c": "succeeded"}
    second = again(first, replace(handled, retry_failed=False))
    assert second.statuses == {"a": "cancelled", "c": "up_to_date"}
    assert second.reasons["a"] == (
        "was stopped in an earlier run, and is not tried again (--no-retry)"
    )
    assert len(second.provider.starts) == 2


def test_a_failure_handler_runs_again_for_the_second_failure() -> None:
    made = plan("a -> c", job("c", ["a"], trigger=Trigger.ANY_FAILED))
    first = run(made, FakeProvider(a=FAILED))
    second = again(first, made)
    assert second.statuses == {"a": "failed", "c": "succeeded"}
    assert second.provider.started == ["a", "c", "a", "c"]


def test_a_planned_skip_that_rests_on_an_execution_is_decided_at_its_turn() -> None:
    first = run("a", FakeProvider(a=FAILED))
    arn = first.results.jobs[0].execution_arn or ""
    left = KnownExecution(arn, "a", "FAILED")
    made = plan(job("a", action=Action.SKIP, execution=left), retry_failed=False)
    assert again(first, made).statuses == {"a": "failed"}


def test_an_execution_under_way_is_followed_and_not_stopped() -> None:
    provider = FakeProvider(a=Outcome(seconds=100, output='{"rows":1}'))
    arn = begin(provider, ROWS, ago=60)
    world = VirtualWorld(provider)
    made = plan(ROWS)
    ran = run(made, provider, world=world, memory=look(made, provider, world))
    assert ran.statuses == {"a": "succeeded"}
    assert ran.events_of("a") == ["adopted", "succeeded"]
    assert ran.result("a").execution_arn == arn
    assert ran.result("a").attempts[0].adopted
    assert ran.result("a").outputs == {"rows": 1}
    assert 39 < ran.seconds < 45
    assert len(provider.starts) == 1


@pytest.mark.parametrize("skew", [-300, 300])
def test_the_timeout_of_what_is_adopted_counts_from_its_start_whatever_the_clocks_say(
    skew: float,
) -> None:
    provider = FakeProvider(a=FOREVER, skew=skew)
    made = plan(job("a", timeout=100))
    begin(provider, made.jobs[0], ago=60)
    world = VirtualWorld(provider)
    ran = run(made, provider, world=world, memory=look(made, provider, world))
    assert ran.statuses == {"a": "failed"}
    assert 40 < ran.seconds < 42


def test_what_is_adopted_was_given_the_same_input_or_is_refused() -> None:
    provider = FakeProvider(a=FOREVER)
    arn = begin(provider, ROWS, ago=60, input='{"x":1}')
    world = VirtualWorld(provider)
    made = plan(ROWS)
    ran = run(made, provider, world=world, memory=look(made, provider, world))
    assert ran.statuses == {"a": "failed"}
    assert ran.reasons["a"].startswith(f"name collision: {arn} exists with another input")


@pytest.mark.parametrize("forged", ['{"n":99}', '{"n":1,"more":2}', "{}", "[]"])
def test_what_is_read_back_was_given_the_same_input_or_is_refused(forged: str) -> None:
    made = plan(job("a", parameters=[input_("n", 1), output("rows")]))
    provider = FakeProvider(a=answers(rows=5))
    arn = begin(provider, made.jobs[0], ago=60, input=forged)
    world = VirtualWorld(provider)
    ran = run(made, provider, world=world, memory=look(made, provider, world))
    assert ran.statuses == {"a": "failed"}
    assert ran.reasons["a"].startswith(f"name collision: {arn} exists with another input")
    assert len(provider.starts) == 1


def test_what_an_express_need_hands_on_anew_is_no_other_input() -> None:
    e = job("e", express=True, parameters=[output("rows")])
    taken = input_("arn", "${{ jobs.e.execution_arn }}")
    made = plan(e, job("b", ["e"], parameters=[taken, output("sum")]))
    first = run(made, FakeProvider(e=answers(rows=1), b=answers(sum=2)))
    second = again(first, made, run_id="run-2")
    assert second.statuses == {"e": "succeeded", "b": "up_to_date"}
    assert second.result("b").outputs == {"sum": 2}


def test_what_was_sent_by_the_run_that_started_it_is_handed_on_and_masked() -> None:
    made = plan(
        job(
            "a",
            parameters=[
                inout("token", "${{ env.TOKEN }}", sensitive=True),
                inout("cursor", "0", carry=True),
                output("echo"),
            ],
        )
    )
    end = Outcome("SUCCEEDED", seconds=100, output='{"echo":"you sent first-token"}')
    provider = FakeProvider(a=end)
    sent = '{"token":"first-token","cursor":"7"}'
    begin(provider, made.jobs[0], ago=60, input=sent)
    world = VirtualWorld(provider)
    seen = look(made, provider, world)
    context: dict[str, Json] = {"vars": {}, "env": {"TOKEN": "other-token"}}
    ran = run(made, provider, world=world, memory=seen, context=context, include_inputs=True)
    assert ran.statuses == {"a": "succeeded"}
    assert ran.result("a").outputs["cursor"] == "7"
    assert ran.result("a").input == {"token": "<sensitive>", "cursor": "7"}
    assert not any("first-token" in document for document in ran.documents)


def test_sensitive_outputs_that_are_read_back_are_masked() -> None:
    made = plan(job("a", parameters=[output("key", sensitive=True), output("echo")]))
    first = run(made, FakeProvider(a=answers(key="made-up-secret", echo="got made-up-secret")))
    second = again(first, made)
    assert second.result("a").outputs == {"key": "<sensitive>", "echo": "got <sensitive>"}
    assert not any("made-up-secret" in document for document in second.documents)


@pytest.mark.parametrize(("end", "status"), [(SUCCEEDED, "succeeded"), (FAILED, "failed")])
def test_one_that_has_ended_when_its_turn_comes_counts_as_it_ended(
    end: Outcome, status: str
) -> None:
    provider = FakeProvider(a=replace(end, seconds=100))
    begin(provider, ROWS, ago=90)
    world = VirtualWorld(provider, lambda: (50, 0))
    made = plan(ROWS)
    ran = run(made, provider, world=world, memory=look(made, provider, world))
    assert ran.statuses == {"a": status}
    assert ran.events_of("a") == ["adopted", status]
    assert len(provider.starts) == 1


def test_an_adopted_execution_that_fails_is_retried_as_the_job_says() -> None:
    provider = FakeProvider(a=[Outcome("FAILED", seconds=100, error="Boom"), SUCCEEDED])
    made = plan(job("a", retry=Retry(2)))
    begin(provider, made.jobs[0], ago=60)
    world = VirtualWorld(provider)
    ran = run(made, provider, world=world, memory=look(made, provider, world))
    assert ran.statuses == {"a": "succeeded"}
    assert [one.number for one in ran.result("a").attempts] == [1, 2]
    assert [one.adopted for one in ran.result("a").attempts] == [True, False]


def reviewed(*starts: str) -> Options:
    return Options(reviewed=True, starts=frozenset(starts))


@pytest.mark.parametrize(("starts", "status"), [(("a",), "succeeded"), ((), "failed")])
def test_an_adopted_execution_that_fails_is_retried_where_the_reviewed_plan_starts_the_job(
    starts: tuple[str, ...], status: str
) -> None:
    provider = FakeProvider(a=[Outcome("FAILED", seconds=100, error="Boom"), SUCCEEDED])
    made = plan(job("a", retry=Retry(2), action=Action.ADOPT))
    begin(provider, made.jobs[0], ago=60)
    world = VirtualWorld(provider)
    seen = look(made, provider, world)
    ran = run(made, provider, world=world, memory=seen, options=reviewed(*starts))
    assert ran.statuses == {"a": status}


@pytest.mark.parametrize(("starts", "status"), [(("a",), "succeeded"), ((), "failed")])
def test_what_proves_not_to_be_done_is_started_where_the_reviewed_plan_starts_the_job(
    starts: tuple[str, ...], status: str
) -> None:
    made = plan(job("a", action=Action.UP_TO_DATE))
    assert run(made, options=reviewed(*starts)).statuses == {"a": status}


def test_an_adopted_rerun_that_fails_is_followed_by_an_attempt_of_the_usual_name() -> None:
    provider = FakeProvider(a=[Outcome("FAILED", seconds=100, error="Boom"), SUCCEEDED])
    world = VirtualWorld(provider)
    made = plan(job("a", retry=Retry(2)))
    rerun = name_of(made.jobs[0]).replace("-0-1", "-12345678-1")
    provider.begin(StartRequest(made.jobs[0].machine, rerun, "{}"), ago=60)
    ran = run(made, provider, world=world, memory=look(made, provider, world))
    assert ran.statuses == {"a": "succeeded"}
    assert [one.name for one in ran.result("a").attempts] == [rerun, name_of(made.jobs[0])]


def test_a_status_that_is_not_known_here_is_never_started_over() -> None:
    second = again(odd("a"), "a")
    assert second.statuses == {"a": "unknown"}
    assert "'PAUSED', which is not known here" in second.reasons["a"]
    assert len(second.provider.starts) == 1
