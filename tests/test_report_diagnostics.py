from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from runner.errors import Diagnostic, Place, Related, Severity
from runner.report import diagnostics_json, diagnostics_text, github_annotations


def wrong(line: int = 12, **fields: object) -> Diagnostic:
    facts: dict[str, object] = {
        "place": Place("specs/orders.yaml", line, 7),
        "message": "parameters.batch_size: 'many' is not an integer",
        "code": "bad-value",
    }
    return Diagnostic(**(facts | fields))  # type: ignore[arg-type]


def test_a_complaint_is_a_line_with_its_way_out_and_related_places_below() -> None:
    related = Related(Place("specs/a.yaml", 3, 1), "it is declared here")
    assert diagnostics_text([wrong(help="write 500", related=(related,))]) == (
        "specs/orders.yaml:12:7: parameters.batch_size: 'many' is not an integer\n"
        "    write 500\n"
        "    specs/a.yaml:3:1: it is declared here\n"
        "1 error\n"
    )


def test_complaints_stand_in_order_of_place_and_once_with_their_number() -> None:
    warning = wrong(5, severity=Severity.WARNING, message="hm")
    text = diagnostics_text([wrong(20), wrong(3), warning, wrong(3)])
    lines = text.splitlines()
    assert [line.split(":")[1] for line in lines[:3]] == ["3", "5", "20"]
    assert lines[1] == "specs/orders.yaml:5:7: warning: hm"
    assert lines[-1] == "2 errors, 1 warning"


def test_nothing_wrong_is_nothing_said() -> None:
    assert diagnostics_text([]) == ""
    assert github_annotations([]) == ""


def test_colour_is_only_there_on_request() -> None:
    assert "\x1b[" not in diagnostics_text([wrong()])
    assert "\x1b[31m" in diagnostics_text([wrong()], colour=True)


def test_control_characters_in_complaints_are_written_out() -> None:
    text = diagnostics_text([wrong(message="a\x1b[2Jb\nc", place=Place("x\ry.yaml"))])
    assert text.splitlines() == [r"x\x0dy.yaml:1:1: a\x1b[2Jb", "    c", "1 error"]


def test_the_same_as_data() -> None:
    warning = wrong(5, severity=Severity.WARNING)
    data = json.loads(diagnostics_json([wrong(help="x"), warning]))
    assert (data["errors"], data["warnings"]) == (1, 1)
    assert data["diagnostics"][1] == {
        "severity": "error",
        "code": "bad-value",
        "message": "parameters.batch_size: 'many' is not an integer",
        "help": "x",
        "place": {"file": "specs/orders.yaml", "line": 12, "column": 7},
        "related": [],
    }


def test_an_annotation_has_a_place_and_the_way_out() -> None:
    assert github_annotations(
        [wrong(message="50% of\nthis", help="that", place=Place("a:b,c", 2, 3))]
    ) == ("::error file=a%3Ab%2Cc,line=2,col=3,title=Stepfleet::50%25 of%0Athis%0Athat\n")


def test_at_most_eight_of_each_kind_are_annotated_and_the_rest_is_counted() -> None:
    warnings = [wrong(n, severity=Severity.WARNING) for n in range(1, 9)]
    lines = github_annotations([*(wrong(n) for n in range(1, 31)), *warnings]).splitlines()
    errors = [line for line in lines if line.startswith("::error ")]
    assert len(errors) == 9
    assert errors[-1] == "::error title=Stepfleet::and 22 more errors: see the log"
    assert len(lines) == 17


@given(st.text(), st.text(), st.text())
def test_no_text_breaks_out_of_its_annotation(message: str, help_text: str, file: str) -> None:
    complaint = wrong(message=message, help=help_text, place=Place(file, 1, 1))
    (line,) = github_annotations([complaint]).removesuffix("\n").split("\n")
    assert "\r" not in line
    _, properties, *_ = line.split("::", 2)
    assert len(properties.split(",")) == 4
    assert properties.startswith("error file=")
