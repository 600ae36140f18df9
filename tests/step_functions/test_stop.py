"""Stopping, and what the service says after it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from botocore.config import Config

from runner.aws import Clients, session
from runner.aws.clients import STOP_READ_SECONDS
from runner.errors import AccessDenied, NotFound, ProviderError, Rejected, Throttled, Transient
from runner.provider import ExecutionStatus, Started, StartRequest
from runner.step_functions import STOP_SECONDS, policies
from runner.step_functions.reads import LOOK_SECONDS, SOON_SECONDS
from tests.fake_aws import (
    LOST,
    NOT_AWS,
    RUNS_ON,
    SERVER_FAULT,
    THROTTLED,
    ApiError,
    FakeAws,
    Fault,
    SteppedClock,
    denied,
    slow,
)
from tests.fake_aws.fixtures import (
    REGION,
    arn,
    aws_environment,
    clients_for,
    clock,
    connected,
    fake,
    provider,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from runner.retry import Policy
    from runner.step_functions import StepFunctions

__all__ = ["aws_environment", "clock", "fake", "provider"]

ERROR = "Stepfleet.Cancelled"
CAUSE = "Stepfleet: the apply was interrupted"
A_LONG_TIME = 600.0


def stop_policy(clock: SteppedClock, time: Callable[[], float] | None = None) -> Policy:
    """The policy that stops really have, in the fake's time or in another."""
    _, real = policies()
    return replace(real, wait=clock.wait, clock=time or clock.now, draw=lambda: 1.0)


def impatient(fake: FakeAws) -> Clients:
    """Clients of which the one that stops waits for no answer for long."""
    ready = clients_for(fake)
    ready.stop.close()
    config = ready.stop.meta.config.merge(Config(read_timeout=0.05))
    opened = session(REGION)
    stop = opened.client("stepfunctions", endpoint_url=fake.url, config=config)
    return replace(ready, stop=stop)


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
    stopped = provider.observe(running)
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
    assert provider.observe(running).status is ExecutionStatus.SUCCEEDED


def test_one_that_the_service_refuses_to_stop_is_described(
    fake: FakeAws, provider: StepFunctions, running: str
) -> None:
    fake.world.finish(running)
    fake.faults.add("StopExecution", Fault(ApiError("ValidationException", "it has ended")))
    provider.stop(running, error=ERROR, cause=CAUSE)
    assert provider.observe(running).status is ExecutionStatus.SUCCEEDED


@pytest.mark.parametrize("fault", [THROTTLED, SERVER_FAULT, denied("states:DescribeExecution")])
def test_a_stop_that_was_taken_has_not_failed_though_nobody_can_see_it(
    fake: FakeAws, provider: StepFunctions, running: str, clock: SteppedClock, fault: Fault
) -> None:
    fake.faults.add("DescribeExecution", fault)
    provider.stop(running, error=ERROR, cause=CAUSE)
    assert fake.world.executions[running].status(clock.now()) == "ABORTED"
    before = clock.now()
    with pytest.raises(ProviderError):
        provider.observe(running)
    assert clock.now() - before <= LOOK_SECONDS


def test_a_stop_that_is_refused_while_nobody_can_see_it_is_soon_an_error(
    fake: FakeAws, provider: StepFunctions, running: str, clock: SteppedClock
) -> None:
    fake.faults.add("StopExecution", Fault(ApiError("ValidationException", "no")))
    fake.faults.add("DescribeExecution", THROTTLED)
    before = clock.now()
    with pytest.raises(Rejected):
        provider.stop(running, error=ERROR, cause=CAUSE)
    assert clock.now() - before <= SOON_SECONDS


def test_one_that_goes_on_running_though_its_stop_is_refused_is_an_error(
    fake: FakeAws, provider: StepFunctions, running: str
) -> None:
    fake.faults.add("StopExecution", Fault(ApiError("ValidationException", "no")))
    with pytest.raises(Rejected):
        provider.stop(running, error=ERROR, cause=CAUSE)


@pytest.mark.parametrize("code", ["KmsAccessDeniedException", "KmsInvalidStateException"])
def test_without_the_machines_key_it_is_stopped_without_error_and_cause(
    fake: FakeAws, provider: StepFunctions, running: str, code: str
) -> None:
    no_key = denied("kms:GenerateDataKey", code)
    fake.faults.add("StopExecution", no_key, about="cause")
    fake.faults.add("DescribeExecution", no_key, calls=(1,))
    provider.stop(running, error=ERROR, cause=CAUSE)
    stopped = provider.observe(running)
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
    assert provider.observe(running).status is ExecutionStatus.ABORTED
    assert fake.calls["StopExecution"] == 3


def test_a_login_page_is_not_taken_for_a_stop(
    fake: FakeAws, provider: StepFunctions, running: str
) -> None:
    fake.faults.add("StopExecution", NOT_AWS)
    with pytest.raises(Transient, match="lacks 'stopDate'"):
        provider.stop(running, error=ERROR, cause=CAUSE)


def test_a_stop_that_hangs_is_sent_again(fake: FakeAws, clock: SteppedClock, running: str) -> None:
    fake.faults.add("StopExecution", slow(A_LONG_TIME), calls=(1,))
    with connected(impatient(fake), stop_policy(clock)) as hurried:
        hurried.stop(running, error=ERROR, cause=CAUSE)
    assert fake.calls["StopExecution"] == 2
    assert fake.world.executions[running].status(clock.now()) == "ABORTED"


def test_stops_that_all_hang_hold_an_interrupt_no_longer_than_told(
    fake: FakeAws, clock: SteppedClock, running: str
) -> None:
    fake.faults.add("StopExecution", slow(A_LONG_TIME))

    def time() -> float:
        """As if each call that was sent had hung for as long as it really may."""
        return clock.now() + STOP_READ_SECONDS * fake.calls.get("StopExecution", 0)

    before = time()
    with (
        connected(impatient(fake), stop_policy(clock, time)) as hurried,
        pytest.raises(Transient, match="did not answer in time"),
    ):
        hurried.stop(running, error=ERROR, cause=CAUSE)
    assert time() - before <= STOP_SECONDS + STOP_READ_SECONDS <= 20
    assert fake.calls["StopExecution"] > 1


@pytest.mark.parametrize("key", ["allowed", "denied in the end"])
def test_a_stop_that_is_always_throttled_ends_as_soon(
    fake: FakeAws, clock: SteppedClock, running: str, key: str
) -> None:
    if key != "allowed":
        fake.faults.add("StopExecution", THROTTLED, calls=range(1, 9), about="cause")
        no_key = denied("kms:GenerateDataKey", "KmsAccessDeniedException")
        fake.faults.add("StopExecution", no_key, about="cause")
    fake.faults.add("StopExecution", THROTTLED)
    before = clock.now()
    with (
        connected(clients_for(fake), stop_policy(clock)) as throttled,
        pytest.raises(Throttled),
    ):
        throttled.stop(running, error=ERROR, cause=CAUSE)
    assert 0 < clock.now() - before <= STOP_SECONDS


def test_one_that_does_not_exist_is_not_found(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders")
    with pytest.raises(NotFound):
        provider.stop(fake.world.execution_arn("orders", "none"), error=ERROR, cause=CAUSE)


def test_an_express_execution_is_never_stopped(fake: FakeAws, provider: StepFunctions) -> None:
    express = "arn:aws:states:us-east-1:123456789012:express:score:score-1:0000"
    with pytest.raises(Rejected, match="Express"):
        provider.stop(express, error=ERROR, cause=CAUSE)
    assert fake.calls == {}
