"""How a question is asked that nothing depends on: with short patience, and once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner import __version__

if TYPE_CHECKING:
    from botocore.config import Config

CONNECT_SECONDS = 5
READ_SECONDS = 10


def config() -> Config:
    """Settings of such a client. Repeating is the retry policy's."""
    from botocore.config import Config  # noqa: PLC0415 - not needed by every command

    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": 1},
        user_agent_extra=f"stepfleet/{__version__}",
    )
