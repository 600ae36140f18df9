"""Write the tables of docs/local.md from the contract suite's features and the list of patches.

Usage: python -m tests.local.page [--check]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from runner.local import loading
from tests.local.features import GROUPS

if TYPE_CHECKING:
    from tests.local.features import Feature

PAGE = Path(__file__).parents[2] / "docs" / "local.md"
LONGEST = 60
FEATURES = ("<!-- features: written by tests/local/page.py -->", "<!-- end of features -->")
PATCHES = ("<!-- patches: written by tests/local/page.py -->", "<!-- end of patches -->")


def page(text: str) -> str:
    """The page with both of its generated parts written anew."""
    return _between(_between(text, FEATURES, features()), PATCHES, patches())


def features() -> str:
    """A table for each group of features."""
    parts = []
    for group in GROUPS:
        rows = "\n".join(f"| {_cell(one.title)} | {_end(one)} |" for one in group.features)
        parts.append(f"### {group.title}\n\n| What | Ends with |\n|---|---|\n{rows}\n")
    return "\n".join(parts)


def patches() -> str:
    """A table of what is mended in moto."""
    loading.load()
    from runner.local.patches import ALL  # noqa: PLC0415 - needs moto imported in its own way

    rows = "\n".join(f"| `{one.name}` | {_cell(one.reason)} |" for one in ALL)
    return f"| Patch | Without it |\n|---|---|\n{rows}\n"


def _end(feature: Feature) -> str:
    if feature.error is not None:
        return f"error `{feature.error}`"
    text = json.dumps(feature.output, ensure_ascii=True)
    return f"`{_cell(text)}`" if len(text) <= LONGEST else "the documented output"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _between(text: str, marks: tuple[str, str], inner: str) -> str:
    before, _, rest = text.partition(marks[0])
    _, _, after = rest.partition(marks[1])
    return f"{before}{marks[0]}\n\n{inner}\n{marks[1]}{after}"


def main() -> int:
    """Write the page, or with --check tell whether it is stale."""
    text = PAGE.read_text(encoding="utf-8")
    wanted = page(text)
    if text == wanted:
        return 0
    if "--check" in sys.argv[1:]:
        sys.stderr.write(f"{PAGE} is stale: run python -m tests.local.page\n")
        return 1
    PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
