"""What Step Functions' operations share: errors, and what a request is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fake_aws.execution import Execution, View
    from tests.fake_aws.world import Machine, World

MACHINE = re.compile(
    r"arn:[a-z-]+:states:[a-z0-9-]+:\d{12}:stateMachine:(?P<name>[^:/]+)(?::(?P<qualifier>[^:/]+))?"
)
EXECUTION = re.compile(r"arn:[a-z-]+:states:[a-z0-9-]+:\d{12}:execution:[^:]+:[^:]+")
DEFINITION = '{"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}'
MOST_ON_A_PAGE = 1_000

Request = dict[str, Any]
Answer = dict[str, Any]


@dataclass(slots=True)
class ApiError(Exception):
    code: str
    message: str = "no reason"
    status: int = 400


def machine_of(world: World, request: Request) -> tuple[Machine, str | None]:
    """The machine and the qualifier of a request about a machine."""
    arn = request.get("stateMachineArn") or ""
    found = MACHINE.fullmatch(arn)
    if found is None:
        raise ApiError("InvalidArn", f"Invalid Arn: '{arn}'")
    machine = world.machine(found["name"])
    qualifier = found["qualifier"]
    is_there = machine is not None and not machine.is_gone
    if machine is None or not is_there or not arn.startswith(world.machine_arn(found["name"])):
        raise ApiError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
    if qualifier is not None and not _has(machine, qualifier):
        raise ApiError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
    return machine, qualifier


def _has(machine: Machine, qualifier: str) -> bool:
    return qualifier in machine.aliases or qualifier in map(str, machine.versions)


def execution_of(world: World, request: Request) -> Execution:
    """The execution of a request that changes it: it is there as soon as it has begun."""
    arn = request.get("executionArn") or ""
    if not EXECUTION.fullmatch(arn):
        raise ApiError("InvalidArn", f"Invalid Arn: '{arn}'")
    execution = world.known(arn)
    if execution is None:
        raise does_not_exist(arn)
    return execution


def seen_of(world: World, request: Request) -> tuple[Execution, View]:
    """The execution of a request that reads it, and what is to be seen of it."""
    execution = execution_of(world, request)
    view = world.seen(execution)
    if view is None:
        raise does_not_exist(execution.arn)
    return execution, view


def does_not_exist(arn: str) -> ApiError:
    return ApiError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")


def page_size(request: Request) -> int:
    """How many rows a page may have."""
    asked: int = request.get("maxResults") or 100
    if not 0 < asked <= MOST_ON_A_PAGE:
        raise ApiError("ValidationException", f"maxResults {asked} is not from 0 to 1000")
    return asked


def role_arn(world: World, machine: Machine | None = None) -> str:
    """The role of a machine, or the one that machines have if nothing else is said."""
    return (machine.role if machine else None) or f"arn:aws:iam::{world.account}:role/machines"


def without_nones(answer: Answer) -> Answer:
    return {key: value for key, value in answer.items() if value is not None}
