"""Names for what is written, valid by the schema."""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 63


def project_name(text: str) -> str:
    """The nearest valid name of a Project: letters, digits, `_` and `-`, a letter first.

    `project` where nothing of the text can stand in one.
    """
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9_]+", "-", ascii_text)
    name = re.sub(r"^[^A-Za-z]+", "", name)[:_LONGEST].rstrip("-_")
    return name or "project"
