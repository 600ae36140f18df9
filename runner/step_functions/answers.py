"""Answers of the service as values of ours."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from runner.arns import BadArn, parse_execution, qualifier_in
from runner.aws import pages
from runner.errors import Transient
from runner.provider import Execution, ExecutionStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

_STATUSES = {
    status.value: status for status in ExecutionStatus if status is not ExecutionStatus.UNRECOGNISED
}


def execution(answer: Mapping[str, Any], operation: str) -> Execution:
    """An execution from the answer of a describe, a synchronous start or a row of a list.

    Raises Transient for an answer that lacks what every execution has.
    """
    arn = required_text(answer, "executionArn", operation)
    raw_status = required_text(answer, "status", operation)
    return Execution(
        arn=arn,
        name=_name_in(answer, arn),
        status=_STATUSES.get(raw_status, ExecutionStatus.UNRECOGNISED),
        raw_status=raw_status,
        started_at=utc(answer.get("startDate")),
        stopped_at=utc(answer.get("stopDate")),
        input=optional_text(answer, "input", operation),
        output=optional_text(answer, "output", operation),
        error=optional_text(answer, "error", operation),
        cause=optional_text(answer, "cause", operation),
        redrive_count=_count(answer, "redriveCount", operation),
        redriven_at=utc(answer.get("redriveDate")),
        version=qualifier_in(answer.get("stateMachineVersionArn")),
        alias=qualifier_in(answer.get("stateMachineAliasArn")),
    )


def name(answer: Mapping[str, Any], operation: str) -> str:
    """The name of an execution, without reading the rest of the answer. Raises Transient."""
    return _name_in(answer, required_text(answer, "executionArn", operation))


def _name_in(answer: Mapping[str, Any], arn: str) -> str:
    told = answer.get("name")
    if told:
        return str(told)
    try:
        return parse_execution(arn).name
    except BadArn:
        return arn.rpartition(":")[2]


def required_text(answer: Mapping[str, Any], key: str, operation: str) -> str:
    """A text that the answer must hold. Raises Transient."""
    found = answer.get(key)
    if not isinstance(found, str) or not found:
        raise _unreadable(answer, key, operation)
    return found


def optional_text(answer: Mapping[str, Any], key: str, operation: str) -> str | None:
    """A text that the answer may hold. Raises Transient for what is no text."""
    found = answer.get(key)
    if found is not None and not isinstance(found, str):
        raise _unreadable(answer, key, operation)
    return found


def _count(answer: Mapping[str, Any], key: str, operation: str) -> int:
    found = answer.get(key) or 0
    if not isinstance(found, int):
        raise _unreadable(answer, key, operation)
    return found


def whole(answer: Mapping[str, Any], key: str, operation: str) -> Mapping[str, Any]:
    """The answer, if it holds this text as every real one does. Raises Transient.

    The client library takes any page with status 200 for an answer that says nothing.
    """
    required_text(answer, key, operation)
    return answer


def required_rows(answer: Mapping[str, Any], key: str, operation: str) -> Sequence[Any]:
    """A list of structures that the answer must hold, be it empty. Raises Transient."""
    found = answer.get(key)
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise _unreadable(answer, key, operation)
    return found


def required_time(answer: Mapping[str, Any], key: str, operation: str) -> datetime:
    """A time that the answer must hold. Raises Transient."""
    found = utc(answer.get(key))
    if found is None:
        raise _unreadable(answer, key, operation)
    return found


def utc(time: datetime | None) -> datetime | None:
    """The same moment in UTC: the client library gives it in this machine's zone."""
    return time.astimezone(UTC) if time is not None else None


def _unreadable(answer: Mapping[str, Any], key: str, operation: str) -> Transient:
    if pages.is_page(answer):
        return Transient(
            f"{operation}: the answer lacks {key!r}, as an HTML page came in its place. "
            f"{pages.WAY_OUT}",
            operation=operation,
        )
    return Transient(
        f"{operation}: the answer lacks {key!r}, or it can't be read. "
        "The way out: check that the endpoint is one of Step Functions.",
        operation=operation,
    )
