"""The operations on state machines, their versions and aliases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fake_aws.api import (
    DEFINITION,
    MACHINE,
    Answer,
    ApiError,
    Request,
    machine_of,
    page_size,
    role_arn,
    seen_of,
)
from tests.fake_aws.listing import InvalidToken, number_in

if TYPE_CHECKING:
    from tests.fake_aws.world import Machine, World


def describe_state_machine(world: World, request: Request) -> Answer:
    machine, qualifier = machine_of(world, request)
    answer: Answer = {
        "stateMachineArn": request["stateMachineArn"],
        "name": machine.name,
        "status": machine.status,
        "roleArn": role_arn(world, machine),
        "type": machine.type,
        "creationDate": machine.created,
        "loggingConfiguration": dict(machine.logging or {"level": "OFF"}),
        "tracingConfiguration": {"enabled": machine.is_traced},
    }
    if machine.kms_key is not None:
        answer["encryptionConfiguration"] = {
            "type": "CUSTOMER_MANAGED_KMS_KEY",
            "kmsKeyId": machine.kms_key,
        }
    if qualifier is None and machine.revision is not None:
        answer["revisionId"] = machine.revision
    if request.get("includedData") != "METADATA_ONLY":
        answer["definition"] = machine.definition or DEFINITION
    return answer


def describe_state_machine_for_execution(world: World, request: Request) -> Answer:
    execution, _ = seen_of(world, request)
    answer: Answer = {
        "stateMachineArn": world.machine_arn(execution.machine),
        "name": execution.machine,
        "roleArn": role_arn(world),
        "updateDate": execution.updated,
    }
    if execution.revision is not None:
        answer["revisionId"] = execution.revision
    if request.get("includedData") != "METADATA_ONLY":
        answer["definition"] = DEFINITION
    return answer


def describe_state_machine_alias(world: World, request: Request) -> Answer:
    arn = request.get("stateMachineAliasArn") or ""
    found = MACHINE.fullmatch(arn)
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
    limit = page_size(request)
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
    machine, _ = machine_of(world, request)
    arn = world.machine_arn(machine.name)
    rows = [
        {"stateMachineVersionArn": f"{arn}:{version}", "creationDate": machine.created}
        for version in sorted(machine.versions, reverse=True)
    ]
    return _page(rows, "stateMachineVersions", request)


def list_state_machine_aliases(world: World, request: Request) -> Answer:
    machine, _ = machine_of(world, request)
    arn = world.machine_arn(machine.name)
    rows = [
        {"stateMachineAliasArn": f"{arn}:{name}", "creationDate": machine.created}
        for name in machine.aliases
    ]
    return _page(rows, "stateMachineAliases", request)


def _page(rows: list[Answer], key: str, request: Request) -> Answer:
    first, limit = number_in(request.get("nextToken")), page_size(request)
    more = {"nextToken": str(first + limit)} if first + limit < len(rows) else {}
    return {key: rows[first : first + limit], **more}


def list_tags_for_resource(world: World, request: Request) -> Answer:
    arn = request.get("resourceArn") or ""
    machine, _ = machine_of(world, {"stateMachineArn": arn})
    return {"tags": [{"key": key, "value": value} for key, value in machine.tags.items()]}


def get_resources(world: World, request: Request) -> Answer:
    """The Resource Groups Tagging API: what has tags, with each key and one of its values."""
    first = number_in(request.get("PaginationToken") or None)
    limit: int = request["ResourcesPerPage"]
    tagged = [
        machine
        for _, machine in sorted(world.machines.items())
        if machine.tags and _has_tags(machine, request.get("TagFilters") or [])
    ]
    rows = [
        {
            "ResourceARN": world.machine_arn(machine.name),
            "Tags": [{"Key": key, "Value": value} for key, value in machine.tags.items()],
        }
        for machine in tagged[first : first + limit]
    ]
    more = str(first + limit) if first + limit < len(tagged) else ""
    return {"ResourceTagMappingList": rows, "PaginationToken": more}


def _has_tags(machine: Machine, filters: list[Answer]) -> bool:
    return all(
        each["Key"] in machine.tags
        and (not each.get("Values") or machine.tags[each["Key"]] in each["Values"])
        for each in filters
    )
