"""Which properties of the input a definition in JSONPath reads."""

from __future__ import annotations

from typing import Any

import pytest

from runner.inference import InferredInput, infer
from runner.parameters import ParameterType
from tests.inference.machines import chain, inputs, notes, passes, reads, task


@pytest.mark.parametrize(
    "state",
    [
        passes(InputPath="$.x"),
        passes(OutputPath="$.x"),
        passes(Parameters={"a": {"b": [{"c.$": "$.x"}]}}),
        passes(Parameters={"a.$": "$['x']"}),
        passes(Parameters={"a.$": '$["x"]'}),
        passes(Parameters={"a.$": "$.['x']"}),
        passes(Parameters={"a.$": "$$.Execution.Input.x"}),
        passes(Parameters={"a.$": "$$.Execution.Input['x']"}),
        passes(Parameters={"a.$": "States.Format('{}, {}', 'it\\'s (', States.Array(1, $.x))"}),
        passes(Assign={"v.$": "$.x"}),
        task(Parameters={"Payload": {"a.$": "$.x"}}),
        task(Credentials={"RoleArn.$": "$.x"}),
        {"Type": "Fail", "ErrorPath": "$.x"},
        {"Type": "Fail", "CausePath": "States.Format('{}', $.x)"},
        {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsNull": True}]},
        {"Type": "Choice", "Choices": [{"Not": {"And": [{"Or": [{"Variable": "$.x"}]}]}}]},
        {"Type": "Wait", "SecondsPath": "$.x"},
        {"Type": "Wait", "TimestampPath": "$.x"},
        {"Type": "Succeed", "InputPath": "$.x"},
    ],
)
def test_a_field_that_has_a_path_reads_the_input(state: dict[str, Any]) -> None:
    assert [each.name for each in infer(chain(state)).inputs] == ["x"]


def test_an_input_tells_where_and_how_it_is_read() -> None:
    found = infer(chain(reads("$.day"), reads("$.day.hour"), reads("$.other")))

    assert found.inputs == (
        InferredInput("day", ParameterType.OBJECT, ("A", "B"), "$.day"),
        InferredInput("other", None, ("C",), "$.other"),
    )


@pytest.mark.parametrize(
    ("states", "read"),
    [
        ((task(), reads("$.x")), []),
        ((passes(Result={}), reads("$.x")), []),
        ((passes(Parameters={"y": 1}), reads("$.x")), []),
        ((passes(InputPath=None), reads("$.x")), []),
        ((task(ResultPath=None), reads("$.x")), ["x"]),
        ((passes(Result={}, ResultPath=None), reads("$.x")), ["x"]),
        ((task(ResultPath="$.x"), reads("$.x")), []),
        ((task(ResultPath="$.x"), reads("$.y")), ["y"]),
        ((task(ResultPath="$.x.y"), reads("$.x.y")), []),
        ((task(ResultPath="$.x.y"), reads("$.x.z")), ["x"]),
        ((task(ResultPath="$"), reads("$.x")), []),
        ((task(ResultPath="$.x", OutputPath="$.x"), reads("$.y")), []),
        ((task(ResultSelector={"a.$": "$.x"}), reads("$.a")), []),
        ((passes(), reads("$.x")), ["x"]),
        ((passes(Parameters={"y.$": "$.x"}), reads("$.y.z")), ["x"]),
        ((passes(Parameters={"all.$": "$"}), reads("$.all.x")), ["x"]),
        ((passes(Parameters={"all.$": "$$.Execution.Input"}), reads("$.all.x")), ["x"]),
        ((passes(InputPath="$.x", Parameters={"b.$": "$.y"}),), ["x"]),
        ((task(OutputPath=None, ResultPath=None), reads("$.x")), []),
        ((task(), reads("$$.Execution.Input.x")), ["x"]),
        ((reads("$$.Execution.Name"), reads("$$.Task.Token")), []),
    ],
)
def test_what_a_state_puts_over_the_document_is_no_input(
    states: tuple[dict[str, Any], ...], read: list[str]
) -> None:
    assert [each.name for each in infer(chain(*states)).inputs] == read


def test_what_one_of_several_ways_leaves_in_place_may_be_an_input() -> None:
    rule = {"Variable": "$.kind", "StringEquals": "a", "Next": "B"}
    definition = chain(
        {"Type": "Choice", "Choices": [rule], "Default": "C"},
        task(ResultPath="$.x"),
        reads("$.x"),
    )
    assert inputs(definition) == {"kind": "string", "x": None}


def test_a_loop_does_not_hide_that_the_first_round_reads_the_input() -> None:
    again = {"Variable": "$.done", "BooleanEquals": False, "Next": "A"}
    definition = chain(
        task(Parameters={"token.$": "$.token"}),
        {"Type": "Choice", "Choices": [again], "Default": "C"},
        {"Type": "Succeed"},
    )
    assert inputs(definition) == {"token": None}


def test_a_state_that_no_way_leads_to_reads_nothing() -> None:
    definition = chain(passes(End=True), reads("$.x"))
    assert inputs(definition) == {}


def test_a_catch_hands_on_the_error_and_what_its_result_path_leaves() -> None:
    caught = {"ErrorEquals": ["States.ALL"], "Next": "B"}
    whole = chain(task(Catch=[caught], End=True), reads("$.x"))
    kept = chain(task(Catch=[{**caught, "ResultPath": "$.error"}], End=True), reads("$.x"))
    over = chain(task(Catch=[{**caught, "ResultPath": "$.x"}], End=True), reads("$.x"))

    assert (inputs(whole), inputs(kept), inputs(over)) == ({}, {"x": None}, {})


def test_variables_carry_the_input_past_what_replaces_it() -> None:
    definition = chain(
        passes(Assign={"order.$": "$.order", "fixed": 1}),
        task(),
        reads("$order.id"),
        reads("$fixed"),
        reads("$nobody.sets.it"),
    )
    assert inputs(definition) == {"order": "object"}


def test_an_assign_of_a_task_sees_its_result_and_not_the_input() -> None:
    assert inputs(chain(task(Assign={"v.$": "$.x"}))) == {}


def test_a_rule_of_a_choice_assigns_on_its_own_way() -> None:
    rule = {"Variable": "$.a", "IsNull": True, "Next": "B", "Assign": {"v.$": "$.b"}}
    definition = chain({"Type": "Choice", "Choices": [rule]}, task(), reads("$v.c"))
    assert inputs(definition) == {"a": None, "b": "object"}


def inner(*states: dict[str, Any]) -> dict[str, Any]:
    found = chain(*states)
    names = {name: f"inner {name}" for name in found["States"]}
    bodies = {
        names[name]: {key: names.get(str(value), value) for key, value in body.items()}
        for name, body in found["States"].items()
    }
    return {"StartAt": "inner A", "States": bodies}


def test_branches_see_what_flows_into_a_parallel() -> None:
    plain = {"Type": "Parallel", "Branches": [inner(reads("$.x"))]}
    told = {**plain, "Parameters": {"x.$": "$.y"}}
    assert inputs(chain(plain)) == {"x": None}
    assert inputs(chain(told)) == {"y": None}
    assert inputs(chain(task(), plain)) == {}


def test_after_a_parallel_or_map_only_what_the_branches_kept_is_the_input() -> None:
    branches = [inner(reads("$.a")), inner(task())]
    definition = chain({"Type": "Parallel", "Branches": branches}, reads("$[0].x"), reads("$[1].y"))
    assert inputs(definition) == {"a": None, "x": None}


def test_a_parallel_whose_branch_never_ends_is_still_followed() -> None:
    branches = [inner({"Type": "Fail"})]
    definition = chain(
        {"Type": "Parallel", "Branches": branches, "ResultPath": "$.r"}, reads("$.x")
    )
    assert inputs(definition) == {"x": None}


@pytest.mark.parametrize("field", ["ItemProcessor", "Iterator"])
def test_the_items_of_a_map_are_an_array_of_the_input(field: str) -> None:
    definition = chain({"Type": "Map", "ItemsPath": "$.items", field: inner(reads("$.id"))})
    assert inputs(definition) == {"items": "array"}


@pytest.mark.parametrize("field", ["ItemSelector", "Parameters"])
def test_a_map_selects_from_its_input_and_from_the_item(field: str) -> None:
    selector = {"day.$": "$.day", "id.$": "$$.Map.Item.Value.id", "n.$": "$$.Map.Item.Index"}
    processor = inner(reads("$.day.hour"), reads("$.id"), reads("$.n"), reads("$.other"))
    definition = chain(
        {"Type": "Map", "ItemsPath": "$.items", field: selector, "ItemProcessor": processor}
    )
    assert inputs(definition) == {"items": "array", "day": "object"}


def test_a_map_over_the_whole_input_has_no_properties_to_name() -> None:
    definition = chain({"Type": "Map", "ItemProcessor": inner(reads("$.id"))})
    assert inputs(definition) == {}
    assert notes(definition) == ('"A" takes the whole input',)


def test_the_children_of_a_distributed_map_have_an_input_of_their_own() -> None:
    processor = {
        **inner(reads("$$.Execution.Input.id"), reads("$.id"), reads("$outer.x")),
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
    }
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "Parameters": {"Bucket.$": "$.bucket", "Key.$": "$.key"},
        "ReaderConfig": {"InputType": "CSV", "MaxItemsPath": "$.most"},
    }
    batcher = {"MaxItemsPerBatchPath": "$.size", "BatchInput": {"day.$": "$.day"}}
    definition = chain(
        passes(Assign={"outer.$": "$.assigned"}),
        {
            "Type": "Map",
            "ItemReader": reader,
            "ItemBatcher": batcher,
            "ItemProcessor": processor,
            "ResultWriter": {"Parameters": {"Bucket.$": "$.results"}},
            "ToleratedFailurePercentagePath": "$.share",
            "MaxConcurrencyPath": "$.atOnce",
        },
    )
    assert inputs(definition) == {
        "assigned": None,
        "atOnce": "integer",
        "share": "number",
        "bucket": None,
        "key": None,
        "most": "integer",
        "results": None,
        "size": "integer",
        "day": None,
    }


