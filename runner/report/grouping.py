"""What holds of several machines for one reason is said once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def alike(said: Iterable[tuple[str, str]]) -> Iterator[tuple[list[str], str]]:
    """Names, and the reason of the first of them, from a reason beside each name.

    Reasons count as one where they differ in the names alone.
    """
    groups: dict[str, tuple[list[str], str]] = {}
    for what, why in said:
        named = re.compile(rf"(?<![\w-]){re.escape(what)}(?![\w-])")
        names, _ = groups.setdefault(named.sub("", why), ([], why))
        names.append(what)
    yield from groups.values()
