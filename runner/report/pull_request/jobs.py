"""The tables of a plan's jobs: what merging may start, and what is up to date."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from runner.expressions import JobReference
from runner.plan.types import KNOWN_AFTER_APPLY, SENSITIVE
from runner.report import changes, markup, plan_cells
from runner.report.changes import show
from runner.report.layout import plural
from runner.report.pull_request.fitting import Group, Rows
from runner.report.pull_request.kinds import kind as kind_of
from runner.report.words import said_once

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from runner.plan.types import PlannedJob, PlannedParameter
    from runner.report import words
    from runner.report.pull_request.kinds import Kinds
    from runner.report.pull_request.links import Links
    from runner.values import Json

_NAMED = 2
_REASONS = 3
_HANDED_ON = "<sub>Values that jobs hand on are as of this plan.</sub>"
_HEADS = ("", "Job", "State machine", "Why")


def table(kinds: Kinds, links: Links, *, diffs: bool, most: int | None = changes.MOST) -> Rows:
    """The jobs of which something is to be said, a row for each, those that start first."""

    def group(kind: words.Group, jobs: Sequence[PlannedJob]) -> Group:
        said = said_once((job, job.reason) for job in jobs)
        rows = [
            markup.row(
                (
                    _sign(kind),
                    named(job, links),
                    plan_cells.machine(job),
                    _why(kinds, job, plan_cells.why(job, reason, diffs=diffs, most=most)),
                )
            )
            for job, reason in zip(jobs, said, strict=True)
        ]
        return Group(rows, lambda shown: _more(kind, len(rows) - shown))

    return Rows(_top(_HEADS), [group(kind, jobs) for kind, jobs in kinds.told])


def overview(kinds: Kinds, links: Links) -> Rows:
    """The same jobs with those in one row that have action and state machine in common."""

    def group(kind: words.Group, jobs: Sequence[PlannedJob]) -> Group:
        alike: dict[str, list[PlannedJob]] = {}
        for job in jobs:
            alike.setdefault(plan_cells.machine(job), []).append(job)
        rows = [
            markup.row((_sign(kind), _names(some, links), machine, _reasons(kinds, some)))
            for machine, some in alike.items()
        ]
        sizes = [len(some) for some in alike.values()]
        return Group(rows, lambda shown: _more(kind, sum(sizes[shown:])))

    return Rows(_top(_HEADS), [group(kind, jobs) for kind, jobs in kinds.told])


def quiet_names(kinds: Kinds, key: str) -> list[str]:
    """The names of the jobs of a group of which nothing is started, folded."""
    jobs = kinds.of(key)
    names = ", ".join(markup.code(job.name) for job in jobs)
    return ["", *markup.details(_title(key, jobs), [names])] if jobs else []


def quiet_table(kinds: Kinds, key: str, links: Links) -> list[str]:
    """A folded table of the jobs of a group of which nothing is started."""
    jobs = kinds.of(key)
    rows = (
        (named(job, links), plan_cells.machine(job), markup.text(job.reason, plan_cells.VALUE))
        for job in jobs
    )
    lines = markup.table(_HEADS[1:], rows)
    return ["", *markup.details(_title(key, jobs), lines)] if jobs else []


def inputs(jobs: Iterable[PlannedJob], links: Links, limit: int) -> list[str]:
    """A folded table of the inputs of jobs that have one; values of at most so many characters."""
    shown = [job for job in jobs if job.input]
    rows = []
    for job in shown:
        size = "" if job.input_bytes is None else f"<br>{job.input_bytes:,} bytes"
        name = f"{named(job, links)}{size}"
        for parameter, value in job.input.items():
            shown_value = markup.code(show(value), limit)
            rows.append((name, markup.code(parameter, plan_cells.VALUE), shown_value))
            name = ""
    note = [_HANDED_ON, ""] if any(_is_handed_on(job, job.input) for job in shown) else []
    lines = [*note, *markup.table(("Job", "Parameter", "Value"), rows)]
    return ["", *markup.details(f"Inputs of {plural(len(shown), 'job')}", lines)] if shown else []


def note_of_differences(jobs: Iterable[PlannedJob]) -> list[str]:
    """What is to be said below differences of inputs: that some may be others by the merge."""
    for job in jobs:
        shown = {each.parameter: each.now for each in job.changes if not each.is_gone}
        if _is_handed_on(job, shown):
            return ["", _HANDED_ON]
    return []


def named(job: PlannedJob, links: Links) -> str:
    """A job's name, linked to its line."""
    return links.at(job.place, markup.code(job.name))


def _is_handed_on(job: PlannedJob, shown: Mapping[str, Json]) -> bool:
    """Tell whether a value that is shown is one that a job has left, and may leave anew."""
    return any(
        shown.get(each.name, KNOWN_AFTER_APPLY) not in (KNOWN_AFTER_APPLY, SENSITIVE)
        and (each.carry or _takes_from_job(each))
        for each in job.parameters
    )


def _takes_from_job(parameter: PlannedParameter) -> bool:
    references = parameter.template.references if parameter.template else ()
    return any(isinstance(reference, JobReference) for reference in references)


def _top(heads: Sequence[str]) -> list[str]:
    return ["", *markup.table(heads, ())]


def _title(key: str, jobs: Sequence[PlannedJob]) -> str:
    return f"{kind_of(key).title} ({len(jobs):,})"


def _sign(kind: words.Group) -> str:
    return f"`{kind.sign}`&nbsp;{kind.title}"


def _more(kind: words.Group, number: int) -> str:
    return markup.row((_sign(kind), f"and {number:,} more", "", ""))


def _names(jobs: Sequence[PlannedJob], links: Links) -> str:
    names = ", ".join(named(job, links) for job in jobs[:_NAMED])
    more = f" and {len(jobs) - _NAMED:,} more" if len(jobs) > _NAMED else ""
    return f"{names}{more}"


def _why(kinds: Kinds, job: PlannedJob, said: str) -> str:
    later = kinds.later.get(job.name, "")
    return f"{said}<br>{markup.text(later)}" if later else said


def _reasons(kinds: Kinds, jobs: Sequence[PlannedJob]) -> str:
    """Why each runs, the reason of most first; what changed only where all have it in common."""
    later = _most_common([kinds.later.get(job.name, "") for job in jobs])
    if all(job.reason == jobs[0].reason for job in jobs):
        is_common = all(job.changes == jobs[0].changes for job in jobs)
        said = [plan_cells.why(jobs[0], jobs[0].reason, diffs=is_common)]
    else:
        said = _most_common([job.reason for job in jobs])
    return "<br>".join([*said, *later])


def _most_common(texts: Sequence[str]) -> list[str]:
    """The texts that most jobs have, counted where there are several."""
    counts = Counter(text for text in texts if text)
    if len(counts) == 1:
        return [markup.text(next(iter(counts)), plan_cells.VALUE)]
    said = [
        f"{markup.text(text, plan_cells.VALUE)} ({number:,})"
        for text, number in counts.most_common(_REASONS)
    ]
    if len(counts) > _REASONS:
        said.append(f"and {len(counts) - _REASONS:,} other reasons")
    return said
