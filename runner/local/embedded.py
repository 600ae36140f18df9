"""One embedded engine: moto's backend with the project's machines, created when first used."""

from __future__ import annotations

import importlib
import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from runner import values
from runner.arns import BadArn, parse_machine, partition_of
from runner.errors import Refused
from runner.local import definition, loading, reading, routing
from runner.local.run import Settings
from runner.model import MockResult

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.model import LocalPlatform, Mock, StateMachine

ROLE = "arn:{partition}:iam::{account}:role/stepfleet-local"


class Embedded:
    """moto executing a project's machines, with a client that only it answers.

    Raises Refused where moto is missing or is not a tested version.
    """

    def __init__(self, machines: Mapping[str, StateMachine], platform: LocalPlatform) -> None:
        loading.load()
        models = importlib.import_module("moto.stepfunctions.parser.models")
        self._machines = machines
        self._creating = threading.RLock()
        self.backend: Any = models.StepFunctionsParserBackend(platform.region, platform.account_id)
        self.backend.stepfleet_settings = Settings(
            {name: _with_engine_values(machine) for name, machine in machines.items()},
            platform.time_scale,
        )
        self.backend.stepfleet_resolve = self.resolve
        self.backend.stepfleet_client = lambda: self.client
        self.client: Any = routing.client(self.backend)

    def resolve(self, text: str) -> str:
        """The ARN in this engine of the machine that an ARN of any region and account names.

        The machine is created when it is not there yet. An ARN of no machine of the project
        comes back as it is, and the engine will say that it does not exist.
        """
        try:
            name = parse_machine(text).name
        except BadArn:
            return text
        return self.create(name) if name in self._machines else text

    def create(self, name: str) -> str:
        """Create a machine unless it exists, and return its ARN. Raises Refused."""
        with self._creating:
            created: dict[str, str] = self.__dict__.setdefault("_created", {})
            if name not in created:
                created[name] = self._create(self._machines[name])
            return created[name]

    def _create(self, machine: StateMachine) -> str:
        partition = partition_of(self.backend.region_name)
        role = ROLE.format(partition=partition, account=self.backend.account_id)
        text = definition.prepare(machine)
        problem = reading.why_unreadable(text)
        if problem is not None:
            raise Refused(
                f"{machine.definition_file}: the embedded engine can't read the definition of "
                f"{machine.name}: {problem}"
            )
        created = self.client.create_state_machine(
            name=machine.name, definition=text, roleArn=role, type=machine.type.value
        )
        arn: str = created["stateMachineArn"]
        return arn

    def close(self) -> None:
        """End every execution, so that their threads end too."""
        executions = [
            execution
            for machine in list(self.backend.state_machines)
            for execution in list(machine.executions)
        ]
        executions.extend(list(getattr(self.backend, "stepfleet_express", {}).values()))
        for execution in executions:
            execution.stop(execution.start_date, None, "The embedded engine was closed")


def _with_engine_values(machine: StateMachine) -> StateMachine:
    mocks = {
        state: tuple(_engine_value(answer) for answer in answers)
        for state, answers in machine.mocks.items()
    }
    return replace(machine, mocks=mocks)


def _engine_value(answer: Mock) -> Mock:
    """A mock whose numbers are those that moto computes with."""
    if isinstance(answer, MockResult):
        return MockResult(json.loads(values.compact(answer.result)))
    return answer
