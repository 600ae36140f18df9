"""Parallel and Map."""

from __future__ import annotations

from typing import Any

from tests.local.features.base import Feature, Group, machine, passes, task

FAIL = {"Type": "Fail", "Error": "Bad", "Cause": "why"}
MODE = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}


def parallel(*branches: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Type": "Parallel", "Branches": list(branches), **more}


def maps(*states: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Type": "Map", "ItemProcessor": machine(*states), **more}


def distributed(*states: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Type": "Map", "ItemProcessor": machine(*states, **MODE), **more}


SELECT = {"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value", "k.$": "$.k"}
CATCH = [{"ErrorEquals": ["States.ALL"], "Next": "B"}]
RETRY = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1}]

GROUP = Group(
    "Parallel and Map",
    (
        Feature(
            "Parallel gives its branches' outputs in order",
            machine(
                parallel(
                    machine({"Type": "Wait", "Seconds": 50}, passes(Result="slow")),
                    machine(passes()),
                )
            ),
            {"a": 1},
            ["slow", {"a": 1}],
        ),
        Feature(
            "Parallel with `Parameters`, `ResultSelector`, `ResultPath`",
            machine(
                parallel(
                    machine(passes()),
                    Parameters={"p.$": "$.a"},
                    ResultSelector={"first.$": "$[0]"},
                    ResultPath="$.r",
                )
            ),
            {"a": 1},
            {"a": 1, "r": {"first": {"p": 1}}},
        ),
        Feature(
            "a branch that fails, fails Parallel",
            machine(parallel(machine(FAIL), machine({"Type": "Wait", "Seconds": 100_000}))),
            error="Bad",
            cause="why",
        ),
        Feature(
            "Catch of Parallel",
            machine(parallel(machine(FAIL), machine(passes()), Catch=CATCH), passes()),
            {},
            {"Error": "Bad", "Cause": "why"},
        ),
        Feature(
            "Retry of Parallel",
            machine(parallel(machine({**task(), "End": True}), Retry=RETRY)),
            {},
            [1],
            mocks={"A": [{"result": 1}]},
        ),
        Feature(
            "a branch's error of `States.` keeps its name",
            machine(
                parallel(
                    machine(passes(), task()),
                    Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "B"}],
                ),
                passes(Result="caught"),
            ),
            {},
            "caught",
            mocks={"B": [{"error": "States.Timeout"}]},
        ),
        Feature(
            "Retry of a whole Parallel",
            {
                "StartAt": "P",
                "States": {
                    "P": {**parallel(machine(passes(), passes(), task()), Retry=RETRY), "End": True}
                },
            },
            {},
            [1],
            mocks={"C": [{"error": "Bad"}, {"result": 1}]},
        ),
        Feature(
            "Parallel within Parallel",
            machine(
                parallel(
                    machine(parallel(machine(passes(Result=1)), machine(passes(Result=2)))),
                    machine(passes(Result=3)),
                )
            ),
            {},
            [[1, 2], 3],
        ),
        Feature(
            "Map over the input", machine(maps(passes())), [1, "x", {"a": 2}], [1, "x", {"a": 2}]
        ),
        Feature(
            "`ItemsPath`",
            machine(maps(passes(), ItemsPath="$.items", ResultPath="$.out")),
            {"items": [1, 2]},
            {"items": [1, 2], "out": [1, 2]},
        ),
        Feature(
            "`ItemSelector`",
            machine(maps(passes(), ItemsPath="$.items", ItemSelector=SELECT)),
            {"items": ["x", "y"], "k": 7},
            [{"i": 0, "v": "x", "k": 7}, {"i": 1, "v": "y", "k": 7}],
        ),
        Feature(
            "`Iterator` and `Parameters`, the older names",
            machine(
                {
                    "Type": "Map",
                    "Iterator": machine(passes()),
                    "ItemsPath": "$.items",
                    "Parameters": SELECT,
                }
            ),
            {"items": ["x"], "k": 7},
            [{"i": 0, "v": "x", "k": 7}],
        ),
        Feature("an empty Map", machine(maps(passes(), ItemsPath="$.items")), {"items": []}, []),
        Feature(
            "a Map of what is no array",
            machine(maps(passes(), ItemsPath="$.items")),
            {"items": {"a": 1}},
            error="States.Runtime",
        ),
        Feature(
            "`MaxConcurrency`",
            machine(maps({"Type": "Wait", "Seconds": 10}, MaxConcurrency=2), TimeoutSeconds=45),
            [1, 2, 3, 4],
            error=None,
            output=[1, 2, 3, 4],
        ),
        Feature(
            "items one after the other take their time",
            machine(maps({"Type": "Wait", "Seconds": 10}, MaxConcurrency=1), TimeoutSeconds=35),
            [1, 2, 3, 4],
            error="States.Timeout",
        ),
        Feature(
            "`MaxConcurrencyPath`",
            machine(maps(passes(), ItemsPath="$.items", MaxConcurrencyPath="$.n")),
            {"items": [1, 2], "n": 1},
            [1, 2],
        ),
        Feature(
            "2,000 items one after the other",
            machine(
                maps(passes(Parameters={"n": 1}), MaxConcurrency=1),
                passes(Parameters={"n.$": "States.ArrayLength($)"}),
            ),
            list(range(2000)),
            {"n": 2000},
        ),
        Feature(
            "an item that fails, fails the Map",
            machine(maps(FAIL)),
            [1, 2],
            error="Bad",
            cause="why",
        ),
        Feature(
            "Catch of Map",
            machine(maps(FAIL, Catch=CATCH), passes()),
            [1],
            {"Error": "Bad", "Cause": "why"},
        ),
        Feature(
            "Catch within a Map",
            machine(
                maps(task(Catch=[{"ErrorEquals": ["Bad"], "Next": "B"}]), passes(Result="caught"))
            ),
            [1, 2],
            ["caught", "caught"],
            mocks={"A": {"error": "Bad"}},
        ),
        Feature(
            "a list of answers falls to the items in their order",
            {"StartAt": "M", "States": {"M": {**maps(task()), "End": True}}},
            [1, 2, 3],
            ["a", "b", "b"],
            mocks={"A": [{"result": "a"}, {"result": "b"}]},
        ),
        Feature(
            "Retry of a Map",
            {
                "StartAt": "M",
                "States": {"M": {**maps(passes(), task()), "Retry": RETRY, "End": True}},
            },
            [1],
            [5],
            mocks={"B": [{"error": "Bad"}, {"result": 5}]},
        ),
        Feature("Map within Map", machine(maps(maps(passes()))), [[1], [2, 3]], [[1], [2, 3]]),
        Feature(
            "Map with `ResultSelector`",
            machine(maps(passes(), ResultSelector={"n.$": "States.ArrayLength($)"})),
            [1, 2],
            {"n": 2},
        ),
        Feature(
            "Map in Parallel",
            machine(parallel(machine(maps(passes())), machine(passes()))),
            [1],
            [[1], [1]],
        ),
        Feature(
            "a Distributed Map over an array",
            machine(
                distributed(
                    passes(),
                    ItemsPath="$.items",
                    ItemSelector={"v.$": "$$.Map.Item.Value"},
                    Label="x",
                    MaxConcurrency=3,
                )
            ),
            {"items": [1, 2]},
            [{"v": 1}, {"v": 2}],
        ),
        Feature(
            "a Distributed Map of Express executions",
            machine(
                {
                    "Type": "Map",
                    "ItemProcessor": {
                        **machine(passes()),
                        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                    },
                }
            ),
            [1, 2],
            [1, 2],
        ),
        Feature(
            "a Distributed Map whose item fails",
            machine(distributed(FAIL)),
            [1, 2],
            error="States.ExceedToleratedFailureThreshold",
        ),
        Feature(
            "Catch of a Distributed Map",
            machine(
                distributed(
                    FAIL,
                    Catch=[
                        {"ErrorEquals": ["States.ExceedToleratedFailureThreshold"], "Next": "B"}
                    ],
                ),
                passes(Result="caught"),
            ),
            [1, 2],
            "caught",
        ),
    ),
)
