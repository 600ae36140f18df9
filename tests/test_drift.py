from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner import drift, identity
from runner.errors import AccessDenied, Place, ProviderError
from runner.memory import Past
from runner.model import AwsPlatform, LocalPlatform, RerunOn, RunPolicy, Trigger
from runner.plan import (
    KNOWN_AFTER_APPLY,
    Action,
    InputChange,
    KnownExecution,
    LateVariable,
    Plan,
    PlannedJob,
)
from runner.provider import Execution, ExecutionStatus, routed_versions
from tests.fakes import plans

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runner.drift import Drift

MORNING = datetime(2026, 11, 19, 3, tzinfo=UTC)
RUN, RETRY, ADOPT = Action.RUN, Action.RETRY, Action.ADOPT
UP_TO_DATE, LATER, SKIP = Action.UP_TO_DATE, Action.DECIDE_LATER, Action.SKIP
SUCCEEDED, FAILED, RUNNING = (
    ExecutionStatus.SUCCEEDED,
    ExecutionStatus.FAILED,
    ExecutionStatus.RUNNING,
)


def job(name: str, action: Action = UP_TO_DATE, *needs: str, **fields: Any) -> PlannedJob:
    """A job as planned; `machine` may name another one than its own, with a qualifier."""
    made = {
        key: fields.pop(key)
        for key in ("when", "trigger", "express", "run", "parameters", "reason")
        if key in fields
    }
    machine, _, qualifier = fields.pop("machine", name).partition(":")
    arn = replace(plans.machine(machine), qualifier=qualifier or None)
    fields = {"revision": "now"} | fields
    return replace(plans.job(name, needs, action=action, **made), machine=arn, **fields)


def plan(*jobs: PlannedJob, per_run: str | None = None, local: bool = False) -> Plan:
    place = Place("specs/project.yaml")
    platform = LocalPlatform("local", place) if local else AwsPlatform("local", "us-east-1", place)
    late = (LateVariable(per_run, None, per_run=True),) if per_run else ()
    return replace(plans.plan(*jobs), platforms={"local": platform}, late_variables=late)


def execution(
    of: PlannedJob,
    status: ExecutionStatus = SUCCEEDED,
    *,
    hours: float = 0,
    version: str | None = None,
    alias: str | None = None,
    work: str = "0" * 20,
) -> Execution:
    name = identity.execution_name("shop", of.name, work, run_id=None, attempt=1)
    began = MORNING + timedelta(hours=hours)
    return Execution(
        of.machine.execution(name),
        name,
        status,
        status.value,
        began,
        began + timedelta(minutes=5),
        version=version,
        alias=alias,
    )


def past(*executions: Execution, **fields: Any) -> Past:
    return Past(**fields).added(*executions)


def known(of: Execution) -> KnownExecution:
    return KnownExecution(of.arn, of.name, of.status.value)


def look(
    made: Plan,
    pasts: Mapping[str, Past] | None = None,
    revision_of: Callable[[str], str | ProviderError] = lambda _: "now",
) -> tuple[Drift, list[int]]:
    """The drift, and how many questions each round had."""
    rounds: list[int] = []
    asking = drift.look(made, pasts or {})
    try:
        questions = next(asking)
        while True:
            arns = [arn for some in questions.values() for arn in some]
            rounds.append(len(arns))
            questions = asking.send({arn: revision_of(arn) for arn in arns})
    except StopIteration as stop:
        found: Drift = stop.value
        return found, rounds


def would_run(made: Plan, pasts: Mapping[str, Past] | None = None) -> list[str]:
    return [each.job.name for each in look(made, pasts)[0].would_run]


def test_a_project_at_rest_has_not_drifted() -> None:
    found, rounds = look(plan(job("a"), job("b", UP_TO_DATE, "a"), job("c", SKIP)))
    assert not found.is_found
    assert (found.jobs, found.unknown, found.under_way, rounds) == (3, (), (), [])


