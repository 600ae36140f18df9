"""StartExecution: unnamed starts, starts that race, input that is not JSON."""

from __future__ import annotations

import datetime as dt
import json
import threading
import uuid
from typing import Any

from moto.core.responses import ActionResult
from moto.stepfunctions.exceptions import (
    ExecutionAlreadyExists,
    ExecutionDoesNotExist,
    InvalidExecutionInput,
)
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.eval.evaluation_details import (
    EvaluationDetails,
    StateMachineDetails,
)
from moto.stepfunctions.parser.backend.execution import Execution, ExecutionWorker
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from runner.local.patches.base import Patch, replace
from runner.local.run import Run, Settings

_STARTING = threading.Lock()


def _apply() -> None:
    replace(StepFunctionsParserBackend, "start_execution", start_execution)
    replace(StepFunctionsParserBackend, "describe_execution", describe_execution)
    replace(Execution, "_get_start_execution_worker", _worker)
    replace(StepFunctionResponse, "start_execution", _answer)


def _answer(self: Any) -> Any:
    execution = self.stepfunction_backend.start_execution(
        self._get_param("stateMachineArn"),
        self._get_param("name"),
        self._get_param("input"),
        self._get_param("traceHeader"),
    )
    return ActionResult({"executionArn": execution.exec_arn, "startDate": execution.start_date})


def start_execution(
    self: Any,
    state_machine_arn: str,
    name: str | None = None,
    execution_input: str | None = None,
    trace_header: str | None = None,
) -> Any:
    """Start an execution, or find the one of this name and input that still runs."""
    machine = self.describe_state_machine(state_machine_arn)
    text = "{}" if execution_input is None else execution_input
    read_input(text)
    name = name or str(uuid.uuid4())
    with _STARTING:
        existing = executions(machine).get(execution_arn(machine, name))
        if existing is not None:
            return _same(existing, text)
        execution = make(self, machine, name, text, trace_header)
        executions(machine)[execution.exec_arn] = execution
        machine.executions.append(execution)
    execution.start()
    return execution


def describe_execution(self: Any, execution_arn: str) -> Any:
    """Find an execution by its ARN."""
    self._validate_execution_arn(execution_arn)
    machine = self._get_state_machine_for_execution(execution_arn)
    found = executions(machine).get(execution_arn)
    if found is None:
        raise ExecutionDoesNotExist(f"Execution Does Not Exist: '{execution_arn}'")
    return found


def executions(machine: Any) -> dict[str, Any]:
    """The executions of a machine by ARN."""
    found: dict[str, Any] = machine.__dict__.setdefault("stepfleet_executions", {})
    return found


def execution_arn(machine: Any, name: str) -> str:
    """The ARN of an execution of a Standard machine."""
    head = machine.arn.replace(":stateMachine:", ":execution:")
    return f"{head}:{name}"


def read_input(text: str) -> Any:
    """Read an execution's input. Raises moto's InvalidExecutionInput."""
    try:
        value = json.loads(text, parse_constant=_no_constant)
        json.dumps(value, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise InvalidExecutionInput(f"Invalid State Machine Execution Input: '{error}'") from error
    return value


def make(backend: Any, machine: Any, name: str, text: str, trace_header: str | None) -> Any:
    """Build an execution that counts as running from its first moment on."""
    execution = Execution(
        name=name,
        sm_type=machine.type,
        role_arn=machine.roleArn,
        exec_arn=execution_arn(machine, name),
        account_id=backend.account_id,
        region_name=backend.region_name,
        state_machine=machine,
        start_date=dt.datetime.now(tz=dt.UTC),
        cloud_watch_logging_session=None,
        input_data=text,
        trace_header=trace_header,
        activity_store={},
    )
    execution.exec_status = ExecutionStatus.RUNNING
    execution.stepfleet_finished = threading.Event()
    settings = getattr(backend, "stepfleet_settings", None) or Settings()
    execution.stepfleet_run = Run(backend, settings, machine.name)
    return execution


def _same(existing: Any, text: str) -> Any:
    if existing.exec_status == ExecutionStatus.RUNNING and existing.execution_input == text:
        return existing
    raise ExecutionAlreadyExists(f"Execution Already Exists: '{existing.exec_arn}'")


def _worker(self: Any) -> Any:
    return ExecutionWorker(
        **_details(self),
        exec_comm=self._get_start_execution_worker_comm(),
        cloud_watch_logging_session=None,
        activity_store=self._activity_store,
        mock_test_case=self.stepfleet_run,
    )


def _details(self: Any) -> dict[str, Any]:
    machine = StateMachineDetails(
        arn=self.state_machine.arn,
        name=self.state_machine.name,
        typ=self.state_machine.type,
        definition=self.state_machine.definition,
    )
    return {
        "evaluation_details": EvaluationDetails(
            aws_execution_details=self._get_start_aws_execution_details(),
            execution_details=self.get_start_execution_details(),
            state_machine_details=machine,
        )
    }


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


PATCH = Patch(
    name="starts",
    reason="a start without a name gives an ARN that ends in None, two starts of one name race, "
    "the trace header is dropped, and input that is not JSON gives an error without a code",
    apply=_apply,
)
