"""JSONata and variables."""

from __future__ import annotations

from tests.local.features.base import Feature, Group, jsonata, machine, passes, task


def gives(expression: str, output: object, given: object = None) -> Feature:
    title = f"`{{% {expression} %}}`"
    return Feature(
        title, jsonata(passes(Output={"x": f"{{% {expression} %}}"})), given or {}, {"x": output}
    )


def undefined(expression: str) -> Feature:
    return Feature(
        f"`{{% {expression} %}}` fails",
        jsonata(passes(Output=f"{{% {expression} %}}")),
        {},
        error="States.QueryEvaluationError",
    )


OK = {"result": {"n": 2}}
BAD = {"error": "Bad", "cause": "why"}

GROUP_JSONATA = Group(
    "JSONata",
    (
        Feature(
            "`Output` of Pass",
            jsonata(passes(Output={"v": "{% $states.input.a + 1 %}", "k": "plain"})),
            {"a": 1},
            {"v": 2, "k": "plain"},
        ),
        Feature(
            "`Output` as one expression",
            jsonata(passes(Output="{% $states.input.items[n > 1] %}")),
            {"items": [{"n": 1}, {"n": 2}]},
            {"n": 2},
        ),
        Feature("no `Output` hands the input on", jsonata(passes()), {"a": 1}, {"a": 1}),
        Feature(
            "texts with quotes, newlines and backslashes",
            jsonata(passes(Output="{% $states.input.t & '!' %}")),
            {"t": "a\"b\n\\c'é"},
            "a\"b\n\\c'é!",
        ),
        Feature(
            "null is a value", jsonata(passes(Output="{% $states.input.n %}")), {"n": None}, None
        ),
        Feature(
            "null in objects and arrays",
            jsonata(passes(Output="{% {'a': $states.input.n, 'b': [$states.input.n, 1]} %}")),
            {"n": None},
            {"a": None, "b": [None, 1]},
        ),
        Feature(
            "`Arguments` and `$states.result`",
            jsonata(
                task(Arguments={"a": "{% $states.input.a %}"}, Output="{% $states.result.n * 10 %}")
            ),
            {"a": 1},
            20,
            mocks={"A": OK},
        ),
        Feature(
            "a Task without `Output` gives its result",
            jsonata(task()),
            {"a": 1},
            {"n": 2},
            mocks={"A": OK},
        ),
        Feature(
            "`Arguments` that can't be evaluated",
            jsonata(task(Arguments={"a": "{% $states.input.missing %}"})),
            {},
            error="States.QueryEvaluationError",
            mocks={"A": OK},
        ),
        Feature(
            "Catch of `States.QueryEvaluationError`",
            jsonata(
                task(
                    Arguments="{% $missing %}",
                    Catch=[{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "B"}],
                ),
                passes(Output="caught"),
            ),
            {},
            "caught",
            mocks={"A": OK},
        ),
        Feature(
            "Catch with `Output` and `$states.errorOutput`",
            jsonata(
                task(
                    Catch=[
                        {
                            "ErrorEquals": ["Bad"],
                            "Next": "B",
                            "Output": {
                                "e": "{% $states.errorOutput.Error %}",
                                "i": "{% $states.input.a %}",
                            },
                        }
                    ]
                ),
                passes(),
            ),
            {"a": 1},
            {"e": "Bad", "i": 1},
            mocks={"A": BAD},
        ),
        Feature(
            "Catch without `Output`",
            jsonata(task(Catch=[{"ErrorEquals": ["Bad"], "Next": "B"}]), passes()),
            {"a": 1},
            {"Error": "Bad", "Cause": "why"},
            mocks={"A": BAD},
        ),
        Feature(
            "`Condition` of Choice",
            jsonata(
                {
                    "Type": "Choice",
                    "Choices": [
                        {"Condition": "{% $states.input.n > 9 %}", "Next": "B"},
                        {
                            "Condition": "{% $states.input.n = 5 %}",
                            "Next": "C",
                            "Output": {"c": "{% $states.input.n %}"},
                        },
                    ],
                },
                passes(Output="b", End=True),
                passes(),
            ),
            {"n": 5},
            {"c": 5},
        ),
        Feature(
            "`Condition` without a match",
            jsonata(
                {"Type": "Choice", "Choices": [{"Condition": "{% false %}", "Next": "B"}]}, passes()
            ),
            {},
            error="States.NoChoiceMatched",
        ),
        Feature(
            "`Output` of Choice's default",
            jsonata(
                {
                    "Type": "Choice",
                    "Choices": [{"Condition": "{% false %}", "Next": "B"}],
                    "Default": "B",
                    "Output": "default",
                },
                passes(),
            ),
            {},
            "default",
        ),
        Feature(
            "a rule whose `Next` is the default's keeps its own `Output`",
            jsonata(
                {
                    "Type": "Choice",
                    "Choices": [{"Condition": "{% true %}", "Next": "B", "Output": "rule"}],
                    "Default": "B",
                    "Output": "default",
                },
                passes(),
            ),
            {},
            "rule",
        ),
        Feature(
            "Wait with `Seconds` in JSONata",
            jsonata({"Type": "Wait", "Seconds": "{% $states.input.s * 2 %}"}),
            {"s": 50},
            {"s": 50},
        ),
        Feature(
            "Wait with `Timestamp` in JSONata",
            jsonata({"Type": "Wait", "Timestamp": "{% $states.input.t %}"}),
            {"t": "2020-01-01T00:00:00Z"},
            {"t": "2020-01-01T00:00:00Z"},
        ),
        Feature(
            "`TimeoutSeconds` of Task in JSONata",
            jsonata(task(TimeoutSeconds="{% $states.input.s %}")),
            {"s": 50},
            {"n": 2},
            mocks={"A": OK},
        ),
        Feature(
            "Fail in JSONata",
            jsonata(
                {"Type": "Fail", "Error": "{% 'B' & 'ad' %}", "Cause": "{% $states.input.c %}"}
            ),
            {"c": "why"},
            error="Bad",
            cause="why",
        ),
        Feature(
            "Succeed with `Output`",
            jsonata({"Type": "Succeed", "Output": "{% $states.input.a %}"}),
            {"a": 1},
            1,
        ),
        Feature(
            "Parallel with `Arguments` and `Output`",
            jsonata(
                {
                    "Type": "Parallel",
                    "Branches": [
                        machine(passes(Output="{% $states.input.p %}")),
                        machine(passes()),
                    ],
                    "Arguments": {"p": "{% $states.input.a %}"},
                    "Output": "{% $states.result[0] %}",
                }
            ),
            {"a": 1},
            1,
        ),
        Feature(
            "Map with `Items`, `ItemSelector` and `Output`",
            jsonata(
                {
                    "Type": "Map",
                    "Items": "{% $states.input.items %}",
                    "ItemSelector": {
                        "v": "{% $states.context.Map.Item.Value %}",
                        "i": "{% $states.context.Map.Item.Index %}",
                        "k": "{% $states.input.k %}",
                    },
                    "ItemProcessor": machine(
                        passes(Output="{% $states.input.(v & $string(i) & k) %}")
                    ),
                    "Output": "{% $states.result %}",
                }
            ),
            {"items": ["x", "y"], "k": "!"},
            ["x0!", "y1!"],
        ),
        Feature(
            "Map with an array under `Items`",
            jsonata(
                {"Type": "Map", "Items": [1, "{% 1 + 1 %}"], "ItemProcessor": machine(passes())}
            ),
            {},
            [1, 2],
        ),
        Feature(
            "Map with `MaxConcurrency` in JSONata",
            jsonata(
                {
                    "Type": "Map",
                    "Items": "{% [1..3] %}",
                    "MaxConcurrency": "{% 1 %}",
                    "ItemProcessor": machine(passes()),
                }
            ),
            {},
            [1, 2, 3],
        ),
        Feature(
            "one state in JSONata, the others in JSONPath",
            machine(
                passes(QueryLanguage="JSONata", Output={"v": "{% $states.input.a %}"}),
                passes(Parameters={"w.$": "$.v"}),
            ),
            {"a": 1},
            {"w": 1},
        ),
        Feature(
            "the context object in JSONata",
            jsonata(
                passes(
                    Output={
                        "n": "{% $states.context.Execution.Name %}",
                        "s": "{% $states.context.State.Name %}",
                        "t": "{% $type($states.context.Execution.StartTime) %}",
                    }
                )
            ),
            {},
            {"n": "run", "s": "A", "t": "string"},
        ),
        gives("$partition([1,2,3], 2)", [[1, 2], [3]]),
        gives("$range(0, 10, 5)", [0, 5, 10]),
        gives("$hash('Ann', 'SHA-1')", "219dc550cd320d69885a529524239d875ad19347"),
        gives("$parse('{\"a\": [1, null]}')", {"a": [1, None]}),
        gives("$random(7) = $random(7)", True),
        gives("$random() < 1", True),
        gives("$length($uuid())", 36),
        gives("$sum($states.input.n)", 6, {"n": [1, 2, 3]}),
        gives("$map($states.input.n, function($v) { $v * 2 })", [2, 4], {"n": [1, 2]}),
        gives("$merge([$states.input, {'b': 2}])", {"a": 1, "b": 2}, {"a": 1}),
        gives("$uppercase('abc') & $string(1.5)", "ABC1.5"),
        gives("$count([])", 0),
        gives("10 / 4", 2.5),
        gives("[]", []),
        gives("$exists($states.input.missing) ? 1 : 0", 0),
        undefined("$states.input.missing"),
        undefined("$eval('1')"),
        undefined("$"),
        undefined("$$"),
        undefined("field"),
        gives("[1, 5][$ > 2]", 5),
        undefined("1 +"),
        undefined("function($x) { $x }"),
        undefined("$error('no')"),
        undefined("($f := function($n) { $f($n + 1) + 1 }; $f(0))"),
    ),
)

