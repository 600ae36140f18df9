"""Express executions: run to their end in one call that is sent once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runner.arns import is_express
from runner.aws import clients, session
from runner.errors import Rejected, Throttled, Transient, Unreachable
from runner.provider import ExecutionStatus, StartRequest
from tests.fake_aws import (
    DROPPED,
    LOST,
    SERVER_FAULT,
    THROTTLED,
    UNAVAILABLE,
    FakeAws,
    Fault,
    Outcome,
    SteppedClock,
    fails,
)
from tests.fake_aws.fixtures import (
    REGION,
    arn,
    aws_environment,
    clock,
    closed_port,
    connected,
    fake,
    policy_in,
    provider,
)

if TYPE_CHECKING:
    from runner.step_functions import StepFunctions

__all__ = ["aws_environment", "clock", "fake", "provider"]


def request(fake: FakeAws, machine: str = "score") -> StartRequest:
    return StartRequest(arn(fake, machine), "score-1", '{"day":1}', "Root=1-2-3")


def test_it_runs_to_its_end_and_gives_its_output(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("score", Outcome(output='{"rows":3}', duration=2.0), type="EXPRESS")
    ended = provider.run_express(request(fake), idempotent=False)
    assert ended.status is ExecutionStatus.SUCCEEDED
    assert ended.output == '{"rows":3}'
    assert is_express(ended.arn)
    assert ended.name == "score-1"
    assert ended.started_at is not None
    assert ended.stopped_at is not None
    assert (ended.stopped_at - ended.started_at).total_seconds() == 2.0
    assert fake.requests("StartSyncExecution")[0]["traceHeader"] == "Root=1-2-3"


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (fails("Score.Low", "too low"), ExecutionStatus.FAILED),
        (Outcome("TIMED_OUT", error="States.Timeout"), ExecutionStatus.TIMED_OUT),
        (Outcome("EXPLODED"), ExecutionStatus.UNRECOGNISED),
    ],
)
def test_an_answer_is_no_success_unless_its_status_says_so(
    fake: FakeAws, provider: StepFunctions, outcome: Outcome, status: ExecutionStatus
) -> None:
    fake.machine("score", outcome, type="EXPRESS")
    ended = provider.run_express(request(fake), idempotent=False)
    assert ended.status is status
    assert ended.raw_status == outcome.status
    assert (ended.error, ended.cause, ended.output) == (outcome.error, outcome.cause, None)


@pytest.mark.parametrize("fault", [LOST, DROPPED, SERVER_FAULT, UNAVAILABLE])
def test_after_an_ambiguous_fault_it_is_not_sent_again(
    fake: FakeAws, provider: StepFunctions, fault: Fault
) -> None:
    fake.machine("score", type="EXPRESS")
    fake.faults.add("StartSyncExecution", fault, calls=(1,))
    with pytest.raises(Transient):
        provider.run_express(request(fake), idempotent=False)
    assert fake.calls["StartSyncExecution"] == 1


@pytest.mark.parametrize("fault", [LOST, DROPPED, SERVER_FAULT])
def test_an_idempotent_one_is_sent_again(
    fake: FakeAws, provider: StepFunctions, fault: Fault
) -> None:
    fake.machine("score", type="EXPRESS")
    fake.faults.add("StartSyncExecution", fault, calls=(1,))
    assert provider.run_express(request(fake), idempotent=True).status.value == "SUCCEEDED"


def test_one_that_was_turned_away_is_sent_again(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("score", type="EXPRESS")
    fake.faults.add("StartSyncExecution", THROTTLED, calls=(1, 2))
    provider.run_express(request(fake), idempotent=False)
    assert fake.world.starts == {"score-1": 1}


def test_one_that_is_always_turned_away_did_not_run(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("score", type="EXPRESS")
    fake.faults.add("StartSyncExecution", THROTTLED)
    with pytest.raises(Throttled):
        provider.run_express(request(fake), idempotent=False)
    assert fake.world.starts == {}


def test_an_idempotent_one_that_is_turned_away_after_a_lost_answer_may_have_run(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("score", type="EXPRESS")
    fake.faults.add("StartSyncExecution", LOST, calls=(1,))
    fake.faults.add("StartSyncExecution", THROTTLED, calls=range(2, 1000))
    with pytest.raises(Transient, match="may have taken effect"):
        provider.run_express(request(fake), idempotent=True)


@pytest.mark.parametrize("fault", [THROTTLED, DROPPED])
def test_it_is_not_sent_again_after_the_time_given_for_it(
    fake: FakeAws, provider: StepFunctions, clock: SteppedClock, fault: Fault
) -> None:
    fake.machine("score", type="EXPRESS")
    fake.faults.add("StartSyncExecution", fault)
    before = clock.now()
    with pytest.raises((Throttled, Transient)):
        provider.run_express(request(fake), idempotent=True, within=5.0)
    assert fake.calls["StartSyncExecution"] > 1
    assert clock.now() - before <= 5


def test_where_nobody_listens_it_did_not_run(fake: FakeAws, clock: SteppedClock) -> None:
    ready = clients(session(REGION), endpoint_url=closed_port(), threads=1)
    with connected(ready, policy_in(clock)) as provider, pytest.raises(Unreachable):
        provider.run_express(request(fake), idempotent=False)


def test_a_standard_machine_is_refused_by_the_service(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("score")
    with pytest.raises(Rejected, match="StateMachineTypeNotSupported"):
        provider.run_express(request(fake), idempotent=False)


def test_a_custom_endpoint_gets_no_host_prefix(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("score", type="EXPRESS")
    provider.run_express(request(fake), idempotent=False)
    assert fake.hosts == {fake.url.removeprefix("http://")}
