"""The pages that show executions to a person."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from runner.aws import clients, session
from runner.provider import Execution, ExecutionStatus
from runner.step_functions.urls import console_url
from tests.fake_aws.fixtures import (
    REGION,
    aws_environment,
    clock,
    connected,
    fake,
    policy_in,
    provider,
)

if TYPE_CHECKING:
    from runner.step_functions import StepFunctions
    from tests.fake_aws import FakeAws, SteppedClock

__all__ = ["aws_environment", "clock", "fake", "provider"]

STANDARD = "arn:aws:states:us-east-1:123456789012:execution:orders:orders-1"
EXPRESS = "arn:aws:states:us-east-1:123456789012:express:score:score-1:5c1f"


def execution(arn: str, started_at: datetime | None = None) -> Execution:
    return Execution(arn, "x", ExecutionStatus.RUNNING, "RUNNING", started_at)


def in_region(arn: str, partition: str, region: str) -> str:
    return arn.replace("arn:aws:", f"arn:{partition}:").replace("us-east-1", region)


@pytest.mark.parametrize(
    ("partition", "region", "home"),
    [
        ("aws", "us-east-1", "https://us-east-1.console.aws.amazon.com/states/home"),
        ("aws", "eu-west-1", "https://eu-west-1.console.aws.amazon.com/states/home"),
        ("aws-cn", "cn-north-1", "https://cn-north-1.console.amazonaws.cn/states/home"),
        ("aws-us-gov", "us-gov-west-1", "https://console.amazonaws-us-gov.com/states/home"),
    ],
)
def test_each_partition_has_its_console(partition: str, region: str, home: str) -> None:
    standard, express = (in_region(arn, partition, region) for arn in (STANDARD, EXPRESS))
    started = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
    assert console_url(execution(standard, started)) == (
        f"{home}?region={region}#/v2/executions/details/{standard}"
    )
    assert console_url(execution(express, started)) == (
        f"{home}?region={region}#/express-executions/details/{express}?startDate=1767323045678"
    )


@pytest.mark.parametrize("arn", ["nonsense", in_region(STANDARD, "aws-eusc", "eusc-de-east-1")])
def test_where_no_console_is_known_there_is_no_page(arn: str) -> None:
    assert console_url(execution(arn)) is None


def test_a_name_of_odd_letters_is_escaped() -> None:
    url = console_url(execution(STANDARD.replace("orders-1", "(ä')")))
    assert url is not None
    assert url.isascii()
    assert "'" not in url


def test_a_custom_endpoint_has_no_page(provider: StepFunctions) -> None:
    assert provider.monitor_url(execution(STANDARD)) is None


def test_aws_has_a_page(aws_environment: None, clock: SteppedClock, fake: FakeAws) -> None:
    ready = clients(session(REGION), endpoint_url=None, threads=1)
    with connected(ready, policy_in(clock)) as provider:
        assert provider.monitor_url(execution(STANDARD)) == console_url(execution(STANDARD))
