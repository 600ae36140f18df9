"""A shop on an endpoint that keeps its memory: import the fixtures by name."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from runner import aws
from tests.fake_aws import FakeAws
from tests.fake_aws.fixtures import aws_environment
from tests.memory.tools import Endpoint, MovingClock, Shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["aws_environment", "endpoint", "kept_session", "quiet", "shop"]


@pytest.fixture
def kept_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """One session for all commands of a thread: making it takes longer than most of them."""
    kept = threading.local()
    make = aws.session

    def session(region: str, credentials: aws.Credentials | None = None) -> aws.Session:
        if credentials is not None:
            return make(region, credentials)
        if not hasattr(kept, region):
            setattr(kept, region, make(region))
        found: aws.Session = getattr(kept, region)
        return found

    monkeypatch.setattr(aws, "session", session)


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the CI system that these tests run on."""
    for name in ("GITHUB_ACTIONS", "GITHUB_RUN_ID", "GITHUB_SHA", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def endpoint(aws_environment: None) -> Iterator[Endpoint]:
    clock = MovingClock()
    with FakeAws(clock) as fake:
        yield Endpoint(fake, clock)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quiet: None, endpoint: Endpoint) -> Shop:
    monkeypatch.chdir(tmp_path)
    return Shop(tmp_path, endpoint)
