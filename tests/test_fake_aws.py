"""The fake keeps Step Functions' own rules, so that tests against it mean something."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from runner.aws import clients, session
from runner.identity import execution_name
from tests.fake_aws import RUNS_ON, SUCCEEDS, THROTTLED, FakeAws, Outcome, SteppedClock, fails
from tests.fake_aws.clients import client, code_of
from tests.fake_aws.fixtures import REGION, aws_environment, clock, fake

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mypy_boto3_stepfunctions import SFNClient

__all__ = ["aws_environment", "client", "clock", "fake"]


def test_time_passes_only_when_it_is_stepped(
    fake: FakeAws, client: SFNClient, clock: SteppedClock
) -> None:
    machine = fake.machine("orders", Outcome(duration=30))
    arn = fake.world.machine_arn(machine.name)
    started = client.start_execution(stateMachineArn=arn, name="a")["executionArn"]
    assert client.describe_execution(executionArn=started)["status"] == "RUNNING"
    clock.step(29)
    assert client.describe_execution(executionArn=started)["status"] == "RUNNING"
    clock.step(1)
    ended = client.describe_execution(executionArn=started)
    assert ended["status"] == "SUCCEEDED"
    assert (ended["stopDate"] - ended["startDate"]).total_seconds() == 30


def test_a_name_may_be_used_again_only_while_it_runs_with_the_same_input(
    fake: FakeAws, client: SFNClient, clock: SteppedClock
) -> None:
    fake.machine("orders", Outcome(duration=30))
    arn = fake.world.machine_arn("orders")
    first = client.start_execution(stateMachineArn=arn, name="a", input="{}")
    again = client.start_execution(stateMachineArn=arn, name="a", input="{}")
    assert (first["executionArn"], first["startDate"]) == (
        again["executionArn"],
        again["startDate"],
    )
    with pytest.raises(ClientError) as other_input:
        client.start_execution(stateMachineArn=arn, name="a", input="[]")
    clock.step(30)
    with pytest.raises(ClientError) as closed:
        client.start_execution(stateMachineArn=arn, name="a", input="{}")
    assert {code_of(other_input), code_of(closed)} == {"ExecutionAlreadyExists"}


def test_a_list_comes_in_pages_newest_first_though_more_are_started_between(
    fake: FakeAws, client: SFNClient
) -> None:
    fake.machine("orders", RUNS_ON)
    arn = fake.world.machine_arn("orders")
    for number in range(25):
        client.start_execution(stateMachineArn=arn, name=f"e{number}")
    page = client.list_executions(stateMachineArn=arn, maxResults=10)
    client.start_execution(stateMachineArn=arn, name="newer")
    names = [row["name"] for row in page["executions"]]
    while "nextToken" in page:
        page = client.list_executions(
            stateMachineArn=arn, maxResults=10, nextToken=page["nextToken"]
        )
        names += [row["name"] for row in page["executions"]]
    assert names == [f"e{number}" for number in reversed(range(25))]


def test_a_list_can_be_of_one_status(fake: FakeAws, client: SFNClient) -> None:
    fake.machine("orders", {"bad": fails(), "on": RUNS_ON})
    arn = fake.world.machine_arn("orders")
    for name in ("good", "bad", "on"):
        client.start_execution(stateMachineArn=arn, name=name)
    for status, name in (("SUCCEEDED", "good"), ("FAILED", "bad"), ("RUNNING", "on")):
        rows = client.list_executions(stateMachineArn=arn, statusFilter=status)["executions"]  # type: ignore[arg-type]
        assert [row["name"] for row in rows] == [name]


def test_outcomes_may_follow_one_another(fake: FakeAws, client: SFNClient) -> None:
    fake.machine("orders", [fails(), Outcome(output="[1]")])
    arn = fake.world.machine_arn("orders")
    ended = []
    for name in ("a", "b", "c"):
        started = client.start_execution(stateMachineArn=arn, name=name)["executionArn"]
        ended.append(client.describe_execution(executionArn=started)["status"])
    assert ended == ["FAILED", "SUCCEEDED", "SUCCEEDED"]


def test_history_machines_versions_and_aliases_can_be_read(
    fake: FakeAws, client: SFNClient
) -> None:
    fake.machine("orders", versions=(1, 2), aliases={"live": {1: 100}})
    fake.machine("stock", fails())
    arn = fake.world.machine_arn("stock")
    started = client.start_execution(stateMachineArn=arn, name="a")["executionArn"]
    events = client.get_execution_history(executionArn=started)["events"]
    assert [event["type"] for event in events] == ["ExecutionStarted", "ExecutionFailed"]
    assert [row["name"] for row in client.list_state_machines()["stateMachines"]] == [
        "orders",
        "stock",
    ]
    orders = fake.world.machine_arn("orders")
    versions = client.list_state_machine_versions(stateMachineArn=orders)["stateMachineVersions"]
    aliases = client.list_state_machine_aliases(stateMachineArn=orders)["stateMachineAliases"]
    assert [row["stateMachineVersionArn"] for row in versions] == [f"{orders}:2", f"{orders}:1"]
    assert [row["stateMachineAliasArn"] for row in aliases] == [f"{orders}:live"]


def test_a_fault_hits_the_calls_that_it_is_for(fake: FakeAws, client: SFNClient) -> None:
    fake.machine("orders")
    fake.faults.add("StartExecution", THROTTLED, calls=(2,), about="chosen")
    arn = fake.world.machine_arn("orders")
    client.start_execution(stateMachineArn=arn, name="chosen-1")
    client.start_execution(stateMachineArn=arn, name="other")
    with pytest.raises(ClientError) as raised:
        client.start_execution(stateMachineArn=arn, name="chosen-2")
    assert code_of(raised) == "ThrottlingException"
    assert set(fake.world.starts) == {"chosen-1", "other"}


def test_it_runs_in_a_process_of_its_own(aws_environment: None) -> None:
    command = [sys.executable, "-m", "tests.fake_aws", "--port", "0", "--express", "score"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        ready = clients(session(REGION), endpoint_url=url, threads=1)
        head = "arn:aws:states:us-east-1:123456789012:stateMachine"
        ready.call.start_execution(stateMachineArn=f"{head}:any", name="a")
        ended = ready.express.start_sync_execution(stateMachineArn=f"{head}:score", name="a")
        assert ended["status"] == "SUCCEEDED"
        with urllib.request.urlopen(f"{url}/calls") as answer:
            assert json.load(answer) == {"StartExecution": 1, "StartSyncExecution": 1}
        for one in (ready.call, ready.express, ready.stop):
            one.close()
        process.terminate()


def names_in(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    return [row["name"] for row in rows]


def test_a_list_is_sorted_by_the_ends_of_what_ended_and_the_starts_of_what_runs(
    fake: FakeAws, client: SFNClient
) -> None:
    fake.machine("orders")
    arn = fake.world.machine_arn("orders")
    for name, ago, duration in (("long", 100.0, 90.0), ("short", 50.0, 5.0), ("on", 30.0, 999.0)):
        fake.world.past("orders", name, ago=ago, outcome=Outcome(duration=duration))
    rows = client.list_executions(stateMachineArn=arn)["executions"]
    assert names_in(rows) == ["long", "on", "short"]


def test_a_crowd_is_listed_among_the_others_by_its_times(fake: FakeAws, client: SFNClient) -> None:
    fake.machine("orders")
    arn = fake.world.machine_arn("orders")
    fake.world.crowd("orders", 1_000_000, every=10, ago=5)
    for ago in (0, 12, 30):
        fake.world.past("orders", f"e{ago}", ago=ago)
    token: dict[str, Any] = {}
    names: list[str] = []
    for _ in range(3):
        page = client.list_executions(stateMachineArn=arn, maxResults=3, **token)
        names += names_in(page["executions"])
        token = {"nextToken": page["nextToken"]}
    others = [f"other-{number}" for number in range(1_000_000, 999_994, -1)]
    assert names == ["e0", others[0], "e12", others[1], others[2], "e30", *others[3:]]


def test_a_start_by_alias_is_one_of_its_heaviest_version(fake: FakeAws, client: SFNClient) -> None:
    fake.machine("orders", versions=(1, 2), aliases={"live": {1: 80, 2: 20}})
    arn = fake.world.machine_arn("orders")
    for qualifier in ("live", "2"):
        client.start_execution(stateMachineArn=f"{arn}:{qualifier}", name=f"by-{qualifier}")
    client.start_execution(stateMachineArn=arn, name="by-none")
    keys = ("stateMachineVersionArn", "stateMachineAliasArn")
    rows = {row["name"]: row for row in client.list_executions(stateMachineArn=arn)["executions"]}
    wanted: dict[str, tuple[str | None, str | None]] = {
        "by-live": (f"{arn}:1", f"{arn}:live"),
        "by-2": (f"{arn}:2", None),
        "by-none": (None, None),
    }
    for name, routed in wanted.items():
        described = client.describe_execution(executionArn=rows[name]["executionArn"])
        assert tuple(rows[name].get(key) for key in keys) == routed
        assert tuple(described.get(key) for key in keys) == routed
    for qualifier, names in (("live", ["by-live"]), ("2", ["by-2"]), ("1", ["by-live"])):
        listed = client.list_executions(stateMachineArn=f"{arn}:{qualifier}")["executions"]
        assert names_in(listed) == names


def test_an_execution_keeps_the_revision_of_its_start(
    fake: FakeAws, client: SFNClient, clock: SteppedClock
) -> None:
    fake.machine("orders", revision="r-1")
    arn = fake.world.machine_arn("orders")
    before = client.start_execution(stateMachineArn=arn, name="before")["executionArn"]
    clock.step(60)
    fake.world.update("orders", "r-2")
    after = client.start_execution(stateMachineArn=arn, name="after")["executionArn"]
    old, new = (
        client.describe_state_machine_for_execution(executionArn=one) for one in (before, after)
    )
    assert (old["revisionId"], new["revisionId"]) == ("r-1", "r-2")
    assert (new["updateDate"] - old["updateDate"]).total_seconds() == 60


def test_what_ended_is_forgotten_after_its_retention_and_its_name_is_free(
    fake: FakeAws, client: SFNClient, clock: SteppedClock
) -> None:
    fake.machine("orders", {"on": RUNS_ON, "done": Outcome(duration=10)})
    fake.world.retention = 100
    arn = fake.world.machine_arn("orders")
    done = client.start_execution(stateMachineArn=arn, name="done")["executionArn"]
    client.start_execution(stateMachineArn=arn, name="on")
    clock.step(109)
    assert client.describe_execution(executionArn=done)["status"] == "SUCCEEDED"
    clock.step(1)
    with pytest.raises(ClientError) as gone:
        client.describe_execution(executionArn=done)
    assert code_of(gone) == "ExecutionDoesNotExist"
    assert names_in(client.list_executions(stateMachineArn=arn)["executions"]) == ["on"]
    client.start_execution(stateMachineArn=arn, name="done", input="[]")
    assert fake.world.starts == {"on": 1, "done": 1}


def test_what_vanished_is_still_listed_until_its_name_is_taken_again(
    fake: FakeAws, client: SFNClient, clock: SteppedClock
) -> None:
    fake.machine("orders")
    arn = fake.world.machine_arn("orders")
    first = client.start_execution(stateMachineArn=arn, name="a")
    fake.world.vanish(first["executionArn"])
    with pytest.raises(ClientError) as gone:
        client.describe_execution(executionArn=first["executionArn"])
    assert code_of(gone) == "ExecutionDoesNotExist"
    assert names_in(client.list_executions(stateMachineArn=arn)["executions"]) == ["a"]
    clock.step(1)
    again = client.start_execution(stateMachineArn=arn, name="a")
    assert again["startDate"] != first["startDate"]
    assert names_in(client.list_executions(stateMachineArn=arn)["executions"]) == ["a"]


def test_a_script_may_tell_jobs_and_attempts_apart(fake: FakeAws, client: SFNClient) -> None:
    fake.machine(
        "orders",
        lambda start: fails() if (start.job, start.attempt) == ("load_all", 1) else SUCCEEDS,
    )
    arn = fake.world.machine_arn("orders")
    for job, attempt in (("load_all", 1), ("load_all", 2), ("merge", 1)):
        name = execution_name("shop", job, "f" * 20, run_id=None, attempt=attempt)
        client.start_execution(stateMachineArn=arn, name=name)
    rows = client.list_executions(stateMachineArn=arn)["executions"]
    assert [row["status"] for row in rows] == ["SUCCEEDED", "SUCCEEDED", "FAILED"]


def test_it_may_be_left_as_soon_as_it_was_entered() -> None:
    for _ in range(50):
        with FakeAws():
            pass
