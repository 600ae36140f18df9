"""What runs, what is skipped, and in which order."""

from __future__ import annotations

from itertools import chain, repeat
from typing import Any

import pytest

from runner.engine import Options
from runner.errors import AccessDenied, Refused
from runner.model import Retry, Trigger
from runner.plan import Action
from tests.fakes import (
    ABORTED,
    FAILED,
    FOREVER,
    ODD,
    TIMED_OUT,
    FakeProvider,
    Outcome,
    VirtualWorld,
    answers,
    input_,
    job,
    output,
    plan,
    run,
)

ANY_FAILED = Trigger.ANY_FAILED
ALL_FINISHED = Trigger.ALL_FINISHED


def test_a_job_starts_after_all_that_it_needs() -> None:
    ran = run("a b -> c -> d", FakeProvider(a=Outcome(seconds=9), b=Outcome(seconds=1)))
    assert ran.provider.started == ["a", "b", "c", "d"]
    assert set(ran.statuses.values()) == {"succeeded"}


def test_jobs_that_need_nothing_of_each_other_run_at_once() -> None:
    ran = run("a b c")
    assert ran.provider.most_at_once == 3


def test_an_empty_plan_is_done_at_once() -> None:
    assert run(plan()).results.exit_code == 0


@pytest.mark.parametrize(
    ("outcome", "status", "said"),
    [
        (FAILED, "failed", "a failed"),
        (TIMED_OUT, "failed", "a failed"),
        (ABORTED, "cancelled", "a was cancelled"),
        (ODD, "unknown", "a is unknown"),
    ],
)
def test_a_need_that_did_not_succeed_skips_what_follows(
    outcome: Outcome, status: str, said: str
) -> None:
    ran = run("a -> b -> c", FakeProvider(a=outcome))
    assert ran.statuses == {"a": status, "b": "skipped", "c": "skipped"}
    assert ran.reasons["b"] == said
    assert ran.reasons["c"] == "b was skipped"
    assert ran.results.exit_code == 1


def test_a_failure_leaves_other_branches_alone() -> None:
    ran = run("a -> b c -> d", FakeProvider(b=FAILED))
    assert ran.statuses == {"a": "succeeded", "b": "failed", "c": "succeeded", "d": "skipped"}


def test_an_unknown_status_names_the_word() -> None:
    assert "'PAUSED'" in run("a", FakeProvider(a=ODD)).reasons["a"]


def test_any_failed_runs_when_a_need_failed() -> None:
    ran = run(plan("a b", job("clean", ["a", "b"], trigger=ANY_FAILED)), FakeProvider(a=FAILED))
    assert ran.statuses["clean"] == "succeeded"


def test_any_failed_runs_when_an_ancestor_failed() -> None:
    made = plan("a -> b", job("clean", ["b"], trigger=ANY_FAILED))
    ran = run(made, FakeProvider(a=FAILED))
    assert ran.statuses == {"a": "failed", "b": "skipped", "clean": "succeeded"}


def test_any_failed_sees_an_ancestor_that_failed_before_others_succeeded() -> None:
    made = plan("a slow -> b", job("clean", ["b"], trigger=ANY_FAILED))
    ran = run(made, FakeProvider(a=FAILED, slow=Outcome(seconds=50)))
    assert ran.statuses["clean"] == "succeeded"


def test_any_failed_waits_for_all_needs() -> None:
    made = plan("a slow", job("clean", ["a", "slow"], trigger=ANY_FAILED))
    ran = run(made, FakeProvider(a=FAILED, slow=Outcome(seconds=50)))
    assert ran.provider.started == ["a", "slow", "clean"]
    assert ran.seconds > 50


def test_any_failed_is_skipped_when_nothing_failed() -> None:
    ran = run(plan("a", job("clean", ["a"], trigger=ANY_FAILED)))
    assert ran.statuses["clean"] == "skipped"
    assert ran.reasons["clean"] == "nothing that it needs failed"
    assert ran.results.exit_code == 0


def test_any_failed_does_not_take_a_skip_for_a_failure() -> None:
    made = plan(job("a", when=False), job("clean", ["a"], trigger=ANY_FAILED))
    assert run(made).statuses == {"a": "skipped", "clean": "skipped"}


