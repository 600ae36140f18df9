"""Intrinsic functions."""

from __future__ import annotations

from tests.local.features.base import Feature, Group, machine, passes

DATA = {
    "name": "Ann",
    "n": 3,
    "list": [1, 2, 3, 3],
    "obj": {"a": 1},
    "json": '{"a":[1,2]}',
    "text": "a,b;c",
    "b64": "aGVsbG8=",
}


def gives(call: str, output: object) -> Feature:
    return Feature(
        f"`{call}`", machine(passes(Parameters={"x.$": call}, OutputPath="$.x")), DATA, output
    )


def fails(call: str) -> Feature:
    return Feature(
        f"`{call}`",
        machine(passes(Parameters={"x.$": call})),
        DATA,
        error="States.IntrinsicFailure",
    )


GROUP = Group(
    "Intrinsic functions",
    (
        gives("States.Format('Hello {}, {}', $.name, $.n)", "Hello Ann, 3"),
        gives("States.Format('{} \\{\\}', $.name)", "Ann {}"),
        gives("States.Format('it\\'s {}', $.name)", "it's Ann"),
        gives("States.StringToJson($.json)", {"a": [1, 2]}),
        gives("States.JsonToString($.obj)", '{"a":1}'),
        gives("States.Array($.name, 1, 'x', null, true)", ["Ann", 1, "x", None, True]),
        gives("States.Array()", []),
        gives("States.ArrayPartition($.list, 3)", [[1, 2, 3], [3]]),
        gives("States.ArrayContains($.list, 2)", True),
        gives("States.ArrayContains($.list, 9)", False),
        gives("States.ArrayRange(1, 9, 2)", [1, 3, 5, 7, 9]),
        gives("States.ArrayGetItem($.list, 1)", 2),
        gives("States.ArrayLength($.list)", 4),
        gives("States.ArrayUnique($.list)", [1, 2, 3]),
        gives("States.Base64Encode($.name)", "QW5u"),
        gives("States.Base64Decode($.b64)", "hello"),
        gives(
            "States.Hash($.name, 'SHA-256')",
            "17239b6e250110330eda64a29c610bf146f89883371fab093feda03bec61b646",
        ),
        gives("States.Hash($.name, 'MD5')", "82e335f7ac0e0e412b2ae15abe662110"),
        gives("States.JsonMerge($.obj, States.StringToJson($.json), false)", {"a": [1, 2]}),
        gives("States.MathAdd($.n, -1)", 2),
        gives("States.MathAdd(111, $.n)", 114),
        gives("States.StringSplit($.text, ',')", ["a", "b;c"]),
        gives("States.StringSplit($.text, ',;')", ["a", "b", "c"]),
        gives("States.ArrayLength(States.ArrayRange(1, States.MathAdd($.n, 1), 1))", 4),
        Feature(
            "`States.MathRandom(1, 2)`",
            machine(passes(Parameters={"x.$": "States.MathRandom(1, 2)"})),
            {},
            {"x": 1},
        ),
        Feature(
            "`States.UUID()`",
            machine(
                passes(Parameters={"x.$": "States.UUID()"}),
                passes(Parameters={"n.$": "States.ArrayLength(States.StringSplit($.x, '-'))"}),
            ),
            {},
            {"n": 5},
        ),
        fails("States.StringToJson($.name)"),
        fails("States.ArrayGetItem($.list, 99)"),
        fails("States.MathAdd($.name, 1)"),
        fails("States.ArrayPartition($.list, 0)"),
        Feature(
            "an intrinsic function of a path that names nothing",
            machine(passes(Parameters={"x.$": "States.Format('{}', $.missing)"})),
            DATA,
            error="States.Runtime",
        ),
        Feature(
            "intrinsic functions of the context object",
            machine(passes(Parameters={"x.$": "States.Format('{}', $$.StateMachine.Name)"})),
            {},
            {"x": "main"},
        ),
    ),
)
