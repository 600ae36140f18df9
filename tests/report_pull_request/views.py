"""Pull requests in a few words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from runner.diffs import Changed, SpecChanges
from runner.errors import Place
from runner.plan import Action, InputChange
from runner.report import Links, PullView
from tests.fakes import plans
from tests.plan_factories import aws

if TYPE_CHECKING:
    from runner.plan import Plan, PlannedJob
    from runner.values import Json

URL = "https://github.com/acme/shop"
HEAD = "8d7c4f1e2a9b0c3d5e6f708192a3b4c5d6e7f809"
RUN_URL = f"{URL}/actions/runs/70123"
LINKS = Links(URL, HEAD, RUN_URL)
DIGEST = "d123456789abcdef0123"


def job(
    name: str, action: Action = Action.RUN, reason: str = "never run", **fields: Any
) -> PlannedJob:
    """A job of a plan; fields of `PlannedJob` replace those that it would have."""
    given = {key: fields.pop(key) for key in ("needs", "express", "run", "on") if key in fields}
    one = plans.job(name, action=action, reason=reason, **given)
    facts: dict[str, Any] = {"input": {"day": 19}, "input_bytes": 10}
    return replace(one, **(facts | fields))


def plan(*jobs: PlannedJob) -> Plan:
    return replace(plans.plan(*jobs), platforms={"aws": aws()})


def view(*jobs: PlannedJob, **fields: Any) -> PullView:
    facts: dict[str, Any] = {
        "plan": plan(*jobs),
        "label": "prod",
        "head": HEAD,
        "digest": DIGEST,
        "links": LINKS,
    }
    return PullView(**(facts | fields))


def changed(name: str, before: str, after: str, line: int = 7) -> Changed:
    return Changed(name, Place("specs/jobs.yaml", line), before, after)


def change(parameter: str, before: Json, now: Json) -> InputChange:
    return InputChange(parameter, before, now)


CHANGES = SpecChanges(
    jobs=(changed("load", "timeout: 1\nsize: 2\n", "timeout: 1\nsize: 3\n"),),
    definitions=(changed("machine", "StartAt: A\n", "StartAt: B\n"),),
    trust=(changed("aws", "accountId: 1\n", "accountId: 2\n"),),
    settings=(changed("project", "concurrency: 4\n", "concurrency: 5\n"),),
)


def full() -> PullView:
    """A pull request with something in every part of its comment."""
    return view(
        job("calendar", Action.UP_TO_DATE, "succeeded on 2026-11-18"),
        job("load", changes=(change("day", 18, 19),), needs=["calendar"]),
        job("report", Action.RETRY, "attempt 1 failed", needs=["load"]),
        job("check", express=True, needs=["report"], warnings=("an Express can't be stopped",)),
        job("alert", Action.DECIDE_LATER, "runs only if load fails", needs=["load"]),
        changes=CHANGES,
        notes=("old is removed and still runs",),
    )


def many(number: int, *, machines: int = 3) -> PullView:
    """Jobs by the hundred; each hundred needs the one before, and some were there before."""
    jobs = [
        job(
            f"job_{n:05}",
            Action.UP_TO_DATE if n % 4 == 3 else Action.RUN,
            needs=[f"job_{n - 100:05}"] if n >= 100 else [],
            input={"text": "y" * 50},
            changes=(change("text", "x", "y" * 50),),
            on=plans.machine(f"machine_{n % machines}"),
        )
        for n in range(number)
    ]
    texts = [changed(each.name, "size: 1\n", "size: 2\n") for each in jobs[:200]]
    return view(*jobs, changes=SpecChanges(jobs=tuple(texts), definitions=tuple(texts)))
