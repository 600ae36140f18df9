"""What AWS says of a call that is not allowed: which kind of policy it was, and the least remedy.

The texts: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from runner.aws.actions import KEY_ACTIONS, is_of_machine, needed, qualifier
from runner.aws.explanations import TABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OF_KEYS = TABLE["KmsAccessDeniedException"].codes

CODES = frozenset({*TABLE["AccessDenied"].codes, *_OF_KEYS})
"""The codes of denials by a policy; others have reasons of their own."""


class Policy(Enum):
    """The kinds of policy that may deny, by how AWS's texts call them."""

    IDENTITY = "identity-based polic"
    RESOURCE = "resource-based polic"
    SERVICE_CONTROL = "service control polic"
    RESOURCE_CONTROL = "resource control polic"
    BOUNDARY = "permissions boundar"
    SESSION = "session polic"
    ENDPOINT = "vpc endpoint polic"
    TRUST = "role trust polic"


@dataclass(frozen=True, slots=True)
class Denial:
    """What was denied: the caller, an action on a resource, and by which kind of policy.

    Texts are empty, and `policy` is None, where that is not told. With `is_explicit` a Deny
    forbids it, in the policy of the ARN `by` if one is told; without, no policy allows it.
    `qualifier` is the version or alias that the permission may be for alone.
    """

    caller: str
    action: str
    resource: str
    policy: Policy | None
    is_explicit: bool
    by: str = ""
    qualifier: str | None = None

    @property
    def statement(self) -> str:
        """The least statement that allows it, as JSON on one line."""
        allowed: dict[str, object] = {"Effect": "Allow", "Action": self.action}
        if self.resource:
            allowed["Resource"] = self.resource
        if self.qualifier is not None:
            # The key may have several values in one call.
            allowed["Condition"] = {"ForAnyValue:StringEquals": {_QUALIFIER: [self.qualifier]}}
        return json.dumps(allowed)


_QUALIFIER = "states:StateMachineQualifier"
_ENCODED = re.compile(r"(?i)encoded authorization (?:failure )?message:?\s*\S+")
_CALLER = re.compile(r"User: (arn:[\w:/.@+=,-]{1,300}) ")
_ACTION = re.compile(
    r"(?i)not authorized to perform:? ([a-z0-9-]{1,40}:[a-z0-9]{1,80})\b"
    r"(?: on (?:the )?resource:? (\S{1,600}))?"
)
_NAMES = "|".join(each.value for each in Policy)
_EXPLICIT = re.compile(
    rf"(?i)explicit deny(?: in (?:an?|the|your)?\s*({_NAMES})(?:y|ies)"
    r"(?:: ?(arn:[\w:/.@+=,-]{1,300}))?)?"
)
_IMPLICIT = re.compile(rf"(?i)\bno ({_NAMES})(?:y|ies)\b")
_KEY = re.compile(r"arn:[a-z-]{1,20}:kms:[a-z0-9-]{1,40}:[0-9]{12}:(?:key|alias)/[\w/-]{1,300}")


def read(said: str, operation: str, about: str) -> Denial:
    """What a text of AWS, and the call itself, tell of a denial. `about` is the call's ARN.

    Only what this call can need is believed: nobody is told to allow what a text made up.
    """
    told = _ACTION.search(said)
    action, resource = (told[1], told[2] or "") if told else ("", "")
    caller = _CALLER.search(said)
    explicit, implicit = _EXPLICIT.search(said), _IMPLICIT.search(said)
    policy = (explicit and explicit[1]) or (implicit and implicit[1])
    own, allowed = needed(operation, about) or ("", "")
    under = qualifier(operation, about)
    if action in KEY_ACTIONS:
        key = _KEY.fullmatch(resource.rstrip(".,;"))
        own, allowed, under = action, key[0] if key else "", None
    elif action != own and is_of_machine(action, resource, about):
        # A call may need the permission of another one too.
        own, allowed = needed(action.partition(":")[2], resource) or (own, allowed)
        under = None
    return Denial(
        caller=caller[1] if caller else "",
        action=own,
        resource=allowed,
        policy=Policy(policy.lower()) if policy else None,
        is_explicit=explicit is not None,
        by=(explicit[2] or "") if explicit else "",
        qualifier=under,
    )


def shown(said: str) -> str:
    """The service's text without a reason that only AWS can read."""
    return _ENCODED.sub("the reason is encoded", said)


def explain(code: str, said: str, operation: str, about: str) -> str | None:
    """Why it was denied and the way out, as sentences; None where that is not known."""
    denial = read(said, operation, about)
    if not denial.action or (code in _OF_KEYS and denial.action not in KEY_ACTIONS):
        return None
    if _ENCODED.search(said):
        return f"{_way_out(denial)} AWS's own reason: `aws sts decode-authorization-message`."
    return _way_out(denial)


def ways() -> Iterator[tuple[str, str]]:
    """The kinds of policy with what is said where none of it allows a call."""
    words = {
        "action": "ACTION",
        "resource": "RESOURCE",
        "caller": "CALLER",
        "statement": '{"Effect": "Allow", …}',
    }
    for policy, text in _IMPLICITLY.items():
        yield _called(policy).partition(" ")[2], text.format(**words)


