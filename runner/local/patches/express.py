"""StartSyncExecution, for which moto has the classes but no way to call them."""

from __future__ import annotations

import uuid
from typing import Any

from moto.core.exceptions import AWSError
from moto.core.responses import ActionResult
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from runner.local.patches.base import Patch, replace
from runner.local.patches.limits import check_input, check_name
from runner.local.patches.starts import make, read_input

_UNIT = 100


class StateMachineTypeNotSupported(AWSError):  # type: ignore[misc]
    """The call is not for machines of this type."""

    TYPE = "StateMachineTypeNotSupported"
    STATUS = 400


def _apply() -> None:
    def start(
        self: Any,
        state_machine_arn: str,
        name: str | None = None,
        execution_input: str | None = None,
        trace_header: str | None = None,
    ) -> Any:
        machine = self.describe_state_machine(state_machine_arn)
        if machine.type != "EXPRESS":
            return before(self, state_machine_arn, name, execution_input, trace_header)
        execution = make_express(self, machine, name, execution_input, trace_header)
        running(self)[execution.exec_arn] = execution
        execution.start()
        return execution

    before = replace(StepFunctionsParserBackend, "start_execution", start)
    StepFunctionResponse.start_sync_execution = start_sync_execution


def make_express(
    backend: Any, machine: Any, name: str | None, text: str | None, trace_header: str | None
) -> Any:
    """Build an Express execution: no memory of names, an ARN that nothing can describe."""
    check_name(name)
    check_input(text)
    read_input(text or "{}")
    name = name or str(uuid.uuid4())
    execution = make(backend, machine, name, text or "{}", trace_header)
    head = machine.arn.replace(":stateMachine:", ":express:")
    execution.exec_arn = execution.execution_arn = f"{head}:{name}:{uuid.uuid4()}"
    return execution


def start_sync_execution(self: Any) -> Any:
    """Answer StartSyncExecution: HTTP 200 whatever becomes of the execution."""
    backend = self.stepfunction_backend
    machine = backend.describe_state_machine(self._get_param("stateMachineArn"))
    if machine.type != "EXPRESS":
        raise StateMachineTypeNotSupported(
            "This operation is not supported by this type of machine"
        )
    execution = make_express(
        backend,
        machine,
        self._get_param("name"),
        self._get_param("input"),
        self._get_param("traceHeader"),
    )
    running(backend)[execution.exec_arn] = execution
    execution.start()
    execution.stepfleet_finished.wait()
    running(backend).pop(execution.exec_arn, None)
    return ActionResult(answer(execution))


def running(backend: Any) -> dict[str, Any]:
    """The Express executions of a backend, which no list shows, so that closing can end them."""
    found: dict[str, Any] = backend.__dict__.setdefault("stepfleet_express", {})
    return found


def answer(execution: Any) -> dict[str, Any]:
    """What StartSyncExecution says of an execution that has ended."""
    status = execution.exec_status
    milliseconds = (execution.stop_date - execution.start_date).total_seconds() * 1000
    fields = {
        "executionArn": execution.exec_arn,
        "stateMachineArn": execution.state_machine.arn,
        "name": execution.name,
        "startDate": execution.start_date,
        "stopDate": execution.stop_date,
        "status": status.value if status in _SYNC else ExecutionStatus.FAILED.value,
        "error": execution.error,
        "cause": execution.cause,
        "input": execution.execution_input,
        "inputDetails": {"included": True},
        "output": execution.output,
        "outputDetails": {"included": True},
        "traceHeader": execution.trace_header,
        "billingDetails": {
            "billedMemoryUsedInMB": 64,
            "billedDurationInMilliseconds": _UNIT * max(1, -int(-milliseconds // _UNIT)),
        },
    }
    return {key: value for key, value in fields.items() if value is not None}


_SYNC = (ExecutionStatus.SUCCEEDED, ExecutionStatus.FAILED, ExecutionStatus.TIMED_OUT)

PATCH = Patch(
    name="express",
    reason="StartSyncExecution is missing, and StartExecution takes Express for Standard",
    apply=_apply,
)
