"""How many calls it takes to look back: counted, not timed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner import memory
from runner.identity import execution_name, job_tag
from runner.memory import UpToDate, Work
from runner.model import RunPolicy
from runner.provider import Lookback
from tests.fake_aws.fixtures import (
    arn,
    aws_environment,
    clients_for,
    clock,
    connected,
    fake,
    policy_in,
    provider,
)

if TYPE_CHECKING:
    from runner.step_functions import StepFunctions
    from tests.fake_aws import FakeAws, SteppedClock

__all__ = ["aws_environment", "clock", "fake", "provider"]

MACHINES = 50
JOBS = 200
FINGERPRINT = "f" * 20
HOUR = 3600.0

ON_MACHINE = {
    f"machine-{machine}": [f"job_{machine}_{number}" for number in range(JOBS)]
    for machine in range(MACHINES)
}


def seed(fake: FakeAws, *, others: int = 0) -> None:
    """Ten thousand jobs that each ran within the last hours, and others that start more often."""
    for machine, jobs in ON_MACHINE.items():
        fake.machine(machine)
        for number, job in enumerate(jobs):
            name = execution_name("shop", job, FINGERPRINT, run_id=None, attempt=1)
            fake.world.past(machine, name, ago=HOUR + 10 * number)
        if others:
            fake.world.crowd(machine, others, every=4)


def lookbacks(fake: FakeAws) -> list[Lookback]:
    return [
        Lookback(arn(fake, machine), frozenset(job_tag("shop", job) for job in jobs))
        for machine, jobs in ON_MACHINE.items()
    ]


def test_whether_ten_thousand_jobs_are_up_to_date_is_told_by_fifty_calls(
    fake: FakeAws, provider: StepFunctions
) -> None:
    seed(fake)
    work = Work((FINGERPRINT,), RunPolicy.ON_CHANGE)
    verdicts = [
        memory.decide(past, work)
        for wanted, history in zip(
            lookbacks(fake), provider.recall(lookbacks(fake)).values(), strict=True
        )
        for past in memory.pasts(history, wanted.tags).values()
    ]
    assert len(verdicts) == MACHINES * JOBS
    assert all(isinstance(verdict, UpToDate) for verdict in verdicts)
    assert fake.calls == {"ListExecutions": MACHINES}


def test_busy_machines_cost_a_few_pages_each(fake: FakeAws, provider: StepFunctions) -> None:
    seed(fake, others=5_000)
    some = lookbacks(fake)[:5]
    found = provider.recall(some)
    assert all(len(history.executions) == JOBS for history in found.values())
    assert fake.calls == {"ListExecutions": 2 * len(some)}


def test_machines_of_millions_cost_no_more_than_the_bound(
    fake: FakeAws, clock: SteppedClock
) -> None:
    machines = [f"machine-{number}" for number in range(5)]
    for machine in machines:
        fake.machine(machine)
        fake.world.crowd(machine, 1_000_000, every=0.01)
        fake.world.past(machine, "by-hand", ago=9_000)
    wanted = [
        Lookback(arn(fake, machine), frozenset([job_tag("shop", "load")])) for machine in machines
    ]
    with connected(clients_for(fake), policy_in(clock), lookback=3) as provider:
        found = provider.recall(wanted)
    assert all(
        (history.executions, history.rows, history.complete) == ((), 2_000, False)
        for history in found.values()
    )
    assert fake.calls == {"ListExecutions": 3 * len(machines)}
