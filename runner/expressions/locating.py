"""Where in a string the names stand that its expressions refer to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runner.expressions.scanning import OPEN, Found, scan
from runner.expressions.templates import names, parse_found
from runner.expressions.types import ExpressionError, JobReference, Reference

if TYPE_CHECKING:
    from collections.abc import Collection


def locate(text: str, wanted: Collection[Reference]) -> dict[Reference, int]:
    """Where in a string each of some references first stands, as far as they do.

    A string without any `${{ }}` is read as one bare expression, as an `if` may be.
    """
    offsets: dict[Reference, int] = {}
    try:
        parts = scan(text) if OPEN in text else [Found(0, len(text), text, 0)]
        for part in parts:
            for reference in parse_found(part).references:
                if reference in wanted and reference not in offsets:
                    offsets[reference] = part.text_start + _offset_of_name(part.text, reference)
            if len(offsets) == len(wanted):
                break
    except ExpressionError:
        return {}
    return offsets


def _offset_of_name(text: str, reference: Reference) -> int:
    root, name = names(reference)
    found = re.search(rf'{root}\s*\.\s*"?({re.escape(name)})(?![A-Za-z0-9_])', text)
    if found is None:
        return len(text) - len(text.lstrip())
    if isinstance(reference, JobReference) and reference.output is not None:
        output = text.find(reference.output, text.find("outputs", found.end()))
        return output if output >= 0 else found.start(1)
    return found.start(1)
