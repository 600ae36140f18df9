"""Where every call passes: it takes a token, is counted, sent, translated, repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from runner.aws import aws_errors
from runner.errors import ProviderError, Rejected, Throttled, Transient
from runner.retry import ANY_FAULT, TURNED_AWAY, Faults, Policy, Tally

if TYPE_CHECKING:
    from collections.abc import Callable

    from runner.step_functions.buckets import Buckets

T = TypeVar("T")

NAME_TAKEN = "ExecutionAlreadyExists"

_OTHER_QUOTAS = ("ExecutionLimitExceeded", "KmsThrottlingException")
"""Throttles that say nothing of the operation's own bucket."""


class NameInUse(Rejected):
    """An execution of this name exists, for certain.

    With `repeated`, an earlier attempt of this very call got no answer and may be its start.
    """

    def __init__(self, message: str, *, operation: str, repeated: bool) -> None:
        super().__init__(message, operation=operation, code=NAME_TAKEN)
        self.repeated = repeated


class Sending:
    """When a call was sent first: what it started began after that.

    Each attempt is sent within it, as a context. Those that were turned away had no effect.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._first: float | None = None
        self._before: float | None = None

    def __enter__(self) -> None:
        self._before = self._first
        if self._first is None:
            self._first = self._clock()

    def __exit__(self, _: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, TURNED_AWAY):
            self._first = self._before

    def seconds(self) -> float:
        """How long ago that was; 0 where it was not sent."""
        return 0.0 if self._first is None else self._clock() - self._first


class Calls:
    """Sends the calls of one provider, from any number of threads.

    Each attempt takes a token of `buckets`, and waits for it where it must. With None, none does.
    """

    def __init__(self, tally: Tally, buckets: Buckets | None = None) -> None:
        self._tally = tally
        self._buckets = buckets

    def read(
        self,
        operation: str,
        request: Callable[[], T],
        *,
        about: str,
        policy: Policy,
        on: Faults = ANY_FAULT,
        since: float | None = None,
    ) -> T:
        """Send a request that does no harm when it is sent twice. Raises ProviderError.

        `about` is the ARN that it is about; `on` and `since` are the policy's.
        """
        queue = _Queue(self._buckets, operation, about, policy)
        send = self._attempt(operation, request, about, queue, [])
        return policy.call(send, on=on, since=since, queued=queue.seconds)

    def start(
        self,
        operation: str,
        request: Callable[[], T],
        *,
        about: str,
        policy: Policy,
        on: Faults,
    ) -> T:
        """Send a request that starts something, so that no error hides that it may have.

        Once an attempt ended without an answer, that a later one is turned away tells nothing
        about the first. Raises Transient for that, NameInUse, and else what the last attempt
        raised.
        """
        faults: list[ProviderError] = []
        queue = _Queue(self._buckets, operation, about, policy)
        send = self._attempt(operation, request, about, queue, faults)
        try:
            return policy.call(send, on=on, queued=queue.seconds)
        except ProviderError as error:
            unanswered = [fault for fault in faults if isinstance(fault, Transient)]
            if error.code == NAME_TAKEN:
                message, repeated = str(error), bool(unanswered)
                raise NameInUse(message, operation=operation, repeated=repeated) from error
            if not unanswered or isinstance(error, Transient):
                raise
            raise Transient(
                f"{error} An earlier attempt got no answer and may have taken effect: "
                f"{unanswered[-1]}",
                operation=operation,
                code=error.code,
            ) from error

    def _attempt(
        self,
        operation: str,
        request: Callable[[], T],
        about: str,
        queue: _Queue,
        faults: list[ProviderError],
    ) -> Callable[[], T]:
        def once() -> T:
            queue.wait()
            self._tally.sent(operation, again=bool(faults))
            try:
                with aws_errors(operation, about):
                    return request()
            except ProviderError as fault:
                faults.append(fault)
                if isinstance(fault, Throttled):
                    self._give_way(operation, fault)
                raise

        return once

    def _give_way(self, operation: str, fault: Throttled) -> None:
        self._tally.throttled(operation)
        if self._buckets is not None and fault.code not in _OTHER_QUOTAS:
            self._buckets.throttled(operation)


class _Queue:
    """The waits of one call for its tokens, a token for each attempt."""

    def __init__(self, buckets: Buckets | None, operation: str, about: str, policy: Policy) -> None:
        self._buckets = buckets
        self._operation = operation
        self._about = about
        self._policy = policy
        self._seconds = 0.0

    def seconds(self) -> float:
        """How long all attempts so far have waited."""
        return self._seconds

    def wait(self) -> None:
        """Take a token and wait until it is there. Raises Throttled where that is cut short."""
        if self._buckets is None:
            return
        seconds = self._buckets.take(self._operation)
        if seconds <= 0:
            return
        if self._policy.wait(seconds):
            self._buckets.give_back(self._operation)
            raise Throttled(
                f"{self._operation} on {self._about}: the run was interrupted before the call "
                "was sent",
                operation=self._operation,
            )
        self._seconds += seconds
