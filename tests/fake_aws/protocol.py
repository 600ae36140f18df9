"""AWS's two wire protocols: JSON 1.0 for Step Functions, query and XML for STS."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from tests.fake_aws.faults import Fault, Faults
from tests.fake_aws.operations import OPERATIONS, ApiError

if TYPE_CHECKING:
    from tests.fake_aws.world import World

TARGET = b"AWSStepFunctions."


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
    """Answers requests, counts them by operation, and lets faults happen."""

    world: World
    faults: Faults = field(default_factory=Faults)
    calls: Counter[str] = field(default_factory=Counter)
    hosts: Counter[str] = field(default_factory=Counter)
    bodies: list[tuple[str, bytes]] = field(default_factory=list)
    keep_bodies: bool = True

    def answer(self, target: bytes, host: str, body: bytes) -> Reply:
        """The reply to one POST, whose header X-Amz-Target is `target`, empty for STS."""
        operation = self._operation(target, body)
        self.calls[operation] += 1
        self.hosts[host] += 1
        if self.keep_bodies:
            self.bodies.append((operation, body))
        fault = self.faults.next(operation, body)
        if fault is None:
            return self._perform(operation, body)
        return self._fail(fault, operation, body)

    def counted(self) -> Reply:
        """The counts of all calls so far, for who holds no more than the address."""
        return Reply(body=json.dumps(self.calls).encode(), type=b"application/json")

    def _operation(self, target: bytes, body: bytes) -> str:
        if target.startswith(TARGET):
            return target[len(TARGET) :].decode()
        return parse_qs(body.decode("ascii", "replace")).get("Action", ["?"])[0]

    def _fail(self, fault: Fault, operation: str, body: bytes) -> Reply:
        if fault.drop == "before":
            return Reply(drop=True)
        if fault.error is not None:
            return self._error(fault.error, operation)
        reply = self._perform(operation, body)
        if fault.body is not None:
            return Reply(body=fault.body, type=b"text/html", delay=fault.delay)
        delay = reply.delay + fault.delay
        return Reply(reply.status, reply.body, reply.type, delay, drop=fault.drop == "after")

    def _perform(self, operation: str, body: bytes) -> Reply:
        if operation == "GetCallerIdentity":
            return self._identity()
        function = OPERATIONS.get(operation)
        if function is None:
            return self._error(ApiError("UnknownOperationException"), operation)
        self.world.expire()
        try:
            answer = function(self.world, json.loads(body))
        except ApiError as error:
            return self._error(error, operation)
        if isinstance(answer, bytes):
            return Reply(body=answer)
        delay = 0.0
        if operation == "StartSyncExecution":
            delay = self.world.clock.real_seconds(answer["stopDate"] - answer["startDate"])
        return Reply(body=json.dumps(answer).encode(), delay=delay)

    def _identity(self) -> Reply:
        if not self.world.has_sts:
            return self._error(ApiError("UnknownOperationException"), "StartExecution")
        account = self.world.account
        body = (
            '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
            f"<GetCallerIdentityResult><Arn>arn:aws:iam::{account}:user/tester</Arn>"
            f"<UserId>AIDATESTER</UserId><Account>{account}</Account></GetCallerIdentityResult>"
            "</GetCallerIdentityResponse>"
        )
        return Reply(body=body.encode(), type=b"text/xml")

    def _error(self, error: ApiError, operation: str) -> Reply:
        if operation == "GetCallerIdentity":
            text = (
                f"<ErrorResponse><Error><Code>{error.code}</Code>"
                f"<Message>{error.message}</Message></Error></ErrorResponse>"
            )
            return Reply(error.status, text.encode(), b"text/xml")
        body = json.dumps({"__type": error.code, "message": error.message}).encode()
        return Reply(error.status, body)
