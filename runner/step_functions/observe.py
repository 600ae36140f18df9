"""How one execution is, by whichever of two calls the quotas have room for.

DescribeExecution and GetExecutionHistory have quotas of their own, so that both together tell
more than twice as many executions a second as one. The newest event of a history is the end,
with what the execution left.
Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runner.errors import AccessDenied, ProviderError
from runner.provider import Execution, ExecutionStatus
from runner.step_functions import answers
from runner.step_functions.reads import DESCRIBE, HISTORY, is_of_key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from runner.step_functions.buckets import Buckets
    from runner.step_functions.reads import Reads

_ENDS = {
    "ExecutionSucceeded": (ExecutionStatus.SUCCEEDED, "executionSucceededEventDetails"),
    "ExecutionFailed": (ExecutionStatus.FAILED, "executionFailedEventDetails"),
    "ExecutionTimedOut": (ExecutionStatus.TIMED_OUT, "executionTimedOutEventDetails"),
    "ExecutionAborted": (ExecutionStatus.ABORTED, "executionAbortedEventDetails"),
}


class Observer:
    """Looks at executions one by one, from any number of threads.

    Without the right to read histories, which is found out once, all are described.
    """

    def __init__(self, reads: Reads, buckets: Buckets | None) -> None:
        self._reads = reads
        self._buckets = buckets
        self._reads_histories = buckets is not None

    def observe(self, arn: str, *, whole: bool) -> Execution:
        """See Provider."""
        if not whole and self._has_history_sooner():
            seen = self._from_history(arn)
            if seen is not None:
                return seen
        return self._described(arn)

    def _has_history_sooner(self) -> bool:
        return (
            self._reads_histories
            and self._buckets is not None
            and self._buckets.soonest(DESCRIBE, HISTORY) == HISTORY
        )

    def _from_history(self, arn: str) -> Execution | None:
        """What the newest event tells; None where that is not enough."""
        try:
            event = self._reads.newest_event(arn)
        except ProviderError as error:
            if is_of_key(error):
                return self._without_details(arn)
            if not isinstance(error, AccessDenied):
                raise
            self._reads_histories = False
            return None
        return _seen(arn, event)

    def _described(self, arn: str) -> Execution:
        try:
            return self._reads.one(arn, details=True)
        except ProviderError as error:
            if not is_of_key(error):
                raise
            return self._without_details(arn)

    def _without_details(self, arn: str) -> Execution:
        """What needs no key: for one that runs, that is all there is."""
        seen = self._reads.one(arn, details=False)
        return replace(seen, detailed=seen.status.is_running)


def _seen(arn: str, event: Mapping[str, Any]) -> Execution | None:
    kind = answers.required_text(event, "type", HISTORY)
    name = arn.rpartition(":")[2]
    if kind not in _ENDS:
        return Execution(arn, name, ExecutionStatus.RUNNING, ExecutionStatus.RUNNING.value)
    status, key = _ENDS[kind]
    left = event.get(key)
    if left is None or not _is_whole(left, status):
        return None
    return Execution(
        arn,
        name,
        status,
        status.value,
        stopped_at=answers.utc(event.get("timestamp")),
        output=answers.optional_text(left, "output", HISTORY),
        error=answers.optional_text(left, "error", HISTORY),
        cause=answers.optional_text(left, "cause", HISTORY),
    )


def _is_whole(left: Mapping[str, Any], status: ExecutionStatus) -> bool:
    """Tell whether an end holds all of what the execution left."""
    if (left.get("outputDetails") or {}).get("truncated"):
        return False
    return status is not ExecutionStatus.SUCCEEDED or left.get("output") is not None
