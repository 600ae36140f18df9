"""Outputs and summaries are read by GitHub as they were meant, whatever text is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.errors import GitHubError
from runner.github import files, write_outputs, write_summary

if TYPE_CHECKING:
    from pathlib import Path


def as_runner_reads(content: bytes) -> dict[str, str]:
    """The outputs of a file, by the rules of GitHub's runner on Linux, where LF ends a line."""
    outputs: dict[str, str] = {}
    lines = iter(content.decode().split("\n"))
    for line in lines:
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            outputs[line[:equals]] = line[equals + 1 :]
            continue
        assert heredoc >= 0, f"invalid format {line!r}"
        name, delimiter = line[:heredoc], line[heredoc + 2 :]
        value = []
        for inner in lines:
            if inner == delimiter:
                break
            value.append(inner)
        else:
            raise AssertionError(f"no delimiter {delimiter!r}")
        outputs[name] = "\n".join(value)
    return outputs


NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True)
VALUES = st.lists(st.sampled_from(["\n", "\r", "<<", "EOF", "a=b", "x", "\0", "\ud800", "é"])).map(
    "".join
)


@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_any_value_is_read_as_it_was_with_line_feeds(
    tmp_path_factory: pytest.TempPathFactory, outputs: dict[str, str]
) -> None:
    path = tmp_path_factory.mktemp("outputs") / "output"
    write_outputs(path, outputs)
    expected = {
        name: value.replace("\r\n", "\n")
        .replace("\r", "\n")
        .replace("\0", "\ufffd")
        .replace("\ud800", "\ufffd")
        for name, value in outputs.items()
    }
    assert as_runner_reads(path.read_bytes()) == expected


def test_a_delimiter_that_is_in_the_value_is_drawn_anew(tmp_path: Path) -> None:
    path = tmp_path / "output"
    drawn = iter(["guessed", "other"])
    write_outputs(path, {"a": "x\nguessed\nb=forged"}, draw=lambda: next(drawn))
    assert as_runner_reads(path.read_bytes()) == {"a": "x\nguessed\nb=forged"}


def test_delimiters_differ_from_value_to_value(tmp_path: Path) -> None:
    path = tmp_path / "output"
    write_outputs(path, {"a": "1", "b": "1"})
    lines = path.read_text().split("\n")
    assert lines[0].split("<<")[1] != lines[3].split("<<")[1]


@pytest.mark.parametrize("before", [b"", b"x=1\n", b"x=1"])
def test_outputs_are_added_to_those_of_others(tmp_path: Path, before: bytes) -> None:
    path = tmp_path / "output"
    path.write_bytes(before)
    write_outputs(path, {"a": "1"})
    write_outputs(path, {"b": "2"})
    others = {"x": "1"} if before else {}
    assert as_runner_reads(path.read_bytes()) == {**others, "a": "1", "b": "2"}


@pytest.mark.parametrize("name", ["", "a b", "a=b", "a<<b", "a\nb", "1a", "é", "x" * 101])
def test_a_name_that_could_be_something_else_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "output"
    with pytest.raises(GitHubError, match="no name of an output"):
        write_outputs(path, {"fine": "1", name: "2"})
    assert not path.exists()


def test_a_summary_is_added_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    path.write_bytes(b"# before")
    write_summary(path, "one\r\ntwo\ud800\n\n")
    write_summary(path, "three")
    assert path.read_text(encoding="utf-8") == "# before\none\ntwo\ufffd\nthree\n"


def test_a_summary_over_the_limit_leaves_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    write_summary(path, "x" * 9, limit=20)
    with pytest.raises(GitHubError, match="no room for 11 bytes more"):
        write_summary(path, "ä" * 5, limit=20)
    write_summary(path, "y" * 9, limit=20)
    assert path.read_text() == "xxxxxxxxx\nyyyyyyyyy\n"


def test_the_limit_of_a_summary_is_githubs(tmp_path: Path) -> None:
    write_summary(tmp_path / "fits", "x" * (files.MAX_SUMMARY - 1))
    with pytest.raises(GitHubError):
        write_summary(tmp_path / "larger", "x" * files.MAX_SUMMARY)


def test_a_file_that_cannot_be_written_is_our_error(tmp_path: Path) -> None:
    with pytest.raises(GitHubError, match=r"can't write .*: No such file"):
        write_outputs(tmp_path / "no" / "folder", {"a": "1"})
    with pytest.raises(GitHubError, match=r"can't write .*: Is a directory"):
        write_summary(tmp_path, "text")
