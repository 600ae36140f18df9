"""A plan as text: what would start and why, by action, with the counts last."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from runner.errors import Severity
from runner.model import MachineType
from runner.plan.types import KNOWN_AFTER_APPLY, SENSITIVE, Action
from runner.report.cleaning import clean, one_line, shorten
from runner.report.layout import GAP, Style, cells, column_widths, fold, listed, pad, paint
from runner.report.words import GROUPS, counts_line, grouped, grouped_warnings, title
from runner.values import compact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runner.errors import Diagnostic
    from runner.plan.types import Plan, PlannedJob
    from runner.report.words import Group
    from runner.values import Json

    Row: TypeAlias = "tuple[str, str, str]"

_INDENT = "      "
_VALUE = 2_000
"""Characters of one value that --verbose shows at most."""
_NARROW = 60
_COUNTED_ONLY = (Action.UP_TO_DATE.value,)


def plan_text(plan: Plan, *, colour: bool = False, verbose: bool = False, width: int = 100) -> str:
    """Show a plan in lines of about `width` columns; `verbose` adds each job's input."""
    lines = [paint(clean(title(plan)), Style.BOLD, colour=colour)]
    groups = grouped(plan.jobs)
    for group in GROUPS:
        jobs = groups[group.key]
        if jobs:
            rows = [_row(job, several=len(plan.platforms) > 1) for job in jobs]
            shown = _group(group, jobs, rows, colour=colour, verbose=verbose, width=width)
            lines += ["", *shown]
    warnings = list(_warnings(plan, colour=colour, width=width))
    if warnings:
        lines += ["", *warnings]
    lines += ["", f"{paint('Plan:', Style.BOLD, colour=colour)} {counts_line(plan.jobs)}"]
    return "".join(f"{line}\n" for line in lines)


def _group(
    group: Group,
    jobs: Sequence[PlannedJob],
    rows: list[Row],
    *,
    colour: bool,
    verbose: bool,
    width: int,
) -> Iterator[str]:
    heading = f"{group.title} ({len(jobs):,})"
    painted = paint(heading, Style.BOLD, group.style, colour=colour)
    if group.key in _COUNTED_ONLY and not verbose:
        yield painted
        return
    shared = rows[0][2] if len(rows) > 1 and len({reason for _, _, reason in rows}) == 1 else ""
    if shared:
        rows = [(name, machine, "") for name, machine, _ in rows]
    if cells(heading) + cells(shared) + 2 > width:
        yield from (painted, *fold(shared, width, "  "))
    else:
        yield f"{painted}: {shared}" if shared else painted
    sign = paint(group.sign, group.style, colour=colour)
    for job, line in zip(jobs, _table(rows, width - 4), strict=True):
        yield f"  {sign} {line}"
        if verbose:
            yield from _details(job, colour=colour)
            yield from () if job is jobs[-1] else ("",)


def _row(job: PlannedJob, *, several: bool) -> Row:
    """A job's name, its machine, with its platform when there are several, and the reason."""
    tail = f":{job.machine.qualifier}" if job.machine.qualifier else ""
    express = " (Express)" if job.machine_type is MachineType.EXPRESS else ""
    platform = f" on {job.platform}" if several else ""
    machine = clean(f"{job.machine.name}{tail}{express}{platform}")
    return clean(job.name), machine, one_line(job.reason)


def _table(rows: Sequence[Row], width: int) -> Iterator[str]:
    """Aligned columns; where they don't fit, the reason moves to lines of its own."""
    names, machines, _ = column_widths(rows)
    room = width - names - machines - 2 * len(GAP)
    for name, machine, reason in rows:
        if names + machines + len(GAP) > width:
            head = f"{name}{GAP}{machine}"
        else:
            head = f"{pad(name, names)}{GAP}{pad(machine, machines)}"
        if not reason:
            yield head.rstrip()
        elif cells(reason) <= room:
            yield f"{head}{GAP}{reason}"
        else:
            yield "\n".join([head.rstrip(), *fold(reason, width, _INDENT)])


def _details(job: PlannedJob, *, colour: bool) -> Iterator[str]:
    facts = [
        ("at", str(job.place)),
        ("machine", f"{job.machine} ({job.machine_type.value})"),
        ("revision", job.revision or ""),
        ("platform", job.platform),
        ("needs", ", ".join(job.needs)),
        ("remembered until", job.remembered_until or ""),
    ]
    for label, fact in facts:
        if fact:
            yield f"{_INDENT}{paint(f'{label}:', Style.DIM, colour=colour)} {one_line(fact)}"
    size = "" if job.input_bytes is None else f" ({job.input_bytes:,} bytes)"
    if job.input:
        yield f"{_INDENT}{paint(f'input{size}:', Style.DIM, colour=colour)}"
    labels = max((cells(one_line(name)) for name in job.input), default=0)
    for name, value in job.input.items():
        label = pad(one_line(name), min(labels, _NARROW // 2))
        yield f"{_INDENT}  {label} = {shorten(show(value), _VALUE)}"


def show(value: Json) -> str:
    """A value of an input as one line of JSON; placeholders stand bare."""
    if isinstance(value, str) and value in (KNOWN_AFTER_APPLY, SENSITIVE):
        return value
    return one_line(compact(value))


def _warnings(plan: Plan, *, colour: bool, width: int) -> Iterator[str]:
    word = paint("Warning:", Style.YELLOW, colour=colour)
    for text, jobs in grouped_warnings(plan).items():
        yield from _warning(word, f"{one_line(text)} ({listed(jobs)})", width)
    for warning in plan.warnings:
        yield from _warning(word, _diagnostic(warning), width)


def _diagnostic(diagnostic: Diagnostic) -> str:
    prefix = "" if diagnostic.severity is Severity.WARNING else f"{diagnostic.severity.value}: "
    help_text = f"; {diagnostic.help}" if diagnostic.help else ""
    return one_line(f"{prefix}{diagnostic.place}: {diagnostic.message}{help_text}")


def _warning(word: str, text: str, width: int) -> Iterator[str]:
    first, *rest = fold(text, width - len("Warning: "), "") or [""]
    yield f"{word} {first}"
    yield from (f"         {line}" for line in rest)
