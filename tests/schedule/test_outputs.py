"""What jobs send and hand on."""

from __future__ import annotations

from decimal import Decimal

from runner.model import ParameterType
from runner.plan import SENSITIVE
from tests.fakes import (
    FakeProvider,
    Outcome,
    Ran,
    answers,
    inout,
    input_,
    job,
    output,
    plan,
    run,
)


def inputs_of(ran: Ran) -> list[str]:
    return [request.input for request in ran.provider.starts]


def test_an_output_becomes_the_input_of_what_follows() -> None:
    made = plan(
        job("a", parameters=[output("rows")]),
        job("b", ["a"], parameters=[input_("n", "${{ jobs.a.outputs.rows }}")]),
    )
    assert inputs_of(run(made, FakeProvider(a=answers(rows=5)))) == ["{}", '{"n":5}']


def test_numbers_keep_their_digits_on_the_way() -> None:
    made = plan(
        job("a", parameters=[output("x")]),
        job("b", ["a"], parameters=[input_("x", "${{ jobs.a.outputs.x }}")]),
    )
    provider = FakeProvider(a=Outcome(output='{"x": 1.10}'))
    assert inputs_of(run(made, provider))[1] == '{"x":1.10}'


def test_variables_the_environment_and_the_run_are_seen() -> None:
    made = plan(
        job(
            "a",
            parameters=[
                input_("x", "${{ vars.v }}/${{ env.E }}/${{ run.id }}/${{ project.name }}")
            ],
        )
    )
    ran = run(made, context={"vars": {"v": 1}, "env": {"E": "e"}}, run_id="r7")
    assert inputs_of(ran) == ['{"x":"1/e/r7/shop"}']


def test_an_inout_is_sent_and_seen_updated_by_later_jobs() -> None:
    made = plan(
        job("a", parameters=[inout("cursor", "0")]),
        job("b", ["a"], parameters=[input_("from", "${{ jobs.a.outputs.cursor }}")]),
    )
    ran = run(made, FakeProvider(a=answers(cursor="42")))
    assert inputs_of(ran) == ['{"cursor":"0"}', '{"from":"42"}']


def test_an_inout_that_the_output_lacks_keeps_what_was_sent_and_is_reported() -> None:
    made = plan(
        job("a", parameters=[inout("cursor", "0")]),
        job("b", ["a"], parameters=[input_("from", "${{ jobs.a.outputs.cursor }}")]),
    )
    ran = run(made, FakeProvider(a=answers()))
    assert inputs_of(ran)[1] == '{"from":"0"}'
    assert ran.results.jobs[0].missing == ("cursor",)


def test_a_missing_output_is_reported_and_null() -> None:
    made = plan(
        job("a", parameters=[output("rows")]),
        job("b", ["a"], parameters=[input_("n", "${{ jobs.a.outputs.rows }}")]),
    )
    ran = run(made, FakeProvider(a=Outcome(output="[1]")))
    assert ran.statuses == {"a": "succeeded", "b": "succeeded"}
    assert ran.results.jobs[0].missing == ("rows",)
    assert inputs_of(ran)[1] == '{"n":null}'


def test_a_required_output_that_does_not_fit_fails_the_job() -> None:
    made = plan(job("a", parameters=[output("rows", type=ParameterType.INTEGER, required=True)]))
    ran = run(made, FakeProvider(a=answers(rows="many")))
    assert ran.statuses == {"a": "failed"}
    assert "'rows'" in ran.reasons["a"]
    assert ran.results.jobs[0].misfits[0][0] == "rows"


def test_an_optional_output_that_does_not_fit_is_reported() -> None:
    made = plan(job("a", parameters=[output("rows", type=ParameterType.INTEGER)]))
    ran = run(made, FakeProvider(a=answers(rows="many")))
    assert ran.statuses == {"a": "succeeded"}
    assert [name for name, _ in ran.results.jobs[0].misfits] == ["rows"]


