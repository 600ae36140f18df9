"""What well-formed YAML becomes: JSON's data model, with a place for everything."""

from __future__ import annotations

import codecs
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from runner.documents import ListNode, MapNode, ScalarNode, find, parse, place_of_key, plain
from runner.errors import Place

if TYPE_CHECKING:
    from runner.values import Json


def read(text: str) -> Json:
    parsed = parse(text.encode(), "f.yaml")
    assert parsed.diagnostics == ()
    (document,) = parsed.documents
    return plain(document.root)


def read_all(text: str) -> list[Json]:
    parsed = parse(text.encode(), "f.yaml")
    assert parsed.diagnostics == ()
    return [plain(document.root) for document in parsed.documents]


def test_plain_scalars_are_what_json_makes_of_them() -> None:
    text = "[null, true, false, 0, -3, 1.50, -0.0, text, '1', \"true\", ]"
    expected = [None, True, False, 0, -3, Decimal("1.50"), Decimal("-0.0"), "text", "1", "true"]
    assert read(text) == expected


def test_an_absent_value_is_null() -> None:
    assert read("a:\nb: 1\n") == {"a": None, "b": 1}


@pytest.mark.parametrize(
    "text", ["2026-01-31", "2026-01-31T10:00:00Z", "2001-12-14 21:59:43.10 -5", "2026-1-1"]
)
def test_dates_are_text_and_no_reader_doubts_it(text: str) -> None:
    node = parse(f"a: {text}".encode(), "f").documents[0].root
    assert isinstance(node, MapNode)
    value = node.items["a"]
    assert isinstance(value, ScalarNode)
    assert (value.value, value.ambiguous) == (text, False)


def test_numbers_keep_their_digits() -> None:
    digits = "9" * 4000
    value = read(f"[{digits}, 0.1000000000000000000000000001, 12345678901234567890.50]")
    assert value == [
        int(digits),
        Decimal("0.1000000000000000000000000001"),
        Decimal("12345678901234567890.50"),
    ]


def test_several_documents_are_read_in_order() -> None:
    assert read_all("a: 1\n---\nb: 2\n...\nc: 3\n--- d\n") == [{"a": 1}, {"b": 2}, {"c": 3}, "d"]


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment", "---\n", "---\n---\n# x\n...\n"])
def test_empty_documents_are_left_out_without_a_word(text: str) -> None:
    assert read_all(text) == []


def test_an_empty_document_between_others_hides_none() -> None:
    assert read_all("a: 1\n---\n---\n# nothing\n---\nb: 2\n") == [{"a": 1}, {"b": 2}]


def test_a_utf_8_byte_order_mark_is_no_part_of_the_text() -> None:
    parsed = parse(codecs.BOM_UTF8 + b"a: b\n", "f")
    root = parsed.documents[0].root
    assert plain(root) == {"a": "b"}
    assert root.place == Place("f", 1, 1)


def test_the_yaml_directive_changes_nothing() -> None:
    assert read_all("%YAML 1.1\n# x\n---\na: no\n...\n%YAML 1.2\n---\nb: 1\n") == [
        {"a": "no"},
        {"b": 1},
    ]


def test_line_endings_of_every_system_are_read_and_counted() -> None:
    parsed = parse(b"a: 1\r\nb: 2\rc: 3\n---\r\nd: 4\n", "f")
    places = [place_of_key(parsed.documents[0].root, [key]).line for key in "abc"]
    assert places == [1, 2, 3]
    assert place_of_key(parsed.documents[1].root, ["d"]) == Place("f", 5, 1)


def test_block_text_is_read_as_yaml_says() -> None:
    assert read("a: |\n  x\n   y\n\nb: >-\n  one\n  two\n") == {"a": "x\n y\n", "b": "one two"}


def test_a_tab_separates_and_stands_in_text() -> None:
    assert read("a:\tb\tc\t# d\nx: |\n  a\tb\n  \tc\n") == {"a": "b\tc", "x": "a\tb\n\tc\n"}


