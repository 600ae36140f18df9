from __future__ import annotations

import io
import os
from typing import IO, TYPE_CHECKING, cast

import pytest

from runner.errors import Refused
from runner.results import Journal, check_writable, write

if TYPE_CHECKING:
    from pathlib import Path


class FullDisk(io.RawIOBase):
    """Takes so many bytes, and fails until there is room again."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.held = b""

    def write(self, data: object) -> int:
        taken = bytes(memoryview(data))[: self.room]  # type: ignore[arg-type]
        if not taken:
            raise OSError(28, "No space left on device")
        self.room -= len(taken)
        self.held += taken
        return len(taken)


def test_a_record_that_was_cut_short_spoils_no_other(tmp_path: Path) -> None:
    disk = FullDisk(room=20)
    journal = Journal(tmp_path / "results.jsonl")
    journal.close()
    journal._file = cast("IO[bytes]", disk)
    journal.append(['{"event":1}'])
    with pytest.raises(OSError, match="No space"):
        journal.append(['{"event":2}'])
    disk.room = 100
    journal.append(['{"event":3}'])
    assert disk.held.splitlines() == [b'{"event":1}', b'{"event"', b'{"event":3}']


def test_a_file_is_replaced_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text("old")
    path.chmod(0o640)
    write(path, "new")
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["results.json"]


def test_what_stands_is_kept_when_a_write_fails(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file").touch()
    with pytest.raises(OSError, match="folder"):
        write(folder, "new")
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "results.json")
    with pytest.raises(Refused, match="not a file"):
        check_writable(tmp_path / "results.json")


def test_a_journal_is_not_its_own_results_file(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="journal"):
        check_writable(tmp_path / "results.jsonl")
