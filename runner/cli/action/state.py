"""What the step `run` leaves for the step `finish`: a small file, whole at every moment."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from runner import results, sources
from runner.errors import Refused

if TYPE_CHECKING:
    from pathlib import Path

RESULTS = "results.json"
PLAN = "plan.json"
_FILE = "state.json"
_MAX_BYTES = 1_000_000


class Result(StrEnum):
    """The output `result`: how the action ended, in a word."""

    VALID = "valid"
    INVALID = "invalid"
    CHANGES = "changes"
    NO_CHANGES = "no-changes"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    REFUSED = "refused"
    DRIFT = "drift"
    NO_DRIFT = "no-drift"
    UNKNOWN = "unknown"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class State:
    """What is known of a use of the action so far. Texts are empty where there is nothing.

    `folder` is the path from the repository's root to the folder that places of specs are
    relative to, or `within` the path from that folder to the root. `ran` tells that an apply got
    as far as running, so that its results tell, and `told` that the summary has what there is.
    """

    command: str = ""
    result: str = Result.ERROR.value
    counts: str = ""
    plan_digest: str = ""
    plan_path: str = ""
    comment_url: str = ""
    pr_number: str = ""
    label: str = ""
    folder: str = ""
    within: str = ""
    failure_reason: str = ""
    ran: bool = False
    told: bool = False


def write(state: State, folder: Path) -> None:
    """Keep the state. Raises OSError."""
    results.write(folder / _FILE, json.dumps(asdict(state)))


def read(folder: Path) -> State:
    """The state as it was kept; that of an error where nothing was, or nothing readable."""
    try:
        data = sources.read_regular(folder / _FILE, most=_MAX_BYTES)
        return State(**json.loads(data))
    except (sources.Unreadable, ValueError, TypeError, Refused):
        return State()
