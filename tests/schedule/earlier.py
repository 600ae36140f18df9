"""What earlier runs, and others, left on a provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner import identity, inputs
from runner.provider import StartRequest
from tests.fakes import (
    ODD,
    SUCCEEDED,
    FakeProvider,
    Fault,
    Outcome,
    Ran,
    input_,
    job,
    output,
    run,
)
from tests.fakes.world import VirtualWorld

if TYPE_CHECKING:
    from runner.errors import ProviderError
    from runner.plan import PlannedJob

ROWS = job("a", parameters=[output("rows")])
TAKES_ROWS = job("b", ["a"], parameters=[input_("rows", "${{ jobs.a.outputs.rows }}")])


def name_of(made: PlannedJob, *, attempt: int = 1) -> str:
    """The name of a first job's execution."""
    public = inputs.public(made, {"vars": {}}, {})
    hashed = identity.fingerprint(
        project="shop", job=made.name, machine=str(made.machine), public=public, needs={}
    )
    return identity.execution_name("shop", made.name, hashed, run_id=None, attempt=attempt)


def begin(provider: FakeProvider, made: PlannedJob, *, ago: float, input: str = "{}") -> str:
    """Have an execution of a first job that another run started; returns its ARN."""
    VirtualWorld(provider)
    return provider.begin(StartRequest(made.machine, name_of(made), input), ago=ago).arn


CHANGED = job("a", parameters=[input_("n", 2)])


def busy(seconds: float = 100.0) -> tuple[FakeProvider, VirtualWorld, str]:
    """A provider on which other work of job a runs."""
    provider = FakeProvider(a=[Outcome(seconds=seconds, output="{}"), SUCCEEDED])
    arn = begin(provider, job("a"), ago=60)
    return provider, VirtualWorld(provider), arn


def odd(made: str) -> Ran:
    return run(made, FakeProvider(a=ODD))


def failing(error: ProviderError, *, about: str, times: int = 10**9) -> Fault:
    left = [times]

    def fault(operation: str, of: str, nth: int) -> ProviderError | None:
        if operation != "DescribeExecution" or of != about or left[0] == 0:
            return None
        left[0] -= 1
        return error

    return fault
