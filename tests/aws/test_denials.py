"""A denial names the action, the resource, the kind of policy, and the least that would mend it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.arns import parse_machine
from runner.aws.actions import ACTIONS, KEY_ACTIONS, QUALIFIED, Scope, needed, qualifier
from runner.aws.codes import meaning, plain
from runner.aws.denials import Policy, read
from runner.errors import AccessDenied
from runner.iam import MachineUse, Permission, Purpose, permissions, policies
from runner.iam.types import QUALIFIED_ACTIONS

HEAD = "arn:aws:states:us-east-1:123456789012"
MACHINE = f"{HEAD}:stateMachine:orders"
EXECUTION = f"{HEAD}:execution:orders:one"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ROLE = "arn:aws:iam::123456789012:role/deploy"
NOT_TO = "is not authorized to perform:"
CALLER = "arn:aws:sts::123456789012:assumed-role/deploy/me"
DENIED = (
    f"User: {CALLER} is not authorized to perform: states:StartExecution on resource: {MACHINE}"
)
START = "the states:StartExecution action"
ALLOW = {"Effect": "Allow", "Action": "states:StartExecution", "Resource": MACHINE}


def told(
    said: str,
    operation: str = "StartExecution",
    about: str = MACHINE,
    code: str = "AccessDeniedException",
) -> str:
    kind, message = meaning(code, 400, plain(said), operation=operation, about=about)
    assert kind is AccessDenied
    return message


def statement(message: str) -> dict[str, object]:
    """The one statement that a message holds."""
    begin = message.index("{")
    found: dict[str, object]
    found, _ = json.JSONDecoder().raw_decode(message[begin:])
    assert '"Effect"' not in message[begin + 10 :]
    return found


@pytest.mark.parametrize(
    ("tail", "policy", "is_explicit", "words"),
    [
        (
            f"because no identity-based policy allows {START}",
            Policy.IDENTITY,
            False,
            "No policy of the role deploy allows it",
        ),
        (
            "with an explicit deny in an identity-based policy",
            Policy.IDENTITY,
            True,
            "A Deny in an identity-based policy",
        ),
        (
            f"because no resource-based policy allows {START}",
            Policy.RESOURCE,
            False,
            "The credentials are of another account than the resource",
        ),
        (
            "with an explicit deny in a resource-based policy",
            Policy.RESOURCE,
            True,
            "A Deny in a resource-based policy",
        ),
        (
            f"because no service control policy allows {START}",
            Policy.SERVICE_CONTROL,
            False,
            "administrators allow states:StartExecution",
        ),
        (
            "with an explicit deny in a service control policy",
            Policy.SERVICE_CONTROL,
            True,
            "have the organization's administrators take",
        ),
        (
            "due to an explicit deny in a Service Control Policy",
            Policy.SERVICE_CONTROL,
            True,
            "have the organization's administrators take",
        ),
        (
            "with an explicit deny in a resource control policy",
            Policy.RESOURCE_CONTROL,
            True,
            "A Deny in a resource control policy",
        ),
        (
            f"because no permissions boundary allows {START}",
            Policy.BOUNDARY,
            False,
            "The permissions boundary of the role deploy does not allow it",
        ),
        (
            "with an explicit deny in a permissions boundary",
            Policy.BOUNDARY,
            True,
            "A Deny in a permissions boundary",
        ),
        (
            f"because no session policy allows {START}",
            Policy.SESSION,
            False,
            "The session policy does not allow it",
        ),
        (
            "with an explicit deny in a session policy",
            Policy.SESSION,
            True,
            "A Deny in a session policy",
        ),
        (
            f"because no VPC endpoint policy allows {START}",
            Policy.ENDPOINT,
            False,
            "The policy of the VPC endpoint does not allow it",
        ),
        (
            "with an explicit deny in a VPC endpoint policy",
            Policy.ENDPOINT,
            True,
            "A Deny in a VPC endpoint policy",
        ),
        ("with an explicit deny", None, True, "A Deny in a policy forbids it"),
        ("", None, False, "to the role deploy, with the statement"),
    ],
)
def test_the_kind_of_policy_is_told(
    tail: str, policy: Policy | None, is_explicit: bool, words: str
) -> None:
    denial = read(f"{DENIED} {tail}", "StartExecution", MACHINE)
    assert (denial.policy, denial.is_explicit) == (policy, is_explicit)
    message = told(f"{DENIED} {tail}")
    assert words in message
    assert "states:StartExecution" in message
    assert MACHINE in message
    assert ("{" in message) is (
        not is_explicit and policy not in (Policy.RESOURCE, Policy.SERVICE_CONTROL)
    )


def test_the_policy_that_denies_is_named_where_aws_names_it() -> None:
    arn = "arn:aws:organizations::123456789012:policy/o-1/service_control_policy/p-1"
    message = told(f"{DENIED} with an explicit deny in a service control policy: {arn}")
    assert f"A Deny in the service control policy {arn} forbids it" in message


@pytest.mark.parametrize("tail", [f"because no identity-based policy allows {START}", ""])
def test_the_role_of_a_permission_set_is_not_to_be_changed_itself(tail: str) -> None:
    own = "AWSReservedSSO_Data_Deploy_0123456789abcdef"
    message = told(f"{DENIED.replace('/deploy/', f'/{own}/')} {tail}")
    assert "permission set Data_Deploy of IAM Identity Center" in message
    assert "AWSReservedSSO" not in message.partition("AWS says")[0]


def test_an_allow_is_never_advised_against_a_deny() -> None:
    assert '"Allow"' not in told(f"{DENIED} with an explicit deny in an identity-based policy")


@pytest.mark.parametrize("said", ["", "no reason given", "Forbidden", DENIED])
def test_the_least_statement_stands_in_the_message(said: str) -> None:
    assert statement(told(said)) == ALLOW


def test_a_version_or_alias_is_a_condition_on_the_machines_own_arn() -> None:
    made = policies([Permission("states:StartExecution", MACHINE, "", "live")])
    condition = json.loads(json.dumps(made))[0]["Statement"][0]["Condition"]
    assert statement(told("", about=f"{MACHINE}:live")) == {**ALLOW, "Condition": condition}
    assert "Condition" not in told("", "ListStateMachineVersions", f"{MACHINE}:live")


@pytest.mark.parametrize(
    ("operation", "about", "action", "resource"),
    [
        ("DescribeExecution", EXECUTION, "states:DescribeExecution", f"{HEAD}:execution:orders:*"),
        ("StopExecution", EXECUTION, "states:StopExecution", f"{HEAD}:execution:orders:*"),
        ("ListExecutions", MACHINE, "states:ListExecutions", MACHINE),
        (
            "DescribeStateMachineAlias",
            f"{MACHINE}:live",
            "states:DescribeStateMachineAlias",
            MACHINE,
        ),
        ("ListStateMachines", "all state machines", "states:ListStateMachines", "*"),
        ("ListStateMachines", "", "states:ListStateMachines", "*"),
        ("GetRole", ROLE, "iam:GetRole", ROLE),
        ("GetResources", "tagged state machines", "tag:GetResources", "*"),
    ],
)
def test_the_resource_is_that_of_the_action(
    operation: str, about: str, action: str, resource: str
) -> None:
    found = statement(told("", operation, about))
    assert (found["Action"], found["Resource"]) == (action, resource)


def test_without_an_arn_no_resource_is_made_up() -> None:
    assert "Resource" not in statement(told("", about="orders"))


@pytest.mark.parametrize(
    "said",
    [
        f"User: {CALLER} is not authorized to perform: iam:PassRole on resource: *",
        f"User: {CALLER} is not authorized to perform: states:DeleteStateMachine on resource: *",
        f"User: {CALLER} is not authorized to perform: *:* on resource: *",
    ],
)
def test_nobody_is_told_to_allow_what_a_text_made_up(said: str) -> None:
    assert statement(told(said)) == ALLOW


def test_a_hostile_key_is_not_advised() -> None:
    said = "User: x is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:*:*:key/*"
    assert "Resource" not in statement(told(said, code="KmsAccessDeniedException"))


def test_a_text_with_an_encoded_reason_says_how_to_read_it() -> None:
    message = told(f"{DENIED} Encoded authorization failure message: {'Zm9v' * 300}")
    assert "aws sts decode-authorization-message" in message
    assert "the reason is encoded" in message
    assert "Zm9vZm9v" not in message


def test_a_key_is_named_with_the_action_on_it() -> None:
    said = (
        f"User: {CALLER} is not authorized to perform: kms:GenerateDataKey on resource: {KEY} "
        "because no identity-based policy allows the kms:GenerateDataKey action"
    )
    message = told(said, code="KmsAccessDeniedException")
    wanted = {"Effect": "Allow", "Action": "kms:GenerateDataKey", "Resource": KEY}
    assert statement(message) == wanted


def test_a_keys_own_policy_is_told_of() -> None:
    said = (
        f"User: {CALLER} is not authorized to perform: kms:Decrypt on the resource associated "
        "with this ciphertext because the resource does not exist in this Region, no "
        "resource-based policies allow access, or a resource-based policy explicitly denies access"
    )
    message = told(said, code="KmsAccessDeniedException")
    assert "allow kms:Decrypt to the role deploy in the policy of" in message


def test_a_denial_by_a_key_without_a_reason_advises_no_action_of_the_service() -> None:
    message = told("no", code="KmsAccessDeniedException")
    assert "kms:Decrypt" in message
    assert "states:" not in message


def test_a_role_that_may_not_be_assumed_needs_both_sides() -> None:
    user = "arn:aws:iam::123456789012:user/ci"
    said = f"User: {user} {NOT_TO} sts:AssumeRole on resource: {ROLE}"
    message = told(said, "AssumeRole", ROLE, "AccessDenied")
    assert f"let the trust policy of {ROLE} allow sts:AssumeRole to the user ci" in message
    assert statement(message)["Resource"] == ROLE


@pytest.mark.parametrize(
    "said",
    [
        "Not authorized to perform sts:AssumeRoleWithWebIdentity",
        "User: x is not authorized because no role trust policy allows the action",
    ],
)
def test_a_token_is_refused_by_the_trust_policy(said: str) -> None:
    message = told(said, "AssumeRoleWithWebIdentity", ROLE, "AccessDenied")
    assert "trust policy" in message
    assert "sts:AssumeRoleWithWebIdentity" in message
    assert "Effect" not in message


def test_who_calls_needs_no_allow() -> None:
    assert "look for a Deny" in told("", "GetCallerIdentity", "", "AccessDenied")


@pytest.mark.parametrize(
    ("caller", "name"),
    [
        ("arn:aws:iam::123456789012:user/teams/ana", "the user ana"),
        ("arn:aws-cn:sts::123456789012:assumed-role/deploy/me", "the role deploy"),
        ("arn:aws:sts::123456789012:federated-user/x", "the caller"),
    ],
)
def test_the_caller_is_called_as_policies_know_it(caller: str, name: str) -> None:
    said = f"User: {caller} is not authorized to perform: states:StartExecution on resource: x"
    assert f"allow this action on this resource to {name}, with" in told(said)


@settings(deadline=None, max_examples=150)
@given(st.text(), st.sampled_from(sorted(ACTIONS)), st.sampled_from([MACHINE, EXECUTION, ROLE, ""]))
def test_no_text_makes_up_an_action_or_a_resource(said: str, operation: str, about: str) -> None:
    denial = read(plain(f"{NOT_TO} {said} {DENIED}"), operation, about)
    own = needed(operation, about)
    assert own is not None
    found = (denial.action, denial.resource)
    assert found in (own, ("states:StartExecution", MACHINE)) or denial.action in KEY_ACTIONS


def test_a_call_that_needs_the_permission_of_another_is_told_of_that() -> None:
    said = f"User: {CALLER} {NOT_TO} states:DescribeExecution on resource: {EXECUTION}"
    wanted = {
        "Effect": "Allow",
        "Action": "states:DescribeExecution",
        "Resource": f"{HEAD}:execution:orders:*",
    }
    assert statement(told(said, about=f"{MACHINE}:live")) == wanted
    other = said.replace("execution:orders", "execution:their-orders")
    assert statement(told(other)) == ALLOW


@pytest.mark.parametrize("about", [MACHINE, f"{MACHINE}:live", f"{MACHINE}:7"])
def test_the_actions_are_those_of_the_policies_that_are_printed(about: str) -> None:
    """A statement in a message is one of `stepfleet iam-policy`."""
    arn = parse_machine(about)
    use = MachineUse(arn, redrives=True)
    printed = [each for purpose in Purpose for each in permissions([use], purpose)]
    assert {f"states:{name}" for name in QUALIFIED} == QUALIFIED_ACTIONS
    for each in printed:
        operation = each.action.removeprefix("states:")
        is_of_execution = ACTIONS[operation][1] is Scope.EXECUTION
        called = EXECUTION if is_of_execution else f"{arn}" if each.qualifier else arn.unqualified
        assert needed(operation, called) == (each.action, each.resource)
        assert qualifier(operation, called) == each.qualifier


def test_a_call_that_is_not_known_has_no_action() -> None:
    assert needed("Nothing", MACHINE) is None
    assert qualifier("Nothing", MACHINE) is None
    assert "`stepfleet iam-policy`" in told("", "Nothing")
