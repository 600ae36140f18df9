"""Diagnostics for a person, for a program, and as annotations of a pull request.

Annotations are GitHub's workflow commands:
https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.errors import Severity
from runner.plan.encode import diagnostic_to_json
from runner.report.cleaning import clean, one_line
from runner.report.layout import Style, paint, plural
from runner.values import compact, well_formed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from runner.errors import Diagnostic
    from runner.values import Json

MAX_ANNOTATIONS = 8
"""Of each severity; GitHub drops those beyond 10 a step."""


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Diagnostics by place, each once."""
    return sorted(dict.fromkeys(diagnostics), key=lambda each: (each.place, each.message))


def diagnostics_text(diagnostics: Iterable[Diagnostic], *, colour: bool = False) -> str:
    """Each complaint on a line that editors link to its place, with its way out below.

    The number of errors and warnings comes last; the text is empty when there is none.
    """
    ordered = in_order(diagnostics)
    lines = [line for diagnostic in ordered for line in _lines(diagnostic, colour=colour)]
    if ordered:
        lines.append(_totals(ordered, colour=colour))
    return "".join(f"{line}\n" for line in lines)


def diagnostics_json(diagnostics: Iterable[Diagnostic]) -> str:
    """The same as data: `{"errors": 1, "warnings": 0, "diagnostics": […]}`."""
    ordered = in_order(diagnostics)
    listed: list[Json] = [diagnostic_to_json(diagnostic) for diagnostic in ordered]
    fields: dict[str, Json] = {
        "errors": _number(ordered, Severity.ERROR),
        "warnings": _number(ordered, Severity.WARNING),
        "diagnostics": listed,
    }
    return f"{well_formed(compact(fields))}\n"


def github_annotations(diagnostics: Iterable[Diagnostic]) -> str:
    """GitHub annotations: the first eight errors and warnings, and how many more there are."""
    ordered = in_order(diagnostics)
    lines: list[str] = []
    for severity in Severity:
        chosen = [each for each in ordered if each.severity is severity]
        lines += [_annotation(each) for each in chosen[:MAX_ANNOTATIONS]]
        if len(chosen) > MAX_ANNOTATIONS:
            more = plural(len(chosen) - MAX_ANNOTATIONS, f"more {severity.value}")
            lines.append(f"::{severity.value} title=Stepfleet::and {more}: see the log")
    return "".join(f"{line}\n" for line in lines)


def github_note(severity: str, message: str) -> str:
    """An annotation of the workflow run as a whole: `severity` is error, warning or notice."""
    return f"::{severity} title=Stepfleet::{_data(clean(message))}\n"


def _lines(diagnostic: Diagnostic, *, colour: bool) -> Iterable[str]:
    place = paint(one_line(str(diagnostic.place)), Style.BOLD, colour=colour)
    message = _indented(diagnostic.message)
    if diagnostic.severity is Severity.WARNING:
        word = paint("warning:", Style.YELLOW, colour=colour)
        yield f"{place}: {word} {message}"
    else:
        yield f"{place}: {paint(message, Style.RED, colour=colour)}"
    if diagnostic.help:
        yield f"    {_indented(diagnostic.help)}"
    for related in diagnostic.related:
        yield f"    {one_line(str(related.place))}: {_indented(related.message)}"


def _indented(text: str) -> str:
    return clean(text).replace("\n", "\n    ")


def _totals(ordered: Sequence[Diagnostic], *, colour: bool) -> str:
    parts = []
    for severity, style in ((Severity.ERROR, Style.RED), (Severity.WARNING, Style.YELLOW)):
        number = _number(ordered, severity)
        if number:
            parts.append(paint(plural(number, severity.value), style, colour=colour))
    return ", ".join(parts)


def _number(ordered: Sequence[Diagnostic], severity: Severity) -> int:
    return sum(each.severity is severity for each in ordered)


def _annotation(diagnostic: Diagnostic) -> str:
    place = diagnostic.place
    parts = [diagnostic.message, diagnostic.help or ""]
    parts += [f"{related.place}: {related.message}" for related in diagnostic.related]
    message = "\n".join(clean(part) for part in parts if part)
    properties = (
        f"file={_property(place.file)},line={place.line},col={place.column},title=Stepfleet"
    )
    return f"::{diagnostic.severity.value} {properties}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(one_line(text)).replace(":", "%3A").replace(",", "%2C")
