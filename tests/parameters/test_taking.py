"""Outputs are taken from what an execution left."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from runner.parameters import Direction, ParameterType, Taken, take


@dataclass(frozen=True)
class Output:
    name: str
    type: ParameterType | None = None
    direction: Direction = Direction.OUTPUT
    sensitive: bool = False


def test_a_property_matches_exactly_first_then_ignoring_case() -> None:
    taken = take([Output("rows"), Output("DAY")], '{"Rows": 1, "rows": 2, "day": "x"}')
    assert taken == Taken({"rows": 2, "DAY": "x"})


def test_letters_of_every_language_ignore_their_case() -> None:
    assert take([Output("STRASSE")], '{"straße": 1}').outputs == {"STRASSE": 1}


def test_two_properties_that_differ_in_case_alone_are_not_guessed_between() -> None:
    taken = take([Output("rows")], '{"Rows": 1, "ROWS": 2}')
    assert taken == Taken(
        {}, misfits=(("rows", "the output has 'ROWS' and 'Rows', but no 'rows'"),)
    )


@pytest.mark.parametrize("output", ['"rows"', "5", '[{"rows": 1}]', "null", None])
def test_only_an_object_at_the_root_fills_anything(output: str | None) -> None:
    assert take([Output("rows")], output) == Taken({}, missing=("rows",))


@pytest.mark.parametrize(
    "output", ["not json", '{"rows": 1, "rows": 2}', '{"rows": NaN}', "[" * 5000, "9" * 6000]
)
def test_an_output_that_can_not_be_read_is_not_taken_for_one_that_lacks_it(output: str) -> None:
    taken = take([Output("rows"), Output("day", direction=Direction.INPUT)], output)
    assert taken.outputs == {}
    assert taken.missing == ()
    ((name, why),) = taken.misfits
    assert name == "rows"
    assert why.startswith("the output can't be read: ")


def test_inouts_are_filled_and_inputs_are_not() -> None:
    cursor = Output("cursor", direction=Direction.INOUT)
    taken = take([cursor, Output("day", direction=Direction.INPUT)], '{"cursor": 1, "day": 2}')
    assert taken == Taken({"cursor": 1})


def test_a_misfit_is_told_and_not_filled() -> None:
    taken = take(
        [Output("rows", ParameterType.INTEGER), Output("day", ParameterType.DATE)],
        '{"rows": "many", "day": "2024-01-31"}',
    )
    assert taken == Taken({"day": "2024-01-31"}, misfits=(("rows", "'many' is not an integer"),))


def test_a_sensitive_misfit_is_not_shown() -> None:
    taken = take([Output("rows", ParameterType.INTEGER, sensitive=True)], '{"rows": "many"}')
    assert taken.misfits == (("rows", "the value is not an integer"),)


def test_values_keep_digits_and_take_the_declared_type() -> None:
    taken = take(
        [Output("a"), Output("b", ParameterType.INTEGER), Output("c", ParameterType.JSON)],
        '{"a": 1.10, "b": 5.0, "c": "text"}',
    )
    assert str(taken.outputs) == "{'a': Decimal('1.10'), 'b': 5, 'c': 'text'}"


def test_null_fits_no_type_but_json() -> None:
    outputs = [Output("a"), Output("b", ParameterType.JSON), Output("c", ParameterType.STRING)]
    taken = take(outputs, '{"a": null, "b": null, "c": null}')
    assert taken == Taken({"a": None, "b": None}, misfits=(("c", "null is not a string"),))