def test_a_job_that_would_run_has_drifted_and_so_has_what_follows() -> None:
    made = plan(
        job("a", RUN, reason="changed"),
        job("b", RUN, "a", reason="after a"),
        job("c", RETRY, reason="it failed"),
        job("d"),
    )
    found, _ = look(made)
    assert [(each.job.name, each.reason) for each in found.would_run] == [
        ("a", "changed"),
        ("b", "after a"),
        ("c", "it failed"),
    ]


def test_what_runs_every_time_has_not_drifted_and_neither_has_what_follows() -> None:
    made = plan(
        job("always", RUN, run=RunPolicy.ALWAYS),
        job("express", RUN, express=True),
        job("stamped", RUN, parameters=[plans.input_("run", "${{ run.id }}")]),
        job("after_always", RUN, "always"),
        job("after_express", RUN, "express"),
        job("after_stamped", RUN, "stamped", "always"),
        job("last", RUN, "after_always", "after_stamped"),
    )
    assert would_run(made) == []


def test_a_change_shows_beside_a_need_that_runs_every_time() -> None:
    made = plan(
        job("always", RUN, run=RunPolicy.ALWAYS),
        job("changed", RUN),
        job("after_both", RUN, "always", "changed"),
    )
    assert would_run(made) == ["changed", "after_both"]


def test_what_runs_locally_runs_every_time() -> None:
    assert would_run(plan(job("a", RUN), job("b", RUN, "a"), local=True)) == []


def test_a_job_that_is_not_selected_has_not_drifted_itself() -> None:
    made = plan(job("a", RUN, is_selected=False), job("b", RUN, "a"))
    found, _ = look(made)
    assert [each.job.name for each in found.would_run] == ["b"]
    assert found.jobs == 1


def test_an_open_gate_is_no_drift() -> None:
    made = plan(
        job("changed", RUN),
        job("handler", LATER, "changed", trigger=Trigger.ANY_FAILED),
        job("maybe", LATER, "changed", when="jobs.changed.outputs.x"),
        job("after_maybe", LATER, "maybe"),
        job("whatever", LATER, "maybe", trigger=Trigger.ALL_FINISHED),
    )
    never = dict.fromkeys(["handler", "maybe", "after_maybe"], past())
    assert would_run(made, never) == ["changed"]
    assert would_run(made, {**never, "whatever": past()}) == ["changed", "whatever"]


LATER_JOB = job("later", LATER, "express")


def after_express(**fields: Any) -> Plan:
    return plan(job("express", RUN, express=True), replace(LATER_JOB, **fields))


@pytest.mark.parametrize(
    ("seen", "drifted"),
    [
        (past(execution(LATER_JOB)), False),
        (past(), True),
        (past(complete=False), False),
        (past(problem="denied"), False),
        (past(execution(LATER_JOB, FAILED)), True),
        (past(execution(LATER_JOB, RUNNING), execution(LATER_JOB, FAILED, work="1" * 20)), False),
    ],
)
def test_a_job_behind_an_express_output_drifted_where_it_will_run_in_any_case(
    seen: Past, drifted: bool
) -> None:
    assert (would_run(after_express(), {"later": seen}) == ["later"]) is drifted


def test_a_job_behind_an_express_output_drifted_where_something_else_changed() -> None:
    done = {"later": past(execution(LATER_JOB))}
    assert would_run(after_express(changes=(InputChange("n", 1, 2),)), done) == ["later"]
    waiting = InputChange("n", {"x": [1]}, {"x": [f"at {KNOWN_AFTER_APPLY}"]})
    assert would_run(after_express(changes=(waiting,)), done) == []


def test_what_follows_a_job_that_will_run_in_any_case_drifted_too() -> None:
    made = replace(
        after_express(),
        jobs=(
            *after_express().jobs,
            job("last", LATER, "later"),
            job("x", LATER, "last", when="vars.a"),
        ),
    )
    found, _ = look(made, {"later": past()})
    assert [(each.job.name, each.reason) for each in found.would_run] == [
        ("later", "never run"),
        ("last", "after later"),
    ]


def test_for_a_job_that_runs_once_any_success_may_do() -> None:
    done = past(execution(LATER_JOB), execution(LATER_JOB, FAILED, hours=1, work="1" * 20))
    once = after_express(run=RunPolicy.ONCE, changes=(InputChange("n", 1, 2),))
    assert would_run(once, {"later": done}) == []
    assert would_run(once, {"later": past(execution(LATER_JOB, FAILED))}) == ["later"]


