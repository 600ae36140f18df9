from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runner import iam
from runner.arns import parse_machine
from runner.definitions import Child, ChildForm, DistributedMap, children
from runner.iam import MachineUse, Permission, Purpose
from runner.model import MachineType

if TYPE_CHECKING:
    from runner.values import Json

MACHINES = "arn:aws:states:us-east-1:123456789012:stateMachine:"
EXECUTIONS = "arn:aws:states:us-east-1:123456789012:execution:"
KEY = "arn:aws:kms:us-east-1:123456789012:key/0d3c8f2e-1111-2222-3333-444455556666"


def use(
    name: str,
    type: MachineType | None = MachineType.STANDARD,
    *,
    redrives: bool = False,
    kms_key: str | None = None,
) -> MachineUse:
    return MachineUse(parse_machine(f"{MACHINES}{name}"), type, redrives, kms_key)


def told(found: tuple[Permission, ...]) -> set[str]:
    """Each permission as ACTION RESOURCE [QUALIFIER], with the account left out."""
    return {
        f"{each.action.removeprefix('states:')} {':'.join(each.resource.split(':')[5:])}"
        + (f" [{each.qualifier}]" if each.qualifier else "")
        for each in found
    }


PLANNED = {
    "DescribeStateMachine stateMachine:load",
    "ListExecutions stateMachine:load",
    "DescribeExecution execution:load:*",
}
STARTED = {
    "StartExecution stateMachine:load",
    "StopExecution execution:load:*",
    "GetExecutionHistory execution:load:*",
}


def test_a_plan_of_a_standard_machine_only_reads() -> None:
    assert told(iam.permissions([use("load")], Purpose.PLAN)) == PLANNED


def test_drift_also_asks_what_code_an_execution_ran() -> None:
    more = {"DescribeStateMachineForExecution execution:load:*"}
    assert told(iam.permissions([use("load")], Purpose.DRIFT)) == PLANNED | more


def test_an_apply_starts_watches_and_stops() -> None:
    assert told(iam.permissions([use("load")], Purpose.APPLY)) == PLANNED | STARTED


def test_redrives_are_allowed_only_where_a_retry_is_one() -> None:
    found = told(iam.permissions([use("load", redrives=True), use("other")], Purpose.APPLY))
    assert [each for each in found if each.startswith("Redrive")] == [
        "RedriveExecution execution:load:*"
    ]


def test_an_express_machine_is_described_and_run() -> None:
    express = use("quick", MachineType.EXPRESS)
    looked = {"DescribeStateMachine stateMachine:quick"}
    assert told(iam.permissions([express], Purpose.PLAN)) == looked
    assert told(iam.permissions([express], Purpose.APPLY)) == {
        *looked,
        "StartSyncExecution stateMachine:quick",
    }


def test_a_machine_of_unknown_type_may_be_either() -> None:
    found = told(iam.permissions([use("load", None)], Purpose.APPLY))
    assert found == PLANNED | STARTED | {"StartSyncExecution stateMachine:load"}


def test_an_alias_is_described_as_such_and_started_by_its_name() -> None:
    found = told(iam.permissions([use("load:live")], Purpose.APPLY))
    assert found == (PLANNED | STARTED | {"DescribeStateMachineAlias stateMachine:load [live]"}) - {
        "StartExecution stateMachine:load"
    } | {"StartExecution stateMachine:load [live]"}


def test_a_version_is_described_and_started_by_its_number() -> None:
    found = told(iam.permissions([use("load:7")], Purpose.APPLY))
    assert {each for each in found if each.endswith("]")} == {
        "DescribeStateMachine stateMachine:load [7]",
        "StartExecution stateMachine:load [7]",
    }


def test_what_two_jobs_need_stands_once_and_in_order() -> None:
    found = iam.permissions([use("b"), use("a"), use("b")], Purpose.APPLY)
    assert len(found) == len(set(found)) == 12
    assert [each.resource for each in found] == sorted(each.resource for each in found)
    assert found == iam.permissions([use("b"), use("b"), use("a")], Purpose.APPLY)
    assert all(each.needed_for for each in found)


@pytest.mark.parametrize(
    ("key", "resource"),
    [
        (KEY, KEY),
        ("mrk-1234abcd", "arn:aws:kms:us-east-1:123456789012:key/mrk-1234abcd"),
        ("alias/data", "arn:aws:kms:us-east-1:123456789012:key/*"),
        (
            "arn:aws:kms:us-east-1:210987654321:alias/data",
            "arn:aws:kms:us-east-1:210987654321:key/*",
        ),
    ],
)
def test_data_under_a_customers_key_is_decrypted_for_this_machine_alone(
    key: str, resource: str
) -> None:
    found = iam.permissions([use("load:live", kms_key=key)], Purpose.PLAN)
    [decrypt] = [each for each in found if each.action.startswith("kms:")]
    assert (decrypt.action, decrypt.resource) == ("kms:Decrypt", resource)
    context = dict(decrypt.context)
    assert context.pop("kms:EncryptionContext:aws:states:stateMachineArn") == f"{MACHINES}load"
    assert context.pop("kms:ViaService") == "states.us-east-1.amazonaws.com"
    assert context == ({"kms:ResourceAliases": "alias/data"} if "alias" in key else {})


