"""Names for what is written: valid by the schema, and as YAML writes them."""

from __future__ import annotations

import json
import re
import unicodedata

_LONGEST = 63
_PLAIN = re.compile(r"[A-Za-z](?:[A-Za-z0-9_./-]*[A-Za-z0-9_])?")
_WORDS = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n"))
"""Texts that one YAML or the other takes for something else."""


def project_name(text: str) -> str:
    """The nearest valid name of a Project: letters, digits, `_` and `-`, a letter first.

    `project` where nothing of the text can stand in one.
    """
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9_]+", "-", ascii_text)
    name = re.sub(r"^[^A-Za-z]+", "", name)[:_LONGEST].rstrip("-_")
    return name or "project"


def scalar(text: str) -> str:
    """The text as a YAML scalar, in quotes where it would be read as something else without."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)