def test_an_output_that_does_not_fit_the_next_input_fails_that_job_before_it_starts() -> None:
    made = plan(
        job("a", parameters=[output("x")]),
        job(
            "b",
            ["a"],
            parameters=[input_("n", "${{ jobs.a.outputs.x }}", type=ParameterType.INTEGER)],
        ),
    )
    ran = run(made, FakeProvider(a=answers(x="many")))
    assert ran.statuses == {"a": "succeeded", "b": "failed"}
    assert ran.reasons["b"].startswith("parameters.n: ")
    assert ran.provider.started == ["a"]


def test_an_input_over_the_limit_is_not_sent_and_names_the_largest() -> None:
    made = plan(
        job("a", parameters=[output("x")]),
        job(
            "b",
            ["a"],
            parameters=[
                input_("big", "${{ jobs.a.outputs.x }}"),
                input_("twin", "${{ jobs.a.outputs.x }}"),
                input_("small", 1),
            ],
        ),
    )
    ran = run(made, FakeProvider(a=answers(x="é" * 70_000)))
    assert ran.statuses["b"] == "failed"
    assert "280,0" in ran.reasons["b"]
    assert "262,144" in ran.reasons["b"]
    assert "big (140,002 bytes)" in ran.reasons["b"]
    assert ran.provider.started == ["a"]


def test_sensitive_values_are_in_no_document() -> None:
    secret, made_up = "hunter2-hunter2", "derived-secret-9"
    made = plan(
        job(
            "a",
            parameters=[
                input_("token", "Bearer ${{ env.TOKEN }}", sensitive=True),
                output("session", sensitive=True),
                output("echo"),
            ],
        ),
        job(
            "b",
            ["a"],
            parameters=[input_("session", "${{ jobs.a.outputs.session }}", sensitive=True)],
        ),
    )
    provider = FakeProvider(
        a=answers(session=made_up, echo=f"you sent Bearer {secret}"),
        b=Outcome("FAILED", error="Denied", cause=f"bad session {made_up}"),
    )
    ran = run(
        made,
        provider,
        context={"vars": {}, "env": {"TOKEN": secret}},
        secrets=[secret],
        include_inputs=True,
    )
    assert provider.starts[1].input == f'{{"session":"{made_up}"}}'
    for document in ran.documents:
        assert secret not in document
        assert made_up not in document
    first, second = ran.results.jobs
    assert first.outputs["session"] == SENSITIVE
    assert first.outputs["echo"] == f"you sent {SENSITIVE}"
    assert second.input == {"session": SENSITIVE}
    assert second.reason == f"Denied: bad session {SENSITIVE}"


def test_a_sensitive_value_too_short_to_be_found_in_texts_is_masked_where_it_stands() -> None:
    made = plan(
        job("a", parameters=[input_("pin", "x1", sensitive=True), output("n", sensitive=True)])
    )
    (result,) = run(made, FakeProvider(a=answers(n=7)), include_inputs=True).results.jobs
    assert result.outputs == {"n": SENSITIVE}
    assert result.input == {"pin": SENSITIVE}


def test_a_sensitive_value_that_does_not_fit_is_not_shown() -> None:
    made = plan(
        job(
            "a",
            parameters=[output("pin", type=ParameterType.INTEGER, required=True, sensitive=True)],
        )
    )
    ran = run(made, FakeProvider(a=answers(pin="s3cr3t-pin")))
    assert ran.statuses == {"a": "failed"}
    assert not any("s3cr3t-pin" in document for document in ran.documents)


def test_inputs_are_in_the_results_only_when_asked_for() -> None:
    made = plan(job("a", parameters=[input_("x", Decimal("1.50"))]))
    assert run(made).results.jobs[0].input is None
    assert run(made, include_inputs=True).results.jobs[0].input == {"x": Decimal("1.50")}
    assert run(made).results.jobs[0].input_bytes == len('{"x":1.50}')
