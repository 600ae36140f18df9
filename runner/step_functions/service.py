"""Step Functions behind the Provider protocol: in AWS, at any endpoint, or in process."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from runner.arns import is_express
from runner.aws import aws_errors
from runner.errors import ProviderError, Rejected, StartLost, Transient
from runner.model import Limits
from runner.provider import NameTaken, Started
from runner.retry import ANY_FAULT, TURNED_AWAY, Policy, Tally
from runner.step_functions import answers
from runner.step_functions.calls import Calls, NameInUse, Sending
from runner.step_functions.checks import MAX_CAUSE, MAX_ERROR, check_standard, check_start
from runner.step_functions.find import find, revision_in
from runner.step_functions.near import Near
from runner.step_functions.observe import Observer
from runner.step_functions.reads import LOOK_SECONDS, Reads, is_of_key
from runner.step_functions.recall import describe, recall
from runner.step_functions.service_clock import ServiceClock
from runner.step_functions.survey import survey
from runner.step_functions.urls import console_url

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from mypy_boto3_stepfunctions.type_defs import (
        StartExecutionInputTypeDef,
        StartExecutionOutputTypeDef,
        StopExecutionInputTypeDef,
    )

    from runner.arns import MachineArn
    from runner.aws import Clients
    from runner.provider import (
        CallCounts,
        Execution,
        History,
        Lookback,
        MachineFinding,
        StartOutcome,
        StartRequest,
    )
    from runner.step_functions.buckets import Buckets


_START = "StartExecution"

_LONGEST_WAIT = 5.0
"""Seconds between two attempts of a look, at most: something may be about to change."""

DEFAULT_LOOKBACK = Limits().lookback


def _allow_all(machine: MachineArn) -> str | None:
    return None


class StepFunctions:
    """A Provider made of ready clients.

    `refusal` tells why a machine may not be started, or None. `policy` governs all calls but
    those that stop, which have `stop_policy`, so that an interrupt ends the waits of the one
    and not of the other. Nor does it end those of looks at what runs, which go on for at most
    LOOK_SECONDS. Looking up and observing make at most `threads` calls at once, and
    looking for earlier executions reads at most `lookback` pages of each machine. All calls
    keep under the quotas of `buckets`, which other providers may share; None is no bound.
    """

    def __init__(
        self,
        clients: Clients,
        *,
        policy: Policy,
        stop_policy: Policy,
        refusal: Callable[[MachineArn], str | None] = _allow_all,
        threads: int = 8,
        lookback: int = DEFAULT_LOOKBACK,
        buckets: Buckets | None = None,
    ) -> None:
        self._clients = clients
        self._policy = policy
        self._stop_policy = stop_policy
        self._refusal = refusal
        self._lookback = lookback
        self._tally = Tally()
        self._calls = Calls(self._tally, buckets)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="step-functions")
        self._time = ServiceClock(policy.clock)
        clients.call.meta.events.register("after-call", self._time.hear)
        self._reads = Reads(clients.call, self._calls, policy, self._pool, self._time)
        self._near = Near(self._reads, refusal)
        # A run that is interrupted still looks at what it stops: no wait of these is cut short.
        looks = replace(policy, wait=stop_policy.wait, longest=_LONGEST_WAIT).within(LOOK_SECONDS)
        self._watching = replace(self._reads, policy=looks)
        self._stopping = replace(self._reads, policy=stop_policy, client=clients.stop)
        self._observer = Observer(self._watching, buckets)

    def find_machines(self, arns: Sequence[MachineArn]) -> Mapping[MachineArn, MachineFinding]:
        """See Provider."""
        return find(self._reads, arns, self._near)

    def recall(self, wanted: Sequence[Lookback]) -> Mapping[MachineArn, History]:
        """See Provider."""
        return recall(self._reads, wanted, pages=self._lookback)

    def describe(self, arns: Sequence[str]) -> Mapping[str, Execution | ProviderError]:
        """See Provider."""
        return describe(self._reads, arns)

    def revision_of(self, execution_arn: str) -> str:
        """See Provider."""
        return revision_in(self._reads.machine_of(execution_arn), "updateDate")

    def start(self, request: StartRequest) -> StartOutcome:
        """See Provider."""
        self._check(request, _START)
        sending = Sending(self._policy.clock)
        try:
            return self._started(request, sending)
        except NameInUse as error:
            return self._existing(request, sending, repeated=error.repeated)
        except Transient as error:
            raise StartLost(
                str(error),
                operation=error.operation,
                code=error.code,
                since_sent=sending.seconds(),
            ) from error

    def _started(self, request: StartRequest, sending: Sending) -> Started:
        def send() -> StartExecutionOutputTypeDef:
            with sending, aws_errors(operation, str(request.machine)):
                return self._clients.call.start_execution(**_arguments(request))

        operation = _START
        answer = self._calls.start(
            operation,
            send,
            about=str(request.machine),
            policy=self._policy,
            # The name keeps a repeat from starting a second execution.
            on=ANY_FAULT,
        )
        arn = answers.required_text(answer, "executionArn", operation)
        if is_express(arn):
            raise Transient(
                f"{operation} on {request.machine}: it is an Express machine; its execution "
                f"{arn} was started, and can't be watched",
                operation=operation,
            )
        started_at = answers.required_time(answer, "startDate", operation)
        age = self._time.age(started_at)
        return Started(arn, started_at, age=age, since_sent=sending.seconds())

    def _check(self, request: StartRequest, operation: str) -> None:
        check_start(request, operation)
        reason = self._refusal(request.machine)
        if reason is not None:
            raise Rejected(f"{operation} on {request.machine}: {reason}", operation=operation)

    def _existing(self, request: StartRequest, sending: Sending, *, repeated: bool) -> NameTaken:
        try:
            found = self._reads.existing(request.machine.execution(request.name))
        except ProviderError as error:
            raise StartLost(
                f"an execution of the name {request.name} exists, but can't be described: {error}",
                operation=error.operation,
                code=error.code,
                since_sent=sending.seconds(),
                is_anothers=not repeated,
            ) from error
        return NameTaken(found, repeated=repeated, age=found.age, since_sent=sending.seconds())

    def run_express(
        self, request: StartRequest, *, idempotent: bool, within: float | None = None
    ) -> Execution:
        """See Provider."""
        operation = "StartSyncExecution"
        self._check(request, operation)
        answer = self._calls.start(
            operation,
            lambda: self._clients.express.start_sync_execution(**_arguments(request)),
            about=str(request.machine),
            policy=self._policy if within is None else self._policy.within(within),
            on=ANY_FAULT if idempotent else TURNED_AWAY,
        )
        return answers.execution(answer, operation)

    def survey(self, machine: MachineArn, wanted: Collection[str]) -> Mapping[str, Execution]:
        """See Provider."""
        return survey(self._watching, machine.unqualified, wanted)

    def observe(self, execution_arn: str, *, whole: bool = False) -> Execution:
        """See Provider."""
        return self._observer.observe(execution_arn, whole=whole)

    def redrive(self, execution_arn: str, *, token: str) -> None:
        """See Provider."""
        operation = "RedriveExecution"
        check_standard(execution_arn, operation)

        def request() -> None:
            answer = self._clients.call.redrive_execution(
                executionArn=execution_arn, clientToken=token
            )
            answers.required_time(answer, "redriveDate", operation)

        # The token keeps a repeat from redriving once more.
        self._calls.start(
            operation, request, about=execution_arn, policy=self._policy, on=ANY_FAULT
        )

    def stop(self, execution_arn: str, *, error: str, cause: str) -> None:
        """See Provider."""
        check_standard(execution_arn, "StopExecution")
        try:
            self._stop(execution_arn, error[:MAX_ERROR], cause[:MAX_CAUSE])
        except Rejected:
            # A service may refuse to stop what has ended.
            if not self._has_ended(execution_arn):
                raise

    def _has_ended(self, execution_arn: str) -> bool:
        try:
            return not self._stopping.soon(execution_arn).status.is_running
        except ProviderError:
            return False

    def _stop(self, arn: str, error: str, cause: str) -> None:
        began = self._stop_policy.clock()
        try:
            self._ask_to_stop({"executionArn": arn, "error": error, "cause": cause}, began)
        except ProviderError as problem:
            if not is_of_key(problem):
                raise
            # Error and cause are encrypted with the machine's key; to stop needs no key.
            self._ask_to_stop({"executionArn": arn}, began)

    def _ask_to_stop(self, arguments: StopExecutionInputTypeDef, began: float) -> None:
        operation = "StopExecution"

        def request() -> None:
            answer = self._clients.stop.stop_execution(**arguments)
            answers.required_time(answer, "stopDate", operation)

        self._calls.read(
            operation,
            request,
            about=arguments["executionArn"],
            policy=self._stop_policy,
            since=began,
        )

    def monitor_url(self, execution: Execution) -> str | None:
        """See Provider."""
        return console_url(execution) if self._clients.is_aws else None

    def calls(self) -> Mapping[str, CallCounts]:
        """See Provider."""
        return self._tally.counts()

    def close(self) -> None:
        """See Provider."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        for client in (self._clients.call, self._clients.express, self._clients.stop):
            client.close()


def _arguments(request: StartRequest) -> StartExecutionInputTypeDef:
    arguments: StartExecutionInputTypeDef = {
        "stateMachineArn": str(request.machine),
        "name": request.name,
        "input": request.input,
    }
    if request.trace_header is not None:
        arguments["traceHeader"] = request.trace_header
    return arguments
