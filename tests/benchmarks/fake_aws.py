"""How fast the loopback fake is, so that what is measured against it isn't the fake itself.

Raw sockets with keep-alive, several connections at once, and requests of the size that boto3
sends. Rates are by the fake's own processor time, so that they hold for one core whatever else
the machine does, and by the wall beside them.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.benchmarks.measure import ROOT, print_machine, verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CONNECTIONS = 16
MACHINES = 50
EXECUTIONS = 10_000
HEAD = "arn:aws:states:us-east-1:123456789012"
HEADERS = (
    "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: identity\r\n"
    "X-Amz-Target: AWSStepFunctions.{operation}\r\nContent-Type: application/x-amz-json-1.0\r\n"
    "User-Agent: {agent}\r\nX-Amz-Date: 20260101T000000Z\r\n"
    "Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/states/"
    "aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature={signature}"
    "\r\namz-sdk-invocation-id: 00000000-0000-0000-0000-000000000000\r\n"
    "amz-sdk-request: attempt=1\r\nContent-Length: {length}\r\n\r\n"
)
AGENT = "Boto3/1.44 md/Botocore#1.44 ua/2.1 os/linux lang/python#3.11 cfg/retry-mode#standard"


class Fake:
    """A fake in a process of its own."""

    def __init__(self, url: str, pid: int) -> None:
        self._address = (urlsplit(url).hostname or "", urlsplit(url).port or 0)
        self._pid = pid

    def cpu(self) -> float:
        """Seconds of processor time that it has used so far."""
        fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def answers(self, requests: Iterable[bytes]) -> list[bytes]:
        """Send them over several connections, one after another on each: the bodies."""
        bodies: list[bytes] = []
        with ExitStack() as stack:
            lines = [
                stack.enter_context(socket.create_connection(self._address))
                for _ in range(CONNECTIONS)
            ]
            waiting: list[socket.socket] = []
            for number, request in enumerate(requests):
                line = lines[number % CONNECTIONS]
                if number >= CONNECTIONS:
                    bodies.append(body_from(line))
                    waiting.remove(line)
                line.sendall(request)
                waiting.append(line)
            bodies += [body_from(line) for line in waiting]
        return bodies


def body_from(line: socket.socket) -> bytes:
    data = b""
    while (end := data.find(b"\r\n\r\n")) < 0:
        data += line.recv(65_536)
    if not data.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(data.decode())
    total = end + 4 + int(data[:end].partition(b"Content-Length: ")[2].split(b"\r")[0])
    parts, size = [data], len(data)
    while size < total:
        parts.append(line.recv(1 << 20))
        size += len(parts[-1])
    return b"".join(parts)[end + 4 :]


def request(operation: str, **body: object) -> bytes:
    sent = json.dumps(body).encode()
    head = HEADERS.format(operation=operation, agent=AGENT, signature="0" * 64, length=len(sent))
    return head.encode() + sent


def measure(fake: Fake, name: str, requests: list[bytes], least: float) -> list[bytes]:
    """Print how many a second, and what one costs."""
    cpu, began = fake.cpu(), time.perf_counter()
    bodies = fake.answers(requests)
    wall, cpu = time.perf_counter() - began, fake.cpu() - cpu
    count = len(requests)
    print(f"{name}: {count / cpu:,.0f}/s of one core, {count / wall:,.0f}/s by the wall")
    verdict(f"{name}, milliseconds each", 1_000 * cpu / count, 1_000 / least, " ms")
    return bodies


def starts(machines: int) -> list[bytes]:
    return [
        request(
            "StartExecution",
            stateMachineArn=f"{HEAD}:stateMachine:machine-{number % machines}",
            name=f"job_{number}-0123abcd-{'f' * 20}-0-1",
            input='{"number": 1, "date": "2026-01-01"}',
        )
        for number in range(EXECUTIONS)
    ]


def lists(machines: int, count: int, **options: Any) -> list[bytes]:
    return [
        request(
            "ListExecutions",
            stateMachineArn=f"{HEAD}:stateMachine:machine-{number % machines}",
            maxResults=1_000,
            **options,
        )
        for number in range(count)
    ]


def measure_many(fake: Fake) -> None:
    """10,000 executions on 50 machines: starts, looks at each, and lists of 200 rows."""
    begun = measure(fake, "starts on 50 machines", starts(MACHINES), 2_000)
    arns = [json.loads(body)["executionArn"] for body in begun]
    looks = [request("DescribeExecution", executionArn=arn) for arn in arns]
    measure(fake, "describes", looks, 2_000)
    measure(fake, "lists of 200 rows, the first ones", lists(MACHINES, MACHINES), 100)
    measure(fake, "lists of 200 rows", lists(MACHINES, 1_000), 2_000)


def measure_one(fake: Fake) -> None:
    """10,000 executions on one machine, which end while it is listed page by page."""
    measure(fake, "starts on one machine", starts(1), 2_000)
    for _ in range(4):
        measure(fake, "lists of 1,000 rows while executions end", lists(1, 200), 500)
    running = lists(1, 200, statusFilter="RUNNING")
    measure(fake, "lists of 1,000 that run", running, 500)


@contextmanager
def served(*options: str) -> Iterator[Fake]:
    command = [sys.executable, "-m", "tests.fake_aws", "--duration", "0:20", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Fake(process.stdout.readline().strip(), process.pid)
        finally:
            process.terminate()


def main() -> None:
    """Serve, measure and stop."""
    print_machine()
    print(f"{CONNECTIONS} connections, {EXECUTIONS:,} executions that take 0 to 20 s")
    with served() as fake:
        measure_many(fake)
    with served() as fake:
        measure_one(fake)
    print("with chaos of no consequence and lags:")
    with served("--slow", "0.02", "--slowest", "0", "--lag", "0:1.5") as fake:
        measure_one(fake)


if __name__ == "__main__":
    main()
