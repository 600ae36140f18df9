"""Reads that are made only to learn whether they are allowed. No method changes anything."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from runner.retry import Tally
from runner.step_functions import answers
from runner.step_functions.calls import Calls
from runner.step_functions.near import Near
from runner.step_functions.reads import DESCRIBE, HISTORY, LIST, LOOKUP_SECONDS, Reads
from runner.step_functions.service_clock import ServiceClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mypy_boto3_stepfunctions import SFNClient

    from runner.arns import MachineArn
    from runner.retry import Policy
    from runner.step_functions.buckets import Buckets

T = TypeVar("T")

_ALIAS = "DescribeStateMachineAlias"
_MACHINE_OF = "DescribeStateMachineForExecution"


class Prober:
    """Makes one read of each kind, for as little as it can ask. From any thread.

    Every method raises ProviderError. All keep under the quotas of `buckets`.
    """

    def __init__(
        self,
        client: SFNClient,
        *,
        policy: Policy,
        refusal: Callable[[MachineArn], str | None],
        buckets: Buckets | None = None,
        closing: Iterable[Callable[[], object]] = (),
    ) -> None:
        """`refusal` tells why the platform may not use a machine; None where it may."""
        self._client = client
        self._policy = replace(policy, unreachable=min(LOOKUP_SECONDS, policy.unreachable))
        self._calls = Calls(Tally(), buckets)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="prober")
        time = ServiceClock(policy.clock)
        self._near = Near(Reads(client, self._calls, policy, self._pool, time), refusal)
        self._closing = tuple(closing)

    def near(self, arn: MachineArn, *, has_machine: bool) -> str:
        """What may be meant by what does not exist, to go on after it; see Near.hint."""
        return self._near.hint(arn, has_machine=has_machine)

    def alias(self, arn: MachineArn) -> None:
        """Describe an alias."""
        self._read(
            _ALIAS,
            lambda: self._client.describe_state_machine_alias(stateMachineAliasArn=str(arn)),
            str(arn),
        )

    def newest(self, arn: MachineArn) -> str | None:
        """The ARN of a machine's newest execution; None where it has none."""

        def request() -> str | None:
            answer: Any = self._client.list_executions(
                stateMachineArn=arn.unqualified, maxResults=1
            )
            rows = answers.required_rows(answer, "executions", LIST)
            return answers.required_text(rows[0], "executionArn", LIST) if rows else None

        return self._read(LIST, request, arn.unqualified)

    def execution(self, arn: str) -> None:
        """Describe an execution."""
        self._read(
            DESCRIBE,
            lambda: self._client.describe_execution(executionArn=arn, includedData="METADATA_ONLY"),
            arn,
        )

    def history(self, arn: str) -> None:
        """Read an event of an execution."""
        self._read(
            HISTORY,
            lambda: self._client.get_execution_history(
                executionArn=arn, maxResults=1, reverseOrder=True, includeExecutionData=False
            ),
            arn,
        )

    def machine_of(self, arn: str) -> None:
        """Describe a machine as an execution runs it."""
        self._read(
            _MACHINE_OF,
            lambda: self._client.describe_state_machine_for_execution(
                executionArn=arn, includedData="METADATA_ONLY"
            ),
            arn,
        )

    def _read(self, operation: str, request: Callable[[], T], about: str) -> T:
        return self._calls.read(operation, request, about=about, policy=self._policy)

    def close(self) -> None:
        """Close all connections."""
        self._pool.shutdown(wait=False)
        for close in self._closing:
            close()
