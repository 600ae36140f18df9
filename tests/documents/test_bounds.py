"""Hostile files: all that they can cost is bounded, and they end in a complaint."""

from __future__ import annotations

import pytest

from runner.documents import MAX_BYTES, Parsed, parse, plain
from runner.documents.reading import MAX_DOCUMENTS
from runner.documents.wording import MAX_COMPLAINTS, MAX_VALUES
from runner.values import MAX_DEPTH, compact

BOTH = pytest.mark.parametrize("pure", [False, True], ids=["libyaml", "pure"])


def code_of(parsed: Parsed) -> str:
    (found,) = parsed.diagnostics
    return found.code


def billion_laughs(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, levels):
        lines.append(f"a{level}: &a{level} [" + ", ".join([f"*a{level - 1}"] * 10) + "]")
    return "\n".join(lines)


@BOTH
@pytest.mark.parametrize("levels", [9, 100])
def test_an_alias_bomb_is_refused(levels: int, pure: bool) -> None:
    parsed = parse(billion_laughs(levels).encode(), "f", pure=pure)
    assert code_of(parsed) == "too-many-values"


def test_a_bomb_of_merge_keys_is_refused() -> None:
    keys = ", ".join(f"k{number}: 1" for number in range(1000))
    users = "\n".join(f"u{number}: {{<<: *a}}" for number in range(1000))
    parsed = parse(f"a: &a {{{keys}}}\n{users}\n".encode(), "f")
    assert code_of(parsed) == "too-many-values"


@BOTH
@pytest.mark.parametrize("anchored", ["&x {text}", "&x [{text}]", "&x {{a: {text}, b: 1}}"])
def test_a_long_text_that_aliases_repeat_is_refused(anchored: str, pure: bool) -> None:
    first = anchored.format(text="word " * 20_000)
    few, many = (f"[{first}" + ", *x" * count + "]" for count in (9, 12))
    assert parse(few.encode(), "f", pure=pure).diagnostics == ()
    (found,) = parse(many.encode(), "f", pure=pure).diagnostics
    assert (found.code, found.message[:19]) == ("too-many-values", "aliases repeat more")


def test_a_long_text_that_aliases_of_aliases_repeat_is_refused() -> None:
    text = "word " * 2_000
    lines = [f"a0: &a0 '{text}'", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 9))]
    assert code_of(parse("\n".join(lines).encode(), "f")) == "too-many-values"


def test_aliases_within_the_bound_are_read_and_written_out() -> None:
    (document,) = parse(billion_laughs(4).encode(), "f").documents
    assert len(compact(plain(document.root))) < MAX_VALUES


@BOTH
@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "{a: " * 100_000,
        "- " * 100_000,
        "? " * 100_000,
        "[{a: " * 50_000,
        "\n".join(" " * depth + "a:" for depth in range(1000)),
    ],
    ids=["lists", "mappings", "blocks", "keys", "mixed", "lines"],
)
def test_deep_nesting_is_refused(text: str, pure: bool) -> None:
    assert code_of(parse(text.encode(), "f", pure=pure)) == "too-deep"


def test_nesting_up_to_the_bound_is_read() -> None:
    (document,) = parse(("[" * MAX_DEPTH + "]" * MAX_DEPTH).encode(), "f").documents
    assert compact(plain(document.root)) == "[" * MAX_DEPTH + "]" * MAX_DEPTH


def test_aliases_can_not_nest_deeper_than_brackets() -> None:
    half = MAX_DEPTH // 2
    nest = "[" * half
    lines = [
        f"a: &a {nest}1{']' * half}",
        f"b: &b {nest}*a{']' * half}",
        f"c: {nest}*b{']' * half}",
    ]
    parsed = parse("\n".join(lines).encode(), "f")
    assert code_of(parsed) == "too-deep"
    assert parsed.diagnostics[0].place.line == 2


def test_a_file_beyond_the_bound_is_not_read() -> None:
    assert code_of(parse(b"#" * (MAX_BYTES + 1), "f")) == "file-too-large"


def test_a_file_of_very_many_documents_is_read_up_to_the_bound() -> None:
    parsed = parse(b"--- a\n" * (MAX_DOCUMENTS + 2), "f")
    assert code_of(parsed) == "file-too-large"


def test_a_document_of_very_many_values_is_refused() -> None:
    assert code_of(parse(b"- a\n" * (MAX_VALUES + 1), "f")) == "too-many-values"


def test_complaints_about_one_file_end_somewhere() -> None:
    text = "".join(f"--- {{a: 1, a: {number}}}\n" for number in range(1000))
    diagnostics = parse(text.encode(), "f").diagnostics
    assert len(diagnostics) == MAX_COMPLAINTS + 1
    assert diagnostics[-1].code == "too-many-problems"
    assert diagnostics[-1].help == "mend the others first"


def test_complaints_about_one_document_end_somewhere() -> None:
    text = "".join(f"a: {number}\n" for number in range(10_000))
    assert len(parse(text.encode(), "f").diagnostics) <= MAX_COMPLAINTS + 1


@pytest.mark.parametrize(
    "text",
    [
        "- ${{\n" * 90_000,
        "".join(f"- &a{number} x\n" for number in range(40_000)) + "- *b\n" * 200,
        "a: " + "x" * 1_000_000,
        "a: '" + "'' " * 300_000 + "'",
        "x" * 1_000_000 + ": 1",
        "# " + "x" * 1_000_000,
        "a: [" + "b, " * 50_000 + "]",
        " " * 1_000_000,
        "\n" * 1_000_000,
        "a: |\n" + "  x\n" * 100_000,
        "&a " * 10_000,
        "{a: b}" + "}" * 100_000,
        "'" * 100_001,
        "- - '" * 50,
        "*" + "a" * 1_000_000,
        "!" + "a" * 1_000_000,
        "%" + "a" * 1_000_000,
        "\\" * 100_000,
        'a: "' + "\\" * 99_999 + '"',
    ],
    ids=range(19),
)
def test_long_texts_take_time_in_proportion(text: str) -> None:
    parse(text.encode(), "f")
