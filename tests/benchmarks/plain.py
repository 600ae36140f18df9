"""A plain boto3 program, as teams write it: a thread pool, and a describe per execution.

It starts every execution and describes it until it has ended. Prints JSON: seconds, and how
many jobs it gave up because a call failed, though the client library repeats what is throttled.
With `--patient` it asks again about those.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.benchmarks.service import MACHINE

_REGION = "us-east-1"


def main() -> None:
    """Run it."""
    options = argparse.ArgumentParser()
    options.add_argument("url")
    options.add_argument("--jobs", type=int, required=True)
    options.add_argument("--machines", type=int, required=True)
    options.add_argument("--threads", type=int, default=32)
    options.add_argument("--interval", type=float, default=5.0)
    options.add_argument("--patient", action="store_true")
    given = options.parse_args()
    config = Config(max_pool_connections=given.threads)
    client = boto3.client("stepfunctions", _REGION, endpoint_url=given.url, config=config)
    before = time.perf_counter()
    with ThreadPoolExecutor(given.threads) as pool:
        numbers = range(given.jobs)
        arns = list(pool.map(lambda number: _start(client, number, given.machines), numbers))
        open_, lost = [arn for arn in arns if arn], sum(1 for arn in arns if not arn)
        still = ("RUNNING", None) if given.patient else ("RUNNING",)
        while open_:
            told = list(pool.map(lambda arn: _status(client, arn), open_))
            lost += 0 if given.patient else sum(1 for status in told if status is None)
            open_ = [arn for arn, status in zip(open_, told, strict=True) if status in still]
            if open_:
                time.sleep(given.interval)
    json.dump({"seconds": time.perf_counter() - before, "lost": lost}, sys.stdout)


def _start(client: Any, number: int, machines: int) -> str | None:
    try:
        started = client.start_execution(
            stateMachineArn=MACHINE.format(number % machines),
            name=f"plain-{number}",
            input='{"rows":1}',
        )
    except (BotoCoreError, ClientError):
        return None
    return str(started["executionArn"])


def _status(client: Any, arn: str) -> str | None:
    try:
        return str(client.describe_execution(executionArn=arn)["status"])
    except (BotoCoreError, ClientError):
        return None


if __name__ == "__main__":
    main()
