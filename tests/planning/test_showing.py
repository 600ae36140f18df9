"""What a job that may start would be sent, and how that differs from the last time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from runner.errors import AccessDenied
from runner.memory import Past
from runner.model import Direction, MachineType, ParameterType, RunPolicy
from runner.plan import KNOWN_AFTER_APPLY, SENSITIVE, Action, InputChange
from runner.planning import decide
from runner.planning.preview import MAX_BYTES
from runner.provider import ExecutionStatus
from tests.plan_factories import (
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
from tests.plan_factories import variable as var
from tests.planning.ledger import Ledger

if TYPE_CHECKING:
    from runner.model import Parameter, Spec
    from runner.plan import Plan, PlannedJob

SECRET = "hunter2-correct-horse"
INTEGER = ParameterType.INTEGER


def of(plan: Plan, name: str) -> PlannedJob:
    return next(each for each in plan.jobs if each.name == name)


def told(project: Spec, ledger: Ledger, **facts: Any) -> Plan:
    facts = {"pasts": ledger.pasts, "remembered": ledger.remembered} | facts
    return planned(project, **facts)


def cursor(value: str = "0", **fields: Any) -> Parameter:
    return parameter("cursor", value, direction=Direction.INOUT, carry=True, **fields)


def test_outputs_of_what_is_up_to_date_stand_in_the_preview() -> None:
    project = spec(
        job("a", parameter("rows", type=INTEGER), parameter("key", sensitive=True)),
        job(
            "b",
            parameter("n", "${{ jobs.a.outputs.rows }}", type=INTEGER),
            parameter("text", "${{ jobs.a.outputs.rows }} of ${{ vars.day }}"),
            parameter("key", "${{ jobs.a.outputs.key }}"),
            parameter("arn", "${{ jobs.a.execution_arn }}"),
            parameter("run", "${{ run.id }}"),
        ),
        variables=(var("day", default="2026-11-19", per_run=True),),
    )
    ledger = Ledger()
    ledger.run(planned(project), "a", output=f'{{"rows": 5, "key": "{SECRET}"}}')
    plan = told(project, ledger)
    assert of(plan, "b").input == {
        "n": 5,
        "text": "${{ vars.day }}",
        "key": SENSITIVE,
        "arn": ledger.seen["a"][0].arn,
        "run": KNOWN_AFTER_APPLY,
    } | {"text": "5 of ${{ vars.day }}"}
    assert of(plan, "b").input_bytes is None
    assert of(plan, "a").input == {}


def test_the_size_is_known_once_all_of_the_input_is() -> None:
    project = spec(
        job("a", parameter("rows")), job("b", parameter("n", "${{ jobs.a.outputs.rows }}"))
    )
    ledger = Ledger()
    ledger.run(planned(project), "a", output='{"rows": [1, 2]}')
    assert of(told(project, ledger), "b").input_bytes == len('{"n":[1,2]}')


def test_an_inout_that_the_output_lacks_is_what_was_sent() -> None:
    project = spec(
        job("a", parameter("at", "x", direction=Direction.INOUT)),
        job("b", parameter("from", "${{ jobs.a.outputs.at }}")),
    )
    ledger = Ledger()
    ledger.run(planned(project), "a", input='{"at": "sent"}', output="{}")
    assert of(told(project, ledger), "b").input == {"from": "sent"}
    ledger = Ledger()
    ledger.run(planned(project), "a", input='{"at": "sent"}', output='{"at": "left"}')
    assert of(told(project, ledger), "b").input == {"from": "left"}


def test_a_bad_value_that_shows_only_now_is_an_error_at_the_job() -> None:
    project = spec(
        job("a", parameter("rows")),
        job(
            "b",
            parameter("n", "${{ jobs.a.outputs.rows }}", type=INTEGER),
            place=place(77),
        ),
        job("c", parameter("n", "${{ run.id }} ${{ length(jobs.a.outputs.rows) }}")),
    )
    ledger = Ledger()
    ledger.run(planned(project), "a", output='{"rows": 1.5}')
    wrong = complaints(project, pasts=ledger.pasts, remembered=ledger.remembered)
    assert [each.code for each in wrong] == ["bad-value", "bad-value"]
    assert wrong[0].place == place(77)
    assert wrong[0].message.startswith("b: parameters.n: ")
    assert wrong[1].message.startswith("c: parameters.n: ")


def test_an_input_that_is_too_large_once_outputs_are_known_is_an_error() -> None:
    project = spec(
        job("a", parameter("x")), job("b", parameter("y", ["${{ jobs.a.outputs.x }}"] * 2))
    )
    ledger = Ledger()
    ledger.run(planned(project), "a", output=f'{{"x": "{"x" * (MAX_BYTES // 2)}"}}')
    (wrong,) = complaints(project, pasts=ledger.pasts, remembered=ledger.remembered)
    assert wrong.code == "bad-value"
    assert "too large" in wrong.message


def test_a_bad_value_of_what_is_not_started_is_nobody_s_business() -> None:
    project = spec(
        job("a", parameter("n")), job("b", parameter("m", "${{ jobs.a.outputs.n }}", type=INTEGER))
    )
    ledger = Ledger()
    ledger.apply(planned(project), {"a": '{"n": "many"}'})
    assert of(told(project, ledger), "b").action is Action.UP_TO_DATE


def test_changes_are_those_against_the_newest_execution() -> None:
    old = spec(job("a", parameter("same", 1), parameter("limit", 10), parameter("gone", SECRET)))
    new = spec(
        job(
            "a",
            parameter("same", 1),
            parameter("limit", 20),
            parameter("fresh", {"b": 1, "a": 2}),
            parameter("token", SECRET, sensitive=True),
            parameter("run", "${{ run.id }}"),
        )
    )
    ledger = Ledger()
    ledger.run(
        planned(old), "a", input=f'{{"same": 1, "limit": 10, "gone": "{SECRET}", "run": "r"}}'
    )
    plan = told(new, ledger)
    assert plan.jobs[0].changes == (
        InputChange("fresh", now={"a": 2, "b": 1}, is_new=True),
        InputChange("gone", is_gone=True),
        InputChange("limit", 10, 20),
        InputChange("run", "r", KNOWN_AFTER_APPLY),
        InputChange("token", now=SENSITIVE, is_new=True),
    )


def test_no_value_of_a_sensitive_parameter_is_shown_nor_that_it_changed() -> None:
    def project(limit: int) -> Spec:
        return spec(job("a", parameter("limit", limit), parameter("t", "x", sensitive=True)))

    ledger = Ledger()
    ledger.run(planned(project(1)), "a", input=f'{{"limit": 1, "t": "{SECRET}"}}')
    assert told(project(2), ledger).jobs[0].changes == (InputChange("limit", 1, 2),)


def test_a_variable_of_the_run_shows_as_its_expression_where_its_value_changed() -> None:
    def project(day: str) -> Spec:
        return spec(
            job("a", parameter("day", "${{ vars.day }}"), parameter("x", "${{ vars.day }}")),
            variables=(var("day", default=day, per_run=True),),
        )

    ledger = Ledger()
    ledger.run(planned(project("1")), "a", input='{"day": "1", "x": "2"}')
    assert told(project("2"), ledger).jobs[0].changes == (
        InputChange("day", "1", "${{ vars.day }}"),
    )


def test_numbers_that_are_spelled_in_another_way_are_a_change() -> None:
    ledger = Ledger()
    ledger.run(planned(spec(job("a", parameter("x", 1)))), "a", input='{"x": 1.0}')
    (change,) = (
        told(spec(job("a", parameter("x", 1), parameter("y", 2))), ledger).jobs[0].changes[:1]
    )
    assert (change.parameter, str(change.before), change.now) == ("x", "1.0", 1)


def test_a_long_value_is_told_by_its_size() -> None:
    old, new = (spec(job("a", parameter("x", letter * 5_000))) for letter in "ab")
    ledger = Ledger()
    ledger.run(planned(old), "a", input=f'{{"x": "{"a" * 5_000}"}}')
    assert told(new, ledger).jobs[0].changes == (
        InputChange("x", "<5,002 bytes>", "<5,002 bytes>"),
    )


def test_an_input_that_was_not_told_shows_no_changes() -> None:
    for sent in (None, "not JSON", "[]"):
        ledger = Ledger()
        ledger.run(planned(spec(job("a", parameter("x", 1)))), "a", input=sent)
        changes = told(spec(job("a", parameter("x", 2))), ledger).jobs[0].changes
        assert all(change.before is None for change in changes)


def test_nothing_is_asked_of_a_job_that_is_up_to_date_or_tried_again() -> None:
    project = spec(job("a", parameter("x")), job("b", parameter("y", 1)))
    ledger = Ledger()
    ledger.run(planned(project), "a")
    ledger.run(planned(project), "b", ExecutionStatus.FAILED)
    drafted, _ = draft(project)
    assert drafted is not None
    asked: list[str] = []
    decided_with(drafted, ledger.pasts, ledger.remembered, asked=asked)
    assert asked == []


def test_a_watermark_is_what_the_newest_success_left() -> None:
    project = spec(job("a", cursor(), parameter("limit", 1)))
    ledger = Ledger()
    ledger.run(planned(project), "a", input='{"cursor": "0"}', output='{"Cursor": "10"}')
    changed = spec(job("a", cursor("7"), parameter("limit", 2)))
    assert told(changed, ledger).jobs[0].input == {"cursor": "10", "limit": 2}
    assert told(project, ledger).jobs[0].action is Action.UP_TO_DATE
    ledger.run(planned(project), "a", input='{"cursor": "10"}', output="{}")
    assert told(changed, ledger).jobs[0].input["cursor"] == "10"


def test_a_watermark_begins_where_there_was_no_success() -> None:
    project = spec(job("a", cursor("7")))
    assert planned(project).jobs[0].input == {"cursor": "7"}
    assert planned(project, findings=None).jobs[0].input == {"cursor": KNOWN_AFTER_APPLY}
    embedded = spec(job("a", cursor("7")), platforms=[local()], machines=[machine("a")])
    assert planned(embedded).jobs[0].input == {"cursor": "7"}
    arns = [planned(project).jobs[0].machine]
    express = planned(project, findings=found(arns, MachineType.EXPRESS))
    assert express.jobs[0].input == {"cursor": "7"}


def test_a_watermark_that_is_sensitive_is_not_shown() -> None:
    project = spec(
        job("a", cursor("${{ vars.s }}")), variables=(var("s", default="x", sensitive=True),)
    )
    ledger = Ledger()
    ledger.run(planned(project), "a", output=f'{{"cursor": "{SECRET}"}}')
    plan = told(project, ledger, rerun={"a"})
    assert plan.jobs[0].input == {"cursor": SENSITIVE}


def test_a_watermark_that_does_not_fit_is_an_error() -> None:
    project = spec(job("a", cursor("5", type=INTEGER), run=RunPolicy.ALWAYS))
    ledger = Ledger()
    ledger.run(planned(spec(job("a"))), "a", output='{"cursor": "many"}')
    (wrong,) = complaints(project, pasts=ledger.pasts, remembered=ledger.remembered)
    assert "what the newest success left does not fit" in wrong.message


def test_a_watermark_never_silently_begins_anew() -> None:
    project = spec(job("a", cursor()))
    for past, why, way_out in (
        (
            Past(rows=20_000, complete=False),
            "it is not among the newest 20,000 executions",
            "raise limits.lookback of the platform aws",
        ),
        (
            Past(complete=False, problem="denied"),
            "denied",
            "let its state machine's executions be listed",
        ),
    ):
        (wrong,) = complaints(project, pasts={"a": past})
        assert wrong.code == "carry-unknown"
        assert wrong.message == (
            f"a: parameters.cursor: what the newest success left is not known: {why}"
        )
        assert wrong.help == f"{way_out}, or set carry: false for a first run"


def test_a_watermark_never_goes_back_to_an_older_one() -> None:
    project = spec(job("a", cursor(), run=RunPolicy.ALWAYS))
    ledger = Ledger()
    for run_id in ("1", "2"):
        ledger.run(planned(project), "a", run_id=run_id, output=f'{{"cursor": "{run_id}"}}')
        ledger.now += timedelta(days=5)
    newest, older = ledger.seen["a"]
    (wrong,) = complaints(project, pasts=ledger.pasts, remembered={older.arn: older})
    assert wrong.code == "carry-unknown"
    assert wrong.message == (
        "a: parameters.cursor: what the newest success left can't be read: the service has "
        f"forgotten {newest.arn}, or does not show it yet"
    )
    assert wrong.help == "apply again in a minute, or set carry: false for a first run"


@pytest.mark.parametrize("status", [ExecutionStatus.FAILED, ExecutionStatus.ABORTED])
def test_a_watermark_is_what_was_sent_where_no_success_is_remembered(
    status: ExecutionStatus,
) -> None:
    project = spec(job("a", cursor(), run=RunPolicy.ALWAYS))
    ledger = Ledger()
    ledger.run(planned(project), "a", status, run_id="1", input='{"cursor": "2"}')
    ledger.run(planned(project), "a", status, run_id="2", input='{"cursor": "3"}')
    assert told(project, ledger).jobs[0].input == {"cursor": "3"}
    (wrong,) = complaints(project, pasts=ledger.pasts, remembered={})
    assert "what the newest execution was sent can't be read: " in wrong.message


def test_a_watermark_whose_execution_tells_no_input_does_not_begin_anew() -> None:
    project = spec(job("a", cursor(), run=RunPolicy.ALWAYS))
    ledger = Ledger()
    ledger.run(planned(project), "a", run_id="1", input=None, output="{}")
    (wrong,) = complaints(project, pasts=ledger.pasts, remembered=ledger.remembered)
    assert "parameters.cursor: what was sent the last time is not told" in wrong.message


def test_a_watermark_that_can_not_be_read_is_refused() -> None:
    project = spec(job("a", cursor(), run=RunPolicy.ALWAYS))
    ledger = Ledger()
    ledger.run(planned(project), "a", run_id="1")
    arn = ledger.seen["a"][0].arn
    drafted, _ = draft(project)
    assert drafted is not None
    steps = decide(drafted, ledger.pasts)
    assert next(steps) == {"aws": (arn,)}
    with pytest.raises(StopIteration) as stop:
        steps.send({arn: AccessDenied("not authorized")})
    assert stop.value.value.plan is None
    (wrong,) = stop.value.value.diagnostics
    assert wrong.code == "carry-unknown"
    assert "what the newest success left can't be read: not authorized" in wrong.message
    assert wrong.help.startswith(f"let {arn} be described, then plan again, or")


def test_what_must_not_be_shown_is_not_asked_for() -> None:
    project = spec(
        job("a", parameter("key", sensitive=True)),
        job("b", parameter("key", "${{ jobs.a.outputs.key }}")),
    )
    ledger = Ledger()
    ledger.run(planned(project), "a")
    drafted, _ = draft(project)
    assert drafted is not None
    asked: list[str] = []
    decided_with(drafted, {"b": Past()} | ledger.pasts, ledger.remembered, asked=asked)
    assert asked == []


def test_one_execution_is_asked_for_once_however_many_read_it() -> None:
    readers = [job(f"j{n:03}", parameter("x", "${{ jobs.a.outputs.x }}")) for n in range(305)]
    project = spec(job("a", parameter("x")), *readers, job("z", parameter("y", 2), needs=["j304"]))
    ledger = Ledger()
    made = planned(project)
    ledger.run(made, "a", output='{"x": 5}')
    ledger.run(planned(spec(job("z", parameter("y", 1)))), "z", input='{"y": 1}')
    drafted, _ = draft(project)
    assert drafted is not None
    pasts = {each.name: Past() for each in made.jobs} | ledger.pasts
    asked: list[str] = []
    decided = decided_with(drafted, pasts, ledger.remembered, asked=asked)
    assert decided.plan is not None
    assert len(asked) == 2
    assert all(of(decided.plan, each.name).input == {"x": 5} for each in readers)
    assert of(decided.plan, "z").changes == (InputChange("y", 1, 2),)


def test_what_is_only_shown_is_bounded() -> None:
    old = spec(*(job(f"j{n:03}", parameter("x", 1)) for n in range(305)))
    new = spec(*(job(f"j{n:03}", parameter("x", 2)) for n in range(305)))
    ledger = Ledger()
    made = planned(old)
    for each in made.jobs:
        ledger.run(made, each.name, input='{"x": 1}')
    drafted, _ = draft(new)
    assert drafted is not None
    asked: list[str] = []
    decided = decided_with(drafted, ledger.pasts, ledger.remembered, asked=asked)
    assert decided.plan is not None
    assert len(asked) == 300
    assert sum(bool(each.changes) for each in decided.plan.jobs) == 300
    assert {each.action for each in decided.plan.jobs} == {Action.RUN}
