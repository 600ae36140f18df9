"""Policies as files in a folder, each by a name that tells what it is for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner import report, results, values
from runner.errors import Refused
from runner.iam import ASSUME, is_ours, is_policy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from runner.iam import Grant, MachineRole, Policy
    from runner.values import Json

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
    """Write the files, over older policies of their names and over nothing else.

    Returns the names of policies that an earlier time left in the folder. Raises Refused.
    """
    path = folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        present = sorted(path for path in folder.iterdir() if path.suffix == ".json")
        new = {each.name for each in made}
        for path in present:
            if path.name in new and not is_policy(_document(path)):
                raise Refused(
                    f"{path} is there and is no policy: nothing was written. Move it away, or "
                    "name another folder"
                )
        old = [path.name for path in present if path.name not in new and _is_old(path, made)]
        for each in made:
            path = folder / each.name
            results.write(path.resolve(), report.policy_json(each.policy))
    except OSError as error:
        raise Refused(f"{path} can't be written: {error.strerror or error}") from error
    return old


def _document(path: Path) -> Json:
    """What a file holds; nothing where that is not JSON. Raises OSError."""
    try:
        return values.parse(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, values.NotJson):
        return None


def _is_old(path: Path, made: Sequence[PolicyFile]) -> bool:
    """Tell a policy that was made here for one of the purposes that are written now."""
    purposes = {re.split("[-.]", each.name)[0] for each in made}
    if re.split("[-.]", path.name)[0] not in purposes or not path.is_file():
        return False
    try:
        return is_ours(_document(path))
    except OSError:
        return False
