from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from runner.model import Direction, ParameterType
from runner.plan import KNOWN_AFTER_APPLY, SENSITIVE, LateVariable
from runner.planning.preview import MAX_BYTES
from runner.values import compact, encode
from tests.plan_factories import complaints, job, parameter, place, planned, spec, variable

if TYPE_CHECKING:
    from runner.plan import PlannedJob

SECRET = "hunter2-correct-horse"


def the(name: str, *jobs: object, **facts: object) -> PlannedJob:
    project_facts = {key: facts.pop(key) for key in ("variables",) if key in facts}
    plan = planned(spec(*jobs, **project_facts), **facts)  # type: ignore[arg-type]
    return next(each for each in plan.jobs if each.name == name)


def test_what_is_known_is_rendered_and_measured() -> None:
    planned_job = the(
        "a",
        job(
            "a",
            parameter("day", "${{ vars.day }}"),
            parameter("text", "it is é ${{ vars.day }} in ${{ project.name }}"),
            parameter("rate", Decimal("1.10")),
            parameter("count", "7", type=ParameterType.INTEGER),
            parameter("cursor", "0", direction=Direction.INOUT),
            parameter("rows"),
        ),
        variables=(variable("day", default="2024-01-01"),),
    )
    assert planned_job.input == {
        "day": "2024-01-01",
        "text": "it is é 2024-01-01 in shop",
        "rate": Decimal("1.10"),
        "count": 7,
        "cursor": "0",
    }
    assert planned_job.input_bytes == len(encode(compact(dict(planned_job.input))))


def test_no_parameters_are_an_empty_object() -> None:
    assert the("a", job("a")).input_bytes == len("{}")


def test_what_waits_is_shown_as_waiting() -> None:
    planned_job = the(
        "b",
        job("a", parameter("rows")),
        job(
            "b",
            parameter("rows", "${{ jobs.a.outputs.rows }}"),
            parameter("text", {"path": "s3://x/${{ run.id }}/part", "n": 1}),
            parameter("arn", "${{ jobs.a.execution_arn }}"),
        ),
    )
    assert planned_job.input == {
        "rows": KNOWN_AFTER_APPLY,
        "text": {"path": f"s3://x/{KNOWN_AFTER_APPLY}/part", "n": 1},
        "arn": KNOWN_AFTER_APPLY,
    }
    assert planned_job.input_bytes is None


def test_a_variable_of_every_run_is_shown_as_its_expression() -> None:
    planned_job = the(
        "a",
        job("a", parameter("day", "${{ vars.day }}"), parameter("path", "x/${{ vars.day }}")),
        variables=(variable("day", default="2024-01-01", per_run=True),),
    )
    assert planned_job.input == {"day": "${{ vars.day }}", "path": "x/${{ vars.day }}"}
    assert planned_job.input_bytes == len('{"day":"2024-01-01","path":"x/2024-01-01"}')


def test_sensitive_values_and_all_that_derive_from_them_are_hidden() -> None:
    jobs = (
        job(
            "a",
            parameter("token", "Bearer ${{ env.TOKEN }}"),
            parameter("key", "${{ vars.key }}"),
            parameter("declared", "${{ vars.open }}", sensitive=True),
            parameter("open", "${{ vars.open }}"),
            parameter("cursor", "${{ env.TOKEN }}", direction=Direction.INOUT),
            parameter("answer", sensitive=True),
            parameter("rows"),
        ),
        job(
            "b",
            parameter("cursor", "x${{ jobs.a.outputs.cursor }}", direction=Direction.INOUT),
            parameter("answer", {"deep": ["${{ jobs.a.outputs.answer }}"]}),
            parameter("rows", "${{ jobs.a.outputs.rows }}"),
            parameter("status", "${{ jobs.a.status }}"),
        ),
        job("c", parameter("cursor", "${{ jobs.b.outputs.cursor }}")),
    )
    variables = (variable("key", default=SECRET, sensitive=True), variable("open", default="o"))
    plan = planned(spec(*jobs, variables=variables), environment=["TOKEN", "OTHER"])
    shown = {each.name: each.input for each in plan.jobs}
    assert shown["a"] == {
        "token": SENSITIVE,
        "key": SENSITIVE,
        "declared": SENSITIVE,
        "open": "o",
        "cursor": SENSITIVE,
    }
    assert shown["b"] == {
        "cursor": SENSITIVE,
        "answer": SENSITIVE,
        "rows": KNOWN_AFTER_APPLY,
        "status": KNOWN_AFTER_APPLY,
    }
    assert shown["c"] == {"cursor": SENSITIVE}
    flags = {p.name for p in plan.jobs[0].parameters if p.sensitive}
    assert flags == {"token", "key", "declared", "cursor", "answer"}
    assert plan.variables == {"open": "o"}
    assert plan.late_variables == (LateVariable("key", None, sensitive=True),)
    assert plan.environment == ("TOKEN",)
    assert plan.jobs[0].input_bytes is None


