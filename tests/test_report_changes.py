from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.plan import SENSITIVE, InputChange
from runner.report import changes

if TYPE_CHECKING:
    from runner.values import Json

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def diff(*found: InputChange, width: int = 80, most: int | None = changes.MOST) -> list[str]:
    return list(changes.lines(changes.differences(found), width=width, most=most))


def test_a_change_is_a_line() -> None:
    assert diff(
        InputChange("order_date", "2026-11-18", "2026-11-19"),
        InputChange("limit", now=5, is_new=True),
        InputChange("old", 3, is_gone=True),
    ) == ['~ order_date: "2026-11-18" → "2026-11-19"', "+ limit: 5", "- old"]


def test_inside_an_object_only_what_changed_is_shown() -> None:
    before: Json = {"full": True, "deep": {"x": 1, "y": [1]}, "gone": 1}
    now: Json = {"full": True, "deep": {"x": 2, "y": [1]}, "new": None}
    assert diff(InputChange("options", before, now)) == [
        "~ options.deep.x: 1 → 2",
        "+ options.new: null",
        "- options.gone",
    ]


def test_a_secret_that_changed_shows_nothing_of_it() -> None:
    assert diff(InputChange("token", SENSITIVE, SENSITIVE)) == ["~ token: <sensitive>"]


def test_long_values_show_where_they_begin_to_differ() -> None:
    before, now = f"s3://{'lake/' * 40}2026-11-18/x", f"s3://{'lake/' * 40}2026-11-19/x"
    assert diff(InputChange("path", before, now)) == [
        '~ path: …026-11-18/x" → …026-11-19/x"',
    ]


def test_of_many_differences_the_rest_is_counted() -> None:
    found = [InputChange(f"p{n}", 1, 2) for n in range(30)]
    assert diff(*found)[-1] == "and 20 more"
    assert len(diff(*found, most=None)) == 30


@pytest.mark.parametrize(
    ("before", "now", "lines"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": "1"}, ['~ a: 1 → "1"']),
        ({"a": None}, {}, ["- a"]),
        ({}, {"a": None}, ["+ a: null"]),
    ],
)
def test_two_inputs_compared(
    before: dict[str, Json], now: dict[str, Json], lines: list[str]
) -> None:
    assert diff(*changes.between(before, now)) == lines


@given(st.text(max_size=20), values, values, st.integers(20, 120))
def test_a_diff_is_clean_and_fits(name: str, before: Json, now: Json, width: int) -> None:
    for line in diff(InputChange(name, before, now), width=width):
        assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u202e\ud800-\udfff]", line)
        room = max(width, 24 + line.index(":") + 4 if ":" in line else 0)
        assert len(line) <= max(room, 120)


@given(st.text(max_size=200), st.text(max_size=60), st.text(max_size=60), st.integers(24, 80))
def test_what_differs_is_not_shown_as_the_same(
    start: str, before: str, now: str, width: int
) -> None:
    before, now = start + before, start + now
    lines = diff(InputChange("p", before, now), width=width)
    for line in lines:
        shown = line.removeprefix("~ p: ").partition(" → ")
        assert before == now or shown[0] != shown[2]
