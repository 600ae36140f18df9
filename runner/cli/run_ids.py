"""The id of a run: given, the workflow run's, that of a run that did not end, or a new one."""

from __future__ import annotations

import os
import secrets as randomness
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from runner import results, sources
from runner.cli import printing
from runner.errors import Refused
from runner.report import clean
from runner.results import RunStatus

if TYPE_CHECKING:
    from pathlib import Path

    from runner.results import RunResults

_UNFINISHED = (RunStatus.RUNNING, RunStatus.INTERRUPTED, RunStatus.DETACHED)
_MOST_BYTES = 512 * 1024 * 1024
_MOST_CHARACTERS = 200


def choose(given: str | None, *, project: str, results_path: Path) -> str:
    """The id of the run that is about to begin.

    A run that was killed, interrupted or detached gives its id back to the next apply of the
    same project, so that what runs every time runs once for both. In GitHub Actions the id is
    that of the workflow run, which "re-run failed jobs" keeps.
    """
    if given:
        return given
    workflow_run = os.environ.get("GITHUB_RUN_ID")
    if os.environ.get("GITHUB_ACTIONS") == "true" and workflow_run:
        return workflow_run
    unfinished = _unfinished(results_path)
    if unfinished is None or unfinished.run.project != project:
        return _new()
    printing.tell(
        f"Goes on with run {clean(unfinished.run.id)}, which is {unfinished.status.value} in "
        f"{clean(str(results_path))}; --run-id gives another"
    )
    return unfinished.run.id


def _unfinished(path: Path) -> RunResults | None:
    """The results of a run that did not end; None where there are none that can be read."""
    try:
        data = sources.read_regular(path, most=_MOST_BYTES)
        found = results.from_json(data.decode("utf-8"))
    except (sources.Unreadable, UnicodeDecodeError, Refused):
        return None
    return found if found.status in _UNFINISHED and _is_id(found.run.id) else None


def _is_id(text: object) -> bool:
    return isinstance(text, str) and 0 < len(text) <= _MOST_CHARACTERS and text.isprintable()


def _new() -> str:
    """An id that sorts by time and that no other run has."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{randomness.token_hex(4)}"
