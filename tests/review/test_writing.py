"""Reviews as the text that a comment carries."""

from __future__ import annotations

import base64
import zlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner import review
from runner.review import Mark, Review
from runner.review.writing import DETAILED, MOST

HEAD = "0123456789" * 4
DIGEST = "0123456789abcdef0123"

works = st.text("0123456789abcdef", min_size=24, max_size=24)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
marks = st.builds(
    Mark,
    works,
    job=st.text(min_size=1, max_size=10),
    action=st.sampled_from(["run", "retry"]),
    revision=st.none() | st.text(max_size=10),
    input=st.none() | st.dictionaries(st.text(max_size=5), json_values, max_size=3),
)


@given(st.lists(marks, max_size=5), st.sampled_from(["", "f" * 40]))
def test_a_review_comes_back_as_it_was_written(found: list[Mark], base: str) -> None:
    written = Review(HEAD, DIGEST, tuple(found), base=base)
    assert review.decode(review.encode(written)) == written


@given(st.lists(marks, max_size=5))
def test_a_comment_can_carry_the_text(found: list[Mark]) -> None:
    text = review.encode(Review(HEAD, DIGEST, tuple(found)))
    assert set(text) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=.:")


def test_numbers_keep_their_digits() -> None:
    mark = Mark("0" * 24, job="a", action="run", input={"price": Decimal("1.10")})
    found = review.decode(review.encode(Review(HEAD, DIGEST, (mark,))))
    assert found is not None
    assert found.marks is not None
    assert str((found.marks[0].input or {})["price"]) == "1.10"


def numbered(count: int, value: str) -> Review:
    listed = (
        Mark(f"{zlib.crc32(str(i).encode()):024x}", f"job_{i}", "run", f"rev-{i}", {"v": value * i})
        for i in range(1, count + 1)
    )
    return Review(HEAD, DIGEST, tuple(listed))


def test_inputs_go_first_where_room_is_short() -> None:
    written = numbered(60, "".join(chr(0x4E00 + i) for i in range(300)))
    text = review.encode(written, most=1_800)
    found = review.decode(text)
    assert found is not None
    assert found.marks is not None
    assert [mark.job for mark in found.marks] == [mark.job for mark in written.marks or ()]
    assert all(mark.input is None for mark in found.marks)


def test_two_thousand_jobs_keep_a_hash_each() -> None:
    text = review.encode(numbered(2_000, "x"))
    assert DETAILED < len(text) < MOST + 200
    found = review.decode(text)
    assert found is not None
    assert found.marks is not None
    assert len(found.marks) == 2_000
    assert found.marks[0] == Mark(f"{zlib.crc32(b'1'):024x}")


def test_of_many_more_only_the_digest_is_left() -> None:
    text = review.encode(numbered(5_000, ""))
    assert len(text) < 200
    assert review.decode(text) == Review(HEAD, DIGEST, None)


def packed(text: bytes) -> str:
    return base64.b64encode(zlib.compress(text)).decode("ascii")


def marked(form: str, data: str) -> str:
    return f"1:{HEAD}::{DIGEST}:{form}:{data}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        f"2:{HEAD}::{DIGEST}:digest:",
        f"1:{HEAD[:-1]}::{DIGEST}:digest:",
        marked("marks", "!!!!"),
        marked("marks", "AAAA"),
        marked("marks", packed(b"[")),
        marked("marks", packed(b"{}")),
        marked("marks", packed(b"[1]")),
        marked("marks", packed(b"[{}]")),
        marked("marks", packed(b'[{"work": "short"}]')),
        marked("marks", packed(b'[{"work": 5}]')),
        marked("marks", packed(b"\xff")),
        marked("marks", packed(b"[" + b" " * 5_000_000 + b"]")),
        marked("marks", packed(b"[" * 100_000)),
        marked("hashes", "AAAA"),
        marked("hashes", "A"),
    ],
    ids=range(17),
)
def test_what_was_tampered_with_is_no_review(text: str) -> None:
    assert review.decode(text) is None


forged = st.binary(max_size=60).map(lambda raw: marked("marks", packed(raw)))


@given(st.text(max_size=200) | forged)
def test_no_text_makes_reading_fail(text: str) -> None:
    found = review.decode(text)
    assert found is None or isinstance(found, Review)
