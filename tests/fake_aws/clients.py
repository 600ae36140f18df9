"""A real boto3 client on the fake, for tests of the fake itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fake_aws.fixtures import clients_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.exceptions import ClientError
    from mypy_boto3_stepfunctions import SFNClient

    from tests.fake_aws.fake import FakeAws


@pytest.fixture
def client(fake: FakeAws) -> Iterator[SFNClient]:
    ready = clients_for(fake)
    yield ready.call
    for one in (ready.call, ready.express, ready.stop):
        one.close()


def code_of(raised: pytest.ExceptionInfo[ClientError]) -> str:
    return raised.value.response["Error"]["Code"]


def started(fake: FakeAws, client: SFNClient, machine: str, name: str) -> str:
    """Start an execution: its ARN."""
    arn = fake.world.machine_arn(machine)
    return client.start_execution(stateMachineArn=arn, name=name, input='{"n": 1}')["executionArn"]
