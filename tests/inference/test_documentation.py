"""What the page on inference shows is what is inferred."""

from __future__ import annotations

import json
import re
from pathlib import Path

from runner.inference import infer

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGE = (DOCS / "inference.md").read_text(encoding="utf-8")
DEFINITION = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)


def table(heading: str) -> dict[str, tuple[str | None, str]]:
    """The rows below a heading: name, type and reason."""
    rows = PAGE.partition(f"| {heading} | type | why |\n|---|---|---|\n")[2].partition("\n\n")[0]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows.splitlines()]
    return {name.strip("`"): (kind or None, why) for name, kind, why in cells}


def test_the_example_of_the_page_is_inferred_as_it_says() -> None:
    assert DEFINITION
    found = infer(json.loads(DEFINITION[1]))

    inputs, outputs = table("input"), table("output")
    assert {each.name: each.type for each in found.inputs} == {
        name: kind for name, (kind, _) in inputs.items()
    }
    assert {each.name: each.type for each in found.outputs} == {
        name: kind for name, (kind, _) in outputs.items()
    }
    for each in found.inputs:
        assert each.is_optional == ("optional" in inputs[each.name][1])
    for output in found.outputs:
        assert output.is_certain == ("not certain" not in outputs[output.name][1])


def test_the_page_is_linked() -> None:
    assert "(inference.md)" in (DOCS / "README.md").read_text(encoding="utf-8")
