"""Every call of a real plan, apply, drift and discovery is one that the policies allow."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from runner.arns import parse_machine
from runner.iam import QUALIFIER
from tests.cli.aws_tools import fake, project_at
from tests.cli.tools import Shell, job, shell
from tests.fake_aws import SUCCEEDS, FakeAws, fails
from tests.fake_aws.fixtures import aws_environment
from tests.iam.checking import complaints
from tests.iam.evaluation import Call, allowing

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["aws_environment", "fake", "shell"]

JOBS = (
    job("plain", "echo", "parameters: {n: {direction: inout, type: integer, value: 1}}"),
    job("follows", "echo", "parameters: {n: '${{ jobs.plain.outputs.n }}'}"),
    job("aliased", "routed:prod"),
    job("pinned", "routed:2"),
    job("bare", "routed"),
    job("express", "quick"),
    job("redriven", "flaky", "retry: {maxAttempts: 2, mode: redrive, interval: 10ms}"),
    job("long", "slow", "timeout: 3s"),
)
SCARCE = "limits: {share: 1, quotas: {DescribeExecution: {bucketSize: 1, refillPerSecond: 0.5}}}"
_UNASKED = {"GetCallerIdentity"}
"""What needs no permission."""


def called(fake: FakeAws) -> list[Call]:
    """The calls so far, as IAM sees them."""
    return [
        _call(operation, json.loads(body))
        for operation, body in fake._app.bodies
        if operation not in _UNASKED
    ]


def _call(operation: str, body: dict[str, Any]) -> Call:
    action = f"states:{operation}"
    named = [body.get(f"{name}Arn") for name in ("execution", "stateMachine", "stateMachineAlias")]
    [arn] = [each for each in (*named, body.get("resourceArn")) if each] or ["*"]
    if ":stateMachine:" not in arn:
        return Call(action, arn)
    machine = parse_machine(arn)
    context = {QUALIFIER: (machine.qualifier,)} if machine.qualifier else {}
    return Call(action, machine.unqualified, context)


def denied(policies: Iterable[Any], fake: FakeAws) -> list[Call]:
    return [call for call in called(fake) if not allowing(policies, call)]


def statements(policies: Iterable[Any]) -> set[str]:
    return {statement["Sid"] for policy in policies for statement in policy["Statement"]}


def used(policies: list[Any], fake: FakeAws) -> set[str]:
    return {sid for call in called(fake) for sid in allowing(policies, call)}


def unused(policies: Iterable[Any], fake: FakeAws) -> set[tuple[str, str, str]]:
    """Each action on a resource under a condition that no call needed."""
    calls = called(fake)
    parts = [
        {**statement, "Action": [action], "Resource": [resource]}
        for policy in policies
        for statement in policy["Statement"]
        for action in statement["Action"]
        for resource in statement["Resource"]
    ]
    return {
        (part["Sid"], part["Action"][0], part["Resource"][0])
        for part in parts
        if not any(allowing([{"Statement": [part]}], call) for call in calls)
    }


def policies(shell: Shell) -> dict[str, Any]:
    document = shell("iam-policy", "--format", "json").data
    found = {
        purpose: [policy for grant in document[purpose] for policy in grant["policies"]]
        for purpose in ("plan", "drift", "apply", "discover")
    }
    assert [fault for each in found.values() for one in each for fault in complaints(one)] == []
    return found


def test_the_policies_allow_every_call_and_nothing_that_is_not_called(
    shell: Shell, fake: FakeAws
) -> None:
    fake.machine("routed", versions=(1, 2), aliases={"prod": {1: 100}})
    fake.machine("flaky", fails(then=SUCCEEDS))
    project = project_at(fake).replace("accountId:", f"{SCARCE}, accountId:")
    shell.write(*JOBS, project=project)
    allowed = policies(shell)

    fake.forget_calls()
    assert shell("plan").code == 0
    assert denied(allowed["plan"], fake) == []
    assert {sid for sid, _, _ in unused(allowed["plan"], fake)} == {"ReadExecutions"}

    fake.forget_calls()
    assert shell("apply").code == 1, "the long job is stopped at its timeout"
    assert denied(allowed["apply"], fake) == []
    assert statements(allowed["apply"]) == used(allowed["apply"], fake)
    for name in ("echo", "routed", "flaky", "slow"):
        _is_watched(fake, name)
    assert {
        (action, _name(resource)) for _, action, resource in unused(allowed["apply"], fake)
    } <= {
        (f"states:{operation}", f"{name}:*")
        for name, operations in _NOT_NEEDED.items()
        for operation in operations
    }

    changed = [each.replace("value: 1", "value: 2") for each in JOBS]
    shell.write(*changed, project=project)
    fake.forget_calls()
    assert shell("plan").code == 0
    assert denied(allowed["plan"], fake) == []
    assert statements(allowed["plan"]) == used(allowed["plan"], fake)

    fake.forget_calls()
    assert shell("drift").code in (0, 6)
    assert denied(allowed["drift"], fake) == []
    assert statements(allowed["drift"]) == used(allowed["drift"], fake)


def test_a_discovery_makes_the_calls_that_its_policy_allows(shell: Shell, fake: FakeAws) -> None:
    fake.machine("routed", versions=(1, 2), aliases={"prod": {1: 100}}, tags={"team": "orders"})
    shell.write(job("a"), project=project_at(fake))
    allowed = policies(shell)["discover"]
    fake.forget_calls()
    assert shell("discover", "specs", "--versions", "--aliases", "--tag", "team=orders").code == 0
    assert denied(allowed, fake) == []
    assert {action for _, action, _ in unused(allowed, fake)} <= {"tag:GetResources"}


def test_near_names_of_a_missing_machine_are_looked_for_with_the_policy_of_discovery(
    shell: Shell, fake: FakeAws
) -> None:
    shell.write(job("a", "ecko"), project=project_at(fake))
    allowed = policies(shell)
    fake.forget_calls()
    assert shell("plan").code == 3
    beyond = denied(allowed["plan"], fake)
    assert {call.action for call in beyond} == {"states:ListStateMachines"}
    assert all(allowing(allowed["discover"], call) for call in beyond)


@pytest.mark.parametrize(
    ("purpose", "command"),
    [
        ("plan", ("iam-policy",)),
        ("plan", ("doctor", "--for", "plan")),
        ("apply", ("doctor",)),
        ("plan", ("plan",)),
        ("apply", ("apply",)),
        ("drift", ("drift",)),
    ],
)
def test_who_may_use_versions_and_aliases_alone_is_asked_for_nothing_more(
    shell: Shell, fake: FakeAws, purpose: str, command: tuple[str, ...]
) -> None:
    fake.machine("released", versions=(1, 2))
    fake.machine("routed", versions=(1, 2), aliases={"prod": {1: 100}})
    jobs = (job("a", "released:1"), job("b", "released:2"), job("c", "routed:prod"))
    shell.write(*jobs, project=project_at(fake))
    allowed = policies(shell)[purpose]
    fake.forget_calls()
    assert shell(*command).code == (6 if purpose == "drift" else 0)
    assert {_name(call.resource).split(":")[0] for call in called(fake)} == {"released", "routed"}
    assert denied(allowed, fake) == []


_NOT_NEEDED: dict[str, set[str]] = {
    # What has ended when it is looked at first is neither stopped nor looked at again.
    "echo": {"StopExecution", "GetExecutionHistory", "DescribeExecution"},
    "routed": {"StopExecution", "GetExecutionHistory", "DescribeExecution"},
    "flaky": {"StopExecution", "GetExecutionHistory", "DescribeExecution"},
    # Which of two calls looks at what runs depends on when it looks.
    "slow": {"GetExecutionHistory", "DescribeExecution"},
}


def _is_watched(fake: FakeAws, name: str) -> None:
    assert any(
        call.action in ("states:DescribeExecution", "states:GetExecutionHistory")
        for call in called(fake)
        if f":execution:{name}:" in call.resource
    )


def _name(resource: str) -> str:
    return resource.split(":", 6)[6]
