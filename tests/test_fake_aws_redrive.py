"""The fake redrives executions and tells their history as Step Functions does."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.model import ListShape, Shape, StructureShape

from tests.fake_aws import RUNS_ON, SUCCEEDS, FakeAws, Outcome, SteppedClock, fails
from tests.fake_aws.clients import client, code_of, started
from tests.fake_aws.fixtures import aws_environment, clock, fake

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

__all__ = ["aws_environment", "client", "clock", "fake"]

DAY = 86_400.0
TIMED_OUT = Outcome("TIMED_OUT", error="States.Timeout")


def kinds(client: SFNClient, arn: str, **options: Any) -> list[str]:
    events = client.get_execution_history(executionArn=arn, **options)["events"]
    return [event["type"] for event in events]


def test_a_redrive_goes_on_under_the_same_arn_and_counts(
    fake: FakeAws, client: SFNClient, clock: SteppedClock
) -> None:
    fake.machine("orders", fails(then=Outcome(output="[1]", duration=10)))
    arn = started(fake, client, "orders", "a")
    clock.step(60)
    redriven = client.redrive_execution(executionArn=arn)["redriveDate"]
    running = client.describe_execution(executionArn=arn)
    assert (running["status"], running["redriveCount"]) == ("RUNNING", 1)
    assert running["redriveDate"] == redriven
    assert "stopDate" not in running
    clock.step(10)
    ended = client.describe_execution(executionArn=arn)
    assert (ended["status"], ended["output"], ended["redriveCount"]) == ("SUCCEEDED", "[1]", 1)
    assert (ended["stopDate"] - ended["startDate"]).total_seconds() == 70
    (row,) = client.list_executions(stateMachineArn=fake.world.machine_arn("orders"))["executions"]
    assert (row["status"], row["redriveCount"], row["redriveDate"]) == ("SUCCEEDED", 1, redriven)
    assert fake.world.starts == {"a": 1}
    assert fake.world.redrives == {"a": 1}


@pytest.mark.parametrize("outcome", [fails(), TIMED_OUT])
def test_what_has_no_other_outcome_ends_in_the_same_way_again(
    fake: FakeAws, client: SFNClient, outcome: Outcome
) -> None:
    fake.machine("orders", outcome)
    arn = started(fake, client, "orders", "a")
    for number in range(1, 4):
        client.redrive_execution(executionArn=arn)
        seen = client.describe_execution(executionArn=arn)
        assert (seen["status"], seen["redriveCount"]) == (outcome.status, number)


def test_a_function_is_asked_again_for_each_redrive(fake: FakeAws, client: SFNClient) -> None:
    fake.machine("orders", lambda start: SUCCEEDS if start.redrives == 2 else fails())
    arn = started(fake, client, "orders", "a")
    statuses = [client.describe_execution(executionArn=arn)["status"]]
    for _ in range(2):
        client.redrive_execution(executionArn=arn)
        statuses.append(client.describe_execution(executionArn=arn)["status"])
    assert statuses == ["FAILED", "FAILED", "SUCCEEDED"]


def test_a_stopped_execution_goes_on_with_what_it_was_doing(
    fake: FakeAws, client: SFNClient, clock: SteppedClock
) -> None:
    fake.machine("orders", Outcome(duration=30))
    arn = started(fake, client, "orders", "a")
    client.stop_execution(executionArn=arn, error="E", cause="c")
    client.redrive_execution(executionArn=arn)
    assert client.describe_execution(executionArn=arn)["status"] == "RUNNING"
    clock.step(30)
    assert client.describe_execution(executionArn=arn)["status"] == "SUCCEEDED"


def test_the_same_token_is_the_same_redrive(
    fake: FakeAws, client: SFNClient, clock: SteppedClock
) -> None:
    fake.machine("orders", fails())
    arn = started(fake, client, "orders", "a")
    first = client.redrive_execution(executionArn=arn, clientToken="t")
    clock.step(60)
    again = client.redrive_execution(executionArn=arn, clientToken="t")
    assert again["redriveDate"] == first["redriveDate"]
    assert client.describe_execution(executionArn=arn)["redriveCount"] == 1
    client.redrive_execution(executionArn=arn, clientToken="u")
    assert client.describe_execution(executionArn=arn)["redriveCount"] == 2


def test_a_token_is_forgotten_after_a_quarter_of_an_hour_and_after_ten_others(
    fake: FakeAws, client: SFNClient, clock: SteppedClock
) -> None:
    fake.machine("orders", fails())
    arn = started(fake, client, "orders", "a")
    client.redrive_execution(executionArn=arn, clientToken="t")
    clock.step(901)
    client.redrive_execution(executionArn=arn, clientToken="t")
    for number in range(10):
        client.redrive_execution(executionArn=arn, clientToken=f"other-{number}")
    client.redrive_execution(executionArn=arn, clientToken="t")
    assert fake.world.redrives == {"a": 13}


def test_what_runs_succeeded_is_marked_or_too_old_is_not_redriven(
    fake: FakeAws, client: SFNClient, clock: SteppedClock
) -> None:
    marked = Outcome("FAILED", redrivable=False)
    fake.machine("orders", {"on": RUNS_ON, "marked": marked})
    arns = {name: started(fake, client, "orders", name) for name in ("on", "good", "marked")}
    arns["old"] = fake.world.past("orders", "old", ago=14 * DAY + 1, outcome=fails()).arn
    for arn in arns.values():
        with pytest.raises(ClientError) as raised:
            client.redrive_execution(executionArn=arn)
        assert code_of(raised) == "ExecutionNotRedrivable"
        seen = client.describe_execution(executionArn=arn)
        assert (seen["redriveStatus"], seen["redriveCount"]) == ("NOT_REDRIVABLE", 0)
        assert seen["redriveStatusReason"]
    late = fake.world.past("orders", "late", ago=14 * DAY, outcome=fails()).arn
    assert client.describe_execution(executionArn=late)["redriveStatus"] == "REDRIVABLE"
    client.redrive_execution(executionArn=late)
    with pytest.raises(ClientError) as unknown:
        client.redrive_execution(executionArn=f"{late}-x")
    assert code_of(unknown) == "ExecutionDoesNotExist"


def test_a_redrive_is_seen_late_and_never_later_than_the_bound(
    fake: FakeAws, client: SFNClient, clock: SteppedClock
) -> None:
    fake.world.redrive_lag = (1, 5)
    fake.machine("orders", fails(then=RUNS_ON))
    machine = fake.world.machine_arn("orders")
    arn = started(fake, client, "orders", "a")
    client.redrive_execution(executionArn=arn, clientToken="t")
    for seconds, wanted in ((0.99, ("FAILED", 0)), (4.01, ("RUNNING", 1))):
        clock.step(seconds)
        described = client.describe_execution(executionArn=arn)
        (row,) = client.list_executions(stateMachineArn=machine)["executions"]
        assert (described["status"], described["redriveCount"]) == wanted
        assert (row["status"], row["redriveCount"]) == wanted
        assert len(kinds(client, arn)) == (2 if wanted[1] == 0 else 3)


def test_a_history_tells_what_went_in_what_failed_and_what_came_out(
    fake: FakeAws, client: SFNClient, clock: SteppedClock
) -> None:
    fake.machine("orders", fails("Boom", "why", then=Outcome(output='{"rows": 3}', duration=5)))
    arn = started(fake, client, "orders", "a")
    clock.step(1)
    client.redrive_execution(executionArn=arn)
    assert kinds(client, arn) == ["ExecutionStarted", "ExecutionFailed", "ExecutionRedriven"]
    clock.step(5)
    begun, failed, redriven, ended = client.get_execution_history(executionArn=arn)["events"]
    assert begun["executionStartedEventDetails"]["input"] == '{"n": 1}'
    assert failed["executionFailedEventDetails"] == {"error": "Boom", "cause": "why"}
    assert redriven["executionRedrivenEventDetails"] == {"redriveCount": 1}
    assert ended["executionSucceededEventDetails"] == {
        "output": '{"rows": 3}',
        "outputDetails": {"truncated": False},
    }
    assert (ended["timestamp"] - begun["timestamp"]).total_seconds() == 6
    assert [one["id"] for one in (begun, failed, redriven, ended)] == [1, 2, 3, 4]


def test_the_newest_event_alone_tells_how_an_execution_ended(
    fake: FakeAws, client: SFNClient
) -> None:
    fake.machine("orders", {"late": TIMED_OUT, "on": RUNS_ON, "stopped": RUNS_ON})
    arns = {name: started(fake, client, "orders", name) for name in ("late", "on", "stopped")}
    client.stop_execution(executionArn=arns["stopped"], error="E", cause="c")
    newest = {
        name: client.get_execution_history(executionArn=arn, reverseOrder=True, maxResults=1)
        for name, arn in arns.items()
    }
    last = {name: answer["events"][0] for name, answer in newest.items()}
    assert last["late"]["executionTimedOutEventDetails"] == {"error": "States.Timeout"}
    assert last["stopped"]["executionAbortedEventDetails"] == {"error": "E", "cause": "c"}
    assert last["on"]["type"] == "ExecutionStarted"
    assert ("nextToken" in newest["late"], "nextToken" in newest["on"]) == (True, False)


def test_a_history_comes_in_pages_and_without_payloads(fake: FakeAws, client: SFNClient) -> None:
    fake.machine("orders", fails(then=SUCCEEDS))
    arn = started(fake, client, "orders", "a")
    client.redrive_execution(executionArn=arn)
    whole = kinds(client, arn)
    pages = client.get_paginator("get_execution_history").paginate(
        executionArn=arn, includeExecutionData=False, PaginationConfig={"PageSize": 1}
    )
    events = [event for page in pages for event in page["events"]]
    assert [event["type"] for event in events] == whole
    assert kinds(client, arn, reverseOrder=True) == whole[::-1]
    assert "input" not in events[0]["executionStartedEventDetails"]
    assert "output" not in events[-1]["executionSucceededEventDetails"]


def fits(answer: Any, shape: Shape, where: str) -> list[str]:
    """Where an answer has what the service's model doesn't have, or lacks what it requires."""
    if isinstance(shape, StructureShape):
        unknown = [f"{where}: {key}?" for key in answer if key not in shape.members]
        missing = [f"{where}: no {key}" for key in shape.required_members if key not in answer]
        inner = [
            complaint
            for key, value in answer.items()
            if key in shape.members
            for complaint in fits(value, shape.members[key], f"{where}.{key}")
        ]
        return unknown + missing + inner
    if isinstance(shape, ListShape):
        return [each for one in answer for each in fits(one, shape.member, where)]
    kinds: dict[str, tuple[type, ...]] = {
        "string": (str,),
        "timestamp": (int, float),
        "boolean": (bool,),
    }
    fitting = isinstance(answer, kinds.get(shape.type_name, (int, float)))
    return [] if fitting else [f"{where}: {answer!r}"]


def post(url: str, operation: str, request: dict[str, object]) -> Any:
    headers = {"X-Amz-Target": f"AWSStepFunctions.{operation}"}
    body = json.dumps(request).encode()
    with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
        return json.load(answer)


def test_all_answers_fit_the_services_own_model(fake: FakeAws) -> None:
    model = botocore.session.get_session().get_service_model("stepfunctions", "2016-11-23")
    fake.machine("orders", fails(then=SUCCEEDS), versions=(1,), aliases={"live": {1: 100}})
    fake.machine("score", type="EXPRESS")
    machine = fake.world.machine_arn("orders")
    live = f"{machine}:live"
    arn = post(fake.url, "StartExecution", {"stateMachineArn": live, "name": "a"})["executionArn"]
    for operation, request in (
        ("StartExecution", {"stateMachineArn": machine, "name": "b", "traceHeader": "Root=1"}),
        ("DescribeExecution", {"executionArn": arn}),
        ("RedriveExecution", {"executionArn": arn, "clientToken": "t"}),
        ("DescribeExecution", {"executionArn": arn}),
        ("ListExecutions", {"stateMachineArn": machine}),
        ("GetExecutionHistory", {"executionArn": arn}),
        ("StopExecution", {"executionArn": arn}),
        ("DescribeStateMachineForExecution", {"executionArn": arn}),
        ("DescribeStateMachine", {"stateMachineArn": machine}),
        ("DescribeStateMachineAlias", {"stateMachineAliasArn": live}),
        ("ListStateMachines", {}),
        ("ListStateMachineVersions", {"stateMachineArn": machine}),
        ("ListStateMachineAliases", {"stateMachineArn": machine}),
        ("StartSyncExecution", {"stateMachineArn": fake.world.machine_arn("score")}),
    ):
        answer = post(fake.url, operation, dict(request))
        shape = model.operation_model(operation).output_shape
        assert shape is not None
        assert fits(answer, shape, operation) == []
