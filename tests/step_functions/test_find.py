"""Looking up state machines, versions and aliases."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from runner.arns import MachineArn
from runner.aws import clients, session
from runner.errors import CredentialsFailed, Throttled, Transient, Unreachable
from runner.model import MachineType
from runner.provider import FoundMachine, MissingMachine
from tests.fake_aws import EXPIRED, NOT_AWS, THROTTLED, FakeAws, SteppedClock, denied
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


def find(provider: StepFunctions, machine: MachineArn) -> FoundMachine | MissingMachine:
    return provider.find_machines([machine])[machine]


def test_a_machine_has_its_type_and_its_revision(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders", revision="r-1")
    fake.machine("score", type="EXPRESS", revision="r-2")
    orders, score = arn(fake, "orders"), arn(fake, "score")
    assert provider.find_machines([orders, score]) == {
        orders: FoundMachine(orders, MachineType.STANDARD, "r-1"),
        score: FoundMachine(score, MachineType.EXPRESS, "r-2"),
    }
    assert fake.requests("DescribeStateMachine")[0]["includedData"] == "METADATA_ONLY"


def test_a_machine_without_revision_is_known_by_its_creation(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders", revision=None)
    found = find(provider, arn(fake, "orders"))
    assert isinstance(found, FoundMachine)
    assert found.revision.startswith("created 2025-06-15T")
    assert found.revision.endswith("+00:00")


def test_a_revision_is_the_same_in_every_time_zone(
    fake: FakeAws, provider: StepFunctions, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.machine("orders", revision=None)
    here = find(provider, arn(fake, "orders"))
    try:
        with monkeypatch.context() as elsewhere:
            elsewhere.setenv("TZ", "Asia/Kathmandu")
            time.tzset()
            assert find(provider, arn(fake, "orders")) == here
    finally:
        time.tzset()


@pytest.mark.parametrize("operation", ["DescribeStateMachine", "DescribeStateMachineAlias"])
def test_an_answer_that_is_not_the_services_is_asked_for_again(
    fake: FakeAws, provider: StepFunctions, operation: str
) -> None:
    fake.machine("orders", versions=(3,), aliases={"live": {3: 100}})
    fake.faults.add(operation, NOT_AWS, calls=(1,))
    found = find(provider, arn(fake, "orders:live"))
    assert isinstance(found, FoundMachine)
    assert (found.type, found.revision) == (MachineType.STANDARD, "version 3 100%")


@pytest.mark.parametrize("operation", ["DescribeStateMachine", "DescribeStateMachineAlias"])
def test_an_endpoint_that_is_not_the_services_is_said_to_be_none(
    fake: FakeAws, provider: StepFunctions, operation: str
) -> None:
    fake.machine("orders", versions=(3,), aliases={"live": {3: 100}})
    fake.faults.add(operation, NOT_AWS)
    with pytest.raises(Transient, match="check that the endpoint is one of Step Functions"):
        find(provider, arn(fake, "orders:live"))


def test_the_revision_of_a_version_is_its_arn(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders", versions=(3,))
    version = arn(fake, "orders:3")
    assert find(provider, version) == FoundMachine(version, MachineType.STANDARD, str(version))


def test_the_revision_of_an_alias_is_where_it_leads(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders", versions=(3, 12), aliases={"live": {12: 10, 3: 90}})
    found = find(provider, arn(fake, "orders:live"))
    assert isinstance(found, FoundMachine)
    assert found.revision == "version 3 90%, version 12 10%"


def test_all_aliases_of_a_machine_share_one_look_at_it(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders", versions=(1,), aliases={"live": {1: 100}, "test": {1: 100}})
    wanted = [arn(fake, name) for name in ("orders", "orders:live", "orders:test", "orders:live")]
    assert len(provider.find_machines(wanted)) == 3
    assert fake.calls == {"DescribeStateMachine": 1, "DescribeStateMachineAlias": 2}


def test_nothing_is_looked_up_for_nothing(fake: FakeAws, provider: StepFunctions) -> None:
    assert provider.find_machines([]) == {}
    assert fake.calls == {}


@pytest.mark.parametrize("name", ["nothing", "orders:9", "orders:nowhere"])
def test_what_does_not_exist_is_missing(fake: FakeAws, provider: StepFunctions, name: str) -> None:
    fake.machine("orders")
    missing = find(provider, arn(fake, name))
    assert isinstance(missing, MissingMachine)
    assert "does not exist" in missing.reason
    assert missing.way_out == "deploy it, or correct the name"


def test_a_machine_in_another_account_is_missing(fake: FakeAws, provider: StepFunctions) -> None:
    other = MachineArn("aws", REGION, "999999999999", "orders")
    fake.machine("orders")
    assert isinstance(find(provider, other), MissingMachine)


def test_a_machine_that_may_not_be_read_is_missing_and_says_why(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders")
    fake.machine("score")
    fake.faults.add("DescribeStateMachine", denied("states:DescribeStateMachine"), about="orders")
    findings = provider.find_machines([arn(fake, "orders"), arn(fake, "score")])
    missing, found = findings.values()
    assert isinstance(missing, MissingMachine)
    assert "states:DescribeStateMachine" in missing.reason
    assert missing.way_out is None
    assert isinstance(found, FoundMachine)


def test_an_alias_that_may_not_be_read_is_missing(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders", versions=(1,), aliases={"live": {1: 100}})
    fake.faults.add("DescribeStateMachineAlias", denied("states:DescribeStateMachineAlias"))
    assert isinstance(find(provider, arn(fake, "orders:live")), MissingMachine)


def test_a_machine_that_is_being_deleted_is_missing(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders", status="DELETING")
    missing = find(provider, arn(fake, "orders"))
    way_out = "wait until it is gone and deploy it anew, or use another one"
    assert missing == MissingMachine(arn(fake, "orders"), "it is being deleted", way_out)


def test_a_type_that_is_not_known_is_no_success(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders", type="QUANTUM")
    missing = find(provider, arn(fake, "orders"))
    assert isinstance(missing, MissingMachine)
    assert "QUANTUM" in missing.reason


def test_many_machines_are_found_through_throttles(fake: FakeAws, provider: StepFunctions) -> None:
    names = [f"machine-{number}" for number in range(50)]
    for name in names:
        fake.machine(name)
    fake.faults.add("DescribeStateMachine", THROTTLED, calls=range(1, 60, 2))
    findings = provider.find_machines([arn(fake, name) for name in names])
    assert all(isinstance(finding, FoundMachine) for finding in findings.values())
    assert len(findings) == 50


@pytest.mark.parametrize(("fault", "kind"), [(EXPIRED, CredentialsFailed), (THROTTLED, Throttled)])
def test_what_holds_for_every_call_is_raised(
    fake: FakeAws, provider: StepFunctions, fault: object, kind: type[Exception]
) -> None:
    fake.machine("orders")
    fake.faults.add("DescribeStateMachine", fault)  # type: ignore[arg-type]
    with pytest.raises(kind):
        find(provider, arn(fake, "orders"))


def test_an_endpoint_where_nobody_listens_is_told_soon(fake: FakeAws, clock: SteppedClock) -> None:
    ready = clients(session(REGION), endpoint_url=closed_port(), threads=1)
    with connected(ready, policy_in(clock)) as provider, pytest.raises(Unreachable):
        find(provider, arn(fake, "orders"))
    assert sum(clock.waits) <= 10
