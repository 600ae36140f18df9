"""Texts of AWS in YAML: whatever they hold, every reader finds the same text."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from runner import documents
from runner.discovery.yaml_text import comment, quoted, scalar

TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60)


@given(TEXTS)
def test_a_text_comes_back_as_it_was(text: str) -> None:
    parsed = documents.parse(f"{scalar(text)}: {scalar(text)}\n".encode(), "x")
    assert parsed.diagnostics == ()
    assert documents.plain(parsed.documents[0].root) == {text: text}


@given(st.text(st.characters(codec="ascii", exclude_characters="\r"), min_size=1, max_size=20))
def test_other_readers_find_the_same_text(text: str) -> None:
    assert yaml.safe_load(f"key: {scalar(text)}") == {"key": text}


@pytest.mark.parametrize("text", ["no", "Yes", "null", "1e3", "0x1F", "~", "", "2026-01-01", "-a"])
def test_what_readers_take_for_something_else_stands_in_quotes(text: str) -> None:
    assert scalar(text) == f'"{text}"'


def test_no_text_is_a_command_for_the_runner_of_a_workflow() -> None:
    assert scalar("##[error]x") == '"##\\x5berror]x"'
    assert documents.plain(documents.parse(b'"##\\x5b"', "x").documents[0].root) == "##["


@pytest.mark.parametrize("text", ["orders-extract", "a/b.json", "Load_2"])
def test_plain_names_stand_without_quotes(text: str) -> None:
    assert scalar(text) == text


@given(st.text(max_size=300))
def test_a_comment_stays_one_comment(text: str) -> None:
    data = f"a: 1  # {comment(text)} {quoted(text)}\nb: 2\n"
    parsed = documents.parse(data.encode(), "x")
    assert parsed.diagnostics == ()
    assert documents.plain(parsed.documents[0].root) == {"a": 1, "b": 2}
    assert "##[" not in data


def test_what_turns_text_round_is_no_part_of_a_comment() -> None:
    assert comment("a\u202eb\x1b[31m\nc") == "a b [31m c"