@pytest.mark.parametrize(
    ("comparison", "kind"),
    [
        ({"StringEquals": "a"}, "string"),
        ({"StringMatches": "a*"}, "string"),
        ({"StringLessThanPath": "$.y"}, "string"),
        ({"NumericEquals": 0}, "number"),
        ({"NumericGreaterThanEquals": 1}, "number"),
        ({"NumericGreaterThanPath": "$.y"}, "number"),
        ({"BooleanEquals": True}, "boolean"),
        ({"TimestampLessThan": "2026-01-01T00:00:00Z"}, "datetime"),
        ({"IsString": True}, None),
        ({"IsNumeric": False}, None),
        ({"IsBoolean": True}, None),
        ({"IsTimestamp": True}, None),
        ({"IsNull": False}, None),
    ],
)
def test_a_comparison_shows_a_type(comparison: dict[str, Any], kind: str | None) -> None:
    definition = chain({"Type": "Choice", "Choices": [{"Variable": "$.x", **comparison}]})
    assert inputs(definition)["x"] == kind
    if "y" in inputs(definition):
        assert inputs(definition)["y"] == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("States.ArrayLength($.x)", "array"),
        ("States.ArrayGetItem($.x, 0)", "array"),
        ("States.ArrayPartition(States.ArrayUnique($.x), 4)", "array"),
        ("States.StringToJson($.x)", "string"),
        ("States.StringSplit('a,b', $.x)", "string"),
        ("States.JsonMerge($.x, $$.Execution, false)", "object"),
        ("States.MathAdd($.x, 1)", "integer"),
        ("States.Format($.x, 1)", "string"),
        ("States.Format('{}', $.x)", None),
        ("$.x[0]", "array"),
        ("$.x[*].id", None),
        ("$.x[1:3]", "array"),
        ("$.x[-1:]", "array"),
        ("$.x[0,2]", "array"),
        ("$.x['a','b']", "object"),
        ("$.x[?(@.id == 1)]", None),
        ("$.x.id", "object"),
        ("$.x['id'][0]", "object"),
        ("$.x..id", None),
        ("$.x.length()", None),
        ("$.x", None),
    ],
)
def test_how_it_is_used_shows_a_type(text: str, kind: str | None) -> None:
    assert inputs(chain(reads(text))) == {"x": kind}


