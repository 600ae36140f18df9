"""The part of GitHub's expression language that an action like ours uses; the rest is an error.

GitHub itself turns a reference to nothing into an empty text. Here it fails, so that a test finds
a name that was misspelt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

Value: TypeAlias = "str | float | bool | None"
Functions: TypeAlias = "Mapping[str, Callable[[], bool]]"

STATUS = frozenset({"always", "cancelled", "failure", "success"})

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<sign>==|!=|&&|\|\||[!()])"
    r"|(?P<name>[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*))"
)
_PLACE = re.compile(r"\$\{\{((?:[^'}]|'(?:[^']|'')*'|\}(?!\}))*)\}\}")
_LITERALS: dict[str, Value] = {"true": True, "false": False, "null": None}


class ExpressionError(ValueError):
    """An expression that GitHub would reject, or that refers to nothing."""


class Optional(dict[str, object]):
    """A context in which a name that is not there is null: the outputs of a step."""


def render(template: str, contexts: Mapping[str, object], functions: Functions) -> str:
    """The text with each `${{ }}` in it replaced. Raises ExpressionError."""
    text = _PLACE.sub(lambda found: as_text(evaluate(found[1], contexts, functions)), template)
    if "${{" in _PLACE.sub("", template):
        raise ExpressionError(f"an expression does not end: {template!r}")
    return text


def condition(text: str, contexts: Mapping[str, object], functions: Functions) -> bool:
    """Whether an `if:` holds; without a function of the status it asks for success too."""
    whole = _PLACE.fullmatch(text.strip())
    expression = whole[1] if whole else text
    called = {token for token in references(expression) if token in STATUS}
    value = _truth(evaluate(expression, contexts, functions))
    return value if called else value and functions["success"]()


def references(expression: str) -> list[str]:
    """The names in an expression: contexts with their path, and functions."""
    return [text for kind, text in _tokens(expression) if kind == "name" and text not in _LITERALS]


def places(text: str) -> list[str]:
    """The expressions in `${{ }}` of a text."""
    return [found[1].strip() for found in _PLACE.finditer(text)]


def evaluate(expression: str, contexts: Mapping[str, object], functions: Functions) -> Value:
    """The value of one expression. Raises ExpressionError."""
    reader = _Reader(_tokens(expression), contexts, functions)
    value = reader.either()
    if reader.rest:
        raise ExpressionError(f"not understood: {expression!r}")
    return value


def as_text(value: Value) -> str:
    """A value as GitHub writes it into text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.15g}" if isinstance(value, float) else value


def _tokens(expression: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while expression[at:].strip():
        token = _TOKEN.match(expression, at)
        if not token or not token.lastgroup:
            raise ExpressionError(f"not understood: {expression!r}")
        found.append((token.lastgroup, token[token.lastgroup]))
        at = token.end()
    return found


class _Reader:
    def __init__(
        self, tokens: list[tuple[str, str]], contexts: Mapping[str, object], functions: Functions
    ) -> None:
        self.rest = tokens
        self._contexts = contexts
        self._functions = functions

    def either(self) -> Value:
        value = self._both()
        while self._take("||"):
            other = self._both()
            value = value if _truth(value) else other
        return value

    def _both(self) -> Value:
        value = self._compared()
        while self._take("&&"):
            other = self._compared()
            value = other if _truth(value) else value
        return value

    def _compared(self) -> Value:
        value = self._negated()
        for sign in ("==", "!="):
            if self._take(sign):
                return _equal(value, self._negated()) is (sign == "==")
        return value

    def _negated(self) -> Value:
        return not _truth(self._negated()) if self._take("!") else self._single()

    def _single(self) -> Value:
        if self._take("("):
            value = self.either()
            self._expect(")")
            return value
        if not self.rest or self.rest[0][0] == "sign":
            raise ExpressionError("a value is missing")
        kind, text = self.rest.pop(0)
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return float(text)
        if text in _LITERALS:
            return _LITERALS[text]
        return self._called(text) if self._take("(") else self._looked_up(text)

    def _called(self, name: str) -> Value:
        self._expect(")")
        if name not in self._functions:
            raise ExpressionError(f"there is no function {name!r} here")
        return self._functions[name]()

    def _looked_up(self, path: str) -> Value:
        value: object = self._contexts
        for name in path.split("."):
            if not isinstance(value, Mapping) or (
                name not in value and not isinstance(value, Optional)
            ):
                raise ExpressionError(f"{path!r} refers to nothing: there is no {name!r}")
            value = value.get(name)
        if value is not None and not isinstance(value, str | float | bool):
            raise ExpressionError(f"{path!r} is no single value")
        return value

    def _take(self, sign: str) -> bool:
        if self.rest and self.rest[0] == ("sign", sign):
            self.rest.pop(0)
            return True
        return False

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise ExpressionError(f"{sign!r} is missing")


def _truth(value: Value) -> bool:
    return value not in (None, False, 0, "")


def _equal(left: Value, right: Value) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left.upper() == right.upper()
    if type(left) is type(right):
        return left == right
    return _number(left) == _number(right)


def _number(value: Value) -> float:
    try:
        return float(value or 0)
    except ValueError:
        return float("nan")
