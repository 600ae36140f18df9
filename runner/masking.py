"""Known secrets out of any text: the second guard, after masking by structure."""

from __future__ import annotations

import re
from decimal import Decimal
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import TYPE_CHECKING

from runner import values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from runner.values import Json

MASK = "<sensitive>"
MIN_LENGTH = 4
"""Shorter strings stand in too many innocent places."""


class Masker:
    """Replaces every known secret string in texts and values.

    A secret is looked for as itself, as each of its lines, and as it looks inside JSON, inside
    JSON within JSON and in Python's repr. Of a secret object or array, and of a secret text
    that holds one, every string and number counts.
    """

    def __init__(self, secrets: Iterable[Json]) -> None:
        self._pattern = _pattern({form for secret in secrets for form in _forms(secret)})
        self._ahead = re.compile(f"(?=({self._pattern.pattern}))") if self._pattern else None

    def text(self, text: str) -> str:
        """The text with a mask in place of each secret; overlapping secrets share one."""
        if self._pattern is None or self._ahead is None:
            return text
        first = self._pattern.search(text)
        if first is None:
            return text
        parts: list[str] = []
        shown = 0
        for start, end in _merged(self._ahead, text, first.start()):
            parts += (text[shown:start], MASK)
            shown = end
        return "".join(parts) + text[shown:]

    def value(self, value: Json) -> Json:
        """The value with every string, key and number masked; a masked number is a string."""
        if self._pattern is None:
            return value
        match value:
            case dict():
                return {self.text(key): self.value(child) for key, child in value.items()}
            case list():
                return [self.value(child) for child in value]
            case str():
                return self.text(value)
            case int() | Decimal() if not isinstance(value, bool):
                written = str(value)
                masked = self.text(written)
                return value if masked == written else masked
            case _:
                return value


def _merged(ahead: re.Pattern[str], text: str, start: int) -> Iterator[tuple[int, int]]:
    begin, end = start, start
    for found in ahead.finditer(text, start):
        if found.start() > end:
            yield begin, end
            begin = found.start()
        end = max(end, found.end(1))
    yield begin, end


def _forms(secret: Json) -> Iterator[str]:
    for text in _leaves(secret):
        for part in {text, text.strip(), *(line.strip() for line in text.splitlines())}:
            for form in (part, repr(part)[1:-1], *_escaped(part)):
                if len(form) >= MIN_LENGTH and len(part) >= MIN_LENGTH:
                    yield form


def _escaped(text: str) -> Iterator[str]:
    for escape in (encode_basestring, encode_basestring_ascii, values.compact):
        once = escape(text)[1:-1]
        yield once
        yield escape(once)[1:-1]


def _leaves(secret: Json) -> Iterator[str]:
    match secret:
        case dict():
            for child in secret.values():
                yield from _leaves(child)
        case list():
            for child in secret:
                yield from _leaves(child)
        case str():
            yield secret
            yield from _leaves(_structure(secret))
        case int() | Decimal() if not isinstance(secret, bool):
            yield str(secret)
        case _:
            return


def _structure(text: str) -> Json:
    """The object or array that a text holds as JSON, such as a secret of several fields."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return values.parse(text)
    except values.NotJson:
        return None


def _pattern(forms: set[str]) -> re.Pattern[str] | None:
    """One alternation, grouped by the first character, the longest first in each group."""
    if not forms:
        return None
    groups: dict[str, list[str]] = {}
    for form in sorted(forms, key=lambda form: (-len(form), form)):
        groups.setdefault(form[0], []).append(re.escape(form[1:]))
    return re.compile(
        "|".join(f"{re.escape(head)}(?:{'|'.join(tails)})" for head, tails in groups.items())
    )
