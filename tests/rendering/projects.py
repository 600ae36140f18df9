"""Two projects, each as a pull request has it and as it ran last, with the plans of both."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from runner.memory import Past
from runner.model import MachineType, RunPolicy, Trigger
from runner.provider import ExecutionStatus, FoundMachine
from tests.plan_factories import decided_with, draft, job, parameter, spec, variable
from tests.plan_factories import place as at
from tests.planning.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.model import Job, Spec
    from runner.plan import Plan
    from runner.values import Json

RAN = datetime(2026, 11, 19, 3, 0, tzinfo=UTC)
_EXPRESS = "refresh-dashboard"
_FAILED = "extract_customers"


def plan_of(
    now: Spec,
    before: Spec | None = None,
    *,
    ends: Mapping[str, ExecutionStatus] = MappingProxyType({_FAILED: ExecutionStatus.FAILED}),
) -> Plan:
    """The plan of a project that ran before as `before` has it: with success but for `ends`."""
    ledger = Ledger(now=RAN)
    if before is not None:
        _run(ledger, _decided(before, ledger), ends)
    return _decided(now, ledger)


def _decided(project: Spec, ledger: Ledger) -> Plan:
    drafted, diagnostics = draft(project)
    assert drafted is not None, diagnostics
    findings = {
        each.machine: FoundMachine(
            each.machine,
            MachineType.EXPRESS if each.machine.name == _EXPRESS else MachineType.STANDARD,
            "3f8a1c",
        )
        for each in drafted.jobs
    }
    drafted, diagnostics = draft(project, findings=findings)
    assert drafted is not None, diagnostics
    pasts = {each.name: Past() for each in drafted.jobs} | ledger.pasts
    plan = decided_with(drafted, pasts, ledger.remembered).plan
    assert plan is not None
    return plan


def _run(ledger: Ledger, plan: Plan, ends: Mapping[str, ExecutionStatus]) -> None:
    for each in plan.jobs:
        if each.machine_type is MachineType.STANDARD and each.trigger is Trigger.ALL_SUCCEEDED:
            status = ends.get(each.name, ExecutionStatus.SUCCEEDED)
            output = json.dumps({"rows": 12480})
            ledger.run(plan, each.name, status, input=json.dumps(dict(each.input)), output=output)


def six_jobs(batch_size: int, options: Json) -> Spec:
    """A small project with a job for nearly every action."""
    return spec(
        job("load_calendar", parameter("year", 2026), machine="calendar:live", place=at(4)),
        job(
            "extract_orders",
            parameter("batch_size", batch_size),
            parameter("options", options),
            parameter("rows"),
            machine="extract-orders:live",
            needs=["load_calendar"],
            place=at(19),
        ),
        job(
            "extract_customers",
            parameter("source", "crm"),
            machine="extract-customers:live",
            needs=["load_calendar"],
            place=at(41),
        ),
        job(
            "build_report",
            parameter("rows", "${{ jobs.extract_orders.outputs.rows }}"),
            parameter("day", "${{ vars.run_date }}"),
            machine="build-report",
            needs=["extract_customers"],
            place=at(58),
        ),
        job(
            "refresh_dashboard",
            parameter("dashboard", "orders"),
            machine=f"{_EXPRESS}:12",
            run=RunPolicy.ALWAYS,
            needs=["build_report"],
            place=at(77),
        ),
        job(
            "tell_on_call",
            parameter("channel", "#data-alerts"),
            machine="notify:live",
            trigger=Trigger.ANY_FAILED,
            needs=["build_report"],
            place=at(90),
        ),
        variables=(variable("run_date", default="2026-11-20", per_run=True),),
    )


def three_hundred_jobs(batch_size: int) -> Spec:
    """Sources, what is made of each, and a report for each country; every 20th source varies."""
    jobs: list[Job] = []
    for n in range(60):
        size = parameter("batch_size", 100 if n % 20 else batch_size)
        jobs.append(
            job(f"extract_source_{n:02}", size, machine="extract:live", place=at(8 * n + 9))
        )
    for n in range(180):
        table = parameter("table", f"table_{n}")
        needs = [f"extract_source_{n // 3:02}"]
        name = f"clean_table_{n:03}"
        jobs.append(job(name, table, machine="clean:live", needs=needs, place=at(8 * n + 500)))
    for n in range(60):
        country = parameter("country", f"country_{n}")
        needs = [f"clean_table_{3 * n + k:03}" for k in range(3)]
        name = f"publish_report_{n:02}"
        jobs.append(job(name, country, machine="publish:live", needs=needs, place=at(8 * n + 2000)))
    return spec(*jobs)
