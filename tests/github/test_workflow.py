"""What a step's environment says is read in full, or refused by the variable's name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runner.errors import Refused
from runner.github import PullRequest, read, workflow
from tests.fake_github import FakeGitHub, Pull
from tests.fake_github.fixtures import BASE, HEAD, MERGE, github, workflow_environment

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["github"]


@pytest.fixture
def environ(github: FakeGitHub, tmp_path: Path) -> dict[str, str]:
    return workflow_environment(github, tmp_path, event="pull_request", pull=github.world.pulls[7])


def change_event(environ: dict[str, str], change: Callable[[dict[str, object]], None]) -> None:
    path = Path(environ["GITHUB_EVENT_PATH"])
    event = json.loads(path.read_text())
    change(event)
    path.write_text(json.dumps(event))


def test_all_of_it(github: FakeGitHub, environ: dict[str, str], tmp_path: Path) -> None:
    assert read(environ) == workflow.Workflow(
        repository="octo/jobs",
        commit=MERGE,
        event="pull_request",
        run_id="1234567890",
        run_attempt=1,
        actor="octocat",
        server_url=github.server_url,
        api_url=github.api_url,
        graphql_url=github.graphql_url,
        output=tmp_path / "github_output",
        summary=tmp_path / "github_step_summary",
        pull_request=PullRequest(7, HEAD, BASE, base_branch="main"),
    )


def test_a_push_is_about_no_pull_request(github: FakeGitHub, tmp_path: Path) -> None:
    assert read(workflow_environment(github, tmp_path)).pull_request is None


def test_a_push_needs_no_file_of_the_event(github: FakeGitHub, tmp_path: Path) -> None:
    environ = workflow_environment(github, tmp_path)
    del environ["GITHUB_EVENT_PATH"], environ["GITHUB_OUTPUT"], environ["GITHUB_STEP_SUMMARY"]
    found = read(environ)
    assert (found.output, found.summary) == (None, None)


@pytest.mark.parametrize(
    ("origin", "is_fork"), [("", False), ("Octo/Jobs", False), ("mallory/jobs", True), (None, True)]
)
def test_a_pull_request_from_elsewhere_is_a_fork(
    github: FakeGitHub, tmp_path: Path, origin: str | None, *, is_fork: bool
) -> None:
    pull = Pull(9, HEAD, BASE, head_repository=origin)
    environ = workflow_environment(github, tmp_path, event="pull_request_target", pull=pull)
    found = read(environ)
    assert found.pull_request == PullRequest(9, HEAD, BASE, is_fork=is_fork, base_branch="main")
    assert found.is_from_outside is is_fork


def test_what_dependabot_starts_comes_from_outside(environ: dict[str, str]) -> None:
    environ["GITHUB_ACTOR"] = "dependabot[bot]"
    assert read(environ).is_from_outside


def test_a_merged_pull_request_is_not_open(github: FakeGitHub, tmp_path: Path) -> None:
    pull = Pull(9, HEAD, BASE, merge=MERGE, state="closed")
    environ = workflow_environment(github, tmp_path, event="pull_request", pull=pull)
    found = read(environ).pull_request
    assert found
    assert not found.is_open


def test_addresses_lose_the_slash_at_their_end(environ: dict[str, str]) -> None:
    environ["GITHUB_API_URL"] = "https://ghe.example/api/v3/"
    assert read(environ).api_url == "https://ghe.example/api/v3"


NEEDED = [
    "GITHUB_REPOSITORY",
    "GITHUB_SHA",
    "GITHUB_EVENT_NAME",
    "GITHUB_EVENT_PATH",
    "GITHUB_RUN_ID",
    "GITHUB_RUN_ATTEMPT",
    "GITHUB_ACTOR",
    "GITHUB_SERVER_URL",
    "GITHUB_API_URL",
    "GITHUB_GRAPHQL_URL",
]


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_variable_is_named(environ: dict[str, str], name: str) -> None:
    del environ[name]
    with pytest.raises(Refused, match=f"{name} is not set"):
        read(environ)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GITHUB_REPOSITORY", "octo"),
        ("GITHUB_REPOSITORY", "octo/jobs/x"),
        ("GITHUB_REPOSITORY", "octo/.."),
        ("GITHUB_REPOSITORY", "octo/jobs?x"),
        ("GITHUB_SHA", "main"),
        ("GITHUB_SHA", "A" * 40),
        ("GITHUB_EVENT_NAME", "pull request"),
        ("GITHUB_EVENT_PATH", "event.json"),
        ("GITHUB_RUN_ID", "-1"),
        ("GITHUB_RUN_ID", "٣"),
        ("GITHUB_RUN_ATTEMPT", "first"),
        ("GITHUB_ACTOR", "a\nb"),
        ("GITHUB_SERVER_URL", "github.com"),
        ("GITHUB_API_URL", "https://api.github.com?x=1"),
        ("GITHUB_API_URL", "https://token@api.github.com"),
        ("GITHUB_API_URL", "https://api.github.com:99999"),
        ("GITHUB_API_URL", "ftp://api.github.com"),
        ("GITHUB_API_URL", "https:///api"),
        ("GITHUB_API_URL", "https://api.github.com/a b"),
        ("GITHUB_GRAPHQL_URL", "https://[::1"),
        ("GITHUB_OUTPUT", "output"),
        ("GITHUB_STEP_SUMMARY", "/a\0b"),
    ],
)
def test_an_odd_variable_is_named(environ: dict[str, str], name: str, value: str) -> None:
    environ[name] = value
    with pytest.raises(Refused, match=f"{name} is not what GitHub sets"):
        read(environ)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b"[]", b"{}", b'{"pull_request": 5}', b"[" * 100_000]
)
def test_an_odd_event_is_refused(environ: dict[str, str], content: bytes) -> None:
    Path(environ["GITHUB_EVENT_PATH"]).write_bytes(content)
    with pytest.raises(Refused, match="GITHUB_EVENT_PATH"):
        read(environ)


@pytest.mark.parametrize(
    "change",
    [
        {"number": "7"},
        {"number": True},
        {"number": -1},
        {"head": None},
        {"head": {"sha": "main", "repo": None}},
        {"head": {"sha": HEAD, "repo": {"full_name": 5}}},
        {"base": {"sha": BASE}},
        {"state": None},
    ],
)
def test_an_event_with_an_odd_pull_request_is_refused(
    environ: dict[str, str], change: dict[str, object]
) -> None:
    def apply(event: dict[str, object]) -> None:
        pull = event["pull_request"]
        assert isinstance(pull, dict)
        pull.update(change)

    change_event(environ, apply)
    with pytest.raises(Refused, match="GITHUB_EVENT_PATH tells of no pull request"):
        read(environ)


def test_an_event_that_is_too_large_is_refused(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workflow, "MAX_EVENT", 10)
    with pytest.raises(Refused, match="more than 10 bytes"):
        read(environ)


def test_a_file_of_the_event_that_is_not_there_is_refused(environ: dict[str, str]) -> None:
    environ["GITHUB_EVENT_PATH"] = "/nowhere/event.json"
    with pytest.raises(Refused, match=r"can't read /nowhere/event\.json: No such file"):
        read(environ)
