"""RedriveExecution: which executions may be redriven, and which calls are the same call."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.fake_aws.api import Answer, ApiError, Request, execution_of

if TYPE_CHECKING:
    from tests.fake_aws.execution import Execution, View
    from tests.fake_aws.world import World

_TOKEN = re.compile(r"[!-~]{1,64}")
_TOKENS_KEPT = 10
_TOKEN_VALID = 15 * 60.0
_PERIOD = 14 * 86_400.0


def redrive_execution(world: World, request: Request) -> Answer:
    execution = execution_of(world, request)
    token = request.get("clientToken")
    if token is not None and not _TOKEN.fullmatch(token):
        raise ApiError("ValidationException", f"clientToken '{token}' is not valid")
    now = world.clock.now()
    used = execution.tokens.get(token) if token else None
    if used is not None and now - used <= _TOKEN_VALID:
        return {"redriveDate": used}
    view = execution.seen(now)
    reason = why_not(world, execution, view)
    if reason is not None:
        raise ApiError("ExecutionNotRedrivable", reason)
    world.redrive(execution)
    if token is not None:
        _keep(execution, token, now)
    return {"redriveDate": now}


def _keep(execution: Execution, token: str, now: float) -> None:
    execution.tokens.pop(token, None)
    execution.tokens[token] = now
    while len(execution.tokens) > _TOKENS_KEPT:
        del execution.tokens[next(iter(execution.tokens))]


def why_not(world: World, execution: Execution, view: View | None) -> str | None:
    """Why an execution that is seen so can't be redriven, or None where it can."""
    if view is None or not view.over:
        return "Execution is RUNNING and cannot be redriven"
    if view.status == "SUCCEEDED":
        return "Execution is SUCCEEDED and cannot be redriven"
    if world.machines[execution.machine].status == "DELETING":
        return "State machine is in DELETING status"
    if world.clock.now() - view.leg.ended > _PERIOD:
        return "Execution redrivable period exceeded"
    if not view.leg.outcome.redrivable:
        return "Execution history event limit exceeded"
    return None
