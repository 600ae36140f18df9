"""From permissions to policies: statements that read well, in documents that IAM takes.

Grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
Sizes: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from runner.iam.types import KEY_CONTEXT, QUALIFIED_ACTIONS, QUALIFIER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from runner.iam.types import Permission
    from runner.values import Json

Policy: TypeAlias = "dict[str, Json]"
"""A policy document, ready to be written as JSON."""

VERSION = "2012-10-17"

MAX_POLICY = 6144
"""Characters of a managed policy, white space left out."""

MAX_ATTACHED = 10
"""Managed policies that a role takes, as long as its account's quota is not raised."""

_LISTS = frozenset((QUALIFIER, "kms:ResourceAliases"))
"""The condition keys that may have several values in one call."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Actions on resources under one condition.

    `key` is the condition key whose value must be among `values`; with no values, the call must
    not have it; with no key, any will do. `fixed` are keys that must have the value beside them.
    """

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    key: str | None = None
    values: tuple[str, ...] = ()
    fixed: tuple[tuple[str, str], ...] = ()
    sid: str = ""

    def document(self) -> Policy:
        """The statement as IAM's grammar has it."""
        written: Policy = {
            "Sid": self.sid,
            "Effect": "Allow",
            "Action": list(self.actions),
            "Resource": list(self.resources),
        }
        condition = self._condition()
        return {**written, "Condition": condition} if condition else written

    def _condition(self) -> dict[str, Json]:
        pairs: list[tuple[str, Json]] = [
            (key, [value] if key in _LISTS else value) for key, value in self.fixed
        ]
        condition: dict[str, Json] = {}
        if self.key is not None and self.values:
            pairs.append((self.key, list(self.values)))
        elif self.key is not None:
            condition["Null"] = {self.key: "true"}
        for operator, is_list in (("StringEquals", False), ("ForAnyValue:StringEquals", True)):
            keys = {key: value for key, value in pairs if (key in _LISTS) is is_list}
            if keys:
                condition[operator] = dict(sorted(keys.items()))
        return condition


def policies(permissions: Iterable[Permission], *, limit: int = MAX_POLICY) -> tuple[Policy, ...]:
    """The least policies that give these permissions: one, or as many as IAM's size asks for.

    A call is allowed by all of them together if and only if it is one of the permissions, but that
    a machine which is called by its name alone may be so by its versions and aliases too. None is
    larger than `limit` characters, white space left out.
    """
    filled: list[list[Statement]] = [[]]
    rest = list(reversed(_grouped(permissions)))
    while rest:
        statement = rest.pop()
        first, more = _parted(statement, lambda part: _fits([*filled[-1], part], limit))
        if first is None and filled[-1]:
            filled.append([])
            rest.append(statement)
        elif first is None and (halves := _halves(statement)):
            rest += reversed(halves)
        else:
            filled[-1].append(first or statement)
            rest += [] if more is None else [more]
    named = iter(_named(each for part in filled for each in part))
    return tuple(_policy([next(named) for _ in part]) for part in filled if part)


def _grouped(permissions: Iterable[Permission]) -> Sequence[Statement]:
    """What is alike in actions and conditions in one statement, in the order of their subjects.

    Where a machine is called by a version or an alias, the statement names it; where the same
    call is also made without, another one allows that.
    """
    actions: dict[_Where, set[str]] = defaultdict(set)
    for where, action in _conditions(permissions):
        actions[where].add(action)
    resources: dict[_Alike, set[str]] = defaultdict(set)
    for where, names in actions.items():
        alike = (tuple(sorted(names)), where[1], where[2], where[3])
        resources[alike].add(where[0])
    found = (
        Statement(names, tuple(sorted(on)), key, values, fixed)
        for (names, key, values, fixed), on in resources.items()
    )
    return sorted(found, key=_order)


_Fixed: TypeAlias = "tuple[tuple[str, str], ...]"
_Where: TypeAlias = "tuple[str, str | None, tuple[str, ...], _Fixed]"
_Alike: TypeAlias = "tuple[tuple[str, ...], str | None, tuple[str, ...], _Fixed]"


def _conditions(permissions: Iterable[Permission]) -> Iterator[tuple[_Where, str]]:
    """Each action with where and under which condition it is allowed."""
    seen: dict[tuple[str, str, str, _Fixed], set[str | None]] = defaultdict(set)
    for each in permissions:
        context = dict(each.context)
        of_machine = context.pop(KEY_CONTEXT, None)
        is_qualified = each.action in QUALIFIED_ACTIONS
        key, told = (QUALIFIER, each.qualifier) if is_qualified else (KEY_CONTEXT, of_machine)
        seen[each.action, each.resource, key, tuple(sorted(context.items()))].add(told)
    for (action, resource, key, fixed), values in seen.items():
        named = tuple(sorted(value for value in values if value is not None))
        if not named:
            yield (resource, None, (), fixed), action
            continue
        yield (resource, key, named, fixed), action
        if None in values:
            yield (resource, key, (), fixed), action


