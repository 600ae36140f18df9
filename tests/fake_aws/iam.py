"""IAM: roles, and the simulation of policies, which are really evaluated. Answers are XML."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from tests.fake_aws.api import ApiError
from tests.fake_aws.sts import form_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tests.fake_aws.sts import Form

_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"

Statement = dict[str, Any]
ANYTHING: Statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
STATES_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "states.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


@dataclass(slots=True)
class Directory:
    """Who there is: roles with their trust by ARN, and statements by the ARN of a principal.

    `page` is how many results stand on a page of a simulation. With `by_resource`, results tell
    of each resource within the result of an action, as IAM does for several resources.
    """

    trust: dict[str, Any] = field(default_factory=dict)
    statements: dict[str, list[Statement]] = field(default_factory=dict)
    page: int = 1000
    by_resource: bool = False
    forbidden_by_organization: set[str] = field(default_factory=set)

    def role(self, arn: str, trust: Any = None, *statements: Statement) -> None:
        """Add a role."""
        self.trust[arn] = STATES_TRUST if trust is None else trust
        self.statements[arn] = list(statements)

    def allow(self, arn: str, *statements: Statement) -> None:
        """Give a principal these statements alone."""
        self.statements[arn] = list(statements)


def answer(directory: Directory, operation: str, body: bytes) -> bytes:
    """The answer to a call; raises ApiError."""
    result = IAM[operation](directory, form_of(body))
    return (
        f'<{operation}Response xmlns="{_NAMESPACE}"><{operation}Result>{result}'
        f"</{operation}Result></{operation}Response>"
    ).encode()


def _get_role(directory: Directory, form: Form) -> str:
    name = form["RoleName"]
    arn = next((each for each in directory.trust if each.endswith(f"/{name}")), None)
    if arn is None:
        raise ApiError("NoSuchEntity", f"The role with name {name} cannot be found.", 404)
    trust = escape(quote(json.dumps(directory.trust[arn])))
    path = arn.partition(":role")[2].removesuffix(name)
    return (
        f"<Role><Path>{path}</Path><RoleName>{name}</RoleName><RoleId>AROATESTER</RoleId>"
        f"<Arn>{arn}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>"
        f"<AssumeRolePolicyDocument>{trust}</AssumeRolePolicyDocument></Role>"
    )


def _simulate(directory: Directory, form: Form) -> str:
    principal = form["PolicySourceArn"]
    if principal not in directory.statements:
        raise ApiError("NoSuchEntity", f"{principal} cannot be found.", 404)
    statements, context = directory.statements[principal], dict(_context(form))
    actions, resources = _members(form, "ActionNames"), _members(form, "ResourceArns")
    if directory.by_resource:
        results = [_of_action(directory, a, resources, statements, context) for a in actions]
    else:
        results = [
            _result(directory, action, resource, statements, context)
            for action in actions
            for resource in resources
        ]
    first = int(form.get("Marker", "0"))
    some = "".join(results[first : first + directory.page])
    last = first + directory.page
    more = f"<Marker>{last}</Marker>" if last < len(results) else ""
    is_cut = "true" if more else "false"
    return f"<IsTruncated>{is_cut}</IsTruncated>{more}<EvaluationResults>{some}</EvaluationResults>"


def _result(
    directory: Directory,
    action: str,
    resource: str,
    statements: Sequence[Statement],
    context: Mapping[str, str],
) -> str:
    decision, missing = decide(action, resource, statements, context)
    allowed = action not in directory.forbidden_by_organization
    outcome = decision if allowed else "implicitDeny"
    return (
        f"<member><EvalActionName>{action}</EvalActionName>"
        f"<EvalResourceName>{escape(resource)}</EvalResourceName>"
        f"<EvalDecision>{outcome}</EvalDecision>{_missing(missing)}"
        "<OrganizationsDecisionDetail><AllowedByOrganizations>"
        f"{'true' if allowed else 'false'}"
        "</AllowedByOrganizations></OrganizationsDecisionDetail></member>"
    )


def _of_action(
    directory: Directory,
    action: str,
    resources: Sequence[str],
    statements: Sequence[Statement],
    context: Mapping[str, str],
) -> str:
    members = []
    for resource in resources:
        decision, missing = decide(action, resource, statements, context)
        members.append(
            f"<member><EvalResourceName>{escape(resource)}</EvalResourceName>"
            f"<EvalResourceDecision>{decision}</EvalResourceDecision>{_missing(missing)}</member>"
        )
    return (
        f"<member><EvalActionName>{action}</EvalActionName><EvalDecision>implicitDeny"
        f"</EvalDecision><ResourceSpecificResults>{''.join(members)}</ResourceSpecificResults>"
        "</member>"
    )


def _missing(keys: Sequence[str]) -> str:
    members = "".join(f"<member>{key}</member>" for key in keys)
    return f"<MissingContextValues>{members}</MissingContextValues>"


def decide(
    action: str, resource: str, statements: Sequence[Statement], context: Mapping[str, str]
) -> tuple[str, list[str]]:
    """What statements come to, and the keys of conditions that have no value."""
    effects, missing = set(), set()
    for each in statements:
        if not (_matches(each["Action"], action) and _matches(each["Resource"], resource)):
            continue
        needed = each.get("Condition", {})
        missing |= {key for keys in needed.values() for key in keys if key not in context}
        if all(_is_met(operator, keys, context) for operator, keys in needed.items()):
            effects.add(each["Effect"])
    if "Deny" in effects:
        return "explicitDeny", sorted(missing)
    return ("allowed" if "Allow" in effects else "implicitDeny"), sorted(missing)


def _is_met(operator: str, keys: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    base = operator.removesuffix("IfExists")
    for key, wanted in keys.items():
        if key not in context:
            if operator.endswith("IfExists"):
                continue
            return False
        values = wanted if isinstance(wanted, list) else [wanted]
        if base == "Null":
            return False
        if not any(fnmatchcase(context[key], str(value)) for value in values):
            return False
    return True


def _matches(patterns: Any, text: str) -> bool:
    some = patterns if isinstance(patterns, list) else [patterns]
    return any(fnmatchcase(text.lower(), str(pattern).lower()) for pattern in some)


def _members(form: Form, name: str) -> list[str]:
    found = re.compile(rf"{name}\.member\.(\d+)")
    keys = [(int(match[1]), key) for key in form if (match := found.fullmatch(key))]
    return [form[key] for _, key in sorted(keys)]


def _context(form: Form) -> Iterator[tuple[str, str]]:
    number = 1
    while name := form.get(f"ContextEntries.member.{number}.ContextKeyName"):
        yield name, form[f"ContextEntries.member.{number}.ContextKeyValues.member.1"]
        number += 1


IAM: dict[str, Callable[[Directory, Form], str]] = {
    "GetRole": _get_role,
    "SimulatePrincipalPolicy": _simulate,
}
