from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.report import pull_comment, pull_summary
from runner.report.pull_request.fitting import Group, Part, Rows, fit, weigh
from tests.report_pull_request.reading import read
from tests.report_pull_request.views import RUN_URL, full, many

if TYPE_CHECKING:
    from runner.report.pull_request.fitting import Body

SOME, MANY = full(), many(400)

ORDER = (
    ("inputs", "<summary>Inputs of"),
    ("jobs that are up to date", "<summary>Up to date ("),
    ("diffs of definitions", "Definition "),
    ("diffs of trust settings", "Trust setting "),
    ("diffs of settings", "Settings of "),
    ("diffs of jobs", "\nJob "),
    ("graph", "```mermaid"),
    ("differences of inputs", "&#126; day: 18"),
)


@given(st.integers(0, 12_000))
@settings(max_examples=60, deadline=None)
def test_no_comment_is_larger_than_its_limit(limit: int) -> None:
    for each in (SOME, MANY):
        text = pull_comment(each, limit=limit)
        assert len(text.encode()) <= limit
        assert read(text).faults == []


@pytest.mark.parametrize("limit", [20_000, 40_000, 60_000, 100_000, 150_000, 200_000])
def test_large_comments_keep_to_their_limit_too(limit: int) -> None:
    text = pull_comment(MANY, limit=limit)
    assert len(text.encode()) <= limit
    assert read(text).faults == []


def test_whole_parts_go_in_a_fixed_order_and_are_named() -> None:
    whole = pull_comment(SOME, limit=60_000)
    assert "Left out" not in whole
    size, seen = len(whole.encode()), []
    for limit in range(size, 600, -20):
        text = pull_comment(SOME, limit=limit)
        if not text:
            break
        shown = [name for name, sign in ORDER if sign in text]
        left = [name for name, _ in ORDER if name not in shown]
        assert left == [name for name, _ in ORDER][: len(left)], limit
        named = re.search(r"^Left out for size: (.*)\. See the summary of (.*)\.$", text, re.M)
        assert (named[1].split(", ") if named else []) == left
        assert RUN_URL in read(text).links
        seen.append(len(left))
    assert sorted(set(seen)) == list(range(9))


CHANGING = ("Left out", "| `", "> - and", "Jobs", "Definitions", "Trust settings", "Settings")
"""How lines begin of which some differ where less is shown."""


def test_what_stays_is_the_same_to_the_byte() -> None:
    whole = pull_comment(SOME, limit=60_000).splitlines()
    for limit in range(900, 6_000, 100):
        lines = pull_comment(SOME, limit=limit).splitlines()
        new = [line for line in lines if line not in whole and not line.startswith(CHANGING)]
        assert new == [], limit


def test_names_of_what_changed_stay_without_their_diffs() -> None:
    text = pull_comment(SOME, limit=2_500)
    assert "```diff" not in text
    page = read(text)
    assert "Jobs: load" in page.text
    assert "Definitions: machine" in page.text


def test_rows_that_have_no_room_are_counted() -> None:
    text = pull_comment(MANY, limit=30_000)
    shown = text.partition("<summary>Each of the 300 jobs")[2].count("<code>job_")
    more = re.search(r"and (\d+) more \|  \|  \|\n\n</details>", text)
    assert more is not None
    rows = len(re.findall(r"^\| `\+`.*<a", text.partition("<summary>Each")[2], re.M))
    assert rows + int(more[1]) == 300
    assert shown >= rows


def test_two_thousand_jobs_fit_a_comment_and_a_summary() -> None:
    view = many(2_000)
    comment, summary = pull_comment(view, limit=60_000), pull_summary(view)
    assert 50_000 < len(comment.encode()) <= 60_000
    assert len(summary.encode()) <= 1_000_000
    assert "**Merging starts 1,500 jobs**" in comment
    assert "1,500 to run, 500 up to date" in comment
    assert summary.count("| `+`&nbsp;Run |") == 1_500 + 3
    for text in (comment, summary):
        page = read(text)
        assert page.faults == []
        assert page.tags["details"] <= 6


def test_a_comment_without_room_for_its_head_is_empty() -> None:
    assert pull_comment(SOME, limit=100) == ""


def test_characters_of_many_bytes_are_weighed_as_such() -> None:
    jobs = tuple(replace(each, reason="é漢🙂" * 60) for each in SOME.plan.jobs)
    view = replace(SOME, plan=replace(SOME.plan, jobs=jobs))
    for limit in range(1_000, 9_000, 250):
        assert len(pull_comment(view, limit=limit).encode()) <= limit


lines = st.lists(st.text("ab|é", max_size=30), max_size=6)
groups = st.builds(
    lambda rows: Group(rows, lambda shown: f"and {len(rows) - shown} more"),
    st.lists(st.text("xyz", min_size=1, max_size=20), min_size=1, max_size=30),
)
tables = st.builds(Rows, lines, st.lists(groups, max_size=4))
bodies = st.lists(
    st.one_of(
        lines,
        tables,
        st.builds(Part, lines, st.sampled_from("pqr"), st.integers(0, 3), st.one_of(lines, tables)),
    ),
    max_size=6,
)


def said(names: str) -> str:
    return f"without {names}"


@given(bodies, st.integers(0, 600))
def test_whatever_is_fitted_keeps_to_the_limit_and_cuts_no_line(
    body: list[Body], limit: int
) -> None:
    text = fit(body, limit, said, ("", "foot"))
    assert len(text.encode()) <= limit
    if text:
        assert text.endswith("\nfoot\n")
        known = {line for each in body for line in all_lines(each)} | {"", "foot"}
        for line in text.split("\n"):
            assert line in known or re.fullmatch(r"without [pqr, ]+|and \d+ more", line)


@given(bodies)
def test_what_has_room_is_left_as_it_is(body: list[Body]) -> None:
    expected = [line for each in body for line in shown_lines(each)]
    assert fit(body, weigh(expected), said) == "".join(f"{line}\n" for line in expected)


@given(st.lists(groups, min_size=1, max_size=4), st.integers(0, 900))
def test_every_row_is_shown_or_counted(some: list[Group], limit: int) -> None:
    text = fit([Rows(["head"], some)], limit, said)
    if text.startswith("head\n"):
        counted = sum(int(number) for number in re.findall(r"^and (\d+) more$", text, re.M))
        shown = len(re.findall(r"^[xyz]+$", text, re.M))
        assert counted + shown == sum(len(group.rows) for group in some)


def shown_lines(body: Body) -> list[str]:
    return list(body.lines if isinstance(body, Part | Rows) else body)


def all_lines(body: Body) -> list[str]:
    instead = shown_lines(body.instead) if isinstance(body, Part) else []
    return [*shown_lines(body), *instead]
