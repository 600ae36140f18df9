"""How the jobs of a run stand now, as Markdown within a size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.report import markup
from runner.report.results_text import SIGNS
from runner.report.status_text import attempt, changed, counted, note, said, since, unfinished

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runner.standing import JobStanding, Standing

MAX_BYTES = 60_000
_NOTE = 200
_HEADS = ("", "Job", "Status", "Since", "Attempt", "")


def status_markdown(standing: Standing, *, limit: int = MAX_BYTES) -> str:
    """Show how each job stands within `limit` bytes of UTF-8: what did not go well first.

    Rows that do not fit are counted.
    """
    ordered = sorted(standing.jobs, key=lambda each: (not each.now.is_bad, not each.now.is_open))
    low, high = 0, len(ordered)
    while low < high:
        middle = high if low == 0 and high == len(ordered) else (low + high + 1) // 2
        if len(_text(standing, ordered[:middle]).encode("utf-8", "replace")) <= limit:
            low = middle
        else:
            high = middle - 1
    return _text(standing, ordered[:low])


def _text(standing: Standing, shown: Sequence[JobStanding]) -> str:
    run = standing.results.run
    lines = [
        f"### Stepfleet run {markup.code(run.id)} of {markup.code(run.project)}",
        "",
        f"**{counted(standing.counts)}**; {markup.text(said(standing))}",
    ]
    if standing.is_unfinished:
        lines += ["", f"{unfinished(standing)}."]
    if shown:
        lines += ["", *markup.table(_HEADS, map(_row, shown))]
    if len(shown) < len(standing.jobs):
        lines += ["", f"and {len(standing.jobs) - len(shown):,} more jobs"]
    return "".join(f"{line}\n" for line in lines)


def _row(each: JobStanding) -> tuple[str, ...]:
    sign, _ = SIGNS[each.now]
    name = markup.code(each.job.name, _NOTE)
    linked = markup.link(name, each.monitor_url) if each.monitor_url else name
    said_of = markup.code(note(each), _NOTE)
    return f"`{sign}`", linked, changed(each), since(each), attempt(each), said_of
