"""JMESPath on exact numbers, compared with the reference implementation where both agree."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner import expressions, values
from runner.expressions import EvaluationError

if TYPE_CHECKING:
    from runner.values import Json


def evaluate(text: str, x: Json = None) -> Json:
    return expressions.evaluate(expressions.parse(text), {"vars": {"x": x}})


@pytest.mark.parametrize(
    ("text", "x", "result"),
    [
        (
            "abs(vars.x)",
            Decimal("-1.1000000000000000000000000000000001"),
            "1.1000000000000000000000000000000001",
        ),
        ("abs(vars.x)", -(10**40), str(10**40)),
        ("sum(vars.x)", [Decimal("0.1"), Decimal("0.2"), 1], "1.3"),
        ("sum(vars.x)", [10**40, Decimal("0.01")], "1" + "0" * 40 + ".01"),
        ("sum(vars.x)", [], "0"),
        ("avg(vars.x)", [1, 2, 3], "2"),
        ("avg(vars.x)", [1, 2], "1.5"),
        ("avg(vars.x)", [Decimal("1.50"), Decimal("2.50")], "2.00"),
        ("avg(vars.x)", [], "null"),
        ("ceil(vars.x)", Decimal("1.01"), "2"),
        ("floor(vars.x)", Decimal("-1.01"), "-2"),
        ("ceil(vars.x)", Decimal("1e-999999999"), "1"),
        ("max(vars.x)", [1, Decimal("1.5"), -3], "1.5"),
        ("min(vars.x)", ["b", "a"], '"a"'),
        ("max(vars.x)", [], "null"),
        ("sort(vars.x)", [2, Decimal("1.50"), 1], "[1,1.50,2]"),
        ("sort_by(vars.x, &n)[].n", [{"n": 2}, {"n": Decimal("1.5")}], "[1.5,2]"),
        ("max_by(vars.x, &n).s", [{"n": 2, "s": "b"}, {"n": 1, "s": "a"}], '"b"'),
        ("min_by(vars.x, &n).s", [{"n": 2, "s": "b"}, {"n": 1, "s": "a"}], '"a"'),
        ("min_by(vars.x, &n)", [], "null"),
        ("map(&n, vars.x)", [{"n": 2}, {}], "[2,null]"),
        ("to_number(vars.x)", "1.50", "1.50"),
        ("to_number(vars.x)", "10", "10"),
        ("to_number(vars.x)", "1e3", "1E+3"),
        ("to_number(vars.x)", " 1", "null"),
        ("to_number(vars.x)", "NaN", "null"),
        ("to_number(vars.x)", "Infinity", "null"),
        ("to_number(vars.x)", "1_0", "null"),
        ("to_number(vars.x)", "9" * 5000, "null"),
        ("to_number(vars.x)", True, "null"),
        ("to_number(vars.x)", "1e99999999999999999999", "null"),
        ("to_number(vars.x)", Decimal("1.10"), "1.10"),
        ("to_string(vars.x)", Decimal("1.10"), '"1.10"'),
        (
            "to_string(vars.x)",
            {"a": [1, Decimal("2.0"), None, True]},
            '"{\\"a\\":[1,2.0,null,true]}"',
        ),
        ("to_string(vars.x)", "a", '"a"'),
        ("to_array(vars.x)", 1, "[1]"),
        ("type(vars.x)", Decimal("1.1"), '"number"'),
        ("type(vars.x)", True, '"boolean"'),
        ("contains(vars.x, `1`)", [True, "1"], "false"),
        ("contains(vars.x, `1.0`)", [1], "true"),
        ("contains(vars.x, `5`)", "1 5", "false"),
        ("contains(vars.x, '5')", "1 5", "true"),
        ("vars.x == `1.0`", 1, "true"),
        ("vars.x == `true`", 1, "false"),
        ("vars.x == `[true, 0]`", [1, False], "false"),
        ('vars.x != `{"a": 1}`', {"a": 1}, "false"),
        ("vars.x < `1.5`", 1, "true"),
        ("vars.x < `1`", "a", "null"),
        ("vars.x < 'b'", "a", "true"),
        ("vars.x < `true`", False, "null"),
        ("!(vars.x)", 0, "false"),
        ("!(vars.x)", Decimal("0.0"), "false"),
        ("!(vars.x)", [], "true"),
        ("vars.x || `1`", {}, "1"),
        ("vars.x && `1`", 0, "1"),
        ("`1.10`", None, "1.10"),
        ("not_null(vars.x, `null`, 'a')", None, '"a"'),
        ("reverse(vars.x)", "abc", '"cba"'),
        ("reverse(vars.x)", [1, 2], "[2,1]"),
        ("join('-', vars.x)", ["a", "b"], '"a-b"'),
        ('merge(vars.x, `{"b": 2}`)', {"a": 1, "b": 1}, '{"a":1,"b":2}'),
        ("keys(vars.x)", {"b": 1, "a": 2}, '["b","a"]'),
        ("values(vars.x)", {"b": 1, "a": 2}, "[1,2]"),
        ("length(vars.x)", "é😀", "2"),
        ("starts_with(vars.x, 'a')", "ab", "true"),
        ("ends_with(vars.x, 'a')", "ab", "false"),
        ("vars.x[::-1]", [1, 2, 3], "[3,2,1]"),
        ("vars.x[99999999999999999999]", [1], "null"),
        ("vars.x[].a", [{"a": [1]}, [{"a": 2}], {"b": 1}], "[[1],2]"),
        ("vars.x.*.a", {"x": {"a": 1}, "y": {"a": 2}}, "[1,2]"),
    ],
)
def test_a_function_yields(text: str, x: Json, result: str) -> None:
    assert values.compact(evaluate(text, x)) == result


@pytest.mark.parametrize(
    ("text", "x", "message"),
    [
        ("abs(vars.x)", "1", r"abs\(\) takes number, not string"),
        ("sum(vars.x)", ["1"], r"sum\(\) takes array of number, not array of string"),
        ("sum(vars.x)", [1, True], "not array of boolean and number"),
        ("max(vars.x)", [1, "a"], "takes array of number or array of string"),
        ("sort(vars.x)", [None], "not array of null"),
        ("join(',', vars.x)", [1], r"join\(\) takes array of string"),
        ("sort_by(vars.x, &n)", [{"n": 1}, {}], "the expression of sort_by"),
        ("length(vars.x)", 1, r"length\(\) takes string or array or object"),
        ("keys(vars.x)", [], r"keys\(\) takes object"),
        ("floor(vars.x)", Decimal("1e99999"), "more than 4000 digits"),
        ("sum(vars.x)", [Decimal("1e999999999"), 1], "held exactly"),
    ],
)
def test_a_function_refuses(text: str, x: Json, message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        evaluate(text, x)


SMALL = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "a", "b"]),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b"]), children, max_size=2)
    ),
    max_leaves=8,
)
FORMS = [
    "vars.x",
    "vars.x.a",
    "vars.x.a.b",
    "vars.x[0]",
    "vars.x[-1].a",
    "vars.x[*].a",
    "vars.x[].b[]",
    "vars.x.*",
    "vars.x[1:]",
    "vars.x[?a]",
    "vars.x[?a == `1`].b",
    "vars.x[?!(a == `0`)]",
    "vars.x | [a, b]",
    "vars.x | {c: a, d: b.a}",
    "vars.x.a || vars.x.b",
    "vars.x.a && vars.x.b",
    "!(vars.x)",
    "not_null(vars.x.a, vars.x.b)",
    "to_array(vars.x)",
    "type(vars.x)",
]


@given(SMALL, st.sampled_from(FORMS))
def test_it_agrees_with_the_reference_implementation(x: Json, text: str) -> None:
    wanted = jmespath.search(text, {"vars": {"x": x}})
    assert values.compact(evaluate(text, x)) == values.compact(wanted)
