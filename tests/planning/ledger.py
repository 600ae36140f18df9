"""What applies of made-up plans leave: executions, named as an apply names them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from runner import identity, inputs
from runner.identity import NeedOutcome
from runner.memory import Past
from runner.model import MachineType, RerunOn
from runner.provider import Execution as Described
from runner.provider import ExecutionStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.plan import Plan, PlannedJob
    from runner.provider import Execution
    from runner.values import Json

BEGAN = datetime(2026, 11, 19, 3, 0, tzinfo=UTC)
STATUSES = {
    ExecutionStatus.SUCCEEDED: "succeeded",
    ExecutionStatus.FAILED: "failed",
    ExecutionStatus.TIMED_OUT: "failed",
    ExecutionStatus.ABORTED: "cancelled",
    ExecutionStatus.RUNNING: "running",
}


@dataclass
class Ledger:
    """Every execution so far by job, newest first. Each takes a minute, one after the other."""

    seen: dict[str, list[Execution]] = field(default_factory=dict)
    now: datetime = BEGAN

    def apply(self, plan: Plan, outputs: Mapping[str, str] | None = None) -> None:
        """Run every job of a plan anew, with success."""
        for job in plan.jobs:
            if job.machine_type is MachineType.STANDARD:
                self.run(plan, job.name, output=(outputs or {}).get(job.name))

    def run(
        self,
        plan: Plan,
        name: str,
        status: ExecutionStatus = ExecutionStatus.SUCCEEDED,
        *,
        attempt: int | None = None,
        run_id: str | None = None,
        input: str | None = "{}",
        output: str | None = None,
    ) -> Execution:
        """One more execution of a job as it is now."""
        jobs = {job.name: job for job in plan.jobs}
        job = jobs[name]
        needs = {need: self.outcome(jobs[need]) for need in job.needs}
        context: dict[str, Json] = {"vars": dict(plan.variables), "project": {"name": plan.project}}
        fingerprint = identity.fingerprint(
            project=plan.project,
            job=name,
            machine=str(job.machine),
            public=inputs.public(job, context, jobs),
            needs=needs,
            revision=job.revision if job.rerun_on is RerunOn.REVISION else None,
        )
        before = [one.name for one in self.seen.get(name, ()) if fingerprint in one.name]
        number = attempt or len(before) + 1
        title = identity.execution_name(
            plan.project, name, fingerprint, run_id=run_id, attempt=number
        )
        began, self.now = self.now, self.now + timedelta(minutes=1)
        execution = Described(
            arn=job.machine.execution(title),
            name=title,
            status=status,
            raw_status=status.value,
            started_at=began,
            stopped_at=None if status.is_running else self.now,
            input=input,
            output=output,
        )
        self.seen.setdefault(name, []).insert(0, execution)
        return execution

    def outcome(self, job: PlannedJob) -> NeedOutcome:
        """How the newest execution of a job ended."""
        newest = self.seen.get(job.name)
        if not newest:
            return NeedOutcome("", "skipped")
        return NeedOutcome(newest[0].name, STATUSES[newest[0].status], newest[0].redrive_count)

    @property
    def pasts(self) -> dict[str, Past]:
        """All of it, as looking up tells it."""
        return {
            name: Past(rows=len(some)).added(*(_listed(one) for one in some))
            for name, some in self.seen.items()
        }

    @property
    def remembered(self) -> dict[str, Execution]:
        """All of it by ARN, as describing tells it."""
        return {one.arn: one for some in self.seen.values() for one in some}


def _listed(execution: Execution) -> Execution:
    """An execution as lists show it: without payloads."""
    return Described(
        arn=execution.arn,
        name=execution.name,
        status=execution.status,
        raw_status=execution.raw_status,
        started_at=execution.started_at,
        stopped_at=execution.stopped_at,
        redrive_count=execution.redrive_count,
    )
