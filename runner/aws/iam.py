"""Reads of IAM: what a role trusts, and what a principal's policies allow. Nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from runner.aws.asking import config
from runner.aws.codes import plain
from runner.aws.translation import aws_errors
from runner.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from runner.aws.clients import Session
    from runner.values import Json

_SIMULATE = "SimulatePrincipalPolicy"
_GET_ROLE = "GetRole"
_PAGE = 1000
_MOST_PAGES = 50
_LISTS = ("kms:ResourceAliases",)
"""The keys of conditions that may have several values at once."""


@dataclass(frozen=True, slots=True)
class Role:
    """A role: its ARN with its path, and its trust policy as JSON."""

    arn: str
    trust: Json


@dataclass(frozen=True, slots=True)
class Decision:
    """What the simulation says of one action on one resource.

    `outcome` is allowed, explicitDeny or implicitDeny. `missing` are keys of conditions that
    have no value in the simulation. `by_organization` tells that the organization's policies
    don't allow it, `by_boundary` that the permissions boundary doesn't.
    """

    action: str
    resource: str
    outcome: str
    missing: tuple[str, ...] = ()
    by_organization: bool = False
    by_boundary: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """May these actions be called on these resources? All pairs are asked.

    `context` are values of condition keys: strings, or booleans where they are `true` or `false`.
    """

    actions: Sequence[str]
    resources: Sequence[str]
    context: Mapping[str, str] = field(default_factory=dict)


class Iam:
    """Asks IAM. Every method may be called from several threads at once."""

    def __init__(self, session: Session) -> None:
        with aws_errors("credentials"):
            self._client: Any = session.client("iam", config=config())

    @property
    def url(self) -> str:
        """Where IAM is asked."""
        url: str = self._client.meta.endpoint_url
        return url

    def role(self, name: str) -> Role:
        """Read a role by its name, without path. Raises ProviderError."""
        with aws_errors(_GET_ROLE, name):
            answer: Any = self._client.get_role(RoleName=name)
            role = answer.get("Role") or {}
            return Role(str(role.get("Arn") or ""), role.get("AssumeRolePolicyDocument"))

    def simulate(self, principal: str, question: Question) -> tuple[Decision, ...]:
        """What the principal's policies say. `principal` is the ARN of a user, group or role.

        Policies of sessions and of resources are not part of it. Raises ProviderError.
        """
        found: list[Decision] = []
        marker: str | None = None
        for _ in range(_MOST_PAGES):
            answer = self._page(principal, question, marker)
            for result in answer.get("EvaluationResults") or ():
                found += _decisions(result)
            marker = answer.get("Marker") if answer.get("IsTruncated") else None
            if marker is None:
                return tuple(found)
        raise Rejected(f"{_SIMULATE}: the answer has no end", operation=_SIMULATE)

    def _page(self, principal: str, question: Question, marker: str | None) -> Mapping[str, Any]:
        arguments: dict[str, Any] = {
            "PolicySourceArn": principal,
            "ActionNames": list(question.actions),
            "ResourceArns": list(question.resources),
            "ContextEntries": [_entry(*each) for each in question.context.items()],
            "MaxItems": _PAGE,
        }
        if marker is not None:
            arguments["Marker"] = marker
        with aws_errors(_SIMULATE, principal):
            answer: Mapping[str, Any] = self._client.simulate_principal_policy(**arguments)
            return answer

    def close(self) -> None:
        """Close all connections."""
        self._client.close()


def _entry(key: str, value: str) -> dict[str, Any]:
    kind = "boolean" if value in ("true", "false") else "string"
    if key in _LISTS:
        kind = "stringList"
    return {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": kind}


def _decisions(result: Mapping[str, Any]) -> Iterator[Decision]:
    """The decision on each resource, which an answer tells one by one or as a whole."""
    organization = (result.get("OrganizationsDecisionDetail") or {}).get("AllowedByOrganizations")
    for each in result.get("ResourceSpecificResults") or (result,):
        boundary = each.get("PermissionsBoundaryDecisionDetail") or {}
        yield Decision(
            action=plain(result.get("EvalActionName", "")),
            resource=plain(each.get("EvalResourceName", "")),
            outcome=plain(each.get("EvalResourceDecision") or each.get("EvalDecision") or ""),
            missing=tuple(plain(key) for key in each.get("MissingContextValues") or ()),
            by_organization=organization is False,
            by_boundary=boundary.get("AllowedByPermissionsBoundary") is False,
        )
