"""docs/github-action.md shows what really is: its sample, its tables and its links."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt

from tests.rendering.samples import samples
from tests.report_pull_request.reading import Page

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "github-action.md").read_text(encoding="utf-8")
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def rows(markdown: str) -> list[list[str]]:
    """The lines of rendered Markdown, each as the texts that it holds."""
    page = Page()
    page.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown))
    told = "".join(
        "\n" if not text.strip() and "code" not in inside else text for text, inside in page.texts
    )
    return [line.split() for line in told.replace("\xa0", " ").splitlines() if line.strip()]


def test_the_sample_comment_is_one() -> None:
    quoted = re.findall(r"^> ?(.*)$", TEXT.partition("Below the table")[0], re.MULTILINE)
    shown, real = rows("\n".join(quoted)), rows(samples()["6-jobs"])
    assert len(shown) > 20
    assert [line for line in shown if line not in real] == []


def test_every_input_and_output_stands_in_a_table() -> None:
    named = re.findall(r"^\| `([a-z-]+)` \|", TEXT.partition("## Inputs")[2], re.MULTILINE)
    assert named == [*ACTION["inputs"], *ACTION["outputs"]]


def anchors(page: Path) -> set[str]:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_within_pages_lead_to_their_headings(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]*)#([^)]+)\)", page.read_text(encoding="utf-8"))
    targets = [(page.parent / name if name else page, anchor) for name, anchor in links]
    assert [each for each in targets if each[1] not in anchors(each[0])] == []
