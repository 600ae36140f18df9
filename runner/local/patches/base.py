"""What a patch of moto is, and the few helpers that patches share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runner.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

TESTED = ("5.2.5", "5.3")
"""The first version of moto that the patches are for, and the first that they are not."""


@dataclass(frozen=True, slots=True)
class Patch:
    """One mended behaviour of moto. `versions` is from (included) and to (excluded)."""

    name: str
    reason: str
    apply: Callable[[], None]
    versions: tuple[str, str] = TESTED

    def is_for(self, version: str) -> bool:
        """Tell whether the patch is meant for this version of moto."""
        first, end = (_numbers(text) for text in self.versions)
        return first <= _numbers(version) < end


def replace(owner: Any, name: str, value: object) -> Any:
    """Put `value` in place of an attribute and return what stood there.

    Raises Refused where the owner has no such attribute: this moto is not the tested one.
    """
    if not hasattr(owner, name):
        where = getattr(owner, "__qualname__", getattr(owner, "__name__", repr(owner)))
        raise Refused(f"the embedded engine can't use this moto: {where} has no {name}")
    before = getattr(owner, name)
    setattr(owner, name, value)
    return before


def _numbers(version: str) -> tuple[int, ...]:
    parts = []
    for part in version.split(".")[:3]:
        digits = "".join(character for character in part if character.isdigit())
        parts.append(int(digits or 0))
    return tuple(parts)
