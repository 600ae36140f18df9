"""Policies as files in a folder, each by a name that tells what it is for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner import report, results
from runner.errors import Refused
from runner.iam import ASSUME

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from runner.iam import Grant, MachineRole, Policy

_LONGEST = 100


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A policy, the name of its file, and whom it is for."""

    name: str
    holder: str
    policy: Policy


def files(grants: Sequence[Grant], roles: Sequence[MachineRole]) -> Sequence[PolicyFile]:
    """A file for each policy: `plan.json`, or `plan-1.json` and so on where it is several.

    Where several holders need something for one purpose, what is theirs stands in the name.
    """
    taken: set[str] = set()
    found: list[PolicyFile] = []
    for stem, holder, policies in _stems(grants, roles):
        name = stem
        while name in taken:
            name += "_"
        taken.add(name)
        for number, policy in enumerate(policies, start=1):
            part = f"-{number}" if len(policies) > 1 else ""
            found.append(PolicyFile(f"{name}{part}.json", holder, policy))
    return found


def _stems(
    grants: Sequence[Grant], roles: Sequence[MachineRole]
) -> Iterator[tuple[str, str, Sequence[Policy]]]:
    for grant in grants:
        alike = [each for each in grants if each.purpose == grant.purpose]
        # No platform is in two grants of one purpose, but for those of chained roles.
        own = grant.holder if grant.purpose == ASSUME else grant.platforms[0]
        stem = grant.purpose if len(alike) == 1 else f"{grant.purpose}-{_simple(own)}"
        yield stem, grant.holder, grant.policies
    for role in roles:
        yield f"{report.MACHINES}-{_simple(role.machine)}", role.machine, role.policies


def _simple(text: str) -> str:
    """The last part of an ARN, or words, as part of a file's name."""
    last = re.split(r"[/:]", text)[-1]
    return re.sub(r"[^A-Za-z0-9_-]+", "-", last)[:_LONGEST]


def store(folder: Path, made: Sequence[PolicyFile]) -> Sequence[str]:
    """Write the files, over older ones of their names.

    Returns the names of policies that an earlier time left in the folder. Raises Refused.
    """
    path = folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        names = sorted(path.name for path in folder.iterdir())
        for each in made:
            path = folder / each.name
            results.write(path.resolve(), report.policy_json(each.policy))
    except OSError as error:
        raise Refused(f"{path} can't be written: {error.strerror or error}") from error
    purposes = {each.name.split("-")[0].removesuffix(".json") for each in made}
    ours = re.compile(rf"(?:{'|'.join(sorted(purposes))})(?:-.*)?\.json") if made else None
    new = {each.name for each in made}
    return [name for name in names if ours and ours.fullmatch(name) and name not in new]
