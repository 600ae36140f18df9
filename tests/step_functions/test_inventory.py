"""Reading what an account has: pages, quotas, and machines that can't be read."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from runner.arns import MachineArn, parse_machine
from runner.aws import session, tagging
from runner.errors import AccessDenied, CredentialsFailed, NotFound, Rejected
from runner.inventory import Alias, DescribedMachine, ListedMachine, Logging, UndescribedMachine
from runner.model import MachineType
from runner.quotas import rates
from runner.step_functions import Buckets, Inventory, Wanted
from tests.fake_aws import (
    EXPIRED,
    NOT_AWS,
    THROTTLED,
    ApiError,
    FakeAws,
    Fault,
    SteppedClock,
    denied,
    published,
)
from tests.fake_aws.fixtures import (
    REGION,
    arn,
    aws_environment,
    clients_for,
    clock,
    closed_port,
    fake,
    policy_in,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runner.inventory import FoundMachine

__all__ = ["aws_environment", "clock", "fake"]

BAD_TOKEN = Fault(ApiError("InvalidToken", "Invalid Token: it expired"))
READS = {
    "DescribeStateMachine",
    "DescribeStateMachineAlias",
    "GetResources",
    "ListStateMachineAliases",
    "ListStateMachineVersions",
    "ListStateMachines",
    "ListTagsForResource",
}


def inventory_of(fake: FakeAws, clock: SteppedClock, *, threads: int = 4) -> Inventory:
    clients = clients_for(fake)
    own = rates(REGION, share=0.5, raised={})
    return Inventory(
        clients.call,
        policy=policy_in(clock),
        threads=threads,
        buckets=Buckets(own, clock=clock.now),
        closing=[one.close for one in (clients.call, clients.express, clients.stop)],
    )


@pytest.fixture
def inventory(fake: FakeAws, clock: SteppedClock) -> Iterator[Inventory]:
    with closing(inventory_of(fake, clock)) as ready:
        yield ready


def described(found: FoundMachine | None) -> DescribedMachine:
    assert isinstance(found, DescribedMachine)
    return found


def names(machines: Sequence[ListedMachine]) -> list[str]:
    return [machine.arn.name for machine in machines]


def test_a_thousand_machines_are_read_by_ten_pages_inside_the_published_quotas(
    fake: FakeAws, clock: SteppedClock
) -> None:
    fake.limit(published(REGION))
    for number in range(1000):
        fake.machine(f"machine-{number:04}")
    pages: list[int] = []
    done: list[int] = []
    began = clock.now()
    with closing(inventory_of(fake, clock, threads=1)) as inventory:
        listed = inventory.machines(pages.append)
        found = list(inventory.describe_all(listed, done.append))
    assert names(listed) == sorted(fake.world.machines)
    assert pages == list(range(100, 1001, 100))
    assert done == list(range(1, 1001))
    assert [described(one).arn for one in found] == [one.arn for one in listed]
    assert fake.calls == {"ListStateMachines": 10, "DescribeStateMachine": 1000}
    assert fake.throttles == {}
    # Half of 200 at once, and half of 20 a second.
    assert clock.now() - began == pytest.approx((1000 - 97) / 10, rel=0.01)


def test_eight_threads_keep_under_the_same_quotas(fake: FakeAws, clock: SteppedClock) -> None:
    fake.limit(published(REGION))
    for number in range(400):
        fake.machine(f"machine-{number:04}")
    with closing(inventory_of(fake, clock, threads=8)) as inventory:
        found = list(inventory.describe_all(inventory.machines()))
    assert len(found) == 400
    assert fake.throttles == {}


def test_versions_aliases_and_tags_keep_under_their_quotas_too(
    fake: FakeAws, clock: SteppedClock
) -> None:
    fake.limit(published(REGION))
    for number in range(150):
        fake.machine(f"machine-{number:04}", versions=(1,), aliases={"live": {1: 100}})
    with closing(inventory_of(fake, clock, threads=8)) as inventory:
        wanted = Wanted(tags=True, versions=True, aliases=True)
        found = list(inventory.describe_all(inventory.machines(), wanted=wanted))
    assert all(described(one).aliases == (Alias("live", {1: 100}),) for one in found)
    assert fake.throttles == {}
    assert fake.calls.keys() <= READS


def test_a_machine_is_described_in_full(fake: FakeAws, inventory: Inventory) -> None:
    fake.machine(
        "orders",
        type="EXPRESS",
        definition='{"StartAt": "A"}',
        role="arn:aws:iam::123456789012:role/orders",
        kms_key="arn:aws:kms:us-east-1:123456789012:key/1",
        is_traced=True,
        revision="r-1",
        tags={"team": "orders"},
        versions=(1, 2, 10),
        aliases={"live": {2: 90, 10: 10}, "next": {10: 100}},
        logging={
            "level": "ERROR",
            "includeExecutionData": True,
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": "arn:aws:logs:x"}}],
        },
    )
    wanted = Wanted(tags=True, versions=True, aliases=True)
    (found,) = inventory.describe_all(inventory.machines(), wanted=wanted)
    machine = described(found)
    assert machine == DescribedMachine(
        arn=arn(fake, "orders"),
        type=MachineType.EXPRESS,
        status="ACTIVE",
        role_arn="arn:aws:iam::123456789012:role/orders",
        definition='{"StartAt": "A"}',
        revision="r-1",
        created_at=machine.created_at,
        logging=Logging("ERROR", includes_data=True, destinations=("arn:aws:logs:x",)),
        is_traced=True,
        kms_key="arn:aws:kms:us-east-1:123456789012:key/1",
        tags={"team": "orders"},
        versions=(10, 2, 1),
        aliases=(Alias("live", {2: 90, 10: 10}), Alias("next", {10: 100})),
    )
    assert machine.created_at is not None
    assert machine.created_at.tzinfo is not None


def test_what_is_not_asked_for_is_neither_read_nor_told(
    fake: FakeAws, inventory: Inventory
) -> None:
    fake.machine("orders", versions=(1,), aliases={"live": {1: 100}})
    wanted = Wanted(definition=False)
    (found,) = inventory.describe_all(inventory.machines(), wanted=wanted)
    machine = described(found)
    assert (machine.definition, machine.tags) == (None, None)
    assert (machine.versions, machine.aliases) == (None, None)
    assert fake.requests("DescribeStateMachine")[0]["includedData"] == "METADATA_ONLY"
    assert fake.calls == {"ListStateMachines": 1, "DescribeStateMachine": 1}


def test_a_version_is_described_itself_and_an_alias_as_its_machine(
    fake: FakeAws, inventory: Inventory
) -> None:
    fake.machine("orders", versions=(3,), aliases={"live": {3: 100}})
    for meant, described in (("orders:3", "orders:3"), ("orders:live", "orders")):
        assert inventory.describe(arn(fake, meant)).arn == arn(fake, described)
    asked = [each["stateMachineArn"] for each in fake.requests("DescribeStateMachine")]
    assert asked == [str(arn(fake, "orders:3")), str(arn(fake, "orders"))]


def test_one_that_vanishes_between_list_and_description_is_none_and_hides_no_other(
    fake: FakeAws, inventory: Inventory
) -> None:
    for name in ("a", "b", "c"):
        fake.machine(name, is_gone=name == "b")
    found = list(inventory.describe_all(inventory.machines()))
    assert found[1] is None
    assert [described(one).arn.name for one in (found[0], found[2])] == ["a", "c"]
    with pytest.raises(NotFound):
        inventory.describe(arn(fake, "b"))


def test_one_that_may_not_be_described_is_told_with_its_reason(
    fake: FakeAws, inventory: Inventory
) -> None:
    fake.machine("a")
    fake.machine("b")
    fake.faults.add(
        "DescribeStateMachine", denied("states:DescribeStateMachine"), about="Machine:b"
    )
    first, second = inventory.describe_all(inventory.machines())
    assert described(first).arn.name == "a"
    assert isinstance(second, UndescribedMachine)
    assert second.listed.arn == arn(fake, "b")
    assert isinstance(second.problem, AccessDenied)


def test_a_definition_that_a_key_keeps_back_leaves_the_rest_of_the_machine(
    fake: FakeAws, inventory: Inventory
) -> None:
    fake.machine("orders", kms_key="k")
    fake.faults.add(
        "DescribeStateMachine", denied("kms:Decrypt", "KmsAccessDeniedException"), about="ALL_DATA"
    )
    machine = inventory.describe(arn(fake, "orders"))
    assert (machine.definition, machine.kms_key, machine.status) == (None, "k", "ACTIVE")


def test_one_that_is_being_deleted_says_so(fake: FakeAws, inventory: Inventory) -> None:
    fake.machine("orders", status="DELETING")
    assert inventory.describe(arn(fake, "orders")).status == "DELETING"


def test_a_page_whose_token_expired_makes_the_list_begin_anew(
    fake: FakeAws, inventory: Inventory
) -> None:
    for number in range(250):
        fake.machine(f"machine-{number:03}")
    fake.faults.add("ListStateMachines", BAD_TOKEN, calls=(2,))
    assert names(inventory.machines()) == sorted(fake.world.machines)
    assert fake.calls["ListStateMachines"] == 5


def test_tokens_that_always_expire_end_the_list_with_an_error(
    fake: FakeAws, inventory: Inventory
) -> None:
    for number in range(150):
        fake.machine(f"machine-{number:03}")
    fake.faults.add("ListStateMachines", BAD_TOKEN, about="nextToken")
    with pytest.raises(Rejected, match="InvalidToken"):
        inventory.machines()
    assert fake.calls["ListStateMachines"] == 6


@pytest.mark.parametrize("fault", [THROTTLED, NOT_AWS])
def test_a_page_that_is_turned_away_is_asked_for_again(
    fake: FakeAws, inventory: Inventory, fault: Fault
) -> None:
    for number in range(150):
        fake.machine(f"machine-{number:03}")
    fake.faults.add("ListStateMachines", fault, calls=(2,))
    assert len(inventory.machines()) == 150
    assert fake.calls["ListStateMachines"] == 3
    assert inventory.calls()["ListStateMachines"].retries == 1


def test_credentials_that_expire_end_it_at_once(fake: FakeAws, clock: SteppedClock) -> None:
    for number in range(50):
        fake.machine(f"machine-{number:03}")
    fake.faults.add("DescribeStateMachine", EXPIRED)
    with closing(inventory_of(fake, clock, threads=1)) as inventory:
        listed = inventory.machines()
        with pytest.raises(CredentialsFailed):
            list(inventory.describe_all(listed))
    assert fake.calls["DescribeStateMachine"] == 1


def test_a_row_that_makes_no_sense_is_told_and_hides_no_other(
    fake: FakeAws, inventory: Inventory
) -> None:
    fake.machine("fine")
    fake.machine("new-kind", type="ULTRA")
    fake.machine("../../outside")
    (page,) = inventory.pages()
    assert names(page.machines) == ["fine"]
    assert [text.rpartition("stateMachine:")[2] for text in page.unreadable] == [
        "../../outside",
        "new-kind",
    ]


def test_a_version_of_a_page_of_a_thousand_is_none_too_many(
    fake: FakeAws, inventory: Inventory
) -> None:
    fake.machine("orders", versions=tuple(range(1, 1201)))
    assert inventory.versions(arn(fake, "orders")) == tuple(range(1200, 0, -1))
    assert fake.calls["ListStateMachineVersions"] == 2


def test_an_alias_that_goes_between_two_calls_is_left_out(
    fake: FakeAws, inventory: Inventory
) -> None:
    fake.machine("orders", versions=(1,), aliases={"live": {1: 100}, "old": {1: 100}})
    gone = Fault(ApiError("ResourceNotFound", "Resource not found"))
    fake.faults.add("DescribeStateMachineAlias", gone, about=":old")
    assert inventory.aliases(arn(fake, "orders")) == (Alias("live", {1: 100}),)


# Tags


@pytest.fixture
def tagging_inventory(
    fake: FakeAws, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Inventory]:
    """One that has the Resource Groups Tagging API, as in AWS."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", fake.url)
    clients = clients_for(fake)
    client = tagging(session(REGION))
    closers = [one.close for one in (clients.call, clients.express, clients.stop, client)]
    ready = Inventory(clients.call, policy=policy_in(clock), tagging=client, closing=closers)
    with closing(ready):
        yield ready