def _way_out(denial: Denial) -> str:
    if denial.is_explicit:
        return _of_deny(denial)
    if denial.policy is None and denial.action in _OF_ROLES:
        return f"The way out: {_OF_ROLES[denial.action].format(**_words(denial))}"
    if denial.policy is None and denial.action in KEY_ACTIONS:
        return f"The way out: {_IN_A_KEY.format(**_words(denial))}"
    if denial.policy is Policy.RESOURCE and denial.action.startswith("states:"):
        return _ELSEWHERE
    told = _IMPLICITLY.get(denial.policy, _UNTOLD) if denial.policy else _UNTOLD
    return told.format(**_words(denial))


def _of_deny(denial: Denial) -> str:
    words = _words(denial)
    kind = _called(denial.policy) if denial.policy else "a policy"
    where = f"the {kind.partition(' ')[2]} {denial.by}" if denial.by else kind
    owner = _OWNERS.get(denial.policy, "") if denial.policy else ""
    return (
        f"A Deny in {where} forbids it, and no Allow outweighs that. The way out: {owner}take "
        f"{words['action']} on {words['resource']} out of the Deny, or meet its conditions."
    )


def _called(policy: Policy) -> str:
    kind = f"{policy.value}y".replace("vpc", "VPC")
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _words(denial: Denial) -> Mapping[str, str]:
    return {
        "action": denial.action,
        "resource": denial.resource or "this resource",
        "caller": _who(denial.caller),
        "statement": denial.statement,
    }


_ROLE = re.compile(r"arn:[a-z-]+:sts::[0-9]{12}:assumed-role/([^/]+)/.*")
_PERMISSION_SET = re.compile(r"AWSReservedSSO_(.+)_[0-9a-f]{16}")
_USER = re.compile(r"arn:[a-z-]+:iam::[0-9]{12}:(user|role)/(?:.*/)?([^/]+)")


def _who(caller: str) -> str:
    """The caller as one who changes policies knows it: a session's role, not the session."""
    role, user = _ROLE.fullmatch(caller), _USER.fullmatch(caller)
    granted = _PERMISSION_SET.fullmatch(role[1]) if role else None
    if granted:
        return f"the permission set {granted[1]} of IAM Identity Center"
    if role:
        return f"the role {role[1]}"
    return f"the {user[1]} {user[2]}" if user else "the caller"


_UNTOLD = (
    "The way out: allow this action on this resource to {caller}, with the statement {statement}."
)
_IMPLICITLY: Mapping[Policy, str] = {
    Policy.IDENTITY: (
        "No policy of {caller} allows it. The way out: add the statement {statement} to one."
    ),
    Policy.RESOURCE: (
        "The resource's own policy does not allow it. The way out: allow {action} to {caller} in "
        "the policy of {resource}."
    ),
    Policy.SERVICE_CONTROL: (
        "No service control policy of the organization allows it. The way out: have its "
        "administrators allow {action} on {resource} to this account; no policy of the account's "
        "own can."
    ),
    Policy.RESOURCE_CONTROL: (
        "No resource control policy of the organization allows it. The way out: have its "
        "administrators allow {action} on {resource}; no policy of the account's own can."
    ),
    Policy.BOUNDARY: (
        "The permissions boundary of {caller} does not allow it. The way out: add the statement "
        "{statement} to the boundary, besides what the caller's own policies allow."
    ),
    Policy.SESSION: (
        "The session policy does not allow it, by which the role was narrowed when it was "
        "assumed. The way out: add the statement {statement} to that policy, or assume the role "
        "without one."
    ),
    Policy.ENDPOINT: (
        "The policy of the VPC endpoint does not allow it, through which the call went. The way "
        "out: add the statement {statement}, with a Principal, to the endpoint's policy."
    ),
    Policy.TRUST: (
        "The role's trust policy does not allow it. The way out: let the trust policy of "
        "{resource} allow {action} to {caller}, with conditions that the call meets."
    ),
}
_ELSEWHERE = (
    "The credentials are of another account than the resource, and in Step Functions no resource "
    "has a policy that could let them in. The way out: use credentials of the account in its ARN."
)
_IN_A_KEY = (
    "allow {action} on {resource} to {caller}, in the key's policy or, where that lets the "
    "account decide, with the statement {statement}."
)
_OF_ROLES = {
    "sts:AssumeRole": (
        "let the trust policy of {resource} allow sts:AssumeRole to {caller} (an external id is "
        "part of it), and add the statement {statement} to a policy of {caller}."
    ),
    "sts:AssumeRoleWithWebIdentity": (
        "let the trust policy of {resource} allow sts:AssumeRoleWithWebIdentity to the provider "
        "of such tokens, with conditions that the token's sub and aud meet; `stepfleet "
        "iam-policy --trust github` prints one for GitHub."
    ),
    "sts:GetCallerIdentity": (
        "look for a Deny, in a policy of {caller} or of the organization: this call needs no Allow."
    ),
}
_OWNERS: Mapping[Policy, str] = {
    Policy.SERVICE_CONTROL: "have the organization's administrators ",
    Policy.RESOURCE_CONTROL: "have the organization's administrators ",
}
