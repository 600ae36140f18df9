"""Parsed JSON read field by field: what does not fit is refused with the path to it."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from runner.errors import Refused
from runner.values import compact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runner.values import Json

Word = TypeVar("Word", bound=StrEnum)

_SHOWN = 60
_LONGEST_NUMBER = 1e12


class Misread(Refused):
    """A field is missing, of the wrong kind, or unknown; the message says where."""


class Reader:
    """One object of a document and the path to it. `done` refuses fields that nobody read."""

    def __init__(self, value: Json, path: str) -> None:
        if not isinstance(value, dict):
            raise Misread(f"{path or 'the document'} is not an object")
        self.path = path
        self._fields = value
        self._unread = set(value)

    def take(self, key: str) -> Json:
        """The field's value, None where it is absent."""
        if key not in self._fields:
            return None
        self._unread.discard(key)
        return self._fields[key]

    def wrong(self, key: str, wanted: str) -> Misread:
        """The error for a field that is not what is wanted."""
        path = f"{self.path}.{key}" if self.path else key
        if key not in self._fields:
            return Misread(f"{path} is missing: it should be {wanted}")
        shown = compact(self._fields[key])
        if len(shown) > _SHOWN:
            shown = f"{shown[:_SHOWN]}…"
        return Misread(f"{path} is {shown}, not {wanted}")

    def text(self, key: str) -> str:
        """A string that must be there."""
        value = self.take(key)
        if not isinstance(value, str):
            raise self.wrong(key, "a string")
        return value

    def text_or_none(self, key: str) -> str | None:
        """A string, or None where it is absent."""
        return None if self.take(key) is None else self.text(key)

    def flag(self, key: str) -> bool:
        """A boolean; False where it is absent."""
        value = self.take(key)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def whole(self, key: str, *, least: int = 0) -> int | None:
        """An integer of at least `least`, or None where it is absent."""
        value = self.take(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self.wrong(key, f"an integer of at least {least}")
        return value

    def number(self, key: str) -> float | None:
        """A number that is not negative, or None where it is absent."""
        value = self.take(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
            raise self.wrong(key, "a number")
        if not 0 <= value <= _LONGEST_NUMBER:
            raise self.wrong(key, f"a number between 0 and {_LONGEST_NUMBER:g}")
        return float(value)

    def word(self, key: str, words: type[Word]) -> Word:
        """One of an enumeration's words."""
        value = self.take(key)
        try:
            return words(value) if isinstance(value, str) else words("")
        except ValueError:
            wanted = ", ".join(repr(word.value) for word in words)
            raise self.wrong(key, f"one of {wanted}") from None

    def object(self, key: str) -> dict[str, Json]:
        """An object; empty where it is absent."""
        value = self.take(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.wrong(key, "an object")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings; empty where it is absent."""
        values = self._list(key)
        texts = tuple(value for value in values if isinstance(value, str))
        if len(texts) < len(values):
            raise self.wrong(key, "a list of strings")
        return texts

    def reader(self, key: str) -> Reader:
        """An object below this one that must be there, as a reader."""
        value = self.take(key)
        if not isinstance(value, dict):
            raise self.wrong(key, "an object")
        return Reader(value, f"{self.path}.{key}" if self.path else key)

    def readers(self, key: str) -> Iterator[Reader]:
        """Each object of a list, as a reader."""
        path = f"{self.path}.{key}" if self.path else key
        for index, value in enumerate(self._list(key)):
            yield Reader(value, f"{path}[{index}]")

    def members(self, key: str) -> Iterator[tuple[str, Reader]]:
        """Each object of an object, by its key, as a reader."""
        path = f"{self.path}.{key}" if self.path else key
        for name, value in self.object(key).items():
            yield name, Reader(value, f"{path}.{name}")

    def done(self) -> None:
        """Refuse fields that no one has read."""
        if self._unread:
            unknown = ", ".join(sorted(self._unread)[:3])
            raise Misread(f"{self.path or 'the document'} has unknown fields: {unknown}")

    def _list(self, key: str) -> list[Json]:
        value = self.take(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.wrong(key, "a list")
        return value
