"""Reading definitions: once for each text, and no complaint of the reader lost."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Any

from antlr4 import CommonTokenStream, InputStream  # type: ignore[import-untyped]
from moto.stepfunctions.parser.asl.antlr.runtime.ASLLexer import ASLLexer
from moto.stepfunctions.parser.asl.antlr.runtime.ASLParser import ASLParser
from moto.stepfunctions.parser.asl.parse.asl_parser import (
    AmazonStateLanguageParser,
    ASLParserException,
    SyntaxErrorListener,
)
from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor

from runner.local.patches.base import Patch, replace

CACHED = 256

_READING = threading.Lock()


def _apply() -> None:
    replace(AmazonStateLanguageParser, "parse", staticmethod(parse))


def parse(definition: str) -> Any:
    """Read a definition. Raises moto's ASLParserException, or what its checks raise."""
    with _READING:  # the reader's prediction tables are shared by all of its instances
        return _parse(definition)


@lru_cache(maxsize=CACHED)
def _parse(definition: str) -> Any:
    listener = SyntaxErrorListener()
    lexer = ASLLexer(InputStream(definition))
    parser = ASLParser(CommonTokenStream(lexer))
    for part in (lexer, parser):
        part.removeErrorListeners()
        part.addErrorListener(listener)
    tree = parser.state_machine()
    if listener.errors:
        raise ASLParserException(errors=listener.errors)
    return Preprocessor().visit(tree), tree


PATCH = Patch(
    name="parses",
    reason="a definition is parsed again for every execution (14 ms for 50 states), and what the "
    "lexer complains of is printed and then ignored",
    apply=_apply,
)
