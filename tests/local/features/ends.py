"""Succeed, Fail, Wait and timeouts."""

from __future__ import annotations

from tests.local.features.base import Feature, Group, machine, passes, task

WAIT = {"Type": "Wait", "Seconds": 100}

GROUP = Group(
    "Succeed, Fail, Wait, timeouts",
    (
        Feature("Succeed", machine({"Type": "Succeed"}), {"a": 1}, {"a": 1}),
        Feature(
            "Succeed with paths",
            machine({"Type": "Succeed", "InputPath": "$.a", "OutputPath": "$.b"}),
            {"a": {"b": 2}},
            2,
        ),
        Feature(
            "Fail with error and cause",
            machine({"Type": "Fail", "Error": "Bad", "Cause": "why"}),
            error="Bad",
            cause="why",
        ),
        Feature(
            "Fail with paths",
            machine({"Type": "Fail", "ErrorPath": "$.e", "CausePath": "$.c"}),
            {"e": "Bad", "c": "why"},
            error="Bad",
            cause="why",
        ),
        Feature(
            "Fail with intrinsic functions",
            machine({"Type": "Fail", "Error": "Bad", "CausePath": "States.Format('n is {}', $.n)"}),
            {"n": 3},
            error="Bad",
            cause="n is 3",
        ),
        Feature(
            "Fail with an error of `States.`",
            machine({"Type": "Fail", "Error": "States.TaskFailed", "Cause": "why"}),
            error="States.TaskFailed",
            cause="why",
        ),
        Feature("Wait for seconds", machine(WAIT), {"a": 1}, {"a": 1}),
        Feature("Wait for no time", machine({"Type": "Wait", "Seconds": 0}), {"a": 1}, {"a": 1}),
        Feature(
            "`SecondsPath`", machine({"Type": "Wait", "SecondsPath": "$.s"}), {"s": 60}, {"s": 60}
        ),
        Feature(
            "`SecondsPath` of what is no number",
            machine({"Type": "Wait", "SecondsPath": "$.s"}),
            {"s": "x"},
            error="States.Runtime",
            cause="SecondsPath",
        ),
        Feature(
            "`Timestamp` in the past",
            machine({"Type": "Wait", "Timestamp": "2020-01-01T00:00:00Z"}),
            {"a": 1},
            {"a": 1},
        ),
        Feature(
            "`TimestampPath`",
            machine({"Type": "Wait", "TimestampPath": "$.t"}),
            {"t": "2020-01-01T00:00:00.123+02:00"},
            {"t": "2020-01-01T00:00:00.123+02:00"},
        ),
        Feature(
            "`TimestampPath` of what is no time",
            machine({"Type": "Wait", "TimestampPath": "$.t"}),
            {"t": "soon"},
            error="States.Runtime",
        ),
        Feature(
            "`TimeoutSeconds` of the machine",
            machine(WAIT, passes(), TimeoutSeconds=99),
            error="States.Timeout",
        ),
        Feature(
            "a Wait that ends before `TimeoutSeconds`",
            machine(WAIT, passes(Result=1), TimeoutSeconds=180),
            {},
            1,
        ),
        Feature(
            "`TimeoutSeconds` of the machine, across several Waits",
            machine(WAIT, WAIT, WAIT, TimeoutSeconds=250),
            error="States.Timeout",
        ),
        Feature(
            "`TimeoutSeconds` of the machine, within Parallel",
            machine(
                {"Type": "Parallel", "Branches": [machine(WAIT, WAIT), machine(passes())]},
                TimeoutSeconds=150,
            ),
            error="States.Timeout",
        ),
        Feature(
            "Waits side by side count once",
            machine(
                {
                    "Type": "Parallel",
                    "Branches": [machine(WAIT), machine(WAIT)],
                    "ResultPath": None,
                },
                passes(Result=1),
                TimeoutSeconds=150,
            ),
            {},
            1,
        ),
        Feature(
            "`TimeoutSeconds` of the machine, during the wait of a Retry",
            machine(
                task(
                    Retry=[
                        {
                            "ErrorEquals": ["E"],
                            "IntervalSeconds": 100,
                            "MaxAttempts": 5,
                            "BackoffRate": 1,
                        }
                    ]
                ),
                TimeoutSeconds=150,
            ),
            error="States.Timeout",
            mocks={"A": {"error": "E"}},
        ),
        Feature(
            "an Express machine ends after 5 minutes",
            machine({"Type": "Wait", "Seconds": 301}),
            express=True,
            error="States.Timeout",
        ),
        Feature(
            "an Express machine",
            machine(passes(Parameters={"x.$": "$.a"})),
            {"a": "text"},
            {"x": "text"},
            express=True,
        ),
        Feature(
            "an Express machine that fails",
            machine({"Type": "Fail", "Error": "Bad", "Cause": "why"}),
            express=True,
            error="Bad",
            cause="why",
        ),
    ),
)