def test_tags_are_found_by_pages_of_a_hundred(fake: FakeAws, tagging_inventory: Inventory) -> None:
    for number in range(250):
        fake.machine(f"machine-{number:03}", tags={"team": "orders" if number % 2 else "sales"})
    found = tagging_inventory.tagged({"team": {"orders"}})
    assert found is not None
    assert len(found) == 125
    assert set(map(str, found.values())) == {"{'team': 'orders'}"}
    assert fake.calls == {"GetResources": 2}
    assert len(tagging_inventory.tagged({"team": ()}) or {}) == 250
    assert len(tagging_inventory.tagged({"team": {"orders"}, "more": ()}) or {}) == 0


def test_where_tags_may_not_be_looked_for_each_machine_is_asked(
    fake: FakeAws, tagging_inventory: Inventory
) -> None:
    fake.machine("a", tags={"team": "orders"})
    fake.machine("b")
    fake.machine("c", is_gone=True)
    fake.faults.add("GetResources", denied("tag:GetResources"))
    assert tagging_inventory.tagged({"team": {"orders"}}) is None
    listed = tagging_inventory.machines()
    assert tagging_inventory.tags_of(listed) == {
        str(arn(fake, "a")): {"team": "orders"},
        str(arn(fake, "b")): {},
    }


