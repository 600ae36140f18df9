"""The environment as expressions may read it: of what a document names, only what may be read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from runner.errors import Refused
from runner.model import may_read

if TYPE_CHECKING:
    from collections.abc import Iterable


def read(names: Iterable[str]) -> dict[str, str]:
    """The values of those that are set. Raises Refused for a name that may not be read."""
    wanted = tuple(names)
    refused = next((name for name in wanted if not may_read(name)), None)
    if refused is not None:
        raise Refused(f"{refused!r} is not an environment variable that may be read")
    return {name: os.environ[name] for name in wanted if name in os.environ}
