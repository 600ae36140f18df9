"""What a definition's Task states call, and which executions they start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner import definitions
from runner.arns import MachineArn
from runner.definitions import Child, ChildForm, DistributedMap, TaskState

if TYPE_CHECKING:
    from runner.values import Json

START = "arn:aws:states:::states:startExecution"
CHILD = "arn:aws:states:eu-west-1:123456789012:stateMachine:child"
ARN = MachineArn("aws", "eu-west-1", "123456789012", "child")


def machine(**states: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


def task(resource: Any, **fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": resource, "End": True, **fields}


def started(resource: str, **fields: Any) -> Child:
    (child,) = definitions.children(machine(A=task(resource, **fields)))
    return child


@pytest.mark.parametrize(
    ("resource", "needs_mock"),
    [
        ("arn:aws:states:::lambda:invoke", True),
        ("arn:aws:lambda:eu-west-1:123456789012:function:f", True),
        ("${Function}", True),
        (START, False),
        (f"{START}.sync:2", False),
        (f"{START}.sync:3", True),
        ("arn:aws:states:::aws-sdk:sfn:describeExecution", False),
        ("arn:aws:states:::aws-sdk:sfn:createStateMachine", True),
    ],
)
def test_a_task_tells_whether_the_embedded_engine_needs_a_mock(
    resource: str, needs_mock: bool
) -> None:
    assert definitions.tasks(machine(A=task(resource))) == (TaskState("A", resource, needs_mock),)


def test_a_resource_that_is_no_text_needs_a_mock() -> None:
    assert definitions.tasks(machine(A=task(7))) == (TaskState("A", "", True),)


def test_tasks_and_children_are_known_at_any_depth() -> None:
    inner = machine(C=task(START, Parameters={"StateMachineArn": CHILD}))
    items = {"Type": "Map", "ItemProcessor": inner, "End": True}
    both = {"Type": "Parallel", "Branches": [machine(B=items), machine(D=task("r"))], "End": True}
    definition = machine(A=both)

    assert {found.name for found in definitions.tasks(definition)} == {"C", "D"}
    assert definitions.children(definition) == (Child("C", ARN, ChildForm.FORGET),)


@pytest.mark.parametrize(
    ("resource", "form"),
    [
        (START, ChildForm.FORGET),
        (f"{START}.sync", ChildForm.SYNC),
        (f"{START}.sync:2", ChildForm.SYNC_2),
        (f"{START}.waitForTaskToken", ChildForm.TOKEN),
        ("arn:aws:states:::aws-sdk:sfn:startExecution", ChildForm.FORGET),
        ("arn:aws:states:::aws-sdk:sfn:startExecution.waitForTaskToken", ChildForm.TOKEN),
        ("arn:aws:states:::aws-sdk:sfn:startSyncExecution", ChildForm.EXPRESS),
        ("arn:aws-us-gov:states:::states:startExecution.sync", ChildForm.SYNC),
    ],
)
def test_a_child_has_the_form_in_which_it_is_started(resource: str, form: ChildForm) -> None:
    assert started(resource, Parameters={"StateMachineArn": CHILD}) == Child("A", ARN, form)


def test_a_child_may_be_started_by_version_or_alias() -> None:
    child = started(START, Parameters={"StateMachineArn": f"{CHILD}:live"})
    assert child.machine == MachineArn("aws", "eu-west-1", "123456789012", "child", "live")


@pytest.mark.parametrize(
    "parameters",
    [
        {"StateMachineArn.$": "$.child"},
        {"StateMachineArn": "${ChildArn}"},
        {"StateMachineArn": 7},
        {},
        "text",
        None,
    ],
)
def test_a_child_that_the_text_does_not_name_is_none(parameters: Any) -> None:
    assert started(START, Parameters=parameters) == Child("A", None, ChildForm.FORGET)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"StateMachineArn": CHILD}, ARN),
        ({"StateMachineArn": "{% $states.input.child %}"}, None),
        ("{% $states.input %}", None),
    ],
)
def test_a_child_in_jsonata_stands_in_arguments(arguments: Any, named: MachineArn | None) -> None:
    child = started(START, QueryLanguage="JSONata", Arguments=arguments)
    assert child == Child("A", named, ChildForm.FORGET)


def test_a_child_is_told_apart_that_another_role_starts() -> None:
    other = {"RoleArn": "arn:aws:iam::210987654321:role/starter"}
    child = started(START, Parameters={"StateMachineArn": CHILD}, Credentials=other)
    assert child == Child("A", ARN, ChildForm.FORGET, uses_other_role=True)


@pytest.mark.parametrize("resource", ["arn:aws:states:::lambda:invoke", START + "s", "", None, []])
def test_another_call_starts_no_child(resource: Any) -> None:
    parameters = {"StateMachineArn": CHILD}
    assert definitions.children(machine(A=task(resource, Parameters=parameters))) == ()


FIELDS = (
    "StartAt States Type Branches ItemProcessor ProcessorConfig Mode Label Resource Parameters"
    " StateMachineArn"
)
KEYS = st.sampled_from(FIELDS.split())
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["Task", "Map", "DISTRIBUTED", START, CHILD]),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(KEYS, children, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_no_json_makes_them_stumble(definition: Any) -> None:
    below: Json = {"StartAt": "A", "States": {"A": definition}}
    assert isinstance(definitions.tasks(below), tuple)
    assert isinstance(definitions.distributed_maps(below), tuple)
    assert isinstance(definitions.tasks(definition), tuple)
    assert isinstance(definitions.children(below), tuple)
    assert isinstance(definitions.children(definition), tuple)


@pytest.mark.parametrize("field", ["ItemProcessor", "Iterator"])
def test_maps_whose_items_are_executions_are_known_at_any_depth(field: str) -> None:
    each = distributed(field, Label="rows", ItemReader={}, ResultWriter={})
    quick = distributed(field, "EXPRESS", Label="*")
    branches = {"Type": "Parallel", "Branches": [machine(Quick=quick)], "End": True}
    each[field]["States"]["Both"] = branches
    inline = {"Type": "Map", field: machine(A=task(START)), "End": True}
    assert definitions.distributed_maps(machine(Each=each, Inline=inline)) == (
        DistributedMap("Each", "rows", uses=("ItemReader", "ResultWriter")),
        DistributedMap("Quick", is_express=True),
    )


def distributed(field: str, kind: str = "STANDARD", **more: Any) -> dict[str, Any]:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": kind}
    processor = {**machine(Item=task(START)), "ProcessorConfig": config}
    return {"Type": "Map", field: processor, "End": True, **more}
