"""The Task states of a definition, and the executions that they start in turn."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from runner.arns import BadArn, parse_machine
from runner.definitions import resources
from runner.definitions.reading import language_of, machines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runner.arns import MachineArn
    from runner.definitions.reading import State
    from runner.definitions.resources import Resource
    from runner.values import Json


@dataclass(frozen=True, slots=True)
class TaskState:
    """A Task state at any depth, and what it calls.

    `resource` is its Resource as written; empty where it is no text. `needs_mock` tells that the
    embedded engine can't run it by itself. One that starts a child runs without a mock only
    where the project has a document of the child.
    """

    name: str
    resource: str
    needs_mock: bool


class ChildForm(StrEnum):
    """How a Task starts a nested execution."""

    FORGET = "fire-and-forget"
    SYNC = ".sync"
    SYNC_2 = ".sync:2"
    TOKEN = ".waitForTaskToken"  # noqa: S105 - no password
    EXPRESS = "startSyncExecution"


AWAITED = (ChildForm.SYNC, ChildForm.SYNC_2)
"""The forms in which the state goes on only when its child has ended, with what that left."""


@dataclass(frozen=True, slots=True)
class Child:
    """A nested execution that a Task state starts.

    `machine` is None where the input decides, or where the text is no machine's ARN, such as a
    placeholder of a deployment. `uses_other_role` tells that the state has Credentials, so that
    the call is not one of the machine's own role.
    """

    state: str
    machine: MachineArn | None
    form: ChildForm
    uses_other_role: bool = False


def tasks(definition: Json) -> tuple[TaskState, ...]:
    """Every Task state at any depth, in the author's order within its level."""
    return tuple(
        TaskState(name, text if isinstance(text, str) else "", not resources.read(text).runs_here)
        for name, state, _ in _tasks(definition)
        for text in (state.get("Resource"),)
    )


def children(definition: Json) -> tuple[Child, ...]:
    """Every Task state that starts an execution of a state machine."""
    found = (
        (name, state, language, form)
        for name, state, language in _tasks(definition)
        if (form := _form(resources.read(state.get("Resource")))) is not None
    )
    return tuple(
        Child(name, _machine(state, language), form, "Credentials" in state)
        for name, state, language, form in found
    )


def _tasks(definition: Json) -> Iterator[tuple[str, State, str]]:
    for machine in machines(definition):
        for name, state in machine.states.items():
            if isinstance(state, dict) and state.get("Type") == "Task":
                yield name, state, language_of(state, machine.language)


def _form(resource: Resource) -> ChildForm | None:
    if not resource.starts:
        return None
    if resource.call.endswith(":startSyncExecution"):
        return ChildForm.EXPRESS
    dotted = f".{resource.pattern}"
    return next((form for form in ChildForm if form.value == dotted), ChildForm.FORGET)


def _machine(state: State, language: str) -> MachineArn | None:
    given = state.get("Arguments" if language == "JSONata" else "Parameters")
    arguments: Mapping[str, Json] = given if isinstance(given, dict) else {}
    text = arguments.get("StateMachineArn")
    if not isinstance(text, str):
        return None
    try:
        return parse_machine(text)
    except BadArn:
        return None
