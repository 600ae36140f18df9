"""A machine, version or alias that is not there: what may be meant is told, and nothing more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runner.arns import MachineArn
from runner.provider import FoundMachine, MissingMachine, refusal
from runner.step_functions.near import PAGES, SECONDS, alike
from tests.fake_aws import SERVER_FAULT, THROTTLED, FakeAws, Fault, SteppedClock, denied
from tests.fake_aws.fixtures import (
    REGION,
    arn,
    aws_environment,
    clients_for,
    clock,
    connected,
    fake,
    platform,
    policy_in,
    provider,
)

if TYPE_CHECKING:
    from runner.step_functions import StepFunctions

__all__ = ["aws_environment", "clock", "fake", "provider"]

LIST = "ListStateMachines"


def reason(provider: StepFunctions, machine: MachineArn) -> str:
    found = provider.find_machines([machine])[machine]
    assert isinstance(found, MissingMachine)
    return found.reason


def test_the_nearest_name_is_told(fake: FakeAws, provider: StepFunctions) -> None:
    for name in ("orders-extract", "orders-load", "billing"):
        fake.machine(name)
    assert reason(provider, arn(fake, "orders-extrct")) == (
        "it does not exist in this account and region; did you mean 'orders-extract'?"
    )


def test_nothing_is_listed_where_all_is_found(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders")
    machine = arn(fake, "orders")
    assert isinstance(provider.find_machines([machine])[machine], FoundMachine)
    assert LIST not in fake.calls


def test_all_that_is_missing_and_all_later_looks_share_one_list(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders")
    wanted = [arn(fake, name) for name in ("order", "ordesr", "bills")]
    for _ in range(2):
        provider.find_machines(wanted)
    provider.find_machines([arn(fake, "oders")])
    assert fake.calls[LIST] == 1


def test_a_list_that_is_not_allowed_is_silent_and_asked_for_once(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders")
    fake.faults.add(LIST, denied("states:ListStateMachines"))
    for name in ("order", "ordesr"):
        assert reason(provider, arn(fake, name)) == "it does not exist in this account and region"
    assert fake.calls[LIST] == 1


@pytest.mark.parametrize("fault", [THROTTLED, SERVER_FAULT, Fault(body=b"<html>login</html>")])
def test_a_list_that_fails_is_given_up_soon(
    fake: FakeAws, provider: StepFunctions, clock: SteppedClock, fault: Fault
) -> None:
    fake.machine("orders")
    fake.faults.add(LIST, fault)
    assert reason(provider, arn(fake, "order")) == "it does not exist in this account and region"
    assert sum(clock.waits) <= SECONDS


def test_of_a_long_list_some_pages_are_read(fake: FakeAws, provider: StepFunctions) -> None:
    for number in range(1000 * PAGES + 1):
        fake.machine(f"machine-{number:05}")
    assert "did you mean 'machine-00042'?" in reason(provider, arn(fake, "Machine_00042"))
    assert fake.calls[LIST] == PAGES


def test_only_machines_that_the_platform_allows_are_named(
    fake: FakeAws, clock: SteppedClock
) -> None:
    fake.machine("team-orders")
    fake.machine("their-orders")
    allowed = platform(fake.url, allow=(f"arn:aws:states:{REGION}:*:stateMachine:team-*",))
    with connected(clients_for(fake), policy_in(clock), lambda each: refusal(allowed, each)) as one:
        told = reason(one, arn(fake, "team-ordrs"))
        other = reason(one, arn(fake, "their-ordrs"))
    assert "did you mean 'team-orders'?" in told
    assert "their-orders" not in told
    assert "did you mean" not in other
    assert "no pattern of the platform 'aws' allows it" in other


def test_a_machine_of_another_account_is_told_for_one(fake: FakeAws, clock: SteppedClock) -> None:
    fake.machine("orders")
    other = MachineArn("aws", REGION, "999999999999", "orders")
    own = platform(fake.url)
    with connected(
        clients_for(fake),
        policy_in(clock),
        lambda each: refusal(own, each, fake.world.account),
    ) as one:
        assert reason(one, other) == (
            "it does not exist in this account and region: it is in the account 999999999999, "
            f"and the platform 'aws' is for {fake.world.account}"
        )
        fake.faults.add("DescribeStateMachine", denied("states:DescribeStateMachine"))
        assert f"the platform 'aws' is for {fake.world.account}" in reason(one, other)
    assert LIST not in fake.calls


def test_an_account_without_any_machine_asks_for_the_region(
    fake: FakeAws, provider: StepFunctions
) -> None:
    assert f"there is no state machine at all in {REGION}" in reason(provider, arn(fake, "orders"))


def test_the_aliases_that_there_are_are_told(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders", versions=(1,), aliases={"live": {1: 100}, "test": {1: 100}})
    fake.machine("bare")
    assert "did you mean the alias 'live'?" in reason(provider, arn(fake, "orders:liv"))
    told = reason(provider, arn(fake, "orders:production"))
    assert told.endswith("the aliases of 'orders' are 'live' and 'test'")
    assert reason(provider, arn(fake, "bare:live")).endswith("'bare' has no alias")


def test_the_versions_that_there_are_are_told(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders", versions=(2, 3, 12))
    fake.machine("score", versions=(4,))
    fake.machine("bare")
    told = reason(provider, arn(fake, "orders:9"))
    assert told.endswith("of 'orders' there are 3 versions, from 2 to 12")
    assert reason(provider, arn(fake, "score:9")).endswith("of 'score' there is version 4")
    assert reason(provider, arn(fake, "bare:9")).endswith("'bare' has no such version")
    assert "did you mean 'score'?" in reason(provider, arn(fake, "scroe:4"))


def test_of_very_many_missing_names_some_are_explained(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("machine-x")
    wanted = [arn(fake, f"machine-{number}") for number in range(60)]
    found = provider.find_machines(wanted).values()
    told = [each.reason for each in found if isinstance(each, MissingMachine)]
    assert len(told) == 60
    assert sum("did you mean 'machine-x'?" in each for each in told) == 50


def test_a_typing_mistake_is_found_among_thousands() -> None:
    names = [f"{one}-orders-{number:04}" for one in ("dev", "prod") for number in range(2500)]
    assert alike("dev-ordres-0042", names)[0] == "dev-orders-0042"


def test_a_name_that_would_play_tricks_is_written_out(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders\u202e")
    told = reason(provider, arn(fake, "orders"))
    assert "did you mean" in told
    assert told.isprintable()


@pytest.mark.parametrize("operation", ["ListStateMachineVersions", "ListStateMachineAliases"])
def test_qualifiers_that_may_not_be_listed_are_not_told(
    fake: FakeAws, provider: StepFunctions, operation: str
) -> None:
    fake.machine("orders", versions=(3,), aliases={"live": {3: 100}})
    fake.faults.add(operation, denied(f"states:{operation}"))
    for name in ("orders:9", "orders:nowhere"):
        assert "did you mean" not in reason(provider, arn(fake, name))


def test_the_qualifiers_of_few_machines_alone_are_asked_for(
    fake: FakeAws, provider: StepFunctions
) -> None:
    names = [f"machine-{number}" for number in range(40)]
    for name in names:
        fake.machine(name)
    provider.find_machines([arn(fake, f"{name}:live") for name in names])
    assert fake.calls["ListStateMachineAliases"] == 10


@pytest.mark.parametrize(
    ("word", "names", "found"),
    [
        ("orders", ["Orders", "orders2"], ("Orders",)),
        ("orders_extract", ["orders-extract", "orders-load"], ("orders-extract",)),
        ("extract", ["prod-orders-extract", "load"], ("prod-orders-extract",)),
        ("prod-orders", ["orders", "billing"], ("orders",)),
        ("orders", ["billing", "score"], ()),
        ("ab", ["abc-long-name"], ()),
        ("orders", [f"orders{n}" for n in range(9)], ("orders8", "orders7", "orders6")),
    ],
)
def test_names_are_alike_where_a_person_would_say_so(
    word: str, names: list[str], found: tuple[str, ...]
) -> None:
    assert alike(word, names) == found
