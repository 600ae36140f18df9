"""Exit codes. They are a contract: scripts and workflows branch on them."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What a command came to."""

    DONE = 0
    FAILED = 1
    """A job failed, was cancelled or is unknown."""
    CHANGES = 2
    """The plan would start something; only with --detailed-exitcode."""
    REFUSED = 3
    """Nothing was started: invalid specs, a stale plan, no credentials."""
    RUNNING = 4
    """Executions still run, by intention or as credentials expired, and no job failed."""
    DRIFT = 6
    USAGE = 64
    INTERNAL = 70
    """A fault of Stepfleet's own."""
    INTERRUPTED = 130
