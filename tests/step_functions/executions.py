"""Executions that tests of the provider look at."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from runner.step_functions import StepFunctions
from tests.fake_aws import RUNS_ON, Outcome, fails
from tests.fake_aws.fixtures import arn, clients_for, policy_in
from tests.fake_aws.operations import start_execution

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runner.retry import Policy
    from runner.step_functions import Buckets
    from tests.fake_aws import FakeAws, SteppedClock

EXPRESS = "arn:aws:states:us-east-1:123456789012:express:score:score-1:0000"

ENDS = {
    "runs": RUNS_ON,
    "succeeds": Outcome(output='{"rows":3}'),
    "fails": fails("Orders.Late", "too late"),
    "times out": Outcome("TIMED_OUT"),
    "is stopped": Outcome("ABORTED", error="Stepfleet.Cancelled", cause="by hand"),
}


def start(fake: FakeAws, count: int, machine: str = "orders", first: int = 0) -> list[str]:
    """Start executions behind the provider's back, in order."""
    return [
        start_execution(
            fake.world,
            {"stateMachineArn": str(arn(fake, machine)), "name": f"{machine}-{n}", "input": "{}"},
        )["executionArn"]
        for n in range(first, first + count)
    ]


@contextmanager
def limited(
    fake: FakeAws, clock: SteppedClock, buckets: Buckets, policy: Policy | None = None
) -> Iterator[StepFunctions]:
    """A provider that keeps under quotas, in the fake's time."""
    chosen = policy or policy_in(clock)
    provider = StepFunctions(
        clients_for(fake), policy=chosen, stop_policy=chosen, threads=4, buckets=buckets
    )
    try:
        yield provider
    finally:
        provider.close()
