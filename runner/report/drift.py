"""Drift as text, as Markdown for an issue, and as JSON by `drift.schema.json`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.report import changes, markup
from runner.report.cleaning import clean, one_line, shorten
from runner.report.layout import GAP, Style, cells, column_widths, fold, listed, pad, paint, plural
from runner.report.words import GROUPS, key_of, said_once
from runner.values import compact, well_formed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from runner.drift import Drift, Moved, Unknown, WouldRun
    from runner.plan.types import PlannedJob
    from runner.values import Json

FORMAT_VERSION = 1
MAX_BYTES = 60_000
"""GitHub takes issues of 65,536 characters; this leaves room for what stands around it."""

_INDENT = "      "
_NAMED = 8
_ROW_BYTES = 30
"""Bytes that a row of a table takes at least."""
_VALUE = 200
_GROUPS = {each.key: each for each in GROUPS}
_REROUTED, _CHANGED = "Alias routed elsewhere", "State machine changed"


def drift_text(drift: Drift, *, colour: bool = False, width: int = 100) -> str:
    """Show what drifted in lines of about `width` columns, with the counts last."""
    lines = [paint(clean(_title(drift)), Style.BOLD, colour=colour)]
    parts = [
        _starts(drift.would_run, colour=colour, width=width),
        *(
            _machines(title, moved, colour=colour, width=width)
            for title, moved in _moved_by_title(drift)
        ),
        _unknown(drift.unknown, colour=colour, width=width),
        _under_way(drift.under_way, colour=colour, width=width),
    ]
    for part in map(list, parts):
        if part:
            lines += ["", *part]
    lines += ["", _verdict(drift, colour=colour)]
    return "".join(f"{line}\n" for line in lines)


def drift_markdown(drift: Drift, *, limit: int = MAX_BYTES) -> str:
    """Show what drifted within `limit` bytes of UTF-8; rows that don't fit are counted."""
    most = max(len(drift.would_run), len(drift.moved), len(drift.unknown))
    if most <= limit // _ROW_BYTES:
        whole = _markdown(drift, most)
        if len(whole.encode("utf-8", "replace")) <= limit:
            return whole
    low, high = 0, min(most, limit // _ROW_BYTES)
    while low < high:
        middle = (low + high + 1) // 2
        if len(_markdown(drift, middle).encode("utf-8", "replace")) <= limit:
            low = middle
        else:
            high = middle - 1
    return _markdown(drift, low)


def drift_json(drift: Drift) -> str:
    """The same as data, one line of JSON."""
    fields: dict[str, Json] = {
        "formatVersion": FORMAT_VERSION,
        "project": drift.project,
        "drifted": drift.is_found,
        "jobs": drift.jobs,
        "wouldRun": [_would_run_to_json(each) for each in drift.would_run],
        "moved": [_moved_to_json(each) for each in drift.moved],
        "unknown": [_unknown_to_json(each) for each in drift.unknown],
        "underWay": [job.name for job in drift.under_way],
    }
    return f"{well_formed(compact(fields))}\n"


def _counts(drift: Drift) -> str:
    """`2 jobs would run, 1 alias routed elsewhere, 3 state machines changed`."""
    rerouted, changed = (len(_by_machine(moved)) for _, moved in _moved_by_title(drift))
    unknown = sum(len(each.jobs) for each in drift.unknown)
    parts = [
        (len(drift.would_run), f"{plural(len(drift.would_run), 'job')} would run"),
        (rerouted, f"{rerouted:,} alias{'' if rerouted == 1 else 'es'} routed elsewhere"),
        (changed, f"{plural(changed, 'state machine')} changed"),
        (unknown, f"{plural(unknown, 'job')} not known"),
        (len(drift.under_way), f"{plural(len(drift.under_way), 'job')} under way"),
    ]
    return ", ".join(text for number, text in parts if number)


def _title(drift: Drift) -> str:
    return f"{drift.project}: {plural(drift.jobs, 'job')} looked at"


def _verdict(drift: Drift, *, colour: bool) -> str:
    counts = _counts(drift)
    if drift.is_found:
        return f"{paint('Drift:', Style.BOLD, Style.YELLOW, colour=colour)} {counts}"
    if drift.unknown:
        word = paint("No drift is known of, but not all can be told:", Style.BOLD, colour=colour)
        return f"{word} {counts}"
    word = paint("No drift", Style.BOLD, Style.GREEN, colour=colour)
    return f"{word} ({counts})" if counts else word


def _heading(title: str, number: int, style: Style, *, colour: bool) -> str:
    return paint(f"{title} ({number:,})", Style.BOLD, style, colour=colour)


def _starts(would_run: Sequence[WouldRun], *, colour: bool, width: int) -> Iterator[str]:
    if not would_run:
        return
    yield _heading("Would run", len(would_run), Style.GREEN, colour=colour)
    names = column_widths([(clean(each.job.name),) for each in would_run])[0]
    said = said_once((each.job, each.reason) for each in would_run)
    for each, reason in zip(would_run, said, strict=True):
        group = _GROUPS[key_of(each.job)]
        sign = paint(group.sign, group.style, colour=colour)
        yield from _item(f"  {sign} ", clean(each.job.name), names, one_line(reason), width)
        found = changes.differences(each.job.changes)
        for line in changes.lines(found, width=width - len(_INDENT), colour=colour):
            yield f"{_INDENT}{line}"


def _item(head: str, name: str, names: int, text: str, width: int) -> Iterator[str]:
    """A name and what is said of it, on a line of its own where the two don't fit on one."""
    if names + cells(text) + len(GAP) + 4 <= width:
        yield f"{head}{pad(name, names)}{GAP}{text}"
    else:
        yield f"{head}{name}"
        yield from fold(text, width, _INDENT)


def _machines(title: str, moved: Sequence[Moved], *, colour: bool, width: int) -> Iterator[str]:
    machines = _by_machine(moved)
    if not machines:
        return
    yield _heading(title, len(machines), Style.YELLOW, colour=colour)
    sign = paint("~", Style.YELLOW, colour=colour)
    for group in machines:
        machine = group[0].job.machine
        tail = f":{machine.qualifier}" if machine.qualifier else ""
        yield f"  {sign} {clean(machine.name + tail)}{GAP}{one_line(_revisions(group))}"
        names = listed([clean(each.job.name) for each in group], _NAMED)
        yield from fold(f"since the newest success of {names}", width, _INDENT)


def _unknown(unknown: Sequence[Unknown], *, colour: bool, width: int) -> Iterator[str]:
    if not unknown:
        return
    number = sum(len(each.jobs) for each in unknown)
    yield _heading("Not known", number, Style.RED, colour=colour)
    sign = paint("?", Style.RED, colour=colour)
    for each in unknown:
        yield f"  {sign} {listed([clean(job.name) for job in each.jobs], _NAMED)}"
        text = f"state machine {each.machine.name}: {each.reason}"
        yield from fold(one_line(text), width, _INDENT)


def _under_way(jobs: Sequence[PlannedJob], *, colour: bool, width: int) -> Iterator[str]:
    if jobs:
        yield _heading("Under way", len(jobs), Style.BLUE, colour=colour)
        names = listed([clean(job.name) for job in jobs], _NAMED)
        them = "it has" if len(jobs) == 1 else "they have"
        yield from fold(f"{names}: look again once {them} ended", width, "  ")


def _moved_by_title(drift: Drift) -> tuple[tuple[str, list[Moved]], tuple[str, list[Moved]]]:
    return (
        (_REROUTED, [each for each in drift.moved if each.is_rerouted]),
        (_CHANGED, [each for each in drift.moved if not each.is_rerouted]),
    )


def _by_machine(moved: Iterable[Moved]) -> list[list[Moved]]:
    machines: dict[tuple[str, str], list[Moved]] = {}
    for each in moved:
        machines.setdefault((each.job.platform, str(each.job.machine)), []).append(each)
    return list(machines.values())


def _revisions(group: Sequence[Moved]) -> str:
    """`version 2 → version 3 100%`, or what is known of it."""
    before = list(dict.fromkeys(each.before for each in group if each.before))
    return f"{listed(before, 3) or 'another revision'} → {group[0].now}"


def _markdown(drift: Drift, rows: int) -> str:
    lines = [
        f"### Stepfleet drift in {markup.code(drift.project)}",
        "",
        f"**{_bare_verdict(drift)}** ({plural(drift.jobs, 'job')} looked at)",
    ]
    said = said_once((each.job, each.reason) for each in drift.would_run)
    starts = [
        (f"`{_GROUPS[key_of(each.job)].sign}`", markup.code(each.job.name), _why(each, reason))
        for each, reason in zip(drift.would_run, said, strict=True)
    ]
    lines += _section("Would run", ("", "Job", "Why"), starts, rows)
    for title, moved in _moved_by_title(drift):
        machines = [_machine_row(group) for group in _by_machine(moved)]
        heads = ("State machine", "Before", "Now", "Jobs")
        lines += _section(title, heads, machines, rows)
    doubts = [
        (_codes(each.jobs), markup.code(str(each.machine)), markup.text(each.reason, _VALUE))
        for each in drift.unknown
    ]
    lines += _section("Not known", ("Jobs", "State machine", "Why"), doubts, rows)
    if drift.under_way:
        lines += ["", f"Under way: {_codes(drift.under_way)}. Look again once they have ended."]
    return "".join(f"{line}\n" for line in lines)


def _bare_verdict(drift: Drift) -> str:
    if drift.is_found or drift.unknown:
        return _counts(drift)
    return "No drift"


def _section(
    title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], most: int
) -> Iterator[str]:
    if not rows:
        return
    yield from ("", f"**{title}** ({len(rows):,})")
    if most:
        yield from ("", *markup.table(heads, rows[:most]))
    if most < len(rows):
        yield from ("", f"and {len(rows) - most:,} more")


