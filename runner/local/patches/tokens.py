"""SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat, for children that call a parent back."""

from __future__ import annotations

from typing import Any

from moto.core.responses import EmptyResult
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from runner.local.patches.base import Patch, replace


def _apply() -> None:
    replace(StepFunctionResponse, "send_task_failure", send_task_failure)
    replace(StepFunctionsParserBackend, "_get_executions", _executions)


def send_task_failure(self: Any) -> Any:
    """Answer SendTaskFailure."""
    self.stepfunction_backend.send_task_failure(
        self._get_param("taskToken"),
        error=self._get_param("error"),
        cause=self._get_param("cause"),
    )
    return EmptyResult()


def _executions(self: Any, execution_status: Any = None) -> list[Any]:
    wanted = execution_status or ExecutionStatus.RUNNING
    return [
        execution
        for machine in self.state_machines
        for execution in machine.executions
        if execution.exec_status is wanted
        and execution.exec_worker is not None
        and execution.exec_worker.env is not None
    ]


PATCH = Patch(
    name="tokens",
    reason="SendTaskFailure loses its cause, and looking for a token breaks on an execution "
    "whose start is under way",
    apply=_apply,
)
