"""Stopping, and what the service says after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runner.errors import AccessDenied, NotFound, ProviderError, Rejected
from runner.provider import ExecutionStatus, Started, StartRequest
from tests.fake_aws import (
    LOST,
    RUNS_ON,
    SERVER_FAULT,
    THROTTLED,
    ApiError,
    FakeAws,
    Fault,
    SteppedClock,
    denied,
)
from tests.fake_aws.fixtures import arn, aws_environment, clock, fake, provider

if TYPE_CHECKING:
    from runner.step_functions import StepFunctions

__all__ = ["aws_environment", "clock", "fake", "provider"]

ERROR = "Stepfleet.Cancelled"
CAUSE = "Stepfleet: the apply was interrupted"


@pytest.fixture
def running(fake: FakeAws, provider: StepFunctions) -> str:
    fake.machine("orders", RUNS_ON)
    started = provider.start(StartRequest(arn(fake, "orders"), "orders-1", "{}"))
    assert isinstance(started, Started)
    return started.arn


def test_a_stop_gives_error_and_cause_and_tells_how_it_is_then(
    fake: FakeAws, provider: StepFunctions, running: str
) -> None:
    provider.stop(running, error=ERROR, cause=CAUSE)
    stopped = provider.look(running)
    assert stopped.status is ExecutionStatus.ABORTED
    assert (stopped.error, stopped.cause) == (ERROR, CAUSE)
    assert fake.requests("StopExecution") == [
        {"executionArn": running, "error": ERROR, "cause": CAUSE}
    ]


def test_long_errors_and_causes_are_cut_to_what_the_service_takes(
    fake: FakeAws, provider: StepFunctions, running: str
) -> None:
    provider.stop(running, error="e" * 300, cause="c" * 40_000)
    sent = fake.requests("StopExecution")[0]
    assert (len(sent["error"]), len(sent["cause"])) == (256, 32_768)


def test_one_that_has_ended_is_told_as_it_ended(
    fake: FakeAws, provider: StepFunctions, running: str
) -> None:
    fake.world.finish(running)
    provider.stop(running, error=ERROR, cause=CAUSE)
    assert provider.look(running).status is ExecutionStatus.SUCCEEDED


def test_one_that_the_service_refuses_to_stop_is_described(
    fake: FakeAws, provider: StepFunctions, running: str
) -> None:
    fake.world.finish(running)
    fake.faults.add("StopExecution", Fault(ApiError("ValidationException", "it has ended")))
    provider.stop(running, error=ERROR, cause=CAUSE)
    assert provider.look(running).status is ExecutionStatus.SUCCEEDED


@pytest.mark.parametrize("fault", [THROTTLED, SERVER_FAULT, denied("states:DescribeExecution")])
def test_a_stop_that_was_taken_has_not_failed_though_nobody_can_see_it(
    fake: FakeAws, provider: StepFunctions, running: str, clock: SteppedClock, fault: Fault
) -> None:
    fake.faults.add("DescribeExecution", fault)
    provider.stop(running, error=ERROR, cause=CAUSE)
    assert fake.world.executions[running].status(clock.now()) == "ABORTED"
    before = clock.now()
    with pytest.raises(ProviderError):
        provider.look(running)
    assert clock.now() - before <= 5


def test_a_stop_that_is_refused_while_nobody_can_see_it_is_an_error(
    fake: FakeAws, provider: StepFunctions, running: str
) -> None:
    fake.faults.add("StopExecution", Fault(ApiError("ValidationException", "no")))
    fake.faults.add("DescribeExecution", THROTTLED)
    with pytest.raises(Rejected):
        provider.stop(running, error=ERROR, cause=CAUSE)


def test_one_that_goes_on_running_though_its_stop_is_refused_is_an_error(
    fake: FakeAws, provider: StepFunctions, running: str
) -> None:
    fake.faults.add("StopExecution", Fault(ApiError("ValidationException", "no")))
    with pytest.raises(Rejected):
        provider.stop(running, error=ERROR, cause=CAUSE)


def test_without_rights_on_the_machines_key_it_is_stopped_without_error_and_cause(
    fake: FakeAws, provider: StepFunctions, running: str
) -> None:
    no_key = denied("kms:GenerateDataKey", "KmsAccessDeniedException")
    fake.faults.add("StopExecution", no_key, about="cause")
    fake.faults.add("DescribeExecution", no_key, calls=(1,))
    provider.stop(running, error=ERROR, cause=CAUSE)
    stopped = provider.look(running)
    assert stopped.status is ExecutionStatus.ABORTED
    assert stopped.error is None
    assert fake.requests("StopExecution")[1] == {"executionArn": running}
    assert fake.requests("DescribeExecution")[1]["includedData"] == "METADATA_ONLY"


def test_without_the_right_to_stop_it_says_so(
    fake: FakeAws, provider: StepFunctions, running: str
) -> None:
    fake.faults.add("StopExecution", denied("states:StopExecution"))
    with pytest.raises(AccessDenied, match="StopExecution on arn:aws:states"):
        provider.stop(running, error=ERROR, cause=CAUSE)


@pytest.mark.parametrize("fault", [THROTTLED, LOST])
def test_a_stop_survives_faults(
    fake: FakeAws, provider: StepFunctions, running: str, fault: Fault
) -> None:
    fake.faults.add("StopExecution", fault, calls=(1, 2))
    provider.stop(running, error=ERROR, cause=CAUSE)
    assert provider.look(running).status is ExecutionStatus.ABORTED


def test_one_that_does_not_exist_is_not_found(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders")
    with pytest.raises(NotFound):
        provider.stop(fake.world.execution_arn("orders", "none"), error=ERROR, cause=CAUSE)


def test_an_express_execution_is_never_stopped(fake: FakeAws, provider: StepFunctions) -> None:
    express = "arn:aws:states:us-east-1:123456789012:express:score:score-1:0000"
    with pytest.raises(Rejected, match="Express"):
        provider.stop(express, error=ERROR, cause=CAUSE)
    assert fake.calls == {}
