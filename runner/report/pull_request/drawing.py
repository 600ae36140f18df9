"""The graph of a plan in a comment: coloured by action, and small enough to be looked at."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runner.model import MachineType
from runner.report import markup
from runner.report.graph import GraphJob, graph_of_plan, mermaid
from runner.report.layout import plural
from runner.report.pull_request.kinds import ANEW, QUIET, key_in
from runner.report.pull_request.kinds import kind as kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from runner.plan.types import Plan, PlannedJob
    from runner.report.pull_request.kinds import Kinds

IN_SIGHT = 20
"""Jobs of a graph that is not folded."""

MOST = 60
"""Jobs that are drawn one by one."""

_LEGEND = {
    "run": "green runs",
    "retry": "dashed green retries",
    "adopt": "blue runs already and is tried again if it fails",
    "decide-later": "yellow is decided later",
    "run-every-time": "violet runs every time",
    "up-to-date": "grey is up to date",
    "skip": "pale is skipped",
    "looked-up": "dashed pale is looked up only",
}


def graph(plan: Plan, kinds: Kinds) -> list[str]:
    """A drawing of the jobs that may start and of what they need, with what its colours mean.

    Of a large plan, jobs that have the action and the state machine in common are one box.
    Empty where no job needs another.
    """
    keys = {job.name: key_in(kinds.later, job) for job in plan.jobs}
    jobs = [replace(job, group=keys[job.name]) for job in graph_of_plan(plan)]
    drawn: Sequence[GraphJob] = jobs if len(jobs) <= IN_SIGHT else _around(jobs)
    left = len(jobs) - len(drawn)
    if not any(job.needs for job in drawn):
        return []
    summary = f"Graph of {plural(len(drawn), 'job')}"
    if len(drawn) > MOST:
        drawn = _joined(plan, {job.name: keys[job.name] for job in drawn})
    more = f"{plural(left, 'job')} up to date not drawn." if left else ""
    told = " ".join(part for part in (_legend(drawn), more) if part)
    lines = ["```mermaid", *mermaid(drawn).splitlines(), "```"]
    if told:
        lines += ["", f"<sub>{told}</sub>"]
    return ["", *(lines if len(drawn) <= IN_SIGHT else markup.details(summary, lines))]


def _around(jobs: Sequence[GraphJob]) -> list[GraphJob]:
    """All but jobs that are up to date and that no job needs of which more is to be said."""
    telling = [job for job in jobs if job.group not in QUIET]
    needed = {need for job in telling for need in job.needs}
    names = {job.name for job in telling} | needed
    return [job for job in jobs if job.name in names]


@dataclass(frozen=True, slots=True)
class _Box:
    """What the jobs that are drawn as one have in common."""

    machine: str
    group: str
    express: bool

    @property
    def name(self) -> str:
        """A name that no other box has."""
        return f"{self.machine} {self.group} {self.express}"


def _joined(plan: Plan, keys: Mapping[str, str]) -> list[GraphJob]:
    """A box for the jobs of each state machine and action, after those that any of them needs."""
    boxes = {job.name: _box(job, keys[job.name]) for job in plan.jobs if job.name in keys}
    sizes = Counter(boxes.values())
    needs: dict[_Box, dict[str, None]] = {box: {} for box in sizes}
    for job in plan.jobs:
        for need in job.needs:
            box, before = boxes.get(job.name), boxes.get(need)
            if box is not None and before is not None and box != before:
                needs[box][before.name] = None
    return [
        GraphJob(
            name=box.name,
            needs=tuple(needs[box]),
            note=f"{number:,} {kind_of(box.group).counted}",
            express=box.express,
            group=box.group,
            label=box.machine,
        )
        for box, number in sizes.items()
    ]


def _box(job: PlannedJob, key: str) -> _Box:
    tail = f":{job.machine.qualifier}" if job.machine.qualifier else ""
    return _Box(f"{job.machine.name}{tail}", key, job.machine_type is MachineType.EXPRESS)


def _legend(jobs: Sequence[GraphJob]) -> str:
    """What the colours and shapes mean that occur; empty where there is but one."""
    meanings = list(_meanings(jobs))
    text = ", ".join(meanings)
    return f"{text[:1].upper()}{text[1:]}." if len(meanings) > 1 else ""


def _meanings(jobs: Sequence[GraphJob]) -> Iterator[str]:
    groups = {job.group for job in jobs}
    yield from (text for key, text in _LEGEND.items() if key in groups)
    if any(key and key.endswith(ANEW) for key in groups):
        yield "dashed violet may start later"
    if any(job.express for job in jobs):
        yield "round boxes are Express"