@pytest.mark.parametrize("outcome", [FAILED, ABORTED, ODD, Outcome()])
def test_all_finished_runs_however_its_needs_ended(outcome: Outcome) -> None:
    ran = run(plan("a", job("report", ["a"], trigger=ALL_FINISHED)), FakeProvider(a=outcome))
    assert ran.statuses["report"] == "succeeded"


def test_all_finished_runs_after_a_skip() -> None:
    made = plan(job("a", when=False), job("report", ["a"], trigger=ALL_FINISHED))
    assert run(made).statuses == {"a": "skipped", "report": "succeeded"}


def test_a_condition_sees_outputs() -> None:
    made = plan(
        job("a", parameters=[output("go")]),
        job("yes", ["a"], when="jobs.a.outputs.go"),
        job("no", ["a"], when="!(jobs.a.outputs.go)"),
    )
    ran = run(made, FakeProvider(a=answers(go=True)))
    assert ran.statuses == {"a": "succeeded", "yes": "succeeded", "no": "skipped"}
    assert ran.reasons["no"] == "if: !(jobs.a.outputs.go) is false"


def test_a_false_condition_skips_what_needs_the_job() -> None:
    ran = run(plan(job("a", when=False), "a -> b"))
    assert ran.statuses == {"a": "skipped", "b": "skipped"}
    assert ran.provider.started == []


def test_a_condition_that_is_no_boolean_fails_the_job() -> None:
    made = plan(job("a", parameters=[output("go")]), job("b", ["a"], when="jobs.a.outputs.go"))
    ran = run(made, FakeProvider(a=answers(go="yes")))
    assert ran.statuses["b"] == "failed"
    assert ran.reasons["b"] == "if: jobs.a.outputs.go yields a string, not true or false"
    assert ran.provider.started == ["a"]


def test_a_condition_that_can_not_be_evaluated_fails_the_job() -> None:
    made = plan(job("a"), job("b", ["a"], when="length(jobs.a.outputs.go) > `1`"))
    ran = run(made)
    assert ran.statuses["b"] == "failed"
    assert ran.reasons["b"].startswith("if: ")


def test_a_condition_sees_the_status_of_a_need() -> None:
    made = plan("a", job("b", ["a"], trigger=ALL_FINISHED, when="jobs.a.status == 'failed'"))
    assert run(made, FakeProvider(a=FAILED)).statuses["b"] == "succeeded"


def test_a_skipped_jobs_outputs_are_null() -> None:
    made = plan(
        job("a", when=False, parameters=[output("n")]),
        job("b", ["a"], trigger=ALL_FINISHED, parameters=[input_("n", "${{ jobs.a.outputs.n }}")]),
    )
    assert run(made).provider.starts[0].input == '{"n":null}'


@pytest.mark.parametrize("revision", ["1", None])
def test_a_job_that_the_plan_skips_is_skipped_with_the_plans_reason(revision: str | None) -> None:
    left_out = job("a", action=Action.SKIP, reason="if is false", when=False, revision=revision)
    ran = run(plan(left_out, "a -> b"))
    assert ran.statuses == {"a": "skipped", "b": "skipped"}
    assert ran.reasons["a"] == "if is false"


def test_a_job_without_a_machine_is_never_started() -> None:
    ran = run(plan(job("a", action=Action.SKIP, reason="if is false", revision=None)))
    assert ran.statuses == {"a": "skipped"}


SKIPPED_IF_ALL_IS_WELL: dict[str, Any] = {"action": Action.SKIP, "reason": "nothing runs before it"}


def test_a_handler_that_the_plan_skips_runs_when_its_need_fails_after_all() -> None:
    alarm = job("alarm", ["a"], trigger=ANY_FAILED, **SKIPPED_IF_ALL_IS_WELL)
    assert run(plan("a", alarm)).reasons["alarm"] == "nothing runs before it"
    assert run(plan("a", alarm), FakeProvider(a=FAILED)).statuses["alarm"] == "succeeded"


def test_an_if_that_the_plan_saw_fail_is_asked_again_of_what_a_need_hands_on_now() -> None:
    a = job("a", parameters=[output("n")])
    b = job("b", ["a"], when="jobs.a.outputs.n > `1`", action=Action.SKIP, reason="too few")
    assert run(plan(a, b), FakeProvider(a=answers(n=2))).statuses["b"] == "succeeded"
    assert run(plan(a, b), FakeProvider(a=answers(n=1))).reasons["b"] == "too few"
    assert run(plan(a, b), FakeProvider(a=FAILED)).reasons["b"] == "a failed"


