"""The graph of a plan in a comment: coloured by action, without what nothing is started of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.plan.types import Action
from runner.report import markup
from runner.report.graph import graph_of_plan, mermaid
from runner.report.layout import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runner.plan.types import Plan
    from runner.report.graph import GraphJob

_MOST = 30
"""Jobs that are drawn whatever their action, and in sight."""

_LEGEND = (
    "Green runs, dashed green retries, blue runs already, yellow is decided later,"
    " violet runs every time, grey is up to date or skipped. Round boxes are Express."
)


def graph(plan: Plan) -> list[str]:
    """A drawing of the jobs that may start, and of those next to them where all are too many."""
    jobs = graph_of_plan(plan)
    drawn = jobs if len(jobs) <= _MOST else _around(jobs)
    if not any(job.needs for job in drawn):
        return []
    lines = ["```mermaid", *mermaid(drawn).splitlines(), "```", "", f"<sub>{_LEGEND}</sub>"]
    left = len(jobs) - len(drawn)
    if left:
        lines[-1] += f"<br><sub>{plural(left, 'job')} up to date not drawn.</sub>"
    if len(drawn) <= _MOST:
        return ["", *lines]
    return ["", *markup.details(f"Graph of {plural(len(drawn), 'job')}", lines)]


def _around(jobs: Sequence[GraphJob]) -> list[GraphJob]:
    """All but jobs that are up to date and that no job needs of which more is to be said."""
    telling = [job for job in jobs if job.group != Action.UP_TO_DATE.value]
    needed = {need for job in telling for need in job.needs}
    names = {job.name for job in telling} | needed
    return [job for job in jobs if job.name in names]
