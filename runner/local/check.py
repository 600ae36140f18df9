"""What the embedded engine can't do, told before anything starts. Imports nothing heavy."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from runner.arns import BadArn, parse_machine
from runner.definitions import resources
from runner.errors import Diagnostic, Severity
from runner.local.distributed import problems as distributed_problems
from runner.local.walk import states
from runner.model import MachineType

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from runner.definitions.resources import Resource
    from runner.local.walk import State
    from runner.model import StateMachine
    from runner.values import Json


def check(machines: Mapping[str, StateMachine], used: Collection[str]) -> tuple[Diagnostic, ...]:
    """Tell what of the used machines, and of the children they name, can't run locally.

    `machines` holds all of the project's by name. A name in `used` that has no document is
    none of this function's business.
    """
    return tuple(
        problem for machine in reachable(machines, used) for problem in _machine(machine, machines)
    )


def reachable(
    machines: Mapping[str, StateMachine], used: Collection[str]
) -> Iterator[StateMachine]:
    """The used machines that have a document, then the children that they name, each once."""
    todo = sorted(set(used) & set(machines))
    seen = set(todo)
    while todo:
        machine = machines[todo.pop(0)]
        yield machine
        new = sorted(children(machine, machines) - seen)
        seen.update(new)
        todo.extend(new)


def children(machine: StateMachine, machines: Mapping[str, StateMachine]) -> set[str]:
    """The project's machines that a machine's own text starts."""
    names = set()
    for state in states(machine.definition):
        resource = resources.read(state.body.get("Resource"))
        name = _literal_child(state)
        if (
            name is not None
            and name in machines
            and resource.starts
            and state.name not in machine.mocks
        ):
            names.add(name)
    return names


def _machine(machine: StateMachine, machines: Mapping[str, StateMachine]) -> Iterator[Diagnostic]:
    found = list(states(machine.definition))
    for state in found:
        if state.type == "Task":
            yield from _task(machine, state, machines)
        if state.type == "Map":
            yield from distributed_problems(machine, state, found)
    jsonata = next((state for state in found if state.language == "JSONata"), None)
    if jsonata is not None and find_spec("jsonata") is None:
        yield _error(
            machine,
            jsonata,
            "it is written in JSONata, and jsonata-python is not installed",
            "no-jsonata",
            "pip install 'stepfleet[local]'",
        )


def _task(
    machine: StateMachine, state: State, machines: Mapping[str, StateMachine]
) -> Iterator[Diagnostic]:
    resource = resources.read(state.body.get("Resource"))
    if machine.type is MachineType.EXPRESS and resource.pattern:
        yield _error(
            machine,
            state,
            f"an Express machine can't use .{resource.pattern}",
            "express-waits",
            "make the machine STANDARD, or leave the pattern out",
        )
    if state.name in machine.mocks:
        return
    if not resource.runs_here:
        yield _unmocked(machine, state, resource)
    elif resource.starts:
        yield from _child(machine, state, resource, machines)


def _unmocked(machine: StateMachine, state: State, resource: Resource) -> Diagnostic:
    text = state.body.get("Resource")
    if isinstance(text, str) and "${" in text:
        why = f"its Resource {text!r} is a placeholder that a deployment fills in"
    elif resource.is_start:
        why = f"there is no pattern .{resource.pattern} of states:startExecution"
    else:
        waits = f" (.{resource.pattern})" if resource.pattern else ""
        why = f"it calls {resources.describe(resource)}{waits}, which the embedded engine can't run"
    return _error(
        machine,
        state,
        why,
        "unmocked-task",
        f"give it an answer in the StateMachine {machine.name!r}: spec.mocks: "
        f"{{{state.name}: {{result: ...}}}} or {{error: ..., cause: ...}}",
    )


def _child(
    machine: StateMachine,
    state: State,
    resource: Resource,
    machines: Mapping[str, StateMachine],
) -> Iterator[Diagnostic]:
    if _is_dynamic(state):
        return
    text = _arguments(state).get("StateMachineArn")
    name = _literal_child(state)
    child = machines.get(name) if name else None
    if child is None:
        known = f"the project has {', '.join(sorted(machines))}"
        yield _error(
            machine,
            state,
            f"it starts {text!r}, of which the project has no StateMachine document",
            "unknown-child",
            f"add one of that name ({known}), or mock the state",
        )
        return
    if child.type is MachineType.EXPRESS and resource.pattern:
        yield _error(
            machine,
            state,
            f"it waits for the Express machine {child.name!r}, which Step Functions can't do",
            "express-child",
            "start it by aws-sdk:sfn:startSyncExecution, or make it STANDARD",
        )
    if child.type is MachineType.STANDARD and resource.call.endswith(":startSyncExecution"):
        yield _error(
            machine,
            state,
            f"startSyncExecution is for Express machines, and {child.name!r} is STANDARD",
            "standard-child",
            "start it by states:startExecution.sync:2",
        )


def _literal_child(state: State) -> str | None:
    text = _arguments(state).get("StateMachineArn")
    if not isinstance(text, str):
        return None
    try:
        return parse_machine(text).name
    except BadArn:
        return None


def _is_dynamic(state: State) -> bool:
    arguments = state.body.get("Arguments")
    if isinstance(arguments, str):
        return True
    found = _arguments(state)
    text = found.get("StateMachineArn")
    return "StateMachineArn.$" in found or (isinstance(text, str) and text.startswith("{%"))


def _arguments(state: State) -> Mapping[str, Json]:
    key = "Arguments" if state.language == "JSONata" else "Parameters"
    found = state.body.get(key)
    return found if isinstance(found, dict) else {}


def _error(machine: StateMachine, state: State, what: str, code: str, way_out: str) -> Diagnostic:
    place = machine.places.get(state.path, machine.place)
    return Diagnostic(
        place, f"the state {state.name!r} can't run locally: {what}", code, way_out, Severity.ERROR
    )
