"""Folders of specs, and every complaint that is made about each.

`expected.txt` in a case's folder holds what a user is told, one line for each part of it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from runner import documents, model, schema, sources
from runner.errors import Diagnostic, has_errors

HERE = Path(__file__).parent
INVALID = sorted(path for path in (HERE / "invalid").iterdir() if path.is_dir())
VALID = sorted(path for path in (HERE / "valid").iterdir() if path.is_dir())


def check(folder: Path) -> tuple[model.Spec | None, list[Diagnostic]]:
    """Text to model, as `validate` does it, with everything that is said on the way."""
    found = sources.read([folder], cwd=folder)
    diagnostics = list(found.diagnostics)
    read: list[documents.Document] = []
    dropped = 0
    for file in found.files:
        parsed = documents.parse(file.data, file.name)
        diagnostics += parsed.diagnostics
        dropped += parsed.dropped
        read += parsed.documents
    for document in read:
        diagnostics += schema.check(document)
    spec, complaints = model.build(
        read,
        read_file=lambda name: sources.read_below(folder, Path(name)),
        partial=dropped > 0,
    )
    return spec, sorted([*diagnostics, *complaints], key=lambda one: (one.place, one.message))


def told(diagnostics: list[Diagnostic]) -> str:
    lines = []
    for diagnostic in diagnostics:
        lines.append(f"{diagnostic.place}: {diagnostic.severity}: {diagnostic.message}")
        if diagnostic.help:
            lines.append(f"    {diagnostic.help}")
        lines += [f"    {related.place}: {related.message}" for related in diagnostic.related]
    return "".join(f"{line}\n" for line in lines)


def expected(folder: Path) -> str:
    file = folder / "expected.txt"
    return file.read_text(encoding="utf-8") if file.exists() else ""


@pytest.mark.parametrize("folder", INVALID, ids=lambda folder: folder.name)
def test_every_complaint_has_a_place_and_a_way_out(folder: Path) -> None:
    spec, diagnostics = check(folder)
    assert told(diagnostics).replace(str(folder), "FOLDER") == expected(folder)
    assert spec is None or has_errors(diagnostics)
    assert all(diagnostic.help for diagnostic in diagnostics)


@pytest.mark.parametrize("folder", VALID, ids=lambda folder: folder.name)
def test_a_valid_project_becomes_a_spec(folder: Path) -> None:
    spec, diagnostics = check(folder)
    assert told(diagnostics) == expected(folder)
    assert spec is not None
