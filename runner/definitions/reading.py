"""The machines inside a definition: the root, branches, and what a Map runs for each item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runner.values import Json

    State: TypeAlias = Mapping[str, Json]

Path: TypeAlias = tuple[str | int, ...]

LANGUAGES: Final = ("JSONPath", "JSONata")


@dataclass(frozen=True, slots=True)
class Machine:
    """One level of a definition: the root, a branch, or what a Map runs for each item."""

    value: Mapping[str, Json]
    path: Path
    language: str

    @property
    def states(self) -> Mapping[str, Json]:
        """The states by name; none where `States` is no object."""
        states = self.value.get("States")
        return states if isinstance(states, dict) else {}


def task_states(definition: Json) -> dict[str, bool]:
    """The names of all states at any depth, and whether they are Task states."""
    return {
        name: state.get("Type") == "Task"
        for machine in machines(definition)
        for name, state in machine.states.items()
        if isinstance(state, dict)
    }


def machines(definition: Json) -> Iterator[Machine]:
    """The definition itself and every machine inside it."""
    if not isinstance(definition, dict):
        return
    todo = [Machine(definition, (), language_of(definition, "JSONPath"))]
    while todo:
        machine = todo.pop()
        yield machine
        for name, state in machine.states.items():
            if isinstance(state, dict):
                path = (*machine.path, "States", name)
                language = language_of(state, machine.language)
                todo += [Machine(inner, below, language) for below, inner in _inner(state, path)]


def language_of(value: State, default: str) -> str:
    """The query language that a machine or state asks for, else the default."""
    found = value.get("QueryLanguage", default)
    states = value.get("States")
    if isinstance(states, dict) and isinstance(states.get("QueryLanguage"), str):
        # A slip that is complained about once, not in every state as well.
        found = states["QueryLanguage"]
    return found if isinstance(found, str) and found in LANGUAGES else default


def _inner(state: State, path: Path) -> Iterator[tuple[Path, Mapping[str, Json]]]:
    branches = state.get("Branches")
    if state.get("Type") == "Parallel" and isinstance(branches, list):
        for index, branch in enumerate(branches):
            if isinstance(branch, dict):
                yield (*path, "Branches", index), branch
    if state.get("Type") == "Map":
        key = processor_of(state)
        processor = state.get(key)
        if isinstance(processor, dict):
            yield (*path, key), processor


def processor_of(state: State) -> str:
    """The field of a Map state that holds its machine; `Iterator` is the older name."""
    return "Iterator" if "Iterator" in state and "ItemProcessor" not in state else "ItemProcessor"
