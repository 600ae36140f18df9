"""docs/spec.md, docs/errors.md and the tables of docs/github-action.md are as they are made."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runner.aws.actions import ACTIONS
from runner.aws.explanations import TABLE

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parent.parent


@pytest.fixture
def generate() -> ModuleType:
    """The script as a module."""
    found = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_the_reference_is_not_stale(generate: ModuleType) -> None:
    assert generate.main(["--check"]) == 0, "run python docs/generate.py"


def test_a_stale_reference_is_told(
    generate: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = tmp_path / "spec.md"
    monkeypatch.setattr(generate, "PAGE", page)
    action_page = tmp_path / "github-action.md"
    action_page.write_text(generate.ACTION_PAGE.read_text())
    monkeypatch.setattr(generate, "ACTION_PAGE", action_page)
    assert generate.main(["--check"]) == 1
    page.write_text("old")
    assert generate.main(["--check"]) == 1
    assert "python docs/generate.py" in capsys.readouterr().err
    assert page.read_text() == "old"
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0


def test_a_stale_table_of_the_action_is_told(
    generate: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = tmp_path / "github-action.md"
    whole = generate.ACTION_PAGE.read_text()
    page.write_text(whole.replace("| `label` |", "| `lable` |"))
    monkeypatch.setattr(generate, "ACTION_PAGE", page)
    assert generate.main(["--check"]) == 1
    assert "docs/github-action.md is stale" in capsys.readouterr().err
    assert generate.main([]) == 0
    assert page.read_text() == whole


def test_a_stale_table_of_errors_is_told(
    generate: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = tmp_path / "errors.md"
    whole = generate.ERRORS_PAGE.read_text()
    page.write_text(whole.replace("1,000,000", "1,000"))
    monkeypatch.setattr(generate, "ERRORS_PAGE", page)
    assert generate.main(["--check"]) == 1
    assert "docs/errors.md is stale" in capsys.readouterr().err
    assert generate.main([]) == 0
    assert page.read_text() == whole


def test_every_error_code_and_call_is_on_the_page(generate: ModuleType) -> None:
    page = generate.ERRORS_PAGE.read_text()
    assert {code for code in TABLE if f"`{code}`" not in page} == set()
    assert {call for call in ACTIONS if f"| `{call}` |" not in page} == set()


def test_every_field_and_link_target_is_on_the_page(generate: ModuleType) -> None:
    schema = json.loads((ROOT / "schemas" / "stepfleet.schema.json").read_text())
    page = generate.page(schema)
    fields = {name for part in schema["$defs"].values() for name in part.get("properties", {})}
    missing = {
        name
        for name in fields - {"apiVersion", "kind", "metadata", "spec"}
        if f"| `{name}` |" not in page
    }
    assert missing == set()
    anchors = {generate.anchor(line.lstrip("# ")) for line in page.splitlines() if line[:1] == "#"}
    links = {part.partition(")")[0] for part in page.split("](#")[1:]}
    assert links <= anchors
