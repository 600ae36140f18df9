"""JSONPath, read by hand but for filters."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.local import jsonpath

DATA = {"a": {"b": [{"c": 1}, {"c": 2, "d": 3}]}, "t": "text", "n": None, "it's": 9}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", DATA),
        ("$.n", None),
        ("$.a.b[1].d", 3),
        ("$['a']['b'][0]", {"c": 1}),
        ("$.['a'].['b'][-1].c", 2),
        ("$['it\\'s']", 9),
        ('$["it\'s"]', 9),
        ("$.a.b[*].d", [3]),
        ("$.a.b[0,1].c", [1, 2]),
        ("$.a.b[:1]", [{"c": 1}]),
        ("$.a.b[::2]", [{"c": 1}]),
        ("$..c", [1, 2]),
        ("$.a.b[1]['c', 'd']", {"c": 2, "d": 3}),
        ("$.a.b[0]['c', 'd']", {"c": 1}),
        ("$.a.b.[*].['c','d']", [{"c": 1}, {"c": 2, "d": 3}]),
        ("$['t','a'].b", [[{"c": 1}, {"c": 2, "d": 3}]]),
        ("$..b[1].d", [3]),
        ("$.a.*", [[{"c": 1}, {"c": 2, "d": 3}]]),
        ("$.a.b[?(@.c == 2 && @.d)].c", [2]),
        ("$.a.b[?(@.d == ']')]", []),
        ("$..nothing", []),
        ("$.a.b[5,6]", []),
    ],
)
def test_a_path_gives_what_it_names(path: str, value: Any) -> None:
    assert jsonpath.extract(path, DATA) == value


@pytest.mark.parametrize("path", ["$.x", "$.t.x", "$.n.x", "$.a.b[2]", "$.t[0]", "$.x[*].y"])
def test_a_path_that_names_nothing_is_told(path: str) -> None:
    with pytest.raises(jsonpath.NothingThere):
        jsonpath.extract(path, DATA)


@pytest.mark.parametrize(
    "path",
    [
        *("", "a", "$.", "$..", "$a", "$.a b", "$.a+1", "$.a.length()", "$["),
        *("$[a]", "$['a", "$[?(@.a", "$[?(]", "$[1", "$[::0]", "$.`len`", "$" + ".a" * 101),
    ],
)
def test_what_is_no_path_is_told(path: str) -> None:
    with pytest.raises(jsonpath.BadPath):
        jsonpath.parse(path)


@pytest.mark.parametrize(
    ("path", "keys"), [("$", ()), ("$.a.b[0]['c d']", ("a", "b", 0, "c d")), ("$.é", ("é",))]
)
def test_a_place_is_its_keys(path: str, keys: tuple[str | int, ...]) -> None:
    assert jsonpath.place(path) == keys


@pytest.mark.parametrize("path", ["$.*", "$.a[0,1]", "$..a", "$[1:]", "$[?(@.a)]"])
def test_a_path_to_many_places_is_no_place(path: str) -> None:
    with pytest.raises(jsonpath.BadPath):
        jsonpath.place(path)


@given(JSON, st.lists(st.text(max_size=5) | st.integers(0, 3), max_size=4))
def test_a_path_made_of_keys_leads_where_the_keys_lead(value: Any, keys: list[str | int]) -> None:
    path = "$" + "".join(
        f"[{key}]" if isinstance(key, int) else f"['{_escaped(key)}']" for key in keys
    )
    expected = value
    for key in keys:
        if isinstance(key, int):
            known = isinstance(expected, list) and key < len(expected)
        else:
            known = isinstance(expected, dict) and key in expected
        if not known:
            with pytest.raises(jsonpath.NothingThere):
                jsonpath.extract(path, value)
            return
        expected = expected[key]

    assert jsonpath.extract(path, value) == expected


def _escaped(key: str) -> str:
    return key.replace("\\", "\\\\").replace("'", "\\'")


@given(st.text(alphabet="$.[]'\"*?()@:,0a \\", max_size=20))
def test_no_text_is_too_odd_to_read(text: str) -> None:
    with contextlib.suppress(jsonpath.BadPath, jsonpath.NothingThere):
        jsonpath.extract(text, DATA)
