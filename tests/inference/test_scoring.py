"""The figures that the benchmark of inference prints."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from tests.benchmarks import inference
from tests.inference.machines import chain, passes

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_precision_and_recall_are_told_for_each_file_and_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    definition = chain(passes(Parameters={"a.$": "$.rows[0]", "b.$": "$.order.id", "c.$": "$.no"}))
    label = {"inputs": {"rows": "array", "order": None, "day": "date"}, "outputs": ["a", "z"]}
    (tmp_path / "one.asl.json").write_text(json.dumps(definition))
    (tmp_path / "labels.json").write_text(json.dumps({"one.asl.json": label}))
    arguments = ["inference", str(tmp_path), str(tmp_path / "labels.json")]
    monkeypatch.setattr(sys, "argv", arguments)

    inference.main()

    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == [
        "one.asl.json",
        "  inputs   2 right; wrong no; missed day",
        "  types    1 right; wrong order: object; missed day: date",
        "  outputs  1 right; wrong b, c; missed z",
    ]
    assert lines[5:] == [
        "besides, 0 definitions without labels were read",
        "inputs   precision 2/3 (66.7%), recall 2/3 (66.7%)",
        "types    precision 1/2 (50.0%), recall 1/2 (50.0%)",
        "outputs  precision 1/3 (33.3%), recall 1/2 (50.0%)",
    ]
