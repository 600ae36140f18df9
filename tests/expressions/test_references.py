"""Every reference of an expression is known before anything runs."""

from __future__ import annotations

import pytest

from runner import expressions
from runner.expressions import (
    EnvironmentReference,
    ExpressionError,
    JobReference,
    ProjectReference,
    Reference,
    RunReference,
    VariableReference,
)

ROWS = JobReference("load", "outputs", "rows")
DAY = VariableReference("day")


@pytest.mark.parametrize(
    ("text", "references"),
    [
        ("jobs.load.outputs.rows", {ROWS}),
        ("jobs.load.outputs.rows[0].name", {ROWS}),
        ("jobs.load.outputs.rows[].name | [0]", {ROWS}),
        ("jobs.load.outputs.rows.*", {ROWS}),
        ("jobs.load.outputs.rows.{a: b, jobs: c}", {ROWS}),
        ('jobs."load".outputs."row count"', {JobReference("load", "outputs", "row count")}),
        ("jobs.load.status", {JobReference("load", "status")}),
        ("jobs.load.execution_arn", {JobReference("load", "execution_arn")}),
        ("(jobs.load).outputs.rows", {ROWS}),
        ("vars.day", {DAY}),
        ("vars.day || jobs.load.outputs.rows", {DAY, ROWS}),
        ("!(vars.day) && vars.x == `1`", {DAY, VariableReference("x")}),
        ("length(vars.day)", {DAY}),
        ("(vars.day || vars.x).y", {DAY, VariableReference("x")}),
        ("to_array(vars.day)[0]", {DAY}),
        ("vars.day | @", {DAY}),
        ("vars.day | [@, vars]", {DAY}),
        ("vars.day | jobs.load.outputs.rows", {DAY}),
        ("vars.day[?jobs.load == `1`]", {DAY}),
        ("vars.day[?contains(vars, jobs)]", {DAY}),
        ("map(&jobs.load, vars.day)", {DAY}),
        ("sort_by(vars.day, &env.x)[*].{vars: vars}", {DAY}),
        ("vars.day.keys(@)", {DAY}),
        ("env.TOKEN", {EnvironmentReference("TOKEN")}),
        ("run.id", {RunReference()}),
        ("project.name", {ProjectReference()}),
        ("'text'", set()),
        ('`{"vars": 1}`.vars', set()),
    ],
)
def test_names_at_the_root_are_references(text: str, references: set[Reference]) -> None:
    assert expressions.parse(text).references == references


