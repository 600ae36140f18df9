"""What a job's past makes of its turn: done, under way, left, or started once more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runner import identity, inputs
from runner.engine import Options
from runner.errors import AccessDenied, NotFound, ProviderError, Rejected, Transient
from runner.model import Retry, RunPolicy, Trigger
from runner.plan import Action, KnownExecution, PlannedJob
from runner.provider import StartRequest
from runner.schedule import Read
from tests.fakes import (
    ABORTED,
    FAILED,
    FOREVER,
    ODD,
    SUCCEEDED,
    FakeProvider,
    Fault,
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

if TYPE_CHECKING:
    from runner.values import Json

ROWS = job("a", parameters=[output("rows")])
TAKES_ROWS = job("b", ["a"], parameters=[input_("rows", "${{ jobs.a.outputs.rows }}")])


def name_of(made: PlannedJob, *, attempt: int = 1) -> str:
    """The name of a first job's execution."""
    public = inputs.public(made, {"vars": {}}, {})
    hashed = identity.fingerprint(
        project="shop", job=made.name, machine=str(made.machine), public=public, needs={}
    )
    return identity.execution_name("shop", made.name, hashed, run_id=None, attempt=attempt)


def begin(provider: FakeProvider, made: PlannedJob, *, ago: float, input: str = "{}") -> str:
    """Have an execution of a first job that another run started; returns its ARN."""
    VirtualWorld(provider)
    return provider.begin(StartRequest(made.machine, name_of(made), input), ago=ago).arn


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


def test_an_adopted_rerun_that_fails_is_followed_by_an_attempt_of_the_usual_name() -> None:
    provider = FakeProvider(a=[Outcome("FAILED", seconds=100, error="Boom"), SUCCEEDED])
    world = VirtualWorld(provider)
    made = plan(job("a", retry=Retry(2)))
    rerun = name_of(made.jobs[0]).replace("-0-1", "-12345678-1")
    provider.begin(StartRequest(made.jobs[0].machine, rerun, "{}"), ago=60)
    ran = run(made, provider, world=world, memory=look(made, provider, world))
    assert ran.statuses == {"a": "succeeded"}
    assert [one.name for one in ran.result("a").attempts] == [rerun, name_of(made.jobs[0])]


def odd(made: str) -> Ran:
    return run(made, FakeProvider(a=ODD))


def test_a_status_that_is_not_known_here_is_never_started_over() -> None:
    second = again(odd("a"), "a")
    assert second.statuses == {"a": "unknown"}
    assert "'PAUSED', which is not known here" in second.reasons["a"]
    assert len(second.provider.starts) == 1


# ---- another execution of the same job -----------------------------------------------------

CHANGED = job("a", parameters=[input_("n", 2)])


def busy(seconds: float = 100.0) -> tuple[FakeProvider, VirtualWorld, str]:
    """A provider on which other work of job a runs."""
    provider = FakeProvider(a=[Outcome(seconds=seconds, output="{}"), SUCCEEDED])
    arn = begin(provider, job("a"), ago=60)
    return provider, VirtualWorld(provider), arn


def test_another_execution_of_the_job_is_waited_for_first() -> None:
    provider, world, arn = busy()
    made = plan(CHANGED, "b", concurrency=1)
    ran = run(made, provider, world=world, memory=look(made, provider, world))
    assert ran.statuses == {"a": "succeeded", "b": "succeeded"}
    assert ran.events_of("a") == ["waiting_for", "starting", "started", "succeeded"]
    waiting = next(event for event in ran.results.events if event["event"] == "waiting_for")
    assert waiting["waitingFor"] == arn
    assert provider.started == ["a", "b", "a"]
    assert 40 < ran.seconds < 45


def test_what_is_waited_for_is_not_stopped_by_a_timeout_nor_an_interrupt() -> None:
    provider, world, _ = busy()
    made = plan(replace(CHANGED, timeout=5.0))
    seen = look(made, provider, world)
    ran = run(made, provider, world=world.interrupt_at(20), memory=seen)
    assert ran.statuses == {"a": "cancelled"}
    assert ran.reasons["a"] == "not started: the run was interrupted"
    assert ran.result("a").attempts == ()
    assert provider.stops == []
    assert len(provider.starts) == 1


def test_a_run_that_does_not_wait_leaves_such_a_job_pending() -> None:
    provider, world, arn = busy()
    made = plan(CHANGED, "a -> b")
    made = replace(made, jobs=(CHANGED, job("b", ["a"])))
    seen = look(made, provider, world)
    ran = run(made, provider, world=world, memory=seen, options=Options(detach=True))
    assert ran.statuses == {"a": "pending", "b": "pending"}
    assert ran.reasons["a"] == f"after {arn}, which still runs: apply again"
    assert ran.results.exit_code == 4


def test_one_that_runs_on_with_a_status_unknown_here_is_not_waited_for_for_ever() -> None:
    second = again(odd("a"), plan(CHANGED))
    assert second.statuses == {"a": "failed"}
    assert "has to end first" in second.reasons["a"]
    assert len(second.provider.starts) == 1


@pytest.mark.parametrize(
    ("error", "status", "seconds"),
    [
        (NotFound("gone"), "succeeded", 60),
        (AccessDenied("no"), "failed", 0),
        (Transient("reset"), "failed", 600),
    ],
)
def test_what_is_waited_for_may_be_out_of_sight(
    error: ProviderError, status: str, seconds: float
) -> None:
    provider, world, arn = busy(1e9)
    provider.fault = failing(error, about=arn)
    made = plan(CHANGED)
    ran = run(made, provider, world=world, memory=look(made, provider, world))
    assert ran.statuses == {"a": status}
    assert seconds <= ran.seconds < seconds + 5
    if status == "failed":
        assert f"{arn}, of other work of this job, has to end first" in ran.reasons["a"]


def failing(error: ProviderError, *, about: str, times: int = 10**9) -> Fault:
    left = [times]

    def fault(operation: str, of: str, nth: int) -> ProviderError | None:
        if operation != "DescribeExecution" or of != about or left[0] == 0:
            return None
        left[0] -= 1
        return error

    return fault


# ---- reading back that fails ---------------------------------------------------------------


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


def test_an_output_that_is_required_by_now_fails_with_the_way_out() -> None:
    first = run(plan(ROWS))
    made = plan(job("a", parameters=[output("rows", required=True)]))
    second = again(first, made)
    assert second.statuses == {"a": "failed"}
    assert second.reasons["a"] == (
        "the output has no 'rows'; it succeeded on 2024-05-01 12:00 UTC: "
        "run it once more with --rerun a"
    )


# ---- what may not be started ---------------------------------------------------------------


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


# ---- interrupts ----------------------------------------------------------------------------


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


def test_a_run_that_fails_fast_does_not_wait_for_another_execution() -> None:
    provider, world, _ = busy()
    made = plan(CHANGED, job("f", when="vars.x"))
    seen = look(made, provider, world)
    ran = run(made, provider, world=world, memory=seen, options=Options(fail_fast=True))
    assert ran.statuses == {"a": "skipped", "f": "failed"}
    assert ran.seconds < 1
