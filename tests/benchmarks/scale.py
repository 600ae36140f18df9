"""`validate` of 1,000 jobs and `plan --offline` of 1,000 and 10,000, as whole processes.

Then 10,000 jobs with all that is remembered of them, decided in this process.
"""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from runner import identity, inputs, planning
from runner import plan as plans
from runner.cli import collector, project
from runner.identity import NeedOutcome
from runner.model import MachineType
from runner.provider import Execution, ExecutionStatus, FoundMachine, History
from tests.benchmarks.measure import STEPFLEET, own_peak, print_machine, run, verdict

if TYPE_CHECKING:
    from runner.arns import MachineArn
    from runner.cli.project import Loaded
    from runner.plan import Plan
    from runner.values import Json

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)

PROJECT = """\
apiVersion: stepfleet/v1
kind: Project
metadata: {name: scale}
spec:
  platform: aws
  variables: {run_date: {type: date, default: 2026-11-01}}
---
apiVersion: stepfleet/v1
kind: Platform
metadata: {name: aws}
spec: {type: aws-step-functions, region: us-east-1, accountId: "123456789012"}
"""
JOB = """\
apiVersion: stepfleet/v1
kind: Job
metadata:
  name: job_{number}
  description: Number {number}
  labels: {{team: team{team}}}
spec:
  stateMachine: machine-{machine}
{needs}  parameters:
    date: ${{{{ vars.run_date }}}}
    number: {number}
    batch_size: {{type: integer, value: 500}}
    rows: {{direction: output, type: integer}}
  timeout: 2h
"""
WIDTH = 100
PER_FILE = 10


def write_project(folder: Path, jobs: int) -> None:
    """Write a layered graph: each job needs two of the layer before and reads one's output."""
    (folder / "project.yaml").write_text(PROJECT)
    for first in range(0, jobs, PER_FILE):
        text = "---\n".join(_job(number) for number in range(first, min(first + PER_FILE, jobs)))
        (folder / f"jobs_{first}.yaml").write_text(text)


def _job(number: int) -> str:
    needs = ""
    if number >= WIDTH:
        one = number - WIDTH
        two = one - one % WIDTH + (one + 1) % WIDTH
        needs = f"  needs: [job_{one}, job_{two}]\n"
    text = JOB.format(number=number, team=number % 7, machine=number % 50, needs=needs)
    if number >= WIDTH:
        text = text.replace(
            "    number:",
            f"    before: ${{{{ jobs.job_{number - WIDTH}.outputs.rows }}}}\n    number:",
        )
    return text


def decide_again(folder: Path) -> None:
    """Print what deciding costs when every job is up to date, without reading specs or AWS."""
    loaded = project.load((folder,), options={}, var_files=())
    with collector.resting():
        began = time.process_time()
        plan = _draft(loaded)
        drafted = time.process_time()
        histories = _histories(plan)
        looked = time.process_time()
        pasts = planning.pasts_of(plan, {"aws": histories})
        try:
            questions = next(planning.decide(plan, pasts))
        except StopIteration as stop:
            decided: planning.Decided = stop.value
        else:
            raise RuntimeError(f"it asks: {questions}")
        assert decided.plan is not None
        assert plans.count(decided.plan.jobs)["up-to-date"] == len(plan.jobs)
        text = plans.to_json(decided.plan)
        saved = time.process_time()
        peak = own_peak()
        plans.from_json(text)
        read = time.process_time()
    seconds = drafted - began + saved - looked
    verdict("drafting, deciding and saving 10,000 jobs, CPU", seconds, 8, " s")
    verdict("its peak, specs included", peak, 250, " MiB")
    verdict("reading the saved plan, CPU", read - saved, 4, " s")


def _draft(loaded: Loaded) -> Plan:
    spec, variables = loaded.spec, loaded.variables
    wanted = planning.machines_of(spec, selected=spec.jobs, variables=variables)
    findings = {
        name: {arn: FoundMachine(arn, MachineType.STANDARD, "1") for arn in arns}
        for name, arns in wanted.items()
    }
    plan, diagnostics = planning.make(
        spec, graph=loaded.graph, selected=spec.jobs, variables=variables, findings=findings
    )
    assert plan is not None, diagnostics
    return plan


def _histories(plan: Plan) -> dict[MachineArn, History]:
    """One success of each job, as an apply leaves it."""
    context: dict[str, Json] = {"vars": dict(plan.variables), "project": {"name": plan.project}}
    jobs = {job.name: job for job in plan.jobs}
    ended: dict[str, NeedOutcome] = {}
    found: dict[MachineArn, list[Execution]] = {}
    for number, job in enumerate(plan.jobs):
        fingerprint = identity.fingerprint(
            project=plan.project,
            job=job.name,
            machine=str(job.machine),
            public=inputs.public(job, context, jobs),
            needs={need: ended[need] for need in job.needs},
        )
        name = identity.execution_name(plan.project, job.name, fingerprint, run_id=None, attempt=1)
        ended[job.name] = NeedOutcome(name, "succeeded")
        began = BEGAN + timedelta(seconds=number)
        done = ExecutionStatus.SUCCEEDED
        arn = job.machine.execution(name)
        found.setdefault(job.machine, []).insert(
            0, Execution(arn, name, done, done.value, began, began + timedelta(minutes=1))
        )
    return {machine: History(tuple(some), len(some)) for machine, some in found.items()}


def main() -> None:
    """Print the figures and the growth."""
    print_machine()
    with tempfile.TemporaryDirectory() as scratch:
        small, large = Path(scratch, "small"), Path(scratch, "large")
        for folder, jobs in ((small, 1_000), (large, 10_000)):
            folder.mkdir()
            write_project(folder, jobs)
        validate = run([STEPFLEET, "validate", str(small)])
        verdict("validate 1,000 jobs in 100 files", validate.wall, 2, " s")
        few = run([STEPFLEET, "plan", "--offline", str(small)])
        many = run([STEPFLEET, "plan", "--offline", str(large)], runs=3)
        print(f"plan --offline 1,000 jobs: {few.wall:.2f} s, {few.peak:.0f} MiB")
        verdict("plan --offline 10,000 jobs", many.wall, 15, " s")
        verdict("plan --offline 10,000 jobs, peak", many.peak, 500 / 1.048576, " MiB")
        verdict("growth from 1,000 to 10,000, times linear", many.wall / few.wall / 10, 1.2)
        decide_again(large)


if __name__ == "__main__":
    main()
