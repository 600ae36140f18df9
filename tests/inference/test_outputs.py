"""Which properties of the output a definition shows."""

from __future__ import annotations

from typing import Any

import pytest

from runner.inference import InferredOutput, infer
from runner.parameters import ParameterType
from tests.inference.machines import chain, jsonata, outputs, passes, task

INVOKE = "arn:aws:states:::lambda:invoke"
START = "arn:aws:states:::states:startExecution"


@pytest.mark.parametrize(
    ("state", "found"),
    [
        (
            passes(Result={"a": 1, "b": "t", "c": [1], "d": None, "e": 0.5, "f": {}}),
            {"a": "integer", "b": "string", "c": "array", "d": None, "e": "number", "f": "object"},
        ),
        (passes(Result=[1, 2]), {}),
        (passes(Result="text"), {}),
        (passes(Parameters={"a": True, "b.$": "$.x"}), {"a": "boolean", "b": None}),
        (passes(Parameters={"a.$": "States.Format('{}', $.x)"}), {"a": "string"}),
        (passes(Parameters={"a.$": "States.ArrayLength($.x)"}), {"a": "integer"}),
        (passes(Parameters={"a.$": "$$.Execution.Id"}), {"a": "string"}),
        (passes(Result=1, ResultPath="$.a"), {"a": "integer"}),
        (passes(Result=1, ResultPath="$.a.b"), {"a": "object"}),
        (passes(Result={"a": {"b": 1}}, OutputPath="$.a"), {"b": "integer"}),
        (passes(Result={"a": 1}, OutputPath=None), {}),
        (passes(), {}),
        (task(), {}),
        (task(ResultSelector={"a.$": "$.b"}), {"a": None}),
        (task(ResultPath="$.a"), {"a": None}),
        (
            task(Resource=INVOKE),
            {
                "ExecutedVersion": "string",
                "Payload": None,
                "SdkHttpMetadata": "object",
                "SdkResponseMetadata": "object",
                "StatusCode": "integer",
            },
        ),
        (task(Resource=INVOKE, OutputPath="$.Payload"), {}),
        (task(Resource=f"{INVOKE}.waitForTaskToken"), {}),
        (task(Resource=f"{START}.sync:2", ResultSelector={"o.$": "$.Output"}), {"o": None}),
        (task(Resource=f"{START}.sync", ResultSelector={"o.$": "$.Output"}), {"o": "string"}),
        (
            task(Resource="arn:aws:states:::events:putEvents"),
            {"Entries": "array", "FailedEntryCount": "integer"},
        ),
        (
            task(Resource="arn:aws:states:::dynamodb:getItem"),
            {"Item?": "object", "SdkHttpMetadata": "object", "SdkResponseMetadata": "object"},
        ),
        (task(Resource="arn:aws:states:::aws-sdk:dynamodb:getItem"), {}),
        ({"Type": "Succeed"}, {}),
        ({"Type": "Fail"}, {}),
    ],
)
def test_the_last_state_shows_names_and_types(state: dict[str, Any], found: dict[str, str]) -> None:
    assert outputs(chain(state)) == found


def test_what_earlier_states_added_is_part_of_the_output() -> None:
    definition = chain(
        task(ResultPath="$.a"),
        passes(Result=1, ResultPath="$.b"),
        task(ResultPath=None),
        {"Type": "Succeed"},
    )
    assert infer(definition).outputs == (
        InferredOutput("a", None, ("D",), is_certain=True),
        InferredOutput("b", ParameterType.INTEGER, ("D",), is_certain=True),
    )


def test_a_copy_of_an_input_has_its_type() -> None:
    rule = {"Variable": "$.x", "NumericEquals": 1, "Next": "B"}
    definition = chain({"Type": "Choice", "Choices": [rule]}, passes(Parameters={"y.$": "$.x"}))
    assert outputs(definition) == {"y": "number"}


