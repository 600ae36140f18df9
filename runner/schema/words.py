"""Values, paths and names in messages."""

from __future__ import annotations

import difflib
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from runner.values import Json

SHOWN = 60
"""Characters of a value in a message."""

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def shown(value: Json) -> str:
    """A value in a message: on one line, and not too long."""
    if isinstance(value, str):
        return repr(value) if len(value) <= SHOWN else f"{value[: SHOWN - 3]!r}..."
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (int, Decimal)):
        text = str(value)
        return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."
    kind = "list" if isinstance(value, list) else "mapping"
    return f"a {kind}" if value else f"an empty {kind}"


def dotted(path: Sequence[str | int]) -> str:
    """A path as authors say it: `parameters.batch_size`, without the `spec` that all share."""
    steps = path[1:] if len(path) > 1 and path[0] == "spec" else path
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            name = step if _IDENTIFIER.fullmatch(step) else shown(step)
            text += f".{name}" if text else name
    return text


def example(schema: Any) -> str:
    """The schema's first example, as a way out."""
    return f"for example {_as_yaml(schema['examples'][0])}" if "examples" in schema else "change it"


def _as_yaml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_as_yaml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_as_yaml, value)) + "]"
    if isinstance(value, str):
        return f'"{value}"' if "${{" in value or value.isdigit() else value
    return shown(value)


def nearest(key: str, known: Iterable[str]) -> str | None:
    """The known name that the key is most like; None when it is like none."""
    if len(key) > SHOWN:
        return None
    names = {name.lower(): name for name in known}
    near = difflib.get_close_matches(key.lower().replace("_", ""), names, n=1)
    return names[near[0]] if near else None