def test_a_filter_may_read_the_input_too() -> None:
    assert inputs(chain(reads("$.rows[?(@.id == $.wanted)]"))) == {"wanted": None, "rows": None}


def test_evidence_that_disagrees_shows_no_type() -> None:
    both = [{"Variable": "$.x", "StringEquals": "a"}, {"Variable": "$.x", "NumericEquals": 1}]
    definition = chain({"Type": "Choice", "Choices": both})
    assert inputs(definition) == {"x": None}


def test_an_integer_among_numbers_is_a_number() -> None:
    both = [{"Variable": "$.x", "NumericEquals": 1}, {"Variable": "$.x", "NumericEquals": 0.5}]
    definition = chain({"Type": "Choice", "Choices": both})
    assert inputs(definition) == {"x": "number"}


def test_an_input_that_a_state_asks_for_is_optional() -> None:
    present = {"Variable": "$.x", "IsPresent": True}
    definition = chain(choice({"And": [present, {"Variable": "$.x", "StringEquals": "a"}]}))
    assert inputs(definition) == {"x?": "string"}


def choice(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"Type": "Choice", "Choices": list(rules)}


def test_what_may_be_null_has_no_type() -> None:
    null = {"Variable": "$.x", "IsNull": True}
    rule = {"Or": [null, {"Variable": "$.x", "NumericEquals": 1}]}
    assert inputs(chain(choice(rule))) == {"x": None}