def ends(one: dict[str, Any], other: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Two ends, of which a choice takes one."""
    rule = {"Variable": "$.x", "IsNull": True, "Next": "B"}
    choice = {"Type": "Choice", "Choices": [rule], "Default": "C"}
    return chain(choice, {**one, "End": True}, {**other, "End": True}, **fields)


def test_an_output_is_certain_that_every_end_has() -> None:
    found = infer(ends(passes(Result={"a": 1, "b": 1}), passes(Result={"a": 2, "c": "t"}))).outputs
    assert found == (
        InferredOutput("a", ParameterType.INTEGER, ("B", "C"), is_certain=True),
        InferredOutput("b", ParameterType.INTEGER, ("B",), is_certain=False),
        InferredOutput("c", ParameterType.STRING, ("C",), is_certain=False),
    )


def test_types_that_disagree_show_none() -> None:
    assert outputs(ends(passes(Result={"a": 1}), passes(Result={"a": "t"}))) == {"a": None}


def test_an_end_that_cannot_be_seen_makes_nothing_certain() -> None:
    assert outputs(ends(passes(Result={"a": 1}), task())) == {"a?": "integer"}


def test_a_failure_is_no_end_that_succeeds() -> None:
    rule = {"Variable": "$.x", "IsNull": True, "Next": "B"}
    choice = {"Type": "Choice", "Choices": [rule], "Default": "C"}
    definition = chain(choice, {"Type": "Fail"}, passes(Result={"a": 1}))
    assert outputs(definition) == {"a": "integer"}


def test_a_caught_error_shows_in_the_output() -> None:
    caught = {"ErrorEquals": ["States.ALL"], "ResultPath": "$.why", "Next": "B"}
    definition = chain(task(ResultPath="$.a", Catch=[caught]), {"Type": "Succeed"})
    assert outputs(definition) == {"a?": None, "why?": "object"}


def test_a_loop_that_adds_makes_what_it_adds_uncertain() -> None:
    again = {"Variable": "$.x", "IsNull": True, "Next": "B"}
    definition = chain(
        {"Type": "Choice", "Choices": [again], "Default": "C"},
        passes(Result=1, ResultPath="$.a", Next="A"),
        {"Type": "Succeed"},
    )
    assert outputs(definition) == {"a?": "integer"}


BRANCH = {"StartAt": "X", "States": {"X": passes(Result={"n": 1}, End=True)}}


def test_a_parallel_and_a_map_give_an_array() -> None:
    parallel = {"Type": "Parallel", "Branches": [BRANCH]}
    each = {"Type": "Map", "ItemsPath": "$.x", "ItemProcessor": BRANCH}
    assert outputs(chain(parallel)) == {}
    assert outputs(chain({**parallel, "ResultPath": "$.a"})) == {"a": "array"}
    assert outputs(chain({**each, "ResultPath": "$.a"})) == {"a": "array"}
    assert outputs(chain({**parallel, "OutputPath": "$[0]"})) == {"n": "integer"}
    assert outputs(chain({**parallel, "ResultSelector": {"a.$": "$[0].n"}})) == {"a": "integer"}


def test_a_map_that_writes_its_results_elsewhere_shows_nothing() -> None:
    each = {"Type": "Map", "ItemsPath": "$.x", "ItemProcessor": BRANCH, "ResultWriter": {}}
    assert outputs(chain({**each, "ResultPath": "$.a"})) == {"a": None}


@pytest.mark.parametrize(
    ("output", "found"),
    [
        ({"a": 1, "b": "{% $states.input.x %}"}, {"a": "integer", "b": None}),
        ("{% {'a': 1, 'b': 'x' & 'y'} %}", {"a": "integer", "b": "string"}),
        ("{% $merge([{'a': 1}, {'b': $count([])}]) %}", {"a": "integer", "b": "integer"}),
        ("{% ($o := {'a': true}; $o) %}", {"a": "boolean"}),
        ("{% true ? {'a': 1, 'b': 1} : {'a': 2} %}", {"a": "integer", "b?": "integer"}),
        ("{% $states.result %}", {}),
        ({"a": "{% $keys($x) %}", "b": "{% $sort($x) %}"}, {"a": None, "b": "array"}),
        ({"a": "{% [{'b': 1}][b=1] %}"}, {"a": None}),
        ({"a": "{% $map([1], function($v) { $v }) %}"}, {"a": None}),
        ({"a": "{% $filter([1], function($v) { true }) %}"}, {"a": None}),
        ("{% $map([1], function($v) { {'a': $v} }) %}", {}),
        ("{% $sort([{'a': 1}], function($l, $r) { $l.a > $r.a })[0] %}", {"a": "integer"}),
    ],
)
def test_an_output_in_jsonata_shows_names_and_types(output: Any, found: dict[str, str]) -> None:
    assert outputs(jsonata(task(Output=output))) == found


def test_without_an_output_a_jsonata_state_gives_its_result() -> None:
    assert "Payload" in outputs(jsonata(task(Resource=INVOKE)))
    assert outputs(jsonata(passes(Output={"a": 1}), {"Type": "Succeed"})) == {"a": "integer"}
