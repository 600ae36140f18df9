"""The one function through which every call passes: counted, sent, translated, repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from runner.aws import aws_errors
from runner.errors import ProviderError, Rejected, Throttled, Transient
from runner.retry import ANY_FAULT, Faults, Policy, Tally

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

NAME_TAKEN = "ExecutionAlreadyExists"


class NameInUse(Rejected):
    """An execution of this name exists, for certain.

    With `repeated`, an earlier attempt of this very call got no answer and may be its start.
    """

    def __init__(self, message: str, *, operation: str, repeated: bool) -> None:
        super().__init__(message, operation=operation, code=NAME_TAKEN)
        self.repeated = repeated


class Calls:
    """Sends the calls of one provider, from any number of threads."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

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
        send = self._attempt(operation, request, about, [])
        return policy.call(send, on=on, since=since)

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
        send = self._attempt(operation, request, about, faults)
        try:
            return policy.call(send, on=on)
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
        self, operation: str, request: Callable[[], T], about: str, faults: list[ProviderError]
    ) -> Callable[[], T]:
        def once() -> T:
            self._tally.sent(operation, again=bool(faults))
            try:
                with aws_errors(operation, about):
                    return request()
            except ProviderError as fault:
                faults.append(fault)
                if isinstance(fault, Throttled):
                    self._tally.throttled(operation)
                raise

        return once
