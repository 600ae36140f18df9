"""The graph of jobs: as Mermaid for Markdown, and as text by level.

Mermaid draws at most 50,000 characters and 500 edges:
https://mermaid.js.org/config/schema-docs/config.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.model import MachineType, Trigger
from runner.plan.counts import group
from runner.report.cleaning import clean, one_line, shorten
from runner.report.layout import Style, column_widths, fold, listed, pad, paint, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from runner.model import Spec
    from runner.plan.types import Plan

MAX_CHARACTERS = 50_000
MAX_EDGES = 500

_LABEL = 80
_NAMED = 8
_UNSAFE = re.compile(r"[^A-Za-z0-9_ .,/-]")
_CLASSES = {
    "run": "fill:#dafbe1,stroke:#1a7f37,color:#1f2328",
    "retry": "fill:#dafbe1,stroke:#1a7f37,color:#1f2328,stroke-dasharray:4",
    "adopt": "fill:#ddf4ff,stroke:#0969da,color:#1f2328",
    "later": "fill:#fff8c5,stroke:#9a6700,color:#1f2328",
    "skip": "fill:#f6f8fa,stroke:#d0d7de,color:#59636e",
    "same": "fill:#f6f8fa,stroke:#818b98,color:#1f2328",
    "always": "fill:#fbefff,stroke:#8250df,color:#1f2328",
    "anew": "fill:#f6f8fa,stroke:#8250df,color:#1f2328,stroke-dasharray:4",
    "seen": "fill:#ffffff,stroke:#d0d7de,color:#59636e,stroke-dasharray:4",
}
_CLASS_OF = {
    "run": "run",
    "retry": "retry",
    "adopt": "adopt",
    "decide-later": "later",
    "skip": "skip",
    "up-to-date": "same",
    "run-every-time": "always",
    "looked-up": "seen",
}
_EDGES = {
    Trigger.ALL_SUCCEEDED: "-->",
    Trigger.ANY_FAILED: "-. any failed .->",
    Trigger.ALL_FINISHED: "-. all finished .->",
}


@dataclass(frozen=True, slots=True)
class GraphJob:
    """A job as it is drawn. `note` stands below its name; `group` is that of a plan, if any.

    `label` is shown in place of the name, where that is not what a reader should see.
    """

    name: str
    needs: tuple[str, ...]
    trigger: Trigger = Trigger.ALL_SUCCEEDED
    note: str = ""
    express: bool = False
    group: str | None = None
    label: str = ""


def graph_of_plan(plan: Plan) -> tuple[GraphJob, ...]:
    """The jobs of a plan, each after its needs."""
    return tuple(
        GraphJob(
            name=job.name,
            needs=job.needs,
            trigger=job.trigger,
            note=job.machine.name,
            express=job.machine_type is MachineType.EXPRESS,
            group=group(job),
        )
        for job in plan.jobs
    )


def graph_of_spec(spec: Spec, order: Iterable[str]) -> tuple[GraphJob, ...]:
    """The jobs of a spec with the given names; `order` has each after its needs."""
    names = list(order)
    chosen = set(names)
    jobs = (spec.jobs[name] for name in names)
    return tuple(
        GraphJob(
            name=job.name,
            needs=tuple(need for need in job.needs if need in chosen),
            trigger=job.trigger,
            express=job.machine_type is MachineType.EXPRESS,
        )
        for job in jobs
    )


def mermaid(jobs: Sequence[GraphJob], *, limit: int = MAX_CHARACTERS) -> str:
    """A flowchart of the jobs; of a graph too large to be drawn, a smaller form.

    First the machines' names and the colours go, then each level becomes one box.
    """
    edges = sum(len(job.needs) for job in jobs)
    if edges <= MAX_EDGES:
        for full in (True, False):
            drawn = _flowchart(jobs, full=full)
            if len(drawn) <= limit:
                return drawn
    return _summary(jobs, limit)


def graph_text(jobs: Sequence[GraphJob], *, colour: bool = False, width: int = 100) -> str:
    """The jobs by level, each with what it comes after."""
    if not jobs:
        return "There are no jobs.\n"
    widest = column_widths([(job.name,) for job in jobs] or [("",)])[0]
    lines: list[str] = []
    for number, level in enumerate(levels(jobs), start=1):
        heading = f"Level {number} ({plural(len(level), 'job')})"
        lines += [*([""] if lines else []), paint(heading, Style.BOLD, colour=colour)]
        for job in level:
            lines += _text_lines(job, min(widest, width // 2), colour=colour, width=width)
    return "".join(f"{line}\n" for line in lines)


def levels(jobs: Sequence[GraphJob]) -> list[list[GraphJob]]:
    """The jobs by how many come before them at most."""
    depth: dict[str, int] = {}
    rows: list[list[GraphJob]] = []
    for job in jobs:
        depth[job.name] = max((depth[need] + 1 for need in job.needs if need in depth), default=0)
        if depth[job.name] == len(rows):
            rows.append([])
        rows[depth[job.name]].append(job)
    return rows


def _text_lines(job: GraphJob, widest: int, *, colour: bool, width: int) -> Iterator[str]:
    name = clean(job.name)
    express = " (Express)" if job.express else ""
    if not job.needs:
        yield f"  {name}{express}"
        return
    trigger = "" if job.trigger is Trigger.ALL_SUCCEEDED else f" ({job.trigger.value})"
    after = f"after {', '.join(clean(need) for need in job.needs)}{trigger}{express}"
    head = f"  {pad(name, widest)}  "
    first, *rest = fold(after, max(width - len(head), 20), "")
    yield f"{head}{paint(first, Style.DIM, colour=colour)}"
    yield from (f"{' ' * len(head)}{paint(line, Style.DIM, colour=colour)}" for line in rest)


def _flowchart(jobs: Sequence[GraphJob], *, full: bool) -> str:
    ids = {job.name: f"j{index}" for index, job in enumerate(jobs)}
    lines = ["flowchart LR"]
    lines += [f"  {ids[job.name]}{_box(job, full=full)}" for job in jobs]
    for job in jobs:
        arrow = _EDGES[job.trigger]
        lines += [f"  {ids[need]} {arrow} {ids[job.name]}" for need in job.needs if need in ids]
    if full:
        lines += _styles(jobs, ids)
    return "".join(f"{line}\n" for line in lines)


def _box(job: GraphJob, *, full: bool) -> str:
    """A rounded box for Express, a plain one for Standard."""
    note = f"<br/>{escape(shorten(one_line(job.note), _LABEL))}" if full and job.note else ""
    label = f'"{escape(shorten(one_line(job.label or job.name), _LABEL))}{note}"'
    return f"([{label}])" if job.express else f"[{label}]"


def _styles(jobs: Sequence[GraphJob], ids: Mapping[str, str]) -> Iterator[str]:
    members: dict[str, list[str]] = {}
    for job in jobs:
        if job.group is not None:
            members.setdefault(_CLASS_OF.get(job.group, "anew"), []).append(ids[job.name])
    for name, styled in members.items():
        yield f"  classDef {name} {_CLASSES[name]}"
        yield f"  class {','.join(styled)} {name}"


def _summary(jobs: Sequence[GraphJob], limit: int) -> str:
    """A box for each level, naming some of its jobs; the last box tells of levels left out."""
    head = "flowchart TD\n"
    rows = levels(jobs)
    boxes: list[str] = []
    room = limit - len(head) - 100
    for index, level in enumerate(rows):
        names = listed([shorten(one_line(job.name), _LABEL) for job in level], _NAMED)
        label = f"{plural(len(level), 'job')}<br/>{escape(names)}"
        arrow = f"  l{index - 1} --> l{index}\n" if index else ""
        box = f'  l{index}["{label}"]\n{arrow}'
        room -= len(box)
        if room < 0:
            more = f"and {plural(len(rows) - index, 'more level')}"
            boxes.append(f'  more["{more}"]\n')
            break
        boxes.append(box)
    return head + "".join(boxes)


def escape(text: str) -> str:
    """The text as it may stand inside a quoted Mermaid label: all else as entity codes."""
    return _UNSAFE.sub(lambda found: f"#{ord(found[0])};", clean(text))
