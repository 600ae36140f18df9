"""Input and output in JSONPath."""

from __future__ import annotations

from tests.local.features.base import Feature, Group, machine, passes, task

ORDERS = {
    "orders": [{"id": 1, "sum": 5}, {"id": 2, "sum": 7}],
    "none": [],
    "where": {"x-y": 1},
    "größe": 2,
    "a b": {"c-d": 3},
}


def path(expression: str, output: object, *, title: str) -> Feature:
    return Feature(title, machine(passes(Parameters={"x.$": expression})), ORDERS, {"x": output})


GROUP = Group(
    "Input and output in JSONPath",
    (
        Feature(
            "Pass hands its input on",
            machine(passes()),
            {"a": [1, "x", None]},
            {"a": [1, "x", None]},
        ),
        Feature("any JSON value as input and output", machine(passes()), "text", "text"),
        Feature(
            "numbers stay what they are",
            machine(passes()),
            {"i": 12345678901234567890, "f": 0.5, "n": -3},
            {"i": 12345678901234567890, "f": 0.5, "n": -3},
        ),
        Feature("`Result` of Pass", machine(passes(Result={"r": 1})), {"a": 1}, {"r": 1}),
        Feature(
            "`Result` with `ResultPath`",
            machine(passes(Result=5, ResultPath="$.x.y")),
            {"a": 1},
            {"a": 1, "x": {"y": 5}},
        ),
        Feature(
            "`Parameters` of Pass",
            machine(passes(Parameters={"v.$": "$.a", "fixed": [1]})),
            {"a": {"b": 2}},
            {"v": {"b": 2}, "fixed": [1]},
        ),
        Feature(
            "`Parameters` of Pass with `ResultPath`",
            machine(passes(Parameters={"v.$": "$.a"}, ResultPath="$.p")),
            {"a": 1},
            {"a": 1, "p": {"v": 1}},
        ),
        Feature("`InputPath`", machine(passes(InputPath="$.a")), {"a": {"b": 2}}, {"b": 2}),
        Feature("`InputPath` null", machine(passes(InputPath=None)), {"a": 1}, {}),
        Feature(
            "`InputPath` with `ResultPath` keeps the raw input",
            machine(passes(InputPath="$.a", ResultPath="$.copy")),
            {"a": 1, "b": 2},
            {"a": 1, "b": 2, "copy": 1},
        ),
        Feature(
            "`InputPath` from the context object",
            machine(passes(InputPath="$$.Execution.Input")),
            {"a": 1},
            {"a": 1},
        ),
        Feature("`OutputPath`", machine(passes(OutputPath="$.a.b")), {"a": {"b": [1]}}, [1]),
        Feature("`OutputPath` null", machine(passes(OutputPath=None)), {"a": 1}, {}),
        Feature(
            "`ResultPath` null", machine(passes(Result=1, ResultPath=None)), {"a": 1}, {"a": 1}
        ),
        Feature(
            "`ResultPath` over what is there",
            machine(passes(Result=1, ResultPath="$.a")),
            {"a": {"b": 1}, "c": 2},
            {"a": 1, "c": 2},
        ),
        Feature(
            "`ResultPath` into an array",
            machine(passes(Result=9, ResultPath="$.a[1]")),
            {"a": [1, 2]},
            {"a": [1, 9]},
        ),
        Feature(
            "`ResultPath` that does not fit",
            machine(passes(Result=1, ResultPath="$.a")),
            "text",
            error="States.ResultPathMatchFailure",
        ),
        Feature(
            "`ResultSelector` of Task",
            machine(task(ResultSelector={"n.$": "$.Payload.n", "k": 1}, ResultPath="$.r")),
            {"a": 1},
            {"a": 1, "r": {"n": 4, "k": 1}},
            mocks={"A": {"result": {"Payload": {"n": 4}, "StatusCode": 200}}},
        ),
        Feature(
            "all five filters of a Task together",
            machine(
                task(
                    InputPath="$.in",
                    Parameters={"p.$": "$.x"},
                    ResultSelector={"n.$": "$.n"},
                    ResultPath="$.out",
                    OutputPath="$.out",
                )
            ),
            {"in": {"x": 1}},
            {"n": 2},
            mocks={"A": {"result": {"n": 2, "m": 3}}},
        ),
        path("$.orders[0].id", 1, title="a field of an item of an array is one value"),
        path("$.orders[1]", {"id": 2, "sum": 7}, title="an item of an array"),
        path("$.orders[-1].id", 2, title="an item counted from the end"),
        path("$.orders[*].id", [1, 2], title="a wildcard gives an array"),
        path("$.orders[0:1]", [{"id": 1, "sum": 5}], title="a slice gives an array"),
        path("$.orders[0,1].sum", [5, 7], title="several indices give an array"),
        path("$.none[*].id", [], title="a wildcard over an empty array gives an empty array"),
        path("$..id", [1, 2], title="the descent `..` gives an array"),
        path("$.orders[?(@.sum > 5)].id", [2], title="a filter gives an array"),
        path(
            "$.orders[?(@.sum > 50)].id",
            [],
            title="a filter that matches nothing gives an empty array",
        ),
        path("$['a b']['c-d']", 3, title="fields in brackets"),
        path("$", ORDERS, title="the whole input"),
        path("$.where.x-y", 1, title="a field whose name is a word elsewhere"),
        path("$.größe", 2, title="a field whose name is not ASCII"),
        Feature(
            "a path that names nothing",
            machine(passes(Parameters={"x.$": "$.missing"})),
            {"a": 1},
            error="States.Runtime",
            cause="$.missing",
        ),
        Feature(
            "`InputPath` that names nothing",
            machine(passes(InputPath="$.missing")),
            {"a": 1},
            error="States.Runtime",
            cause="$.missing",
        ),
        Feature(
            "`OutputPath` that names nothing",
            machine(passes(OutputPath="$.missing")),
            {"a": 1},
            error="States.Runtime",
            cause="$.missing",
        ),
        Feature(
            "templates within arrays and objects",
            machine(passes(Parameters={"a": [{"x.$": "$.v"}, 2], "o": {"p": {"q.$": "$.v"}}})),
            {"v": 1},
            {"a": [{"x": 1}, 2], "o": {"p": {"q": 1}}},
        ),
        Feature(
            "context object: names",
            machine(
                passes(
                    Parameters={
                        "m.$": "$$.StateMachine.Name",
                        "s.$": "$$.State.Name",
                        "e.$": "$$.Execution.Name",
                        "i.$": "$$.Execution.Input.a",
                    }
                )
            ),
            {"a": 1},
            {"m": "main", "s": "A", "e": "run", "i": 1},
        ),
        Feature(
            "context object: ARNs",
            machine(passes(Parameters={"m.$": "$$.StateMachine.Id", "e.$": "$$.Execution.Id"})),
            {},
            {
                "m": "arn:aws:states:us-east-1:123456789012:stateMachine:main",
                "e": "arn:aws:states:us-east-1:123456789012:execution:main:run",
            },
        ),
        Feature(
            "context object: times are texts",
            machine(
                passes(Parameters={"t.$": "$$.Execution.StartTime", "u.$": "$$.State.EnteredTime"}),
                passes(
                    Parameters={
                        "t.$": "States.ArrayLength(States.StringSplit($.t, 'T'))",
                        "u.$": "States.ArrayLength(States.StringSplit($.u, 'T'))",
                    }
                ),
            ),
            {},
            {"t": 2, "u": 2},
        ),
        Feature(
            "output over 256 KiB",
            machine(passes(Parameters={"a.$": "$.x", "b.$": "$.x"})),
            {"x": "x" * 140_000},
            error="States.DataLimitExceeded",
        ),
        Feature(
            "output of almost 256 KiB",
            machine(passes(Parameters={"a.$": "$.x", "b.$": "$.x"}), passes(Parameters={"n": 1})),
            {"x": "é" * 65_000},
            {"n": 1},
        ),
    ),
)
