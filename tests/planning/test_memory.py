"""What is remembered of a job, and what an apply would make of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from runner.arns import MachineArn
from runner.errors import AccessDenied
from runner.memory import Past
from runner.model import Direction, MachineType, RerunOn, RunPolicy, Trigger
from runner.plan import KNOWN_AFTER_APPLY, Action, KnownExecution, count
from runner.planning import decide, lookbacks, pasts_of
from runner.provider import ExecutionStatus, FoundMachine, History
from tests.plan_factories import (
    ACCOUNT,
    attempt,
    aws,
    complaints,
    decided_with,
    draft,
    found,
    job,
    local,
    machine,
    parameter,
    place,
    planned,
    spec,
)
from tests.planning.ledger import Ledger

if TYPE_CHECKING:
    from runner.model import Job, Spec
    from runner.plan import Plan, PlannedJob

FAILED = ExecutionStatus.FAILED
EXPRESS = {"machine_type": MachineType.EXPRESS}


def of(plan: Plan, name: str) -> PlannedJob:
    return next(each for each in plan.jobs if each.name == name)


def said(plan: Plan) -> dict[str, tuple[str, str]]:
    return {each.name: (each.action.value, each.reason) for each in plan.jobs}


def again(project: Spec, ledger: Ledger, **facts: Any) -> Plan:
    facts = {"pasts": ledger.pasts, "remembered": ledger.remembered} | facts
    return planned(project, **facts)


def after(project: Spec) -> Ledger:
    """What one apply of everything leaves."""
    ledger = Ledger()
    ledger.apply(planned(project))
    return ledger


def types(*express: str) -> dict[MachineArn, FoundMachine]:
    """Every machine is Standard but these."""
    made = {}
    for name in ("a", "b", "c", "d", "e"):
        arn = MachineArn("aws", "us-east-1", ACCOUNT, name)
        type = MachineType.EXPRESS if name in express else MachineType.STANDARD
        made[arn] = FoundMachine(arn, type, f"revision-of-{name}")
    return made


CHAIN = spec(job("a", parameter("rows")), job("b", parameter("n", "${{ jobs.a.outputs.rows }}")))


def test_a_second_apply_starts_nothing() -> None:
    plan = again(CHAIN, after(CHAIN))
    assert said(plan) == {
        "a": ("up-to-date", "succeeded on 2026-11-19 03:01 UTC"),
        "b": ("up-to-date", "succeeded on 2026-11-19 03:02 UTC"),
    }


def test_what_was_never_run_runs() -> None:
    ledger = after(spec(job("a")))
    plan = again(spec(job("a"), job("b"), job("c", needs=["a"])), ledger)
    assert said(plan)["a"][0] == "up-to-date"
    assert said(plan)["b"] == said(plan)["c"] == ("run", "never run")
    assert of(plan, "c").attempt == 1


def test_a_change_runs_the_job_and_what_comes_after_it() -> None:
    def project(limit: int) -> Spec:
        return spec(
            job("a"),
            job("b", parameter("limit", limit)),
            job("c", needs=["a", "b"]),
            job("d", needs=["c"]),
            job("e", needs=["a"]),
        )

    plan = again(project(2), after(project(1)))
    done = "up-to-date"
    assert said(plan) == {
        "a": (done, "succeeded on 2026-11-19 03:01 UTC"),
        "b": ("run", "changed since 2026-11-19 03:01 UTC"),
        "c": ("run", "after b"),
        "d": ("run", "after c"),
        "e": (done, "succeeded on 2026-11-19 03:04 UTC"),
    }


def test_a_reverted_change_runs_again() -> None:
    ledger = after(spec(job("a", parameter("x", 1))))
    ledger.apply(planned(spec(job("a", parameter("x", 2)))))
    plan = again(spec(job("a", parameter("x", 1))), ledger)
    assert said(plan)["a"] == ("run", "changed back: other work ran on 2026-11-19 03:01 UTC")
    assert plan.jobs[0].attempt == 2


def test_cosmetic_changes_start_nothing() -> None:
    ledger = after(spec(job("a", labels={"team": "x"}, timeout=5.0)))
    plan = again(spec(job("a", labels={"team": "y"}, description="other")), ledger)
    assert plan.jobs[0].action is Action.UP_TO_DATE


@pytest.mark.parametrize(
    ("status", "words"),
    [("FAILED", "failed"), ("TIMED_OUT", "timed out"), ("ABORTED", "was stopped")],
)
def test_failed_work_is_tried_again_and_what_comes_after_it_runs(status: str, words: str) -> None:
    project = spec(job("a"), job("b", needs=["a"]))
    ledger = Ledger()
    ledger.run(planned(project), "a", ExecutionStatus(status))
    plan = again(project, ledger)
    assert said(plan) == {
        "a": ("retry", f"attempt 1 {words} on 2026-11-19 03:01 UTC"),
        "b": ("run", "never run"),
    }
    assert of(plan, "a").attempt == 2
    assert of(plan, "a").execution == KnownExecution(
        arn=ledger.seen["a"][0].arn,
        name=ledger.seen["a"][0].name,
        status=status,
        started_at="2026-11-19T03:00:00.000+00:00",
        stopped_at="2026-11-19T03:01:00.000+00:00",
        remembered_until="2027-02-17T03:01:00.000+00:00",
    )


def test_failed_work_may_be_left_and_counts_as_failed() -> None:
    project = spec(
        job("a"),
        job("b", needs=["a"]),
        job("handler", needs=["a"], trigger=Trigger.ANY_FAILED),
        job("cleanup", needs=["a"], trigger=Trigger.ALL_FINISHED),
        job("after_b", needs=["b"], trigger=Trigger.ANY_FAILED),
        job("after_cleanup", needs=["cleanup"], trigger=Trigger.ANY_FAILED),
    )
    ledger = Ledger()
    made = planned(project)
    ledger.run(made, "a", FAILED)
    ledger.run(made, "cleanup")
    plan = again(project, ledger, retry_failed=False)
    assert said(plan) == {
        "a": ("skip", "attempt 1 failed on 2026-11-19 03:01 UTC, and is not tried again"),
        "b": ("skip", "a failed"),
        "cleanup": ("up-to-date", "succeeded on 2026-11-19 03:02 UTC"),
        "handler": ("run", "never run"),
        "after_b": ("run", "never run"),
        "after_cleanup": ("run", "never run"),
    }
    assert of(plan, "a").execution is not None
    ledger.run(made, "handler")
    assert of(again(project, ledger, retry_failed=False), "handler").action is Action.UP_TO_DATE


def test_running_work_is_adopted_and_what_comes_after_it_runs() -> None:
    project = spec(job("a"), job("b", needs=["a"]))
    ledger = after(project)
    ledger.run(planned(spec(job("a", parameter("x", 1)))), "a")
    running = ledger.run(planned(project), "a", ExecutionStatus.RUNNING)
    plan = again(project, ledger)
    assert said(plan) == {
        "a": ("adopt", "already running since 2026-11-19 03:03 UTC"),
        "b": ("run", "after a"),
    }
    assert of(plan, "a").execution == KnownExecution(
        running.arn, running.name, "RUNNING", "2026-11-19T03:03:00.000+00:00"
    )


def test_other_work_that_still_runs_has_to_end_first() -> None:
    old, new = (spec(job("a", parameter("x", n)), job("b", needs=["a"])) for n in (1, 2))
    ledger = after(old)
    waits = ledger.run(planned(spec(job("a", parameter("x", 3)))), "a", ExecutionStatus.RUNNING)
    plan = again(new, ledger)
    assert said(plan)["a"] == (
        "run", f"changed since 2026-11-19 03:02 UTC, once {waits.name} of other work has ended"
    )  # fmt: skip


def test_once_any_success_counts() -> None:
    def project(day: int) -> Spec:
        return spec(job("a", parameter("day", day), run=RunPolicy.ONCE), job("b", needs=["a"]))

    ledger = after(project(1))
    ledger.apply(planned(project(2)))
    plan = again(project(1), ledger)
    assert said(plan)["a"] == ("up-to-date", "run: once, succeeded on 2026-11-19 03:01 UTC")
    assert said(plan)["b"] == ("run", "changed back: other work ran on 2026-11-19 03:03 UTC")


def test_always_runs_in_every_run_and_once_in_each() -> None:
    project = spec(job("a", run=RunPolicy.ALWAYS), job("b", needs=["a"]))
    ledger = after(spec(job("a"), job("b", needs=["a"])))
    plan = again(project, ledger)
    assert said(plan) == {"a": ("run", "run: always"), "b": ("run", "after a")}
    assert count(plan.jobs)["run-every-time"] == 2
    own = Ledger()
    own.run(planned(project), "a", run_id="r1")
    resumed = again(project, own, run_id="r1")
    assert said(resumed)["a"] == ("up-to-date", "succeeded on 2026-11-19 03:01 UTC, in this run")
    assert of(again(project, own, run_id="r2"), "a").action is Action.RUN
    failed = Ledger()
    failed.run(planned(project), "a", FAILED, run_id="r1")
    assert said(again(project, failed, run_id="r1"))["a"] == (
        "retry", "attempt 1 failed on 2026-11-19 03:01 UTC"
    )  # fmt: skip


def test_what_is_asked_for_runs_though_it_is_up_to_date() -> None:
    plan = again(CHAIN, after(CHAIN), rerun={"a"})
    assert said(plan) == {"a": ("run", "asked for with --rerun"), "b": ("run", "after a")}
    assert of(plan, "a").rerun
    assert count(plan.jobs)["run"] == 2


def test_the_id_of_the_run_in_an_input_is_new_work_in_every_run() -> None:
    project = spec(job("a", parameter("run", "${{ run.id }}")), job("b", needs=["a"]))
    ledger = Ledger()
    ledger.run(planned(project), "a")
    plan = again(project, ledger)
    assert said(plan)["a"] == ("run", "its input holds the run's id")
    assert count(plan.jobs)["run-every-time"] == 1
    hidden = spec(job("a", parameter("run", "${{ run.id }}", sensitive=True)))
    assert of(again(hidden, after(hidden)), "a").action is Action.UP_TO_DATE


def test_a_sensitive_value_counts_by_its_revision_alone() -> None:
    def project(value: str, revision: int) -> Spec:
        return spec(job("a", parameter("t", value, sensitive=True, revision=revision)))

    ledger = after(project("one", 1))
    assert again(project("two", 1), ledger).jobs[0].action is Action.UP_TO_DATE
    assert again(project("two", 2), ledger).jobs[0].action is Action.RUN


def test_a_revision_counts_where_the_job_says_so() -> None:
    for rerun_on, action in (
        (RerunOn.SPEC, Action.UP_TO_DATE),
        (RerunOn.REVISION, Action.RUN),
    ):
        project = spec(job("a", rerun_on=rerun_on))
        plan = planned(project)
        ledger = Ledger()
        ledger.apply(plan)
        arn = plan.jobs[0].machine
        moved = {arn: FoundMachine(arn, MachineType.STANDARD, "another")}
        assert again(project, ledger, findings=moved).jobs[0].action is action
        assert again(project, ledger).jobs[0].action is Action.UP_TO_DATE


def test_express_runs_every_time_and_what_follows_depends_on_what_it_hands_on() -> None:
    jobs = (
        job("a", parameter("rows")),
        job("b", parameter("x", "${{ jobs.a.outputs.rows }}")),
        job("c", needs=["b"]),
        job("d"),
        job("e", needs=["d"]),
    )
    project = spec(*jobs)
    ledger = after(project)
    plan = again(project, ledger, findings=types("a", "d"))
    assert said(plan) == {
        "a": ("run", "Express has no memory of earlier runs"),
        "b": ("decide-later", "runs only if what a (Express) hands on is new"),
        "c": ("decide-later", "runs only if b does"),
        "d": ("run", "Express has no memory of earlier runs"),
        "e": ("run", "after d"),
    }
    assert count(plan.jobs) | {"run-every-time": 3, "decide-later": 2} == count(plan.jobs)


def test_outputs_of_express_that_are_sensitive_tell_nothing() -> None:
    project = spec(job("a", parameter("key", sensitive=True)), job("b", needs=["a"]))
    plan = again(project, after(project), findings=types("a"))
    assert said(plan)["b"] == ("run", "after a")


def test_what_was_never_run_runs_whatever_its_needs_hand_on() -> None:
    project = spec(
        job("a", parameter("rows")),
        job("b", needs=["a"]),
        job("c", needs=["b"], run=RunPolicy.ALWAYS),
    )
    plan = planned(project, findings=types("a"))
    assert said(plan)["b"] == ("run", "never run")
    ledger = Ledger()
    ledger.run(plan, "b")
    plan = again(project, ledger, findings=types("a"))
    assert said(plan)["b"][0] == "decide-later"
    assert said(plan)["c"] == ("run", "run: always")


def test_what_runs_in_every_run_waits_for_no_output() -> None:
    project = spec(
        job("a", parameter("rows")),
        job("b", parameter("run", "${{ run.id }}"), needs=["a"]),
        job("c", needs=["a"], run=RunPolicy.ALWAYS),
    )
    ledger = Ledger()
    made = planned(project, findings=types("a"))
    ledger.run(made, "b")
    ledger.run(made, "c", run_id="r1")
    plan = again(project, ledger, findings=types("a"))
    assert said(plan)["b"] == ("run", "its input holds the run's id")
    assert said(plan)["c"] == ("run", "run: always")
    assert said(again(project, ledger, findings=types("a"), run_id="r2"))["c"][0] == "run"
    assert said(again(project, ledger, findings=types("a"), run_id="r1"))["c"][0] == "decide-later"


def test_a_cleanup_after_an_open_job_depends_on_what_becomes_of_it() -> None:
    project = spec(
        job("a"),
        job("b", condition="run.id == 'x'"),
        job("clean", needs=["a", "b"], trigger=Trigger.ALL_FINISHED),
        job("first", needs=["a", "b"], trigger=Trigger.ALL_FINISHED),
    )
    ledger = Ledger()
    made = planned(project)
    ledger.run(made, "a")
    ledger.run(made, "clean")
    plan = again(project, ledger)
    assert said(plan)["clean"] == ("decide-later", "runs only if what becomes of b is new")
    assert said(plan)["first"] == ("run", "never run")


def test_an_if_reads_the_outputs_of_what_is_up_to_date() -> None:
    jobs = (
        job("calendar", parameter("open")),
        job("load", condition="jobs.calendar.outputs.open"),
        job("other", condition="!(jobs.calendar.outputs.open)"),
    )
    project = spec(*jobs)
    ledger = Ledger()
    ledger.run(planned(project), "calendar", output='{"open": true}')
    plan = again(project, ledger)
    assert said(plan)["load"] == ("run", "never run")
    assert said(plan)["other"] == ("skip", "if: !(jobs.calendar.outputs.open) is false")


def test_an_if_waits_for_outputs_that_can_not_be_read() -> None:
    project = spec(job("a", parameter("x")), job("b", condition="jobs.a.outputs.x"))
    ledger = Ledger()
    ledger.run(planned(project), "a", output='{"x": true}')
    drafted, _ = draft(project)
    assert drafted is not None
    steps_pasts = {"b": Past()} | ledger.pasts
    steps = decide(drafted, steps_pasts)
    questions = next(steps)
    assert questions == {"aws": (ledger.seen["a"][0].arn,)}
    with pytest.raises(StopIteration) as stop:
        steps.send({ledger.seen["a"][0].arn: AccessDenied("no")})
    plan = stop.value.value.plan
    assert said(plan)["b"] == ("decide-later", "its if waits for a")


def test_an_if_knows_the_status_without_asking() -> None:
    project = spec(
        job("a", parameter("x")),
        job("b", condition="jobs.a.status == 'succeeded'"),
        job("c", condition=False),
        job("d", condition="jobs.c.status == 'skipped'", trigger=Trigger.ALL_FINISHED),
    )
    ledger = Ledger()
    ledger.run(planned(project), "a")
    asked: list[str] = []
    drafted, _ = draft(project)
    assert drafted is not None
    pasts = {each.name: Past() for each in drafted.jobs} | ledger.pasts
    decided = decided_with(drafted, pasts, ledger.remembered, asked=asked)
    assert decided.plan is not None
    assert {each.name: each.action for each in decided.plan.jobs} == {
        "a": Action.UP_TO_DATE, "b": Action.RUN, "c": Action.SKIP, "d": Action.RUN
    }  # fmt: skip
    assert asked == []


def test_an_if_that_yields_no_boolean_for_known_outputs_is_an_error() -> None:
    project = spec(job("a", parameter("x")), job("b", condition="jobs.a.outputs.x"))
    ledger = Ledger()
    ledger.run(planned(project), "a", output='{"x": 5}')
    (wrong,) = complaints(project, pasts=ledger.pasts, remembered=ledger.remembered)
    assert (wrong.code, wrong.message) == ("not-a-boolean", "if: it yields a number, not a boolean")


def test_what_an_if_reads_and_was_forgotten_long_ago_counts_as_new() -> None:
    project = spec(
        job("a", parameter("x")),
        job("b", condition="jobs.a.outputs.x"),
        job("c", parameter("y", "${{ jobs.a.outputs.x }}"), needs=["a"]),
    )
    ledger = Ledger()
    ledger.run(planned(project), "a")
    ledger.now += timedelta(days=30)
    ledger.run(planned(project), "c")
    plan = again(project, ledger, remembered={})
    assert said(plan)["a"] == ("run", "never run")
    assert said(plan)["b"] == ("decide-later", "its if waits for a")
    assert said(plan)["c"][0] == "run"


def test_what_an_if_reads_may_only_be_out_of_sight() -> None:
    """It ended lately, as far as can be told: whether it was forgotten shows at its turn."""
    project = spec(job("a", parameter("x")), job("b", condition="jobs.a.outputs.x"))
    plan = again(project, after(project), remembered={})
    assert said(plan)["a"][0] == "up-to-date"
    assert said(plan)["b"] == ("decide-later", "its if waits for a")


def test_what_is_only_shown_decides_nothing() -> None:
    project = spec(job("a", parameter("x")), job("b", parameter("y", "${{ jobs.a.outputs.x }}")))
    ledger = Ledger()
    ledger.run(planned(project), "a")
    ledger.now += timedelta(days=30)
    ledger.run(planned(spec(job("b"))), "b")
    plan = again(project, ledger, remembered={})
    assert said(plan)["a"][0] == "up-to-date"
    assert of(plan, "b").input == {"y": KNOWN_AFTER_APPLY}
    assert of(plan, "b").changes == ()


def test_only_what_is_selected_runs_again_when_asked_for() -> None:
    drafted, _ = draft(CHAIN, selected={"b"}, rerun={"a", "b"})
    assert drafted is not None
    assert [each.rerun for each in drafted.jobs] == [False, True]


def test_a_need_that_is_not_selected_is_looked_up_and_never_started() -> None:
    plan = again(CHAIN, after(CHAIN), selected={"b"})
    assert said(plan)["a"] == ("up-to-date", "succeeded on 2026-11-19 03:01 UTC")
    assert [each.is_selected for each in plan.jobs] == [False, True]
    assert sum(count(plan.jobs).values()) == 1


def test_a_need_that_is_not_selected_and_not_up_to_date_is_refused() -> None:
    project = spec(job("a"), job("b", needs=["a"]), job("c", needs=["b"]), job("d", needs=["b"]))
    ledger = Ledger()
    ledger.run(planned(project), "a", FAILED)
    ledger.run(planned(project), "b")
    refused = complaints(project, pasts=ledger.pasts, selected={"c", "d"})
    assert [each.message for each in refused] == [
        f"{name} needs a, which is not selected and not up to date "
        "(attempt 1 failed on 2026-11-19 03:01 UTC)"
        for name in ("c", "d")
    ]
    assert refused[0].help == (
        "select it with all that it needs: --select +c; "
        "or leave it out too, with all that needs it: --exclude c+"
    )
    assert [each.message for each in refused[0].related] == [
        "a: attempt 1 failed on 2026-11-19 03:01 UTC"
    ]


def test_several_needs_that_are_not_up_to_date_are_told_with_their_places() -> None:
    project = spec(job("a", place=place(7)), job("b"), job("c", needs=["a", "b"]))
    (refused,) = complaints(project, selected={"c"})
    assert refused.message == "c needs a and b, which are not selected and not up to date"
    assert [(each.place.line, each.message) for each in refused.related] == [
        (7, "a: never run"),
        (10, "b: never run"),
    ]


def test_a_failure_that_is_left_is_no_reason_to_go_on_without_its_job() -> None:
    project = spec(job("a"), job("b", needs=["a"], trigger=Trigger.ANY_FAILED))
    ledger = Ledger()
    ledger.run(planned(project), "a", FAILED)
    (refused,) = complaints(project, pasts=ledger.pasts, selected={"b"}, retry_failed=False)
    assert "and is not tried again" in refused.message
    both = again(project, ledger, retry_failed=False)
    assert of(both, "b").action is Action.RUN


def test_a_need_that_is_not_selected_and_skipped_is_no_obstacle() -> None:
    project = spec(job("a", condition=False), job("b", needs=["a"], trigger=Trigger.ALL_FINISHED))
    assert said(planned(project, selected={"b"}))["b"] == ("run", "never run")


def test_nothing_is_known_of_needs_on_the_embedded_engine_and_offline() -> None:
    machines = [machine("a"), machine("b")]
    embedded = spec(*CHAIN.jobs.values(), platforms=[local()], machines=machines)
    (refused,) = complaints(embedded, selected={"b"})
    assert "(the embedded engine remembers nothing)" in refused.message
    (refused,) = complaints(CHAIN, selected={"b"}, findings=None)
    assert "(offline: earlier executions are not known)" in refused.message


def test_what_is_not_selected_need_not_be_ready_to_start() -> None:
    project = spec(job("a", parameter("t", "${{ env.GONE }}")), job("b", needs=["a"]))
    ledger = Ledger()
    ledger.apply(planned(project, environment=["GONE"]))
    plan = again(project, ledger, selected={"b"})
    assert of(plan, "a").action is Action.UP_TO_DATE
    assert plan.environment == ()


def looked_at(rows: int, *names: str, ledger: Ledger | None = None) -> dict[str, Past]:
    """Incomplete pasts: only this many rows of each machine were looked at."""
    pasts = ledger.pasts if ledger else {}
    return {name: replace(pasts.get(name, Past()), rows=rows, complete=False) for name in names}


def test_what_no_list_reached_is_asked_for_by_its_name() -> None:
    project = spec(job("a"), job("b"), job("c"))
    ledger = Ledger()
    plan = planned(project)
    ledger.run(plan, "a")
    for _ in range(3):
        ledger.run(plan, "b", FAILED)
    ledger.run(plan, "b")
    unseen = looked_at(20_000, "a", "b", "c")
    plan = planned(project, pasts=unseen, remembered=ledger.remembered)
    doubt = (
        "; it is not among the newest 20,000 executions of its state machine, so a change since "
        "then that was reverted may be missed"
    )
    assert said(plan) == {
        "a": ("up-to-date", f"succeeded on 2026-11-19 03:01 UTC{doubt}"),
        "b": ("up-to-date", f"succeeded on 2026-11-19 03:05 UTC{doubt}"),
        "c": ("run", "never run among the newest 20,000 executions of its state machine"),
    }


def test_attempts_that_no_list_reached_are_tried_only_so_often() -> None:
    ledger = Ledger()
    plan = planned(spec(job("a")))
    for _ in range(9):
        ledger.run(plan, "a", FAILED)
    drafted, _ = draft(spec(job("a")))
    assert drafted is not None
    asked: list[str] = []
    decided = decided_with(drafted, looked_at(5, "a"), ledger.remembered, asked=asked)
    assert decided.plan is not None
    assert decided.plan.jobs[0].action is Action.RETRY
    assert len(asked) == 5
    assert len(decided.pasts["a"].seen) == 5


def test_left_failures_are_probed_too() -> None:
    ledger = Ledger()
    plan = planned(spec(job("a")))
    ledger.run(plan, "a", FAILED)
    ledger.run(plan, "a")
    facts: dict[str, Any] = {"pasts": looked_at(5, "a"), "remembered": ledger.remembered}
    assert planned(spec(job("a")), retry_failed=False, **facts).jobs[0].action is Action.UP_TO_DATE


def test_once_an_older_success_is_asked_for_by_its_name() -> None:
    def project(day: int) -> Spec:
        return spec(job("a", parameter("day", day), run=RunPolicy.ONCE))

    ledger = after(project(1))
    old = ledger.remembered
    other = Ledger(now=ledger.now)
    other.apply(planned(project(2)))
    seen = looked_at(1_000, "a", ledger=other)
    plan = planned(project(1), pasts=seen, remembered=old)
    assert plan.jobs[0].action is Action.UP_TO_DATE
    assert said(planned(project(1), pasts=seen, remembered=other.remembered))["a"] == (
        "run",
        "changed since 2026-11-19 03:01 UTC, of the newest 1,000 executions of its state machine",
    )


def test_a_past_that_can_not_be_seen_is_said() -> None:
    for complete in (True, False):
        pasts = {"a": Past(complete=complete, problem="ListExecutions is denied")}
        assert said(planned(spec(job("a")), pasts=pasts))["a"] == (
            "run", "earlier executions can't be seen: ListExecutions is denied"
        )  # fmt: skip
        ledger = after(spec(job("a")))
        plan = planned(spec(job("a")), pasts=pasts, remembered=ledger.remembered)
        assert plan.jobs[0].action is Action.UP_TO_DATE


def test_beyond_what_may_be_asked_a_job_is_decided_at_its_turn() -> None:
    jobs = [job(f"j{n:03}") for n in range(305)]
    drafted, _ = draft(spec(*jobs))
    assert drafted is not None
    asked: list[str] = []
    decided = decided_with(drafted, looked_at(7, *(each.name for each in jobs)), {}, asked=asked)
    assert decided.plan is not None
    assert len(asked) == 300
    assert count(decided.plan.jobs)["decide-later"] == 5
    assert decided.plan.jobs[-1].reason == (
        "runs only if it never did: it is not among the newest 7 executions of its state machine"
    )


def test_offline_nothing_is_asked_and_everything_may_run() -> None:
    project = spec(job("a"), job("b", needs=["a"]), job("c", run=RunPolicy.ALWAYS))
    plan = planned(project, findings=None)
    assert plan.offline
    assert said(plan) == {
        "a": ("run", "offline: earlier executions are not known"),
        "b": ("run", "offline: earlier executions are not known"),
        "c": ("run", "run: always"),
    }


def test_each_machine_is_looked_for_once_whatever_its_qualifiers() -> None:
    jobs: tuple[Job, ...] = (
        job("a", machine="load"),
        job("b", machine="load:live"),
        job("c", machine="load:3", run=RunPolicy.ONCE),
        job("d", machine="other"),
        job("g", parameter("x", "0", direction=Direction.INOUT, carry=True), machine="other"),
        job("e", platform="here", machine="mine"),
        job("f", platform="there", machine="load"),
    )
    project = spec(
        *jobs, platforms=[aws(), local("here"), aws("there")], machines=[machine("mine")]
    )
    drafted, diagnostics = draft(project)
    assert drafted is not None, diagnostics
    wanted = lookbacks(drafted)
    assert [str(each.machine) for each in wanted["aws"]] == [
        f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:{name}" for name in ("load", "other")
    ]
    assert [len(each.tags) for each in wanted["aws"]] == [3, 2]
    assert [len(each.successes) for each in wanted["aws"]] == [1, 1]
    assert list(wanted) == ["aws", "there"]


def test_what_was_found_is_told_apart_by_job_and_by_platform() -> None:
    project = spec(
        job("a", machine="load"),
        job("b", machine="load:live"),
        job("f", platform="there", machine="load"),
        platforms=[aws(), aws("there")],
    )
    drafted, _ = draft(project)
    assert drafted is not None
    ledger = Ledger()
    first = ledger.run(drafted, "a")
    arn = replace(drafted.jobs[0].machine, qualifier=None)
    foreign = replace(first, arn="x", name="by-hand")
    histories = {
        "aws": {arn: History((foreign, first), 2, complete=False)},
        "there": {arn: History()},
    }
    pasts = pasts_of(drafted, histories)
    assert [one.execution for one in pasts["a"].seen] == [first]
    assert (pasts["a"].rows, pasts["a"].complete) == (2, False)
    assert pasts["b"].seen == pasts["f"].seen == ()
    assert pasts["f"].complete


def test_express_is_not_looked_for() -> None:
    drafted, _ = draft(spec(job("a")), findings=types("a"))
    assert drafted is not None
    assert lookbacks(drafted) == {}
    plan, _ = attempt(spec(job("a")), findings=found([], MachineType.EXPRESS) | types("a"))
    assert plan is not None
    assert plan.jobs[0].execution is None
