"""A plan as text: what would start and why, by action, with the counts last."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runner.errors import Severity
from runner.model import MachineType
from runner.plan.types import Action
from runner.report import changes
from runner.report.changes import show
from runner.report.cleaning import clean, one_line, shorten
from runner.report.layout import GAP, Style, cells, column_widths, fold, listed, pad, paint
from runner.report.words import (
    GROUPS,
    LOOKED_UP,
    counts_line,
    grouped,
    grouped_warnings,
    said_once,
    title,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runner.errors import Diagnostic
    from runner.plan.types import KnownExecution, Plan, PlannedJob
    from runner.report.changes import Difference
    from runner.report.words import Group

_INDENT = "      "
_VALUE = 2_000
"""Characters of one value that --verbose shows at most."""
_NARROW = 60
_COUNTED_ONLY = (Action.UP_TO_DATE.value,)
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)")
_VERBOSE_ONLY = (LOOKED_UP.key,)


@dataclass(frozen=True, slots=True)
class _Page:
    """How a plan is shown; `several` tells that a job's platform has to be named."""

    colour: bool
    verbose: bool
    width: int
    several: bool

    def paint(self, text: str, *styles: Style) -> str:
        return paint(text, *styles, colour=self.colour)


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of a group's table, and the diff of the input that stands below it."""

    name: str
    machine: str
    reason: str
    diff: tuple[Difference, ...]


def plan_text(plan: Plan, *, colour: bool = False, verbose: bool = False, width: int = 100) -> str:
    """Show a plan in lines of about `width` columns.

    `verbose` adds each job's input and what it is known by, and names the jobs that are up to
    date or only looked up.
    """
    page = _Page(colour, verbose, width, several=len(plan.platforms) > 1)
    lines = [page.paint(clean(title(plan)), Style.BOLD)]
    groups = grouped(plan.jobs)
    for group in (*GROUPS, LOOKED_UP):
        jobs = groups[group.key]
        if jobs and (verbose or group.key not in _VERBOSE_ONLY):
            lines += ["", *_group(group, jobs, page)]
    warnings = list(_warnings(plan, page))
    if warnings:
        lines += ["", *warnings]
    lines += ["", f"{page.paint('Plan:', Style.BOLD)} {counts_line(plan.jobs)}"]
    return "".join(f"{line}\n" for line in lines)


def _group(group: Group, jobs: Sequence[PlannedJob], page: _Page) -> Iterator[str]:
    heading = f"{group.title} ({len(jobs):,})"
    painted = page.paint(heading, Style.BOLD, group.style)
    if group.key in _COUNTED_ONLY and not page.verbose:
        yield painted
        return
    rows = [_row(job, page) for job in jobs]
    reason, diff = _shared(rows)
    if reason:
        rows = [replace(row, reason="", diff=() if diff else row.diff) for row in rows]
    else:
        said = said_once((job, job.reason) for job in jobs)
        rows = [replace(row, reason=one_line(text)) for row, text in zip(rows, said, strict=True)]
    if reason.lower() == group.title.lower():
        reason = ""
    if cells(heading) + cells(reason) + 2 > page.width:
        yield from (painted, *fold(reason, page.width, "  "))
    else:
        yield f"{painted}: {reason}" if reason else painted
    yield from _diff(diff, page, "    ")
    sign = page.paint(group.sign, group.style)
    for job, row, line in zip(jobs, rows, _table(rows, page.width - 4), strict=True):
        yield f"  {sign} {line}"
        yield from _diff(row.diff, page, _INDENT)
        if page.verbose:
            yield from _details(job, page)
            yield from () if job is jobs[-1] else ("",)


def _row(job: PlannedJob, page: _Page) -> _Row:
    """A job's name, its machine, with its platform when there are several, and the reason."""
    tail = f":{job.machine.qualifier}" if job.machine.qualifier else ""
    express = " (Express)" if job.machine_type is MachineType.EXPRESS else ""
    platform = f" on {job.platform}" if page.several else ""
    return _Row(
        clean(job.name),
        clean(f"{job.machine.name}{tail}{express}{platform}"),
        one_line(job.reason),
        tuple(changes.differences(job.changes, late=page.verbose)),
    )