def test_a_variable_of_each_run_is_meant_to_change() -> None:
    day = plans.input_("day", "${{ vars.run_date }}")
    nightly = job("a", RUN, parameters=[day], changes=(InputChange("day", "18", "19"),))
    done = {"a": past(execution(nightly))}
    assert would_run(plan(nightly, per_run="run_date"), done) == []
    assert would_run(plan(nightly), done) == ["a"]
    more = replace(nightly, changes=(*nightly.changes, InputChange("limit", 1, 2)))
    assert would_run(plan(more, per_run="run_date"), done) == ["a"]
    moved = replace(nightly, machine=replace(nightly.machine, qualifier="live"))
    assert would_run(plan(moved, per_run="run_date"), done) == ["a"]
    failed = replace(nightly, action=RETRY)
    assert would_run(plan(failed, per_run="run_date"), done) == ["a"]


def test_a_watermark_that_moved_on_is_no_change() -> None:
    cursor = plans.inout("cursor", "0", carry=True)
    done = {"later": past(execution(LATER_JOB))}
    moved = InputChange("cursor", "0", "42")
    assert would_run(after_express(parameters=(cursor,), changes=(moved,)), done) == []
    more = (moved, InputChange("limit", 1, 2))
    assert would_run(after_express(parameters=(cursor,), changes=more), done) == ["later"]


def test_what_is_under_way_is_told_apart() -> None:
    made = plan(job("a", ADOPT), job("b", RUN, "a"), job("c", LATER, "b", when="vars.x"))
    found, _ = look(made)
    assert [each.name for each in found.under_way] == ["a", "b", "c"]
    assert not found.is_found


@pytest.mark.parametrize(
    ("revision", "versions"),
    [
        ("version 3 100%", {"3"}),
        ("version 3 90%, version 12 10%", {"3", "12"}),
        ("version 3 100%, version 4 0%", {"3"}),
        ("", set()),
    ],
)
def test_the_revision_of_an_alias_tells_where_it_leads(revision: str, versions: set[str]) -> None:
    assert routed_versions(revision) == versions


def test_an_alias_drifted_when_it_leads_no_longer_to_the_version_that_ran() -> None:
    one = job("one", machine="m:live", revision="version 3 90%, version 4 10%")
    two = job("two", machine="m:live", revision="version 3 90%, version 4 10%")
    pasts = {
        "one": past(execution(one, version="4", alias="live")),
        "two": past(execution(two, version="2", alias="live")),
    }
    found, rounds = look(plan(one, two), pasts)
    assert [(each.job.name, each.before, each.is_rerouted) for each in found.moved] == [
        ("two", "version 2", True)
    ]
    assert found.moved[0].now == "version 3 90%, version 4 10%"
    assert rounds == []


def test_a_version_can_not_move() -> None:
    pinned = job("a", machine="m:3", revision="arn:whatever:3")
    found, rounds = look(plan(pinned), {"a": past(execution(pinned, version="2"))})
    assert (found.is_found, found.unknown, rounds) == (False, (), [])


def test_the_newest_success_counts_and_not_what_failed_after_it() -> None:
    one = job("one", machine="m:live", revision="version 3 100%")
    ran = past(execution(one, version="3", hours=0), execution(one, FAILED, version="2", hours=1))
    assert look(plan(one), {"one": ran})[0].moved == ()


@given(st.data())
def test_the_first_job_of_todays_revision_is_found_with_few_questions(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 60))
    hours = data.draw(st.lists(st.integers(0, 40), min_size=size, max_size=size))
    since = data.draw(st.integers(-1, 41))
    jobs = [job(f"j{n}", machine="shared") for n in range(size)]
    runs = {each.name: execution(each, hours=h) for each, h in zip(jobs, hours, strict=True)}
    by_arn = {run.arn: h for run, h in zip(runs.values(), hours, strict=True)}
    found, rounds = look(
        plan(*jobs),
        {name: past(run) for name, run in runs.items()},
        lambda arn: "now" if by_arn[arn] >= since else "before",
    )
    assert [each.job.name for each in found.moved] == [
        each.name for each, h in zip(jobs, hours, strict=True) if h < since
    ]
    assert {each.before for each in found.moved} <= {"before", None}
    assert found.unknown == ()
    assert sum(rounds) <= 3 + math.ceil(math.log2(size))
    if min(hours) >= since:
        assert rounds == [1]


