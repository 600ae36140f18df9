"""How one execution is, by whichever of two calls the quotas have room for.

DescribeExecution and GetExecutionHistory have quotas of their own, so that both together tell
more than twice as many executions a second as one. The newest event of a history is the end,
with what the execution left.
Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runner.errors import AccessDenied, Transient
from runner.provider import Execution, ExecutionStatus
from runner.step_functions import answers
from runner.step_functions.reads import DESCRIBE, HISTORY, KMS_DENIED

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
        except AccessDenied as denied:
            if denied.code != KMS_DENIED:
                self._reads_histories = False
            return None
        return _seen(arn, event)

    def _described(self, arn: str) -> Execution:
        try:
            return self._reads.one(arn, details=True)
        except AccessDenied as denied:
            if denied.code != KMS_DENIED:
                raise
            seen = self._reads.one(arn, details=False)
            return replace(seen, detailed=seen.status.is_running)


def _seen(arn: str, event: Mapping[str, Any]) -> Execution | None:
    kind = answers.required_text(event, "type", HISTORY)
    name = arn.rpartition(":")[2]
    if kind not in _ENDS:
        return Execution(arn, name, ExecutionStatus.RUNNING, ExecutionStatus.RUNNING.value)
    status, key = _ENDS[kind]
    left = event.get(key)
    if not isinstance(left, dict):
        raise Transient(f"{HISTORY} on {arn}: its end lacks {key!r}", operation=HISTORY)
    if (left.get("outputDetails") or {}).get("truncated"):
        return None
    return Execution(
        arn,
        name,
        status,
        status.value,
        stopped_at=answers.utc(event.get("timestamp")),
        output=left.get("output"),
        error=left.get("error"),
        cause=left.get("cause"),
    )