def test_an_environment_variable_that_is_not_set_is_an_error_at_the_parameter() -> None:
    (wrong,) = complaints(spec(job("a", parameter("x", "${{ env.GONE }}", place=place(21, 9)))))
    assert wrong.place == place(21, 9)
    assert wrong.message == "parameters.x: env.GONE is not set"


def test_so_is_one_that_an_if_reads() -> None:
    gated = job("a", condition="env.STAGE == 'prod'", places={"if": place(22, 9)})
    (wrong,) = complaints(spec(gated))
    assert (wrong.place, wrong.message) == (place(22, 9), "if: env.STAGE is not set")


def test_an_expression_that_fails_is_an_error_at_the_parameter() -> None:
    (wrong,) = complaints(
        spec(
            job("a", parameter("x", "${{ length(vars.n) }}", place=place(21, 9))),
            variables=(variable("n", default=5),),
        )
    )
    assert wrong.place == place(21, 9)
    assert wrong.message.startswith("parameters.x: ")


def test_a_value_that_does_not_fit_its_type_is_an_error_with_the_way_out() -> None:
    (wrong,) = complaints(
        spec(
            job("a", parameter("n", "${{ vars.n }}", type=ParameterType.INTEGER)),
            variables=(variable("n", default="0x1F"),),
        )
    )
    assert "'0x1F' is not an integer" in wrong.message
    assert wrong.help is not None
    assert "31" in wrong.help


def test_a_sensitive_value_that_does_not_fit_is_not_quoted() -> None:
    (wrong,) = complaints(
        spec(
            job("a", parameter("n", "${{ vars.n }}", type=ParameterType.INTEGER)),
            variables=(variable("n", default=SECRET, sensitive=True),),
        )
    )
    assert SECRET not in repr(wrong)
    assert "not an integer" in wrong.message
    assert wrong.help == "write it like 500 or -1"


def test_an_expression_that_yields_nothing_usable_has_a_way_out() -> None:
    (wrong,) = complaints(spec(job("a", parameter("n", "${{ length(`1`) }}"))))
    assert wrong.code == "bad-value"
    assert wrong.help


def test_the_size_of_a_sensitive_value_is_not_told() -> None:
    parameters = [
        parameter("big", "x" * 200_000, sensitive=True),
        parameter("other", "x" * 100_000),
    ]
    (wrong,) = complaints(spec(job("a", *parameters)))
    assert wrong.message == (
        "the input has more bytes than the 262,144 that Step Functions takes; "
        "the largest parameters are big (sensitive), other (100,002 bytes)"
    )


def test_an_input_that_is_too_large_is_an_error_that_names_the_largest_parameters() -> None:
    parameters = [
        parameter("big", "x" * 200_000),
        parameter("bigger", ["y" * 100_000, "é" * 60_000]),
        *(parameter(f"small{n}", n + 1) for n in range(5)),
    ]
    (wrong,) = complaints(spec(job("a", *parameters)))
    assert wrong.code == "input-too-large"
    assert "bigger (220,007 bytes), big (200,002 bytes)" in wrong.message
    size = len(encode(compact({p.name: p.template.value for p in parameters if p.template})))
    assert f"{size:,}" in wrong.message


@pytest.mark.parametrize(("extra", "fits"), [(0, True), (1, False)])
def test_the_bound_is_exact(extra: int, fits: bool) -> None:
    text = "x" * (MAX_BYTES - len('{"p":""}') + extra)
    project = spec(job("a", parameter("p", text)))
    if fits:
        assert planned(project).jobs[0].input_bytes == MAX_BYTES
    else:
        assert complaints(project)[0].code == "input-too-large"


def test_what_is_known_may_be_too_large_while_something_waits() -> None:
    project = spec(
        job("a", parameter("rows")),
        job("b", parameter("x", "${{ jobs.a.outputs.rows }}"), parameter("p", "x" * MAX_BYTES)),
    )
    assert [each.code for each in complaints(project)] == ["input-too-large"]


def test_a_secret_in_the_spec_is_warned_about_without_quoting_it() -> None:
    plan = planned(spec(job("a", parameter("t", SECRET, sensitive=True, place=place(30)))))
    (warning,) = plan.warnings
    assert warning.place == place(30)
    assert SECRET not in repr(warning)
    clean = planned(
        spec(job("a", parameter("t", "Bearer ${{ env.T }}", sensitive=True))), environment=["T"]
    )
    assert clean.warnings == ()
