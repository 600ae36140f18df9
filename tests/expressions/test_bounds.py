"""Expressions are input, not code: whatever they say, they end soon and take little memory."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner import expressions, values
from runner.expressions import EvaluationError, ExpressionError
from runner.expressions.interpreter import Interpreter
from runner.expressions.syntax import tree
from runner.expressions.types import MAX_STEPS

FORTY = "[" + ",".join("@" * 40) + "]"
TEXT = "x" * 100_000


@pytest.mark.parametrize(
    "text",
    [
        "vars.x | " + " | ".join([FORTY + "[]"] * 5),
        "vars.x | " + " | ".join([FORTY] * 5) + " | [][][][][]",
        "vars.x | " + " | ".join([FORTY] * 5) + " | to_string(@)",
        "vars.x | " + " | ".join([FORTY] * 4) + " | join('', @[][][])",
        "vars.x | " + " | ".join([FORTY + "[] | reverse(@)"] * 4),
        "vars.text | " + f"{FORTY} | join('', @)",
        "vars.text | " + " | ".join([FORTY] * 3) + " | [][] | sort(@) | [0]",
        "vars.text | " + f"{FORTY} | map(&to_array(@), @) | {FORTY}[][] | max(@)",
        f"vars.x | {' | '.join(['[@,@,@,@,@,@,@,@,@]'] * 6)} | [0] == [1]",
        "vars.list[].to_array(@)[].to_array(@)[] | map(&to_string(@), @) | map(&sort(@), @)",
    ],
)
def test_an_expression_that_multiplies_its_data_is_stopped(text: str) -> None:
    context: dict[str, values.Json] = {
        "vars": {"x": list(range(40)), "text": TEXT, "list": list(range(200_000))}
    }
    with pytest.raises(EvaluationError):
        expressions.render(expressions.template(f"${{{{ {text} }}}}"), context)


def test_the_expressions_of_one_value_share_the_steps_they_may_take() -> None:
    half = "${{ vars.x[?@ > `5`] | length(@) }}"
    context: dict[str, values.Json] = {"vars": {"x": list(range(MAX_STEPS // 6))}}
    assert expressions.render(expressions.template([half]), context)
    with pytest.raises(EvaluationError, match="too much work"):
        expressions.render(expressions.template([half, half]), context)


def test_one_pass_over_the_largest_output_is_allowed() -> None:
    context: dict[str, values.Json] = {"vars": {"x": [1] * 131_000}}
    assert expressions.evaluate(expressions.parse("sum(vars.x[?@ > `0`])"), context) == 131_000


def test_a_shared_value_is_written_only_up_to_the_limit() -> None:
    doubled = "vars.x | " + " | ".join(["[@,@,@,@]"] * 8)
    context: dict[str, values.Json] = {"vars": {"x": list(range(40))}}
    with pytest.raises(EvaluationError, match="too large"):
        expressions.render(expressions.template(f"${{{{ {doubled} }}}}"), context)


PARTS = st.sampled_from(
    [
        "vars.x",
        "@",
        "[]",
        "[*]",
        ".*",
        "[?@]",
        "[@,@]",
        "{a:@,b:@}",
        " | ",
        " || ",
        " == ",
        ".a",
        "[0]",
        "[::-1]",
        "to_string(",
        "map(&",
        "sort_by(",
        "merge(",
        "join('',",
        "&@",
        ",",
        ")",
        "(",
        "!",
        "`1e999999`",
        "sum(",
        "ceil(",
        "'}}'",
    ]
)


@given(st.lists(PARTS, max_size=24).map("".join))
def test_no_expression_escapes_the_errors_of_its_own(text: str) -> None:
    context: dict[str, values.Json] = {"vars": {"x": {"a": [1, "b", {"a": [2, [3]]}]}}}
    try:
        expression = expressions.parse(f"vars.x | {text}")
        values.compact(expressions.evaluate(expression, context), limit=10_000)
    except (ExpressionError, EvaluationError, values.TooLarge):
        pass


@given(st.text(max_size=60))
def test_no_text_escapes_the_errors_of_its_own(text: str) -> None:
    for error in expressions.errors(f"${{{{{text}}}}}"):
        assert 0 <= error.offset <= len(text) + 5


@given(st.lists(st.sampled_from(["[@,@]", "[]", "[*]", "{a:@,b:@}.*"]), min_size=1, max_size=40))
def test_steps_bound_what_is_made(parts: list[str]) -> None:
    text = "@ | " + " | ".join(
        part if part != "{a:@,b:@}.*" else "values({a:@,b:@})" for part in parts
    )
    try:
        node = tree(text)
    except ExpressionError:
        return
    try:
        made = Interpreter(2_000).visit(node, [1, 2, 3])
    except EvaluationError:
        return
    assert not isinstance(made, list) or len(made) <= 2_000
