"""Where a variable's value comes from, and how it is read."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from runner import documents, variables
from runner.errors import Place
from runner.model import ParameterType, Project, Variable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.errors import Diagnostic
    from runner.values import Json

PLACE = Place("project.yaml", 5, 3)


def project(*declared: Variable) -> Project:
    return Project("orders", Place("project.yaml"), variables=declared)


def variable(name: str, type_: str | None = None, **fields: Json) -> Variable:
    return Variable(
        name,
        ParameterType(type_) if type_ else None,
        PLACE,
        default=fields.get("default"),
        required="default" not in fields,
        sensitive=fields.get("sensitive") is True,
    )


def resolve(
    *declared: Variable,
    options: Mapping[str, str] | None = None,
    files: tuple[str, ...] = (),
    environ: Mapping[str, str] | None = None,
) -> tuple[dict[str, Json], tuple[Diagnostic, ...]]:
    parsed = [documents.parse(text.encode(), f"{i}.yaml") for i, text in enumerate(files)]
    return variables.resolve(
        project(*declared), options=options or {}, files=parsed, environ=environ or {}
    )


def test_an_option_goes_before_the_environment_before_files_before_the_default() -> None:
    names = [variable(name, default="default") for name in "abcde"]
    found, problems = resolve(
        *names,
        options={"a": "option"},
        environ={"STEPFLEET_VAR_a": "env", "STEPFLEET_VAR_b": "env", "b": "no"},
        files=("{a: file, b: file, c: first, d: first}", "{d: second}"),
    )
    assert found == {"a": "option", "b": "env", "c": "first", "d": "second", "e": "default"}
    assert problems == ()


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("string", "007", "007"),
        ("integer", "007", None),
        ("integer", "7", 7),
        ("number", "1.50", Decimal("1.50")),
        ("boolean", "true", True),
        ("boolean", "yes", None),
        ("date", "2024-01-31", "2024-01-31"),
        ("json", '{"a": [1]}', {"a": [1]}),
        ("array", "[1]", [1]),
        (None, "5", "5"),
    ],
)
def test_a_text_is_read_by_the_declared_type(type_: str | None, text: str, value: Json) -> None:
    for given in ({"options": {"x": text}}, {"environ": {"STEPFLEET_VAR_x": text}}):
        found, problems = resolve(variable("x", type_), **given)  # type: ignore[arg-type]
        assert found == ({} if value is None else {"x": value})
        assert bool(problems) is (value is None)


@pytest.mark.parametrize(
    ("default", "text", "value"),
    [(500, "200", 200), (True, "false", False), ("a", "5", "5"), ([], "[1]", [1]), ({}, "{}", {})],
)
def test_without_a_type_that_of_the_default_is_meant(default: Json, text: str, value: Json) -> None:
    found, _ = resolve(variable("x", default=default), options={"x": text})
    assert found["x"] == value
    assert type(found["x"]) is type(value)


def test_a_default_of_null_is_a_value() -> None:
    assert resolve(variable("x", default=None)) == ({"x": None}, ())


def test_a_missing_value_is_told_with_every_way_to_give_it() -> None:
    found, (problem,) = resolve(variable("run_date"))
    assert found == {}
    assert problem.place == PLACE
    assert problem.help == ("give it with --var run_date=…, STEPFLEET_VAR_run_date or a --var-file")


def test_an_unknown_name_is_told_with_the_nearest_one() -> None:
    _, problems = resolve(
        variable("run_date", default="x"), options={"run_dat": "1"}, files=("{rundate: 1}",)
    )
    assert [(str(one.place), one.help) for one in problems] == [
        ("project.yaml:1:1", "did you mean 'run_date'?"),
        ("0.yaml:1:2", "did you mean 'run_date'?"),
    ]


def test_a_var_file_is_a_mapping_of_typed_values() -> None:
    found, problems = resolve(
        variable("a", "string"),
        variable("b"),
        variable("c"),
        variable("d", "integer"),
        files=("a: 007\nb: {x: 1.50}\nc: no\nd: many\n", "[1]", "text: '${{ x }}'"),
    )
    assert found == {"a": "007", "b": {"x": Decimal("1.50")}}
    assert [str(one.place) for one in problems] == [
        "1.yaml:1:1",
        "2.yaml:1:1",
        "0.yaml:3:4",
        "0.yaml:4:4",
    ]


def test_what_looks_like_an_expression_in_a_value_is_text() -> None:
    found, _ = resolve(
        variable("a"), variable("b"), options={"a": "${{ x }}"}, files=("b: ${{ x }}",)
    )
    assert found == {"a": "${{ x }}", "b": "${{ x }}"}


@pytest.mark.parametrize("type_", list(ParameterType))
def test_a_sensitive_value_stands_in_no_complaint(type_: str) -> None:
    secrets = ["s3cret", "0x53C", "[s3cret]", "53_535"]
    for secret in secrets:
        one = variable("x", type_, sensitive=True)
        for _, problems in (
            resolve(one, options={"x": secret}),
            resolve(one, environ={"STEPFLEET_VAR_x": secret}),
            resolve(one, files=(f"x: {secret}",)),
        ):
            told = " ".join(f"{problem.message} {problem.help}" for problem in problems)
            assert "s3cret" not in told
            assert "53C" not in told
            assert "53535" not in told
            assert "53_535" not in told


@pytest.mark.parametrize("type_", ["string", None, "json"])
def test_a_value_that_is_not_utf_8_is_refused(type_: str | None) -> None:
    broken = b'"a\xff"'.decode("utf-8", "surrogateescape")
    for label, (found, problems) in {
        "--var x": resolve(variable("x", type_), options={"x": broken}),
        "STEPFLEET_VAR_x": resolve(variable("x", type_), environ={"STEPFLEET_VAR_x": broken}),
    }.items():
        (problem,) = problems
        assert found == {}
        assert problem.message == f"{label}: the value is not UTF-8"
        assert problem.help
        assert problem.place == PLACE


@pytest.mark.parametrize("sensitive", [False, True])
def test_half_of_a_character_is_refused_wherever_it_is_given(sensitive: bool) -> None:
    text = r'["\ud800"]'
    declared = variable("x", "array", sensitive=sensitive)
    for found, (problem,) in (
        resolve(declared, options={"x": text}),
        resolve(declared, environ={"STEPFLEET_VAR_x": text}),
        resolve(declared, files=(f"x: '{text}'",)),
    ):
        assert found == {}
        assert "is half of a character" in problem.message
        assert (r"\ud800" in problem.message) is not sensitive


def test_what_is_text_may_look_like_half_of_a_character() -> None:
    text = r'["\ud800"]'
    assert resolve(variable("x"), options={"x": text}) == ({"x": text}, ())
    assert resolve(variable("x"), files=(f"x: '{text}'",)) == ({"x": text}, ())


def test_what_env_may_read_is_utf_8() -> None:
    named = Project("orders", Place("project.yaml"), environment=("TOKEN", "UNSET"))
    found, (problem,) = variables.resolve(
        named, options={}, files=(), environ={"TOKEN": "s3cr3t\udcff", "OTHER": "\udcff"}
    )
    assert found == {}
    assert (problem.message, problem.code) == ("env.TOKEN: the value is not UTF-8", "not-utf-8")
