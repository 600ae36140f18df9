"""Definitions that are whole, and what breaks one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner import definitions
from runner.errors import Place, Severity

if TYPE_CHECKING:
    from runner.errors import Diagnostic
    from runner.values import Json


def check(definition: Json) -> tuple[Diagnostic, ...]:
    return definitions.check(definition, lambda path: Place(".".join(map(str, path))))


def one(**state: Any) -> dict[str, Any]:
    return {"StartAt": "A", "States": {"A": state, "B": {"Type": "Succeed"}}}


INNER = {"StartAt": "X", "States": {"X": {"Type": "Fail"}}}
CATCH = [{"ErrorEquals": ["States.ALL"], "Next": "B"}]


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "B"},
        {"Type": "Task", "Resource": "r", "End": True, "Catch": CATCH},
        {"Type": "Pass", "Result": {}, "ResultPath": None, "Next": "B"},
        {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": True, "Next": "B"}]},
        {"Type": "Choice", "Choices": [{"Not": {"Variable": "$.a"}, "Next": "B"}], "Default": "B"},
        {
            "Type": "Choice",
            "QueryLanguage": "JSONata",
            "Choices": [{"Condition": "{% true %}", "Next": "B"}],
        },
        {"Type": "Wait", "SecondsPath": "$.s", "Next": "B"},
        {"Type": "Wait", "QueryLanguage": "JSONata", "Seconds": "{% 1 %}", "Next": "B"},
        {"Type": "Fail", "ErrorPath": "$.e", "CausePath": "$.c"},
        {"Type": "Parallel", "Branches": [INNER], "Next": "B"},
        {
            "Type": "Map",
            "Iterator": {"StartAt": "X", "States": {"X": {"Type": "Fail"}}},
            "Next": "B",
        },
    ],
)
def test_a_whole_state_is_taken(state: dict[str, Any]) -> None:
    assert [problem for problem in check(one(**state)) if problem.severity is Severity.ERROR] == []


@pytest.mark.parametrize(
    ("definition", "place", "message"),
    [
        ({}, "", "States is missing"),
        ([], "", "a definition is an object"),
        ({"StartAt": "A", "States": {}}, "States", "States is not what it should be"),
        ({"States": {"A": {"Type": "Fail"}}}, "", "StartAt is missing"),
        ({"StartAt": 1, "States": {"A": {"Type": "Fail"}}}, "StartAt", "not what it should be"),
        ({"StartAt": "X", "States": {"A": {"Type": "Fail"}}}, "StartAt", "there is no state 'X'"),
        (one(), "States.A", "Type is missing"),
        (one(Type="Passs"), "States.A.Type", "there is no type of state 'Passs'"),
        (one(Type="Pass"), "States.A", "Next is missing"),
        (one(Type="Pass", End=False), "States.A", "Next is missing"),
        (one(Type="Pass", End="true"), "States.A.End", "End is a boolean"),
        (one(Type="Pass", End=True, Next="B"), "States.A.End", "both Next and End"),
        (one(Type="Pass", Next="C"), "States.A.Next", "there is no state 'C'"),
        (one(Type="Pass", Next=["B"]), "States.A.Next", "there is no state this"),
        (one(Type="Succeed", Next="B"), "States.A.Next", "a Succeed state has no Next"),
        (one(Type="Task", End=True), "States.A", "Resource is missing"),
        (one(Type="Wait", End=True), "States.A", "Seconds is missing"),
        (one(Type="Parallel", End=True, Branches=[]), "States.A.Branches", "not what it should"),
        (one(Type="Map", End=True), "States.A", "ItemProcessor is missing"),
        (one(Type="Choice"), "States.A", "Choices is missing"),
        (one(Type="Choice", Choices=[]), "States.A.Choices", "not what it should be"),
        (one(Type="Choice", Choices=["B"]), "States.A.Choices.0", "a rule is an object"),
        (one(Type="Choice", Choices=[{"Next": "B"}]), "States.A.Choices.0", "Variable is missing"),
        (one(Type="Pass", End=True, Retry=[]), "States.A.Retry", "a Pass state has no Retry"),
        (one(Type="Pass", End=True, Output={}), "States.A.Output", "a field of JSONata"),
        (one(Type="Pass", End=True, QueryLanguage="X"), "States.A.QueryLanguage", "language 'X'"),
        (
            one(Type="Task", Resource="r", End=True, Catch=[{"ErrorEquals": ["States.ALL"]}]),
            "States.A.Catch.0",
            "Next is missing",
        ),
        (
            one(Type="Task", Resource="r", End=True, Retry=[*CATCH, *CATCH]),
            "States.A.Retry.0.ErrorEquals",
            "States.ALL must stand alone",
        ),
    ],
)
def test_what_breaks_a_definition_is_told_at_its_place(
    definition: Json, place: str, message: str
) -> None:
    errors = [problem for problem in check(definition) if problem.severity is Severity.ERROR]
    assert [(problem.place.file, message in problem.message) for problem in errors] == [
        (place, True)
    ]
    assert errors[0].help


def test_a_state_that_no_way_leads_to_is_a_warning() -> None:
    (problem,) = check(one(Type="Fail"))
    assert (problem.severity, problem.place.file) == (Severity.WARNING, "States.B")


def test_the_query_language_is_inherited_by_what_stands_inside() -> None:
    inner = {"StartAt": "X", "States": {"X": {"Type": "Pass", "Output": 1, "End": True}}}
    outer = one(Type="Map", QueryLanguage="JSONata", ItemProcessor=inner, Next="B")
    assert check(outer) == ()


def test_states_are_known_at_any_depth() -> None:
    task = {"Type": "Task", "Resource": "r", "End": True}
    inner = {"StartAt": "X", "States": {"X": task, "Y": {"Type": "Pass"}}}
    definition = one(Type="Parallel", Branches=[inner], Next="B")
    assert definitions.task_states(definition) == {"A": False, "B": False, "X": True, "Y": False}


FIELDS = (
    "StartAt States Type Next End Choices Catch Retry Branches A ItemProcessor ErrorEquals "
    "QueryLanguage Seconds Default Resource"
)
KEYS = st.sampled_from(FIELDS.split())
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["A", "Task", "Map", "Parallel"]),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(KEYS, children, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_whatever_stands_in_a_definition_is_told_and_not_stumbled_over(definition: Json) -> None:
    found = check({"StartAt": "A", "States": {"A": definition}})
    assert list(found) == sorted(found, key=lambda problem: (problem.place, problem.message))
    definitions.task_states(definition)
