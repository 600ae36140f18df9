"""What a table says of a planned job, in Markdown: the same in every report of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.model import MachineType
from runner.report import changes, markup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runner.plan.types import PlannedJob

VALUE = 200
_DIFF = 120


def may_start(job: PlannedJob) -> bool:
    """Tell whether an apply of the whole plan may start it."""
    return job.is_selected and job.action.may_start


def machine(job: PlannedJob) -> str:
    """`orders:live Express`."""
    tail = f":{job.machine.qualifier}" if job.machine.qualifier else ""
    express = " Express" if job.machine_type is MachineType.EXPRESS else ""
    return f"{markup.code(f'{job.machine.name}{tail}')}{express}"


def why(
    job: PlannedJob, reason: str, *, diffs: bool = True, most: int | None = changes.MOST
) -> str:
    """The reason, with what changed in the input below it."""
    return "<br>".join([markup.text(reason, VALUE), *(_diff(job, most) if diffs else ())])


def _diff(job: PlannedJob, most: int | None) -> Iterator[str]:
    for line in changes.lines(changes.differences(job.changes), width=_DIFF, most=most):
        yield markup.code(line)
