"""Which versions a requirement takes, as package metadata writes it (PEP 440, releases only)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_REQUIREMENT = re.compile(
    r"\s*(?P<name>[A-Za-z0-9._-]+)\s*(?:\[[^\]]*\])?\s*\(?(?P<wanted>[^;()]*)\)?\s*"
    r"(?:;\s*(?P<marker>.*))?"
)
_EXTRA = re.compile(r"extra\s*==\s*['\"](?P<extra>[^'\"]+)['\"]")
_RELEASE = re.compile(r"\s*v?(?:\d+!)?(\d+(?:\.\d+)*)")
_CLAUSE = re.compile(r"\s*(>=|<=|==|!=|~=|>|<)\s*([0-9][0-9.]*)(\.\*)?\s*")


@dataclass(frozen=True, slots=True)
class Requirement:
    """A package that is needed: `wanted` such as `<3,>=2.2`, and the extra that wants it."""

    name: str
    wanted: str
    extra: str | None = None


def requirements(lines: Iterable[str]) -> tuple[Requirement, ...]:
    """The requirements that a package's metadata lists; lines that can't be read are left out."""
    found = []
    for line in lines:
        match = _REQUIREMENT.fullmatch(line)
        if match is None:
            continue
        extra = _EXTRA.search(match["marker"] or "")
        found.append(
            Requirement(match["name"], match["wanted"].strip(), extra["extra"] if extra else None)
        )
    return tuple(found)


def fits(version: str, wanted: str) -> bool | None:
    """Tell whether a version is one that is wanted; None where that can't be told."""
    release = _release(version)
    clauses = [each for each in wanted.split(",") if each.strip()]
    answers = [_meets(release, clause) for clause in clauses]
    if release is None or None in answers:
        return None
    return all(answers)


def _release(version: str) -> tuple[int, ...] | None:
    found = _RELEASE.match(version)
    return tuple(int(part) for part in found[1].split(".")) if found else None


def _meets(release: tuple[int, ...] | None, clause: str) -> bool | None:
    found = _CLAUSE.fullmatch(clause)
    if found is None or release is None:
        return None
    bound = _release(found[2]) or ()
    if found[3] or found[1] == "~=":
        return _of_series(release, found[1], bound)
    length = max(len(release), len(bound))
    ours, theirs = _padded(release, length), _padded(bound, length)
    return {
        ">=": ours >= theirs,
        "<=": ours <= theirs,
        "==": ours == theirs,
        "!=": ours != theirs,
        ">": ours > theirs,
        "<": ours < theirs,
    }[found[1]]


def _of_series(release: tuple[int, ...], sign: str, bound: tuple[int, ...]) -> bool | None:
    if sign == "~=":
        length = max(len(release), len(bound))
        is_late = _padded(release, length) >= _padded(bound, length)
        return is_late and _padded(release, len(bound) - 1)[: len(bound) - 1] == bound[:-1]
    is_same = _padded(release, len(bound))[: len(bound)] == bound
    return {"==": is_same, "!=": not is_same}.get(sign)


def _padded(numbers: tuple[int, ...], length: int) -> tuple[int, ...]:
    return (*numbers, *(0,) * (length - len(numbers)))
