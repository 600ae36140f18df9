from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner import iam
from runner.arns import MachineArn
from runner.definitions import Child, ChildForm
from runner.iam import KEY_CONTEXT, QUALIFIER, MachineUse, Permission, Purpose
from runner.model import MachineType
from tests.iam.checking import complaints, reference
from tests.iam.evaluation import Call, allowing

ACCOUNT = "123456789012"
MACHINES = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:"
LISTS = (QUALIFIER, "kms:ResourceAliases")


def use(name: str, type: MachineType | None = MachineType.STANDARD, **more: Any) -> MachineUse:
    name, _, qualifier = name.partition(":")
    arn = MachineArn("aws", "us-east-1", ACCOUNT, name, qualifier or None)
    return MachineUse(arn, type, **more)


def policy(*uses: MachineUse, purpose: Purpose = Purpose.APPLY) -> Any:
    [made] = iam.policies(iam.permissions(uses, purpose))
    assert complaints(made) == []
    return made


def statement(of: Any, sid: str) -> Any:
    return next(each for each in of["Statement"] if each["Sid"] == sid)


def sids(of: Any) -> list[str]:
    return [each["Sid"] for each in of["Statement"]]


def call_of(permission: Permission) -> Call:
    """The call that a permission is for, on some execution of the machine."""
    context = {key: (value,) for key, value in permission.context}
    if permission.qualifier:
        context[QUALIFIER] = (permission.qualifier,)
    return Call(permission.action, permission.resource.replace("*", "some-1"), context)


def test_the_policy_of_one_machine_is_short() -> None:
    assert sids(policy(use("load"))) == ["StartStateMachines", "ControlExecutions"]
    made = policy(use("load"), purpose=Purpose.PLAN)
    assert made["Statement"] == [
        {
            "Sid": "ReadStateMachines",
            "Effect": "Allow",
            "Action": ["states:DescribeStateMachine", "states:ListExecutions"],
            "Resource": [f"{MACHINES}load"],
        },
        {
            "Sid": "ReadExecutions",
            "Effect": "Allow",
            "Action": ["states:DescribeExecution"],
            "Resource": [f"arn:aws:states:us-east-1:{ACCOUNT}:execution:load:*"],
        },
    ]


def test_machines_that_are_used_alike_stand_together() -> None:
    made = policy(use("b"), use("a"), use("quick", MachineType.EXPRESS))
    assert statement(made, "StartStateMachines")["Resource"] == [f"{MACHINES}a", f"{MACHINES}b"]
    assert len(made["Statement"]) == 3


def test_an_alias_is_a_condition_and_never_part_of_a_resource() -> None:
    made = policy(use("load:live"), use("load:7"))
    start = statement(made, "StartStateMachines")
    assert start["Resource"] == [f"{MACHINES}load"]
    assert start["Condition"] == {"ForAnyValue:StringEquals": {QUALIFIER: ["7", "live"]}}
    start_of = "states:StartExecution"
    assert not allowing([made], Call(start_of, f"{MACHINES}load"))
    assert not allowing([made], Call(start_of, f"{MACHINES}load", {QUALIFIER: ("8",)}))
    assert allowing([made], Call(start_of, f"{MACHINES}load", {QUALIFIER: ("live",)}))


def test_a_machine_that_is_also_started_by_its_name_alone_is_so_by_another_statement() -> None:
    made = policy(use("load:live"), use("load"))
    starts = [each for each in made["Statement"] if "states:StartExecution" in each["Action"]]
    assert [each["Condition"] for each in starts] == [
        {"Null": {QUALIFIER: "true"}},
        {"ForAnyValue:StringEquals": {QUALIFIER: ["live"]}},
    ]
    assert allowing([made], Call("states:StartExecution", f"{MACHINES}load"))
    other = Call("states:StartExecution", f"{MACHINES}load", {QUALIFIER: ("old",)})
    assert not allowing([made], other)


