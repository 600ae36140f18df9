"""The calls that read: they do no harm when they are sent twice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from runner.errors import AccessDenied, NotFound, ProviderError, Rejected, Transient
from runner.retry import ANY_FAULT, Faults, Policy
from runner.step_functions import answers
from runner.step_functions.checks import check_standard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from concurrent.futures import ThreadPoolExecutor

    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import (
        DescribeExecutionInputTypeDef,
        ListExecutionsInputTypeDef,
    )

    from runner.provider import Execution
    from runner.step_functions.calls import Calls
    from runner.step_functions.service_clock import ServiceClock

ListedStatus = Literal["RUNNING"]
T = TypeVar("T")
R = TypeVar("R")

LOOKUP_SECONDS = 10
"""How long looking up goes on without any connection: a mistyped endpoint is told soon."""

LOOK_SECONDS = 30
"""How long one look at executions that run repeats calls; the next one comes anyway."""

SOON_SECONDS = 5
"""How long a look goes on that a stop waits for."""

VISIBLE_SECONDS = 60
"""How long an execution may exist before it can be described."""

DESCRIBE = "DescribeExecution"
LIST = "ListExecutions"
HISTORY = "GetExecutionHistory"
PAGE_ROWS = 1000

_OF_KEYS = ("KmsAccessDeniedException", "KmsInvalidStateException")


def is_of_key(error: ProviderError) -> bool:
    """Tell whether a call failed for the machine's key alone: it may not or can't be used."""
    return isinstance(error, (AccessDenied, Rejected)) and error.code in _OF_KEYS


@dataclass(frozen=True, slots=True)
class Reads:
    """Reads with one client, several at a time."""

    client: SFNClient
    calls: Calls
    policy: Policy
    pool: ThreadPoolExecutor
    time: ServiceClock

    def each(self, function: Callable[[T], R], items: Sequence[T]) -> Iterable[R]:
        """Call the function with each item, several at a time, and return results in order."""
        if len(items) <= 1:
            return [function(item) for item in items]
        return self.pool.map(function, items)

    def machine(self, arn: str) -> Mapping[str, Any]:
        """A machine or a version of one, without its definition. Raises ProviderError."""
        operation = "DescribeStateMachine"

        def request() -> Mapping[str, Any]:
            answer = self.client.describe_state_machine(
                stateMachineArn=arn, includedData="METADATA_ONLY"
            )
            return answers.whole(answer, "type", operation)

        return self.calls.read(operation, request, about=arn, policy=self._lookup_policy())

    def alias(self, arn: str) -> Mapping[str, Any]:
        """An alias and its routing. Raises ProviderError."""
        operation = "DescribeStateMachineAlias"

        def request() -> Mapping[str, Any]:
            answer = self.client.describe_state_machine_alias(stateMachineAliasArn=arn)
            return answers.whole(answer, "stateMachineAliasArn", operation)

        return self.calls.read(operation, request, about=arn, policy=self._lookup_policy())

    def machine_of(self, execution_arn: str) -> Mapping[str, Any]:
        """The machine as a Standard execution runs it. Raises ProviderError."""
        operation = "DescribeStateMachineForExecution"
        check_standard(execution_arn, operation)

        def request() -> Mapping[str, Any]:
            answer = self.client.describe_state_machine_for_execution(
                executionArn=execution_arn, includedData="METADATA_ONLY"
            )
            return answers.whole(answer, "stateMachineArn", operation)

        return self.calls.read(
            operation, request, about=execution_arn, policy=self._lookup_policy()
        )

    def _lookup_policy(self) -> Policy:
        return replace(self.policy, unreachable=min(LOOKUP_SECONDS, self.policy.unreachable))

    def known(self, arn: str) -> Execution:
        """One Standard execution with its payloads and its age. Raises ProviderError."""
        return self._describe(arn, details=True, policy=self._lookup_policy())

    def one(self, arn: str, *, details: bool) -> Execution:
        """One Standard execution that is watched, and its age. Raises ProviderError.

        Without `details` it has no input, no output, no error and no cause.
        """
        return self._describe(arn, details=details, policy=self.policy)

    def soon(self, arn: str) -> Execution:
        """One Standard execution without payloads, or an error, soon. Raises ProviderError."""
        return self._describe(arn, details=False, policy=self.policy.within(SOON_SECONDS))

    def newest_event(self, arn: str) -> Mapping[str, Any]:
        """The newest event in the history of a Standard execution. Raises ProviderError."""
        check_standard(arn, HISTORY)

        def request() -> Mapping[str, Any]:
            answer = self.client.get_execution_history(
                executionArn=arn, reverseOrder=True, maxResults=1
            )
            events = answers.required_rows(answer, "events", HISTORY)
            if not events:
                raise Transient(f"{HISTORY} on {arn}: it holds no event", operation=HISTORY)
            event: Mapping[str, Any] = events[0]
            return event

        return self.calls.read(HISTORY, request, about=arn, policy=self.policy)

    def listed(
        self,
        machine: str,
        *,
        status: ListedStatus | None = None,
        token: str | None = None,
        rows: int = PAGE_ROWS,
    ) -> tuple[Sequence[Mapping[str, Any]], str | None]:
        """A page of a machine's executions that are watched, as rows, and the next token.

        Raises ProviderError.
        """
        return self._page(machine, status, token, self.policy, rows)

    def past_page(
        self, machine: str, token: str | None
    ) -> tuple[Sequence[Mapping[str, Any]], str | None]:
        """A page of a machine's executions as the rows that the service gave.

        Raises ProviderError.
        """
        return self._page(machine, None, token, self._lookup_policy())

    def running_page(self, machine: str) -> Sequence[Mapping[str, Any]]:
        """The newest of a machine's executions that run, as rows. Raises ProviderError."""
        return self._page(machine, "RUNNING", None, self._lookup_policy())[0]

    def _page(
        self,
        machine: str,
        status: ListedStatus | None,
        token: str | None,
        policy: Policy,
        rows: int = PAGE_ROWS,
    ) -> tuple[Sequence[Mapping[str, Any]], str | None]:
        wanted: ListExecutionsInputTypeDef = {"stateMachineArn": machine, "maxResults": rows}
        if status is not None:
            wanted["statusFilter"] = status
        if token is not None:
            wanted["nextToken"] = token

        def request() -> tuple[Sequence[Mapping[str, Any]], str | None]:
            answer = self.client.list_executions(**wanted)
            return answers.required_rows(answer, "executions", LIST), answer.get("nextToken")

        return self.calls.read(LIST, request, about=machine, policy=policy)

    def existing(self, arn: str) -> Execution:
        """An execution that exists for certain, though it may not be visible yet, and its age.

        Raises ProviderError, NotFound after VISIBLE_SECONDS.
        """
        policy = replace(self.policy, deadline=min(VISIBLE_SECONDS, self.policy.deadline))
        return self._describe(arn, details=True, policy=policy, on=(*ANY_FAULT, NotFound))

    def _describe(
        self,
        arn: str,
        *,
        details: bool,
        policy: Policy,
        on: Faults = ANY_FAULT,
    ) -> Execution:
        answer = self._answer(arn, details=details, policy=policy, on=on)
        seen = answers.execution(answer, DESCRIBE)
        return replace(seen, age=self.time.age(seen.started_at))

    def _answer(
        self,
        arn: str,
        *,
        details: bool,
        policy: Policy,
        on: Faults,
    ) -> Mapping[str, Any]:
        check_standard(arn, DESCRIBE)
        wanted: DescribeExecutionInputTypeDef = {"executionArn": arn}
        if not details:
            wanted["includedData"] = "METADATA_ONLY"

        def request() -> Mapping[str, Any]:
            return answers.whole(self.client.describe_execution(**wanted), "status", DESCRIBE)

        return self.calls.read(DESCRIBE, request, about=arn, policy=policy, on=on)
