"""Step Functions' operations on the fake's world, each a function from request to answer."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.fake_aws.listing import InvalidToken, number_in, page_of
from tests.fake_aws.world import Execution, Machine, Start, World

if TYPE_CHECKING:
    from collections.abc import Callable

_MACHINE = re.compile(
    r"arn:[a-z-]+:states:[a-z0-9-]+:\d{12}:stateMachine:(?P<name>[^:/]+)(?::(?P<qualifier>[^:/]+))?"
)
_EXECUTION = re.compile(r"arn:[a-z-]+:states:[a-z0-9-]+:\d{12}:execution:[^:]+:[^:]+")
_NAME = re.compile(r"[0-9A-Za-z_-]{1,80}")
MAX_PAYLOAD = 262_144
DEFINITION = '{"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}'

Request = dict[str, Any]
Answer = dict[str, Any]


@dataclass(slots=True)
class ApiError(Exception):
    code: str
    message: str = "no reason"
    status: int = 400


def _machine_of(world: World, request: Request) -> tuple[Machine, str | None]:
    arn = request.get("stateMachineArn") or ""
    found = _MACHINE.fullmatch(arn)
    if found is None:
        raise ApiError("InvalidArn", f"Invalid Arn: '{arn}'")
    machine = world.machine(found["name"])
    qualifier = found["qualifier"]
    if machine is None or not arn.startswith(world.machine_arn(found["name"])):
        raise ApiError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
    known = {str(version) for version in machine.versions} | set(machine.aliases)
    if qualifier is not None and qualifier not in known:
        raise ApiError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
    return machine, qualifier


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
    machine, qualifier = _machine_of(world, request)
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
    machine, qualifier = _machine_of(world, request)
    if machine.type != "EXPRESS":
        raise ApiError("StateMachineTypeNotSupported", "This operation is not supported")
    start = _start_of(machine, qualifier, request)
    execution = world.begin(machine, _express_arn(world, machine, start), start)
    answer = _described(world, execution, execution.ended, details=True)
    answer.pop("redriveCount")
    return answer | {
        "stateMachineArn": world.machine_arn(machine.name),
        "billingDetails": {"billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": 100},
    }


def _execution_of(world: World, request: Request) -> Execution:
    arn = request.get("executionArn") or ""
    if not _EXECUTION.fullmatch(arn):
        raise ApiError("InvalidArn", f"Invalid Arn: '{arn}'")
    execution = world.known(arn)
    if execution is None or world.clock.now() < execution.started + world.visible_after:
        raise ApiError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
    return execution


def describe_execution(world: World, request: Request) -> Answer:
    execution = _execution_of(world, request)
    details = request.get("includedData") != "METADATA_ONLY"
    return _described(world, execution, world.clock.now(), details=details)


def _described(world: World, execution: Execution, now: float, *, details: bool) -> Answer:
    answer = _row(world, execution, now)
    if not details:
        return answer
    answer["input"] = execution.start.input
    if answer["status"] == "SUCCEEDED":
        output = execution.outcome.output
        answer["output"] = execution.start.input if output is None else output
    elif answer["status"] != "RUNNING":
        answer["error"] = execution.outcome.error
        answer["cause"] = execution.outcome.cause
    return {key: value for key, value in answer.items() if value is not None}


def _row(world: World, execution: Execution, now: float) -> Answer:
    arn = world.machine_arn(execution.machine)
    row: Answer = {
        "executionArn": execution.arn,
        "stateMachineArn": arn,
        "name": execution.start.name,
        "status": execution.status(now),
        "startDate": execution.started,
        "redriveCount": execution.redrives,
    }
    if row["status"] != "RUNNING":
        row["stopDate"] = execution.ended
    if execution.version is not None:
        row["stateMachineVersionArn"] = f"{arn}:{execution.version}"
    if execution.alias is not None:
        row["stateMachineAliasArn"] = f"{arn}:{execution.alias}"
    return row


def list_executions(world: World, request: Request) -> Answer:
    machine, qualifier = _machine_of(world, request)
    if machine.type == "EXPRESS":
        raise ApiError("StateMachineTypeNotSupported", "This operation is not supported")
    then = world.clock.now() - world.list_lag
    try:
        found, token = page_of(
            machine,
            then,
            limit=request.get("maxResults") or 100,
            token=request.get("nextToken"),
            status=request.get("statusFilter"),
            qualifier=qualifier,
        )
    except InvalidToken as error:
        raise ApiError("InvalidToken", f"Invalid Token: '{error}'") from error
    arn = world.machine_arn(machine.name)
    rows = [
        _row(world, one, then)
        if isinstance(one, Execution)
        else one.row(arn, world.execution_arn(machine.name, one.name))
        for one in found
    ]
    return {"executions": rows, **({"nextToken": token} if token else {})}


def stop_execution(world: World, request: Request) -> Answer:
    execution = _execution_of(world, request)
    now = world.clock.now()
    if execution.status(now) == "RUNNING":
        execution.outcome = execution.outcome.__class__(
            "ABORTED", error=request.get("error"), cause=request.get("cause")
        )
        execution.stopped = now
    return {"stopDate": execution.ended}


def describe_state_machine(world: World, request: Request) -> Answer:
    machine, qualifier = _machine_of(world, request)
    answer: Answer = {
        "stateMachineArn": request["stateMachineArn"],
        "name": machine.name,
        "status": machine.status,
        "roleArn": f"arn:aws:iam::{world.account}:role/machines",
        "type": machine.type,
        "creationDate": machine.created,
    }
    if qualifier is None and machine.revision is not None:
        answer["revisionId"] = machine.revision
    if request.get("includedData") != "METADATA_ONLY":
        answer["definition"] = DEFINITION
    return answer


def describe_state_machine_for_execution(world: World, request: Request) -> Answer:
    execution = _execution_of(world, request)
    answer: Answer = {
        "stateMachineArn": world.machine_arn(execution.machine),
        "name": execution.machine,
        "roleArn": f"arn:aws:iam::{world.account}:role/machines",
        "updateDate": execution.updated,
    }
    if execution.revision is not None:
        answer["revisionId"] = execution.revision
    if request.get("includedData") != "METADATA_ONLY":
        answer["definition"] = DEFINITION
    return answer


def describe_state_machine_alias(world: World, request: Request) -> Answer:
    arn = request.get("stateMachineAliasArn") or ""
    found = _MACHINE.fullmatch(arn)
    machine = world.machine(found["name"]) if found else None
    if found is None or machine is None or found["qualifier"] not in machine.aliases:
        raise ApiError("ResourceNotFound", f"Resource not found: '{arn}'")
    return _alias(world, machine, found["qualifier"])


def _alias(world: World, machine: Machine, name: str) -> Answer:
    arn = world.machine_arn(machine.name)
    return {
        "stateMachineAliasArn": f"{arn}:{name}",
        "name": name,
        "routingConfiguration": [
            {"stateMachineVersionArn": f"{arn}:{version}", "weight": weight}
            for version, weight in machine.aliases[name].items()
        ],
        "creationDate": machine.created,
    }


def list_state_machines(world: World, request: Request) -> Answer:
    limit = request.get("maxResults") or 100
    try:
        first = number_in(request.get("nextToken"))
    except InvalidToken as error:
        raise ApiError("InvalidToken", f"Invalid Token: '{error}'") from error
    names = sorted(world.machines)
    rows = [
        {
            "stateMachineArn": world.machine_arn(name),
            "name": name,
            "type": world.machines[name].type,
            "creationDate": world.machines[name].created,
        }
        for name in names[first : first + limit]
    ]
    more = {"nextToken": str(first + limit)} if first + limit < len(names) else {}
    return {"stateMachines": rows, **more}


def list_state_machine_versions(world: World, request: Request) -> Answer:
    machine, _ = _machine_of(world, request)
    arn = world.machine_arn(machine.name)
    return {
        "stateMachineVersions": [
            {"stateMachineVersionArn": f"{arn}:{version}", "creationDate": machine.created}
            for version in sorted(machine.versions, reverse=True)
        ]
    }


def list_state_machine_aliases(world: World, request: Request) -> Answer:
    machine, _ = _machine_of(world, request)
    return {"stateMachineAliases": [_alias(world, machine, name) for name in machine.aliases]}


def get_execution_history(world: World, request: Request) -> Answer:
    execution = _execution_of(world, request)
    now = world.clock.now()
    events: list[Answer] = [
        {"id": 1, "previousEventId": 0, "type": "ExecutionStarted", "timestamp": execution.started}
    ]
    if execution.status(now) != "RUNNING":
        kind = execution.outcome.status.title().replace("_", "")
        events.append(
            {
                "id": 2,
                "previousEventId": 1,
                "type": f"Execution{kind}",
                "timestamp": execution.ended,
            }
        )
    return {"events": events}


OPERATIONS: dict[str, Callable[[World, Request], Answer]] = {
    "StartExecution": start_execution,
    "StartSyncExecution": start_sync_execution,
    "DescribeExecution": describe_execution,
    "ListExecutions": list_executions,
    "StopExecution": stop_execution,
    "DescribeStateMachine": describe_state_machine,
    "DescribeStateMachineForExecution": describe_state_machine_for_execution,
    "DescribeStateMachineAlias": describe_state_machine_alias,
    "ListStateMachines": list_state_machines,
    "ListStateMachineVersions": list_state_machine_versions,
    "ListStateMachineAliases": list_state_machine_aliases,
    "GetExecutionHistory": get_execution_history,
}
