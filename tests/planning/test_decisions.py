from __future__ import annotations

from runner.model import MachineType, RunPolicy, Trigger
from runner.plan import Action, Plan, count
from tests.plan_factories import (
    complaints,
    found,
    job,
    local,
    machine,
    parameter,
    place,
    planned,
    spec,
)
from tests.plan_factories import variable as var


def actions(plan: Plan) -> dict[str, Action]:
    return {each.name: each.action for each in plan.jobs}


def reason(plan: Plan, name: str) -> str:
    return next(each.reason for each in plan.jobs if each.name == name)


def test_jobs_run_in_an_order_in_which_each_comes_after_its_needs() -> None:
    plan = planned(spec(job("a", needs=["b"]), job("b", needs=["c"]), job("c")))
    assert [each.name for each in plan.jobs] == ["c", "b", "a"]
    assert set(actions(plan).values()) == {Action.RUN}


def test_a_reason_says_where_nothing_is_remembered() -> None:
    on_aws = spec(job("a"))
    assert reason(planned(on_aws), "a") == "never run"
    assert (
        reason(planned(on_aws, findings=None), "a") == "offline: earlier executions are not known"
    )
    embedded = spec(job("a"), platforms=[local()], machines=[machine("a")])
    assert reason(planned(embedded), "a") == "the embedded engine remembers nothing"


def test_what_runs_in_every_apply_is_counted_apart() -> None:
    express = job("fast", machine_type=MachineType.EXPRESS)
    jobs = (job("a"), job("b", run=RunPolicy.ALWAYS), job("c", condition=False))
    plan = planned(spec(*jobs))
    counts = {key: number for key, number in count(plan.jobs).items() if number}
    assert counts == {"run": 1, "run-every-time": 1, "skip": 1}
    assert reason(plan, "b") == "run: always"
    offline = planned(spec(express), findings=None)
    assert count(offline.jobs)["run-every-time"] == 1
    assert reason(offline, "fast") == "Express has no memory of earlier runs"


def test_a_false_if_skips_and_so_skips_what_needs_the_job() -> None:
    plan = planned(
        spec(
            job("a", condition="vars.full"),
            job("b", needs=["a"]),
            job("c", needs=["b"]),
            job("cleanup", needs=["a"], trigger=Trigger.ALL_FINISHED),
            variables=(var("full", default=False),),
        )
    )
    skip, run = Action.SKIP, Action.RUN
    assert actions(plan) == {"a": skip, "b": skip, "c": skip, "cleanup": run}
    assert reason(plan, "a") == "if: vars.full is false"
    assert reason(plan, "b") == "a is skipped"


def test_a_true_if_changes_nothing() -> None:
    with_true = spec(job("a", condition="vars.full"), variables=(var("full", default=True),))
    assert actions(planned(with_true)) == {"a": Action.RUN}


def test_an_if_that_waits_is_decided_later_and_so_is_what_follows() -> None:
    plan = planned(
        spec(
            job("calendar", parameter("open")),
            job("load", condition="jobs.calendar.outputs.open"),
            job("report", needs=["load"]),
            job("secretly", condition="env.STAGE == 'prod'"),
            job("once", condition="run.id == 'x'"),
            job("hidden", condition="vars.secret == 'x'"),
            variables=(var("secret", default="y", sensitive=True),),
        ),
        environment=["STAGE"],
    )
    later = Action.DECIDE_LATER
    assert actions(plan) == {
        "calendar": Action.RUN, "load": later, "report": later, "secretly": later, "once": later,
        "hidden": later,
    }  # fmt: skip
    assert reason(plan, "load") == "its if waits for calendar"
    assert reason(plan, "report") == "runs only if load does"
    assert reason(plan, "secretly") == "its if waits for env.STAGE"
    assert reason(plan, "once") == "its if waits for the run's id"
    assert reason(plan, "hidden") == "its if waits for the sensitive variable secret"


