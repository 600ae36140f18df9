"""What the engine itself can't read is told before anything starts, with its place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from runner.errors import Place
from runner.local import read
from tests.local.engines import PLACE, machines_of, state_machine
from tests.local.features import GROUPS
from tests.local.features.base import jsonata, machine, passes, task

HERE = Place("flows/main.json", 7, 5)


def problems(definition: Any, mocks: Any = None, **places: Place) -> Any:
    document = replace(state_machine("main", definition, mocks), places=places)
    return read({"main": document}, ["main"])


def test_all_that_works_can_be_read() -> None:
    said = [read(machines_of(one), ["main"]) for group in GROUPS for one in group.features]
    surprises = [each.message for diagnostics in said for each in diagnostics]

    # The features that show how a syntax error ends hold one.
    assert len(surprises) == 1
    assert "1 +" in surprises[0]


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Nonsense"},
        {"Type": "Wait", "Seconds": "soon"},
        passes(Parameters={"x.$": "States.Nothing()"}),
        task(Retry=[{"ErrorEquals": ["States.ALL"], "BackoffRate": 0.5}]),
    ],
)
def test_a_state_that_cannot_be_read_is_told_where_it_stands(state: Any) -> None:
    definition = machine(passes(), {"Type": "Parallel", "Branches": [machine(passes(), state)]})
    path = "States.B.Branches.0.States.B"

    (problem,) = problems(definition, **{path: HERE})

    assert problem.place == HERE
    assert problem.code == "unreadable-definition"
    assert "can't read the definition" in problem.message


@pytest.mark.parametrize(
    "path",
    [
        "$.a[",
        "$.a[?(@.b",
        "$$.Execution[",
        "$x.a[",
        "plain",
        "States.Format('open",
        "$.a.length()",
    ],
)
def test_a_path_that_cannot_be_read_is_told(path: str) -> None:
    (problem,) = problems(machine(passes(Parameters={"x.$": path})), **{"States.A": HERE})

    assert problem.place == HERE
    assert repr(path) in problem.message


def test_a_query_that_cannot_be_read_is_told() -> None:
    (problem,) = problems(jsonata(passes(Output={"x": ["{% 1 + %}"]})))

    assert problem.place == PLACE
    assert "{% 1 + %}" in problem.message


def test_texts_that_only_look_like_paths_are_no_business_of_the_engine() -> None:
    assert problems(machine(passes(Result={"x.$": "$.a[", "y": "{% 1 + %}"}))) == ()
    assert problems(machine(passes(Parameters={"x": "$.a["}))) == ()


def test_children_are_read_too_and_unused_machines_are_not() -> None:
    bad = state_machine("bad", {"StartAt": "A", "States": {"A": {"Type": "Nonsense"}}})

    assert read({"main": state_machine("main", machine(passes())), "bad": bad}, ["main"]) == ()
    assert len(read({"bad": bad}, ["bad", "unheard-of"])) == 1