def test_a_test_of_a_type_shows_none_but_may_disagree() -> None:
    tested = {"Variable": "$.x", "IsNumeric": True}
    same = choice({"And": [tested, {"Variable": "$.x", "NumericLessThan": 30}]})
    other = choice({"Not": tested}, {"Variable": "$.x", "StringEquals": "all"})
    assert inputs(chain(same)) == {"x": "number"}
    assert inputs(chain(other)) == {"x": None}


def test_asking_for_what_lies_deeper_does_not_make_the_property_optional() -> None:
    rule = {"Variable": "$.order.id", "IsPresent": True}
    assert inputs(chain(choice(rule))) == {"order": None}
    assert inputs(chain(choice(rule, {"Variable": "$.order.id", "IsString": True}))) == {
        "order": "object"
    }


def test_a_task_that_takes_the_whole_input_is_noted() -> None:
    assert notes(chain(task())) == ('"A" takes the whole input',)
    assert notes(chain(task(Parameters={"Payload.$": "$"}))) == ('"A" takes the whole input',)
    assert notes(chain(task(Parameters={"Payload.$": "$.x"}))) == ()


@pytest.mark.parametrize(
    "text",
    [
        "$.*",
        "$[*]",
        "$..x",
        "$[?(@.x == 1)]",
        "States.JsonToString($)",
        "States.Format('{}', $$.Execution.Input)",
    ],
)
def test_a_path_that_tells_no_name_takes_the_whole_input(text: str) -> None:
    assert inputs(chain(reads(text))) == {}
    assert notes(chain(reads(text))) == ('"A" takes the whole input',)


@pytest.mark.parametrize("text", ["$['x','y']", """$.[ 'x' , "y" ].z""", "$['x', 'y'][*]"])
def test_a_step_with_several_names_reads_each(text: str) -> None:
    assert inputs(chain(reads(text))) == {"x": None, "y": None}
    assert notes(chain(reads(text))) == ()


def test_only_an_index_reads_the_input_as_an_array() -> None:
    note = '"A" reads the input as an array: it has no properties to name'
    assert notes(chain(reads("$[0].x"))) == (note,)


@pytest.mark.parametrize(
    "text", ["$.", "$.a b", "$[", "$['a", "x", "States.Format(", "States.Format('a' $.x)", ""]
)
def test_a_path_that_cannot_be_read_is_noted(text: str) -> None:
    definition = chain(passes(Parameters={"a.$": text}))
    assert inputs(definition) == {}
    assert notes(definition) == ('"A" has a path that can\'t be read',)
