"""The tables of a plan's jobs: what merging may start, and what is up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.plan.types import Action
from runner.report import changes, markup, plan_cells
from runner.report.pull_request.fitting import Group, Rows
from runner.report.words import GROUPS, LOOKED_UP, grouped, said_once

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runner.plan.types import Plan, PlannedJob
    from runner.report import words
    from runner.report.pull_request.links import Links

QUIET = (Action.UP_TO_DATE.value, LOOKED_UP.key)
"""Groups of which nothing is started, and which are folded."""

_HEADS = ("", "Job", "State machine", "Why")


def table(plan: Plan, links: Links, *, diffs: bool, most: int | None = changes.MOST) -> Rows:
    """The jobs of which something is to be said, in one table, those that start first."""
    groups = grouped(plan.jobs)
    return Rows(
        ("", *markup.table(_HEADS, ())),
        [
            _group(group, groups[group.key], links, diffs=diffs, most=most)
            for group in GROUPS
            if groups[group.key] and group.key not in QUIET
        ],
    )


def quiet(plan: Plan, key: str, links: Links) -> list[str]:
    """A folded table of the jobs of a group of which nothing is started."""
    group = next(each for each in (*GROUPS, LOOKED_UP) if each.key == key)
    jobs = grouped(plan.jobs)[key]
    if not jobs:
        return []
    rows = (
        (named(job, links), plan_cells.machine(job), markup.text(job.reason, plan_cells.VALUE))
        for job in jobs
    )
    title = f"{group.title} ({len(jobs):,})"
    return ["", *markup.details(title, markup.table(_HEADS[1:], rows))]


def inputs(jobs: Sequence[PlannedJob], links: Links, limit: int) -> list[str]:
    """Folded tables of the inputs of jobs that have one; values of at most so many characters."""
    shown = [job for job in jobs if job.input]
    if not shown:
        return []
    lines: list[str] = []
    for job in shown:
        name = f"{named(job, links)}{plan_cells.size(job)}"
        lines += [name, "", *plan_cells.values(job.input, limit), ""]
    return ["", *markup.details(f"Inputs ({len(shown):,})", lines[:-1])]


def named(job: PlannedJob, links: Links) -> str:
    """A job's name, linked to its line."""
    return links.at(job.place, markup.code(job.name))


def _group(
    group: words.Group,
    jobs: Sequence[PlannedJob],
    links: Links,
    *,
    diffs: bool,
    most: int | None,
) -> Group:
    said = said_once((job, job.reason) for job in jobs)
    sign = f"`{group.sign}` {group.title}"
    rows = [
        (
            sign,
            named(job, links),
            plan_cells.machine(job),
            plan_cells.why(job, reason, diffs=diffs, most=most),
        )
        for job, reason in zip(jobs, said, strict=True)
    ]

    def more(number: int) -> str:
        return markup.row((sign, f"and {number:,} more", "", ""))

    return Group([markup.row(row) for row in rows], more)
