"""What a comment says where there is no plan: the specs are invalid, or planning was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.errors import Severity
from runner.report import markup
from runner.report.cleaning import clean
from runner.report.diagnostics import in_order
from runner.report.layout import plural
from runner.report.pull_request.fitting import Group, Part, Rows, fit
from runner.report.pull_request.heading import heading
from runner.report.pull_request.links import short

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from runner.errors import Diagnostic
    from runner.report.pull_request.links import Links

_TEXT = 1_000
_HEADS = ("Where", "What")


def invalid_comment(
    diagnostics: Iterable[Diagnostic], *, label: str, head: str, links: Links, limit: int
) -> str:
    """Complaints about the specs in a table, errors first, each with its way out."""
    ordered = sorted(in_order(diagnostics), key=lambda each: list(Severity).index(each.severity))
    errors = sum(each.severity is Severity.ERROR for each in ordered)
    counts = [plural(errors, "error")]
    if errors < len(ordered):
        counts.append(plural(len(ordered) - errors, "warning"))
    top = [
        heading("plan", label=label),
        "",
        "**Nothing can start: the specs are not valid.**",
        "",
        f"{', '.join(counts)}<br>",
        f"Read from {markup.code(short(head))} in {links.run}",
        "",
    ]
    rows = [markup.row((links.at(each.place), _complaint(each, links))) for each in ordered]

    def more(shown: int) -> str:
        return markup.row(("", f"and {len(rows) - shown:,} more"))

    table = Rows(markup.table(_HEADS, ()), [Group(rows, more)])
    return fit([top, table], limit, str)


def refused_comment(reason: str, *, label: str, head: str, links: Links, limit: int) -> str:
    """Why there is no plan; `reason` is plain text, maybe of several lines."""
    top = [
        heading("plan", label=label),
        "",
        "**No plan could be made, so nothing is reviewed.**",
        "",
        f"Tried for {markup.code(short(head))} in {links.run}",
    ]
    lines = [line for line in clean(reason).splitlines() if line.strip()]
    said = ["", "> [!CAUTION]", *(f"> {markup.text(line)}<br>" for line in lines)]
    part = Part(said, "the reason", 0)
    return fit([top, part], limit, lambda name: f"See {links.run} for {name}.")


def _complaint(each: Diagnostic, links: Links) -> str:
    return "<br>".join(_said(each, links))


def _said(each: Diagnostic, links: Links) -> Iterator[str]:
    word = "Warning: " if each.severity is Severity.WARNING else ""
    yield f"{word}{markup.text(each.message, _TEXT)}"
    if each.help:
        yield f"<sub>{markup.text(each.help, _TEXT)}</sub>"
    for related in each.related:
        yield f"<sub>{links.at(related.place)}: {markup.text(related.message, _TEXT)}</sub>"