def _shared(rows: Sequence[_Row]) -> tuple[str, tuple[Difference, ...]]:
    """The reason, and the diff as well, that all jobs of a group have in common."""
    first = rows[0]
    if len(rows) == 1 or any(row.reason != first.reason for row in rows):
        return "", ()
    return first.reason, () if any(row.diff != first.diff for row in rows) else first.diff


def _diff(diff: Sequence[Difference], page: _Page, indent: str) -> Iterator[str]:
    most = None if page.verbose else changes.MOST
    room = page.width - len(indent)
    for line in changes.lines(diff, width=room, colour=page.colour, most=most):
        yield f"{indent}{line}"


def _table(rows: Sequence[_Row], width: int) -> Iterator[str]:
    """Aligned columns; where they don't fit, the reason moves to lines of its own."""
    names, machines = column_widths((row.name, row.machine) for row in rows)
    room = width - names - machines - 2 * len(GAP)
    for row in rows:
        if names + machines + len(GAP) > width:
            head = f"{row.name}{GAP}{row.machine}"
        else:
            head = f"{pad(row.name, names)}{GAP}{pad(row.machine, machines)}"
        if not row.reason:
            yield head.rstrip()
        elif cells(row.reason) <= room:
            yield f"{head}{GAP}{row.reason}"
        else:
            yield "\n".join([head.rstrip(), *fold(row.reason, width, _INDENT)])


def _details(job: PlannedJob, page: _Page) -> Iterator[str]:
    facts = [(label, one_line(fact)) for label, fact in _facts(job) if fact]
    widest = max(cells(label) for label, _ in facts)
    for label, fact in facts:
        yield f"{_INDENT}{page.paint(pad(label, widest), Style.DIM)}{GAP}{fact}"
    if not job.input:
        return
    size = "" if job.input_bytes is None else f" ({job.input_bytes:,} bytes)"
    yield f"{_INDENT}{page.paint(f'input{size}', Style.DIM)}"
    labels = max(cells(one_line(name)) for name in job.input)
    for name, value in job.input.items():
        label = pad(one_line(name), min(labels, _NARROW // 2))
        yield f"{_INDENT}  {label} = {shorten(show(value), _VALUE)}"


def _facts(job: PlannedJob) -> Iterator[tuple[str, str | None]]:
    yield "at", str(job.place)
    yield "machine", f"{job.machine} ({job.machine_type.value})"
    yield "revision", job.revision
    yield "platform", job.platform
    yield "needs", ", ".join(job.needs)
    if job.execution is not None:
        yield "execution", _execution(job.execution)
        yield "remembered until", _moment(job.execution.remembered_until)
    yield "fingerprint", job.fingerprint
    yield "work", job.work


def _execution(execution: KnownExecution) -> str:
    """The ARN of an execution, how it ended and when."""
    began, ended = _moment(execution.started_at), _moment(execution.stopped_at)
    times = f"{f' from {began}' if began else ''}{f' to {ended}' if ended else ''}"
    return f"{execution.arn} {execution.status}{times}"


def _moment(text: str | None) -> str | None:
    """A time as people read it, to the minute."""
    found = _TIME.match(text or "")
    return f"{found[1]} {found[2]} UTC" if found else text


def _warnings(plan: Plan, page: _Page) -> Iterator[str]:
    word = page.paint("Warning:", Style.YELLOW)
    for text, jobs in grouped_warnings(plan).items():
        yield from _warning(word, f"{one_line(text)} ({listed(jobs)})", page.width)
    for warning in plan.warnings:
        yield from _warning(word, _diagnostic(warning), page.width)


def _diagnostic(diagnostic: Diagnostic) -> str:
    prefix = "" if diagnostic.severity is Severity.WARNING else f"{diagnostic.severity.value}: "
    help_text = f"; {diagnostic.help}" if diagnostic.help else ""
    return one_line(f"{prefix}{diagnostic.place}: {diagnostic.message}{help_text}")


def _warning(word: str, text: str, width: int) -> Iterator[str]:
    first, *rest = fold(text, width - len("Warning: "), "") or [""]
    yield f"{word} {first}"
    yield from (f"         {line}" for line in rest)
