"""Fixtures over the fake: import them by name in a test module that wants them."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import pytest

from runner import step_functions
from runner.arns import parse_machine
from runner.aws import Clients, Session, clients, session
from runner.errors import Place
from runner.model import AwsPlatform
from runner.retry import Policy
from tests.fake_aws.clock import SteppedClock
from tests.fake_aws.fake import FakeAws

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runner.arns import MachineArn
    from runner.provider import Execution
    from runner.step_functions import StepFunctions

REGION = "us-east-1"
KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@pytest.fixture
def aws_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials for boto's chain, and nothing of this machine's own configuration."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere/config")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere/credentials")
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SFN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def fake(aws_environment: None) -> Iterator[FakeAws]:
    """A fake whose clock stands still unless it is stepped."""
    with FakeAws() as running:
        yield running


@pytest.fixture
def clock(fake: FakeAws) -> SteppedClock:
    """The fake's clock, which waits of `provider` step."""
    assert isinstance(fake.world.clock, SteppedClock)
    return fake.world.clock


@pytest.fixture
def provider(fake: FakeAws, clock: SteppedClock) -> Iterator[StepFunctions]:
    """A provider for the fake, in the fake's time: its waits pass at once."""
    with connected(clients_for(fake), policy_in(clock)) as ready:
        yield ready


def policy_in(clock: SteppedClock) -> Policy:
    """A policy in the clock's time that draws no luck: it always waits the longest."""
    return Policy(wait=clock.wait, clock=clock.now, draw=lambda: 1.0)


def clients_for(fake: FakeAws) -> Clients:
    return clients(_session(), endpoint_url=fake.url, threads=8)


@cache
def _session() -> Session:
    """One for all tests: it takes far longer to make than its clients."""
    return session(REGION)


@contextmanager
def connected(
    ready: Clients,
    policy: Policy,
    refusal: Callable[[MachineArn], str | None] | None = None,
    *,
    lookback: int = 20,
) -> Iterator[StepFunctions]:
    provider = step_functions.StepFunctions(
        ready,
        policy=policy,
        stop_policy=policy,
        refusal=refusal or (lambda _: None),
        threads=4,
        lookback=lookback,
    )
    try:
        yield provider
    finally:
        provider.close()


def platform(endpoint_url: str | None = None, **details: object) -> AwsPlatform:
    fields: dict[str, object] = {
        "name": "aws",
        "region": REGION,
        "place": Place("platforms.yaml"),
        "endpoint_url": endpoint_url,
    }
    return AwsPlatform(**(fields | details))  # type: ignore[arg-type]


def arn(fake: FakeAws, name: str) -> MachineArn:
    """The ARN of NAME or NAME:QUALIFIER in the fake."""
    return parse_machine(fake.world.machine_arn(name))


def closed_port() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


def described(seen: Execution | Exception) -> Execution:
    """The execution; an error of its observation is raised."""
    if isinstance(seen, Exception):
        raise seen
    return seen
