"""docs/local.md says what the contract suite shows."""

from __future__ import annotations

from tests.local import page


def test_the_page_is_up_to_date() -> None:
    text = page.PAGE.read_text(encoding="utf-8")

    assert page.page(text) == text, "run python -m tests.local.page"


def test_a_stale_page_is_written_anew() -> None:
    text = page.PAGE.read_text(encoding="utf-8")

    assert page.page(text.replace("| Pass hands its input on", "| Nonsense")) == text
