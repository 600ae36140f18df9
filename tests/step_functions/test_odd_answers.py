"""Whatever comes with status 200: no call crashes, and none takes it for more than it says."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from runner.errors import ProviderError, Transient
from runner.provider import Execution, StartRequest
from tests.fake_aws import RUNS_ON, FakeAws, Fault, SteppedClock
from tests.fake_aws.fixtures import arn, aws_environment, clock, fake, provider
from tests.step_functions.executions import limited, start
from tests.step_functions.test_observe import without_describe

if TYPE_CHECKING:
    from collections.abc import Callable

    from runner.step_functions import StepFunctions

__all__ = ["aws_environment", "clock", "fake", "provider"]

OPERATIONS = [
    "DescribeExecution",
    "GetExecutionHistory",
    "ListExecutions",
    "RedriveExecution",
    "StartExecution",
    "StopExecution",
]
PAGES = [
    b"<html>a login page</html>",
    "<html>une page d'identit\u00e9</html>".encode("latin-1"),
    b"",
    b"{",
    b"{}",
    b"[]",
    b"null",
    b"7",
    b'"text"',
    b'{"executions": "many", "events": "many", "executionArn": 7}',
    b'{"executions": [7], "events": [7], "executionArn": ""}',
    b'{"startDate": "soon", "stopDate": "soon", "redriveDate": "soon"}',
    b'{"startDate": 1e99, "stopDate": 1e99, "redriveDate": 1e99}',
    b'{"executions": [null], "events": [null], "startDate": null, "stopDate": null}',
]


def calls_of(
    fake: FakeAws, provider: StepFunctions, historian: StepFunctions, one: str
) -> dict[str, Callable[[], object]]:
    machine = arn(fake, "orders")
    return {
        "DescribeExecution": lambda: provider.observe(one),
        "GetExecutionHistory": lambda: historian.observe(one),
        "ListExecutions": lambda: provider.survey(machine, [one]),
        "RedriveExecution": lambda: provider.redrive(one, token="t"),
        "StartExecution": lambda: provider.start(StartRequest(machine, "new", "{}")),
        "StopExecution": lambda: provider.stop(one, error="e", cause="c"),
    }


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_is_no_answer_is_a_fault_after_which_the_call_may_have_taken_effect(
    fake: FakeAws, provider: StepFunctions, clock: SteppedClock, operation: str, page: bytes
) -> None:
    fake.machine("orders", RUNS_ON)
    (one,) = start(fake, 1)
    fake.faults.add(operation, Fault(body=page))
    with limited(fake, clock, without_describe(clock)) as historian:
        call = calls_of(fake, provider, historian, one)[operation]
        with pytest.raises(Transient, match=operation):
            call()


KEYS = [
    "events",
    "executions",
    "executionArn",
    "name",
    "redriveCount",
    "redriveDate",
    "startDate",
    "status",
    "stopDate",
    "timestamp",
    "type",
    "executionSucceededEventDetails",
    "outputDetails",
    "nextToken",
    "stateMachineVersionArn",
]
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(["", "RUNNING", "SUCCEEDED", "ExecutionSucceeded", "a:b"]),
    st.text(max_size=5),
)
ANSWERS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)
    ),
    max_leaves=20,
)


def _ended(**more: object) -> bytes:
    return json.dumps({"executionArn": "a:b", "status": "SUCCEEDED", **more}).encode()


def _event(**left: object) -> bytes:
    kind = {"type": "ExecutionSucceeded", "executionSucceededEventDetails": left}
    return json.dumps({"events": [kind]}).encode()


@settings(
    deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    operation=st.sampled_from(OPERATIONS),
    body=st.one_of(
        st.binary(max_size=30), st.builds(lambda one: json.dumps(one).encode(), ANSWERS)
    ),
)
@example(operation="ListExecutions", body=b"[]")
@example(operation="DescribeExecution", body=_ended(output={"rows": 3}))
@example(operation="DescribeExecution", body=_ended(cause=["because"]))
@example(operation="DescribeExecution", body=_ended(redriveCount="many"))
@example(operation="GetExecutionHistory", body=_event(output=7))
@example(operation="GetExecutionHistory", body=_event(output=True, outputDetails=None))
def test_no_answer_whatsoever_makes_a_call_crash(
    fake: FakeAws, provider: StepFunctions, clock: SteppedClock, operation: str, body: bytes
) -> None:
    if fake.world.machine("orders") is None:
        fake.machine("orders", RUNS_ON)
    (one,) = start(fake, 1, first=fake.world.machines["orders"].begun)
    fake.faults.clear()
    fake.faults.add(operation, Fault(body=body))
    with limited(fake, clock, without_describe(clock)) as historian:
        call = calls_of(fake, provider, historian, one)[operation]
        seen: object = None
        with suppress(ProviderError):
            seen = call()
    if isinstance(seen, Execution):
        assert all(
            isinstance(text, str | None)
            for text in (seen.input, seen.output, seen.error, seen.cause)
        )
        assert isinstance(seen.redrive_count, int)
