"""A plan as Markdown for a pull request: tables by action, inputs folded, within a size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.model import MachineType
from runner.report import markup
from runner.report.layout import plural
from runner.report.plan_text import show
from runner.report.words import GROUPS, counts_line, grouped, grouped_warnings, where

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runner.plan.types import Plan, PlannedJob
    from runner.report.words import Group

MAX_BYTES = 60_000
"""GitHub takes comments of 65,536 characters; this leaves room for what stands around it."""

_VALUE = 200
_ROWS = 20
_HEADS = ("", "Job", "State machine", "Why")


def plan_markdown(plan: Plan, *, limit: int = MAX_BYTES) -> str:
    """Show a plan within `limit` bytes of UTF-8, in the fullest form that fits.

    Inputs go first, then rows of the longest tables; what is left out is counted.
    """
    for inputs in (True, False):
        text = _whole(plan, inputs=inputs, rows=None)
        if _size(text) <= limit:
            return text
    low, high = 0, len(plan.jobs)
    while low < high:
        middle = (low + high + 1) // 2
        if _size(_whole(plan, inputs=False, rows=middle)) <= limit:
            low = middle
        else:
            high = middle - 1
    return _whole(plan, inputs=False, rows=low)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _whole(plan: Plan, *, inputs: bool, rows: int | None) -> str:
    lines = [*_head(plan), *_warnings(plan)]
    groups = grouped(plan.jobs)
    for group in GROUPS:
        jobs = groups[group.key]
        if jobs:
            lines += ["", *_group(group, jobs, rows)]
    if inputs and any(job.input for job in plan.jobs):
        lines += ["", *markup.details("Inputs", _inputs(plan))]
    elif any(job.input for job in plan.jobs):
        lines += ["", "Inputs are left out for their size: see the plan as text."]
    return "".join(f"{line}\n" for line in lines)


def _head(plan: Plan) -> Iterator[str]:
    yield f"### Stepfleet plan for {markup.code(plan.project)}"
    yield ""
    note = where(plan)
    yield f"**{counts_line(plan.jobs)}**" + (f" ({note})" if note else "")


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


def _group(group: Group, jobs: Sequence[PlannedJob], rows: int | None) -> Iterator[str]:
    yield f"**{group.title}** ({len(jobs):,})"
    yield ""
    shown = jobs if rows is None else jobs[:rows]
    if shown:
        yield from markup.table(_HEADS, (_row(group, job) for job in shown))
    if len(shown) < len(jobs):
        yield ""
        yield f"and {len(jobs) - len(shown):,} more"


def _row(group: Group, job: PlannedJob) -> tuple[str, str, str, str]:
    tail = f":{job.machine.qualifier}" if job.machine.qualifier else ""
    express = " Express" if job.machine_type is MachineType.EXPRESS else ""
    machine = markup.code(f"{job.machine.name}{tail}") + express
    return f"`{group.sign}`", markup.code(job.name), machine, markup.text(job.reason, _VALUE)


def _inputs(plan: Plan) -> Iterator[str]:
    for job in plan.jobs:
        if not job.input:
            continue
        size = "" if job.input_bytes is None else f", {job.input_bytes:,} bytes"
        yield f"{markup.code(job.name)}{size}"
        yield ""
        rows = (
            (markup.code(name, _VALUE), markup.code(show(value), _VALUE))
            for name, value in job.input.items()
        )
        yield from markup.table(("Parameter", "Value"), rows)
        yield ""
