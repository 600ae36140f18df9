"""StopExecution: error, cause and stopDate, wherever the execution is just now."""

from __future__ import annotations

import datetime as dt
from typing import Any

from moto.core.responses import ActionResult
from moto.stepfunctions import responses
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped, ProgramTimedOut
from moto.stepfunctions.parser.backend.execution import Execution

from runner.local.patches.base import Patch, replace
from runner.local.patches.outputs import finish


def _apply() -> None:
    def set_error(self: Any, error: Any) -> None:
        with self._state_mutex:
            if not isinstance(self._program_state, ProgramStopped | ProgramTimedOut):
                before(self, error)

    before = replace(Environment, "set_error", set_error)
    replace(Execution, "stop", stop)
    replace(responses.StepFunctionResponse, "stop_execution", stop_execution)


def stop_execution(self: Any) -> Any:
    """Answer StopExecution; one that has ended already stays as it is."""
    execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    execution.stop(
        stop_date=dt.datetime.now(tz=dt.UTC),
        error=self._get_param("error"),
        cause=self._get_param("cause"),
    )
    return ActionResult({"stopDate": execution.stop_date})


def stop(self: Any, stop_date: dt.datetime, error: str | None, cause: str | None) -> None:
    """End the execution at once; its threads notice when they next look."""
    finish(self, ExecutionStatus.ABORTED, error=error, cause=cause)
    self.stepfleet_run.is_stopped = True
    worker = self.exec_worker
    if worker is not None and worker.env is not None:
        worker.env.set_stop(stop_date=stop_date, error=error, cause=cause)


PATCH = Patch(
    name="stops",
    reason="stopping loses error, cause and stopDate, and is forgotten inside a Map, during the "
    "wait of a Retry and while a task token is awaited",
    apply=_apply,
)
