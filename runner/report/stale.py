"""A refused plan: what it said of each job, what would happen now, why, and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.report import changes
from runner.report.changes import Difference
from runner.report.cleaning import clean, one_line
from runner.report.layout import Style, cells, fold, pad, paint, plural
from runner.report.words import GROUPS, LOOKED_UP, key_of
from runner.values import compact, well_formed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runner.plan import PlannedJob, Stale
    from runner.report.words import Group
    from runner.values import Json

_INDENT = "      "
_MOST = 30
_LABELS = ("the plan:", "now:")
_GROUPS = {each.key: each for each in (*GROUPS, LOOKED_UP)}
_WAY_OUT = (
    "Nothing was started. Make the plan again with `stepfleet plan -o FILE` and have it reviewed."
)


def stale_text(stale: Sequence[Stale], *, colour: bool = False, width: int = 100) -> str:
    """Show what of a saved plan holds no longer, in lines of about `width` columns."""
    heading = f"The plan no longer holds for {plural(len(stale), 'job')}"
    lines = [paint(heading, Style.BOLD, Style.RED, colour=colour)]
    for each in stale[:_MOST]:
        lines += ["", *_job(each, colour=colour, width=width)]
    if len(stale) > _MOST:
        lines += ["", f"  and {plural(len(stale) - _MOST, 'more job')}"]
    lines += ["", *fold(_WAY_OUT, width, "")]
    return "".join(f"{line}\n" for line in lines)


def stale_json(stale: Sequence[Stale]) -> str:
    """The same as data: `{"stale": [{"job": …, "reason": …, "plan": {…}, "now": {…}}]}`."""
    listed: list[Json] = [_to_json(each) for each in stale]
    return f"{well_formed(compact({'stale': listed}))}\n"


def _job(each: Stale, *, colour: bool, width: int) -> Iterator[str]:
    name = paint(clean(each.job), Style.BOLD, colour=colour)
    reason = one_line(each.reason)
    if cells(each.job) + cells(reason) + 4 <= width:
        yield f"  {name}: {reason}"
    else:
        yield f"  {name}:"
        yield from fold(reason, width, "    ")
    widest = max(map(cells, _LABELS))
    for label, job in zip(_LABELS, (each.saved, each.fresh), strict=True):
        text = _said(job, colour=colour)
        yield f"{_INDENT}{paint(pad(label, widest), Style.DIM, colour=colour)} {text}"
    for line in changes.lines(_differences(each), width=width - len(_INDENT), colour=colour):
        yield f"{_INDENT}{line}"


def _said(job: PlannedJob | None, *, colour: bool) -> str:
    if job is None:
        return "it has no such job"
    group = _group(job)
    painted = paint(group.title.lower(), group.style, colour=colour)
    return f"{painted}, {one_line(job.reason)}" if job.reason else painted


def _group(job: PlannedJob) -> Group:
    return _GROUPS[key_of(job)]


def _differences(each: Stale) -> list[Difference]:
    """Where two plans of a job differ: its machine, the machine's revision, needs and input."""
    if each.saved is None or each.fresh is None:
        return []
    found = [
        Difference("~", label, before, now)
        for (label, before), (_, now) in zip(_facts(each.saved), _facts(each.fresh), strict=True)
        if before != now
    ]
    return [*found, *changes.differences(changes.between(each.saved.input, each.fresh.input))]


def _facts(job: PlannedJob) -> Iterator[tuple[str, str]]:
    yield "platform", one_line(job.platform)
    yield "stateMachine", one_line(str(job.machine))
    yield "type", job.machine_type.value
    yield "revision", one_line(job.revision or "not looked up")
    yield "needs", one_line(", ".join(job.needs)) or "none"


def _to_json(each: Stale) -> Json:
    return {
        "job": each.job,
        "reason": each.reason,
        "plan": _job_to_json(each.saved),
        "now": _job_to_json(each.fresh),
    }


def _job_to_json(job: PlannedJob | None) -> Json:
    if job is None:
        return None
    return {
        "action": job.action.value,
        "reason": job.reason,
        "stateMachine": str(job.machine),
        "type": job.machine_type.value,
        "revision": job.revision,
        "work": job.work or None,
        "input": dict(job.input),
    }
