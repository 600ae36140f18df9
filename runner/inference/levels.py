"""The states of a definition as a graph: one level for each machine inside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from runner.definitions.reading import language_of, processor_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runner.values import Json

MAX_STATES: Final = 10_000
MAX_NESTING: Final = 50


@dataclass(frozen=True, slots=True)
class Node:
    """A state. `level` is the index of the level that it stands in."""

    name: str
    body: Mapping[str, Json]
    language: str
    level: int


@dataclass(frozen=True, slots=True)
class Level:
    """A machine: where it starts, its states by name, and the node that it stands in, if any."""

    start: str | None
    owner: int | None
    nodes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Graph:
    """All states of a definition. `below` tells the levels within a node, in their order."""

    nodes: list[Node] = field(default_factory=list)
    levels: list[Level] = field(default_factory=list)
    below: dict[int, list[int]] = field(default_factory=dict)
    is_whole: bool = True


def graph_of(definition: Mapping[str, Json]) -> Graph:
    """Find every state at any depth, within bounds."""
    nodes: list[Node] = []
    levels: list[Level] = []
    below: dict[int, list[int]] = {}
    todo: list[tuple[Mapping[str, Json], str, int | None, int]] = [
        (definition, language_of(definition, "JSONPath"), None, 0)
    ]
    for machine, language, owner, nesting in todo:
        states = machine.get("States")
        start = machine.get("StartAt")
        level = Level(start if isinstance(start, str) else None, owner)
        if owner is not None:
            below.setdefault(owner, []).append(len(levels))
        for name, body in states.items() if isinstance(states, dict) else ():
            if not isinstance(body, dict) or len(nodes) >= MAX_STATES:
                continue
            own = language_of(body, language)
            level.nodes[name] = len(nodes)
            if nesting < MAX_NESTING:
                todo += [(inner, own, len(nodes), nesting + 1) for inner in _inner(body)]
            nodes.append(Node(name, body, own, len(levels)))
        levels.append(level)
    is_whole = len(nodes) < MAX_STATES and all(each[3] < MAX_NESTING for each in todo)
    return Graph(nodes, levels, below, is_whole)


def _inner(state: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
    branches = state.get("Branches")
    if state.get("Type") == "Parallel" and isinstance(branches, list):
        yield from (branch for branch in branches if isinstance(branch, dict))
    if state.get("Type") == "Map":
        processor = state.get(processor_of(state))
        if isinstance(processor, dict):
            yield processor
