"""The nearest of several names."""

from __future__ import annotations

import pytest

from runner.suggestions import did_you_mean, nearest

MANY = [f"load_{i:04}" for i in range(3000)]


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("load_order", "load_orders"),
        ("LOAD_ORDERS", "load_orders"),
        ("ordres", "orders"),
        ("nothing_like_it", None),
        ("x" * 1000, None),
        ("", None),
    ],
)
def test_the_nearest_name_is_found(word: str, found: str | None) -> None:
    assert nearest(word, ["load_orders", "orders"]) == found


def test_among_many_names_those_that_begin_alike_are_compared() -> None:
    assert nearest("LOAD_2999", MANY) == "load_2999"
    assert nearest("load_00012", MANY) is not None
    assert nearest("laod_2999", MANY) is None


def test_a_few_names_are_listed_when_none_is_near() -> None:
    assert did_you_mean("x", ["b", "a"]) == "there is a, b"
    assert did_you_mean("x", []) is None
    assert did_you_mean("zzz", MANY) is None
