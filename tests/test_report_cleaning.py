from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.report import clean, defuse, one_line

anything = st.text(st.characters() | st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp"]))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 漢 🎉\n\tindented", "plain é 漢 🎉\n\tindented"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x9b31m", r"\x9b31m"),
        ("a\rb\x00\x07\x7f", r"a\x0db\x00\x07\x7f"),
        ("user\u202egpj.exe", r"user\u202egpj.exe"),
        ("a\u2028b\u200b\ufeff", r"a\u2028b\u200b\ufeff"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_what_can_not_be_seen_is_written_out(text: str, shown: str) -> None:
    assert clean(text) == shown


@given(anything)
def test_cleaned_text_can_be_encoded_and_holds_no_control(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert not [
        c for c in cleaned if unicodedata.category(c) in ("Cc", "Zl", "Zp") and c not in "\n\t"
    ]
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::x", r"\::error::x"),
        ("a\n  \t::set-output name=x::y", "a\n  \t" + r"\::set-output name=x::y"),
        ("\u00a0\u3000::stop-commands::t", "\u00a0\u3000" + r"\::stop-commands::t"),
        ("progress\r::error::x", "progress\r" + r"\::error::x"),
        ("see ##[group]x", r"see #\#[group]x"),
        ("a::b C::D ::c", "a::b C::D ::c"),
        ("\x1b[31m+\x1b[0m a", "\x1b[31m+\x1b[0m a"),
    ],
)
def test_workflow_commands_are_defused_and_all_else_stays(text: str, shown: str) -> None:
    assert defuse(text) == shown


def _is_command(line: str) -> bool:
    """As GitHub's runner sees a line: ActionCommand.TryParseV2 and TryParse."""
    return line.lstrip().startswith("::") or "##[" in line


@given(
    st.lists(st.sampled_from(["::", ":", "##[", "#", "[", "\n", "\r", " ", "\u3000", "\x1b", "x"]))
)
def test_no_line_is_a_command_after_defusing(parts: list[str]) -> None:
    text = "".join(parts)
    for whole in (defuse(text), clean(text, ci=True)):
        assert not [line for line in re.split(r"[\r\n]", whole) if _is_command(line)]
    assert defuse(defuse(text)) == defuse(text)


def test_many_blank_lines_are_no_burden() -> None:
    text = "\n" * 200_000 + "\r" * 200_000 + " " * 200_000
    assert defuse(text) == text


def test_one_line_is_one_line_of_a_given_length() -> None:
    assert one_line("a\n  b\tc") == "a b c"
    assert one_line("abcdef", 4) == "abc…"
    assert one_line("abcd", 4) == "abcd"
    assert one_line("a\x1bb", 80) == r"a\x1bb"
