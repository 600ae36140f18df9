"""What a plain scalar means: JSON's reading, and whether YAML's versions read it otherwise.

YAML 1.1: https://yaml.org/type/ (bool, int, float, null). YAML 1.2: the core schema,
https://yaml.org/spec/1.2.2/#103-core-schema. Dates are text: only some YAML 1.1 readers
know them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runner.values import MAX_DIGITS, NotJson, decimal

if TYPE_CHECKING:
    from decimal import Decimal

    from runner.values import Scalar

_SPECIAL_START = frozenset("0123456789+-.~nNyYtTfFoO")
_SPECIAL_KEY_START = frozenset("0123456789+-.~nNtTfF")
_WORD_LENGTH = 5

_WORDS: dict[str, tuple[Scalar, bool]] = {
    "": (None, False),
    "null": (None, False),
    "true": (True, False),
    "false": (False, False),
}
_YAML_WORDS = frozenset(
    form
    for word in ("y", "n", "yes", "no", "on", "off", "true", "false", "null", "~")
    for form in (word, word.capitalize(), word.upper())
).difference(_WORDS)

_JSON_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_YAML_NUMBER = re.compile(
    r"""
      [-+]?0b[01_]+                                          # 1.1 binary
    | [-+]?0[0-7_]+                                          # 1.1 octal
    | [-+]?[1-9][0-9_]*                                      # 1.1 decimal
    | [-+]?0x[0-9a-fA-F_]+                                   # both, hexadecimal
    | [-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+                     # 1.1 base 60
    | [-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*
    | [-+]?(?:[0-9][0-9_]*)?\.[0-9_]*(?:[eE][-+][0-9]+)?     # 1.1 decimal fraction
    | [-+]?[0-9]+ | 0o[0-7]+                                 # 1.2 integers
    | [-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?   # 1.2 numbers
    | [-+]?\.(?:inf|Inf|INF) | \.(?:nan|NaN|NAN)             # both
    """,
    re.VERBOSE,
)
_YAML_1_1_FLOAT = re.compile(r"-?[0-9]+\.[0-9]+(?:[eE][-+][0-9]+)?")
_CORE_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_CORE_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_CORE_OTHER = re.compile(
    r"|~|null|Null|NULL|true|True|TRUE|false|False|FALSE|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)


class LongNumber(ValueError):
    """A number of more than MAX_DIGITS digits, or with an exponent out of all range."""


def resolve(text: str) -> tuple[Scalar, bool]:
    """Read a plain scalar: its JSON value, else its text; and whether it is ambiguous.

    Raises LongNumber.
    """
    if text and text[0] not in _SPECIAL_START:
        return text, False
    if len(text) <= _WORD_LENGTH:
        if text in _WORDS:
            return _WORDS[text]
        if text in _YAML_WORDS:
            return text, True
    if _JSON_INTEGER.fullmatch(text):
        return _integer(text), False
    if _JSON_NUMBER.fullmatch(text):
        return _decimal(text), _YAML_1_1_FLOAT.fullmatch(text) is None
    return text, _is_yaml_number(text)


def is_text_in_yaml(text: str) -> bool:
    """Tell whether YAML 1.2 reads the plain scalar as text, which keys have to be."""
    if text and text[0] not in _SPECIAL_KEY_START:
        return True
    patterns = (_CORE_OTHER, _CORE_INTEGER, _CORE_NUMBER)
    return not any(pattern.fullmatch(text) for pattern in patterns)


def _is_yaml_number(text: str) -> bool:
    has_digit_or_word = any(letter.isdigit() for letter in text) or text[-1:] in "fFnN"
    return has_digit_or_word and _YAML_NUMBER.fullmatch(text) is not None


def _integer(text: str) -> int:
    _check_digits(text)
    return int(text)


def _check_digits(text: str) -> None:
    digits = sum(map(str.isdigit, text)) if len(text) > MAX_DIGITS else 0
    if digits > MAX_DIGITS:
        raise LongNumber(f"a number of {digits:,} digits; at most {MAX_DIGITS:,} are read")


def _decimal(text: str) -> Decimal:
    _check_digits(text)
    try:
        return decimal(text)
    except NotJson as error:
        raise LongNumber(str(error)) from error
