"""A declared type decides about a value."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner import parameters, values
from runner.parameters import Misfit, ParameterType

if TYPE_CHECKING:
    from runner.values import Json

TYPES = list(ParameterType)


@pytest.mark.parametrize(
    ("type_", "value", "sent"),
    [
        ("string", "007", '"007"'),
        ("string", "", '""'),
        ("string", 5, '"5"'),
        ("string", Decimal("1.50"), '"1.50"'),
        ("string", True, '"true"'),
        ("boolean", True, "true"),
        ("boolean", "false", "false"),
        ("integer", 5, "5"),
        ("integer", "-5", "-5"),
        ("integer", Decimal("5.0"), "5"),
        ("integer", Decimal("1e3"), "1000"),
        ("integer", "9" * 60, "9" * 60),
        ("number", "1.50", "1.50"),
        ("number", "1e-7", "1E-7"),
        ("number", "10", "10"),
        ("number", Decimal("1.10"), "1.10"),
        ("object", {"a": 1}, '{"a":1}'),
        ("object", '{"a": 1.50}', '{"a":1.50}'),
        ("array", [1], "[1]"),
        ("array", "[1, 2]", "[1,2]"),
        ("json", None, "null"),
        ("json", '"text"', '"text"'),
        ("json", "null", "null"),
        ("json", "1.50", "1.50"),
        ("json", {"a": "1"}, '{"a":"1"}'),
        ("date", "2024-02-29", '"2024-02-29"'),
        ("datetime", "2024-02-29T23:59:59Z", '"2024-02-29T23:59:59Z"'),
        (
            "datetime",
            "2024-02-29T23:59:59.123456789-05:30",
            '"2024-02-29T23:59:59.123456789-05:30"',
        ),
    ],
)
def test_a_value_takes_the_form_of_its_type(type_: str, value: Json, sent: str) -> None:
    assert values.compact(parameters.convert(value, ParameterType(type_))) == sent


@pytest.mark.parametrize(
    ("type_", "value", "way_out"),
    [
        ("string", None, "json"),
        ("string", [], "json"),
        ("boolean", "yes", "write true"),
        ("boolean", "OFF", "write false"),
        ("boolean", "True", "write true"),
        ("boolean", 1, "true or false"),
        ("boolean", "1", "true or false"),
        ("integer", "1_000", "write 1000"),
        ("integer", "1,000", "write 1000"),
        ("integer", "0x1F", "write 31"),
        ("integer", "-0x1f", "write -31"),
        ("integer", "0o17", "write 15"),
        ("integer", "0b101", "write 5"),
        ("integer", "010", "write 8 or 10"),
        ("integer", "08", "write 8"),
        ("integer", "+5", "write 5"),
        ("integer", "5.0", "write 5"),
        ("integer", "1e3", "write 1000"),
        ("integer", "1:30", "write 90"),
        ("integer", " 5", "like 500"),
        ("integer", "٣", "like 500"),
        ("integer", "0.5", "like 500"),
        ("integer", "9" * 4001, "digits"),
        ("integer", Decimal("0.5"), "like 500"),
        ("integer", Decimal("1e999999"), "like 500"),
        ("integer", True, "like 500"),
        ("number", ".5", "write 0.5"),
        ("number", "5.", "write 5"),
        ("number", "NaN", "like 1.5"),
        ("number", ".inf", "like 1.5"),
        ("number", "1_0.5", "write 10.5"),
        ("number", True, "like 1.5"),
        ("number", "1e99999999999999999999", "exponent"),
        ("object", "[]", "mapping"),
        ("object", "{", "read as JSON text"),
        ("object", [], "mapping"),
        ("array", {}, "list"),
        ("json", "text", "read as JSON text"),
        ("json", "NaN", "read as JSON text"),
        ("json", '{"a": 1, "a": 2}', "stands twice"),
        ("date", "2023-02-29", "a day that exists"),
        ("date", "2024-2-9", "2024-01-31"),
        ("date", "20240131", "2024-01-31"),
        ("date", "2024-01-31T00:00:00Z", "2024-01-31"),
        ("date", 20240131, "2024-01-31"),
        ("date", "२०२४-०१-३१", "2024-01-31"),
        ("datetime", "2024-01-31", "2024-01-31T10:00:00Z"),
        ("datetime", "2024-01-31T10:00:00", "2024-01-31T10:00:00Z"),
        ("datetime", "2024-01-31T10:00Z", "2024-01-31T10:00:00Z"),
        ("datetime", "2024-13-01T10:00:00Z", "2024-01-31T10:00:00Z"),
        ("datetime", "2024-01-31T24:00:00Z", "2024-01-31T10:00:00Z"),
        ("datetime", "2024-01-31T10:00:00+25:00", "2024-01-31T10:00:00Z"),
        ("datetime", "2024-01-31t10:00:00Z", "2024-01-31T10:00:00Z"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_way_out(type_: str, value: Json, way_out: str) -> None:
    with pytest.raises(Misfit) as caught:
        parameters.convert(value, ParameterType(type_))
    assert way_out in (caught.value.help or "")


def test_a_message_is_short_and_shows_no_control_character() -> None:
    with pytest.raises(Misfit) as caught:
        parameters.convert("\x1b[31m" + "x" * 1000, ParameterType.INTEGER)
    assert "\x1b" not in caught.value.message
    assert len(caught.value.message) < 120


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["1", "true", "2024-01-31", "{}", "[]", "null", "1e5"]),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3)
    ),
    max_leaves=6,
)


@given(JSON)
def test_without_a_type_a_value_stays_what_it_is(value: Json) -> None:
    assert parameters.convert(value, None) is value


@given(JSON, st.sampled_from([type_ for type_ in TYPES if type_ is not ParameterType.JSON]))
def test_what_was_converted_once_is_not_changed_again(value: Json, type_: ParameterType) -> None:
    try:
        once = parameters.convert(value, type_)
    except Misfit:
        return
    assert values.compact(parameters.convert(once, type_)) == values.compact(once)


@given(JSON, st.sampled_from(TYPES))
def test_a_complaint_that_may_be_shown_holds_no_value(value: Json, type_: ParameterType) -> None:
    told = {
        complaint(value, type_),
        complaint("not of any type" if type_ != "string" else [], type_),
    }
    assert len(told - {None}) == 1


def complaint(value: Json, type_: ParameterType) -> tuple[str, str | None] | None:
    try:
        parameters.convert(value, type_)
    except Misfit as error:
        return error.public, error.public_help
    return None