def test_where_the_tagging_api_is_out_of_reach_each_machine_is_asked(
    fake: FakeAws, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", closed_port())
    clients = clients_for(fake)
    client = tagging(session(REGION))
    closers = [one.close for one in (clients.call, clients.express, clients.stop, client)]
    ready = Inventory(clients.call, policy=policy_in(clock), tagging=client, closing=closers)
    with closing(ready):
        assert ready.tagged({"team": ()}) is None


def test_an_endpoint_of_ones_own_is_not_asked_for_other_services(
    fake: FakeAws, inventory: Inventory
) -> None:
    assert inventory.tagged({"team": ()}) is None
    assert fake.calls == {}


def test_expired_credentials_are_no_reason_to_ask_each_machine(
    fake: FakeAws, tagging_inventory: Inventory
) -> None:
    fake.faults.add("GetResources", EXPIRED)
    with pytest.raises(CredentialsFailed):
        tagging_inventory.tagged({"team": ()})


def test_the_account_of_a_list_is_read_from_its_rows(fake: FakeAws, inventory: Inventory) -> None:
    fake.machine("größe-数")
    (listed,) = inventory.machines()
    assert listed.arn == MachineArn("aws", REGION, fake.world.account, "größe-数")
    assert parse_machine(str(listed.arn)) == listed.arn
