"""What the embedded engine can't do of Map states, Distributed ones above all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runner import values
from runner.definitions.resources import read
from runner.errors import Diagnostic, Severity
from runner.model import MachineType

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from runner.local.walk import State
    from runner.model import StateMachine
    from runner.values import Json

_MISSING = {
    "ItemReader": "reads its items from S3",
    "ItemBatcher": "puts its items into batches",
    "ResultWriter": "writes its results to S3",
}
_BELOW = ("Branches", "Comment", "ItemProcessor", "Iterator")
_OWN_CONTEXT = re.compile(r"\$\$\.(Execution|StateMachine)\b|\$states\.context\.(Execution|StateM)")


def problems(machine: StateMachine, state: State, found: Collection[State]) -> Iterator[Diagnostic]:
    """What of a Map state can't be run, or may end otherwise than in Step Functions."""
    place = machine.places.get(state.path, machine.place)
    for key, what in _MISSING.items():
        if key in state.body:
            yield Diagnostic(
                place,
                f"the state {state.name!r} can't run locally: it {what} ({key})",
                "distributed-map",
                "hand the items over in the input, or run this machine in AWS only",
            )
    if not is_distributed(state):
        return
    if machine.type is MachineType.EXPRESS:
        yield Diagnostic(
            place,
            f"the state {state.name!r} can't run: an Express machine has no Distributed Map",
            "express-distributed",
            "make the machine STANDARD, or the Map INLINE",
        )
    tolerance = next((key for key in state.body if key.startswith("ToleratedFailure")), None)
    if tolerance is not None:
        yield Diagnostic(
            place,
            f"the state {state.name!r} has {tolerance}: locally the first item that fails, fails "
            "the Map",
            "tolerated-failure",
            "this tells nothing about how it ends in AWS when items fail",
            Severity.WARNING,
        )
    for inner in found:
        if state.path in inner.above:
            yield from _inner(machine, state, inner)


def is_distributed(state: State) -> bool:
    """Tell whether a Map runs each item as an execution of its own."""
    return config(state).get("Mode") == "DISTRIBUTED"


def config(state: State) -> Mapping[str, Json]:
    """The ProcessorConfig of a Map; empty where it has none."""
    for key in ("ItemProcessor", "Iterator"):
        processor = state.body.get(key)
        found = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
        if isinstance(found, dict):
            return found
    return {}


def _inner(machine: StateMachine, state: State, inner: State) -> Iterator[Diagnostic]:
    place = machine.places.get(inner.path, machine.place)
    pattern = read(inner.body.get("Resource")).pattern
    if pattern and config(state).get("ExecutionType") == "EXPRESS":
        yield Diagnostic(
            place,
            f"the state {inner.name!r} can't run: the Express executions of the Distributed Map "
            f"{state.name!r} can't use .{pattern}",
            "express-waits",
            "make the Map's ExecutionType STANDARD, or leave the pattern out",
        )
    own = {key: value for key, value in inner.body.items() if key not in _BELOW}
    if _OWN_CONTEXT.search(values.compact(own)):
        yield Diagnostic(
            place,
            f"the state {inner.name!r} can't run locally: it reads the context of its item's "
            f"own execution, which the Distributed Map {state.name!r} has only in AWS",
            "distributed-context",
            "hand the value over by the Map's ItemSelector",
        )
