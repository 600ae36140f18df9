"""Choice."""

from __future__ import annotations

from typing import Any

from tests.local.features.base import Feature, Group, machine, passes

VALUES = {
    "n": 5,
    "s": "b",
    "t": "2024-05-06T07:08:09Z",
    "b": True,
    "null": None,
    "m": 5,
    "s2": "c",
    "t2": "2024-05-06T09:08:09+02:00",
    "f": False,
    "f5": 5.0,
}


def chooses(rule: dict[str, Any], expected: bool, *, title: str = "") -> Feature:
    name = (
        title
        or f"`{next(key for key in rule if key != 'Variable')}` ({'yes' if expected else 'no'})"
    )
    states = {
        "A": {"Type": "Choice", "Choices": [{**rule, "Next": "Yes"}], "Default": "No"},
        "Yes": passes(Result=True, End=True),
        "No": passes(Result=False, End=True),
    }
    return Feature(name, {"StartAt": "A", "States": states}, VALUES, expected)


def of(variable: str, operator: str, value: Any, expected: bool) -> Feature:
    rule = {"Variable": f"$.{variable}", operator: value}
    answer = "yes" if expected else "no"
    return chooses(rule, expected, title=f"`{operator}`: `$.{variable}`, `{value}`: {answer}")


N5 = {"Variable": "$.n", "NumericEquals": 5}
SX = {"Variable": "$.s", "StringEquals": "x"}

GROUP = Group(
    "Choice",
    (
        of("n", "NumericEquals", 5, True),
        of("n", "NumericEquals", 5.0, True),
        of("f5", "NumericEquals", 5, True),
        of("s", "NumericEquals", 5, False),
        of("b", "NumericEquals", 1, False),
        of("n", "NumericEqualsPath", "$.m", True),
        of("n", "NumericGreaterThan", 4, True),
        of("n", "NumericGreaterThan", 5, False),
        of("n", "NumericGreaterThanPath", "$.m", False),
        of("n", "NumericGreaterThanEquals", 5, True),
        of("n", "NumericGreaterThanEqualsPath", "$.m", True),
        of("n", "NumericLessThan", 5, False),
        of("n", "NumericLessThanPath", "$.m", False),
        of("n", "NumericLessThanEquals", 5, True),
        of("n", "NumericLessThanEqualsPath", "$.m", True),
        of("s", "StringEquals", "b", True),
        of("n", "StringEquals", "5", False),
        of("s", "StringEqualsPath", "$.s2", False),
        of("s", "StringGreaterThan", "a", True),
        of("s", "StringGreaterThanPath", "$.s2", False),
        of("s", "StringGreaterThanEquals", "b", True),
        of("s", "StringGreaterThanEqualsPath", "$.s", True),
        of("s", "StringLessThan", "c", True),
        of("s", "StringLessThanPath", "$.s2", True),
        of("s", "StringLessThanEquals", "b", True),
        of("s", "StringLessThanEqualsPath", "$.s2", True),
        of("t", "StringMatches", "2024-*:09Z", True),
        of("s", "StringMatches", "?", False),
        of("s", "StringMatches", "[b]", False),
        Feature(
            "`StringMatches`: an escaped `*` is a star",
            machine(
                {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$.s", "StringMatches": "a\\*c*", "Next": "B"}],
                    "Default": "C",
                },
                passes(Result=True, End=True),
                passes(Result=False),
            ),
            {"s": "a*cd"},
            True,
        ),
        of("b", "BooleanEquals", True, True),
        of("b", "BooleanEqualsPath", "$.f", False),
        of("t", "TimestampEquals", "2024-05-06T07:08:09.000Z", True),
        of("t", "TimestampEqualsPath", "$.t2", True),
        of("t", "TimestampGreaterThan", "2024-05-06T07:08:08Z", True),
        of("t", "TimestampGreaterThanPath", "$.t2", False),
        of("t", "TimestampGreaterThanEquals", "2024-05-06T07:08:09Z", True),
        of("t", "TimestampGreaterThanEqualsPath", "$.t2", True),
        of("t", "TimestampLessThan", "2025-01-01T00:00:00Z", True),
        of("t", "TimestampLessThanPath", "$.t2", False),
        of("t", "TimestampLessThanEquals", "2024-05-06T07:08:09Z", True),
        of("t", "TimestampLessThanEqualsPath", "$.t2", True),
        of("null", "IsNull", True, True),
        of("n", "IsNull", False, True),
        of("null", "IsPresent", True, True),
        of("missing", "IsPresent", False, True),
        of("missing", "IsPresent", True, False),
        of("n", "IsNumeric", True, True),
        of("b", "IsNumeric", True, False),
        of("s", "IsString", True, True),
        of("b", "IsBoolean", True, True),
        of("t2", "IsTimestamp", True, True),
        of("s", "IsTimestamp", True, False),
        chooses({"And": [N5, SX]}, False, title="`And`"),
        chooses({"Or": [SX, N5]}, True, title="`Or`"),
        chooses({"Not": SX}, True, title="`Not`"),
        chooses({"And": [{"Or": [SX, {"Not": SX}]}, N5]}, True, title="nested conditions"),
        chooses(
            {
                "And": [
                    {"Variable": "$.missing", "IsPresent": True},
                    {"Variable": "$.missing", "NumericEquals": 1},
                ]
            },
            False,
            title="`And` stops at the first that is false",
        ),
        chooses(
            {"Variable": "$$.Execution.Input.n", "NumericEquals": 5},
            True,
            title="a variable from the context object",
        ),
        Feature(
            "the first rule that matches",
            machine(
                {
                    "Type": "Choice",
                    "Choices": [{**SX, "Next": "B"}, {**N5, "Next": "C"}, {**N5, "Next": "B"}],
                },
                passes(Result="b", End=True),
                passes(Result="c"),
            ),
            VALUES,
            "c",
        ),
        Feature(
            "no rule matches and there is no default",
            machine({"Type": "Choice", "Choices": [{**SX, "Next": "B"}]}, passes()),
            VALUES,
            error="States.NoChoiceMatched",
        ),
        Feature(
            "a variable that is not there",
            machine(
                {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$.missing", "NumericEquals": 1, "Next": "B"}],
                    "Default": "B",
                },
                passes(),
            ),
            VALUES,
            error="States.Runtime",
            cause="$.missing",
        ),
        Feature(
            "`InputPath` and `OutputPath` of Choice",
            machine(
                {
                    "Type": "Choice",
                    "InputPath": "$.in",
                    "OutputPath": "$.x",
                    "Choices": [{"Variable": "$.x", "NumericEquals": 1, "Next": "B"}],
                },
                passes(),
            ),
            {"in": {"x": 1}},
            1,
        ),
        Feature(
            "a loop",
            machine(
                passes(Parameters={"n.$": "States.MathAdd($.n, 1)"}, Next="B"),
                {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$.n", "NumericLessThan": 30, "Next": "A"}],
                    "Default": "C",
                },
                {"Type": "Succeed"},
            ),
            {"n": 0},
            {"n": 30},
        ),
    ),
)
