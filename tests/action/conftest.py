"""The team of each test; what the action installs is installed once for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.action.team import Team
from tests.fake_aws import FakeAws, RealClock
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
def team(tmp_path: Path, github: FakeGitHub, aws: FakeAws, runner_temp: Path) -> Team:
    return Team(tmp_path, github, aws, runner_temp)
