"""Needs to an order: what comes before what, and in which levels.

The order depends on names and needs alone, never on the order in which they were read.
"""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


@dataclass(frozen=True, slots=True)
class Graph:
    """Jobs by name, each after its needs.

    `order` is level by level and by name in each: the same for the same needs. `levels`
    tells how many needs stand one behind the other before each job.
    """

    order: tuple[str, ...]
    levels: Mapping[str, int]
    needs: Mapping[str, tuple[str, ...]]
    dependents: Mapping[str, tuple[str, ...]]

    def needs_of(self, name: str) -> tuple[str, ...]:
        """What the job itself needs, sorted."""
        return self.needs[name]

    def dependents_of(self, name: str) -> tuple[str, ...]:
        """What needs the job itself, sorted."""
        return self.dependents[name]

    def ancestors_of(self, *names: str) -> frozenset[str]:
        """Everything that the jobs need, directly or not, without themselves."""
        return _reach(names, self.needs)

    def descendants_of(self, *names: str) -> frozenset[str]:
        """Everything that needs the jobs, directly or not, without themselves."""
        return _reach(names, self.dependents)


def build(needs: Mapping[str, Collection[str]]) -> Graph:
    """Order the jobs. Needs that are no jobs are left out.

    Raises graphlib.CycleError; `cycles` tells beforehand.
    """
    known = {name: tuple(sorted({n for n in needs[name] if n in needs})) for name in sorted(needs)}
    levels: dict[str, int] = {}
    sorter = TopologicalSorter(known)
    sorter.prepare()
    level = 0
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        levels.update(dict.fromkeys(ready, level))
        sorter.done(*ready)
        level += 1
    return Graph(tuple(levels), levels, known, turned(known))


def turned(needs: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The same edges the other way round: what needs each job."""
    dependents: dict[str, list[str]] = {name: [] for name in needs}
    for name, its_needs in needs.items():
        for need in its_needs:
            dependents[need].append(name)
    return {name: tuple(found) for name, found in dependents.items()}


def _reach(names: tuple[str, ...], edges: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    found: set[str] = set()
    todo = list(names)
    while todo:
        for name in edges[todo.pop()]:
            if name not in found:
                found.add(name)
                todo.append(name)
    return frozenset(found.difference(names))
