"""What the embedded engine can't do is told before anything starts, with its place."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runner.errors import Diagnostic, Place, Severity
from runner.local import check
from runner.local.distributed import _OWN_CONTEXT
from tests.local.engines import PLACE, state_machine
from tests.local.features.base import CHILD, LAMBDA, START, jsonata, machine, passes, starts, task

MODE = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}


def found(definition: Any, mocks: Any = None, *, express: bool = False, **others: Any) -> Any:
    machines = {"main": state_machine("main", definition, mocks, express=express), **others}
    return check(machines, ["main"])


def only(diagnostics: tuple[Diagnostic, ...]) -> Diagnostic:
    assert len(diagnostics) == 1, diagnostics
    return diagnostics[0]


@pytest.mark.parametrize(
    ("resource", "what"),
    [
        (LAMBDA, "it calls AWS Lambda"),
        ("arn:aws:lambda:us-east-1:123456789012:function:f", "it calls AWS Lambda"),
        ("arn:aws:states:::glue:startJobRun.sync", r"startJobRun of glue \(\.sync\)"),
        ("arn:aws:states:::sqs:sendMessage.waitForTaskToken", r"sqs \(\.waitForTaskToken\)"),
        ("arn:aws:states:::dynamodb:putItem", "putItem of dynamodb"),
        ("arn:aws:states:::aws-sdk:s3:getObject", "getObject of s3"),
        ("arn:aws:states:::http:invoke", "an HTTP endpoint"),
        ("arn:aws:states:us-east-1:123456789012:activity:x", "the activity x"),
        ("arn:aws:states:::aws-sdk:sfn:deleteStateMachine", "deleteStateMachine of sfn"),
        (f"{START}.sync:3", r"no pattern \.sync:3"),
        ("${Function}", "placeholder"),
        (None, "no service"),
        (7, "no service"),
    ],
)
def test_a_service_that_the_engine_cannot_run_needs_a_mock(resource: Any, what: str) -> None:
    definition = machine({"Type": "Task", "Resource": resource})

    problem = only(found(definition))

    assert problem.code == "unmocked-task"
    assert "the state 'A' can't run locally" in problem.message
    assert re.search(what, problem.message)
    assert "spec.mocks: {A: {result: ...}}" in (problem.help or "")
    assert found(definition, {"A": {"result": 1}}) == ()


def test_each_complaint_stands_where_its_state_does() -> None:
    inner = machine(task())
    definition = machine(passes(), {"Type": "Parallel", "Branches": [inner]})
    document = replace(
        state_machine("main", definition),
        places={"States.B.Branches.0.States.A": Place("flows/main.json", 12, 9)},
    )

    assert only(check({"main": document}, ["main"])).place == Place("flows/main.json", 12, 9)
    assert only(found(definition)).place == PLACE


def test_machines_that_nobody_uses_are_not_looked_at() -> None:
    machines = {
        "main": state_machine("main", machine(passes())),
        "unused": state_machine("unused", machine(task())),
    }

    assert check(machines, ["main", "unheard-of"]) == ()


def test_children_are_looked_at_too_and_circles_end() -> None:
    child = state_machine("child", machine(task(), starts()))

    problem = only(found(machine(starts()), child=child))

    assert "AWS Lambda" in problem.message


def test_a_child_that_a_mock_replaces_is_not_looked_at() -> None:
    child = state_machine("child", machine(task()))

    assert found(machine(starts()), {"A": {"result": 1}}, child=child) == ()


def test_a_child_without_a_document_is_told() -> None:
    problem = only(found(machine(starts(".sync:2"))))

    assert problem.code == "unknown-child"
    assert CHILD in problem.message
    assert "the project has main" in (problem.help or "")


@pytest.mark.parametrize("text", ["${ChildArn}", 5, None, "arn:aws:sqs:us-east-1:1:q"])
def test_a_child_that_is_no_arn_is_told(text: Any) -> None:
    definition = machine({**starts(), "Parameters": {"StateMachineArn": text}})

    assert only(found(definition)).code == "unknown-child"


def test_a_child_named_at_run_time_is_left_to_run_time() -> None:
    by_path = machine({**starts(), "Parameters": {"StateMachineArn.$": "$.arn"}})
    resource = f"{START}.sync:2"
    by_query = jsonata(
        {"Type": "Task", "Resource": resource, "Arguments": {"StateMachineArn": "{% $x %}"}},
        {"Type": "Task", "Resource": resource, "Arguments": "{% $states.input %}"},
    )

    assert found(by_path) == ()
    assert found(by_query) == ()


def test_an_express_child_can_be_started_but_not_waited_for() -> None:
    child = state_machine("child", machine(passes()), express=True)
    sync = {**starts(), "Resource": "arn:aws:states:::aws-sdk:sfn:startSyncExecution"}

    assert found(machine(starts()), child=child) == ()
    assert found(machine(sync), child=child) == ()
    assert only(found(machine(starts(".sync:2")), child=child)).code == "express-child"
    standard = state_machine("child", machine(passes()))
    assert only(found(machine(sync), child=standard)).code == "standard-child"


def test_an_express_machine_waits_for_nothing() -> None:
    child = state_machine("child", machine(passes()))

    assert found(machine(starts()), express=True, child=child) == ()
    problem = only(found(machine(starts(".sync:2")), express=True, child=child))
    assert problem.code == "express-waits"


def test_what_a_distributed_map_cannot_do_is_told() -> None:
    body = {"Type": "Map", "ItemProcessor": {**machine(passes()), **MODE}}
    for key in ("ItemReader", "ItemBatcher", "ResultWriter"):
        assert only(found(machine({**body, key: {}}))).code == "distributed-map"
    tolerant = only(found(machine({**body, "ToleratedFailureCount": 3})))
    assert (tolerant.code, tolerant.severity) == ("tolerated-failure", Severity.WARNING)
    assert only(found(machine(body), express=True)).code == "express-distributed"


def test_express_items_of_a_distributed_map_wait_for_nothing() -> None:
    config = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}}
    inner = {**machine(starts(".sync:2")), **config}
    child = state_machine("child", machine(passes()))

    problem = only(found(machine({"Type": "Map", "ItemProcessor": inner}), child=child))
    assert problem.code == "express-waits"


def test_an_items_own_execution_is_known_in_aws_alone() -> None:
    inner = machine(passes(Parameters={"e.$": "$$.Execution.Id"}))
    distributed = {"Type": "Map", "ItemProcessor": {**inner, **MODE}}

    assert only(found(machine(distributed))).code == "distributed-context"
    assert found(machine({"Type": "Map", "ItemProcessor": inner})) == ()
    assert _OWN_CONTEXT.search("$states.context.Execution.Name")
    assert not _OWN_CONTEXT.search("$$.Map.Item.Value")


@pytest.mark.parametrize(
    "definition",
    [None, 7, "text", [], {}, {"States": []}, {"States": {"A": 1}}, {"States": {"A": {}}}]
    + [{"States": {"A": {"Type": kind}}} for kind in ("Task", "Map", "Parallel", 5, None)]
    + [{"States": {"A": {"Type": "Parallel", "Branches": [1, {"States": {"B": []}}]}}}],
)
def test_no_definition_is_too_odd_to_look_at(definition: Any) -> None:
    found(definition)


def test_the_documentation_names_every_complaint() -> None:
    written = (Path(__file__).parents[2] / "docs" / "local.md").read_text()
    folder = Path(__file__).parents[2] / "runner" / "local"
    sources = "".join(
        (folder / name).read_text() for name in ("check.py", "distributed.py", "reading.py")
    )
    codes = set(re.findall(r'^(?: +|CODE = )"([a-z]+(?:-[a-z]+)+)",?$', sources, re.MULTILINE))

    assert len(codes) > 8
    assert {code for code in codes if f"`{code}`" not in written} == set()
