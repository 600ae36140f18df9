"""Policies as text with headings, as JSON by `iam-policy.schema.json`, and one by itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from runner.iam import ASSUME, DISCOVER, MAX_ATTACHED, MAX_POLICY, Purpose
from runner.report.cleaning import clean, one_line
from runner.report.layout import Style, listed, paint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from runner.iam import Grant, MachineRole, Policy
    from runner.values import Json

FORMAT_VERSION = 1
MACHINES = "machines"

PURPOSES = (*(each.value for each in Purpose), DISCOVER, ASSUME, MACHINES)
"""What policies are for, in the order in which they are shown."""

_WIDTH = 100
_STATEMENT = 2
"""How deep in a policy a statement lies."""

_MEANINGS = {
    Purpose.PLAN.value: "to plan, and to tell the status of a run",
    Purpose.DRIFT.value: "to tell what drifted",
    Purpose.APPLY.value: "to run jobs and to stop them",
    DISCOVER: "only to discover machines, and to suggest near names",
    ASSUME: "to take the roles that platforms name",
}


def policy_json(policy: Policy) -> str:
    """One policy as IAM takes it from a file, with short lists and conditions in one line each."""
    return f"{_pretty(policy, depth=0, before=0)}\n"


def _pretty(value: Json, *, depth: int, before: int) -> str:
    """JSON in lines; below a statement, what fits into one stands in one.

    `before` is how many characters stand before it in its first line.
    """
    flat = json.dumps(value)
    is_short = depth > _STATEMENT and before + len(flat) < _WIDTH
    if is_short or not isinstance(value, (dict, list)):
        return flat
    inner = "  " * (depth + 1)
    is_object = isinstance(value, dict)
    items = list(value.items()) if isinstance(value, dict) else [("", item) for item in value]
    heads = [f"{json.dumps(key)}: " if is_object else "" for key, _ in items]
    lines = [
        f"{inner}{head}{_pretty(item, depth=depth + 1, before=len(inner) + len(head))}"
        for head, (_, item) in zip(heads, items, strict=True)
    ]
    first, last = ("{", "}") if is_object else ("[", "]")
    return "\n".join((first, ",\n".join(lines), f"{'  ' * depth}{last}"))


def policies_json(
    project: str, grants: Sequence[Grant], roles: Sequence[MachineRole], notes: Sequence[str]
) -> str:
    """All of them as data, one line of JSON. A purpose that needs nothing has an empty list."""
    document: dict[str, Json] = {"formatVersion": FORMAT_VERSION, "project": project}
    for purpose in PURPOSES[:-1]:
        document[purpose] = [_grant_json(each) for each in grants if each.purpose == purpose]
    document[MACHINES] = [
        {"machine": each.machine, "role": each.role, "policies": list(each.policies)}
        for each in roles
    ]
    document["notes"] = list(notes)
    return f"{json.dumps(document, separators=(',', ':'))}\n"


def _grant_json(grant: Grant) -> Json:
    return {
        "holder": grant.holder,
        "account": grant.account,
        "platforms": list(grant.platforms),
        "policies": list(grant.policies),
    }


def policies_text(
    project: str,
    grants: Sequence[Grant],
    roles: Sequence[MachineRole],
    *,
    colour: bool = False,
) -> str:
    """Each policy below a line that says for whom it is."""
    titled = list(_titled(grants, roles))
    count = f"{len(titled):,} {'policy' if len(titled) == 1 else 'policies'}"
    lines = [paint(clean(f"{project}: {count}"), Style.BOLD, colour=colour)]
    for title, whose, policy in titled:
        head = paint(clean(title), Style.BOLD, colour=colour)
        lines += ["", head, one_line(whose), policy_json(policy).rstrip()]
    return "".join(f"{line}\n" for line in lines)


def _titled(
    grants: Iterable[Grant], roles: Iterable[MachineRole]
) -> Iterator[tuple[str, str, Policy]]:
    """Each policy after what it is for, and for whom."""
    for grant in grants:
        account = f", account {grant.account}" if grant.account else ""
        whose = f"for {grant.holder}{account}, platform {listed(grant.platforms)}"
        for part, policy in _numbered(grant.policies):
            yield f"{grant.purpose}: {_MEANINGS[grant.purpose]}{part}", whose, policy
    for role in roles:
        whose = f"for the role of {role.machine}" + (f", {role.role}" if role.role else "")
        for part, policy in _numbered(role.policies):
            yield f"{MACHINES}: to start executions{part}", whose, policy


def _numbered(policies: Sequence[Policy]) -> Iterator[tuple[str, Policy]]:
    for number, policy in enumerate(policies, start=1):
        yield (f", part {number} of {len(policies)}" if len(policies) > 1 else ""), policy


def size_notes(grants: Iterable[Grant], roles: Iterable[MachineRole]) -> Iterator[str]:
    """What to say of those that are more than IAM takes in one policy, or in one role."""
    shown = (
        *((f"{one.purpose} for {one.holder}", one.policies) for one in grants),
        *((f"{MACHINES} for {one.machine}", one.policies) for one in roles),
    )
    for name, policies in shown:
        if len(policies) > 1:
            yield (
                f"{name} is {len(policies)} policies, as IAM takes {MAX_POLICY:,} characters in "
                "one: attach all of them"
            )
        if len(policies) > MAX_ATTACHED:
            yield (
                f"{name}: a role takes {MAX_ATTACHED} policies unless its account's quota is "
                "raised; where your machines share a prefix, a pattern such as orders-* in "
                "place of their names allows more and is shorter"
            )
