"""Reading paths and calls of intrinsic functions, as far as following data needs them.

What a path selects is told by its first keys; filters and wildcards are taken for any item.
Specification: https://states-language.net/#path and #appendix-b.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from runner.parameters import ParameterType

if TYPE_CHECKING:
    from collections.abc import Callable

    from runner.inference.shapes import Key

MAX_TEXT: Final = 10_000
_MAX_STEPS: Final = 50
_MAX_CALLS: Final = 20

_ROOT = re.compile(r"\$\$|\$[^\W\d]\w*|\$")
_NAME = re.compile(r"[^\s.\[\]()'\",]+")
_QUOTED = re.compile(r"""\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*""", re.DOTALL)
_INDEX = re.compile(r"\s*(\d+)\s*")
_ITEMS = re.compile(r"[-\d\s:,]+")
_NAMES = re.compile(rf"(?:{_QUOTED.pattern},)+{_QUOTED.pattern}", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_INNER = re.compile(r"\$\$?[.\[][^\s=<>!&|()]*")
_FUNCTION = re.compile(r"\s*(States\.[A-Za-z0-9]{1,40})\s*\(")
_TEXT = re.compile(r"\s*'((?:[^'\\]|\\.)*)'\s*", re.DOTALL)
_LITERAL = re.compile(r"\s*(-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)\s*")


class Unreadable(ValueError):
    """The text is no path, and no call of an intrinsic function."""


@dataclass(frozen=True, slots=True)
class PathRef:
    """A path: `root` is `$`, `$$` or a variable's `$name`.

    `shows` tells for each key the type of what alone has such a key, if there is one. `is_open`
    tells that it goes on to what no key names, as `..` does, or to each of `names`. `inner` are
    the paths within its filters.
    """

    text: str
    root: str
    keys: tuple[Key, ...]
    shows: tuple[ParameterType | None, ...] = ()
    is_open: bool = False
    names: tuple[str, ...] = ()
    inner: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal argument of a call."""

    value: str | int | None


@dataclass(frozen=True, slots=True)
class Call:
    """A call of an intrinsic function."""

    name: str
    arguments: tuple[Term, ...]


Term: TypeAlias = "PathRef | Constant | Call"
_Step: TypeAlias = "tuple[Key, ParameterType | None]"


@dataclass(slots=True)
class Terms:
    """Reads each text once."""

    known: dict[str, Term | None] = field(default_factory=dict)

    def term(self, text: str, spend: Callable[[int], None]) -> Term | None:
        """What a text says; None where it can't be read. The work of reading it is spent."""
        if text not in self.known:
            spend(1 + min(len(text), MAX_TEXT) // 10)
            try:
                self.known[text] = read_term(text)
            except ValueError:
                self.known[text] = None
        return self.known[text]


def read_term(text: str) -> Term:
    """Read a path or a call. Raises Unreadable."""
    if len(text) > MAX_TEXT:
        raise Unreadable
    if text.startswith("$"):
        return read_path(text)
    term, end = _call(text, 0, 0)
    if text[end:].strip():
        raise Unreadable
    return term


def read_path(text: str) -> PathRef:
    """Read a path. Raises Unreadable."""
    root = _ROOT.match(text)
    if root is None or len(text) > MAX_TEXT:
        raise Unreadable
    steps: list[_Step] = []
    inner: list[str] = []
    names: tuple[str, ...] = ()
    is_open = False
    at = root.end()
    while at < len(text) and not is_open:
        if text.startswith(("..", ".*"), at) or _is_function(text, at) or len(steps) >= _MAX_STEPS:
            is_open = True
        elif found := _names(text, at):
            is_open, names = True, found
        else:
            step, at = _step(text, at, inner)
            steps.append(step)
    keys, shows = tuple(key for key, _ in steps), tuple(kind for _, kind in steps)
    return PathRef(text, root[0], keys, shows, is_open, names, tuple(inner))


def _step(text: str, at: int, inner: list[str]) -> tuple[_Step, int]:
    at += text.startswith(".[", at)
    if text.startswith("[", at):
        end = _closing(text, at)
        return _bracket(text[at + 1 : end - 1], inner), end
    name = _NAME.match(text, at + 1) if text.startswith(".", at) else None
    if name is None:
        raise Unreadable
    return (name[0], ParameterType.OBJECT), name.end()


def _names(text: str, at: int) -> tuple[str, ...]:
    """The names of a step such as `['a','b']`; none of any other."""
    at += text.startswith(".[", at)
    if not text.startswith("[", at):
        return ()
    content = text[at + 1 : _closing(text, at) - 1]
    return tuple(map(_unquoted, _QUOTED.finditer(content))) if _NAMES.fullmatch(content) else ()


def _is_function(text: str, at: int) -> bool:
    """Tell whether a path ends in a function of JSONPath, such as `.length()`."""
    return text.endswith("()") and text.startswith(".", at) and text[at + 1 : -2].isalpha()


def _bracket(content: str, inner: list[str]) -> _Step:
    if quoted := _QUOTED.fullmatch(content):
        return _unquoted(quoted), ParameterType.OBJECT
    if index := _INDEX.fullmatch(content):
        return int(index[1][:9]), ParameterType.ARRAY
    if _ITEMS.fullmatch(content):
        return None, ParameterType.ARRAY
    # A wildcard or a filter may select from an object, too.
    inner.extend(_INNER.findall(content))
    return None, None


def _unquoted(found: re.Match[str]) -> str:
    return _ESCAPE.sub(r"\1", found[1] if found[1] is not None else found[2])


def _closing(text: str, at: int) -> int:
    """Where the bracket at this place has ended."""
    depth, quote, skips = 0, "", False
    for index in range(at, len(text)):
        character = text[index]
        if skips:
            skips = False
        elif quote:
            skips = character == "\\"
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        else:
            depth += (character == "[") - (character == "]")
            if not depth:
                return index + 1
    raise Unreadable


def _call(text: str, at: int, depth: int) -> tuple[Call, int]:
    head = _FUNCTION.match(text, at)
    if head is None or depth > _MAX_CALLS:
        raise Unreadable
    at = head.end()
    arguments: list[Term] = []
    while not _ends(text, at):
        term, at = _argument(text, at, depth)
        arguments.append(term)
        if text.startswith(",", at):
            at += 1
        elif not _ends(text, at):
            raise Unreadable
    return Call(head[1], tuple(arguments)), _past_blanks(text, text.index(")", at) + 1)


def _ends(text: str, at: int) -> bool:
    at = _past_blanks(text, at)
    if at >= len(text):
        raise Unreadable
    return text[at] == ")"


def _argument(text: str, at: int, depth: int) -> tuple[Term, int]:
    at = _past_blanks(text, at)
    if text.startswith("$", at):
        end = _path_end(text, at)
        return read_path(text[at:end].strip()), end
    if found := _TEXT.match(text, at):
        return Constant(_ESCAPE.sub(r"\1", found[1])), found.end()
    if found := _LITERAL.match(text, at):
        digits = found[1]
        is_index = digits.isdigit() and len(digits) < 10  # noqa: PLR2004 - no array has more
        return Constant(int(digits) if is_index else None), found.end()
    return _call(text, at, depth + 1)


def _path_end(text: str, at: int) -> int:
    """Where a path that stands among arguments has ended."""
    while at < len(text) and text[at] not in ",)":
        at = _closing(text, at) if text[at] == "[" else at + 1
    return at


def _past_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at
