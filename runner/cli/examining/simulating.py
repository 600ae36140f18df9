"""What IAM's simulation says of many permissions, in few calls."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from runner import aws
from runner.doctor.permissions import (
    BOUNDARY,
    ORGANIZATION,
    Outcome,
    Simulated,
    Unsimulated,
    context_of,
)
from runner.doctor.words import because
from runner.errors import AccessDenied, ProviderError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from runner.cli.examining.asking import Asking
    from runner.iam import Permission

Verdicts: TypeAlias = "Mapping[Permission, Simulated | Unsimulated]"

RESOURCES = 50
"""Resources in one call: with a handful of actions its answer stays small."""

_ASSUMED = re.compile(
    r"arn:(?P<partition>[a-z-]+):sts::(?P<account>\d{12}):assumed-role/(?P<role>[^/]+)/.*"
)
_ENTITY = re.compile(r"arn:[a-z-]+:iam::\d{12}:(user|role|group)/.+")


@dataclass(frozen=True, slots=True)
class Principal:
    """Whose policies are simulated: the ARN of a user or role, or why there is none."""

    arn: str | Unsimulated


def of_caller(arn: str, iam: aws.Iam, asking: Asking) -> Principal:
    """The principal of credentials, by the ARN that STS tells.

    For those of an assumed role that is the role. Its path, which STS does not tell, IAM may.
    """
    assumed = _ASSUMED.fullmatch(arn)
    if assumed is not None:
        role = asking.ask(partial(iam.role, assumed["role"]))
        if not isinstance(role, ProviderError) and role.arn:
            return Principal(role.arn)
        head = f"arn:{assumed['partition']}:iam::{assumed['account']}"
        return Principal(f"{head}:role/{assumed['role']}")
    if _ENTITY.fullmatch(arn):
        return Principal(arn)
    return Principal(
        Unsimulated(f"{arn} is no user and no role, so nothing is simulated", "use a role")
    )


def simulate(
    principal: Principal,
    wanted: Iterable[Permission],
    *,
    iam: aws.Iam,
    asking: Asking,
    base: Mapping[str, str],
) -> Verdicts:
    """What the principal's policies say of each permission.

    `base` are values of condition keys that hold for all of them.
    """
    permissions = tuple(dict.fromkeys(wanted))
    if isinstance(principal.arn, Unsimulated):
        return dict.fromkeys(permissions, principal.arn)
    questions = _questions(permissions, base)
    answers = asking.each(range(len(questions)), _Sequence(principal.arn, questions, iam))
    verdicts: dict[Permission, Simulated | Unsimulated] = {}
    for number, (asked, _) in enumerate(questions):
        answer = answers[number]
        for permission in asked:
            verdicts[permission] = _verdict(permission, answer, principal.arn)
    return verdicts


class _Sequence:
    """Asks one question after another, and none more once the simulation is denied."""

    def __init__(
        self,
        principal: str,
        questions: Sequence[tuple[tuple[Permission, ...], aws.Question]],
        iam: aws.Iam,
    ) -> None:
        self._principal = principal
        self._questions = questions
        self._iam = iam
        self._denied: AccessDenied | None = None

    def __call__(self, number: int) -> tuple[aws.Decision, ...]:
        if self._denied is not None:
            raise self._denied
        try:
            return self._iam.simulate(self._principal, self._questions[number][1])
        except AccessDenied as error:
            self._denied = error
            raise


def _questions(
    permissions: Sequence[Permission], base: Mapping[str, str]
) -> list[tuple[tuple[Permission, ...], aws.Question]]:
    """The fewest calls: resources that need the same actions in the same context go together."""
    of_resource: dict[tuple[str, tuple[tuple[str, str], ...]], list[Permission]] = {}
    for each in permissions:
        context = tuple(sorted(context_of(each, base).items()))
        of_resource.setdefault((each.resource, context), []).append(each)
    alike: dict[tuple[tuple[str, ...], tuple[tuple[str, str], ...]], list[str]] = {}
    for (resource, context), group in of_resource.items():
        actions = tuple(sorted({each.action for each in group}))
        alike.setdefault((actions, context), []).append(resource)
    return [
        (
            tuple(each for resource in some for each in of_resource[resource, context]),
            aws.Question(actions, [named(resource) for resource in some], dict(context)),
        )
        for (actions, context), resources in alike.items()
        for some in _batches(resources)
    ]


def _batches(resources: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(resources), RESOURCES):
        yield resources[first : first + RESOURCES]


def named(resource: str) -> str:
    """An ARN as a call would have it: some execution in place of all of a machine's."""
    head, colon, last = resource.rpartition(":")
    if last != "*" or ":execution:" not in resource:
        return resource
    head = f"{head[:-1]}example" if head.endswith("/*") else head
    return f"{head}{colon}example-00000000-00000000000000000000-0-1"


def _verdict(
    permission: Permission,
    answer: tuple[aws.Decision, ...] | ProviderError,
    principal: str,
) -> Simulated | Unsimulated:
    if isinstance(answer, ProviderError):
        return _unsimulated(answer, principal)
    resource = named(permission.resource)
    for each in answer:
        is_it = each.action.lower() == permission.action.lower() and each.resource == resource
        if is_it and each.outcome in set(Outcome):
            by = ORGANIZATION if each.by_organization else BOUNDARY if each.by_boundary else ""
            return Simulated(Outcome(each.outcome), each.missing, by)
    return Unsimulated("IAM's simulation said nothing of it", "look at the policies by hand")


def _unsimulated(error: ProviderError, principal: str) -> Unsimulated:
    if isinstance(error, AccessDenied):
        return Unsimulated(
            "only a simulation could tell, and iam:SimulatePrincipalPolicy is denied",
            f"allow iam:SimulatePrincipalPolicy on {principal}, or compare its policies with "
            "`stepfleet iam-policy`",
        )
    message, fix = because(error)
    return Unsimulated(
        f"only a simulation could tell: {message}", fix or "look at the policies by hand"
    )
