"""AWS's wire protocols: JSON for Step Functions and quotas, query and XML for STS and IAM."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tests.fake_aws import account_quotas, iam, sts
from tests.fake_aws.faults import THROTTLED, Fault, Faults
from tests.fake_aws.operations import OPERATIONS, ApiError
from tests.fake_aws.quotas import EXPRESS_START

if TYPE_CHECKING:
    from tests.fake_aws.chaos import Chaos
    from tests.fake_aws.quotas import Quotas
    from tests.fake_aws.world import World

TARGET = b"AWSStepFunctions."
TAGGING = b"ResourceGroupsTaggingAPI_20170126."
_EXPIRED_CODES = {True: ("ExpiredToken", 403), False: ("ExpiredTokenException", 400)}
"""By whether it is STS that refuses."""
_EXPIRED = "The security token included in the request is expired"


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer after `delay` real seconds; `drop` closes the connection instead."""

    status: int = 200
    body: bytes = b""
    type: bytes = b"application/x-amz-json-1.0"
    delay: float = 0.0
    drop: bool = False


@dataclass(slots=True)
class App:
    """Answers requests, counts them by operation, and lets faults happen.

    `latency` is how many real seconds each answer takes at least.
    """

    world: World
    faults: Faults = field(default_factory=Faults)
    chaos: Chaos | None = None
    quotas: Quotas | None = None
    latency: float = 0.0
    calls: Counter[str] = field(default_factory=Counter)
    throttles: Counter[str] = field(default_factory=Counter)
    mishaps: Counter[str] = field(default_factory=Counter)
    """What chaos did so far, as OPERATION.RATE."""
    hosts: Counter[str] = field(default_factory=Counter)
    bodies: list[tuple[str, bytes]] = field(default_factory=list)
    signers: list[tuple[str, str]] = field(default_factory=list)
    """Operation and access key of what was called without a target, or when keys may expire."""
    keep_bodies: bool = True
    directory: iam.Directory = field(default_factory=iam.Directory)
    account_quotas: dict[str, float] = field(default_factory=dict)
    """What Service Quotas tells, by name."""

    def answer(self, target: bytes, host: str, body: bytes, key: str = "") -> Reply:
        """The reply to one POST, which the access key `key` signed.

        `target` is its header X-Amz-Target, empty for STS.
        """
        operation = _operation(target, body)
        self.calls[operation] += 1
        self.hosts[host] += 1
        if self.keep_bodies:
            self.bodies.append((operation, body))
            if key:
                self.signers.append((operation, key))
        reply = self._admit(operation, body, key)
        if self.latency > 0:
            return replace(reply, delay=reply.delay + self.latency)
        return reply

    def _admit(self, operation: str, body: bytes, key: str) -> Reply:
        fault = self.faults.next(operation, body)
        if key and self.world.has_expired(key):
            code, status = _EXPIRED_CODES[operation in sts.STS]
            return self._error(ApiError(code, _EXPIRED, status), operation)
        if fault is None:
            fault = self._limit(operation, body) or self._mishap(operation)
        if fault is None:
            return self._perform(operation, body, key)
        return self._fail(fault, operation, body, key)

    def _limit(self, operation: str, body: bytes) -> Fault | None:
        if self.quotas is None:
            return None
        name = operation
        if operation == "StartExecution" and self._is_express(body):
            name = EXPRESS_START
        return None if self.quotas.take(name) else THROTTLED

    def _is_express(self, body: bytes) -> bool:
        machine = str(json.loads(body).get("stateMachineArn")).split(":")
        found = self.world.machines.get(machine[6]) if len(machine) > 6 else None
        return found is not None and found.type == "EXPRESS"

    def _mishap(self, operation: str) -> Fault | None:
        met = self.chaos.next(operation) if self.chaos is not None else None
        if met is None:
            return None
        self.mishaps[f"{operation}.{met[0]}"] += 1
        return met[1]

    def _fail(self, fault: Fault, operation: str, body: bytes, key: str) -> Reply:
        if fault.drop == "before":
            return Reply(drop=True)
        if fault.error is not None:
            return self._error(fault.error, operation)
        reply = self._perform(operation, body, key)
        if fault.body is not None:
            return Reply(body=fault.body, type=b"text/html", delay=fault.delay)
        delay = reply.delay + fault.delay
        return Reply(reply.status, reply.body, reply.type, delay, drop=fault.drop == "after")

    def _perform(self, operation: str, body: bytes, key: str) -> Reply:
        self.world.expire()
        try:
            if operation in sts.STS:
                told = sts.answer(self.world, operation, body, key)
                return Reply(body=told, type=b"text/xml")
            return self._called(operation, body)
        except ApiError as error:
            return self._error(error, operation)

    def _called(self, operation: str, body: bytes) -> Reply:
        if operation in iam.IAM:
            return Reply(body=iam.answer(self.directory, operation, body), type=b"text/xml")
        if operation == account_quotas.OPERATION:
            return Reply(body=account_quotas.answer(self.account_quotas, body))
        function = OPERATIONS.get(operation)
        if function is None:
            raise ApiError("UnknownOperationException")
        answer = function(self.world, json.loads(body))
        if isinstance(answer, bytes):
            return Reply(body=answer)
        delay = 0.0
        if operation == "StartSyncExecution":
            delay = self.world.clock.real_seconds(answer["stopDate"] - answer["startDate"])
        return Reply(body=json.dumps(answer).encode(), delay=delay)

    def _error(self, error: ApiError, operation: str) -> Reply:
        if error.code == "ThrottlingException":
            self.throttles[operation] += 1
        if operation in iam.IAM or (operation in sts.STS and self.world.has_sts):
            return Reply(error.status, sts.error_text(error), b"text/xml")
        body = json.dumps({"__type": error.code, "message": error.message}).encode()
        return Reply(error.status, body)


def _operation(target: bytes, body: bytes) -> str:
    if target.startswith(TARGET):
        return target[len(TARGET) :].decode()
    if target.startswith(TAGGING):
        return target[len(TAGGING) :].decode()
    if target.startswith(account_quotas.TARGET):
        return target[len(account_quotas.TARGET) :].decode()
    return sts.form_of(body).get("Action", "?")