def _why(each: WouldRun, reason: str) -> str:
    lines = changes.lines(changes.differences(each.job.changes), width=_VALUE)
    return "<br>".join([markup.text(reason, _VALUE), *map(markup.code, lines)])


def _machine_row(group: Sequence[Moved]) -> tuple[str, str, str, str]:
    before = dict.fromkeys(each.before for each in group if each.before)
    return (
        markup.code(str(group[0].job.machine)),
        markup.code(shorten(listed(list(before), 3), _VALUE)) or "another revision",
        markup.code(group[0].now, _VALUE),
        _codes([each.job for each in group]),
    )


def _codes(jobs: Sequence[PlannedJob]) -> str:
    more = f" and {len(jobs) - _NAMED:,} more" if len(jobs) > _NAMED else ""
    return ", ".join(markup.code(job.name) for job in jobs[:_NAMED]) + more


def _would_run_to_json(each: WouldRun) -> Json:
    return {**_job_to_json(each.job), "action": each.job.action.value, "reason": each.reason}


def _moved_to_json(each: Moved) -> Json:
    return {
        **_job_to_json(each.job),
        "kind": "alias-routed-elsewhere" if each.is_rerouted else "revision-moved",
        "execution": each.execution.arn,
        "before": each.before,
        "now": each.now,
    }


def _unknown_to_json(each: Unknown) -> Json:
    return {
        "jobs": [job.name for job in each.jobs],
        "platform": each.platform,
        "stateMachine": str(each.machine),
        "reason": each.reason,
    }


def _job_to_json(job: PlannedJob) -> dict[str, Json]:
    return {
        "job": job.name,
        "place": {"file": job.place.file, "line": job.place.line, "column": job.place.column},
        "platform": job.platform,
        "stateMachine": str(job.machine),
    }
