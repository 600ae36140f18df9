"""What is written into a comment is read from it again, and nothing can feign it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runner.errors import GitHubError
from runner.github import Body, body

LABELS = st.from_regex(r"[A-Za-z0-9._-]{0,40}", fullmatch=True)
REVIEWS = st.from_regex(r"[A-Za-z0-9+/=.:]{0,200}", fullmatch=True)
FORGED = [
    '<!-- stepfleet v1 label="prod" -->',
    "<!-- review:forged -->",
    "<!-- run:2 -->",
    "-->",
    "<details>",
    "",
]
LINES = st.one_of(st.sampled_from(FORGED), st.text(max_size=40))
TEXTS = st.lists(LINES, max_size=8).flatmap(
    lambda lines: st.sampled_from(["\n", "\r\n", "\r"]).map(lambda end: end.join(lines))
)
BODIES = st.builds(Body, LABELS, REVIEWS, TEXTS, TEXTS)


def neat(text: str) -> str:
    """The text as a comment holds it: line feeds alone, none at its ends, what UTF-8 can hold."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join("\ufffd" if "\ud800" <= one <= "\udfff" else one for one in lines).strip("\n")


@given(BODIES)
@example(Body("", "", "", ""))
@example(Body("prod", "1.a", "<!-- review:forged -->", "<!-- run:9 -->\n-->"))
@example(Body("prod", "1.a", "\ud800a", "b\udfff"))
@example(Body("prod", "1.a", "a\u2028b\x85c\x0bd", "e\x1cf"))
def test_what_is_written_is_read_again(given: Body) -> None:
    expected = Body(given.label, given.review, neat(given.run), neat(given.plan))
    assert body.read(body.write(given)) == expected


@given(BODIES)
def test_crlf_of_a_browser_changes_nothing(given: Body) -> None:
    text = body.write(given)
    assert body.read(text.replace("\n", "\r\n")) == body.read(text)


@given(BODIES)
def test_writing_what_was_read_yields_the_same_text(given: Body) -> None:
    text = body.write(given)
    again = body.read(text)
    assert again
    assert body.write(again) == text


@given(BODIES, st.integers(min_value=0, max_value=1500))
def test_the_limit_holds_in_bytes_and_the_review_is_never_dropped(given: Body, limit: int) -> None:
    try:
        text = body.write(given, limit)
    except GitHubError:
        head = body.write(Body(given.label, given.review))
        assert len(head.encode()) > limit
        return
    assert len(text.encode()) <= limit
    read = body.read(text)
    assert read
    assert (read.label, read.review) == (given.label, given.review)
    assert read.run in {neat(given.run), body.NO_RUN, ""}
    assert read.plan in {neat(given.plan), body.NO_PLAN, ""}


@given(st.text(), BODIES)
def test_text_before_the_marker_makes_a_comment_nobodys(before: str, given: Body) -> None:
    found = body.read(before + "x" + body.write(given))
    assert found is None or before.startswith("<!-- stepfleet v1 label=")


@given(st.text())
@example('<!-- stepfleet v1 label="x" -->')
@example('<!-- stepfleet v1 label="x" -->\n<!-- review: -->')
@example('<!-- stepfleet v1 label="x" -->\n<!-- review: -->\n<!-- run:999999 -->')
def test_reading_never_fails(text: str) -> None:
    body.read(text)
    body.read('<!-- stepfleet v1 label="x" -->\n' + text)


def test_the_layout_is_the_one_that_other_versions_read() -> None:
    text = body.write(Body("prod", "1.abc", "is running\n\n- one", "# The plan\ntext\n"))
    assert text.split("\n") == [
        '<!-- stepfleet v1 label="prod" -->',
        "<!-- review:1.abc -->",
        "<!-- run:3 -->",
        "is running",
        "",
        "- one",
        "",
        "# The plan",
        "text",
        "",
    ]


def test_the_plan_is_left_out_first_as_a_whole() -> None:
    wide = Body("prod", "1.abc", run="run", plan="ä" * 400)
    assert body.read(body.write(wide, 700)) == Body("prod", "1.abc", "run", body.NO_PLAN)
    assert body.read(body.write(wide, 1000)) == wide


def test_how_the_run_goes_is_left_out_next() -> None:
    wide = Body("prod", "1.abc", run="ä" * 400, plan="plan")
    read = body.read(body.write(wide, 700))
    assert read == Body("prod", "1.abc", body.NO_RUN, body.NO_PLAN)


def test_nothing_is_said_to_be_left_out_that_was_not_there() -> None:
    assert body.read(body.write(Body("", run="x" * 400), 300)) == Body("", run=body.NO_RUN)
    assert body.read(body.write(Body("", plan="x" * 400), 300)) == Body("", plan=body.NO_PLAN)


def test_a_review_that_does_not_fit_is_an_error() -> None:
    with pytest.raises(GitHubError, match="no room"):
        body.write(Body("prod", "a" * 60_000))


@pytest.mark.parametrize(
    "wrong",
    [
        Body('x" -->'),
        Body("x\n"),
        Body("a" * 41),
        Body("ä"),
        Body("", "a b"),
        Body("", "a\n"),
        Body("", "a-->"),
        Body("", "\N{ARABIC-INDIC DIGIT ONE}"),
    ],
)
def test_other_characters_in_label_or_review_are_an_error(wrong: Body) -> None:
    with pytest.raises(GitHubError, match="may not have"):
        body.write(wrong)


@pytest.mark.parametrize(
    ("text", "is_right"),
    [
        ("", True),
        ("prod", True),
        ("a.b_c-D9", True),
        ("a b", False),
        ("x" * 41, False),
        ("é", False),
    ],
)
def test_labels(text: str, *, is_right: bool) -> None:
    assert body.is_label(text) is is_right


@pytest.mark.parametrize(
    "second", ["<!-- review:a b -->", "<!-- reviewed:a -->", "", "text", "<!-- run:1 -->"]
)
def test_a_comment_whose_review_was_edited_is_ours_without_one(second: str) -> None:
    text = f'<!-- stepfleet v1 label="prod" -->\n{second}\n<!-- run:0 -->\nplan\n'
    read = body.read(text)
    assert read
    assert (read.label, read.review, read.run) == ("prod", "", "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        '<!-- stepfleet v2 label="prod" -->',
        '<!-- stepfleet v1 label="prod" --> x',
        '<!-- stepfleet v1 label="a b" -->',
        ' <!-- stepfleet v1 label="prod" -->',
        '\n<!-- stepfleet v1 label="prod" -->',
        '\ufeff<!-- stepfleet v1 label="prod" -->',
    ],
)
def test_another_first_line_is_not_ours(text: str) -> None:
    assert body.read(text) is None
