"""A pull request's plan in Markdown: what merging starts, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.plan.types import Action
from runner.report import changes, markup, plan_cells
from runner.report.layout import plural
from runner.report.pull_request import drawing, jobs, spec_changes
from runner.report.pull_request.fitting import Part, fit
from runner.report.pull_request.heading import heading
from runner.report.pull_request.links import short
from runner.report.pull_request.warnings import warnings
from runner.report.words import LOOKED_UP, counts_line, where

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runner.plan.types import Plan
    from runner.report.pull_request.fitting import Body
    from runner.report.pull_request.links import Links
    from runner.report.pull_request.view import PullView

_INPUTS, _UP_TO_DATE, _DEFINITIONS, _JOBS, _GRAPH, _DIFFERENCES, _ROWS = range(7)
_LONG_VALUE = 4_000
_DECIDED = "that is decided once what they need has ended"


def pull_comment(view: PullView, *, limit: int) -> str:
    """The plan as a comment shows it, in at most `limit` bytes of UTF-8.

    Left out for its size is, in this order: inputs, the names of jobs that are up to date,
    diffs of definitions, diffs of jobs, the graph, differences of inputs, rows of tables.
    """
    return fit(list(_bodies(view, whole=False)), limit, lambda names: _left_out(names, view.links))


def pull_summary(view: PullView, *, limit: int = 1_000_000) -> str:
    """The same for the summary of the workflow run: all inputs, all differences, all jobs."""
    return fit(list(_bodies(view, whole=True)), limit, _left_out_of_all)


def _bodies(view: PullView, *, whole: bool) -> Iterator[Body]:
    plan, links = view.plan, view.links
    most = None if whole else changes.MOST
    yield list(_head(view))
    yield warnings(view)
    short_table = jobs.table(plan, links, diffs=False)
    if short_table.groups:
        table = jobs.table(plan, links, diffs=True, most=most).lines
        yield Part(table, "differences of inputs", _DIFFERENCES, short_table)
    yield Part(drawing.graph(plan), "graph", _GRAPH)
    up_to_date = jobs.quiet(plan, Action.UP_TO_DATE.value, links)
    yield Part(up_to_date, "jobs that are up to date", _UP_TO_DATE)
    if whole:
        yield Part(jobs.quiet(plan, LOOKED_UP.key, links), "jobs looked up", _UP_TO_DATE)
    yield from spec_changes.diffs(view.changes, links, (_DEFINITIONS, _JOBS))
    chosen = plan.jobs if whole else [job for job in plan.jobs if plan_cells.may_start(job)]
    limit = _LONG_VALUE if whole else plan_cells.VALUE
    yield Part(jobs.inputs(chosen, links, limit), "inputs", _INPUTS)
    yield ["", _foot(view)]


def _head(view: PullView) -> Iterator[str]:
    yield heading(view.plan.project, view.label)
    yield ""
    yield what_merging_does(view.plan)
    yield ""
    note = where(view.plan)
    yield f"{counts_line(view.plan.jobs)}{f', {markup.text(note)}' if note else ''}<br>"
    yield f"Planned for {markup.code(short(view.head))} in {view.links.run}."


def what_merging_does(plan: Plan) -> str:
    """What a person who is about to merge wants to know first."""
    chosen = [job for job in plan.jobs if job.is_selected]
    starts = sum(job.action in (Action.RUN, Action.RETRY) for job in chosen)
    later = sum(job.action is Action.DECIDE_LATER for job in chosen)
    if not (starts or later):
        return "**Merging starts nothing.**"
    if plan.offline:
        number = plural(starts + later, "job")
        return f"**Merging may start {number}**: what has run before was not looked up."
    if not starts:
        return f"**Merging may start {plural(later, 'job')}**: {_DECIDED}."
    first = f"**Merging starts {plural(starts, 'job')}**"
    return f"{first}, and perhaps {later:,} more: {_DECIDED}." if later else f"{first}."


def _foot(view: PullView) -> str:
    held = "Merging starts nothing that is not shown here. " if view.is_reviewed else ""
    return f"<sub>{held}Plan {markup.code(view.digest)}</sub>"


def _left_out(names: Sequence[str], links: Links) -> str:
    listed = ", ".join(dict.fromkeys(names))
    return f"Left out for size: {listed}. See the summary of {links.run}."


def _left_out_of_all(names: Sequence[str]) -> str:
    return f"Left out for size: {', '.join(dict.fromkeys(names))}."
