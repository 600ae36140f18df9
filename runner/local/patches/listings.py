"""ListExecutions and DescribeExecution: while a start is under way, and after a timeout."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.stepfunctions import responses
from moto.stepfunctions.parser.api import ExecutionStatus

from runner.local.patches.base import Patch, replace


def _apply() -> None:
    replace(responses.StepFunctionResponse, "describe_execution", describe_execution)
    replace(responses.StepFunctionResponse, "list_executions", list_executions)


def describe_execution(self: Any) -> Any:
    """Answer DescribeExecution."""
    execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    return ActionResult(described(execution))


def described(execution: Any) -> dict[str, Any]:
    """What DescribeExecution says of an execution; absent fields are left out."""
    status = execution.exec_status
    answer = {
        "executionArn": execution.exec_arn,
        "stateMachineArn": execution.state_machine.arn,
        "name": execution.name,
        "status": status.value,
        "startDate": execution.start_date,
        "input": execution.execution_input,
        "inputDetails": {"included": True},
        "traceHeader": execution.trace_header,
        "redriveCount": 0,
    }
    if status is not ExecutionStatus.RUNNING:
        answer |= {
            "stopDate": execution.stop_date,
            "error": execution.error,
            "cause": execution.cause,
        }
    if status is ExecutionStatus.SUCCEEDED:
        answer |= {"output": execution.output, "outputDetails": {"included": True}}
    return {key: value for key, value in answer.items() if value is not None}


def list_executions(self: Any) -> Any:
    """Answer ListExecutions, newest first."""
    arn = self._get_param("stateMachineArn")
    machine = self.stepfunction_backend.describe_state_machine(arn)
    results, next_token = self.stepfunction_backend.list_executions(
        arn,
        status_filter=self._get_param("statusFilter"),
        max_results=self._get_int_param("maxResults"),
        next_token=self._get_param("nextToken"),
    )
    rows = [_row(execution, machine.arn) for execution in results]
    return ActionResult({"executions": rows, "nextToken": next_token})


def _row(execution: Any, machine_arn: str) -> dict[str, Any]:
    row = {
        "executionArn": execution.exec_arn,
        "stateMachineArn": machine_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.start_date,
        "redriveCount": 0,
    }
    if execution.exec_status is not ExecutionStatus.RUNNING:
        row["stopDate"] = execution.stop_date
    return row


PATCH = Patch(
    name="listings",
    reason="a list breaks on an execution whose start is under way, and an execution that "
    "timed out has no stopDate",
    apply=_apply,
)
