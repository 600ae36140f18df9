"""How the jobs of a run stand now, as text: a line for each, and below it where to look."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from runner.report.cleaning import clean, one_line, shorten
from runner.report.layout import GAP, Style, cells, column_widths, fold, listed, pad, paint
from runner.report.results_text import SIGNS, words
from runner.results import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from runner.standing import JobStanding, Standing

_LEAST_NOTE = 20
_CAUSE = 500

_UNFINISHED = (
    "When this file was written, the run went on. It still does, or it was killed: then "
    "`stepfleet apply` goes on from there"
)

_NOT_WHOLE = (
    "Its journal (results.jsonl beside it) is not there or of another run: what began last is "
    "shown as pending"
)


def status_text(standing: Standing, *, colour: bool = False, width: int = 100) -> str:
    """Show how each job was and is, in lines of about `width` columns, with the counts last."""
    run = standing.results.run
    head = f"{clean(run.project)}: run {clean(run.id)}, {said(standing)}"
    lines = [paint(head, Style.BOLD, colour=colour), ""]
    lines += _rows(standing.jobs, colour=colour, width=width)
    for each in standing.jobs:
        facts = _facts(each)
        if facts:
            lines += ["", *_details(each, facts, colour=colour, width=width)]
    if standing.is_unfinished:
        lines += ["", *fold(f"{unfinished(standing)}.", width, "")]
    lines += ["", f"Now: {counted(standing.counts)}"]
    return "".join(f"{line}\n" for line in lines)


def unfinished(standing: Standing) -> str:
    """What may be otherwise than is shown, as the file is not a run's last."""
    return _UNFINISHED if standing.is_whole else f"{_UNFINISHED}. {_NOT_WHOLE}"


def said(standing: Standing) -> str:
    """`detached at 2026-11-20 18:11 UTC`: how the run was, when its file was written last."""
    results = standing.results
    if results.ended_at is None:
        return f"began at {moment(results.started_at)} and had not ended"
    return f"{results.status.value} at {moment(results.ended_at)}"


def moment(time: datetime | None) -> str:
    """A time in UTC, to the second; empty where it is not known."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if time else ""


def changed(each: JobStanding) -> str:
    """`running → succeeded`, or one word where nothing changed."""
    before, now = words(each.job.status), words(each.now)
    return now if before == now else f"{before} → {now}"


def since(each: JobStanding) -> str:
    """When the newest execution ended, or began."""
    return moment(each.since)


def attempt(each: JobStanding) -> str:
    """Which attempt it is, where it is not the first."""
    newest = each.job.newest
    return f"attempt {newest.number:,}" if newest is not None and newest.number > 1 else ""


def note(each: JobStanding) -> str:
    """What is worth saying about a job in its line."""
    if each.waits_for:
        return f"waits for {listed([clean(name) for name in each.waits_for])}"
    return each.error or each.reason


def counted(counts: Mapping[Status, int]) -> str:
    """`9 succeeded, 1 running`, the statuses that occur."""
    return (
        ", ".join(f"{number:,} {words(status)}" for status, number in counts.items()) or "no jobs"
    )


def _rows(jobs: Sequence[JobStanding], *, colour: bool, width: int) -> Iterator[str]:
    rows = [(clean(one.job.name), changed(one), since(one), attempt(one)) for one in jobs]
    widths = column_widths(rows)
    for each, row in zip(jobs, rows, strict=True):
        sign, style = SIGNS[each.now]
        name, status, time, number = (
            pad(cell, wide) for cell, wide in zip(row, widths, strict=True)
        )
        rest = f"{time}{GAP}{number}" if number else time
        room = width - cells(f"  {sign} {name}{GAP}{status}{GAP}{rest}{GAP}")
        text = shorten(one_line(note(each)), room) if room >= _LEAST_NOTE else ""
        painted = paint(f"{sign} {name}{GAP}{status}", style, colour=colour)
        yield f"  {painted}{GAP}{rest}{GAP}{text}".rstrip()


def _facts(each: JobStanding) -> list[tuple[str, str]]:
    """Where to look at what runs, or why it went wrong since the results were written."""
    if each.now not in (Status.RUNNING, Status.FAILED, Status.CANCELLED, Status.UNKNOWN):
        return []
    facts = [
        ("reason", each.reason if each.now.is_bad else ""),
        ("error", each.error or ""),
        ("cause", shorten(each.cause or "", _CAUSE)),
        ("execution", each.arn or ""),
        ("monitor", each.monitor_url or ""),
    ]
    return [(label, one_line(fact)) for label, fact in facts if fact]


def _details(
    each: JobStanding, facts: Sequence[tuple[str, str]], *, colour: bool, width: int
) -> Iterator[str]:
    sign, style = SIGNS[each.now]
    yield paint(f"{sign} {clean(each.job.name)} {words(each.now)}", style, colour=colour)
    wide = max(len(label) for label, _ in facts)
    for label, fact in facts:
        first, *rest = fold(fact, width - wide - 6, "") or [""]
        yield f"    {paint(pad(label, wide), Style.DIM, colour=colour)}{GAP}{first}"
        yield from (f"{' ' * (wide + 6)}{line}" for line in rest)
