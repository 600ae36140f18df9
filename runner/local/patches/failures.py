"""How a patched state fails: moto's failure event for an error name and a cause."""

from __future__ import annotations

from typing import Any

from moto.stepfunctions.parser.api import (
    EvaluationFailedEventDetails,
    HistoryEventType,
    TaskFailedEventDetails,
)
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails


def failure(env: Any, error: str, cause: str) -> FailureEventException:
    """The exception by which a state fails with this error; Retry and Catch see it."""
    details = EventDetails(taskFailedEventDetails=TaskFailedEventDetails(error=error, cause=cause))
    return _exception(env, error, HistoryEventType.TaskFailed, details)


def evaluation_failure(env: Any, cause: str) -> FailureEventException:
    """The exception for a JSONata expression that can't be evaluated."""
    error = "States.QueryEvaluationError"
    details = EventDetails(
        evaluationFailedEventDetails=EvaluationFailedEventDetails(error=error, cause=cause)
    )
    return _exception(env, error, HistoryEventType.EvaluationFailed, details)


def _exception(env: Any, error: str, kind: Any, details: Any) -> FailureEventException:
    event = FailureEvent(
        env=env, error_name=ErrorName(error), event_type=kind, event_details=details
    )
    return FailureEventException(failure_event=event)