def test_a_key_that_is_none_of_kms_allows_nothing() -> None:
    found = iam.permissions([use("load", kms_key="arn:aws:s3:::*")], Purpose.APPLY)
    assert told(found) == PLANNED | STARTED


def test_the_plan_of_an_express_machine_decrypts_nothing() -> None:
    express = use("quick", MachineType.EXPRESS, kms_key=KEY)
    assert not any(each.context for each in iam.permissions([express], Purpose.PLAN))
    assert any(each.context for each in iam.permissions([express], Purpose.APPLY))


def test_a_key_in_china_is_told_by_its_context_alone() -> None:
    arn = parse_machine("arn:aws-cn:states:cn-north-1:123456789012:stateMachine:load")
    found = iam.permissions([MachineUse(arn, kms_key="abc")], Purpose.PLAN)
    [decrypt] = [each for each in found if each.action == "kms:Decrypt"]
    assert decrypt.resource == "arn:aws-cn:kms:cn-north-1:123456789012:key/abc"
    assert [key for key, _ in decrypt.context] == [iam.KEY_CONTEXT]


PARENT = parse_machine(f"{MACHINES}parent")
CHILD = parse_machine(f"{MACHINES}child:3")
RULE = "rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"


@pytest.mark.parametrize("form", [ChildForm.FORGET, ChildForm.TOKEN])
def test_a_child_that_is_not_waited_for_is_only_started(form: ChildForm) -> None:
    found = iam.machine_permissions(PARENT, [Child("Run", CHILD, form)])
    assert told(found) == {"StartExecution stateMachine:child [3]"}


@pytest.mark.parametrize("form", [ChildForm.SYNC, ChildForm.SYNC_2])
def test_a_child_that_is_waited_for_is_described_stopped_and_heard_of(form: ChildForm) -> None:
    found = iam.machine_permissions(PARENT, [Child("Run", CHILD, form)])
    assert told(found) == {
        "StartExecution stateMachine:child [3]",
        "DescribeExecution execution:child:*",
        "StopExecution execution:child:*",
        f"events:PutTargets {RULE}",
        f"events:PutRule {RULE}",
        f"events:DescribeRule {RULE}",
    }


def test_an_express_child_is_run() -> None:
    found = iam.machine_permissions(PARENT, [Child("Run", CHILD, ChildForm.EXPRESS)])
    assert told(found) == {"StartSyncExecution stateMachine:child [3]"}


def test_the_rule_is_one_of_the_parents_account() -> None:
    other = parse_machine("arn:aws:states:us-east-1:210987654321:stateMachine:child")
    found = iam.machine_permissions(PARENT, [Child("Run", other, ChildForm.SYNC)])
    rules = {each.resource for each in found if each.action.startswith("events:")}
    assert rules == {f"arn:aws:events:us-east-1:123456789012:{RULE}"}


def test_a_child_that_the_input_names_or_another_role_starts_adds_nothing() -> None:
    unknown = Child("Run", None, ChildForm.SYNC)
    other = Child("Other", CHILD, ChildForm.SYNC, uses_other_role=True)
    assert iam.machine_permissions(PARENT, [unknown, other]) == ()


def test_the_children_of_a_definition_are_what_its_role_must_start() -> None:
    task: dict[str, Json] = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": f"{MACHINES}child"},
        "End": True,
    }
    found = iam.machine_permissions(PARENT, children({"StartAt": "A", "States": {"A": task}}))
    assert "StartExecution stateMachine:child" in told(found)
    assert len(found) == 6


def test_a_distributed_map_starts_executions_of_its_own_machine() -> None:
    parent = replace(PARENT, qualifier="3")
    assert told(iam.machine_permissions(parent, maps=[DistributedMap("Each")])) == {
        "StartExecution stateMachine:parent",
        "DescribeExecution execution:parent:*",
        "StopExecution execution:parent:*",
    }


@pytest.mark.parametrize(
    ("found", "redriven"),
    [
        (DistributedMap("Each"), {"RedriveExecution execution:parent/*:*"}),
        (DistributedMap("Each", "rows"), {"RedriveExecution execution:parent/rows:*"}),
        (DistributedMap("Each", "rows", is_express=True), set()),
    ],
)
def test_a_redrive_goes_on_with_the_standard_items_of_a_distributed_map(
    found: DistributedMap, redriven: set[str]
) -> None:
    plain = told(iam.machine_permissions(PARENT, maps=[found]))
    assert told(iam.machine_permissions(PARENT, maps=[found], redrives=True)) == plain | redriven


def test_discovery_lists_all_machines_and_describes_those_it_is_for() -> None:
    found = iam.discovery_permissions(f"{MACHINES}orders-*")
    assert {each.resource for each in found if each.action == "states:ListStateMachines"} == {"*"}
    assert {each.resource for each in found} == {"*", f"{MACHINES}orders-*"}
