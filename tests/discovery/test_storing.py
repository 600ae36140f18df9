"""Writing files: whole or not at all, over nothing, and never out of the project."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from runner.discovery import FileChange, check_folder, store
from runner.errors import Refused

if TYPE_CHECKING:
    from pathlib import Path


def new(path: Path, text: str = "new") -> FileChange:
    return FileChange(str(path), path.name, text.encode())


def changed(path: Path, before: str, after: str) -> FileChange:
    return FileChange(str(path), path.name, after.encode(), before.encode())


def held(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_new_files_are_written_with_their_folders_and_nothing_else_is_left(tmp_path: Path) -> None:
    store(
        [new(tmp_path / "specs/a.yaml", "a"), new(tmp_path / "specs/b/c.yaml", "c")], str(tmp_path)
    )
    assert held(tmp_path) == {"specs/a.yaml": "a", "specs/b/c.yaml": "c"}


def test_a_file_that_came_meanwhile_is_not_overwritten_and_nothing_is_written(
    tmp_path: Path,
) -> None:
    (tmp_path / "b").write_text("a person's")
    with pytest.raises(Refused, match="b is there by now"):
        store([new(tmp_path / "a"), new(tmp_path / "b")], str(tmp_path))
    assert held(tmp_path) == {"b": "a person's"}


def test_a_link_that_leads_nowhere_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "b").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refused, match="b is there by now"):
        store([new(tmp_path / "b")], str(tmp_path))
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_that_was_changed_meanwhile_is_left(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("changed")
    with pytest.raises(Refused, match="a was changed meanwhile"):
        store([new(tmp_path / "b"), changed(tmp_path / "a", "before", "after")], str(tmp_path))
    assert held(tmp_path) == {"a": "changed"}


def test_a_file_keeps_its_mode_and_a_link_to_it_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("before")
    (tmp_path / "real").chmod(0o666)
    (tmp_path / "link").symlink_to("real")
    store([changed(tmp_path / "link", "before", "after")], str(tmp_path))
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "after"
    assert (tmp_path / "real").stat().st_mode & 0o777 == 0o666


def test_a_disk_that_is_full_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_text("before")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Refused, match=r"^a can't be written: No space left on device$"):
        store([new(tmp_path / "b"), changed(tmp_path / "a", "before", "after")], str(tmp_path))
    assert held(tmp_path) == {"a": "before"}


@pytest.mark.parametrize("why", ["read-only", "hard links", "another user"])
def test_a_file_that_its_owner_would_miss_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    file = tmp_path / "a"
    file.write_text("before")
    match why:
        case "read-only":
            file.chmod(0o444)
        case "hard links":
            (tmp_path / "twin").hardlink_to(file)
        case _:
            user = os.geteuid() + 1
            monkeypatch.setattr(os, "geteuid", lambda: user)
    before = held(tmp_path)
    with pytest.raises(Refused, match=f"^a is left, as the file .*{why}; nothing was written$"):
        store([new(tmp_path / "b"), changed(file, "before", "after")], str(tmp_path))
    assert held(tmp_path) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_a_file_keeps_its_owner(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("before")
    os.chown(tmp_path / "a", 1234, 2345)
    store([changed(tmp_path / "a", "before", "after")], str(tmp_path))
    state = (tmp_path / "a").stat()
    assert (state.st_uid, state.st_gid) == (1234, 2345)


def test_a_check_before_anything_is_moved_may_still_refuse(tmp_path: Path) -> None:
    def refuse() -> None:
        assert [path for path in held(tmp_path) if not path.endswith(".tmp")] == []
        raise Refused("not now")

    with pytest.raises(Refused, match="not now"):
        store([new(tmp_path / "a")], str(tmp_path), check=refuse)
    assert held(tmp_path) == {}


def test_of_writers_at_once_only_what_is_in_its_place_is_told(tmp_path: Path) -> None:
    written: list[FileChange] = []

    def rival() -> None:
        (tmp_path / "b").write_text("a rival's")

    with pytest.raises(Refused, match="b is there by now"):
        store(
            [new(tmp_path / name) for name in "abc"],
            str(tmp_path),
            check=rival,
            on_written=written.append,
        )
    assert [change.name for change in written] == ["a"]
    assert held(tmp_path) == {"a": "new", "b": "a rival's"}


def test_a_folder_that_can_not_be_written_to_leaves_everything_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(Refused, match="is no folder"):
        store([new(tmp_path / "a"), new(tmp_path / "file" / "b")], str(tmp_path))
    assert held(tmp_path) == {"file": "x"}


def test_an_interrupt_leaves_no_file_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.link
    done: list[object] = []

    def interrupted(source: str, target: str) -> None:
        if done:
            raise KeyboardInterrupt
        done.append(target)
        real(source, target)

    monkeypatch.setattr(os, "link", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store([new(tmp_path / name, "whole") for name in "abc"], str(tmp_path))
    assert held(tmp_path) == {"a": "whole"}


def test_no_empty_folder_is_left_where_nothing_could_be_written(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    long = new(tmp_path / "specs" / "jobs" / ("x" * 300))
    with pytest.raises(Refused, match=r"x can't be written: File name too long"):
        store([long, new(tmp_path / "there" / "a")], str(tmp_path))
    assert [path.name for path in tmp_path.rglob("*")] == ["there"]


def test_a_file_system_without_links_is_written_to_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(source: str, target: str) -> None:
        raise PermissionError(1, "Operation not permitted", source)

    monkeypatch.setattr(os, "link", refused)
    store([new(tmp_path / "a", "whole")], str(tmp_path))
    assert held(tmp_path) == {"a": "whole"}


def test_a_folder_of_definitions_that_leads_out_is_not_written_to(tmp_path: Path) -> None:
    root = tmp_path / "project"
    (root / "specs").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (root / "specs" / "definitions").symlink_to(tmp_path / "outside")
    with pytest.raises(Refused, match="leads out"):
        store([new(root / "specs/a"), new(root / "specs/definitions/b")], str(root))
    assert held(tmp_path) == {}


def test_a_folder_outside_of_the_project_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "project"
    (root / "inside").mkdir(parents=True)
    (root / "out").symlink_to(tmp_path)
    (root / "in").symlink_to(root / "inside")
    (root / "file").write_text("")
    (root / ".git").mkdir()
    check_folder(str(root / "in"), str(root))
    check_folder(str(root / "not" / "yet"), str(root))
    for name, why in [
        ("out", "leads out"),
        ("out/x", "leads out"),
        ("file", "no folder"),
        (".git/x", "git"),
    ]:
        with pytest.raises(Refused, match=why):
            check_folder(str(root / name), str(root))
