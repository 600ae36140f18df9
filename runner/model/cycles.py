"""Jobs that need each other in a circle: the whole circle, with its places."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from runner.errors import Diagnostic, Related
from runner.graph import turned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.errors import Place
    from runner.model.types import Job

_SHOWN = 20


def cycles(jobs: Mapping[str, Job]) -> tuple[Diagnostic, ...]:
    """One complaint for each knot of jobs that wait for each other, with a shortest circle.

    A job that needs itself is complained about when the model is built.
    """
    needs = {
        name: tuple(need for need in jobs[name].needs if need in jobs and need != name)
        for name in sorted(jobs)
    }
    return tuple(_complaint(_shortest_circle(knot, needs), jobs) for knot in _knots(needs))


def _knots(needs: Mapping[str, tuple[str, ...]]) -> list[frozenset[str]]:
    """Sets of jobs that all reach each other, sorted (Kosaraju's algorithm)."""
    dependents = turned(needs)
    rest = set(needs)
    knots: list[frozenset[str]] = []
    for name in reversed(_depth_first(needs)):
        if name in rest:
            knot = _take_reachable(name, dependents, rest)
            if len(knot) > 1:
                knots.append(frozenset(knot))
    return sorted(knots, key=min)


def _depth_first(needs: Mapping[str, tuple[str, ...]]) -> list[str]:
    """All names, each after everything that a walk from it came to first."""
    finished: list[str] = []
    seen: set[str] = set()
    for first in needs:
        todo = [(first, False)]
        while todo:
            name, done = todo.pop()
            if done:
                finished.append(name)
            elif name not in seen:
                seen.add(name)
                todo.append((name, True))
                todo += [(need, False) for need in needs[name] if need not in seen]
    return finished


def _take_reachable(first: str, edges: Mapping[str, tuple[str, ...]], rest: set[str]) -> set[str]:
    """What can be reached from a job among the rest, taken out of the rest."""
    rest.discard(first)
    found = {first}
    todo = [first]
    while todo:
        for name in edges[todo.pop()]:
            if name in rest:
                rest.discard(name)
                found.add(name)
                todo.append(name)
    return found


def _shortest_circle(knot: frozenset[str], needs: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The shortest way from the knot's first job back to it, following needs."""
    start = min(knot)
    came_from: dict[str, str] = {}
    todo = deque([start])
    while todo:
        name = todo.popleft()
        for need in needs[name]:
            if need == start:
                return _way_back(name, start, came_from)
            if need in knot and need not in came_from:
                came_from[need] = name
                todo.append(need)
    raise AssertionError("the jobs of a knot reach each other")


def _way_back(name: str, start: str, came_from: Mapping[str, str]) -> list[str]:
    way = [name]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    return way[::-1]


def _complaint(circle: list[str], jobs: Mapping[str, Job]) -> Diagnostic:
    edges = list(zip(circle, [*circle[1:], circle[0]], strict=True))
    names = [*circle, circle[0]]
    if len(names) > _SHOWN:
        names = [*names[: _SHOWN // 2], "…", *names[-_SHOWN // 2 :]]
    return Diagnostic(
        place_of_need(jobs[edges[0][0]], edges[0][1]),
        f"jobs need each other in a circle: {' -> '.join(names)}",
        "cycle",
        "take one of these needs away",
        related=tuple(
            Related(place_of_need(jobs[name], need), f"{name} needs {need}") for name, need in edges
        ),
    )


def place_of_need(job: Job, need: str) -> Place:
    """Where a job says that it needs another: in `needs`, or in an expression."""
    return job.place_of(f"needs.{need}")
