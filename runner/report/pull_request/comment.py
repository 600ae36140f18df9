"""A pull request's plan in Markdown: what merging starts, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.plan.types import Action
from runner.report import changes, markup, plan_cells
from runner.report.layout import plural
from runner.report.pull_request import drawing, jobs, spec_changes
from runner.report.pull_request.fitting import Part, fit, weigh
from runner.report.pull_request.heading import heading
from runner.report.pull_request.links import short
from runner.report.pull_request.warnings import warnings
from runner.report.words import LOOKED_UP, counts_line, where

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runner.plan.types import Plan
    from runner.report.pull_request.fitting import Body
    from runner.report.pull_request.kinds import Kinds
    from runner.report.pull_request.view import PullView

_INPUTS, _UP_TO_DATE, _DEFINITIONS, _JOBS, _GRAPH, _DIFFERENCES = range(6)
_LONG_VALUE = 4_000
_WARNINGS = 20
_IN_SIGHT = 40
"""Rows of a table that is not folded."""

_SMALL = 10
"""What takes no more than this part of the room is small."""


def pull_comment(view: PullView, *, limit: int) -> str:
    """The plan as a comment shows it, in at most `limit` bytes of UTF-8.

    Left out for its size is, in this order: inputs, the names of jobs that are up to date,
    diffs of definitions, diffs of jobs, the graph, differences of inputs, rows of tables.
    """

    def left_out(parts: str) -> str:
        return f"Left out for size: {parts}. See the summary of {view.links.run}."

    return fit(list(_bodies(view, limit, whole=False)), limit, left_out, _foot(view))


def pull_summary(view: PullView, *, limit: int = 1_000_000) -> str:
    """The same for the summary of the workflow run: all inputs, all differences, all jobs."""
    bodies = list(_bodies(view, limit, whole=True))
    return fit(bodies, limit, lambda parts: f"Left out for size: {parts}.", _foot(view))


def _bodies(view: PullView, limit: int, *, whole: bool) -> Iterator[Body]:
    plan, links = view.plan, view.links
    yield list(_head(view))
    yield warnings(view, most=None if whole else _WARNINGS)
    yield from _jobs_that_may_start(view, most=None if whole else changes.MOST)
    yield _graph(view, limit)
    yield Part(_up_to_date(view, whole=whole), "jobs that are up to date", _UP_TO_DATE)
    if whole:
        looked_up = jobs.quiet_table(view.kinds, LOOKED_UP.key, links)
        yield Part(looked_up, "jobs that are looked up only", _UP_TO_DATE)
    yield from spec_changes.diffs(view, (_DEFINITIONS, _JOBS))
    chosen = plan.jobs if whole else filter(view.kinds.may_start, plan.jobs)
    width = _LONG_VALUE if whole else plan_cells.VALUE
    yield Part(jobs.inputs(chosen, links, width), "inputs", _INPUTS)


def _jobs_that_may_start(view: PullView, *, most: int | None) -> Iterator[Body]:
    """A table of them; of many an overview, and the table folded below it."""
    bare = jobs.table(view.kinds, view.links, diffs=False)
    if not bare.groups:
        return
    table = jobs.table(view.kinds, view.links, diffs=True, most=most).lines
    part: Body = bare
    if table != bare.lines:
        told = [*table, *jobs.note_of_differences(filter(view.kinds.may_start, view.plan.jobs))]
        part = Part(told, "differences of inputs", _DIFFERENCES, bare)
    if bare.number <= _IN_SIGHT:
        yield part
        return
    yield jobs.overview(view.kinds, view.links).with_at_most(_IN_SIGHT // len(bare.groups))
    yield ["", f"<details><summary>Each of the {bare.number:,} jobs</summary>"]
    yield part
    yield ["", "</details>"]


def _graph(view: PullView, limit: int) -> Body:
    """The graph; one that takes little room, as that of many jobs joined does, always stays."""
    lines = drawing.graph(view.plan, view.kinds)
    return lines if weigh(lines) <= limit // _SMALL else Part(lines, "graph", _GRAPH)


def _up_to_date(view: PullView, *, whole: bool) -> list[str]:
    key = Action.UP_TO_DATE.value
    if whole:
        return jobs.quiet_table(view.kinds, key, view.links)
    return jobs.quiet_names(view.kinds, key)


def _head(view: PullView) -> Iterator[str]:
    yield heading("plan", view.plan.project, view.label)
    yield ""
    yield what_merging_does(view.plan, view.kinds)
    yield ""
    yield f"{counts_line(view.plan.jobs)}<br>"
    note = where(view.plan)
    at = f", {markup.text(note)}" if note else ""
    yield f"Planned for {markup.code(short(view.head))} in {view.links.run}{at}"


def what_merging_does(plan: Plan, kinds: Kinds) -> str:
    """What a person who is about to merge wants to know first."""
    chosen = [job for job in plan.jobs if job.is_selected]
    starts = sum(job.action in (Action.RUN, Action.RETRY) for job in chosen)
    later = sum(job.action is Action.DECIDE_LATER for job in chosen)
    others = list(_others(kinds, " more" if starts or later else ""))
    return " ".join([_at_once(starts, later, offline=plan.offline, alone=not others), *others])


def _at_once(starts: int, later: int, *, offline: bool, alone: bool) -> str:
    if not (starts or later):
        return f"**Merging starts nothing{'' if alone else ' as things are now'}.**"
    if offline:
        number = plural(starts + later, "job")
        return f"**Merging may start {number}**: what has run before was not looked up."
    decided = "decided when the jobs before have ended"
    if not starts:
        return f"**Merging may start {plural(later, 'job')}**, {decided}."
    first = f"**Merging starts {plural(starts, 'job')}**"
    return f"{first}, and perhaps {later:,} more, {decided}." if later else f"{first}."


def _others(kinds: Kinds, more: str) -> Iterator[str]:
    """What is left as it is for now, and may be started all the same: by the merge, or later."""
    for cause, number in kinds.causes.items():
        yield f"**{number:,}{more}** may start {markup.text(cause)}."
    if kinds.under_way:
        is_one = kinds.under_way == 1
        runs = "runs already and is" if is_one else "run already and are"
        again = "it fails" if is_one else "they fail"
        yield f"**{kinds.under_way:,}{more}** {runs} tried again if {again}."


def _foot(view: PullView) -> list[str]:
    held = "Merging starts only what is planned here. " if view.is_reviewed else ""
    return ["", f"<sub>{held}Plan {markup.code(view.digest)}</sub>"]