def test_machines_of_one_key_share_a_statement() -> None:
    made = policy(use("a", kms_key="alias/data"), use("b", kms_key="alias/data"))
    assert statement(made, "ReadEncryptedData") == {
        "Sid": "ReadEncryptedData",
        "Effect": "Allow",
        "Action": ["kms:Decrypt"],
        "Resource": [f"arn:aws:kms:us-east-1:{ACCOUNT}:key/*"],
        "Condition": {
            "StringEquals": {
                KEY_CONTEXT: [f"{MACHINES}a", f"{MACHINES}b"],
                "kms:ViaService": "states.us-east-1.amazonaws.com",
            },
            "ForAnyValue:StringEquals": {"kms:ResourceAliases": ["alias/data"]},
        },
    }


def test_policies_for_discovery_and_of_machines_are_taken_by_iam() -> None:
    [found] = iam.policies(iam.discovery_permissions(f"{MACHINES}*"))
    assert complaints(found) == []
    assert statement(found, "ListStateMachines")["Resource"] == ["*"]


def test_no_permission_is_no_policy() -> None:
    assert iam.policies([]) == ()


def test_the_actions_that_know_the_qualifier_are_those_of_the_reference() -> None:
    knowing = {
        f"states:{each['privilege']}"
        for each in reference("states")["privileges"]
        if any(QUALIFIER in kind["condition_keys"] for kind in each["resource_types"])
    }
    ours = set(iam.QUALIFIED_ACTIONS)
    assert ours <= knowing
    uses = [use("load:7", None), use("load:live", None)]
    made = {
        each.action
        for purpose in Purpose
        for each in (
            *iam.permissions(uses, purpose),
            *iam.discovery_permissions(MACHINES),
        )
    }
    assert made & knowing == ours


def test_an_alias_of_a_key_is_a_condition_of_the_resource() -> None:
    [key] = [each for each in reference("kms")["resources"] if each["resource"] == "key"]
    assert "kms:ResourceAliases" in key["condition_keys"]


def test_the_checker_finds_what_is_wrong() -> None:
    for change in (
        ("states:DescribeStateMachine", "states:DescribeStateMachines"),
        ("stateMachine:load", "stateMachines:load"),
        ("execution:load:*", "stateMachine:load"),
        ("Resource", "Resources"),
        (QUALIFIER, "states:Qualifier"),
    ):
        text = json.dumps(policy(use("load:live")))
        assert change[0] in text
        assert complaints(json.loads(text.replace(*change))) != []


