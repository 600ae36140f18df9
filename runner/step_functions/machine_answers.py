"""Answers about state machines as values of ours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from runner.arns import BadArn, MachineArn, parse_machine
from runner.errors import Rejected
from runner.inventory import DescribedMachine, ListedMachine, Logging
from runner.model import MachineType
from runner.step_functions import answers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

LIST = "ListStateMachines"
DESCRIBE = "DescribeStateMachine"
ALIAS = "DescribeStateMachineAlias"


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the list. `unreadable` are the ARNs of rows that make no sense here."""

    machines: tuple[ListedMachine, ...]
    unreadable: tuple[str, ...] = ()


def page_of(rows: Sequence[Mapping[str, Any]]) -> Page:
    """A page of the list; rows that make no sense here are told apart."""
    machines: list[ListedMachine] = []
    unreadable: list[str] = []
    for row in rows:
        text = answers.required_text(row, "stateMachineArn", LIST)
        kind = str(row.get("type"))
        try:
            arn = replace(parse_machine(text), qualifier=None)
        except BadArn:
            unreadable.append(text)
            continue
        if kind not in set(MachineType):
            unreadable.append(text)
            continue
        created = answers.utc(row.get("creationDate"))
        machines.append(ListedMachine(arn, MachineType(kind), created))
    return Page(tuple(machines), tuple(unreadable))


def description(arn: MachineArn, answer: Mapping[str, Any]) -> DescribedMachine:
    """A machine from the answer of a describe. Raises Transient and Rejected."""
    kind = answers.required_text(answer, "type", DESCRIBE)
    if kind not in set(MachineType):
        raise Rejected(
            f"{DESCRIBE} on {arn}: its type {kind[:40]!r} is not one that is known here",
            operation=DESCRIBE,
        )
    key = answer.get("encryptionConfiguration") or {}
    return DescribedMachine(
        arn=arn,
        type=MachineType(kind),
        status=str(answer.get("status") or "ACTIVE"),
        role_arn=str(answer.get("roleArn") or ""),
        definition=answers.optional_text(answer, "definition", DESCRIBE),
        revision=answers.optional_text(answer, "revisionId", DESCRIBE),
        created_at=answers.utc(answer.get("creationDate")),
        logging=_logging(answer.get("loggingConfiguration") or {}),
        is_traced=bool((answer.get("tracingConfiguration") or {}).get("enabled")),
        kms_key=answers.optional_text(key, "kmsKeyId", DESCRIBE),
    )


def _logging(told: Mapping[str, Any]) -> Logging:
    groups = (
        (one.get("cloudWatchLogsLogGroup") or {}).get("logGroupArn")
        for one in told.get("destinations") or ()
    )
    return Logging(
        level=str(told.get("level") or "OFF"),
        includes_data=bool(told.get("includeExecutionData")),
        destinations=tuple(str(group) for group in groups if group),
    )


def route(row: Mapping[str, Any]) -> tuple[int, int]:
    """A version of an alias and its weight in percent."""
    version = tail(row, "stateMachineVersionArn", ALIAS)
    return int(version) if version.isdecimal() else 0, int(row.get("weight") or 0)


def tail(row: Mapping[str, Any], key: str, operation: str) -> str:
    """What an ARN in an answer ends in. Raises Transient."""
    return answers.required_text(row, key, operation).rpartition(":")[2]


def tags_in(rows: Iterable[Mapping[str, Any]], key: str, value: str) -> Mapping[str, str]:
    """Tags from rows with these keys."""
    return {str(row.get(key, "")): str(row.get(value) or "") for row in rows}
