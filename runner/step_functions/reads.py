"""The calls that read: they do no harm when they are sent twice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from runner.errors import AccessDenied, NotFound
from runner.provider import Execution, ExecutionStatus
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

    from runner.step_functions.calls import Calls

ListedStatus = Literal["RUNNING"]
T = TypeVar("T")
R = TypeVar("R")

LOOKUP_SECONDS = 10
"""How long looking up goes on without any connection: a mistyped endpoint is told soon."""

ROUND_SECONDS = 30
"""How long one observation repeats calls; the next one comes anyway."""

VISIBLE_SECONDS = 60
"""How long an execution may exist before it can be described."""

DESCRIBE = "DescribeExecution"
LIST = "ListExecutions"
STOPPED_SECONDS = 4
"""How long looking at a stopped execution repeats calls: whoever stopped it waits for little."""

KMS_DENIED = "KmsAccessDeniedException"
PAGE_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Reads:
    """Reads with one client, several at a time."""

    client: SFNClient
    calls: Calls
    policy: Policy
    pool: ThreadPoolExecutor

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
        answer = self._answer(arn, details=True, policy=self._lookup_policy())
        seen = answers.execution(answer, DESCRIBE)
        return replace(seen, age=answers.age(answer, seen.started_at))

    def describe(self, arn: str, *, details: bool, since: float) -> Execution:
        """One Standard execution, in a round of many that began at `since`.

        Without `details` it has no input and no output. Raises ProviderError.
        """
        seen = self._describe(arn, details=details, policy=self._round_policy(), since=since)
        if details or seen.status.is_running or _is_told_by_metadata(seen):
            return seen
        try:
            full = self._describe(arn, details=True, policy=self._round_policy(), since=since)
        except AccessDenied:
            return seen
        return replace(full, input=None, output=None)

    def page(
        self, machine: str, status: ListedStatus | None, token: str | None, *, since: float
    ) -> tuple[Sequence[Execution], str | None]:
        """A page of a machine's executions, newest first, and the next token.

        Raises ProviderError.
        """
        rows, following = self._page(machine, status, token, self._round_policy(), since)
        return [answers.execution(row, LIST) for row in rows], following

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
        since: float | None = None,
    ) -> tuple[Sequence[Mapping[str, Any]], str | None]:
        wanted: ListExecutionsInputTypeDef = {"stateMachineArn": machine, "maxResults": PAGE_ROWS}
        if status is not None:
            wanted["statusFilter"] = status
        if token is not None:
            wanted["nextToken"] = token

        def request() -> tuple[Sequence[Mapping[str, Any]], str | None]:
            answer = self.client.list_executions(**wanted)
            return answers.required_rows(answer, "executions", LIST), answer.get("nextToken")

        return self.calls.read(LIST, request, about=machine, policy=policy, since=since)

    def _round_policy(self) -> Policy:
        return replace(self.policy, deadline=min(ROUND_SECONDS, self.policy.deadline))

    def existing(self, arn: str) -> tuple[Execution, float | None]:
        """An execution that exists for certain, though it may not be visible yet, and its age.

        Raises ProviderError, NotFound after VISIBLE_SECONDS.
        """
        policy = replace(self.policy, deadline=min(VISIBLE_SECONDS, self.policy.deadline))
        answer = self._answer(arn, details=True, policy=policy, on=(*ANY_FAULT, NotFound))
        seen = answers.execution(answer, DESCRIBE)
        return seen, answers.age(answer, seen.started_at)

    def stopped(self, arn: str) -> Execution:
        """An execution after a stop, without input and output where the caller may not decrypt.

        Raises ProviderError, after STOPPED_SECONDS at the latest but for one hanging call.
        """
        policy = self.policy.within(STOPPED_SECONDS)
        try:
            return self._describe(arn, details=True, policy=policy)
        except AccessDenied as error:
            if error.code != KMS_DENIED:
                raise
            return self._describe(arn, details=False, policy=policy)

    def _describe(
        self,
        arn: str,
        *,
        details: bool,
        policy: Policy,
        on: Faults = ANY_FAULT,
        since: float | None = None,
    ) -> Execution:
        answer = self._answer(arn, details=details, policy=policy, on=on, since=since)
        return answers.execution(answer, DESCRIBE)

    def _answer(
        self,
        arn: str,
        *,
        details: bool,
        policy: Policy,
        on: Faults = ANY_FAULT,
        since: float | None = None,
    ) -> Mapping[str, Any]:
        check_standard(arn, DESCRIBE)
        wanted: DescribeExecutionInputTypeDef = {"executionArn": arn}
        if not details:
            wanted["includedData"] = "METADATA_ONLY"
        return self.calls.read(
            DESCRIBE,
            lambda: self.client.describe_execution(**wanted),
            about=arn,
            policy=policy,
            on=on,
            since=since,
        )


def _is_told_by_metadata(seen: Execution) -> bool:
    """Tell whether nothing is missing: the error and the cause of a failure count as payload."""
    return seen.status is ExecutionStatus.SUCCEEDED or bool(seen.error or seen.cause)
