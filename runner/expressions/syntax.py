"""JMESPath text to jmespath's syntax tree, with offsets and with errors in our words.

Each node is jmespath's dict (`type`, `children`, `value`) with `start` added, the offset of
its first character, and `quoted` where a name stood in double quotes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from jmespath import exceptions, lexer, parser

from runner import values
from runner.expressions.types import MAX_DEPTH, SIMPLER, ExpressionError

if TYPE_CHECKING:
    from collections.abc import Callable

Node: TypeAlias = "dict[str, Any]"

_TOO_DEEP = f"the expression is nested deeper than {MAX_DEPTH} levels"
_WORDS = {
    "and": "write && for 'and'",
    "or": "write || for 'or'",
    "not": "write ! for 'not'",
    "if": "write condition && value || other",
}
_CHARACTERS = {
    "=": "write == to compare",
    "-": 'a name with a dash stands in double quotes: "a-b"; a number in backquotes: `-1`',
    "+": "expressions have no arithmetic; let the state machine compute it",
    "/": "expressions have no arithmetic; let the state machine compute it",
    "%": "expressions have no arithmetic; let the state machine compute it",
    "$": "one ${{ }} holds one whole expression; names inside it stand bare: vars.x",
    "#": "a comment can't stand in an expression",
}


def tree(text: str) -> Node:
    """Read one expression. Raises ExpressionError."""
    try:
        return _Parser().tree(text)
    except RecursionError:
        raise ExpressionError(_TOO_DEEP, help=SIMPLER) from None
    except exceptions.EmptyExpressionError:
        raise ExpressionError("the expression is empty", help="write for example vars.x") from None
    except exceptions.LexerError as error:
        raise _lexical(error) from None
    except exceptions.IncompleteExpressionError:
        raise ExpressionError("the expression ends too early", len(text)) from None
    except exceptions.ParseError as error:
        raise _unexpected(error.token_type.lower(), error.token_value, error.lex_position) from None


class _Lexer(lexer.Lexer):
    """Reads `literals` as strict JSON that keeps its digits."""

    if TYPE_CHECKING:
        _position: int
        _consume_until: Callable[[str], str]

    def _consume_literal(self) -> dict[str, Any]:
        start = self._position
        content = self._consume_until("`").replace("\\`", "`")
        try:
            value = values.parse(content)
        except values.NotJson as error:
            plain = content.strip()
            way_out = f"write '{plain}' for text" if plain.isalnum() else None
            raise ExpressionError(
                f"what stands between backquotes is not JSON: {error}", start, help=way_out
            ) from None
        return {"type": "literal", "value": value, "start": start, "end": self._position}


class _Parser(parser.Parser):
    """jmespath's parser with a bound on depth, and nodes that know where they start."""

    if TYPE_CHECKING:
        _tokens: list[Any]
        _index: int

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def tree(self, text: str) -> Node:
        self._tokens = list(_Lexer().tokenize(text))
        _check_characters(text, self._tokens)
        self._index = 0
        node = self._expression()
        last = self._tokens[self._index]
        if last["type"] != "eof":
            raise _unexpected(last["type"], last["value"], last["start"])
        _check_tree(node)
        return node

    def _expression(self, binding_power: int = 0) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionError(_TOO_DEEP, help=SIMPLER)
        start = self._tokens[self._index]["start"]
        left = self._first()
        left.setdefault("start", start)
        while binding_power < self.BINDING_POWER[self._tokens[self._index]["type"]]:
            left = self._then(left)
            left.setdefault("start", start)
        self._depth -= 1
        return left

    def _first(self) -> Node:
        token = self._next_token()
        nud = getattr(self, f"_token_nud_{token['type']}", None)
        if nud is None:
            raise _unexpected(token["type"], token["value"], token["start"])
        node: Node = nud(token)
        if token["type"] == "quoted_identifier":
            node["quoted"] = True
        return node

    def _then(self, left: Node) -> Node:
        token = self._next_token()
        led = getattr(self, f"_token_led_{token['type']}", None)
        if led is None:
            raise _unexpected(token["type"], token["value"], token["start"])
        node: Node = led(left)
        return node

    def _next_token(self) -> Any:
        token = self._tokens[self._index]
        self._index += 1
        return token


def _check_characters(text: str, tokens: list[Any]) -> None:
    """Refuse half of a character, which the escapes of a literal or a quoted name can write."""
    for token in tokens if "\\u" in text else ():
        escape = values.lone_surrogate(token["value"])
        if escape is not None:
            raise ExpressionError(
                f"{escape} is half of a character",
                token["start"],
                help="write the character itself",
            )


def _check_tree(root: Node) -> None:
    """Refuse what parses but can't be evaluated: too deep a tree, slices that never move."""
    level = [root]
    for _ in range(MAX_DEPTH):
        for node in level:
            if node["type"] == "slice" and node["children"][2] == 0:
                raise ExpressionError("a slice can't have the step 0", node.get("start", 0))
        level = [child for node in level for child in children(node)]
        if not level:
            return
    raise ExpressionError(_TOO_DEEP, help=SIMPLER)


def children(node: Node) -> list[Node]:
    """The nodes right below a node; a slice holds bare numbers instead."""
    return [] if node["type"] == "slice" else node["children"]


def _lexical(error: exceptions.LexerError) -> ExpressionError:
    offset = error.lex_position
    if error.message.startswith("Unclosed"):
        quote = str(error.lexer_value)[:1]
        return ExpressionError(f"the quote {quote} is never closed", offset)
    if error.message.startswith("Unknown token"):
        found = str(error.lexer_value)[:1]
        return ExpressionError(
            f"{found!r} has no meaning in an expression", offset, help=_CHARACTERS.get(found)
        )
    return ExpressionError("the quoted name is not a JSON string", offset)


def _unexpected(kind: str, value: object, offset: int) -> ExpressionError:
    if kind == "eof":
        return ExpressionError("the expression ends too early", offset)
    if kind == "number":
        return ExpressionError(
            f"the number {value} can't stand here", offset, help=f"write it as `{value}`"
        )
    if kind == "quoted_identifier":
        return ExpressionError(
            f'the quoted name "{value}" can\'t stand here',
            offset,
            help="text stands in single quotes: 'text'",
        )
    return ExpressionError(f"{value!r} can't stand here", offset, help=_WORDS.get(str(value)))
