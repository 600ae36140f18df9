from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import example, given
from hypothesis import strategies as st

from runner.masking import MASK, Masker
from runner.values import compact

if TYPE_CHECKING:
    from runner.values import Json

secret_texts = st.text(st.characters(exclude_characters="\0"), min_size=4, max_size=20).filter(
    lambda text: text.strip() == text
)


def test_without_secrets_nothing_changes() -> None:
    assert Masker([]).text("anything") == "anything"
    assert Masker([]).value({"a": [1, "b"]}) == {"a": [1, "b"]}


def test_a_secret_is_masked_wherever_it_stands() -> None:
    assert Masker(["hunter2"]).text("a hunter2, xhunter2x") == f"a {MASK}, x{MASK}x"


def test_short_strings_are_left_alone() -> None:
    assert Masker(["abc", 12, True, None, "", "abc\n"]).text("abc 12 true abc") == "abc 12 true abc"


def test_leaves_of_objects_and_numbers_count_but_not_their_keys() -> None:
    masker = Masker([{"user": "alice", "pins": [123456, Decimal("3.14159")]}])
    assert masker.text("user alice 123456 3.14159") == f"user {MASK} {MASK} {MASK}"


def test_fields_of_a_secret_that_is_json_text_count() -> None:
    assert Masker(['{"password": "hunter2"}']).text("login with hunter2") == f"login with {MASK}"


def test_lines_of_a_secret_count() -> None:
    assert Masker(["first line\r\n  second line\n"]).text("got second line") == f"got {MASK}"


def test_the_longest_secret_wins_and_overlaps_share_one_mask() -> None:
    assert Masker(["abcd", "abcdefg"]).text("abcdefgh") == f"{MASK}h"
    assert Masker(["abcdef", "defghi"]).text("-abcdefghi-") == f"-{MASK}-"
    assert Masker(["abcdefgh", "cdef", "ghij"]).text("abcdefghij") == MASK


def test_neighbours_keep_what_is_between() -> None:
    assert Masker(["abcd"]).text("abcd abcd") == f"{MASK} {MASK}"


def test_values_are_masked_in_keys_strings_and_numbers() -> None:
    value: Json = {"hunter2": ["x hunter2", 123456, 5, True, None]}
    masked = Masker(["hunter2", 123456]).value(value)
    assert masked == {MASK: [f"x {MASK}", MASK, 5, True, None]}


@given(secret_texts, st.text(max_size=20), st.text(max_size=20))
@example("00\x7f\ud800", "", "")
def test_no_form_of_a_secret_comes_through(secret: str, before: str, after: str) -> None:
    masker = Masker([secret])
    body = f"{before}{secret}{after}"
    nested = json.dumps({"cause": json.dumps({"message": secret})})
    for text in (body, json.dumps({"x": secret}), compact({"x": secret}), repr(secret), nested):
        masked = masker.text(text)
        assert MASK in masked
        assert secret not in masked.replace(MASK, "\0")


@given(st.lists(st.text("xyz1", min_size=4)), st.text('ab {}"', max_size=40))
def test_text_without_secrets_is_returned_as_it_is(secrets: list[str], text: str) -> None:
    assert Masker(secrets).text(text) == text


def test_many_secrets_are_found_in_a_long_text() -> None:
    secrets: list[Json] = [
        f"secret-{number:05}-{number * 7919 % 10_007}" for number in range(2_000)
    ]
    text = " ".join(f"word{number}" for number in range(20_000)) + f" {secrets[1234]}"
    masked = Masker(secrets).text(text)
    assert masked.endswith(f" {MASK}")
    assert masked.count(MASK) == 1
