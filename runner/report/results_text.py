"""A run's results as text: every job in a line, failures in full, the counts last."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from runner.report.cleaning import clean, one_line, shorten
from runner.report.layout import GAP, Style, cells, column_widths, fold, listed, pad, paint, plural
from runner.results import RunStatus, Status
from runner.values import compact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runner.results import JobResult, RunResults

_INDENT = "      "
_CAUSE_LINES = 6
_CAUSE = 2_000
_LEAST_NOTE = 20

SIGNS = {
    Status.SUCCEEDED: ("✓", Style.GREEN),
    Status.UP_TO_DATE: ("=", Style.DIM),
    Status.FAILED: ("✗", Style.RED),
    Status.CANCELLED: ("!", Style.YELLOW),
    Status.SKIPPED: ("-", Style.DIM),
    Status.UNKNOWN: ("?", Style.RED),
    Status.RUNNING: (">", Style.BLUE),
    Status.PENDING: ("·", Style.DIM),
}

_RUN = {
    RunStatus.RUNNING: Style.BLUE,
    RunStatus.SUCCEEDED: Style.GREEN,
    RunStatus.FAILED: Style.RED,
    RunStatus.DETACHED: Style.BLUE,
    RunStatus.INTERRUPTED: Style.YELLOW,
}


def results_text(
    results: RunResults, *, path: str | None = None, colour: bool = False, width: int = 100
) -> str:
    """Show how a run went, in lines of about `width` columns.

    `path` is where the results file stands.
    """
    lines = list(_jobs(results.jobs, colour=colour, width=width))
    for job in results.jobs:
        if job.status.is_bad:
            lines += ["", *_failure(job, colour=colour, width=width)]
    for part in (_still_running(results), _problems(results, width), _calls(results, width)):
        if part:
            lines += ["", *part]
    lines += ["", _totals(results, colour=colour)]
    if path is not None:
        lines.append(_place(results, clean(path), colour=colour))
        lines += _ways_on(results, path)
    return "".join(f"{line}\n" for line in lines)


def _place(results: RunResults, path: str, *, colour: bool) -> str:
    if results.is_written:
        return f"Results: {path}"
    return paint(
        f"Results: the end of this run could not be written to {path}", Style.RED, colour=colour
    )


def _ways_on(results: RunResults, path: str) -> list[str]:
    """How to go on from a run that left executions running."""
    is_open = results.status is RunStatus.DETACHED or results.still_running
    lasts = any(each.type != "local" for each in results.run.platforms.values())
    if not (is_open and lasts and results.is_written):
        return []
    file = clean(shlex.quote(path))
    return [
        "",
        f"Where it is by now:  stepfleet status {file}",
        f"To stop it:          stepfleet stop {file}",
        "To go on from here:  stepfleet apply, with the same arguments",
    ]


def counted(results: RunResults) -> str:
    """`9 succeeded, 1 failed`, the statuses that occur."""
    counts = results.counts.items()
    return ", ".join(f"{number:,} {words(status)}" for status, number in counts) or "no jobs"


def words(status: Status) -> str:
    """A status as a person reads it."""
    return status.value.replace("_", " ")


def duration(seconds: float | None) -> str:
    """`340 ms`, `12.3 s`, `4 min 05 s`, `2 h 03 min`; empty where it is not known."""
    if seconds is None:
        return ""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:  # noqa: PLR2004 - what rounds to less than a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def seconds_of(results: RunResults) -> float | None:
    """How long the whole run took, once it has ended."""
    if results.ended_at is None:
        return None
    return max(0.0, (results.ended_at - results.started_at).total_seconds())


def note(job: JobResult) -> str:
    """What is worth saying about a job in its line."""
    parts = []
    if job.status.is_success:
        parts += [f"{name}={compact(value)}" for name, value in job.outputs.items()]
        if not parts and job.status is Status.UP_TO_DATE:
            parts.append(job.reason)
    elif job.status.is_bad and job.newest is not None and job.newest.error:
        parts.append(job.newest.error)
    else:
        parts.append(job.reason)
    if job.missing:
        parts.append(f"missing: {', '.join(job.missing)}")
    parts += [f"{name}: {wrong}" for name, wrong in job.misfits]
    if len(job.attempts) > 1:
        parts.append(plural(len(job.attempts), "attempt"))
    return ", ".join(part for part in parts if part)


def _jobs(jobs: Sequence[JobResult], *, colour: bool, width: int) -> Iterator[str]:
    rows = [(clean(job.name), words(job.status), duration(job.seconds)) for job in jobs]
    widths = column_widths(rows)
    for job, row in zip(jobs, rows, strict=True):
        sign, style = SIGNS[job.status]
        name, status, time = (pad(cell, wide) for cell, wide in zip(row, widths, strict=True))
        plain = f"  {sign} {name}{GAP}{status}{GAP}{time}"
        room = width - cells(plain) - len(GAP)
        text = shorten(one_line(note(job)), room) if room >= _LEAST_NOTE else ""
        painted = paint(f"{sign} {name}{GAP}{status}", style, colour=colour)
        yield f"  {painted}{GAP}{time}{GAP}{text}".rstrip()


def _failure(job: JobResult, *, colour: bool, width: int) -> Iterator[str]:
    sign, style = SIGNS[job.status]
    heading = paint(f"{sign} {clean(job.name)} {words(job.status)}", style, colour=colour)
    yield f"{heading}: {one_line(job.reason)}" if job.reason else heading
    newest = job.newest
    facts = [("spec", str(job.place))]
    if newest is not None:
        facts += [("error", newest.error or ""), ("cause", newest.cause or "")]
        facts += [("execution", newest.arn or ""), ("monitor", newest.monitor_url or "")]
    wide = max(len(label) for label, _ in facts)
    for label, fact in facts:
        if fact:
            head = f"    {paint(pad(label, wide), Style.DIM, colour=colour)}{GAP}"
            first, *rest = _folded(fact, width - wide - 6)
            yield f"{head}{first}"
            yield from (f"{' ' * (wide + 6)}{line}" for line in rest)


def _folded(text: str, width: int) -> list[str]:
    lines = [
        line
        for part in clean(shorten(text, _CAUSE)).splitlines()
        for line in fold(part, max(width, _LEAST_NOTE), "") or [""]
    ]
    if len(lines) > _CAUSE_LINES:
        lines = [*lines[:_CAUSE_LINES], "…"]
    return lines or [""]


def _still_running(results: RunResults) -> list[str]:
    running = results.still_running
    if not running:
        return []
    lines = [f"{plural(len(running), 'execution')} may still run:"]
    lines += [f"  {clean(job.execution_arn or job.name)}" for job in running]
    waiting = [clean(job.name) for job in results.jobs if job.status is Status.PENDING]
    if waiting:
        verb = "waits" if len(waiting) == 1 else "wait"
        lines.append(f"{plural(len(waiting), 'job')} {verb} for them: {listed(waiting)}")
    return lines


def _problems(results: RunResults, width: int) -> list[str]:
    return [
        line
        for problem in results.problems
        for line in fold(f"Problem: {one_line(problem)}", width, "")
    ]


def _calls(results: RunResults, width: int) -> list[str]:
    """Calls that had to be repeated; a run without any says nothing of its calls."""
    parts = []
    for operation, counts in sorted(results.calls.items()):
        if counts.retries or counts.throttles:
            times = f"{counts.retries:,} repeated, {counts.throttles:,} throttled"
            parts.append(f"{plural(counts.calls, 'call')} of {clean(operation)} ({times})")
    return fold(f"Calls: {'; '.join(parts)}", width, "") if parts else []


def _totals(results: RunResults, *, colour: bool) -> str:
    took = duration(seconds_of(results))
    status = paint(f"Run {results.status.value}:", Style.BOLD, _RUN[results.status], colour=colour)
    return f"{status} {counted(results)}" + (f" in {took}" if took else "")
