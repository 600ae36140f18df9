"""What an author may have meant by a scalar that JSON does not know."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from runner import values

if TYPE_CHECKING:
    from runner.values import Json

_LONGEST = 64
_WORDS: dict[str, Json] = {
    **dict.fromkeys(("true", "yes", "on", "y"), True),
    **dict.fromkeys(("false", "no", "off", "n"), False),
    **dict.fromkeys(("null", "~"), None),
}
_BASES = {"0x": 16, "0o": 8, "0b": 2}
_BASE_60 = re.compile(r"[0-9]+(?::[0-5]?[0-9])+")
_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_SEPARATED = re.compile(r"[0-9][0-9_]*(?:\.[0-9_]*)?|[0-9]{1,3}(?:,[0-9]{3})+")


def meanings(text: str) -> tuple[Json, ...]:
    """The JSON values that some version of YAML, or a person, would take the text for.

    Empty when it can be nothing but text. YAML 1.1's reading stands first.
    """
    if len(text) > _LONGEST:
        return ()
    if text.casefold() in _WORDS:
        return (_WORDS[text.casefold()],)
    sign, digits = (-1, text[1:]) if text[:1] == "-" else (1, text.removeprefix("+"))
    found = _magnitudes(digits)
    return tuple(sign * number for number in found)


def _magnitudes(digits: str) -> tuple[int | Decimal, ...]:
    base = _BASES.get(digits[:2].lower())
    if base:
        return _in_base(digits[2:].replace("_", ""), base)
    if _BASE_60.fullmatch(digits):
        return (_base_60(digits),)
    if _SEPARATED.fullmatch(digits):
        digits = digits.replace("_", "").replace(",", "")
    if re.fullmatch(r"0[0-7]+", digits):
        return int(digits, 8), int(digits)
    if _NUMBER.fullmatch(digits):
        return (_plain(Decimal(digits)),)
    return ()


def _in_base(digits: str, base: int) -> tuple[int, ...]:
    try:
        return (int(digits, base),)
    except ValueError:
        return ()


def _base_60(digits: str) -> int:
    total = 0
    for part in digits.split(":"):
        total = total * 60 + int(part)
    return total


def _plain(number: Decimal) -> int | Decimal:
    return int(number) if number == number.to_integral_value() else number


def offer(text: str) -> str:
    """Both spellings of an ambiguous scalar: as text, and as what it may mean.

    `write "010" for the text, or 8, or 10`.
    """
    others = [f", or {values.compact(meaning)}" for meaning in meanings(text)]
    return f"write {values.compact(text)} for the text{''.join(others)}"
