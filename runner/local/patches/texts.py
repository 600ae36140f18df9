"""Texts in a definition: JSON's escapes, wherever a text stands."""

from __future__ import annotations

import json
from typing import Any

from moto.stepfunctions.parser.asl.parse import preprocessor

from runner.local.patches.base import Patch, replace


def _apply() -> None:
    replace(preprocessor.Preprocessor, "_inner_string_of", staticmethod(text_of))
    replace(preprocessor, "from_string_literal", text_of)


def text_of(parser_rule_context: Any) -> str | None:
    """The text that a JSON string stands for; None for null."""
    source = parser_rule_context.getText()
    if source == "null":
        return None
    if not source.startswith('"'):
        return str(source)
    text: str = json.loads(source, strict=False)
    return text


PATCH = Patch(
    name="texts",
    reason="a quote, a backslash or a newline in Assign, ItemSelector, ErrorEquals or a state's "
    "name keeps the backslash that JSON writes before it",
    apply=_apply,
)
