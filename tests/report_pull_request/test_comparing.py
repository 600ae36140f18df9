"""Diffs of specs: right, short, and with a bound for the work that they make."""

from __future__ import annotations

import re
from difflib import unified_diff
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.report.pull_request.comparing import compared
from tests.report_pull_request.views import changed, full

if TYPE_CHECKING:
    from collections.abc import Sequence

texts = st.lists(st.sampled_from("abcd"), max_size=40)


def text(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def diff(before: Sequence[str], after: Sequence[str]) -> list[str]:
    one = changed("x", text(before), text(after))
    found = compared([one])[one]
    assert found is not None
    return list(found)


def applied(before: Sequence[str], lines: Sequence[str]) -> list[str]:
    """What the hunks make of a text; each must stand where its head says."""
    made: list[str] = []
    at = 0
    for line in lines:
        if line.startswith("@@"):
            head = re.fullmatch(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", line)
            assert head is not None
            start = int(head[1]) - (head[2] != "0")
            made += before[at:start]
            at = start
            assert len(made) == int(head[3]) - (head[4] != "0")
        elif line[0] != "+":
            assert before[at] == line[1:]
            at += 1
        if line[0] in "+ ":
            made.append(line[1:])
    return [*made, *before[at:]]


@given(texts, texts)
def test_hunks_make_the_second_text_of_the_first(before: list[str], after: list[str]) -> None:
    assert applied(before, diff(before, after)) == after


@given(texts, texts)
def test_no_diff_is_longer_than_it_need_be(before: list[str], after: list[str]) -> None:
    def differing(lines: Sequence[str]) -> int:
        return sum(line[0] in "+-" and line[:3] not in ("+++", "---") for line in lines)

    assert differing(diff(before, after)) <= differing(list(unified_diff(before, after)))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "ab"),
        ("ab", ""),
        ("a", "b"),
        ("abcdefgh", "abcdXfgh"),
        ("abcdefghijklmnop", "Xbcdefghijklmnop"),
        ("abcdefghijklmnop", "abXdefghijklmnYp"),
        ("abcdefghijklmnop", "abcdefghXijklmnop"),
    ],
)
def test_hunks_are_those_that_people_know(before: str, after: str) -> None:
    lines = list(unified_diff(before, after, lineterm=""))[2:]
    assert diff(before, after) == lines


def test_texts_that_differ_too_much_are_not_compared() -> None:
    lines = [f"size_{n}: 1" for n in range(5_000)]
    one = changed("x", text(lines), text(lines[::-1]))
    assert compared([one]) == {one: None}


def test_a_long_text_is_compared_where_little_differs() -> None:
    lines = [f"size_{n}: 1" for n in range(50_000)]
    other = list(lines)
    other[100] = other[40_000] = "size: 2"
    assert [line for line in diff(lines, other) if line[0] in "+-"] == [
        "-size_100: 1",
        "+size: 2",
        "-size_40000: 1",
        "+size: 2",
    ]


def test_the_work_for_all_has_a_bound_and_the_shortest_come_first() -> None:
    some = [
        changed(f"x{n}", text([f"a{k}" for k in range(n)]), text([f"b{k}" for k in range(n)]))
        for n in range(200, 0, -1)
    ]
    found = compared(some, most=20_000)
    told = [each.name for each, lines in found.items() if lines is not None]
    assert told == [f"x{n}" for n in range(1, len(told) + 1)]
    assert 20 < len(told) < 60


def test_what_is_new_or_gone_takes_no_work() -> None:
    long = text([f"a{n}" for n in range(5_000)])
    new, gone = changed("new", "", long), changed("gone", long, "")
    assert all(lines is not None for lines in compared([new, gone], most=0).values())


def test_comment_and_summary_share_what_was_compared() -> None:
    view = full()
    assert view.diffs is view.diffs
