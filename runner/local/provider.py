"""The embedded engine behind the Provider protocol. moto is imported when something starts."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING

from runner import values
from runner.arns import BadArn, MachineArn, parse_execution, partition_of
from runner.errors import NotFound, Refused, Rejected
from runner.model import MachineType, MockError
from runner.provider import FoundMachine, History, MissingMachine, StartRequest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from runner.errors import ProviderError
    from runner.local.embedded import Embedded
    from runner.model import LocalPlatform, Mock, StateMachine
    from runner.provider import (
        CallCounts,
        Execution,
        Lookback,
        MachineFinding,
        StartOutcome,
    )
    from runner.step_functions import StepFunctions
    from runner.values import Json


def provider(machines: Mapping[str, StateMachine], platform: LocalPlatform) -> Local:
    """A provider that runs a project's machines in this process.

    `machines` holds all of the project's, by name: those that jobs name and their children.
    """
    return Local(machines, platform)


class Local:
    """A Provider. Machines are found by name, whatever region and account an ARN names."""

    def __init__(self, machines: Mapping[str, StateMachine], platform: LocalPlatform) -> None:
        self._machines = machines
        self._platform = platform
        self._opening = threading.Lock()
        self._engine: tuple[Embedded, StepFunctions] | None = None

    def find_machines(self, arns: Sequence[MachineArn]) -> Mapping[MachineArn, MachineFinding]:
        """See Provider. Looks at the documents alone: nothing is imported for it."""
        return {arn: self._find(arn) for arn in arns}

    def _find(self, arn: MachineArn) -> MachineFinding:
        machine = self._machines.get(arn.name)
        if machine is None:
            return MissingMachine(
                arn, f"it has no StateMachine document of the name {arn.name!r} to run locally"
            )
        return FoundMachine(arn, machine.type, revision(machine))

    def recall(self, wanted: Sequence[Lookback]) -> Mapping[MachineArn, History]:
        """See Provider. What ran in another process was forgotten with it."""
        return {one.machine: History() for one in wanted}

    def describe(self, arns: Sequence[str]) -> Mapping[str, Execution | ProviderError]:
        """See Provider. Before anything has started, nothing is known and nothing imported."""
        if self._engine is not None:
            return self._engine[1].describe(arns)
        return {arn: _forgotten(arn, "DescribeExecution") for arn in arns}

    def revision_of(self, execution_arn: str) -> str:
        """See Provider. A machine does not change while its process lasts."""
        try:
            machine = self._machines.get(parse_execution(execution_arn).machine)
        except BadArn:
            machine = None
        if machine is None:
            raise _forgotten(execution_arn, "DescribeStateMachineForExecution")
        return revision(machine)

    def start(self, request: StartRequest) -> StartOutcome:
        """See Provider."""
        self._expect(request, MachineType.STANDARD, "StartExecution")
        return self._provider().start(self._here(request))

    def run_express(
        self, request: StartRequest, *, idempotent: bool, within: float | None = None
    ) -> Execution:
        """See Provider."""
        self._expect(request, MachineType.EXPRESS, "StartSyncExecution")
        here = self._here(request)
        return self._provider().run_express(here, idempotent=idempotent, within=within)

    def survey(self, machine: MachineArn, wanted: Collection[str]) -> Mapping[str, Execution]:
        """See Provider."""
        return self._provider().survey(self._arn(machine.name), wanted)

    def observe(self, execution_arn: str, *, whole: bool = False) -> Execution:
        """See Provider."""
        return self._provider().observe(execution_arn, whole=whole)

    def redrive(self, execution_arn: str, *, token: str) -> None:
        """See Provider. The engine can't: a new attempt is made instead."""
        raise Rejected(
            f"RedriveExecution on {execution_arn}: the embedded engine can't redrive",
            operation="RedriveExecution",
        )

    def stop(self, execution_arn: str, *, error: str, cause: str) -> None:
        """See Provider."""
        self._provider().stop(execution_arn, error=error, cause=cause)

    def monitor_url(self, execution: Execution) -> str | None:
        """See Provider. There is no page that shows an execution of this process."""
        return None

    def calls(self) -> Mapping[str, CallCounts]:
        """See Provider."""
        return self._engine[1].calls() if self._engine else {}

    def close(self) -> None:
        """See Provider. What still runs ends here, as it can't outlive the process."""
        if self._engine is None:
            return
        embedded, inner = self._engine
        embedded.close()
        inner.close()

    def _expect(self, request: StartRequest, wanted: MachineType, operation: str) -> None:
        machine = self._machines.get(request.machine.name)
        if machine is None:
            raise NotFound(
                f"{operation} on {request.machine}: there is no StateMachine document of the name "
                f"{request.machine.name!r}",
                operation=operation,
                code="StateMachineDoesNotExist",
            )
        if machine.type is not wanted:
            raise Rejected(
                f"{operation} on {request.machine}: it is {machine.type.title()}, and the call is "
                f"for {wanted.title()} machines",
                operation=operation,
                code="StateMachineTypeNotSupported",
            )

    def _here(self, request: StartRequest) -> StartRequest:
        name = request.machine.name
        embedded, _ = self._open()
        try:
            embedded.create(name)
        except Refused as error:
            raise Rejected(str(error), operation="CreateStateMachine") from error
        return StartRequest(self._arn(name), request.name, request.input, request.trace_header)

    def _arn(self, name: str) -> MachineArn:
        platform = self._platform
        return MachineArn(partition_of(platform.region), platform.region, platform.account_id, name)

    def _provider(self) -> StepFunctions:
        return self._open()[1]

    def _open(self) -> tuple[Embedded, StepFunctions]:
        with self._opening:
            if self._engine is None:
                self._engine = _open(self._machines, self._platform)
            return self._engine


def _open(
    machines: Mapping[str, StateMachine], platform: LocalPlatform
) -> tuple[Embedded, StepFunctions]:
    from runner.aws import Clients  # noqa: PLC0415 - what only starting needs
    from runner.local.embedded import Embedded  # noqa: PLC0415
    from runner.step_functions import StepFunctions, policies  # noqa: PLC0415

    embedded = Embedded(machines, platform)
    clients = Clients(embedded.client, embedded.client, embedded.client, is_aws=False)
    policy, stop_policy = policies()
    return embedded, StepFunctions(clients, policy=policy, stop_policy=stop_policy, threads=1)


def _forgotten(arn: str, operation: str) -> NotFound:
    return NotFound(
        f"{operation} on {arn}: the embedded engine remembers only what it ran in this process",
        operation=operation,
        code="ExecutionDoesNotExist",
    )


def revision(machine: StateMachine) -> str:
    """The text by which a machine's code is told apart: a hash of all that it does."""
    mocks: dict[str, Json] = {
        state: [_mock(answer) for answer in answers] for state, answers in machine.mocks.items()
    }
    text = values.canonical([machine.type.value, machine.definition, mocks])
    return f"local {hashlib.sha256(text.encode()).hexdigest()[:12]}"


def _mock(answer: Mock) -> Json:
    if isinstance(answer, MockError):
        return {"error": answer.error, "cause": answer.cause}
    return {"result": answer.result}
