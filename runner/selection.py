"""Which jobs a command is about: names, globs and labels, with what they need or feed.

A pattern is a job's name or a glob of names (`*`, `?`, `[…]`), or `label:KEY=GLOB`. A `+`
before it adds everything that the jobs need, one behind it everything that needs them.
"""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING

from runner.errors import Refused
from runner.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runner.graph import Graph
    from runner.model import Job

_LABEL = "label:"


class BadSelection(Refused):
    """A pattern that no job matches, or a selection that leaves no job."""


def select(
    graph: Graph,
    jobs: Mapping[str, Job],
    *,
    select: Sequence[str],
    exclude: Sequence[str],
    option: str = "--select",
) -> frozenset[str]:
    """The jobs that any of `select` names, without those that any of `exclude` names.

    Without `select` all jobs are meant; `option` is how complaints call it. Raises BadSelection.
    """
    chosen = _union(select, graph, jobs, option) if select else frozenset(jobs)
    left_out = _union(exclude, graph, jobs, "--exclude")
    if chosen and not chosen - left_out:
        raise BadSelection("--exclude leaves no job of those selected")
    return chosen - left_out


def _union(
    patterns: Sequence[str], graph: Graph, jobs: Mapping[str, Job], option: str
) -> frozenset[str]:
    found: set[str] = set()
    for pattern in patterns:
        found |= _matches(pattern, graph, jobs, option)
    return frozenset(found)


def _matches(pattern: str, graph: Graph, jobs: Mapping[str, Job], option: str) -> set[str]:
    core = pattern.removeprefix("+")
    with_needs = core != pattern
    bare = core.removesuffix("+")
    with_dependents = bare != core
    named = _named(bare, jobs)
    if not named:
        raise BadSelection(f"{option} {pattern}: {_nothing(bare, jobs)}")
    found = set(named)
    if with_needs:
        found |= graph.ancestors_of(*named)
    if with_dependents:
        found |= graph.descendants_of(*named)
    return found


def _named(pattern: str, jobs: Mapping[str, Job]) -> tuple[str, ...]:
    if not pattern.startswith(_LABEL):
        if pattern in jobs:
            return (pattern,)
        glob = re.compile(translate(pattern))
        return tuple(name for name in jobs if glob.match(name))
    key, equals, value = pattern.removeprefix(_LABEL).partition("=")
    if not equals:
        raise BadSelection(f"{pattern!r} has no value: write label:KEY=VALUE")
    glob = re.compile(translate(value))
    return tuple(
        name for name, job in jobs.items() if key in job.labels and glob.match(job.labels[key])
    )


def _nothing(pattern: str, jobs: Mapping[str, Job]) -> str:
    if not pattern:
        return "write the name of a job beside the +"
    if not pattern.startswith(_LABEL):
        hint = did_you_mean(pattern, jobs)
        return f"no job is called {pattern!r}" + (f"; {hint}" if hint else "")
    key, _, value = pattern.removeprefix(_LABEL).partition("=")
    there = sorted({job.labels[key] for job in jobs.values() if key in job.labels})
    if there:
        return f"no job has the label {key}={value}; there is {', '.join(there[:8])}"
    keys = sorted({label for job in jobs.values() for label in job.labels})
    hint = did_you_mean(key, keys)
    return f"no job has a label {key!r}" + (f"; {hint}" if hint else "")
