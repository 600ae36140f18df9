"""Mistakes in YAML text: where, what, and the way out; one complaint for each mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runner.documents import parse, plain

if TYPE_CHECKING:
    from runner.errors import Diagnostic

BOTH = pytest.mark.parametrize("pure", [False, True], ids=["libyaml", "pure"])


def complaint(text: str, *, pure: bool = False) -> Diagnostic:
    (found,) = parse(text.encode(), "f.yaml", pure=pure).diagnostics
    return found


def line_and_column(found: Diagnostic) -> str:
    return f"{found.place.line}:{found.place.column}"


@BOTH
@pytest.mark.parametrize(
    ("text", "place", "code", "words"),
    [
        ("\ta: b\n", "1:1", "tab", "replace each tab by spaces"),
        ("a:\n\tb: 1\n", "2:1", "tab", "replace each tab by spaces"),
        ("a:\n  b: 1\n\tc: 2\n", "3:1", "tab", "replace each tab by spaces"),
        ("a:\n  b: 1\n \tc: 2\n", "3:2", "tab", "replace each tab by spaces"),
        ("-\tb: 1\n", "1:2", "tab", "replace it by spaces"),
        ("a: |\n\tx\n", "2:1", "tab", "replace each tab by spaces"),
        ("a: 'x\nb: 1\n", "1:4", "unclosed-quote", "close it with '"),
        ('a:\n  - "x\n', "2:5", "unclosed-quote", 'close it with "'),
        ("a: [b\n", "1:4", "unclosed-bracket", "close it with ]"),
        ("a: [b\nc: d\n", "1:4", "unclosed-bracket", "close it with ]"),
        ("a: {b: c\nd: e\n", "1:4", "unclosed-bracket", "close it with }"),
        ("a:\n[b\n", "2:1", "unclosed-bracket", "close it with ]"),
        ("a: [b c: d, 'e' f]\n", "1:17", "bad-brackets", "separate items by ','"),
        ("a: [b,,c]\n", "1:7", "missing-value", "write a value"),
        ("a: }\n", "1:4", "missing-value", "write a value"),
        ("a: @b\n", "1:4", "reserved-character", "quote the value"),
        ("a: `b`\n", "1:4", "reserved-character", "quote the value"),
        ("a: %b\n", "1:4", "reserved-character", "quote the value"),
        ("a: b: c\n", "1:5", "second-colon", "quote the value"),
        ("a: b\n  c: d\n", "2:4", "indentation", "align the line with the entry above"),
        ("a: b\nfoo\nc: d\n", "2:1", "missing-colon", "write KEY: VALUE"),
        ("a: b\nc:d\n", "2:1", "missing-colon", "a space after the ':'"),
        ("{a:, b: 1}\n", "1:3", "tight-colon", "write ': '"),
        ('a: "\\q"\n', "1:5", "bad-escape", "write \\\\ for a backslash"),
        ('a: "\\x4"\n', "1:5", "bad-escape", "write \\\\ for a backslash"),
        ('a: "x \\ud83d\\ude00"\n', "1:7", "bad-escape", "write the character itself"),
        ('a: "\\U00110000"\n', "1:5", "bad-escape", "write \\\\ for a backslash"),
        ("a: |x\n  b\n", "1:5", "bad-block-text", "quote a value that begins with '|'"),
        ("a: >0\n  b\n", "1:5", "bad-block-text", "quote a value that begins with '|'"),
        ("a: - b\n", "1:4", "misplaced-entry", "on the line below its key"),
        ("a: 'b' c\n", "1:8", "text-after-quotes", "quotes around the whole value"),
        ('a: "x\nb: "y"\n', "2:5", "text-after-quotes", "a line above left open"),
        ("- a\nb: c\n", "2:1", "indentation", "align it with the entries of the list"),
        ("a:\n  b: 1\n c: 2\n", "3:2", "indentation", "align it with the entries"),
        ("{a: b}\n{c: d}\n", "2:1", "second-root", "begin another one with '---'"),
        ("a: !!str b\n", "1:4", "tag", "quote a value to make it text"),
        ("a: !custom {b: c}\n", "1:4", "tag", "remove it"),
        ("if: !jobs.a\n", "1:5", "tag", "quote a value"),
        ("a: !x!y b\n", "1:4", "tag", "remove it"),
        ("a: *\n", "1:4", "bad-alias", "text that begins with '*'"),
        ("a: & b\n", "1:4", "bad-alias", "text that begins with '&'"),
        ("a: &one 1\nb: *onne\n", "2:4", "unknown-alias", "did you mean *one?"),
        ("a: *b\n", "1:4", "unknown-alias", "text that begins with '*'"),
        ("a: &a [1, *a]\n", "1:11", "recursive-alias", "write the value out"),
        ("a: &a {<<: *a}\n", "1:12", "recursive-alias", "write the value out"),
        ("<<: 3\n", "1:1", "bad-merge", "alias of a mapping"),
        ("a: &a [1]\nb: {<<: *a}\n", "2:5", "bad-merge", "alias of a mapping"),
        ("1: a\n", "1:1", "key-not-text", 'quote it: "1"'),
        ("a: {null: b}\n", "1:5", "key-not-text", 'quote it: "null"'),
        ("? [a]\n: b\n", "1:3", "key-not-text", "quote other text"),
        (": b\n", "1:1", "key-not-text", "write KEY: VALUE"),
        ("%TAG ! x\n---\na: 1\n", "1:1", "directive", "remove it"),
        ("a: 1\n%b\n", "2:1", "directive", "quote the value"),
    ],
)
def test_a_mistake_is_said_where_it_is_with_a_way_out(
    text: str, place: str, code: str, words: str, pure: bool
) -> None:
    found = complaint(text, pure=pure)
    assert (line_and_column(found), found.code) == (place, code)
    assert found.help is not None
    assert words in found.help


@BOTH
@pytest.mark.parametrize(
    ("text", "place", "way_out"),
    [
        ("a: {value: ${{ x }}}\n", "1:12", '"${{ x }}"'),
        ("{value: ${{ x }}, type: integer}\n", "1:9", '"${{ x }}"'),
        ("a:\n  b: { value: ${{ vars.x || 'y' }} }\n", "2:15", "\"${{ vars.x || 'y' }}\""),
        ("a: [1, ${{ x }}]\n", "1:8", '"${{ x }}"'),
        ("a: [x${{ y }}]\n", "1:6", '"${{ y }}"'),
        ("a: {b: 1,\n  c: ${{ x }}}\n", "2:6", '"${{ x }}"'),
        ('a: {b: ${{ x == "y" }}}\n', "1:8", "'${{ x == \"y\" }}'"),
        ("a: ${{ {b: c} }}\n", "1:4", '"${{ {b: c} }}"'),
        ("a: x ${{ {b: c} }}\n", "1:6", '"${{ {b: c} }}"'),
        ("a: {${{ x }}: 1}\n", "1:5", '"${{ x }}"'),
    ],
)
def test_an_unquoted_expression_that_yaml_takes_apart_has_to_be_quoted(
    text: str, place: str, way_out: str, pure: bool
) -> None:
    found = complaint(text, pure=pure)
    assert (line_and_column(found), found.code) == (place, "unquoted-expression")
    assert found.help == f"quote the expression: {way_out}"


@BOTH
@pytest.mark.parametrize(
    ("text", "place"),
    [("a: '${{ b == 'c' }}'\n", "1:14"), ('a: {value: "${{ "b" }}"}\n', "1:17")],
)
def test_a_quote_inside_a_quoted_expression_is_told_from_its_end(
    text: str, place: str, pure: bool
) -> None:
    found = complaint(text, pure=pure)
    assert (line_and_column(found), found.code) == (place, "quote-in-expression")


@BOTH
@pytest.mark.parametrize("text", ["a: {{ x }}\n", "a: {value: {{ x }}}\n", "a: [{{ x }}]\n"])
def test_braces_without_a_dollar_sign_are_told_from_expressions(text: str, pure: bool) -> None:
    found = complaint(text, pure=pure)
    assert found.code == "key-not-text"
    assert '"${{ x }}"' in str(found.help)


@BOTH
def test_a_comment_that_cuts_an_unquoted_expression_off_is_told(pure: bool) -> None:
    found = complaint("a: ${{ b #c }}\n", pure=pure)
    assert (line_and_column(found), found.code) == ("1:4", "unquoted-expression")
    assert found.help == 'quote the expression: "${{ b #c }}"'


@pytest.mark.parametrize(
    "text", ["a: ${{ x }} # why\n", "a: b ${{ x }}\n", "a: ${{ x[?y=='z'] }}\n"]
)
def test_an_unquoted_expression_that_yaml_leaves_whole_is_fine(text: str) -> None:
    assert parse(text.encode(), "f").diagnostics == ()


def test_a_duplicate_key_is_shown_with_both_places() -> None:
    found = complaint("a:\n  b: 1\n  c: 2\n  b: 3\n")
    assert (line_and_column(found), found.code) == ("4:3", "duplicate-key")
    (first,) = found.related
    assert (str(first.place), first.message) == ("f.yaml:2:3", "the first one stands here")


def test_of_duplicate_keys_the_first_counts_until_it_is_mended() -> None:
    (document,) = parse(b"a: 1\na: {b: [2]}\nc: 3\n", "f").documents
    assert plain(document.root) == {"a": 1, "c": 3}


def test_two_merge_keys_have_to_be_one_list() -> None:
    found = complaint("a: &a {x: 1}\nb: {<<: *a, <<: *a}\n")
    assert found.code == "duplicate-key"
    assert "<<: [*first, *second]" in str(found.help)


def test_keys_that_differ_in_quotes_alone_are_duplicates() -> None:
    assert complaint("a: 1\n'a': 2\n").code == "duplicate-key"


def test_all_mistakes_of_one_document_are_told() -> None:
    parsed = parse(b"a: 1\na: 2\nb: !x 3\nc: *d\n2: e\n", "f")
    codes = [found.code for found in parsed.diagnostics]
    assert codes == ["duplicate-key", "tag", "unknown-alias", "key-not-text"]


@BOTH
def test_a_broken_document_hides_no_other_one(pure: bool) -> None:
    text = b"a: 1\n---\nb: 'x\n---\nc: [1\n---\nd: 1\nd: 2\n---\ne: 5\n"
    parsed = parse(text, "f", pure=pure)
    assert [plain(document.root) for document in parsed.documents] == [{"a": 1}, {"d": 1}, {"e": 5}]
    assert parsed.dropped == 2
    assert [(found.code, found.place.line) for found in parsed.diagnostics] == [
        ("unclosed-quote", 3),
        ("unclosed-bracket", 5),
        ("duplicate-key", 8),
    ]


@pytest.mark.parametrize("text", ["a: *b\n", "a: !x b\n", "a: {{ b }}\n", "a: [1\n", "<<: 1\n"])
def test_a_document_that_leaves_open_what_it_says_is_dropped(text: str) -> None:
    parsed = parse(text.encode(), "f")
    assert (parsed.documents, parsed.dropped) == ((), 1)


# The text itself


def test_bytes_that_are_not_utf_8_are_told_with_line_and_column() -> None:
    (found,) = parse("a: 1\nü: é".encode() + b"x\xe9\n", "f").diagnostics
    assert (str(found.place), found.code) == ("f:2:6", "not-utf-8")
    assert "0xE9" in found.message


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf_16_and_32_are_told(encoding: str) -> None:
    (found,) = parse("a: 1\n".encode(encoding), "f").diagnostics
    assert (str(found.place), found.code) == ("f:1:1", "not-utf-8")
    assert found.help == "save it as UTF-8"


@pytest.mark.parametrize("letter", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\u2028", "\ufffe"])
def test_control_characters_and_unusual_breaks_are_refused(letter: str) -> None:
    (found,) = parse(f"abcd: 1\nx: y{letter}z\n".encode(), "f").diagnostics
    assert (str(found.place), found.code) == ("f:2:5", "control-character")
    assert f"U+{ord(letter):04X}" in found.message


def test_a_byte_order_mark_inside_the_file_is_told() -> None:
    (found,) = parse("a: 1\n\ufeffb: 2\n".encode(), "f").diagnostics
    assert (str(found.place), found.code) == ("f:2:1", "control-character")


def test_an_escape_may_stand_for_a_control_character() -> None:
    (document,) = parse(b'a: "\\x1b\\0\\u2028"', "f").documents
    assert plain(document.root) == {"a": "\x1b\x00\u2028"}


@pytest.mark.parametrize("name", ["a b.yaml", "ü😀.yaml", "a\nb.yaml", "a:1.yaml", "\x1b[1m.yaml"])
def test_a_file_name_may_hold_anything(name: str) -> None:
    (found,) = parse(b"a: 'x", name).diagnostics
    assert found.place.file == name
