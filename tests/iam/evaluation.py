"""IAM's evaluation of a call, as far as our policies go: is it allowed, and by which statement?

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class Call:
    """An action on a resource, with the condition keys that the service tells of it."""

    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def allowing(policies: Iterable[Any], call: Call) -> list[str]:
    """The Sids of the statements that allow the call."""
    return [
        statement["Sid"]
        for policy in policies
        for statement in policy["Statement"]
        if _allows(statement, call)
    ]


def _allows(statement: Any, call: Call) -> bool:
    return (
        any(_matches(each, call.action) for each in statement["Action"])
        and any(_matches(each, call.resource) for each in statement["Resource"])
        and all(
            _meets(operator, call.context.get(key, ()), value)
            for operator, keys in statement.get("Condition", {}).items()
            for key, value in keys.items()
        )
    )


def _matches(pattern: str, text: str) -> bool:
    return _compiled(pattern).fullmatch(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    wild = "".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in pattern)
    return re.compile(wild, re.DOTALL)


def _meets(operator: str, has: tuple[str, ...], wanted: str | list[str]) -> bool:
    among = [wanted] if isinstance(wanted, str) else wanted
    match operator:
        case "Null":
            return (not has) is (wanted == "true")
        case "StringEquals":
            assert len(has) <= 1, "a key of several values needs ForAnyValue or ForAllValues"
            return bool(has) and has[0] in among
        case "ForAnyValue:StringEquals":
            return any(each in among for each in has)
        case _:
            raise AssertionError(operator)
