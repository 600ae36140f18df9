"""The rules by which a job is retried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.results import TIMEOUT_ERROR

if TYPE_CHECKING:
    from runner.model import Retry

_TERMINAL = ("States.DataLimitExceeded", "States.Runtime")
"""Errors that no wildcard matches, as in Amazon States Language."""


def is_retried(retry: Retry, error: str | None, executions: int) -> bool:
    """Tell whether a failed execution is followed by another.

    `executions` counts those that this run started, the failed one included. Names match as
    in the Retry field of Amazon States Language: States.ALL is any error, States.TaskFailed
    any but a timeout, and neither is one that is bound to fail again.
    """
    if executions >= retry.max_attempts:
        return False
    if not retry.error_equals:
        return True
    return any(_matches(wanted, _names(error)) for wanted in retry.error_equals)


def _names(error: str | None) -> tuple[str, ...]:
    if error == TIMEOUT_ERROR:
        return (TIMEOUT_ERROR, "States.Timeout")
    return (error or "",)


def _matches(wanted: str, names: tuple[str, ...]) -> bool:
    if wanted in names:
        return True
    if names[0] in _TERMINAL:
        return False
    return wanted == "States.ALL" or (
        wanted == "States.TaskFailed" and "States.Timeout" not in names
    )


def backoff(retry: Retry, executions: int) -> float:
    """Seconds to wait after the given number of executions, before the next."""
    bound = retry.max_interval if retry.max_interval is not None else float("inf")
    try:
        wait = retry.interval * retry.backoff_rate ** (executions - 1)
    except OverflowError:
        wait = float("inf")
    return min(wait, bound, YEAR)


YEAR = 365 * 86_400.0
"""Seconds that a Standard execution may run: no wait is longer."""
