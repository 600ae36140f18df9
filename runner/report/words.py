"""The words and signs for a plan's groups of jobs, shared by every form of report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.model import AwsPlatform, LocalPlatform
from runner.plan.counts import RUN_EVERY_TIME, count, group
from runner.plan.types import Action
from runner.report.layout import Style, listed, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runner.model import Platform
    from runner.plan.types import Plan, PlannedJob


@dataclass(frozen=True, slots=True)
class Group:
    """One group of jobs in a report: `counted` follows a number, as in `3 to run`."""

    key: str
    title: str
    counted: str
    sign: str
    style: Style


GROUPS = (
    Group(Action.RUN.value, "Run", "to run", "+", Style.GREEN),
    Group(Action.RETRY.value, "Retry", "to retry", "!", Style.YELLOW),
    Group(Action.ADOPT.value, "Running already", "running already", ">", Style.BLUE),
    Group(Action.DECIDE_LATER.value, "Decide later", "to decide later", "?", Style.YELLOW),
    Group(RUN_EVERY_TIME, "Run every time", "run every time", "*", Style.CYAN),
    Group(Action.SKIP.value, "Skip", "skipped", "-", Style.DIM),
    Group(Action.UP_TO_DATE.value, "Up to date", "up to date", "=", Style.DIM),
)
"""In the order in which a plan shows them: what starts comes first."""

LOOKED_UP = Group("looked-up", "Looked up only", "looked up only", "·", Style.DIM)
"""Jobs that are not selected, and that others need: they are in no count."""

_COUNTED = (
    *(each for each in GROUPS if each.key != RUN_EVERY_TIME),
    *(each for each in GROUPS if each.key == RUN_EVERY_TIME),
)


def grouped(jobs: Iterable[PlannedJob]) -> Mapping[str, list[PlannedJob]]:
    """Jobs by the key of their group, in the plan's order."""
    groups: dict[str, list[PlannedJob]] = {each.key: [] for each in (*GROUPS, LOOKED_UP)}
    for job in jobs:
        groups[key_of(job)].append(job)
    return groups


def key_of(job: PlannedJob) -> str:
    """The key of the group that a job falls in."""
    return group(job) if job.is_selected else LOOKED_UP.key


def counts_line(jobs: Iterable[PlannedJob]) -> str:
    """`3 to run, 1 to retry, 1 to decide later, 12 up to date, 2 run every time`."""
    counts = count(job for job in jobs if job.is_selected)
    parts = [f"{counts[each.key]:,} {each.counted}" for each in _COUNTED if counts[each.key]]
    return ", ".join(parts) or "no jobs"


_LONG = 40


def said_once(told: Iterable[tuple[PlannedJob, str]]) -> list[str]:
    """What is said of each job. A long reason that jobs of a state machine share is said once."""
    first: dict[tuple[str, str, str], str] = {}
    said = []
    for job, reason in told:
        name = first.setdefault((job.platform, job.machine.unqualified, reason), job.name)
        said.append(f"as {name}" if name != job.name and len(reason) > _LONG else reason)
    return said


def where(plan: Plan) -> str:
    """Where the jobs run and what of it the plan knows, in a few words."""
    platforms = list(plan.platforms.values())
    parts = []
    if platforms and all(isinstance(platform, LocalPlatform) for platform in platforms):
        parts.append("on the embedded engine")
    elif len(platforms) == 1:
        parts.append(f"on {platforms[0].name} ({_region(plan, platforms[0])})")
    elif platforms:
        parts.append(f"on {listed([platform.name for platform in platforms])}")
    if plan.offline and any(isinstance(platform, AwsPlatform) for platform in platforms):
        parts.append("made offline, nothing was looked up")
    return ", ".join(parts)


def _region(plan: Plan, platform: Platform) -> str:
    accounts = {platform.account_id} - {None} or {job.machine.account for job in plan.jobs} - {""}
    account = f", account {', '.join(sorted(map(str, accounts)))}" if accounts else ""
    return f"{platform.region}{account}"


def grouped_warnings(plan: Plan) -> dict[str, list[str]]:
    """The jobs that each warning is about, by its text, in the order of its first job."""
    warnings: dict[str, list[str]] = {}
    for job in plan.jobs:
        for warning in job.warnings:
            warnings.setdefault(warning, []).append(job.name)
    return warnings


def title(plan: Plan) -> str:
    """`shop: 13 jobs, on the embedded engine`."""
    selected = sum(job.is_selected for job in plan.jobs)
    parts = [plural(selected, "job"), where(plan)]
    return f"{plan.project}: {', '.join(part for part in parts if part)}"
