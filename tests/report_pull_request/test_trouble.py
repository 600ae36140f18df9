from __future__ import annotations

import re

from runner.errors import Diagnostic, Place, Related, Severity
from runner.report import invalid_comment, refused_comment
from tests.report_pull_request.reading import read
from tests.report_pull_request.views import HEAD, LINKS, URL

LIMIT = 60_000


def complaint(line: int, message: str = "is wrong", **fields: object) -> Diagnostic:
    return Diagnostic(Place("specs/a.yaml", line, 7), message, "code", **fields)  # type: ignore[arg-type]


def invalid(*some: Diagnostic, limit: int = LIMIT) -> str:
    return invalid_comment(some, label="prod", head=HEAD, links=LINKS, limit=limit)


def test_complaints_stand_in_a_table_with_their_way_out() -> None:
    related = (Related(Place("specs/b.yaml", 2), "the first is here"),)
    text = invalid(complaint(12, help="write a number", related=related))
    page = read(text)
    assert page.faults == []
    assert text.startswith("### Stepfleet plan (<code>prod</code>)\n")
    assert "Nothing can start: the specs are not valid." in page.text
    assert "1 error Read from 8d7c4f1 in this run" in page.text
    assert f"{URL}/blob/{HEAD}/specs/a.yaml#L12" in page.links
    assert f"{URL}/blob/{HEAD}/specs/b.yaml#L2" in page.links
    for told in ("specs/a.yaml:12", "is wrong", "write a number", "the first is here"):
        assert told in page.text


def test_errors_come_before_warnings_and_each_once() -> None:
    warning = complaint(1, "is odd", severity=Severity.WARNING)
    text = invalid(warning, complaint(9), complaint(3), complaint(3))
    assert re.findall(r"specs/a\.yaml:(\d+)<", text) == ["3", "9", "1"]
    assert "2 errors, 1 warning<br>" in text
    assert "| Warning: is odd |" in text


def test_complaints_that_have_no_room_are_counted() -> None:
    text = invalid(*(complaint(n) for n in range(1, 501)), limit=5_000)
    assert len(text.encode()) <= 5_000
    shown = text.count("<code>specs/")
    assert f"|  | and {500 - shown} more |\n" in text
    assert "500 errors" in text


def test_a_refusal_says_why_line_by_line() -> None:
    text = refused_comment(
        "no credentials\n\nallow it", label="", head=HEAD, links=LINKS, limit=LIMIT
    )
    page = read(text)
    assert page.faults == []
    assert text.startswith(
        "### Stepfleet plan\n\n**No plan could be made, so nothing is reviewed.**\n"
    )
    assert "> no credentials<br>\n> allow it<br>\n" in text
    assert page.tags["blockquote"] == 1


def test_a_reason_without_room_is_left_to_the_run() -> None:
    text = refused_comment("x" * 5_000, label="", head=HEAD, links=LINKS, limit=1_000)
    assert len(text.encode()) <= 1_000
    assert "xxx" not in text
    assert re.search(r"See <a .*>this run</a> for the reason\.\n$", text)
