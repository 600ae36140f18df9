"""The team of each test; what the action installs is installed once for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runner.cli.action import hub
from runner.github import Patience
from tests.action.team import Team
from tests.action.using import InProcess, ThroughBash
from tests.fake_aws import FakeAws, RealClock
from tests.fake_aws.clock import SteppedClock
from tests.fake_github import FakeGitHub

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def runner_temp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder for temporary files of a runner, in which the action installs itself."""
    return tmp_path_factory.mktemp("runner-temp")


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as running:
        yield running


@pytest.fixture
def aws() -> Iterator[FakeAws]:
    """The fake in real time, with a machine that ends at once."""
    with FakeAws(RealClock()) as running:
        running.machine("echo", versions=(1,))
        yield running


@pytest.fixture
def team(
    tmp_path: Path,
    github: FakeGitHub,
    aws: FakeAws,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Team:
    """A team whose workflow runs do their steps in this process, and don't wait for GitHub."""
    clock = SteppedClock()
    hasty = Patience(deadline=30.0, wait=clock.wait, clock=clock.now)
    monkeypatch.setattr(hub, "PATIENCE", hasty)
    monkeypatch.setattr(hub, "BRIEF", hasty)
    return Team(tmp_path, github, aws, tmp_path / "temp", InProcess(monkeypatch, capsys))


@pytest.fixture
def real_team(tmp_path: Path, github: FakeGitHub, aws: FakeAws, runner_temp: Path) -> Team:
    """A team whose workflow runs go through bash, with the action installed."""
    return Team(tmp_path, github, aws, runner_temp, ThroughBash())
