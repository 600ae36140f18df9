"""Which of the listed machines are wanted, as far as a list tells."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from runner.arns import is_allowed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from runner.discovery.types import Filters
    from runner.inventory import ListedMachine


@dataclass(frozen=True, slots=True)
class Choice:
    """The machines that are wanted, by name, and how many were left out for which reason."""

    machines: tuple[ListedMachine, ...]
    not_allowed: int
    filtered: int


def choose(listed: Sequence[ListedMachine], filters: Filters, allow: Sequence[str]) -> Choice:
    """The machines that the platform allows, of the names and the type that are wanted."""
    allowed = [one for one in listed if is_allowed(allow, one.arn)]
    wanted = [one for one in allowed if _is_wanted(one, filters)]
    wanted.sort(key=lambda one: (one.arn.name, str(one.arn)))
    return Choice(tuple(wanted), len(listed) - len(allowed), len(allowed) - len(wanted))


def _is_wanted(machine: ListedMachine, filters: Filters) -> bool:
    if filters.type is not None and machine.type is not filters.type:
        return False
    return not filters.names or matches(filters.names, machine.arn.name)


def matches(globs: Iterable[str], name: str) -> bool:
    """Tell whether one of the globs (`*`, `?`) matches a machine's name."""
    return any(fnmatchcase(name, glob.replace("[", "[[]")) for glob in globs)


def has_tags(tags: Mapping[str, str], wanted: Mapping[str, frozenset[str]]) -> bool:
    """Tell whether each key is there, with one of its values where values are given."""
    return all(
        key in tags and (not values or tags[key] in values) for key, values in wanted.items()
    )
