"""Which properties of the input a definition in JSONata reads."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from runner.inference import InferredInput, infer
from runner.parameters import ParameterType
from tests.inference.machines import chain, inputs, jsonata, notes, passes, task


def reads(expression: str, **fields: Any) -> dict[str, Any]:
    """A state that evaluates an expression, and leaves the document as it is."""
    return passes(Assign={"ignored": f"{{% {expression} %}}"}, **fields)


@pytest.mark.parametrize(
    "state",
    [
        passes(Output="{% $states.input.x %}"),
        passes(Output={"a": [{"b": "{% $states.input.x %}"}]}),
        passes(Output="{%$states.input.`x`%}"),
        passes(Output='{% $states."input"."x" %}'),
        passes(Output="{% $states.context.Execution.Input.x %}"),
        passes(Assign={"v": "{% $states.input.x %}"}),
        task(Arguments={"Payload": "{% $states.input.x %}"}),
        task(Arguments={}, TimeoutSeconds="{% $states.input.x %}"),
        task(Arguments={}, Credentials={"RoleArn": "{% $states.input.x %}"}),
        {"Type": "Fail", "Error": "{% $states.input.x %}"},
        {"Type": "Fail", "Cause": "{% 'no ' & $states.input.x %}"},
        {"Type": "Wait", "Seconds": "{% $states.input.x %}"},
        {"Type": "Choice", "Choices": [{"Condition": "{% $states.input.x %}", "Next": "A"}]},
        {"Type": "Succeed", "Output": "{% $states.input.x %}"},
    ],
)
def test_a_field_that_holds_an_expression_reads_the_input(state: dict[str, Any]) -> None:
    assert [each.name for each in infer(jsonata(state)).inputs] == ["x"]


def test_an_input_tells_where_and_how_it_is_read() -> None:
    found = infer(jsonata(reads("$uppercase($states.input.day)"), reads("$states.input.day")))
    assert found.inputs == (
        InferredInput("day", ParameterType.STRING, ("A", "B"), "$states.input.day"),
    )


@pytest.mark.parametrize(
    ("states", "read"),
    [
        ((task(), reads("$states.input.x")), []),
        ((task(Output="{% $states.result %}"), reads("$states.input.x")), []),
        ((task(Output="{% $states.input %}"), reads("$states.input.x")), ["x"]),
        ((task(Output="{% $merge([$states.input, {'y': 1}]) %}"), reads("$states.input.y")), []),
        ((task(Output="{% $merge([$states.input, {'y': 1}]) %}"), reads("$states.input.x")), ["x"]),
        ((task(Output={"all": "{% $states.input %}"}), reads("$states.input.all.x")), ["x"]),
        ((passes(Output={"y": 1}), reads("$states.input.x")), []),
        ((passes(Output=5), reads("$states.input.x")), []),
        ((passes(), reads("$states.input.x")), ["x"]),
        ((task(), reads("$states.context.Execution.Input.x")), ["x"]),
        ((task(), reads("$states.context.Execution.Name")), []),
        ((passes(Assign={"o": "{% $states.input.x %}"}), task(), reads("$o.id")), ["x"]),
        ((task(Assign={"o": "{% $states.result.x %}"}), reads("$o.id")), []),
    ],
)
def test_what_a_state_puts_over_the_document_is_no_input(
    states: tuple[dict[str, Any], ...], read: list[str]
) -> None:
    assert [each.name for each in infer(jsonata(*states)).inputs] == read


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("$states.input.x = 'a'", {"x": "string"}),
        ("5 < $states.input.x", {"x": "number"}),
        ("$states.input.x = 0", {"x": "number"}),
        ("$states.input.x >= 0.5", {"x": "number"}),
        ("$states.input.x != true", {"x": "boolean"}),
        ("$states.input.x = null", {"x": None}),
        ("$states.input.x + 1", {"x": "number"}),
        ("-$states.input.x", {"x": "number"}),
        ("$states.input.x & 'a'", {"x": None}),
        ("1 in $states.input.x", {"x": "array"}),
        ("[1..$states.input.x]", {"x": "integer"}),
        ("$states.input.x = null or $states.input.x = 'a'", {"x": None}),
        ("$type($states.input.x) = 'array' ? 0 : $states.input.x + 1", {"x": None}),
        ("$states.input.x.id", {"x": None}),
        ("$states.input.x.id + 1", {"x": None}),
        ("$sum($states.input.x.price)", {"x": None}),
        ("$sum($states.input.x)", {"x": "array"}),
        ("$keys($states.input.x)", {"x": "object"}),
        ("$each($states.input.x, function($v) { $v.id })", {"x": "object"}),
        ("$spread($states.input.x)", {"x": None}),
        ("$states.input.x[0]", {"x": "array"}),
        ("$states.input.x[0].id", {"x": "array"}),
        ("$states.input.x[id = 5].name", {"x": None}),
        ("$states.input.x[id = 5] = 'a'", {"x": None}),
        ("$count($states.input.x)", {"x": "array"}),
        ("$states.input.x ~> $uppercase()", {"x": "string"}),
        ("$states.input.x ~> $substring(0, $states.input.n)", {"x": "string", "n": "integer"}),
        ("$toMillis($states.input.x)", {"x": "string"}),
        ("$toMillis($states.input.x, '[Y0001]-[M01]-[D01]')", {"x": "string"}),
        ("$parse($states.input.x).id", {"x": "string"}),
        ("$partition($states.input.x, 4)", {"x": "array"}),
        ("$map($states.input.x, function($v) { $v.price * 2 })", {"x": "array"}),
        ("$reduce($states.input.x, function($sum, $v) { $sum + $v })", {"x": "array"}),
        ("$lookup($states.input, 'x')", {"x": None}),
        ("$lookup($states.input, 'x') + 1", {"x": "number"}),
        ("$lookup($states.input, 'x').id", {"x": None}),
        ("$states.input ~> $lookup('x')", {"x": None}),
        ("($o := $states.input.x; $o.id)", {"x": None}),
        ("($o := $states.input.x; $o[0])", {"x": "array"}),
        ("($o := $states.input.x; $o[0] + 1)", {"x": "array"}),
        ("$states.input.x ? $states.input.y : $states.input.z", {"x": None, "y": None, "z": None}),
        ("$exists($states.input.x)", {"x?": None}),
        ("$exists($states.input.x[0])", {"x": None}),
        ("$exists($lookup($states.input, 'x'))", {"x?": None}),
        ("$exists($states.input.x) ? $uppercase($states.input.x) : 'none'", {"x?": "string"}),
        ("$states.input.x ?? 1", {"x?": None}),
        ("$states.input.(x & y)", {"x": None, "y": None}),
        ("$states.input.{'a': x}", {"x": None}),
        ("$states.input.x^(>price)", {"x": "array"}),
        ("$states.input ~> |order|{'a': 1}|", {}),
        ("$states.input.x.**", {"x": None}),
        ("{'a': [$states.input.x, {'b': $states.input.y}]}", {"x": None, "y": None}),
        ("function($i) { $i.x }", {}),
        ("$split($states.input.x, /,/)", {"x": "string"}),
        ("$states.result.x & $nobody.sets.it", {}),
    ],
)
def test_an_expression_shows_names_and_types(expression: str, found: dict[str, str]) -> None:
    assert inputs(jsonata(reads(expression))) == found


def test_a_variable_of_a_block_ends_with_the_block() -> None:
    expression = "[($o := $states.input.x; $o + 1), $uppercase($o)]"
    found = inputs(jsonata(passes(Assign={"o": "{% $states.input.y %}"}), reads(expression)))
    assert found == {"y": "string", "x": "number"}


@pytest.mark.parametrize(
    "expression",
    [
        "$states.input.*",
        "$states.input.**",
        "$states.input[x = 1]",
        "$lookup($states.input, $name)",
        "$keys($states.input)",
        "$string($states.input)",
        "$each($states.input, function($v) { $v })",
    ],
)
def test_an_expression_that_tells_no_name_takes_the_whole_input(expression: str) -> None:
    assert inputs(jsonata(reads(expression))) == {}
    assert notes(jsonata(reads(expression))) == ('"A" takes the whole input',)


def test_fields_of_a_wait_and_a_condition_show_types() -> None:
    rule = {"Condition": "{% $states.input.ready %}", "Next": "B"}
    definition = jsonata(
        {"Type": "Choice", "Choices": [rule], "Default": "B"},
        {"Type": "Wait", "Seconds": "{% $states.input.pause %}"},
        {"Type": "Wait", "Timestamp": "{% $states.input.until %}"},
    )
    assert inputs(definition) == {"ready": "boolean", "pause": "integer", "until": "datetime"}


def test_a_rule_of_a_choice_has_an_output_of_its_own() -> None:
    rule = {"Condition": "{% true %}", "Output": {"y": 1}, "Next": "B"}
    only = jsonata({"Type": "Choice", "Choices": [rule]}, reads("$states.input.x"))
    also = jsonata({"Type": "Choice", "Choices": [rule], "Default": "B"}, reads("$states.input.x"))
    assert (inputs(only), inputs(also)) == ({}, {"x": None})


def test_the_output_of_a_choice_holds_where_no_rule_does() -> None:
    rule = {"Condition": "{% true %}", "Next": "B"}
    choice = {"Type": "Choice", "Choices": [rule], "Default": "C", "Output": {"y": 1}}
    definition = jsonata(choice, reads("$states.input.x", End=True), reads("$states.input.z"))
    assert inputs(definition) == {"x": None}


def test_a_catch_sees_the_error_and_the_input() -> None:
    caught = {"ErrorEquals": ["States.ALL"], "Next": "B"}
    output = {"why": "{% $states.errorOutput.Cause %}", "was": "{% $states.input.x %}"}
    plain = jsonata(task(Arguments={}, Catch=[caught], End=True), reads("$states.input.y"))
    told = jsonata(
        task(Arguments={}, Catch=[{**caught, "Output": output}], End=True),
        reads("$states.input.was.id"),
    )
    assert (inputs(plain), inputs(told)) == ({}, {"x": None})


def test_a_map_in_jsonata_reads_its_items_and_selects() -> None:
    processor = {"StartAt": "X", "States": {"X": reads("$states.input.id", End=True)}}
    selector = {"id": "{% $states.context.Map.Item.Value.id %}", "d": "{% $states.input.day %}"}
    definition = jsonata(
        {
            "Type": "Map",
            "Items": "{% $states.input.rows %}",
            "ItemSelector": selector,
            "ItemProcessor": processor,
            "MaxConcurrency": "{% $states.input.atOnce %}",
        }
    )
    assert inputs(definition) == {"atOnce": "integer", "rows": "array", "day": None}


def test_a_parallel_in_jsonata_hands_its_arguments_on() -> None:
    branch = {"StartAt": "X", "States": {"X": reads("$states.input.a.b", End=True)}}
    arguments = {"a": "{% $states.input.x %}"}
    definition = jsonata({"Type": "Parallel", "Arguments": arguments, "Branches": [branch]})
    assert inputs(definition) == {"x": None}


def test_a_state_may_have_a_language_of_its_own() -> None:
    definition = chain(
        reads("$states.input.x", QueryLanguage="JSONata"),
        passes(Parameters={"a.$": "$.y"}),
    )
    assert inputs(definition) == {"x": None, "y": None}


def test_text_that_is_no_expression_reads_nothing() -> None:
    assert inputs(jsonata(passes(Output="$states.input.x"))) == {}
    assert inputs(chain(passes(Parameters={"a": "{% $states.input.x %}"}))) == {}


@pytest.mark.parametrize("expression", ["1 +", "(", "$states.input.x ! 1", "/[/", "`", "'"])
def test_an_expression_that_cannot_be_read_is_noted(expression: str) -> None:
    definition = jsonata(
        passes(Output={"a": f"{{% {expression} %}}", "b": "{% $states.input.y %}"})
    )
    assert inputs(definition) == {"y": None}
    assert notes(definition) == ('"A" has an expression that can\'t be read',)


def test_a_long_chain_of_signs_is_one_level() -> None:
    expression = " & ".join(f"$states.input.x{number}" for number in range(200))
    assert list(inputs(jsonata(reads(expression)))) == [f"x{number}" for number in range(200)]


def test_jsonata_is_imported_only_when_an_expression_is_read() -> None:
    program = (
        "import sys\n"
        "from runner.inference import infer\n"
        "infer({'StartAt': 'A', 'States': {'A': {'Type': 'Pass', 'InputPath': '$.x'}}})\n"
        "print('jsonata' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "False"
