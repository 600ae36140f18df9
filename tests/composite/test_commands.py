from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runner.report import clean, defuse
from tests.composite.commands import Command, Lines, Processor, found_in, parse


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("::error::bad", Command("error", (), "bad")),
        (
            "::error file=a%2Cb.yaml,line=3,title=A%3AB::one%0Atwo %25",
            Command("error", (("file", "a,b.yaml"), ("line", "3"), ("title", "A:B")), "one\ntwo %"),
        ),
        ("\u3000\x85\u2028\t ::Add-Mask::secret", Command("add-mask", (), "secret")),
        ("::group::", Command("group")),
        ("::warning line=,file==x=,y::z", Command("warning", (("file", "=x="),), "z")),
        ("text ##[set-output name=a%3Bb;]v%5D", Command("set-output", (("name", "a;b"),), "v]")),
        ("##[endgroup]", Command("endgroup")),
        ("::nothing ##[debug]x", Command("debug", (), "x")),
        ("::%25error::x", None),
        ("a ::error::x", None),
        ("\x1c::error::x", None),
        ("\u200b::error::x", None),
        (":\u00ad:error::x", None),
        ("::error:x", None),
        ("::unknown::x", None),
        ("##[unknown]x ##[error]y", None),
        ("#\u200b#[error]x", None),
        ("##[error", None),
    ],
)
def test_a_line_is_a_command_as_the_runner_has_it(line: str, command: Command | None) -> None:
    assert parse(line) == command


def test_lines_end_at_line_feeds_and_carriage_returns_alone() -> None:
    data = "\ufeffa\r\nb\rc\n\u2028d\x0be\x85\r\n\nf".encode()
    for size in (1, 2, 7, 100):
        lines = Lines()
        found = [
            line for at in range(0, len(data), size) for line in lines.feed(data[at : at + size])
        ]
        assert [*found, *lines.end()] == ["a", "b", "c", "\u2028d\x0be\x85", "", "f"]


def test_a_byte_order_mark_decides_how_a_stream_is_read() -> None:
    assert [each.name for each in found_in(b"\xff\xfe" + "::error::x".encode("utf-16-le"))] == [
        "error"
    ]
    assert found_in("x\n\ufeff::error::x".encode()) == []


def test_stopped_commands_wait_for_their_token() -> None:
    processor = Processor()
    lines = ["::stop-commands::T1", "::error::x", "##[T1]", "::error::y"]
    assert [each and each.name for each in map(processor.take, lines)] == [
        "stop-commands",
        None,
        "t1",
        "error",
    ]


PIECES = [
    *(":", "::", "#", "##", "##[", "[", "]", "error", "x", "=", ",", "%0A", "\\"),
    *(" ", "\t", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\xa0", "\u3000"),
    *("\x00", "\x1b[31m", "\x1c", "\xad", "\u034f", "\u180e", "\u200b", "\ufe0f", "\ufeff"),
    *("\udcff", "\udcfe", "\udc00", "\ud800"),
]

hostile = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


def printed(text: str) -> bytes:
    """As Python prints it where it may print anything at all."""
    return text.encode("utf-8", "surrogateescape" if _can_escape(text) else "replace")


def _can_escape(text: str) -> bool:
    return not any("\ud800" <= char < "\udc80" or "\udcff" < char <= "\udfff" for char in text)


@given(hostile)
@example("\ufeff::error::x")
@example("\udcff\udcfe:\udc00:\udc00")
@example("\x00\x00\udcfe\udcff\x00\x00\x00:\x00\x00\x00:\x00\x00\x00x\x00\x00\x00:\x00\x00\x00:")
@example("##[error]x")
def test_no_text_makes_a_command_once_it_is_defused(text: str) -> None:
    assert found_in(printed(defuse(text))) == []
    assert defuse(defuse(text)) == defuse(text)


@given(hostile)
def test_no_text_makes_a_command_once_it_is_cleaned_for_ci(text: str) -> None:
    assert found_in(clean(text, ci=True).encode()) == []


@given(st.lists(hostile, max_size=4))
def test_texts_that_were_defused_make_no_command_between_them(texts: list[str]) -> None:
    assert found_in(printed("\n".join(map(defuse, texts)))) == []
