"""Comments to look at, written as Markdown files: `python -m tests.rendering.samples FOLDER`."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from runner import review
from runner.diffs import Changed, SpecChanges
from runner.errors import Diagnostic, Place, Related, Severity
from runner.provider import ExecutionStatus
from runner.report.pull_request import (
    Links,
    PullView,
    differences_markdown,
    invalid_comment,
    pull_comment,
    pull_summary,
    refused_comment,
    run_comment,
)
from runner.results import Attempt, JobResult, RunInfo, RunResults, RunStatus, Status
from runner.review import Difference, Mark
from tests.rendering.projects import plan_of, six_jobs, three_hundred_jobs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.plan import Plan, PlannedJob
    from runner.values import Json

URL = "https://github.com/acme/data-platform"
HEAD = "8d7c4f1e2a9b0c3d5e6f708192a3b4c5d6e7f809"
LINKS = Links(URL, HEAD, f"{URL}/actions/runs/7012345678")
START = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
CONSOLE = "https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1"
LIMIT = 40_000
NOW: Json = {"mode": "full", "tables": ["orders", "lines"]}
BEFORE: Json = {"mode": "incremental", "tables": ["orders", "lines"]}

REASON = "3 of the jobs that would start are not as the pull request showed them"
NOTE = (
    "archive_orders is removed here, and its execution archive_orders-5c1f20e8 still runs:"
    " merging does not stop it."
)


def settings(**values: object) -> str:
    return "".join(f"{path}: {json.dumps(value)}\n" for path, value in values.items())


def changed(name: str, line: int, before: str, after: str) -> Changed:
    return Changed(name, Place("specs/jobs.yaml", line), before, after)


ORDERS = {"stateMachine": "extract-orders:live", "timeout": "2h", "needs": ["load_calendar"]}
STATE = {"Type": "Task", "Resource": "arn:aws:states:::athena:startQueryExecution.sync"}
CHANGES = SpecChanges(
    jobs=(
        changed("archive_orders", 120, settings(stateMachine="archive-orders", timeout="1h"), ""),
        changed(
            "extract_orders",
            19,
            settings(**ORDERS, batch_size=200, mode="incremental"),
            settings(**ORDERS, batch_size=500, mode="full"),
        ),
        changed("tell_on_call", 90, "", settings(stateMachine="notify:live", trigger="any-failed")),
    ),
    definitions=(
        changed(
            "build-report",
            140,
            json.dumps({"StartAt": "Query", "States": {"Query": STATE | {"End": True}}}, indent=2),
            json.dumps(
                {
                    "StartAt": "Query",
                    "States": {
                        "Query": STATE | {"Retry": [{"ErrorEquals": ["States.ALL"]}], "End": True}
                    },
                },
                indent=2,
            ),
        ),
    ),
    settings=(changed("project", 1, settings(concurrency=10), settings(concurrency=20)),),
    trust=(
        changed("aws", 2, settings(accountId="111111111111"), settings(accountId="123456789012")),
    ),
)
COMPLAINTS = (
    Diagnostic(
        Place("specs/orders.yaml", 12, 7),
        "parameters.batch_size: 'many' is not an integer",
        "type",
        "write a whole number, or declare type: string",
    ),
    Diagnostic(
        Place("specs/orders.yaml", 31, 5),
        "spec: unknown key 'timeuot'",
        "unknown-key",
        "did you mean 'timeout'?",
    ),
    Diagnostic(
        Place("specs/report.yaml", 4, 9),
        "metadata.name: build_report is defined twice",
        "duplicate-name",
        "rename one of them",
        related=(Related(Place("specs/reports/daily.yaml", 4, 9), "the first is here"),),
    ),
    Diagnostic(
        Place("specs/report.yaml", 18, 3),
        "vars.region is declared and never used",
        "unused",
        severity=Severity.WARNING,
    ),
)
REFUSED = (
    "No AWS credentials: the role arn:aws:iam::123456789012:role/plan could not be assumed:"
    " AccessDenied, Not authorized to perform sts:AssumeRoleWithWebIdentity.\n"
    "Let the role's trust policy accept the subject repo:acme/data-platform:pull_request."
)


def samples() -> Mapping[str, str]:
    """Markdown by the name of its file."""
    six = plan_of(six_jobs(500, NOW), six_jobs(200, BEFORE))
    done = plan_of(six_jobs(200, BEFORE), six_jobs(200, BEFORE))
    under_way = {"extract_customers": ExecutionStatus.RUNNING}
    running = plan_of(six_jobs(200, BEFORE), six_jobs(200, BEFORE), ends=under_way)
    daily = plan_of(six_jobs(200, BEFORE), six_jobs(200, BEFORE), ends={})
    many = plan_of(three_hundred_jobs(500), three_hundred_jobs(200))
    new = plan_of(three_hundred_jobs(500))
    changing = replace(view(six), changes=CHANGES, notes=(NOTE,))
    return {
        "6-jobs": pull_comment(changing, limit=LIMIT),
        "6-jobs-summary": pull_summary(changing),
        "300-jobs": pull_comment(view(many), limit=LIMIT),
        "300-new-jobs": pull_comment(view(new), limit=LIMIT),
        "little-to-do": pull_comment(view(done), limit=LIMIT),
        "under-way": pull_comment(view(running), limit=LIMIT),
        "daily": pull_comment(view(daily), limit=LIMIT),
        "invalid": invalid_comment(COMPLAINTS, label="prod", head=HEAD, links=LINKS, limit=LIMIT),
        "refused": refused_comment(REFUSED, label="prod", head=HEAD, links=LINKS, limit=LIMIT),
        "run": run_comment(results(six), LINKS),
        "merged": run_comment(results(six), LINKS) + "\n" + pull_comment(changing, limit=LIMIT),
        "differences": differences_markdown(
            differences(six),
            digest=review.digest(six),
            reason=REASON,
            links=LINKS,
            limit=LIMIT,
        ),
    }


def view(plan: Plan) -> PullView:
    return PullView(plan, "prod", HEAD, review.digest(plan), LINKS)


def results(plan: Plan) -> RunResults:
    """A run in which a job failed, and what needs it was left out."""
    statuses = {
        "load_calendar": Status.UP_TO_DATE,
        "extract_orders": Status.SUCCEEDED,
        "extract_customers": Status.FAILED,
        "tell_on_call": Status.RUNNING,
    }
    jobs = tuple(result(job, statuses.get(job.name, Status.SKIPPED)) for job in plan.jobs)
    end = START + timedelta(minutes=34, seconds=12)
    return RunResults(RunInfo("7012345678", "shop"), RunStatus.FAILED, START, end, jobs)


def result(job: PlannedJob, status: Status) -> JobResult:
    reason = {
        Status.SKIPPED: "extract_customers failed",
        Status.FAILED: "the execution failed",
        Status.UP_TO_DATE: "succeeded on 2026-11-19 03:01 UTC",
    }.get(status, "")
    failed = status is Status.FAILED
    arn = job.machine.execution(f"{job.name}-1f00c0de")
    attempt = Attempt(
        1,
        f"{job.name}-1f00c0de",
        arn,
        started_at=START,
        stopped_at=None if status is Status.RUNNING else START + timedelta(minutes=12.3),
        error="States.TaskFailed" if failed else None,
        cause='{"errorMessage": "connection to crm.internal:5432 timed out"}' if failed else None,
        monitor_url=f"{CONSOLE}#/v2/executions/details/{arn}",
    )
    return JobResult(
        job.name,
        status,
        reason,
        job.platform,
        str(job.machine),
        job.machine_type,
        job.place,
        job.needs,
        attempts=() if status is Status.SKIPPED else (attempt,),
        outputs={"rows": 12480} if job.name == "extract_orders" else {},
    )


def differences(plan: Plan) -> list[Difference]:
    """The differences from a review that saw another input, another revision, or nothing."""
    jobs = {job.name: job for job in plan.jobs}
    orders, report = jobs["extract_orders"], jobs["build_report"]
    before = {**orders.input, "batch_size": 200}
    other_input = Mark("0" * 12, orders.name, "run", orders.revision, before)
    other_revision = Mark("0" * 12, report.name, "run", "1c9be7", report.input)
    return [
        Difference(orders, "its work is another than the reviewed one", other_input),
        Difference(report, "its state machine has changed since the review", other_revision),
        Difference(jobs["extract_customers"], "the reviewed plan does not start it"),
    ]


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in samples().items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
