"""What came of stopping what a run left running: as text, and as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.report.cleaning import clean, one_line
from runner.report.layout import GAP, Style, column_widths, fold, pad, paint, plural
from runner.report.results_text import words
from runner.results import status_of, time_text
from runner.standing import Result
from runner.values import compact, well_formed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runner.standing import Choice, Stopped, Stops
    from runner.values import Json

FORMAT_VERSION = 1
_NOTE_INDENT = "      "
_SIGNS = {
    Result.STOPPED: ("✓", Style.GREEN),
    Result.ENDED: ("=", Style.DIM),
    Result.NOT_BEGUN: ("=", Style.DIM),
    Result.LEFT: ("-", Style.DIM),
    Result.NOT_STOPPED: ("✗", Style.RED),
}
_WORDS = {
    Result.STOPPED: "stopped",
    Result.ENDED: "ended before",
    Result.NOT_BEGUN: "not begun",
    Result.LEFT: "left alone",
    Result.NOT_STOPPED: "not stopped",
}
_GOES_ON = (
    "When this file was written, the run went on. If that apply still does, it starts what "
    "waits: end it with ^C."
)


_NOT_WHOLE = (
    "When this file was written, the run went on, and its journal (results.jsonl beside it) is not "
    "there or of another run: what was started last is not known, and may run. `stepfleet apply` "
    "goes on with it."
)


def choice_text(choice: Choice, *, width: int = 100) -> str:
    """What would be stopped, for a person who is asked about it."""
    lines = [f"{plural(len(choice.targets), 'execution')} to stop, unless they have ended:"]
    for target in choice.targets:
        lines += fold(f"{one_line(target.job)}: {one_line(target.arn)}", width, "  ")
    return "".join(f"{line}\n" for line in lines)


def stops_text(stops: Stops, *, colour: bool = False, width: int = 100) -> str:
    """What came of each, in lines of about `width` columns, with the counts last."""
    lines = list(_rows(stops.jobs, colour=colour, width=width))
    if not stops.is_whole:
        lines += ["", *fold(_NOT_WHOLE, width, "")]
    elif stops.may_start_more:
        lines += ["", *fold(_GOES_ON, width, "")]
    return "".join(f"{line}\n" for line in [*lines, *([""] if lines else []), _totals(stops)])


def _rows(jobs: Sequence[Stopped], *, colour: bool, width: int) -> Iterator[str]:
    rows = [(clean(each.job), _WORDS[each.result]) for each in jobs]
    widths = column_widths(rows)
    for each, row in zip(jobs, rows, strict=True):
        sign, style = _SIGNS[each.result]
        name, word = (pad(cell, wide) for cell, wide in zip(row, widths, strict=True))
        ended = _how_it_ended(each)
        yield f"  {paint(f'{sign} {name}{GAP}{word}', style, colour=colour)}{GAP}{ended}".rstrip()
        if each.result in (Result.NOT_STOPPED, Result.LEFT, Result.NOT_BEGUN):
            yield from fold(one_line(each.reason), width, _NOTE_INDENT)
            if each.arn:
                yield f"{_NOTE_INDENT}{one_line(each.arn)}"


def _how_it_ended(each: Stopped) -> str:
    """`failed: Broken`, for what had ended before."""
    if each.result is not Result.ENDED:
        return ""
    seen = each.execution
    if seen is None:
        return one_line(each.reason)
    return one_line(f"{words(status_of(seen))}{f': {seen.error}' if seen.error else ''}", 200)


def _totals(stops: Stops) -> str:
    counts = stops.counts.items()
    said = ", ".join(f"{number:,} {_WORDS[result]}" for result, number in counts)
    head = "Interrupted: " if stops.interrupted else "Stop: "
    if said:
        return f"{head}{said}"
    if not stops.is_whole:
        return "Nothing was stopped: what of this run may run is not known"
    return "Nothing to stop: nothing of this run was left running"


def stops_json(stops: Stops) -> str:
    """The same as data by `stop.schema.json`, one line of JSON."""
    fields: dict[str, Json] = {
        "formatVersion": FORMAT_VERSION,
        "run": {"id": stops.results.run.id, "project": stops.results.run.project},
        "interrupted": stops.interrupted,
        "complete": stops.is_whole,
        "counts": {result.value: count for result, count in stops.counts.items()},
        "jobs": [_to_json(each) for each in stops.jobs],
    }
    return f"{well_formed(compact(fields))}\n"


def _to_json(each: Stopped) -> Json:
    seen = each.execution
    return {
        "job": each.job,
        "result": each.result.value,
        "reason": each.reason,
        "executionArn": each.arn,
        "status": seen.raw_status if seen else None,
        "stoppedAt": time_text(seen.stopped_at) if seen else None,
        "error": seen.error if seen else None,
    }
