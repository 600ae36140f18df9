"""What one feature of the state language is, and short ways of writing definitions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

START = "arn:aws:states:::states:startExecution"
LAMBDA = "arn:aws:states:::lambda:invoke"
MAIN_RUN = "arn:aws:states:us-east-1:123456789012:execution:main:run"
ELSEWHERE = "arn:aws:states:eu-west-1:999999999999:stateMachine:child:live"
CHILD = "arn:aws:states:us-east-1:123456789012:stateMachine:child"


@dataclass(frozen=True, slots=True)
class Feature:
    """A definition, what is sent to it, and what Step Functions' documentation says of its end.

    `error` is the name of the error with which it fails; without it, `output` is what comes out.
    `cause` is a part of the failure's cause. `others` are machines that it starts.
    """

    title: str
    definition: dict[str, Any]
    input: Any = field(default_factory=dict)
    output: Any = None
    error: str | None = None
    cause: str = ""
    mocks: dict[str, Any] = field(default_factory=dict)
    others: dict[str, Any] = field(default_factory=dict)
    express: bool = False
    express_children: bool = False
    scale: float = 0.001


@dataclass(frozen=True, slots=True)
class Group:
    """The features of one part of the language, under its heading in the documentation."""

    title: str
    features: tuple[Feature, ...]


def machine(*states: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A definition whose states follow one another: the first is A, then B, C and so on."""
    names = "ABCDEFGHIJ"[: len(states)]
    ends = ("Next", "End", "Choices")
    chained = {}
    for index, (name, state) in enumerate(zip(names, states, strict=True)):
        terminal = state.get("Type") in ("Succeed", "Fail") or any(key in state for key in ends)
        following = {} if terminal else _following(names, index)
        chained[name] = {**state, **following}
    return {"StartAt": "A", "States": chained, **more}


def _following(names: str, index: int) -> dict[str, Any]:
    return {"Next": names[index + 1]} if index + 1 < len(names) else {"End": True}


def passes(**fields: Any) -> dict[str, Any]:
    """A Pass state."""
    return {"Type": "Pass", **fields}


def task(**fields: Any) -> dict[str, Any]:
    """A Task that calls a Lambda function."""
    return {"Type": "Task", "Resource": LAMBDA, **fields}


def starts(pattern: str = "", **fields: Any) -> dict[str, Any]:
    """A Task that starts the machine `child`."""
    return {
        "Type": "Task",
        "Resource": f"{START}{pattern}",
        "Parameters": {"StateMachineArn": CHILD, **fields.pop("Parameters", {})},
        **fields,
    }


def jsonata(*states: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A definition in JSONata whose states follow one another."""
    return machine(*states, QueryLanguage="JSONata", **more)
