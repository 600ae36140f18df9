"""Following data from the first state on, until nothing new is seen."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runner.inference import jsonata_states, jsonpath_states
from runner.inference.jsonata_trees import Trees
from runner.inference.paths import Terms
from runner.inference.reads import Exhausted, Reads
from runner.inference.shapes import UNKNOWN, join
from runner.inference.visits import WHOLE_INPUT, Flow, Visit, join_flows

if TYPE_CHECKING:
    from runner.inference.levels import Graph, Level
    from runner.inference.shapes import Shape
    from runner.inference.visits import Exit


@dataclass(slots=True)
class Following:
    """What was seen so far: what flows into each state, and what each machine gives.

    `ends` holds for each state of the root what it leaves as the execution's output.
    """

    graph: Graph
    reads: Reads = field(default_factory=Reads)
    ends: dict[str, Shape] = field(default_factory=dict)
    _entries: dict[int, Flow] = field(default_factory=dict)
    _results: dict[int, Shape] = field(default_factory=dict)
    _todo: deque[int] = field(default_factory=deque)
    _is_todo: set[int] = field(default_factory=set)
    _waiting: set[int] = field(default_factory=set)
    _trees: Trees = field(default_factory=Trees)
    _terms: Terms = field(default_factory=Terms)

    def follow(self) -> None:
        """Follow everything from where the execution starts."""
        if not self.graph.is_whole:
            self.reads.note("it has more states, or nests deeper, than are followed")
        try:
            self._enter(0, Flow(WHOLE_INPUT))
            self._work()
            self._work_past_dead_ends()
        except Exhausted:
            self.reads.note("it takes too much work to follow whole; what is told is what was seen")

    def _work(self) -> None:
        while self._todo:
            index = self._todo.popleft()
            self._is_todo.discard(index)
            self._look(index)

    def _work_past_dead_ends(self) -> None:
        """Go on after a Parallel or Map of which a branch has no end that was seen."""
        while self._waiting:
            for index in sorted(self._waiting):
                for level in self.graph.below.get(index, ()):
                    self._results.setdefault(level, UNKNOWN)
                self._again(index)
            self._waiting.clear()
            self._work()

    def _look(self, index: int) -> None:
        node, flow = self.graph.nodes[index], self._entries[index]
        self.reads.spend(flow.size)
        below = self.graph.below.get(index, [])
        known = [self._results[level] for level in below if level in self._results]
        results = tuple(known) if len(known) == len(below) else None
        if results is None:
            self._waiting.add(index)
        else:
            self._waiting.discard(index)

        def enter(inner: int, inside: Flow) -> None:
            if inner < len(below):
                self._enter(below[inner], inside)

        visit = Visit(node.name, node.body, flow, self.reads, enter, results, self._terms)
        if node.language == "JSONata":
            exits = jsonata_states.visit(visit, self._trees)
        else:
            exits = jsonpath_states.visit(visit)
        for way_out in exits:
            self._leave(index, way_out)

    def _leave(self, index: int, way_out: Exit) -> None:
        node = self.graph.nodes[index]
        level = self.graph.levels[node.level]
        if way_out.target is not None:
            self._flow_into(level, way_out.target, way_out.flow)
            return
        if level.owner is None:
            self.ends[node.name] = way_out.flow.document
            return
        known = self._results.get(node.level)
        found = way_out.flow.document
        self.reads.spend(found.size if known is None else found.size + known.size)
        self._results[node.level] = found if known is None else join(known, found)
        if self._results[node.level] != known:
            self._again(level.owner)

    def _enter(self, level: int, flow: Flow) -> None:
        start = self.graph.levels[level].start
        if start is not None:
            self._flow_into(self.graph.levels[level], start, flow)

    def _flow_into(self, level: Level, name: str, flow: Flow) -> None:
        index = level.nodes.get(name)
        if index is None:
            return
        known = self._entries.get(index)
        self.reads.spend(1 if known is None else flow.size + known.size)
        self._entries[index] = flow if known is None else join_flows(known, flow)
        if self._entries[index] != known:
            self._again(index)

    def _again(self, index: int) -> None:
        if index not in self._is_todo:
            self._is_todo.add(index)
            self._todo.append(index)