@pytest.mark.parametrize(
    "text",
    [
        "@",
        "@.vars",
        "*",
        "*.day",
        "[*]",
        "[0]",
        "[1:2]",
        "[]",
        "[?day]",
        "[vars.day]",
        "{day: vars.day}",
        "vars.day || @",
        "keys(@)",
        "[vars.day][0]",
        "to_string({a: vars.day})",
        "jobs",
        "jobs.*",
        "jobs.*.outputs.rows",
        "jobs[0]",
        "jobs.load",
        "jobs.load.*",
        "jobs.load[0].rows",
        "jobs.load.outputs",
        "jobs.load.outputs.*",
        "jobs.load.outputs[0]",
        "jobs.load.outputs.[rows]",
        "jobs.load.result",
        "jobs.[load]",
        "jobs | load",
        "jobs || vars",
        "(jobs || vars).load",
        "vars",
        "vars.*",
        "vars.{a: day}",
        "vars[?a]",
        "vars | [0]",
        "keys(vars)",
        "env",
        "env.*",
        "values(env)",
        "run",
        "run.number",
        "run.id.x",
        "project.spec",
        "env.TOKEN.x",
        "jobs.load.status.x",
        "day",
        '"day"',
        'vars.day == "2024"',
        "true",
        "&vars.day",
        "not_null(&vars.day)",
        "vars.day | &x",
        "map(vars.day, &x)",
        "nothing(vars.day)",
        "length()",
        "length(vars.day, vars.x)",
        "merge()",
    ],
)
def test_what_cannot_be_known_is_an_error(text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        expressions.parse(text)
    assert caught.value.message
    assert 0 <= caught.value.offset <= len(text)


@pytest.mark.parametrize(
    ("text", "offset", "way_out"),
    [
        ("vars.day == prod", 12, "write jobs.<name>"),
        ('vars.day == "prod"', 12, "'prod'"),
        ("vars.day == true", 12, "`true`"),
        ("vars.day > 5", 11, "`5`"),
        ("vars.day = `5`", 9, "=="),
        ("!vars.day", 0, "!(vars.x)"),
        ("vars.day[?a == `1` && !a.b]", 22, "!(vars.x)"),
        ("vars.day and vars.x", 9, "&&"),
        ("vars.day or vars.x", 9, "||"),
        ("vars.run-day", 8, "double quotes"),
        ("vars.day + `1`", 9, "no arithmetic"),
        ("var.day", 0, "vars"),
        ("job.load.status", 0, "jobs"),
        ("jobs.load.output.rows", 10, "outputs"),
        ("jobs.load.rows", 10, "jobs.load.outputs.rows"),
        ("  lenght(vars.day)", 2, "length()"),
        ("vars.day == `prod`", 12, "'prod'"),
        ("vars.day ==", 11, None),
        ("vars.day)", 8, None),
        ("vars.'day'", 5, None),
        ("'open", 0, None),
        ("vars.day[", 9, None),
    ],
)
def test_a_mistake_has_its_offset_and_a_way_out(
    text: str, offset: int, way_out: str | None
) -> None:
    with pytest.raises(ExpressionError) as caught:
        expressions.parse(text)
    assert caught.value.offset == offset
    if way_out is not None:
        assert way_out in (caught.value.help or "")


@pytest.mark.parametrize(
    "text",
    [
        "vars.x" + " || vars.x" * 50,
        "vars.x | " + "[@] | " * 9 + "@",
        "(" * 101 + "vars.x" + ")" * 101,
        "(" * 400,
        "!" * 400 + "vars.x",
        "abs(" * 120,
        "vars.x" + "|@" * 200,
        "vars.x[" * 70,
    ],
)
def test_long_wide_and_deep_expressions_are_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        expressions.parse(text)


def test_eight_multi_selects_and_five_hundred_characters_are_allowed() -> None:
    text = "vars.x | " + "[@] | " * 8 + "@"
    assert expressions.parse(f"{text:<500}  ").text == text
    exact = f"vars.{'x' * 495}"
    assert expressions.parse(f"  {exact}\n").text == exact


@pytest.mark.parametrize(
    "text", ["jobs.load.status == 'failed'", " ${{ jobs.load.status == 'failed' }}\n"]
)
def test_a_condition_stands_with_or_without_its_braces(text: str) -> None:
    assert expressions.condition(text) == expressions.parse("jobs.load.status == 'failed'")


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("${{ vars.a }} && ${{ vars.b }}", 13),
        ("not ${{ vars.a }}", 0),
        ("${{ vars.a", 0),
        ("  ${{ vars. }}", 11),
        ("  vars.a =", 9),
    ],
)
def test_a_condition_is_one_expression(text: str, offset: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        expressions.condition(text)
    assert caught.value.offset == offset


def test_an_error_tells_where_in_a_value_it_stands() -> None:
    with pytest.raises(ExpressionError) as caught:
        expressions.template({"a": [1, {"b": "text ${{ vars. }}"}]})
    assert caught.value.path == ("a", 1, "b")
    assert caught.value.offset == 14


def test_every_error_of_a_string_is_told() -> None:
    text = "${{ vars. }} ${{ vars.a }} ${{ x }} ${{ 'y }}"
    assert [error.offset for error in expressions.errors(text)] == [9, 31, 40]


@pytest.mark.parametrize(
    ("text", "reference", "offset"),
    [
        ("a ${{ vars.day }} ${{ vars.x }}", VariableReference("x"), 27),
        ("vars.days == vars.day", DAY, 18),
        ("${{ jobs.load.outputs.rows }}", ROWS, 22),
        ("${{ jobs.rows.outputs.rows }}", JobReference("rows", "outputs", "rows"), 22),
        ("${{ jobs.load.status }}", JobReference("load", "status"), 9),
    ],
)
def test_a_reference_is_found_in_its_string(text: str, reference: Reference, offset: int) -> None:
    assert expressions.locate(text, {reference}) == {reference: offset}


@pytest.mark.parametrize("text", ["${{ vars.day", "${{ vars.x }}"])
def test_a_reference_that_is_not_there_is_not_found(text: str) -> None:
    assert expressions.locate(text, {DAY}) == {}


def test_many_references_are_found_in_one_pass_each_where_it_first_stands() -> None:
    text = "${{ vars.x }} ${{ vars.day }} ${{ vars.x }} ${{ vars.z }}"
    wanted = {VariableReference("x"), DAY, VariableReference("y")}
    assert expressions.locate(text, wanted) == {VariableReference("x"): 9, DAY: 23}


def test_faults_beyond_a_bound_are_not_looked_for() -> None:
    errors = expressions.errors("${{ x }} ${{ y }} ${{ z", most=2)
    assert [error.offset for error in errors] == [4, 13]
