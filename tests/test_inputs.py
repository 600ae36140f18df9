"""A job's final input, rendered and bounded."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner import inputs, values
from runner.inputs import InputError
from runner.model import ParameterType
from tests.fakes import inout, input_, job, output

NOTHING: dict[str, values.Json] = {"vars": {}, "env": {}, "jobs": {}}

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


def test_inputs_and_inouts_are_sent_in_the_specs_order() -> None:
    made = job("a", parameters=[input_("z", 1), output("rows"), inout("a", "x"), input_("m", None)])
    assert inputs.render(made, NOTHING).text == '{"z":1,"a":"x","m":null}'


def test_no_parameters_are_an_empty_object() -> None:
    assert inputs.render(job("a"), NOTHING).text == "{}"


@given(JSON)
def test_what_another_job_hands_on_arrives_unchanged(value: values.Json) -> None:
    made = job("b", ["a"], parameters=[input_("x", "${{ jobs.a.outputs.x }}")])
    context: dict[str, values.Json] = {**NOTHING, "jobs": {"a": {"outputs": {"x": value}}}}
    text = inputs.render(made, context).text
    json.loads(text)
    arrived = values.parse(text)
    assert isinstance(arrived, dict)
    assert values.canonical(arrived["x"]) == values.canonical(value)


def test_size_counts_bytes_of_utf8() -> None:
    assert inputs.render(job("a", parameters=[input_("x", "é")]), NOTHING).size == 10


def test_the_largest_input_is_taken_and_one_byte_more_is_not() -> None:
    room = inputs.MAX_BYTES - len('{"x":""}')
    half = "y" * (room // 2)
    rest = "y" * (room - room // 2)
    context: dict[str, values.Json] = {**NOTHING, "vars": {"a": half, "b": rest}}
    fits = job("a", parameters=[input_("x", "${{ vars.a }}${{ vars.b }}")])
    assert inputs.render(fits, context).size == inputs.MAX_BYTES
    with pytest.raises(InputError, match=r"262,145 bytes.*the largest parameters are y \(131,0"):
        inputs.render(
            job("a", parameters=[input_("x", "${{ vars.a }}"), input_("y", "${{ vars.b }}y")]),
            {**context, "vars": {"a": half[7:], "b": rest}},
        )


@pytest.mark.parametrize("length", [300_000, 3_000_000])
def test_the_size_of_a_sensitive_value_is_not_told(length: int) -> None:
    made = job("a", parameters=[input_("x", "y" * length, sensitive=True), input_("n", 1)])
    with pytest.raises(InputError) as caught:
        inputs.render(made, NOTHING)
    assert str(caught.value).startswith(
        "the input is too large, more than the 262,144 bytes that Step Functions takes; "
        "the largest parameters are x (sensitive), n (1 bytes): put"
    )


def test_only_public_values_may_enter_a_hash() -> None:
    made = job(
        "a",
        parameters=[
            input_("day", "x"),
            input_("token", "secret", sensitive=True, revision=3),
            inout("cursor", "9", carry=True),
            input_("both", "secret", sensitive=True, carry=True),
        ],
    )
    rendered = inputs.render(made, NOTHING)
    assert rendered.compared == {"day": "x"}
    hashed = inputs.public(made, NOTHING, {})
    assert hashed.values == {"day": "x"}
    assert hashed.sensitive == {"token": 3}
    assert hashed.derived == {}
    assert rendered.secrets == ("secret", "secret")


def test_a_value_that_does_not_fit_its_type_names_the_parameter() -> None:
    made = job("a", parameters=[input_("n", "${{ vars.n }}", type=ParameterType.INTEGER)])
    with pytest.raises(InputError, match=r"parameters\.n: .*many"):
        inputs.render(made, {**NOTHING, "vars": {"n": "many"}})


def test_a_sensitive_value_that_does_not_fit_is_not_shown() -> None:
    made = job(
        "a", parameters=[input_("n", "${{ env.N }}", type=ParameterType.INTEGER, sensitive=True)]
    )
    with pytest.raises(InputError) as caught:
        inputs.render(made, {**NOTHING, "env": {"N": "hunter2"}})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("theirs", "same"),
    [
        (None, True),
        ('{"x": 1.0, "y": {"b": 2, "a": 1}, "t": "old"}', True),
        ('{"y": {"a": 1, "b": 2}, "x": 1.0}', True),
        ('{"x": 1, "y": {"a": 1, "b": 2}}', False),
        ('{"x": true, "y": {"a": 1, "b": 2}}', False),
        ('{"x": 1.0}', False),
        ('{"x": 1.0, "y": {"a": 1, "b": 2}, "z": 1}', False),
        ("[]", False),
        ("{", False),
    ],
)
def test_two_inputs_are_the_same_work(theirs: str | None, same: bool) -> None:
    made = job(
        "a",
        parameters=[
            input_("x", Decimal("1.0")),
            input_("y", {"a": 1, "b": 2}),
            input_("t", "new", sensitive=True),
        ],
    )
    assert inputs.same_work(inputs.render(made, NOTHING), theirs) is same