def test_machines_are_asked_about_together() -> None:
    jobs = [job(f"j{n}") for n in range(50)]
    found, rounds = look(plan(*jobs), {each.name: past(execution(each)) for each in jobs})
    assert rounds == [50]
    assert not found.is_found


def test_nothing_is_asked_where_the_fingerprint_tells_the_revision() -> None:
    one = job("one", rerun_on=RerunOn.REVISION)
    ran = execution(one)
    found, rounds = look(plan(replace(one, execution=known(ran))), {"one": past(ran)})
    assert (found.is_found, rounds) == (False, [])


def test_what_can_not_be_asked_is_unknown_and_what_was_told_before_stays() -> None:
    jobs = [job(f"j{n}", machine="shared") for n in range(9)]
    runs = {each.name: execution(each, hours=n) for n, each in enumerate(jobs)}
    middle = {runs[each.name].arn for each in jobs[1:8]}

    def revision_of(arn: str) -> str | ProviderError:
        if arn in middle:
            return AccessDenied("not allowed to describe it")
        return "before" if arn == runs["j0"].arn else "now"

    found, _ = look(plan(*jobs), {name: past(run) for name, run in runs.items()}, revision_of)
    assert [each.job.name for each in found.moved] == ["j0"]
    (unknown,) = found.unknown
    assert [each.name for each in unknown.jobs] == [f"j{n}" for n in range(1, 8)]
    assert unknown.reason == "not allowed to describe it"


@pytest.mark.parametrize(
    ("fields", "seen", "says"),
    [
        ({"revision": "unknown"}, past(execution(job("a"))), "does not tell its revision"),
        ({}, past(problem="ListExecutions: denied"), "can't be looked up: ListExecutions: denied"),
        ({}, past(complete=False, rows=20_000), "the newest 20,000 executions"),
        ({}, past(execution(job("a"), version="3")), "of a version or an alias"),
        ({"machine": "a:live", "revision": "version 3 100%"}, past(execution(job("a"))), "version"),
    ],
)
def test_what_can_not_be_compared_is_unknown(fields: dict[str, Any], seen: Past, says: str) -> None:
    found, rounds = look(plan(job("a", **fields)), {"a": seen})
    (unknown,) = found.unknown
    assert says in unknown.reason
    assert (found.is_found, rounds) == (False, [])


def test_a_job_that_may_or_may_not_have_run_is_unknown() -> None:
    unseen = job("a", LATER, reason="runs only if it never did")
    found, _ = look(plan(unseen), {"a": past(complete=False, rows=9_000)})
    assert not found.is_found
    assert [each.jobs for each in found.unknown] == [(unseen,)]


def test_a_machine_that_tells_no_revision_of_an_execution_is_unknown() -> None:
    one = job("one")
    found, _ = look(plan(one), {"one": past(execution(one))}, lambda _: "unknown")
    assert [each.reason for each in found.unknown] == ["it is not told which revision ran"]


def test_of_a_job_that_would_run_nothing_more_is_asked_than_can_be_known() -> None:
    one = job("one", RUN, reason="changed")
    found, _ = look(plan(one), {"one": past(execution(one, version="3", alias="live"))})
    assert (found.unknown, found.moved) == ((), ())
    assert [each.job.name for each in found.would_run] == ["one"]


def test_express_jobs_and_skipped_machines_are_not_compared() -> None:
    made = plan(job("e", RUN, express=True), job("s", SKIP, revision=None))
    pasts = {"e": past(execution(job("e"))), "s": past(execution(job("s")))}
    found, rounds = look(made, pasts)
    assert (found.moved, found.unknown, rounds) == ((), (), [])
