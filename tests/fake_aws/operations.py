"""Step Functions' operations on the fake's world, each a function from request to answer."""

from __future__ import annotations

import json
import re
import uuid
from typing import TYPE_CHECKING

from tests.fake_aws.api import (
    Answer,
    ApiError,
    Request,
    does_not_exist,
    execution_of,
    machine_of,
    page_size,
    seen_of,
    without_nones,
)
from tests.fake_aws.execution import Execution, Start, View
from tests.fake_aws.history import get_execution_history
from tests.fake_aws.ledger import Row
from tests.fake_aws.listing import InvalidToken, Listed, page_of
from tests.fake_aws.machines import (
    describe_state_machine,
    describe_state_machine_alias,
    describe_state_machine_for_execution,
    get_resources,
    list_state_machine_aliases,
    list_state_machine_versions,
    list_state_machines,
    list_tags_for_resource,
)
from tests.fake_aws.redrive import redrive_execution, why_not

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fake_aws.world import Machine, World

__all__ = ["OPERATIONS", "ApiError", "start_execution"]

_NAME = re.compile(r"[0-9A-Za-z_-]{1,80}")
MAX_PAYLOAD = 262_144
_INCLUDED = {"included": True}


def _start_of(machine: Machine, qualifier: str | None, request: Request) -> Start:
    name = request.get("name") or str(uuid.uuid4())
    payload = request.get("input", "{}")
    if not _NAME.fullmatch(name):
        raise ApiError("InvalidName", f"Invalid Name: '{name}'")
    if len(payload.encode()) > MAX_PAYLOAD:
        raise ApiError("InvalidExecutionInput", "Invalid State Machine Execution Input: too long")
    try:
        json.loads(payload)
    except ValueError as error:
        raise ApiError("InvalidExecutionInput", f"Invalid execution input: {error}") from error
    if machine.status == "DELETING":
        raise ApiError("StateMachineDeleting", f"{machine.name} is being deleted")
    return Start(name, payload, machine.begun + 1, qualifier, request.get("traceHeader"))


def start_execution(world: World, request: Request) -> Answer:
    machine, qualifier = machine_of(world, request)
    start = _start_of(machine, qualifier, request)
    if machine.type == "EXPRESS":
        execution = world.begin(machine, _express_arn(world, machine, start), start)
        return {"executionArn": execution.arn, "startDate": execution.started}
    arn = world.execution_arn(machine.name, start.name)
    present = world.known(arn)
    if present is None:
        present = world.begin(machine, arn, start)
    elif present.status(world.clock.now()) != "RUNNING" or present.start.input != start.input:
        raise ApiError("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")
    return {"executionArn": arn, "startDate": present.started}


def _express_arn(world: World, machine: Machine, start: Start) -> str:
    head = f"arn:aws:states:{world.region}:{world.account}:express"
    return f"{head}:{machine.name}:{start.name}:{uuid.uuid4()}"


def start_sync_execution(world: World, request: Request) -> Answer:
    machine, qualifier = machine_of(world, request)
    if machine.type != "EXPRESS":
        raise ApiError("StateMachineTypeNotSupported", "This operation is not supported")
    start = _start_of(machine, qualifier, request)
    execution = world.begin(machine, _express_arn(world, machine, start), start)
    view = View(0, execution.legs[0], over=True)
    answer = _row(world, execution, view) | _left(execution, view)
    answer.pop("redriveCount")
    return without_nones(answer) | {
        "stateMachineArn": world.machine_arn(machine.name),
        "billingDetails": {"billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": 100},
    }


def describe_execution(world: World, request: Request) -> Answer:
    execution, view = seen_of(world, request)
    reason = why_not(world, execution, view)
    answer = _row(world, execution, view) | {
        "traceHeader": execution.start.trace_header,
        "redriveStatus": "REDRIVABLE" if reason is None else "NOT_REDRIVABLE",
        "redriveStatusReason": reason,
    }
    if request.get("includedData") != "METADATA_ONLY":
        answer |= _left(execution, view)
    return without_nones(answer)


def _left(execution: Execution, view: View) -> Answer:
    """What an execution was sent, and what it left."""
    outcome = view.leg.outcome
    answer: Answer = {"input": execution.start.input, "inputDetails": _INCLUDED}
    if view.status == "SUCCEEDED":
        output = execution.start.input if outcome.output is None else outcome.output
        return answer | {"output": output, "outputDetails": _INCLUDED}
    if view.over:
        return answer | {"error": outcome.error, "cause": outcome.cause}
    return answer


def _row(world: World, execution: Execution, view: View) -> Answer:
    arn = world.machine_arn(execution.machine)
    row: Answer = {
        "executionArn": execution.arn,
        "stateMachineArn": arn,
        "name": execution.start.name,
        "status": view.status,
        "startDate": execution.started,
        "redriveCount": view.redrives,
    }
    if view.over:
        row["stopDate"] = view.leg.ended
    if view.redriven is not None:
        row["redriveDate"] = view.redriven
    if execution.version is not None:
        row["stateMachineVersionArn"] = f"{arn}:{execution.version}"
    if execution.alias is not None:
        row["stateMachineAliasArn"] = f"{arn}:{execution.alias}"
    return row


def list_executions(world: World, request: Request) -> bytes:
    machine, qualifier = machine_of(world, request)
    if machine.type == "EXPRESS":
        raise ApiError("StateMachineTypeNotSupported", "This operation is not supported")
    world.listed(machine)
    try:
        found, token = page_of(
            machine,
            world.clock.now() - world.list_lag,
            limit=page_size(request),
            token=request.get("nextToken"),
            status=request.get("statusFilter"),
            qualifier=qualifier,
        )
    except InvalidToken as error:
        raise ApiError("InvalidToken", f"Invalid Token: '{error}'") from error
    rows = b",".join([_encoded(world, machine, one) for one in found])
    more = b',"nextToken":%s' % json.dumps(token).encode() if token else b""
    return b'{"executions":[%s]%s}' % (rows, more)


def _encoded(world: World, machine: Machine, one: Listed) -> bytes:
    """A row as it is sent; what hasn't changed since it was last listed is at hand."""
    if not isinstance(one, Row):
        arn = world.execution_arn(machine.name, one.name)
        return json.dumps(one.row(world.machine_arn(machine.name), arn)).encode()
    if one.encoded is None:
        one.encoded = json.dumps(_row(world, one.execution, one.view)).encode()
    return one.encoded


def stop_execution(world: World, request: Request) -> Answer:
    execution = execution_of(world, request)
    now = world.clock.now()
    if now < execution.started + world.visible_after:
        raise does_not_exist(execution.arn)
    if execution.status(now) == "RUNNING":
        world.stop(execution, request.get("error"), request.get("cause"))
    return {"stopDate": execution.ended}


OPERATIONS: dict[str, Callable[[World, Request], Answer | bytes]] = {
    "StartExecution": start_execution,
    "StartSyncExecution": start_sync_execution,
    "DescribeExecution": describe_execution,
    "ListExecutions": list_executions,
    "StopExecution": stop_execution,
    "RedriveExecution": redrive_execution,
    "GetExecutionHistory": get_execution_history,
    "DescribeStateMachine": describe_state_machine,
    "DescribeStateMachineForExecution": describe_state_machine_for_execution,
    "DescribeStateMachineAlias": describe_state_machine_alias,
    "ListStateMachines": list_state_machines,
    "ListStateMachineVersions": list_state_machine_versions,
    "ListStateMachineAliases": list_state_machine_aliases,
    "ListTagsForResource": list_tags_for_resource,
    "GetResources": get_resources,
}
