"""Executions that executions start."""

from __future__ import annotations

from typing import Any

from tests.local.features.base import (
    CHILD,
    ELSEWHERE,
    MAIN_RUN,
    Feature,
    Group,
    jsonata,
    machine,
    passes,
    starts,
    task,
)

SDK = "arn:aws:states:::aws-sdk:sfn:"
ECHO = machine(passes())
FAILS = machine({"Type": "Fail", "Error": "Bad", "Cause": "why"})
WAITS = machine({"Type": "Wait", "Seconds": 100})
CALLS_BACK = machine(
    {
        "Type": "Task",
        "Resource": f"{SDK}sendTaskSuccess",
        "Parameters": {"TaskToken.$": "$.token", "Output": {"n": 5}},
    }
)
CALLS_BACK_BADLY = machine(
    {
        "Type": "Task",
        "Resource": f"{SDK}sendTaskFailure",
        "Parameters": {"TaskToken.$": "$.token", "Error": "Bad", "Cause": "why"},
    }
)
OUT = {"v.$": "$.Output"}
GIVES = {"Input": {"a.$": "$.x"}}


def calls(name: str, **parameters: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"{SDK}{name}", "Parameters": parameters}


GROUP = Group(
    "Nested executions",
    (
        Feature(
            "`states:startExecution` does not wait",
            machine(
                starts(Parameters=GIVES, ResultSelector={"arn.$": "$.ExecutionArn"}),
                passes(Result="gone on"),
            ),
            {"x": 1},
            "gone on",
            others={"child": WAITS},
        ),
        Feature(
            "`.sync` gives the child's output as text",
            machine(starts(".sync", Parameters=GIVES, ResultSelector=OUT)),
            {"x": 1},
            {"v": '{"a":1}'},
            others={"child": ECHO},
        ),
        Feature(
            "`.sync:2` gives the child's output as JSON",
            machine(starts(".sync:2", Parameters=GIVES, ResultSelector=OUT)),
            {"x": 1},
            {"v": {"a": 1}},
            others={"child": ECHO},
        ),
        Feature(
            "the fields of a child's description",
            machine(
                starts(
                    ".sync:2",
                    Parameters={**GIVES, "Name": "c1"},
                    ResultSelector={
                        "e.$": "$.ExecutionArn",
                        "n.$": "$.Name",
                        "i.$": "$.Input",
                        "s.$": "$.Status",
                        "m.$": "$.StateMachineArn",
                    },
                )
            ),
            {"x": 1},
            {
                "e": "arn:aws:states:us-east-1:123456789012:execution:child:c1",
                "n": "c1",
                "i": {"a": 1},
                "s": "SUCCEEDED",
                "m": CHILD,
            },
            others={"child": ECHO},
        ),
        Feature(
            "a child that fails",
            machine(
                starts(".sync:2", Catch=[{"ErrorEquals": ["States.TaskFailed"], "Next": "B"}]),
                passes(Parameters={"e.$": "$.Error", "c.$": "States.StringToJson($.Cause)"}),
                passes(
                    Parameters={
                        "e.$": "$.e",
                        "child.$": "$.c.Error",
                        "why.$": "$.c.Cause",
                        "s.$": "$.c.Status",
                    }
                ),
            ),
            {},
            {"e": "States.TaskFailed", "child": "Bad", "why": "why", "s": "FAILED"},
            others={"child": FAILS},
        ),
        Feature(
            "a failing child fails the parent",
            machine(starts(".sync:2")),
            error="States.TaskFailed",
            cause='"Error":"Bad"',
            others={"child": FAILS},
        ),
        Feature(
            "no `Input` is an empty object",
            machine(starts(".sync:2", ResultSelector=OUT)),
            {"x": 1},
            {"v": {}},
            others={"child": ECHO},
        ),
        Feature(
            "`Input` as text",
            machine(starts(".sync:2", Parameters={"Input": '{"t": 1}'}, ResultSelector=OUT)),
            {},
            {"v": {"t": 1}},
            others={"child": ECHO},
        ),
        Feature(
            "the parent's id in the child's input",
            machine(
                starts(
                    ".sync:2",
                    Parameters={
                        "Input": {"AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$": "$$.Execution.Id"}
                    },
                    ResultSelector=OUT,
                )
            ),
            {},
            {"v": {"AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": MAIN_RUN}},
            others={"child": ECHO},
        ),
        Feature(
            "a child in another region and account, by an alias",
            machine(
                {
                    **starts(".sync:2", ResultSelector={"s.$": "$.Status"}),
                    "Parameters": {"StateMachineArn": ELSEWHERE},
                }
            ),
            {},
            {"s": "SUCCEEDED"},
            others={"child": ECHO},
        ),
        Feature(
            "a child named in the input",
            machine(
                {
                    **starts(".sync:2", ResultSelector=OUT),
                    "Parameters": {"StateMachineArn.$": "$.m", "Input": {"a": 1}},
                }
            ),
            {"m": CHILD},
            {"v": {"a": 1}},
            others={"child": ECHO},
        ),
        Feature(
            "a child named in the input that is not there",
            machine({**starts(".sync:2"), "Parameters": {"StateMachineArn.$": "$.m"}}),
            {"m": CHILD.replace("child", "nobody")},
            error="StepFunctions.StateMachineDoesNotExistException",
            others={"child": ECHO},
        ),
        Feature(
            "a name that is taken",
            machine(
                starts(".sync:2", Parameters={"Name": "c1"}),
                starts(Parameters={"Name": "c1", "Input": {"other": 1}}),
            ),
            error="StepFunctions.ExecutionAlreadyExistsException",
            others={"child": ECHO},
        ),
        Feature(
            "`TimeoutSeconds` of a Task that waits for a child",
            machine(
                starts(
                    ".sync:2",
                    TimeoutSeconds=50,
                    Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "B"}],
                ),
                passes(Result="late"),
            ),
            {},
            "late",
            others={"child": WAITS},
        ),
        Feature(
            "a child that ends before `TimeoutSeconds`",
            machine(starts(".sync:2", TimeoutSeconds=150), passes(Result="in time")),
            {},
            "in time",
            others={"child": WAITS},
        ),
        Feature(
            "a child's Waits count for the parent's `TimeoutSeconds`",
            machine(starts(".sync:2"), starts(".sync:2"), TimeoutSeconds=150),
            error="States.Timeout",
            others={"child": WAITS},
        ),
        Feature(
            "a grandchild",
            machine(starts(".sync:2", ResultSelector=OUT)),
            {},
            {"v": 7},
            others={
                "child": machine(
                    {
                        **starts(".sync:2", OutputPath="$.Output"),
                        "Parameters": {"StateMachineArn": CHILD.replace("child", "grandchild")},
                    }
                ),
                "grandchild": machine(passes(Result=7)),
            },
        ),
        Feature(
            "children side by side in a Map",
            machine(
                {
                    "Type": "Map",
                    "ItemProcessor": machine(
                        starts(".sync:2", Parameters={"Input.$": "$"}, OutputPath="$.Output")
                    ),
                }
            ),
            [{"n": 1}, {"n": 2}],
            [{"n": 1}, {"n": 2}],
            others={"child": ECHO},
        ),
        Feature(
            "`.sync:2` in JSONata",
            jsonata(
                {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::states:startExecution.sync:2",
                    "Arguments": {
                        "StateMachineArn": CHILD,
                        "Input": {"a": "{% $states.input.x %}"},
                    },
                    "Output": "{% $states.result.Output.a %}",
                }
            ),
            {"x": 3},
            3,
            others={"child": ECHO},
        ),
        Feature(
            "`.waitForTaskToken`: the child calls back",
            machine(
                starts(".waitForTaskToken", Parameters={"Input": {"token.$": "$$.Task.Token"}})
            ),
            {},
            {"n": 5},
            others={"child": CALLS_BACK},
        ),
        Feature(
            "`.waitForTaskToken`: the child reports a failure",
            machine(
                starts(".waitForTaskToken", Parameters={"Input": {"token.$": "$$.Task.Token"}})
            ),
            error="Bad",
            cause="why",
            others={"child": CALLS_BACK_BADLY},
        ),
        Feature(
            "a token that nobody awaits",
            CALLS_BACK,
            {"token": "unheard-of"},
            error="Sfn.InvalidTokenException",
        ),
        Feature(
            "`.waitForTaskToken` that nobody answers in time",
            machine(starts(".waitForTaskToken", TimeoutSeconds=1)),
            error="States.Timeout",
            others={"child": ECHO},
        ),
        Feature(
            "`states:startExecution` of an Express machine",
            machine(starts(ResultPath=None), passes(Result="gone on")),
            {},
            "gone on",
            others={"child": ECHO},
            express_children=True,
        ),
        Feature(
            "`aws-sdk:sfn:startExecution`",
            machine(
                {
                    **calls("startExecution", StateMachineArn=CHILD, Name="c1", Input="{}"),
                    "ResultSelector": {"e.$": "$.ExecutionArn"},
                }
            ),
            {},
            {"e": "arn:aws:states:us-east-1:123456789012:execution:child:c1"},
            others={"child": ECHO},
        ),
        Feature(
            "`aws-sdk:sfn:startSyncExecution`",
            machine(
                {
                    **calls(
                        "startSyncExecution",
                        StateMachineArn=CHILD,
                        **{"Input.$": "States.JsonToString($)"},
                    ),
                    "ResultSelector": {"s.$": "$.Status", "o.$": "States.StringToJson($.Output)"},
                }
            ),
            {"x": 1},
            {"s": "SUCCEEDED", "o": {"x": 1}},
            others={"child": ECHO},
            express_children=True,
        ),
        Feature(
            "`aws-sdk:sfn:startSyncExecution` of a machine that fails",
            machine(
                {
                    **calls("startSyncExecution", StateMachineArn=CHILD),
                    "ResultSelector": {"s.$": "$.Status", "e.$": "$.Error"},
                }
            ),
            {},
            {"s": "FAILED", "e": "Bad"},
            others={"child": FAILS},
            express_children=True,
        ),
        Feature(
            "`aws-sdk:sfn:describeExecution`",
            machine(
                starts(".sync:2", Parameters={"Name": "c1"}),
                {
                    **calls("describeExecution", **{"ExecutionArn.$": "$.ExecutionArn"}),
                    "ResultSelector": {"s.$": "$.Status"},
                },
            ),
            {},
            {"s": "SUCCEEDED"},
            others={"child": ECHO},
        ),
        Feature(
            "`aws-sdk:sfn:stopExecution`",
            machine(
                starts(Parameters={"Name": "c1"}),
                {
                    **calls(
                        "stopExecution",
                        Cause="no longer needed",
                        **{"ExecutionArn.$": "$.ExecutionArn"},
                    ),
                    "ResultPath": None,
                },
                {
                    **calls("describeExecution", **{"ExecutionArn.$": "$.ExecutionArn"}),
                    "ResultSelector": {"s.$": "$.Status", "c.$": "$.Cause"},
                },
            ),
            {},
            {"s": "ABORTED", "c": "no longer needed"},
            others={"child": machine({"Type": "Wait", "Seconds": 100_000})},
        ),
        Feature(
            "an error of `aws-sdk:sfn`",
            machine(
                {
                    **calls("startExecution", StateMachineArn=CHILD, Input="no JSON"),
                    "Catch": [{"ErrorEquals": ["Sfn.InvalidExecutionInputException"], "Next": "B"}],
                },
                passes(Result="caught"),
            ),
            {},
            "caught",
            others={"child": ECHO},
        ),
        Feature(
            "a mocked start",
            machine(starts(".sync:2", Parameters=GIVES, OutputPath="$.Output")),
            {"x": 1},
            "mocked",
            mocks={"A": {"result": {"Output": "mocked"}}},
        ),
        Feature(
            "a mocked Task in a child",
            machine(starts(".sync:2", OutputPath="$.Output")),
            {},
            "from the child",
            others={"child": (machine(task()), {"A": {"result": "from the child"}})},
        ),
    ),
)
