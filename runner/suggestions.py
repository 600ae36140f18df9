"""The nearest of several names, for "did you mean"."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

_MANY = 100
_FEW = 30
_LONGEST = 128
_PREFIX = 3
_OFF = 2


def nearest(word: str, names: Collection[str], *, alike: float = 0.6) -> str | None:
    """The name that is most like the word, if one is: by `alike`, of 1, at least.

    Among very many names only some that begin alike are compared, so that thousands of
    unknown names in a large project don't take minutes.
    """
    if len(word) > _LONGEST:
        return None
    if len(names) > _MANY:
        names = _alike(word, names)
    folded = word.casefold()
    for name in names:
        if name.casefold() == folded:
            return name
    matches = get_close_matches(word, names, n=1, cutoff=alike)
    return matches[0] if matches else None


def _alike(word: str, names: Collection[str]) -> list[str]:
    head, shortest, longest = word[:_PREFIX].casefold(), len(word) - _OFF, len(word) + _OFF
    found = [
        name
        for name in names
        if shortest <= len(name) <= longest and name[:_PREFIX].casefold() == head
    ]
    exact = [name for name in found if name.casefold() == word.casefold()]
    return exact or found[:_FEW]


def did_you_mean(word: str, names: Collection[str]) -> str | None:
    """`did you mean 'x'?`, or the names there are when they are few, or None."""
    found = nearest(word, names)
    if found is not None:
        return f"did you mean {found!r}?"
    if 0 < len(names) <= 8:  # noqa: PLR2004 - what a line holds
        return f"there is {', '.join(sorted(names))}"
    return None
