from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner import values
from runner.values import Json, NotJson, TooLarge

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9)
    | st.text()
)
JSON: st.SearchStrategy[Json] = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@given(JSON)
def test_what_is_written_is_read_again(value: Json) -> None:
    assert values.parse(values.compact(value)) == value
    assert values.parse(values.canonical(value)) == value


@pytest.mark.parametrize("text", ["1.10", "0.1", "100000000000000000000000000", "-0.0", "1E+2"])
def test_numbers_keep_their_digits(text: str) -> None:
    assert values.compact(values.parse(text)) == text


@given(st.dictionaries(st.text(), st.integers()))
def test_the_order_of_keys_changes_no_canonical_byte(value: dict[str, int]) -> None:
    turned: Json = dict(reversed(value.items()))
    assert values.canonical(turned) == values.canonical(dict(value))
    assert values.canonical(turned).isascii()


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2}',
        "NaN",
        "-Infinity",
        "[" * 100_000,
        "[" * 300 + "]" * 300,
        "9" * 5000,
        "1e99999999999999999999",
        "1e999999999",
        "1e-999999999",
        "1.5 trailing",
        "",
        "'single'",
    ],
)
def test_what_is_not_strict_json_is_refused(text: str) -> None:
    with pytest.raises(NotJson):
        values.parse(text)


def test_writing_stops_at_its_bound_however_much_is_shared() -> None:
    value: Json = ["x" * 100]
    for _ in range(60):
        value = [value, value]
    with pytest.raises(TooLarge):
        values.compact(value, limit=10_000)


def test_sizes_are_bytes_of_utf_8() -> None:
    assert values.size("ü") == 4
    assert values.size(["a"]) == 5


def test_zero_may_have_any_exponent() -> None:
    assert values.decimal("0e-5000") == Decimal(0)


def test_a_lone_surrogate_is_written_as_its_escape() -> None:
    text = values.compact({"a": "x\ud800y"})
    assert text == '{"a":"x\\ud800y"}'
    assert values.encode(text) == text.encode()
    assert values.parse(text) == {"a": "x\ud800y"}


@given(JSON)
def test_well_formed_json_is_the_same_json_without_commands(value: Json) -> None:
    text = values.well_formed(values.compact(["##[error]", value]))
    assert values.parse(text) == ["##[error]", value]
    assert "##[" not in text


UNSEEN = "\x7f\x80\x85\x9b\x9f\u00ad\u061c\u200b\u202e\u2028\u2066\ufeff\ufff9\ud800\U000e0041"


@pytest.mark.parametrize("character", UNSEEN)
def test_well_formed_json_is_the_same_json_without_what_steers_a_terminal(character: str) -> None:
    value: Json = {f"é{character}😀": [f"{character}31m", "ü"]}
    text = values.well_formed(values.compact(value))
    assert character not in text
    assert "é" in text
    assert "😀" in text
    assert values.parse(text) == value


def test_json_to_be_sent_or_hashed_keeps_its_bytes() -> None:
    assert values.compact("\u202e\x9b") == '"\u202e\x9b"'
    assert values.canonical("\u202e\x9b") == '"\\u202e\\u009b"'
    assert values.size("\u202e") == len('"\u202e"'.encode())


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("é😀", None),
        ("a\ud800", "\\ud800"),
        ({"a": ["b", {"\udfff": 1}]}, "\\udfff"),
        ([{"a": "\udcff"}], "\\udcff"),
        ([None, True, 1, {}], None),
    ],
)
def test_a_lone_surrogate_is_found_in_texts_and_keys(value: Json, found: str | None) -> None:
    assert values.lone_surrogate(value) == found