def test_every_key_and_value_has_its_place() -> None:
    text = "# comment\na:\n  - x\n  - {b: 'y', c: [1, 2]}\n---\nd: e\n"
    first, second = parse(text.encode(), "f.yaml").documents
    root = first.root
    assert root.place == Place("f.yaml", 2, 1)
    assert find(root, ["a"]).place == Place("f.yaml", 3, 3)
    assert find(root, ["a", 1, "b"]).place == Place("f.yaml", 4, 9)
    assert find(root, ["a", 1, "c", 1]).place == Place("f.yaml", 4, 21)
    assert place_of_key(root, ["a", 1, "c"]) == Place("f.yaml", 4, 14)
    assert place_of_key(second.root, ["d"]) == Place("f.yaml", 6, 1)
    assert place_of_key(root, []) == root.place


def test_columns_count_characters_not_bytes() -> None:
    root = parse("{'é😀': x}".encode(), "f").documents[0].root
    assert find(root, ["é😀"]).place == Place("f", 1, 8)


def test_find_ends_where_the_path_leads_nowhere() -> None:
    root = parse(b"a: [1]", "f").documents[0].root
    assert find(root, ["a", 5]) is find(root, ["a"])
    assert find(root, ["b", "c"]) is root
    assert isinstance(find(root, ["a"]), ListNode)


def test_key_places_are_a_mapping() -> None:
    root = parse(b"a: 1\nb: 2\n", "f").documents[0].root
    assert isinstance(root, MapNode)
    assert dict(root.key_places) == {"a": Place("f", 1, 1), "b": Place("f", 2, 1)}
    assert len(root.key_places) == 2


def test_words_that_yaml_1_1_alone_takes_for_booleans_may_be_keys() -> None:
    assert read("on: 1\ny: 2\nno: 3\n") == {"on": 1, "y": 2, "no": 3}


# Anchors, aliases and merge keys


def test_an_alias_is_the_value_that_its_anchor_names() -> None:
    assert read("a: &x {b: [1, &y z]}\nc: *x\nd: *y\n") == {
        "a": {"b": [1, "z"]},
        "c": {"b": [1, "z"]},
        "d": "z",
    }


def test_the_nearest_anchor_above_counts() -> None:
    assert read("[&a 1, *a, &a 2, *a]") == [1, 1, 2, 2]


def test_an_alias_may_be_a_key() -> None:
    assert read("a: &x name\n*x : 1\n") == {"a": "name", "name": 1}


def test_own_keys_win_over_merged_ones_wherever_they_stand() -> None:
    text = "base: &b {x: 1, y: 2}\none: {<<: *b, x: 9}\ntwo: {x: 9, <<: *b}\n"
    value = read(text)
    assert isinstance(value, dict)
    assert value["one"] == value["two"] == {"x": 9, "y": 2}


def test_the_first_of_several_merged_mappings_wins() -> None:
    text = "- &a {x: 1}\n- &b {x: 2, y: 2}\n- {<<: [*a, *b, {z: 3}]}\n"
    value = read(text)
    assert isinstance(value, list)
    assert value[2] == {"x": 1, "y": 2, "z": 3}


def test_merged_mappings_may_have_been_merged_themselves() -> None:
    value = read("- &a {x: 1}\n- &b {<<: *a, y: 2}\n- {<<: *b}\n")
    assert isinstance(value, list)
    assert value[2] == {"x": 1, "y": 2}


def test_a_merged_key_keeps_the_place_where_it_is_written() -> None:
    root = parse(b"a: &a\n  x: 1\nb:\n  <<: *a\n", "f").documents[0].root
    assert place_of_key(root, ["b", "x"]) == Place("f", 2, 3)


def test_a_quoted_merge_key_is_a_key_like_any_other() -> None:
    assert read('"<<": 1\n') == {"<<": 1}
