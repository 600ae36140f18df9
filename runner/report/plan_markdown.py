"""A plan as Markdown for a pull request: tables by action, inputs folded, within a size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.plan.types import Action
from runner.report import markup, plan_cells
from runner.report.changes import show
from runner.report.layout import plural
from runner.report.words import (
    GROUPS,
    LOOKED_UP,
    counts_line,
    grouped,
    grouped_warnings,
    said_once,
    where,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from runner.plan.types import Plan, PlannedJob
    from runner.report.words import Group

MAX_BYTES = 60_000
"""GitHub takes comments of 65,536 characters; this leaves room for what stands around it."""

_ROW_BYTES = 45
"""Bytes that a row of a table takes at least, to tell at once what can't fit."""
_ROWS = 20
_HEADS = ("", "Job", "State machine", "Why")
_FOLDED = (Action.UP_TO_DATE.value, LOOKED_UP.key)


@dataclass(frozen=True, slots=True)
class _Form:
    """How much is shown. `rows` bounds each table, `folded` those that are folded."""

    inputs: bool = True
    diffs: bool = True
    rows: int | None = None
    folded: int | None = None

    def rows_of(self, group: Group) -> int | None:
        """The bound of a group's table."""
        return self.folded if group.key in _FOLDED else self.rows


_FORMS = (
    _Form(),
    _Form(inputs=False),
    _Form(inputs=False, folded=0),
    _Form(inputs=False, diffs=False, folded=0),
)


def plan_markdown(plan: Plan, *, limit: int = MAX_BYTES) -> str:
    """Show a plan within `limit` bytes of UTF-8, in the fullest form that fits.

    Inputs go first, then the names of jobs that are up to date, then differences, then rows of
    the longest tables; what is left out is counted.
    """
    groups = grouped(plan.jobs)
    room = limit // _ROW_BYTES
    for form in _FORMS:
        if _rows(groups, form) <= room:
            text = _whole(plan, groups, form)
            if _size(text) <= limit:
                return text
    low, high = 0, min(len(plan.jobs), room)
    while low < high:
        middle = (low + high + 1) // 2
        if _size(_whole(plan, groups, _least(middle))) <= limit:
            low = middle
        else:
            high = middle - 1
    return _whole(plan, groups, _least(low))


def _rows(groups: Mapping[str, Sequence[PlannedJob]], form: _Form) -> int:
    """How many rows the tables of a form have."""
    return sum(len(groups[each.key][: form.rows_of(each)]) for each in (*GROUPS, LOOKED_UP))


def _least(rows: int) -> _Form:
    return _Form(inputs=False, diffs=False, rows=rows, folded=0)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _whole(plan: Plan, groups: Mapping[str, Sequence[PlannedJob]], form: _Form) -> str:
    lines = [*_head(plan), *_warnings(plan)]
    for group in (*GROUPS, LOOKED_UP):
        jobs = groups[group.key]
        if jobs:
            lines += ["", *_group(group, jobs, form)]
    shown = [job for job in plan.jobs if job.input and plan_cells.may_start(job)]
    if form.inputs and shown:
        lines += ["", *markup.details("Inputs", _inputs(shown))]
    elif shown:
        lines += ["", "Inputs are left out for their size: see the plan as text."]
    return "".join(f"{line}\n" for line in lines)


def _head(plan: Plan) -> Iterator[str]:
    yield f"### Stepfleet plan for {markup.code(plan.project)}"
    yield ""
    note = where(plan)
    yield f"**{counts_line(plan.jobs)}**" + (f", {note}" if note else "")


def _warnings(plan: Plan) -> Iterator[str]:
    lines = [
        f"- {markup.text(text)} ({', '.join(markup.code(name) for name in names[:_ROWS])}"
        f"{f' and {len(names) - _ROWS:,} more' if len(names) > _ROWS else ''})"
        for text, names in grouped_warnings(plan).items()
    ]
    lines += [
        f"- {markup.code(str(warning.place))} {markup.text(warning.message)}"
        for warning in plan.warnings[:_ROWS]
    ]
    if len(plan.warnings) > _ROWS:
        lines.append(f"- and {len(plan.warnings) - _ROWS:,} more")
    if lines:
        yield ""
        yield from markup.details(plural(len(lines), "warning"), lines)


def _group(group: Group, jobs: Sequence[PlannedJob], form: _Form) -> Iterator[str]:
    heading = f"{group.title} ({len(jobs):,})"
    table = list(_table(group, jobs, form))
    if group.key not in _FOLDED:
        yield f"**{group.title}** ({len(jobs):,})"
        yield ""
        yield from table
    elif form.folded == 0:
        yield heading
    else:
        yield from markup.details(heading, table)


def _table(group: Group, jobs: Sequence[PlannedJob], form: _Form) -> Iterator[str]:
    shown = jobs[: form.rows_of(group)]
    if shown:
        said = said_once((job, job.reason) for job in shown)
        rows = (
            _row(group, job, reason, diffs=form.diffs)
            for job, reason in zip(shown, said, strict=True)
        )
        yield from markup.table(_HEADS, rows)
    if len(shown) < len(jobs):
        yield ""
        yield f"and {len(jobs) - len(shown):,} more"


def _row(group: Group, job: PlannedJob, reason: str, *, diffs: bool) -> tuple[str, str, str, str]:
    why = plan_cells.why(job, reason, diffs=diffs)
    return f"`{group.sign}`", markup.code(job.name), plan_cells.machine(job), why


def _inputs(jobs: Sequence[PlannedJob]) -> Iterator[str]:
    for job in jobs:
        size = "" if job.input_bytes is None else f", {job.input_bytes:,} bytes"
        yield f"{markup.code(job.name)}{size}"
        yield ""
        rows = (
            (markup.code(name, plan_cells.VALUE), markup.code(show(value), plan_cells.VALUE))
            for name, value in job.input.items()
        )
        yield from markup.table(("Parameter", "Value"), rows)
        yield ""
