"""Executions that tests of the provider look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fake_aws import RUNS_ON, Outcome, fails
from tests.fake_aws.fixtures import arn
from tests.fake_aws.operations import start_execution

if TYPE_CHECKING:
    from tests.fake_aws import FakeAws

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
