"""Saved plans, looked at again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from runner.memory import Past
from runner.model import Direction, MachineType, RerunOn
from runner.plan import Action, from_json, to_json
from runner.planning import refreshed, reviewed, stale
from runner.planning.checks import OFFLINE_WARNINGS
from runner.provider import ExecutionStatus, FoundMachine, MissingMachine
from tests.plan_factories import (
    decided_with,
    found,
    job,
    local,
    machine,
    parameter,
    planned,
    spec,
)
from tests.plan_factories import variable as var
from tests.planning.ledger import Ledger

if TYPE_CHECKING:
    from runner.model import Spec
    from runner.plan import Plan, Stale
    from runner.provider import MachineFinding

PROJECT = spec(job("a", parameter("rows")), job("b", parameter("n", "${{ jobs.a.outputs.rows }}")))


def saved(project: Spec, ledger: Ledger | None = None, **facts: Any) -> Plan:
    """A plan that was saved and loaded."""
    ledger = ledger or Ledger()
    made = planned(project, pasts=ledger.pasts, remembered=ledger.remembered, **facts)
    return from_json(to_json(made))


def found_for(plan: Plan, **changes: MachineFinding) -> dict[str, dict[Any, MachineFinding]]:
    arns = {each.machine: each for each in plan.jobs}
    findings = dict(found(arns))
    for arn, each in arns.items():
        if each.name in changes:
            findings[arn] = replace(changes[each.name], arn=arn)
    return {"aws": findings}


def fresh(plan: Plan, ledger: Ledger | None = None, **changes: MachineFinding) -> Plan:
    """The plan as it is now, nothing remembered but what is in the ledger."""
    ledger = ledger or Ledger()
    drafted, diagnostics = refreshed(plan, found_for(plan, **changes))
    assert drafted is not None, diagnostics
    pasts = {each.name: Past() for each in drafted.jobs} | ledger.pasts
    decided = decided_with(drafted, pasts, ledger.remembered)
    assert decided.plan is not None, decided.diagnostics
    return decided.plan


def moved(revision: str = "another") -> FoundMachine:
    return FoundMachine(planned(PROJECT).jobs[0].machine, MachineType.STANDARD, revision)


def reasons(some: tuple[Stale, ...]) -> dict[str, str]:
    return {each.job: each.reason for each in some}


def test_a_plan_that_nothing_happened_to_is_fresh_to_the_byte() -> None:
    for ledger in (Ledger(), Ledger()):
        plan = saved(PROJECT, ledger)
        assert to_json(fresh(plan, ledger)) == to_json(plan)
        assert stale(plan, fresh(plan, ledger)) == ()
        ledger.apply(plan)


def test_that_a_job_has_finished_or_runs_meanwhile_is_no_reason() -> None:
    plan = saved(PROJECT)
    ledger = Ledger()
    ledger.run(plan, "a", ExecutionStatus.RUNNING)
    assert stale(plan, fresh(plan, ledger)) == ()
    done = Ledger()
    done.apply(plan)
    assert stale(plan, fresh(plan, done)) == ()


def test_what_the_plan_starts_may_be_started_though_it_is_done_or_runs_by_now() -> None:
    plan = saved(PROJECT)
    ledger = Ledger()
    ledger.run(plan, "a", ExecutionStatus.RUNNING)
    now = fresh(plan, ledger)
    assert now.jobs[0].action is Action.ADOPT
    assert reviewed(plan, now) == {"a", "b"}


def test_what_the_plan_takes_for_done_may_not_be_started() -> None:
    ledger = Ledger()
    ledger.run(saved(PROJECT), "a")
    plan = saved(PROJECT, ledger)
    assert plan.jobs[0].action is Action.UP_TO_DATE
    assert reviewed(plan, fresh(plan, ledger)) == {"b"}


def test_what_is_not_as_it_was_reviewed_may_not_be_started_though_it_is_done_by_now() -> None:
    plan = saved(PROJECT)
    ledger = Ledger()
    ledger.run(plan, "a")
    now = fresh(plan, ledger, a=moved())
    assert reasons(stale(plan, now)) == {}
    assert reviewed(plan, now) == {"b"}


def test_a_job_that_the_plan_does_not_start_is_stale_once_it_would() -> None:
    ledger = Ledger()
    ledger.apply(planned(PROJECT))
    plan = saved(PROJECT, ledger)
    other = planned(spec(job("a", parameter("x", 1), parameter("rows"))))
    ledger.run(other, "a")
    now = fresh(plan, ledger)
    assert reasons(stale(plan, now)) == dict.fromkeys(
        ("a", "b"), "it would be started, which the plan does not do"
    )
    assert [each.fresh for each in stale(plan, now)] == list(now.jobs)
    assert [each.saved for each in stale(plan, now)] == list(plan.jobs)


def test_a_machine_that_moved_makes_what_would_start_stale() -> None:
    plan = saved(PROJECT)
    assert reasons(stale(plan, fresh(plan, a=moved()))) == {
        "a": "its state machine has changed since"
    }
    ledger = Ledger()
    ledger.apply(plan)
    assert stale(plan, fresh(plan, ledger, a=moved())) == ()


def test_a_machine_that_moved_is_new_work_where_its_revision_counts() -> None:
    project = spec(job("a", rerun_on=RerunOn.REVISION))
    ledger = Ledger()
    ledger.apply(planned(project))
    plan = saved(project, ledger)
    assert reasons(stale(plan, fresh(plan, ledger, a=moved()))) == {
        "a": "it would be started, which the plan does not do"
    }


def test_a_variable_of_the_run_may_be_given_anew_and_no_other() -> None:
    def project(**fields: Any) -> Spec:
        return spec(
            job("a", parameter("day", "${{ vars.day }}")),
            variables=(var("day", default="1", **fields),),
        )

    for per_run, expected in ((True, {}), (False, {"a": "its work is another than the plan's"})):
        plan = saved(project(per_run=per_run))
        other = fresh(replace(plan, variables={"day": "2"}))
        assert reasons(stale(plan, other)) == expected


def test_jobs_that_are_not_there_are_stale() -> None:
    plan = saved(PROJECT)
    smaller = replace(plan, jobs=plan.jobs[:1])
    assert reasons(stale(smaller, plan)) == {"b": "it is not in the plan"}
    assert stale(plan, smaller) == ()


def test_what_is_not_selected_is_never_started_and_never_stale() -> None:
    ledger = Ledger()
    ledger.apply(planned(PROJECT))
    plan = saved(PROJECT, ledger, selected={"b"})
    assert stale(plan, fresh(plan, ledger, a=moved(), b=moved())) == ()


def test_only_what_is_selected_can_be_stale() -> None:
    plan = saved(PROJECT)
    aside = tuple(replace(each, is_selected=False, revision="other") for each in plan.jobs)
    assert set(reasons(stale(replace(plan, jobs=aside), plan))) == {"a", "b"}
    assert stale(plan, replace(plan, jobs=aside)) == ()


def test_a_plan_of_machines_that_are_gone_or_of_another_type_is_refused() -> None:
    plan = saved(PROJECT)
    arn = plan.jobs[0].machine
    for finding, code in (
        (MissingMachine(arn, "it does not exist"), "no-machine"),
        (FoundMachine(arn, MachineType.STANDARD, "r", "DELETING"), "no-machine"),
        (FoundMachine(arn, MachineType.EXPRESS, "r"), "machine-type"),
    ):
        again, (wrong,) = refreshed(plan, found_for(plan, a=finding))
        assert again is None
        assert wrong.code == code
        assert wrong.place == plan.jobs[0].place


def test_the_machine_of_a_job_that_is_skipped_need_not_be_there() -> None:
    plan = saved(spec(job("a", condition=False)), findings={})
    again, diagnostics = refreshed(plan, {})
    assert diagnostics == ()
    assert again == plan


def test_a_plan_that_was_made_offline_can_be_applied_once_it_is_looked_up() -> None:
    plan = saved(PROJECT, findings=None)
    assert plan.offline
    now = fresh(plan)
    assert not now.offline
    assert [each.revision for each in now.jobs] == ["revision-of-a", "revision-of-b"]
    assert stale(plan, now) == ()
    assert OFFLINE_WARNINGS.isdisjoint(w for each in now.jobs for w in each.warnings)
    ledger = Ledger()
    ledger.apply(now)
    assert stale(plan, fresh(plan, ledger)) == ()


def test_the_embedded_engine_needs_no_look() -> None:
    project = spec(job("a"), platforms=[local()], machines=[machine("a")])
    plan = saved(project)
    again, diagnostics = refreshed(plan, {})
    assert diagnostics == ()
    assert again == plan


def test_the_work_is_the_same_whatever_does_not_count() -> None:
    def work(**fields: Any) -> str:
        return planned(spec(job("a", parameter("x", 1), **fields))).jobs[0].work

    same = work()
    assert len(same) == 32
    assert work(labels={"a": "b"}, timeout=9.0, description="other") == same
    others = {
        work(machine="a:live"),
        work(condition="vars.x || `true`"),
        work(rerun_on=RerunOn.REVISION),
        planned(spec(job("a", parameter("x", 2)))).jobs[0].work,
        planned(spec(job("a", parameter("x", 1, sensitive=True)))).jobs[0].work,
    }
    for begin in ("0", "1"):
        mark = parameter("mark", begin, direction=Direction.INOUT, carry=True)
        others.add(planned(spec(job("a", parameter("x", 1), mark))).jobs[0].work)
    assert len(others) == 7
    assert same not in others


def test_the_work_tells_nothing_of_a_secret() -> None:
    def work(value: str) -> str:
        return planned(spec(job("a", parameter("x", value, sensitive=True)))).jobs[0].work

    assert work("one") == work("two")