def test_an_if_knows_the_id_of_a_run_that_is_under_way() -> None:
    project = spec(job("a", condition="run.id == 'x'"), job("b", condition="run.id != 'x'"))
    plan = planned(project, run_id="x")
    assert actions(plan) == {"a": Action.RUN, "b": Action.SKIP}


def test_a_reason_names_the_jobs_that_are_open_not_all_that_stand_between() -> None:
    plan = planned(
        spec(
            job("a", parameter("x")),
            job("b", condition="jobs.a.outputs.x"),
            job("c", needs=["b"]),
            job("d", needs=["b", "c"]),
            job("e", needs=["a", "d"], condition="jobs.a.outputs.x"),
            job("f", needs=["d", "e"]),
            *(job(f"open{n}", condition="jobs.a.outputs.x") for n in range(5)),
            job("many", needs=[f"open{n}" for n in range(5)]),
            job("after_many", needs=["many"]),
        )
    )
    assert reason(plan, "d") == "runs only if b does"
    assert reason(plan, "e") == "runs only if b does, and its if waits for a"
    assert reason(plan, "f") == "runs only if b and e do"
    assert reason(plan, "many") == "runs only if open0, open1, open2 and others do"
    assert reason(plan, "after_many") == "runs only if open0, open1, open2 and others do"


def test_a_job_for_failures_waits_for_one() -> None:
    plan = planned(
        spec(
            job("a"),
            job("b", needs=["a"]),
            job("notify", needs=["a"], trigger=Trigger.ANY_FAILED),
            job("alarm", needs=["b"], trigger=Trigger.ANY_FAILED),
        )
    )
    assert actions(plan)["notify"] is Action.DECIDE_LATER
    assert reason(plan, "notify") == "runs only if a fails"
    assert reason(plan, "alarm") == "runs only if b, or a job before it, fails"


def test_a_job_for_failures_is_skipped_when_nothing_can_fail() -> None:
    plan = planned(
        spec(job("a", condition=False), job("notify", needs=["a"], trigger=Trigger.ANY_FAILED))
    )
    assert actions(plan)["notify"] is Action.SKIP
    assert reason(plan, "notify") == "nothing runs before it that could fail"


def test_a_job_for_failures_waits_for_what_stands_before_a_skipped_need() -> None:
    plan = planned(
        spec(
            job("a"),
            job("b", needs=["a"], condition=False),
            job("notify", needs=["b"], trigger=Trigger.ANY_FAILED),
        )
    )
    assert actions(plan)["notify"] is Action.DECIDE_LATER


def test_an_if_that_yields_no_boolean_is_an_error_at_its_place() -> None:
    wrong_if = job("a", condition="vars.x", places={"if": place(33, 7)})
    (wrong,) = complaints(spec(wrong_if, variables=(var("x", default="yes"),)))
    assert wrong.code == "not-a-boolean"
    assert wrong.place == place(33, 7)
    assert wrong.message == "if: it yields text, not a boolean"


def test_an_if_that_can_not_be_evaluated_is_an_error() -> None:
    (wrong,) = complaints(
        spec(job("a", condition="length(vars.x) > `1`"), variables=(var("x", default=5),))
    )
    assert wrong.code == "evaluation"
    assert wrong.message.startswith("if: ")


def test_only_selected_jobs_are_planned() -> None:
    plan = planned(spec(job("a"), job("b"), job("c", needs=["a"])), selected={"a", "c"})
    assert list(actions(plan)) == ["a", "c"]


def test_a_skipped_job_may_name_a_machine_that_does_not_exist() -> None:
    project = spec(job("a", parameter("x", "${{ env.GONE }}"), condition=False))
    plan = planned(project, findings={})
    assert actions(plan) == {"a": Action.SKIP}
    assert plan.jobs[0].input == {}


def test_the_plan_holds_what_the_machine_was_found_to_be() -> None:
    project = spec(job("a"))
    plan = planned(project)
    assert plan.jobs[0].revision == "revision-of-a"
    arns = [plan.jobs[0].machine]
    express = planned(project, findings=found(arns, MachineType.EXPRESS))
    assert express.jobs[0].machine_type is MachineType.EXPRESS
