"""Whatever is wrong with specs, a doctor reads what it can of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.cli.examining import specs, targets
from runner.cli.options import Wish
from runner.errors import has_errors

FOLDERS = sorted(Path(__file__).parent.parent.joinpath("specs").glob("*valid/*/"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_no_spec_makes_it_fall_over(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    read = specs.read([Path()], Wish(), var={}, var_file=())
    found = targets.find(read, {})
    if read.spec is None:
        assert has_errors(read.diagnostics)
    else:
        seen = {job.name for used in found.machines.values() for one in used for job in one.jobs}
        assert seen | {name for name, _ in found.unnamed} <= set(read.jobs)


def test_some_invalid_specs_are_read_in_part() -> None:
    invalid = [each for each in FOLDERS if each.parent.name == "invalid"]
    read = [specs.read([each], Wish(), var={}, var_file=()) for each in invalid]
    assert any(each.spec is not None and each.jobs for each in read)
    assert any(each.spec is None for each in read)
