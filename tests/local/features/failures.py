"""Retry and Catch, by mocks."""

from __future__ import annotations

from tests.local.features.base import Feature, Group, machine, passes, task

TEXT = 'a"b\\c\n/é\u2028\U0001f600\td'
OK = {"result": {"ok": True}}
BAD = {"error": "Bad", "cause": "why"}
OUT = {"error": "States.Timeout", "cause": ""}


def catches(*names: str, **more: object) -> list[object]:
    return [{"ErrorEquals": list(names), "Next": "B", **more}]


def retry(*names: str, **more: object) -> list[object]:
    return [{"ErrorEquals": list(names), "IntervalSeconds": 10, **more}]


GROUP = Group(
    "Task, Retry, Catch, mocks",
    (
        Feature("a mocked result", machine(task()), {"a": 1}, {"ok": True}, mocks={"A": OK}),
        Feature(
            "a mocked result that is no object",
            machine(task(ResultPath="$.r")),
            {},
            {"r": "text"},
            mocks={"A": {"result": "text"}},
        ),
        Feature(
            "a mocked null",
            machine(task(ResultPath="$.r")),
            {},
            {"r": None},
            mocks={"A": {"result": None}},
        ),
        Feature("a mocked error", machine(task()), error="Bad", cause="why", mocks={"A": BAD}),
        Feature(
            "a Lambda function by its ARN",
            machine(
                {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f"}
            ),
            {},
            {"ok": True},
            mocks={"A": OK},
        ),
        Feature(
            "a placeholder for a resource",
            machine({"Type": "Task", "Resource": "${Function}"}),
            {},
            {"ok": True},
            mocks={"A": OK},
        ),
        Feature(
            "a service that the engine does not know",
            machine({"Type": "Task", "Resource": "arn:aws:states:::http:invoke"}),
            {},
            {"ok": True},
            mocks={"A": OK},
        ),
        Feature(
            "an activity",
            machine(
                {
                    "Type": "Task",
                    "Resource": "arn:aws:states:us-east-1:123456789012:activity:x",
                    "HeartbeatSeconds": 5,
                }
            ),
            {},
            {"ok": True},
            mocks={"A": OK},
        ),
        Feature(
            "a task token in the parameters of a mocked Task",
            machine(
                task(
                    Resource="arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                    Parameters={"t.$": "$$.Task.Token"},
                )
            ),
            {},
            {"ok": True},
            mocks={"A": OK},
        ),
        Feature(
            "Parameters of a mocked Task are evaluated",
            machine(task(Parameters={"x.$": "$.missing"})),
            {},
            error="States.Runtime",
            cause="$.missing",
            mocks={"A": OK},
        ),
        Feature(
            "successive answers, the last one repeats",
            machine(task(ResultPath="$.a"), task(), passes()),
            {},
            2,
            mocks={"A": [{"result": 1}], "B": [{"result": 2}, {"result": 3}]},
        ),
        Feature(
            "a loop that polls",
            machine(
                task(ResultPath="$.s"),
                {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$.s", "StringEquals": "DONE", "Next": "C"}],
                    "Default": "A",
                },
                {"Type": "Succeed"},
            ),
            {},
            {"s": "DONE"},
            mocks={"A": [{"result": "RUNNING"}, {"result": "RUNNING"}, {"result": "DONE"}]},
        ),
        Feature(
            "Retry until it works",
            machine(task(Retry=retry("Bad"), ResultPath="$.r"), passes()),
            {},
            {"r": {"ok": True}},
            mocks={"A": [BAD, BAD, OK]},
        ),
        Feature(
            "Retry three times by default",
            machine(task(Retry=retry("Bad"))),
            error="Bad",
            mocks={"A": [BAD, BAD, BAD, BAD, OK]},
        ),
        Feature(
            "`MaxAttempts`",
            machine(task(Retry=retry("Bad", MaxAttempts=4))),
            {},
            {"ok": True},
            mocks={"A": [BAD, BAD, BAD, BAD, OK]},
        ),
        Feature(
            "`MaxAttempts` 0",
            machine(task(Retry=retry("Bad", MaxAttempts=0))),
            error="Bad",
            mocks={"A": [BAD, OK]},
        ),
        Feature(
            "another error than that of the Retry",
            machine(task(Retry=retry("Other"))),
            error="Bad",
            mocks={"A": [BAD, OK]},
        ),
        Feature(
            "each retrier counts for itself",
            machine(
                task(Retry=[*retry("Bad", MaxAttempts=1), *retry("States.ALL", MaxAttempts=1)])
            ),
            {},
            {"ok": True},
            mocks={"A": [BAD, OUT, OK]},
        ),
        Feature(
            "`BackoffRate`: 10, 20, 40 seconds",
            machine(task(Retry=retry("Bad", BackoffRate=2)), TimeoutSeconds=69),
            error="States.Timeout",
            mocks={"A": [BAD, BAD, BAD, OK]},
        ),
        Feature(
            "`BackoffRate` below the timeout",
            machine(task(Retry=retry("Bad", BackoffRate=2)), TimeoutSeconds=95),
            {},
            {"ok": True},
            mocks={"A": [BAD, BAD, BAD, OK]},
        ),
        Feature(
            "`MaxDelaySeconds`",
            machine(
                task(Retry=retry("Bad", BackoffRate=10, MaxDelaySeconds=12)), TimeoutSeconds=100
            ),
            {},
            {"ok": True},
            mocks={"A": [BAD, BAD, BAD, OK]},
        ),
        Feature(
            "`JitterStrategy`",
            machine(task(Retry=retry("Bad", JitterStrategy="FULL")), TimeoutSeconds=75),
            {},
            {"ok": True},
            mocks={"A": [BAD, BAD, OK]},
        ),
        Feature(
            "the number of retries in the context object",
            machine(
                task(
                    Parameters={"n.$": "$$.State.RetryCount"}, Retry=retry("Bad"), ResultPath=None
                ),
                passes(Result=1),
            ),
            {},
            1,
            mocks={"A": [BAD, OK]},
        ),
        Feature(
            "Catch",
            machine(task(Catch=catches("Bad")), passes()),
            {"a": 1},
            {"Error": "Bad", "Cause": "why"},
            mocks={"A": BAD},
        ),
        Feature(
            "Catch with `ResultPath`",
            machine(task(Catch=catches("Bad", ResultPath="$.e")), passes()),
            {"a": 1},
            {"a": 1, "e": {"Error": "Bad", "Cause": "why"}},
            mocks={"A": BAD},
        ),
        Feature(
            "Catch after Retry",
            machine(task(Retry=retry("Bad", MaxAttempts=1), Catch=catches("States.ALL")), passes()),
            {},
            {"Error": "Bad", "Cause": "why"},
            mocks={"A": [BAD]},
        ),
        Feature(
            "Catch without a match",
            machine(task(Catch=catches("Other")), passes()),
            error="Bad",
            mocks={"A": BAD},
        ),
        Feature(
            "the first catcher that matches",
            machine(
                task(Catch=[{"ErrorEquals": ["X", "Bad"], "Next": "C"}, *catches("States.ALL")]),
                passes(Result="b", End=True),
                passes(Result="c"),
            ),
            {},
            "c",
            mocks={"A": BAD},
        ),
        Feature(
            "`States.TaskFailed` stands for any error of a task",
            machine(task(Catch=catches("States.TaskFailed")), passes(Result=1)),
            {},
            1,
            mocks={"A": BAD},
        ),
        Feature(
            "`States.TaskFailed` does not stand for a timeout",
            machine(task(Catch=catches("States.TaskFailed")), passes()),
            error="States.Timeout",
            mocks={"A": OUT},
        ),
        Feature(
            "`States.ALL` stands for a timeout",
            machine(task(Catch=catches("States.ALL")), passes(Result=1)),
            {},
            1,
            mocks={"A": OUT},
        ),
        Feature(
            "`States.Timeout`",
            machine(task(Catch=catches("States.Timeout")), passes(Result=1)),
            {},
            1,
            mocks={"A": OUT},
        ),
        Feature(
            "`States.Timeout` stands for a missed heartbeat",
            machine(task(Catch=catches("States.Timeout")), passes(Result=1)),
            {},
            1,
            mocks={"A": {"error": "States.HeartbeatTimeout"}},
        ),
        Feature(
            "`States.ALL` does not stand for `States.Runtime`",
            machine(task(InputPath="$.missing", Catch=catches("States.ALL")), passes()),
            error="States.Runtime",
            mocks={"A": OK},
        ),
        Feature(
            "`States.ALL` does not stand for `States.DataLimitExceeded`",
            machine(task(Catch=catches("States.ALL")), passes()),
            error="States.DataLimitExceeded",
            mocks={"A": {"result": "x" * 300_000}},
        ),
        Feature(
            "`States.DataLimitExceeded` by its name",
            machine(task(Catch=catches("States.DataLimitExceeded")), passes(Result=1)),
            {},
            1,
            mocks={"A": {"error": "States.DataLimitExceeded"}},
        ),
        Feature(
            "texts with quotes, newlines and backslashes anywhere",
            machine(
                task(
                    Parameters={"x": TEXT, TEXT: 1},
                    Assign={"v": TEXT},
                    Catch=[{"ErrorEquals": [TEXT], "Next": "B"}],
                ),
                passes(Parameters={"x": TEXT, "v.$": "$.Error"}),
            ),
            {},
            {"x": TEXT, "v": TEXT},
            mocks={"A": {"error": TEXT, "cause": TEXT}},
        ),
        Feature(
            "`Credentials` of a mocked Task",
            machine(task(Credentials={"RoleArn": "arn:aws:iam::123456789012:role/x"})),
            {},
            {"ok": True},
            mocks={"A": OK},
        ),
    ),
)