def test_after_a_review_what_the_plan_skips_is_not_started() -> None:
    alarm = job("alarm", ["a"], trigger=ANY_FAILED, **SKIPPED_IF_ALL_IS_WELL)
    ran = run(plan("a", alarm), FakeProvider(a=FAILED), options=Options(reviewed=True))
    assert ran.statuses["alarm"] == "failed"
    assert ran.reasons["alarm"].startswith("the plan does not start it")


@pytest.mark.parametrize("action", [Action.RUN, Action.DECIDE_LATER, Action.RETRY, Action.ADOPT])
def test_every_other_action_lets_the_name_decide(action: Action) -> None:
    assert run(plan(job("a", action=action))).statuses == {"a": "succeeded"}


def test_a_plan_that_lacks_a_need_is_refused() -> None:
    with pytest.raises(Refused, match="job b needs a, which is not part of the plan"):
        run(plan(job("b", ["a"])))


@pytest.mark.parametrize(("asked", "projects", "most"), [(2, None, 2), (None, 3, 3), (5, 2, 2)])
def test_the_smaller_bound_on_concurrency_holds(
    asked: int | None, projects: int | None, most: int
) -> None:
    made = plan("a b c d e f", concurrency=projects)
    ran = run(made, options=Options(max_parallel=asked))
    assert ran.provider.most_at_once == most
    assert set(ran.statuses.values()) == {"succeeded"}


def test_jobs_start_in_the_plans_order_when_there_is_little_room() -> None:
    ran = run("c a b", options=Options(max_parallel=1))
    assert ran.provider.started == ["c", "a", "b"]


def test_fail_fast_starts_nothing_more_and_lets_run_what_runs() -> None:
    provider = FakeProvider(bad=FAILED, slow=Outcome(seconds=60))
    ran = run("bad slow -> later", provider, options=Options(fail_fast=True))
    assert ran.statuses == {"bad": "failed", "slow": "succeeded", "later": "skipped"}
    assert ran.reasons["later"] == "not started: bad failed, and the run fails fast"


def test_fail_fast_takes_back_starts_that_were_not_sent() -> None:
    delays = chain([(0.0, 0.0), (9.0, 0.0)], repeat((0.0, 0.0)))
    provider = FakeProvider(a=FAILED)
    ran = run(
        "a z",
        provider,
        world=VirtualWorld(provider, lambda: next(delays)),
        options=Options(fail_fast=True),
    )
    assert ran.statuses == {"a": "failed", "z": "skipped"}
    assert ran.provider.started == ["a"]
    assert ran.events_of("z") == ["starting", "withdrawn", "skipped"]


def test_fail_fast_does_not_retry() -> None:
    made = plan(job("flaky", retry=Retry(3, interval=30)), "bad")
    provider = FakeProvider(flaky=FAILED, bad=Outcome("FAILED", seconds=5, error="Bad"))
    ran = run(made, provider, options=Options(fail_fast=True))
    assert ran.provider.started == ["flaky", "bad"]
    assert ran.statuses == {"flaky": "failed", "bad": "failed"}


def test_detach_starts_what_can_start_and_waits_for_nothing() -> None:
    ran = run("a b -> c", FakeProvider(a=FOREVER), options=Options(detach=True))
    assert ran.statuses == {"a": "running", "b": "running", "c": "pending"}
    assert ran.results.exit_code == 4
    assert [one.name for one in ran.results.still_running] == ["a", "b"]
    assert ran.reasons["c"] == "a still runs: apply again to go on from there"


def test_a_start_that_is_denied_fails_the_job_with_the_reason() -> None:
    def deny(operation: str, about: str, nth: int) -> AccessDenied | None:
        return (
            AccessDenied("not allowed to StartExecution") if operation.startswith("Start") else None
        )

    ran = run("a -> b", FakeProvider(fault=deny))
    assert ran.statuses == {"a": "failed", "b": "skipped"}
    assert ran.reasons["a"] == "could not be started: not allowed to StartExecution"


def test_a_long_chain_of_skips_does_not_recurse() -> None:
    jobs = [job(f"j{number}", [f"j{number - 1}"] if number else []) for number in range(5000)]
    ran = run(plan(*jobs), FakeProvider(j0=FAILED))
    assert list(ran.statuses.values()) == ["failed", *["skipped"] * 4999]
