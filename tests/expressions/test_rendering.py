"""Values with `${{ }}` in their strings, rendered."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner import expressions, values
from runner.expressions import (
    EnvironmentReference,
    EvaluationError,
    JobReference,
    Reference,
)

if TYPE_CHECKING:
    from runner.values import Json

CONTEXT: dict[str, Json] = {
    "jobs": {
        "load": {
            "outputs": {"rows": 3, "items": [{"n": 2, "s": "b"}, {"n": 1, "s": "a"}], "none": None},
            "status": "succeeded",
            "execution_arn": "arn:x",
        },
        "skipped": {"outputs": None, "status": "skipped", "execution_arn": None},
    },
    "vars": {
        "day": "2024-01-31",
        "price": Decimal("1.10"),
        "big": 10**40,
        "on": True,
        "none": None,
    },
    "env": {"TOKEN": "s3cret"},
    "run": {"id": "42"},
    "project": {"name": "orders"},
}

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4)
    ),
    max_leaves=12,
)


def render(value: Json, context: dict[str, Json] | None = None) -> Json:
    return expressions.render(expressions.template(value), context or CONTEXT)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${{ vars.price }}", Decimal("1.10")),
        ("${{vars.big}}", 10**40),
        ("${{ vars.on }}", True),
        ("${{ vars.none }}", None),
        ("${{ jobs.load.outputs.items }}", [{"n": 2, "s": "b"}, {"n": 1, "s": "a"}]),
        ("${{ jobs.load.outputs.nothing }}", None),
        ("${{ jobs.skipped.outputs.rows }}", None),
        ("${{ jobs.load.outputs.items[].{a: n} }}", [{"a": 2}, {"a": 1}]),
        ("${{ jobs.load.outputs.items | [0].{a: {b: n}}}}", {"a": {"b": 2}}),
        ("${{ '}}' }}", "}}"),
        ("${{ '${{' }}", "${{"),
        ("${{ 'it\\'s }}' }}", "it's }}"),
        ('${{ `"}}"` }}', "}}"),
        ('${{ `{"a": {}}`}}', {"a": {}}),
        ("${{ run.id }}", "42"),
    ],
)
def test_a_lone_expression_keeps_its_type(text: str, value: Json) -> None:
    rendered = render(text)
    assert rendered == value
    assert values.compact(rendered) == values.compact(value)


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("day ${{ vars.day }}.", "day 2024-01-31."),
        (" ${{ vars.on }}", " true"),
        ("${{ vars.price }}${{ vars.big }}", "1.10" + str(10**40)),
        ("is ${{ vars.none }}", "is null"),
        ("${{ jobs.load.outputs.items[*].n }} items", "[2,1] items"),
        ("{{ ${ }} ${{ run.id }} }} {", "{{ ${ }} 42 }} {"),
        ("$${{ run.id }}", "$42"),
    ],
)
def test_inside_text_a_value_becomes_text(text: str, rendered: str) -> None:
    assert render(text) == rendered


def test_expressions_are_rendered_into_values_at_any_depth() -> None:
    value: Json = {"b": [{"a": "${{ vars.price }}"}, "x ${{ run.id }}"]}
    assert render(value) == {"b": [{"a": Decimal("1.10")}, "x 42"]}


def test_an_expression_in_a_key_is_refused() -> None:
    with pytest.raises(expressions.ExpressionError, match="keys are literal") as caught:
        expressions.template({"b": [{"a ${{ run.id }}": 1}]})
    assert caught.value.path == ("b", 0, "a ${{ run.id }}")


def test_what_an_expression_yields_is_not_read_again() -> None:
    context: dict[str, Json] = {**CONTEXT, "vars": {"x": "${{ env.TOKEN }}"}}
    assert render("${{ vars.x }}", context) == "${{ env.TOKEN }}"
    assert render("a ${{ vars.x }}", context) == "a ${{ env.TOKEN }}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${{ env.OTHER }}", "env.OTHER is not set"),
        ("${{ env.OTHER || 'x' }}", "env.OTHER is not set"),
        ("${{ vars.other }}", "vars.other is not set"),
        ("${{ jobs.other.status }}", "jobs.other is not set"),
    ],
)
def test_what_is_not_set_is_named(text: str, message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        render(text)


def test_a_complaint_holds_no_value() -> None:
    with pytest.raises(EvaluationError) as caught:
        render("${{ abs(env.TOKEN) }}")
    assert "abs() takes number, not string" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_rendered_value_has_a_largest_size() -> None:
    template = expressions.template(["${{ vars.x }}", "${{ vars.x }}"])
    exact: dict[str, Json] = {"vars": {"x": "é" * 48}}
    assert values.size(expressions.render(template, exact, limit=199)) == 199
    with pytest.raises(EvaluationError, match="too large"):
        expressions.render(template, exact, limit=198)
    with pytest.raises(EvaluationError, match="more than 200 bytes"):
        expressions.render(expressions.template("a${{ vars.x }}" * 9), exact, limit=200)


def show(reference: Reference) -> str | None:
    match reference:
        case EnvironmentReference():
            return "<sensitive>"
        case JobReference():
            return "<later>"
        case _:
            return None


def test_a_preview_holds_places_for_what_is_not_known() -> None:
    template = expressions.template(
        {
            "a": "${{ vars.day }}",
            "b": "at ${{ jobs.x.outputs.y }} on ${{ vars.day }}",
            "c": "${{ jobs.x.outputs.y || env.TOKEN }}",
            "d": "${{ sum(jobs.x.outputs.y) }}",
            "e": 1,
        }
    )
    assert expressions.preview(template, CONTEXT, show) == {
        "a": "2024-01-31",
        "b": "at <later> on 2024-01-31",
        "c": "<sensitive>",
        "d": "<later>",
        "e": 1,
    }


@given(JSON)
def test_a_value_without_expressions_is_unchanged(value: Json) -> None:
    template = expressions.template(value)
    if template.is_literal:
        assert expressions.render(template, {}) is value


@given(JSON, st.text(), st.text())
def test_whatever_is_rendered_is_json(value: Json, before: str, after: str) -> None:
    context: dict[str, Json] = {"vars": {"x": value}}
    texts = ["${{ vars.x }}", "a ${{ vars.x }} b", '{"a": "${{ vars.x }}"}']
    if "${{" not in before + after:
        texts.append(f"{before} ${{{{ vars.x }}}} {after}")
    for text in texts:
        rendered = render({"key": text}, context)
        assert json.loads(values.compact(rendered)) is not None
        assert values.parse(values.compact(rendered)) == rendered


@given(JSON)
def test_a_lone_expression_yields_exactly_its_value(value: Json) -> None:
    rendered = render("${{ vars.x }}", {"vars": {"x": value}})
    assert values.compact(rendered) == values.compact(value)


@given(st.text(st.sampled_from("${} }'\"`\\abv.x[]|&@"), max_size=40))
def test_no_string_breaks_the_scanner(text: str) -> None:
    if expressions.errors(text):
        with pytest.raises(expressions.ExpressionError):
            expressions.template(text)
    else:
        expressions.template(text)
