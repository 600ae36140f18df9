"""Fixtures over the fake: import them by name in a test module that wants them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from runner.github import Client, Patience
from tests.fake_github.fake import FakeGitHub
from tests.fake_github.routes import pull_json
from tests.fake_github.world import Pull

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEAD, BASE, MERGE = "a" * 40, "b" * 40, "c" * 40


class Time:
    """A clock whose waits pass at once, and which remembers them."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float] = []
        self.is_cut_short = False

    def clock(self) -> float:
        return self.now

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        self.now += seconds
        return self.is_cut_short

    def patience(self, deadline: float = 60.0) -> Patience:
        """It draws no luck: it always waits the longest."""
        return Patience(deadline, wait=self.wait, clock=self.clock, draw=lambda: 1.0)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture(params=["", "/api/v3"], ids=["github.com", "enterprise"])
def github(request: pytest.FixtureRequest) -> Iterator[FakeGitHub]:
    """A fake with the open pull request 7, once as github.com has it and once as Enterprise."""
    with FakeGitHub(prefix=request.param) as running:
        running.world.add_pull(Pull(7, HEAD, BASE))
        yield running


@pytest.fixture
def client(github: FakeGitHub, time: Time) -> Iterator[Client]:
    with client_for(github, time) as ready:
        yield ready


def client_for(github: FakeGitHub, time: Time, token: str | None = None) -> Client:
    return Client(
        github.api_url,
        github.token if token is None else token,
        graphql_url=github.graphql_url,
        patience=time.patience(),
    )


def workflow_environment(
    github: FakeGitHub, folder: Path, *, event: str = "push", pull: Pull | None = None
) -> dict[str, str]:
    """The variables of a step of a workflow run, whose files lie in the folder."""
    content: dict[str, object] = {"repository": {"full_name": github.world.repository}}
    if pull is not None:
        content |= {"number": pull.number, "pull_request": pull_json(github.world, pull)}
    files = {
        name: folder / name.lower()
        for name in ("GITHUB_EVENT_PATH", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")
    }
    for path in files.values():
        path.touch()
    files["GITHUB_EVENT_PATH"].write_text(json.dumps(content), encoding="utf-8")
    return {
        **github.environment(),
        **{name: str(path) for name, path in files.items()},
        "GITHUB_EVENT_NAME": event,
        "GITHUB_SHA": (pull.merge if pull else None) or MERGE,
        "GITHUB_RUN_ID": "1234567890",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_ACTOR": "octocat",
        "GITHUB_WORKSPACE": str(folder),
    }