GROUP_VARIABLES = Group(
    "Variables",
    (
        Feature(
            "`Assign` in JSONPath",
            machine(
                passes(Assign={"x.$": "$.a", "k": 7}), passes(Parameters={"v.$": "$x", "k.$": "$k"})
            ),
            {"a": {"b": 1}},
            {"v": {"b": 1}, "k": 7},
        ),
        Feature(
            "a path below a variable",
            machine(passes(Assign={"x.$": "$"}), passes(Parameters={"v.$": "$x.list[1].n"})),
            {"list": [{"n": 1}, {"n": 2}]},
            {"v": 2},
        ),
        Feature(
            "a variable in an intrinsic function",
            machine(
                passes(Assign={"x": "Ann"}),
                passes(Parameters={"v.$": "States.Format('Hello {}', $x)"}),
            ),
            {},
            {"v": "Hello Ann"},
        ),
        Feature(
            "a variable that has no value",
            machine(passes(Parameters={"v.$": "$missing"})),
            {},
            error="States.Runtime",
        ),
        Feature(
            "`Assign` of a Task reads its result",
            machine(task(Assign={"x.$": "$.n"}, ResultPath=None), passes(Parameters={"v.$": "$x"})),
            {},
            {"v": 2},
            mocks={"A": OK},
        ),
        Feature(
            "`Assign` changes a variable",
            machine(
                passes(Assign={"x": 1}),
                passes(Assign={"x.$": "States.MathAdd($x, 1)"}),
                passes(Parameters={"v.$": "$x"}),
            ),
            {},
            {"v": 2},
        ),
        Feature(
            "a variable in Choice",
            machine(
                passes(Assign={"x": 5}),
                {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$x", "NumericEquals": 5, "Next": "C"}],
                },
                passes(Result="yes"),
            ),
            {},
            "yes",
        ),
        Feature(
            "a variable on the right of Choice",
            machine(
                passes(Assign={"x": 5}),
                {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$.n", "NumericEqualsPath": "$x", "Next": "C"}],
                },
                passes(Result="yes"),
            ),
            {"n": 5},
            "yes",
        ),
        Feature(
            "`Assign` in a rule of Choice",
            machine(
                {
                    "Type": "Choice",
                    "Choices": [
                        {
                            "Variable": "$.n",
                            "NumericEquals": 5,
                            "Next": "B",
                            "Assign": {"x": "rule"},
                        }
                    ],
                },
                passes(Parameters={"v.$": "$x"}),
            ),
            {"n": 5},
            {"v": "rule"},
        ),
        Feature(
            "`Assign` in Catch",
            machine(
                task(Catch=[{"ErrorEquals": ["Bad"], "Next": "B", "Assign": {"e.$": "$.Error"}}]),
                passes(Parameters={"v.$": "$e"}),
            ),
            {},
            {"v": "Bad"},
            mocks={"A": BAD},
        ),
        Feature(
            "`Assign` of Wait",
            machine(
                {"Type": "Wait", "Seconds": 1, "Assign": {"x.$": "$.a"}},
                passes(Parameters={"v.$": "$x"}),
            ),
            {"a": 1},
            {"v": 1},
        ),
        Feature(
            "`SecondsPath` of a variable",
            machine(passes(Assign={"x": 60}), {"Type": "Wait", "SecondsPath": "$x"}),
            {"a": 1},
            {"a": 1},
        ),
        Feature(
            "`Assign` in JSONata",
            jsonata(
                passes(Assign={"x": "{% $states.input.a + 1 %}"}), passes(Output="{% $x * 2 %}")
            ),
            {"a": 1},
            4,
        ),
        Feature(
            "`Output` sees the values from before `Assign`",
            jsonata(
                passes(Assign={"x": 1}),
                passes(Assign={"x": 2}, Output={"before": "{% $x %}"}),
                passes(Output={"before": "{% $states.input.before %}", "after": "{% $x %}"}),
            ),
            {},
            {"before": 1, "after": 2},
        ),
        Feature(
            "the values of one `Assign` don't see each other",
            jsonata(
                passes(Assign={"x": 1, "y": 10}),
                passes(Assign={"x": "{% $y %}", "y": "{% $x %}"}),
                passes(Output=["{% $x %}", "{% $y %}"]),
            ),
            {},
            [10, 1],
        ),
        Feature(
            "a variable with quotes and null",
            jsonata(passes(Assign={"x": "{% $states.input %}"}), passes(Output="{% $x %}")),
            {"t": 'a"b\n', "n": None},
            {"t": 'a"b\n', "n": None},
        ),
        Feature(
            "`Assign` of a Task in JSONata",
            jsonata(
                task(Assign={"n": "{% $states.result.n %}"}, Output="{% $states.input %}"),
                passes(Output="{% $n %}"),
            ),
            {"a": 1},
            2,
            mocks={"A": OK},
        ),
        Feature(
            "branches see outer variables",
            jsonata(
                passes(Assign={"x": 1}),
                {
                    "Type": "Parallel",
                    "Branches": [
                        machine(passes(Output="{% $x %}")),
                        machine(passes(Assign={"y": 2}), passes(Output="{% $y + $x %}")),
                    ],
                },
            ),
            {},
            [1, 3],
        ),
        Feature(
            "items of a Map see outer variables",
            jsonata(
                passes(Assign={"x": 1}),
                {
                    "Type": "Map",
                    "Items": "{% [5, 6] %}",
                    "ItemProcessor": machine(passes(Output="{% $states.input + $x %}")),
                },
            ),
            {},
            [6, 7],
        ),
        Feature(
            "a variable across JSONPath and JSONata",
            machine(
                passes(Assign={"x.$": "$.a"}), passes(QueryLanguage="JSONata", Output="{% $x %}")
            ),
            {"a": 1},
            1,
        ),
    ),
)