NAMES = st.text("abcXYZ019-_.+", min_size=1, max_size=80)
QUALIFIERS = st.none() | st.integers(1, 99).map(str) | st.sampled_from(["live", "test", "b-1"])
KEYS = st.none() | st.sampled_from(["alias/a", "mrk-1", f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"])
REGIONS = st.sampled_from(
    [("aws", "us-east-1"), ("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1")]
)
USES = st.builds(
    lambda place, name, qualifier, type, redrives, key: MachineUse(
        MachineArn(place[0], place[1], ACCOUNT, name, qualifier), type, redrives, key
    ),
    REGIONS,
    st.sampled_from(["a", "b", "load", "x" * 80]) | NAMES,
    QUALIFIERS,
    st.none() | st.sampled_from(list(MachineType)),
    st.booleans(),
    KEYS,
)
PROJECTS = st.lists(USES, min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(PROJECTS, st.sampled_from(list(Purpose)))
def test_iam_takes_the_policies_of_any_project(uses: list[MachineUse], purpose: Purpose) -> None:
    for made in iam.policies(iam.permissions(uses, purpose)):
        assert complaints(made) == []


@settings(max_examples=150, deadline=None)
@given(PROJECTS, PROJECTS, st.sampled_from(list(Purpose)), st.sampled_from([600, 900, 6144]))
def test_policies_allow_the_permissions_and_nothing_else(
    uses: list[MachineUse], others: list[MachineUse], purpose: Purpose, limit: int
) -> None:
    permissions = iam.permissions(uses, purpose)
    made = iam.policies(permissions, limit=limit)
    used = {sid for each in permissions for sid in allowing(made, call_of(each))}
    assert all(allowing(made, call_of(each)) for each in permissions)
    assert used == {sid for each in made for sid in sids(each)}
    pinned = {
        (each.action, each.resource)
        for each in permissions
        if each.action in iam.QUALIFIED_ACTIONS and each.qualifier
    }
    for each in iam.permissions(others, Purpose.APPLY):
        alike = {(one.action, one.resource, one.context) for one in permissions}
        exact = any(
            (each.action, each.resource, each.qualifier, each.context)
            == (one.action, one.resource, one.qualifier, one.context)
            for one in permissions
        )
        # A machine that is called by its name alone may be so by any of its versions.
        freely = (each.action, each.resource, each.context) in alike and (
            (each.action, each.resource) not in pinned
        )
        assert bool(allowing(made, call_of(each))) is (exact or freely)


CHILDREN = st.lists(
    st.builds(
        lambda use, form, other: Child("Run", use.arn if use else None, form, other),
        st.none() | USES,
        st.sampled_from(list(ChildForm)),
        st.booleans(),
    ),
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@given(USES, CHILDREN)
def test_the_role_of_any_machine_may_start_what_its_definition_starts(
    parent: MachineUse, children: list[Child]
) -> None:
    made = iam.policies(iam.machine_permissions(parent.arn, children))
    assert [fault for each in made for fault in complaints(each)] == []
    for child in children:
        if child.machine is None or child.uses_other_role:
            continue
        operation = "StartSync" if child.form is ChildForm.EXPRESS else "Start"
        qualifier = child.machine.qualifier
        context = {QUALIFIER: (qualifier,)} if qualifier else {}
        start = Call(f"states:{operation}Execution", child.machine.unqualified, context)
        assert allowing(made, start)
        if child.form in (ChildForm.SYNC, ChildForm.SYNC_2):
            assert allowing(made, Call("states:StopExecution", child.machine.execution("x")))


@settings(max_examples=100, deadline=None)
@given(PROJECTS)
def test_what_a_plan_may_do_an_apply_may_too(uses: list[MachineUse]) -> None:
    apply = iam.policies(iam.permissions(uses, Purpose.APPLY))
    plan = iam.permissions(uses, Purpose.PLAN)
    assert all(allowing(apply, call_of(each)) for each in plan)
    assert set(plan) <= set(iam.permissions(uses, Purpose.DRIFT))
    assert not any(
        re.match("states:(Start|Stop|Redrive|Update|Create|Delete)", each.action)
        for each in iam.permissions(uses, Purpose.DRIFT)
    )


@settings(max_examples=60, deadline=None)
@given(PROJECTS, st.randoms())
def test_the_order_of_jobs_changes_nothing(uses: list[MachineUse], luck: Any) -> None:
    made = iam.policies(iam.permissions(uses, Purpose.APPLY))
    luck.shuffle(uses)
    assert iam.policies(iam.permissions([*uses, uses[0]], Purpose.APPLY)) == made


@pytest.mark.parametrize(("qualifier", "fewest"), [("", 9), (":live", 12)])
def test_many_machines_are_split_into_few_policies_that_fit(qualifier: str, fewest: int) -> None:
    uses = [use(f"machine-with-a-long-name-{i:03}{qualifier}", kms_key="mrk-1") for i in range(200)]
    permissions = iam.permissions(uses, Purpose.APPLY)
    made = iam.policies(permissions)
    assert len(made) == fewest == -(-sum(iam.sizes(made)) // iam.MAX_POLICY)
    assert all(size <= iam.MAX_POLICY for size in iam.sizes(made))
    assert complaints(made[0]) == complaints(made[-1]) == []
    assert all(allowing(made, call_of(each)) for each in permissions)
    names = [sid for each in made for sid in sids(each)]
    assert len(names) == len(set(names))


def test_many_versions_of_one_machine_are_split_by_their_numbers() -> None:
    uses = [use(f"load:{number}") for number in range(1, 2001)]
    permissions = iam.permissions(uses, Purpose.APPLY)
    made = iam.policies(permissions)
    assert len(made) > 2
    assert all(size <= iam.MAX_POLICY for size in iam.sizes(made))
    assert all(allowing(made, call_of(each)) for each in permissions)


def test_many_versions_of_many_machines_are_split_by_both() -> None:
    found = [
        Permission("states:StartExecution", f"{MACHINES}m{i}", "to start it", str(version))
        for i in range(12)
        for version in range(1000, 1040)
    ]
    made = iam.policies(found, limit=700)
    assert all(size <= 700 for size in iam.sizes(made))
    assert all(allowing(made, call_of(each)) for each in found)