_SUBJECTS = (
    ("states:StartExecution", "StartStateMachines"),
    ("states:StartSyncExecution", "RunExpressStateMachines"),
    ("states:ListStateMachines", "ListStateMachines"),
    ("tag:", "ListStateMachines"),
    ("states:StopExecution", "ControlExecutions"),
    ("states:RedriveExecution", "ControlExecutions"),
    ("states:GetExecutionHistory", "ReadExecutions"),
    ("states:DescribeExecution", "ReadExecutions"),
    ("states:DescribeStateMachineForExecution", "ReadExecutions"),
    ("events:", "HearOfNestedExecutions"),
    ("kms:", "ReadEncryptedData"),
    ("sts:", "AssumeRoles"),
    ("", "ReadStateMachines"),
)
"""What a statement is called by the first of these that one of its actions begins with."""

_ORDER = (
    "ListStateMachines",
    "ReadStateMachines",
    "StartStateMachines",
    "RunExpressStateMachines",
    "ReadExecutions",
    "ControlExecutions",
    "HearOfNestedExecutions",
    "ReadEncryptedData",
    "AssumeRoles",
)


def _subject(statement: Statement) -> str:
    return next(
        name
        for prefix, name in _SUBJECTS
        if any(action.startswith(prefix) for action in statement.actions)
    )


def _order(statement: Statement) -> tuple[object, ...]:
    return (
        _ORDER.index(_subject(statement)),
        statement.resources,
        statement.key or "",
        statement.values,
        statement.actions,
        statement.fixed,
    )


def _named(found: Iterable[Statement]) -> tuple[Statement, ...]:
    """Each with a Sid that no other has: its subject, and a number from the second on."""
    counts: Counter[str] = Counter()
    named = []
    for statement in found:
        subject = _subject(statement)
        counts[subject] += 1
        number = "" if counts[subject] == 1 else str(counts[subject])
        named.append(replace(statement, sid=f"{subject}{number}"))
    return tuple(named)


def _parted(
    statement: Statement, fits: Callable[[Statement], bool]
) -> tuple[Statement | None, Statement | None]:
    """As much of the statement as fits, and the rest of it; together they allow the same.

    The longer of its lists is cut, of resources or of values.
    """
    if fits(statement):
        return statement, None
    name, items = _longer(statement)
    most = bisect_right(
        range(1, len(items)),
        False,
        key=lambda count: not fits(_with(statement, name, items[:count])),
    )
    if not most:
        return None, statement
    return _with(statement, name, items[:most]), _with(statement, name, items[most:])


def _halves(statement: Statement) -> tuple[Statement, ...]:
    """Two statements that allow the same together; none where it is about one thing alone."""
    name, items = _longer(statement)
    middle = len(items) // 2
    parts = (items[:middle], items[middle:]) if middle else ()
    return tuple(_with(statement, name, part) for part in parts)


_Cut: TypeAlias = "Literal['resources', 'values']"


def _longer(statement: Statement) -> tuple[_Cut, tuple[str, ...]]:
    if len(statement.values) > len(statement.resources):
        return "values", statement.values
    return "resources", statement.resources


def _with(statement: Statement, name: _Cut, items: tuple[str, ...]) -> Statement:
    if name == "values":
        return replace(statement, values=items)
    return replace(statement, resources=items)


def _fits(found: Iterable[Statement], limit: int) -> bool:
    return _size(_policy([replace(each, sid=_LONGEST_SID) for each in found])) <= limit


_LONGEST_SID = f"{max(_ORDER, key=len)}9999"


def _policy(found: Iterable[Statement]) -> Policy:
    return {"Version": VERSION, "Statement": [each.document() for each in found]}


def is_policy(document: Json) -> bool:
    """Tell a policy document of IAM, whoever made it."""
    return isinstance(document, dict) and {"Version", "Statement"} <= document.keys()


def is_ours(document: Json) -> bool:
    """Tell a policy whose statements all have the names that they are given here."""
    if not isinstance(document, dict) or not is_policy(document):
        return False
    found = document["Statement"]
    return isinstance(found, list) and all(
        isinstance(each, dict) and str(each.get("Sid")).rstrip("0123456789") in _ORDER
        for each in found
    )


def _size(document: Policy) -> int:
    """Characters without white space, as IAM counts them."""
    return sum(not letter.isspace() for letter in json.dumps(document, separators=(",", ":")))


def sizes(documents: Iterable[Policy]) -> tuple[int, ...]:
    """The size of each document, as IAM counts it."""
    return tuple(map(_size, documents))
