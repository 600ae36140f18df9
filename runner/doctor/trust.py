"""Whether the trust policy of a role lets Step Functions assume it for a machine."""

from __future__ import annotations

from enum import Enum, auto
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runner.arns import MachineArn
    from runner.values import Json


class Trust(Enum):
    """What a trust policy comes to."""

    YES = auto()
    NO = auto()
    DEPENDS = auto()
    """It has conditions on more than the machine's ARN and account, or tells what it isn't for."""


def trusts(policy: Json, machine: MachineArn) -> Trust:
    """Tell whether states.amazonaws.com may assume the role for executions of the machine."""
    effects: dict[str, list[Trust]] = {"Allow": [], "Deny": []}
    for statement in _statements(policy):
        effect = statement.get("Effect")
        if isinstance(effect, str) and effect in effects:
            effects[effect].append(_statement(statement, machine))
    if Trust.YES in effects["Deny"]:
        return Trust.NO
    if Trust.YES in effects["Allow"]:
        return Trust.DEPENDS if Trust.DEPENDS in effects["Deny"] else Trust.YES
    return Trust.DEPENDS if Trust.DEPENDS in effects["Allow"] else Trust.NO


def _statement(statement: dict[str, Json], machine: MachineArn) -> Trust:
    """Whether a statement is about this: what it excludes is not worked out here."""
    is_told = not _EXCLUDING & set(statement)
    if "NotPrincipal" not in statement and not _is_of_service(statement, machine.region):
        return Trust.NO
    if "NotAction" not in statement and not _is_of_assuming(statement):
        return Trust.NO
    met = _conditions(statement.get("Condition"), machine)
    return Trust.DEPENDS if met is Trust.YES and not is_told else met


_EXCLUDING = frozenset({"NotPrincipal", "NotAction"})


def _statements(policy: Json) -> Iterator[dict[str, Json]]:
    found = policy.get("Statement") if isinstance(policy, dict) else None
    for each in found if isinstance(found, list) else [found]:
        if isinstance(each, dict):
            yield each


def _is_of_service(statement: dict[str, Json], region: str) -> bool:
    principal = statement.get("Principal")
    services = principal.get("Service") if isinstance(principal, dict) else principal
    wanted = {"states.amazonaws.com", f"states.{region}.amazonaws.com"}
    if isinstance(principal, dict) and "*" in _texts(principal.get("AWS")):
        return True
    return bool(wanted & set(_texts(services))) or principal == "*"


def _is_of_assuming(statement: dict[str, Json]) -> bool:
    actions = [each.lower() for each in _texts(statement.get("Action"))]
    return any(fnmatchcase("sts:assumerole", each) for each in actions if each)


def _texts(value: Json) -> list[str]:
    return [
        each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)
    ]


def _conditions(condition: Json, machine: MachineArn) -> Trust:
    """Whether all conditions are met; those on other keys are not told here."""
    if condition is None or condition == {}:
        return Trust.YES
    if not isinstance(condition, dict):
        return Trust.DEPENDS
    answers = {
        _meets(operator, key, value, machine)
        for operator, keys in condition.items()
        for key, value in (keys.items() if isinstance(keys, dict) else [("", keys)])
    }
    if Trust.NO in answers:
        return Trust.NO
    return Trust.DEPENDS if Trust.DEPENDS in answers else Trust.YES


_LIKE = ("stringlike", "arnlike", "arnequals")


def _meets(operator: str, key: str, value: Json, machine: MachineArn) -> Trust:
    ours = {"aws:sourcearn": machine.unqualified, "aws:sourceaccount": machine.account}
    told = ours.get(key.lower())
    if told is None or operator.lower() not in (*_LIKE, "stringequals"):
        return Trust.DEPENDS
    if operator.lower() in _LIKE:
        globs = [each.replace("[", "[[]") for each in _texts(value)]
        is_met = any(fnmatchcase(told, glob) for glob in globs)
    else:
        is_met = told in _texts(value)
    return Trust.YES if is_met else Trust.NO
