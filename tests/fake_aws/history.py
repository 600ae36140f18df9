"""GetExecutionHistory: what began, what ended and what was redriven of an execution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fake_aws.api import (
    Answer,
    ApiError,
    Request,
    page_size,
    role_arn,
    seen_of,
    without_nones,
)
from tests.fake_aws.listing import InvalidToken, number_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fake_aws.execution import Execution, Leg, View
    from tests.fake_aws.world import World

_WHOLE = {"truncated": False}
_ENDS = {
    "SUCCEEDED": "Succeeded",
    "FAILED": "Failed",
    "ABORTED": "Aborted",
    "TIMED_OUT": "TimedOut",
}


def get_execution_history(world: World, request: Request) -> Answer:
    execution, view = seen_of(world, request)
    limit = page_size(request)
    try:
        first = number_in(request.get("nextToken"))
    except InvalidToken as error:
        raise ApiError("InvalidToken", f"Invalid Token: '{error}'") from error
    with_data = request.get("includeExecutionData", True)
    events = [
        {"id": number, "previousEventId": number - 1, **event}
        for number, event in enumerate(_events(world, execution, view, with_data=with_data), 1)
    ]
    if request.get("reverseOrder"):
        events.reverse()
    more = {"nextToken": str(first + limit)} if first + limit < len(events) else {}
    return {"events": events[first : first + limit], **more}


def _events(world: World, execution: Execution, view: View, *, with_data: bool) -> Iterator[Answer]:
    yield {
        "type": "ExecutionStarted",
        "timestamp": execution.started,
        "executionStartedEventDetails": _start(world, execution, with_data=with_data),
    }
    for number, leg in enumerate(execution.legs[: view.redrives + 1]):
        if number:
            yield {
                "type": "ExecutionRedriven",
                "timestamp": leg.started,
                "executionRedrivenEventDetails": {"redriveCount": number},
            }
        if number < view.redrives or view.over:
            yield _end(execution, leg, with_data=with_data)


def _start(world: World, execution: Execution, *, with_data: bool) -> Answer:
    arn = world.machine_arn(execution.machine)
    version, alias = execution.version, execution.alias
    return without_nones(
        {
            "input": execution.start.input if with_data else None,
            "inputDetails": _WHOLE,
            "roleArn": role_arn(world),
            "stateMachineVersionArn": f"{arn}:{version}" if version is not None else None,
            "stateMachineAliasArn": f"{arn}:{alias}" if alias is not None else None,
        }
    )


def _end(execution: Execution, leg: Leg, *, with_data: bool) -> Answer:
    outcome = leg.outcome
    kind = _ENDS[outcome.status]
    details: Answer = {"error": outcome.error, "cause": outcome.cause}
    if outcome.status == "SUCCEEDED":
        output = execution.start.input if outcome.output is None else outcome.output
        details = {"output": output if with_data else None, "outputDetails": _WHOLE}
    return {
        "type": f"Execution{kind}",
        "timestamp": leg.ended,
        f"execution{kind}EventDetails": without_nones(details),
    }
