"""The fake in a process of its own, as benchmarks and kill tests have it."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from runner.aws import clients, session
from runner.identity import execution_name, job_tag
from tests.fake_aws.clients import code_of
from tests.fake_aws.fixtures import KEY, REGION, aws_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_stepfunctions import SFNClient

__all__ = ["aws_environment"]

pytestmark = pytest.mark.usefixtures("aws_environment")

HEAD = "arn:aws:states:us-east-1:123456789012:stateMachine"


@contextmanager
def served(*options: str) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.fake_aws", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@contextmanager
def calling(url: str) -> Iterator[SFNClient]:
    ready = clients(session(REGION), endpoint_url=url, threads=1)
    yield ready.call
    for one in (ready.call, ready.express, ready.stop):
        one.close()


def told(url: str, path: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(f"{url}{path}", data) as answer:
        return json.load(answer)


def test_it_tells_another_process_what_was_started_stopped_and_redriven() -> None:
    name = execution_name("shop", "load", "f" * 20, run_id=None, attempt=2)
    with served("--duration", "1000:2000") as url, calling(url) as client:
        arn = client.start_execution(stateMachineArn=f"{HEAD}:any", name=name)["executionArn"]
        client.start_execution(stateMachineArn=f"{HEAD}:any", name="plain")
        status, began, ended = told(url, "/executions")[name]
        assert (status, ended) == ("RUNNING", None)
        stopped = client.stop_execution(executionArn=arn)["stopDate"].timestamp()
        assert told(url, "/executions")[name] == [
            "ABORTED",
            began,
            pytest.approx(stopped, abs=1e-3),
        ]
        client.redrive_execution(executionArn=arn)
        assert told(url, "/executions")[name] == ["RUNNING", began, None]
        assert told(url, "/starts") == {name: 1, "plain": 1}
        assert told(url, "/attempts") == {f"{job_tag('shop', 'load')}/2": 1}
        assert told(url, "/redrives") == {name: 1}
        assert told(url, "/calls") == {
            "StartExecution": 2,
            "StopExecution": 1,
            "RedriveExecution": 1,
        }


def test_its_options_set_outputs_and_failures() -> None:
    options = ("--output", "[7]", "--failing", "0.5", "--chaos-seed", "3")
    with served(*options) as url, calling(url) as client:
        ended: dict[str, set[str]] = {}
        for number in range(30):
            started = client.start_execution(stateMachineArn=f"{HEAD}:any", name=f"e{number}")
            seen = client.describe_execution(executionArn=started["executionArn"])
            ended.setdefault(seen["status"], set()).add(seen.get("output", ""))
        assert ended == {"SUCCEEDED": {"[7]"}, "FAILED": {""}}
        assert told(url, "/throttles") == {}


def test_its_quotas_are_those_that_are_published() -> None:
    codes = set()
    with served("--quotas") as url, calling(url) as client:
        client.describe_state_machine(stateMachineArn=f"{HEAD}:any")
        for _ in range(150):
            try:
                client.list_state_machine_aliases(stateMachineArn=f"{HEAD}:any")
            except ClientError as error:
                codes.add(error.response["Error"]["Code"])
        assert codes == {"ThrottlingException"}
        assert 0 < told(url, "/throttles")["ListStateMachineAliases"] <= 50


def test_its_chaos_is_counted() -> None:
    with served("--chaos-seed", "3", "--throttles", "0.5") as url, calling(url) as client:
        for _ in range(30):
            with suppress(ClientError):
                client.list_state_machines()
        met = told(url, "/mishaps")["ListStateMachines.throttles"]
        assert 0 < met < 30
        assert told(url, "/throttles") == {"ListStateMachines": met}


def test_it_is_calmed_down_troubled_and_locked_while_it_runs() -> None:
    with served("--unavailable", "1") as url, calling(url) as client:
        with pytest.raises(ClientError) as unavailable:
            client.list_state_machines()
        told(url, "/control", {"chaos": None})
        client.list_state_machines()
        told(url, "/control", {"chaos": {"operations": {"ListStateMachines": {"throttles": 1}}}})
        with pytest.raises(ClientError) as throttled:
            client.list_state_machines()
        told(url, "/control", {"expire": KEY, "chaos": None, "quotas": "us-east-1"})
        with pytest.raises(ClientError) as expired:
            client.list_state_machines()
        told(url, "/control", {"renew": KEY, "lag": [0, 1], "latency": 0.001})
        client.list_state_machines()
        told(url, "/control", {"expire": {KEY: 3_600}})
        client.list_state_machines()
        told(url, "/control", {"expire": {KEY: -1}})
        with pytest.raises(ClientError) as late:
            client.list_state_machines()
        assert [code_of(one) for one in (unavailable, throttled, expired, late)] == [
            "ServiceUnavailable",
            "ThrottlingException",
            "ExpiredTokenException",
            "ExpiredTokenException",
        ]


@pytest.mark.parametrize(
    "wish",
    [
        {"unknown": 1},
        {"lag": [2, 1]},
        {"expire": {"A": "x"}},
        {"chaos": {"lost": 2}},
        {"chaos": {"no": 1}},
        [],
        "x",
    ],
)
def test_a_wish_that_it_does_not_know_is_refused_whole(wish: object) -> None:
    with served("--unavailable", "1") as url, calling(url) as client:
        body = {"chaos": None, **wish} if isinstance(wish, dict) and "chaos" not in wish else wish
        with pytest.raises(urllib.error.HTTPError) as refused:
            told(url, "/control", body)
        refused.value.close()
        assert refused.value.code == 400
        with pytest.raises(ClientError):
            client.list_state_machines()


@pytest.mark.parametrize("option", ["--lag=2:1", "--duration=x", "--lag=1:2:3"])
def test_a_range_that_is_none_is_a_usage_error(option: str) -> None:
    command = [sys.executable, "-m", "tests.fake_aws", option]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert option.split("=", maxsplit=1)[0] in done.stderr


def test_a_path_that_tells_nothing_names_those_that_do() -> None:
    with served() as url, pytest.raises(urllib.error.HTTPError) as unknown:
        told(url, "/nothing")
    with unknown.value as answer:
        assert "/executions" in json.load(answer)["paths"]
