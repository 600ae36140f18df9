"""The end of an execution: its output as JSON text, its status set once and for all."""

from __future__ import annotations

import datetime as dt
import json
import threading
from typing import Any

from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.eval.program_state import (
    ProgramEnded,
    ProgramError,
    ProgramStopped,
    ProgramTimedOut,
)
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication

from runner.local.patches.base import Patch, replace
from runner.local.run import skipped

_ENDING = threading.Lock()


def _apply() -> None:
    replace(BaseExecutionWorkerCommunication, "terminated", _terminated)


def finish(
    execution: Any,
    status: ExecutionStatus,
    *,
    output: str | None = None,
    error: str | None = None,
    cause: str | None = None,
) -> None:
    """Set the end of an execution; whoever comes second changes nothing."""
    with _ENDING:
        if execution.exec_status is not ExecutionStatus.RUNNING:
            return
        execution.output, execution.error, execution.cause = output, error, cause
        execution.stop_date = dt.datetime.now(tz=dt.UTC)
        execution.exec_status = status
    execution.stepfleet_finished.set()


def _terminated(self: Any) -> None:
    execution = self.execution
    env = execution.exec_worker.env
    execution.stepfleet_skipped = skipped(env)
    match env.program_state():
        case ProgramEnded():
            _succeed(execution, env.states.get_input())
        case ProgramStopped():
            finish(execution, ExecutionStatus.ABORTED)
        case ProgramTimedOut():
            finish(execution, ExecutionStatus.TIMED_OUT, error="States.Timeout")
        case ProgramError(error=error):
            details = error or {}
            finish(
                execution,
                ExecutionStatus.FAILED,
                error=details.get("error"),
                cause=details.get("cause"),
            )
        case other:
            finish(execution, ExecutionStatus.FAILED, error="States.Runtime", cause=repr(other))
    execution.exec_worker = None  # its environments and history are of no more use


def _succeed(execution: Any, output: Any) -> None:
    try:
        text = json.dumps(output, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        finish(execution, ExecutionStatus.FAILED, error="States.Runtime", cause=str(error))
    else:
        finish(execution, ExecutionStatus.SUCCEEDED, output=text)


PATCH = Patch(
    name="outputs",
    reason="output that is a string loses its quotes, and a date in it breaks DescribeExecution",
    apply=_apply,
)
