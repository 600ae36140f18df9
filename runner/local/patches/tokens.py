"""SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat, for children that call a parent back."""

from __future__ import annotations

from typing import Any

from moto.core.exceptions import AWSError
from moto.core.responses import EmptyResult
from moto.stepfunctions.parser import api
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from runner.local.patches.base import Patch, replace

_KINDS = {
    api.InvalidToken: "InvalidToken",
    api.TaskDoesNotExist: "TaskDoesNotExist",
    api.TaskTimedOut: "TaskTimedOut",
}


def _apply() -> None:
    replace(StepFunctionResponse, "send_task_failure", send_task_failure)
    replace(StepFunctionsParserBackend, "_get_executions", _executions)
    for name in ("send_task_success", "send_task_failure", "send_task_heartbeat"):
        _with_codes(name)


def _with_codes(name: str) -> None:
    def sent(self: Any, *arguments: Any, **options: Any) -> Any:
        try:
            return before(self, *arguments, **options)
        except tuple(_KINDS) as error:
            message = "The task token is not one that a state awaits"
            raise AWSError(message, _KINDS[type(error)]) from error

    before = replace(StepFunctionsParserBackend, name, sent)


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
    found = [each for machine in self.state_machines for each in list(machine.executions)]
    return [each for each in found if each.exec_status is wanted and _is_under_way(each)]


def _is_under_way(execution: Any) -> bool:
    worker = execution.exec_worker
    return worker is not None and worker.env is not None


PATCH = Patch(
    name="tokens",
    reason="SendTaskFailure loses its cause, a token that nobody awaits gives an error without a "
    "code, and looking for one breaks on an execution whose start is under way",
    apply=_apply,
)
