"""Where a character of a scalar stands in the file, however the scalar is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.documents import MapNode, ScalarNode, parse, place_in, places_in


def scalar(text: str) -> ScalarNode:
    root = parse(text.encode(), "f").documents[0].root
    assert isinstance(root, MapNode)
    node = root.items["k"]
    assert isinstance(node, ScalarNode)
    return node


def where(text: str, wanted: str) -> str:
    """Line and column at which `wanted` begins in the value of `k`."""
    node = scalar(text)
    place = place_in(node, node.text.index(wanted))
    return f"{place.line}:{place.column}"


@pytest.mark.parametrize(
    ("text", "wanted", "place"),
    [
        ("k: abc\n", "a", "1:4"),
        ("k: abc\n", "c", "1:6"),
        ("k: a b  c\n", "c", "1:9"),
        ("k: a b  c\n", "  c", "1:7"),
        ("k: one\n  two\n   three\n", "two", "2:3"),
        ("k: one\n  two\n   three\n", "ree", "3:6"),
        ("k: 'a''b c'\n", "b", "1:8"),
        ("k: 'a''b c'\n", "'", "1:6"),
        ("k: '  a'\n", "a", "1:7"),
        ("k: 'one\n\n  two'\n", "two", "3:3"),
        ('k: "a\\tb\\"c\\u00e9d"\n', "b", "1:8"),
        ('k: "a\\tb\\"c\\u00e9d"\n', '"', "1:9"),
        ('k: "a\\tb\\"c\\u00e9d"\n', "é", "1:12"),
        ('k: "a\\tb\\"c\\u00e9d"\n', "d", "1:18"),
        ('k: "one\\\n   two"\n', "two", "2:4"),
        ("k: |\n  a\n   b\n", "a", "2:3"),
        ("k: |\n  a\n   b\n", "b", "3:4"),
        ("k: |2- # why\n    a\n  b\n", "b", "3:3"),
        ("k: >-\n\n  one\n  two\n", "two", "4:3"),
        ("k:\n  - x\nk2: y\n".replace("- x", "later"), "ter", "2:5"),
        ("k: &anchor value\n", "lue", "1:14"),
        ("k: &anchor\n  value\n", "lue", "2:5"),
        ("k: é😀x\n", "x", "1:6"),
        ("a: 1\r\nk: |\r\n  x\r\n  y\r\n", "y", "4:3"),
    ],
)
def test_a_character_is_found_in_every_style(text: str, wanted: str, place: str) -> None:
    assert where(text, wanted) == place


def test_the_place_is_right_in_a_later_document() -> None:
    parsed = parse(b"a: 1\n---\n# x\nk: [2, 'b c']\n", "f")
    root = parsed.documents[1].root
    assert isinstance(root, MapNode)
    node = parse(b"", "f")
    assert node.documents == ()
    item = root.items["k"]
    assert not isinstance(item, ScalarNode | MapNode)
    last = item.items[1]
    assert isinstance(last, ScalarNode)
    assert str(place_in(last, 2)) == "f:4:11"


def test_past_the_end_is_just_behind_the_text() -> None:
    node = scalar("k: abc\n")
    assert str(place_in(node, 3)) == "f:1:7"
    assert str(place_in(scalar("k:\nj: 1\n"), 0)) == "f:1:3"


WORDS = st.text(alphabet="ab'\"\\é😀{}$ .", min_size=1).filter(lambda text: text.strip() != "")


@given(WORDS, st.data())
def test_in_quoted_text_every_visible_character_is_found(text: str, data: st.DataObject) -> None:
    visible = [index for index, letter in enumerate(text) if letter != " "]
    offset = data.draw(st.sampled_from(visible))
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    for line, letters in (
        ("k: '" + text.replace("'", "''") + "'", text.replace("'", "''")),
        (f'k: "{escaped}"', escaped),
    ):
        place = place_in(scalar(line), offset)
        found = letters[place.column - 5 :]
        assert found.lstrip("\\")[:1] == text[offset] or found[:1] == text[offset]


@pytest.mark.parametrize(
    "text",
    ["k: a  b c\n  d\n", "k: 'a''b  c '\n", 'k: "a\\tb \\u00e9\\\n  d "\n', "k: |\n\n  a\n   b\n"],
)
def test_many_places_are_the_same_as_each_alone(text: str) -> None:
    node = scalar(text)
    offsets = list(range(len(node.text) + 1))
    assert places_in(node, offsets) == [place_in(node, offset) for offset in offsets]
    assert places_in(node, [2, 2]) == [place_in(node, 2)] * 2
    assert places_in(node, []) == []
