"""Reading the machines of moto, which is another's view of what Step Functions answers."""

from __future__ import annotations

import json
from contextlib import closing

from runner.errors import Place
from runner.inventory import DescribedMachine
from runner.local.embedded import Embedded
from runner.model import LocalPlatform, MachineType
from runner.retry import Policy
from runner.step_functions import Inventory, Wanted

DEFINITION = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
ROLE = "arn:aws:iam::123456789012:role/r"


def test_the_machines_of_moto_are_listed_by_pages_and_described() -> None:
    client = Embedded({}, LocalPlatform("local", Place("x"))).client
    for number in range(120):
        client.create_state_machine(
            name=f"machine-{number:03}",
            definition=json.dumps(DEFINITION),
            roleArn=ROLE,
            type="EXPRESS" if number % 2 else "STANDARD",
            tags=[{"key": "number", "value": str(number)}],
            loggingConfiguration={"level": "ALL", "includeExecutionData": True},
        )
    pages: list[int] = []
    with closing(Inventory(client, policy=Policy())) as inventory:
        listed = inventory.machines(pages.append)
        found = list(inventory.describe_all(listed, wanted=Wanted(tags=True)))
    assert pages == [100, 120]
    assert {one.arn.name for one in listed} == {f"machine-{number:03}" for number in range(120)}
    for machine in found:
        assert isinstance(machine, DescribedMachine)
        number = int(machine.arn.name[-3:])
        assert machine.type is (MachineType.EXPRESS if number % 2 else MachineType.STANDARD)
        assert machine.tags == {"number": str(number)}
        assert (machine.role_arn, machine.status, machine.logging.level) == (ROLE, "ACTIVE", "ALL")
        assert json.loads(machine.definition or "") == DEFINITION
