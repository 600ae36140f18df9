"""The definition that the embedded engine gets: the one in Git, with its mocks in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner import values
from runner.definitions import resources
from runner.local import distributed
from runner.local.walk import states

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.model import StateMachine
    from runner.values import Json

MOCK = "arn:aws:states:::stepfleet:mock"


def prepare(machine: StateMachine) -> str:
    """The engine's definition of a machine, as JSON text.

    A mocked Task gets a resource of the engine's own; `Credentials` go, as there is no role
    to take. The engine knows no Express children of a Distributed Map: Standard ones do the
    same. A Map around a Task with several answers runs one item after the other, so that
    the answers fall to the items in their order.
    """
    found = list(states(machine.definition))
    mocked = {state.path for state in found if state.type == "Task" and state.name in machine.mocks}
    serial = {
        path
        for state in found
        if state.path in mocked and len(machine.mocks[state.name]) > 1
        for path in state.above
    }
    configs = [distributed.config(state) for state in found]
    changes = {
        id(config): {**config, "ExecutionType": "STANDARD"}
        for config in configs
        if config.get("ExecutionType") == "EXPRESS"
    }
    for state in found:
        if state.path in mocked:
            changes[id(state.body)] = _mocked(state.body)
        elif state.path in serial:
            changes[id(state.body)] = _serial(state.body)
    return values.compact(_changed(machine.definition, changes))


def _mocked(body: Mapping[str, Json]) -> dict[str, Json]:
    pattern = resources.read(body.get("Resource")).pattern
    waits = ".waitForTaskToken" if pattern == "waitForTaskToken" else ""
    kept = {key: value for key, value in body.items() if key != "Credentials"}
    return {**kept, "Resource": MOCK + waits}


def _serial(body: Mapping[str, Json]) -> dict[str, Json]:
    kept = {key: value for key, value in body.items() if key != "MaxConcurrencyPath"}
    return {**kept, "MaxConcurrency": 1}


def _changed(value: Json, changes: Mapping[int, dict[str, Json]]) -> Json:
    changed = changes.get(id(value), value)
    if isinstance(changed, dict):
        return {key: _changed(child, changes) for key, child in changed.items()}
    if isinstance(changed, list):
        return [_changed(child, changes) for child in changed]
    return changed
