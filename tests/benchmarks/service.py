"""The fake service in a process of its own, and projects that run on it."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.benchmarks.measure import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:m{}"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "fake",
    "AWS_SECRET_ACCESS_KEY": "fake",
    "AWS_EC2_METADATA_DISABLED": "true",
}

UNLIMITED = (
    "{share: 1, quotas: {"
    + ", ".join(
        f"{operation}: {{bucketSize: 1000000, refillPerSecond: 1000000}}"
        for operation in (
            "StartExecution",
            "ListExecutions",
            "DescribeExecution",
            "GetExecutionHistory",
            "DescribeStateMachine",
        )
    )
    + "}}"
)
"""A platform's limits where its endpoint has no quotas."""

PROJECT = """\
apiVersion: stepfleet/v1
kind: Project
metadata: {{name: benchmark}}
spec: {{platform: fake}}
---
apiVersion: stepfleet/v1
kind: Platform
metadata: {{name: fake}}
spec:
  type: aws-step-functions
  region: us-east-1
  accountId: "123456789012"
  endpointUrl: "{url}"
  limits: {limits}
"""
_JOB = """\
---
apiVersion: stepfleet/v1
kind: Job
metadata: {{name: job_{number}}}
spec: {{stateMachine: m{machine}, parameters: {{number: {number}{output}}}}}
"""


class Service:
    """The fake at its address, as who talks HTTP sees it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str) -> dict[str, Any]:
        """One of its reports: /calls, /throttles, /starts, /executions."""
        with urllib.request.urlopen(f"{self.url}/{path}") as answer:
            found: dict[str, Any] = json.load(answer)
        return found


@contextmanager
def fake(*options: str) -> Iterator[Service]:
    """Start the fake with options of `python -m tests.fake_aws`, and stop it."""
    command = [sys.executable, "-m", "tests.fake_aws", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Service(process.stdout.readline().strip())
        finally:
            process.terminate()


def write_project(
    folder: Path, url: str, *, jobs: int, machines: int, outputs: int = 0, limits: str
) -> None:
    """Specs of so many jobs, spread over machines; every one below `outputs` declares one."""
    made = (
        _JOB.format(
            number=number,
            machine=number % machines,
            output=", rows: {direction: output}" if number < outputs else "",
        )
        for number in range(jobs)
    )
    (folder / "all.yaml").write_text(PROJECT.format(url=url, limits=limits) + "".join(made))
