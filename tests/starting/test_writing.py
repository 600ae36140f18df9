"""New files are written all or not at all, and over nothing that is there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from runner import starting
from runner.errors import Refused
from runner.starting import NewFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

A, B = NewFile("specs/jobs/a.yaml", "a: ü\n"), NewFile("b.yaml", "b\n")


def tree(top: Path) -> dict[str, str | None]:
    return {
        str(path.relative_to(top)): path.read_text() if path.is_file() else None
        for path in sorted(top.rglob("*"))
    }


def test_files_are_written_with_the_folders_that_they_need(tmp_path: Path) -> None:
    top = tmp_path / "new" / "folder"
    starting.write(top, [A, B])
    assert tree(top) == {
        "b.yaml": "b\n",
        "specs": None,
        "specs/jobs": None,
        "specs/jobs/a.yaml": "a: ü\n",
    }


def test_a_file_that_came_into_being_is_left_and_nothing_else_is_written(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("mine")
    with pytest.raises(Refused, match=r"b\.yaml came into being meanwhile; nothing was written"):
        starting.write(tmp_path, [A, B])
    assert tree(tmp_path) == {"b.yaml": "mine"}


def test_what_cannot_be_made_leaves_nothing_even_of_the_top_folder(tmp_path: Path) -> None:
    long = NewFile("specs/" + "x" * 300, "")
    with pytest.raises(Refused, match="nothing was written"):
        starting.write(tmp_path / "new", [A, long])
    assert tree(tmp_path) == {}


def test_an_interrupt_between_two_files_leaves_nothing(tmp_path: Path) -> None:
    class Files(list[NewFile]):
        def __iter__(self) -> Iterator[NewFile]:
            yield A
            assert (tmp_path / A.path).exists()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        starting.write(tmp_path, Files())
    assert tree(tmp_path) == {}


def test_what_others_put_beside_stays_when_all_is_taken_back(tmp_path: Path) -> None:
    class Files(list[NewFile]):
        def __iter__(self) -> Iterator[NewFile]:
            yield A
            (tmp_path / "specs" / "theirs").touch()
            (tmp_path / "b.yaml").touch()
            yield B

    with pytest.raises(Refused):
        starting.write(tmp_path, Files())
    assert tree(tmp_path) == {"b.yaml": "", "specs": None, "specs/theirs": ""}


def test_a_link_that_leads_nowhere_is_not_written_through(tmp_path: Path) -> None:
    top = tmp_path / "top"
    top.mkdir()
    (top / "b.yaml").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refused, match="it is a link that leads out of"):
        starting.write(top, [A, B])
    assert tree(top) == {"b.yaml": None}
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("check", [starting.is_there, None])
def test_a_folder_that_leads_out_of_the_top_is_not_followed(tmp_path: Path, check: object) -> None:
    top, outside = tmp_path / "top", tmp_path / "outside"
    top.mkdir()
    outside.mkdir()
    (top / "specs").symlink_to(outside)
    with pytest.raises(Refused, match="a link leads out of"):
        starting.is_there(top, A.path) if check else starting.write(top, [A])
    assert tree(outside) == {}


def test_a_link_inside_the_top_is_followed(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "specs").symlink_to("conf")
    starting.write(tmp_path, [A])
    assert (tmp_path / "conf" / "jobs" / "a.yaml").read_text() == "a: ü\n"
    assert starting.is_there(tmp_path, A.path)


def test_a_link_to_gits_own_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "specs").symlink_to(".git")
    with pytest.raises(Refused, match="git's own files"):
        starting.write(tmp_path, [A])
    assert tree(tmp_path / ".git") == {}


def test_a_folder_in_the_place_of_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").mkdir()
    with pytest.raises(Refused, match=r"b\.yaml can't be written: it is a folder"):
        starting.is_there(tmp_path, "b.yaml")


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "specs").touch()
    with pytest.raises(Refused, match=r"a folder above it is a file"):
        starting.is_there(tmp_path, A.path)
    with pytest.raises(Refused, match="nothing was written"):
        starting.write(tmp_path, [B, A])
    assert tree(tmp_path) == {"specs": ""}


def test_a_pipe_in_the_place_of_a_file_is_told_and_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "b.yaml")
    with pytest.raises(Refused, match="it is no regular file"):
        starting.is_there(tmp_path, "b.yaml")


def test_a_file_is_there_only_when_it_is(tmp_path: Path) -> None:
    assert not starting.is_there(tmp_path / "none", A.path)
    (tmp_path / "b.yaml").touch()
    assert starting.is_there(tmp_path, "b.yaml")
