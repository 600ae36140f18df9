"""Values out of JSON that GitHub wrote: what is missing or of another kind is told by its path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.values import Json

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")


class Misshapen(ValueError):
    """JSON is not as GitHub's documentation has it; the message says where."""


def at(value: Json, *names: str) -> Json:
    """What lies under the names, None where it is null or absent. Raises Misshapen."""
    for depth, name in enumerate(names):
        if not isinstance(value, dict):
            raise Misshapen(f"{'.'.join(names[:depth]) or 'the value'} is no object")
        value = value.get(name)
    return value


def text(value: Json, *names: str) -> str:
    """The text under the names. Raises Misshapen."""
    found = at(value, *names)
    if not isinstance(found, str):
        raise Misshapen(f"{'.'.join(names)} is no text")
    return found


def number(value: Json, *names: str) -> int:
    """The natural number under the names. Raises Misshapen."""
    found = at(value, *names)
    if isinstance(found, bool) or not isinstance(found, int) or found < 0:
        raise Misshapen(f"{'.'.join(names)} is no number")
    return found


def entries(value: Json, *names: str) -> list[Json]:
    """The list under the names. Raises Misshapen."""
    found = at(value, *names)
    if not isinstance(found, list):
        raise Misshapen(f"{'.'.join(names) or 'the value'} is no list")
    return found


def commit(value: Json, *names: str) -> str:
    """The full hash of a commit under the names. Raises Misshapen."""
    found = text(value, *names)
    if not is_commit(found):
        raise Misshapen(f"{'.'.join(names)} is no commit")
    return found


def is_commit(name: str) -> bool:
    """Tell whether the text is the full hash of a commit."""
    return _COMMIT.fullmatch(name) is not None


def is_repository(name: str) -> bool:
    """Tell whether the text is OWNER/NAME, and no way to another address."""
    return _REPOSITORY.fullmatch(name) is not None and not {".", ".."} & {*name.split("/")}
