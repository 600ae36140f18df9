"""The pull request that brought a commit, and the newest commit that changed the specs."""

from __future__ import annotations

import pytest

from runner.errors import GitHubError
from runner.github import Client, PullRequest, pulls
from tests.fake_github import BAD_GATEWAY, Change, FakeGitHub, Fault, Pull, odd
from tests.fake_github.fixtures import BASE, HEAD, MERGE, Time, client, github, time

__all__ = ["Time", "client", "github", "time"]

REPOSITORY = "octo/jobs"
OTHER = "d" * 40


def merged(github: FakeGitHub, number: int = 8, **more: object) -> Pull:
    pull = Pull(number, HEAD, BASE, merge=MERGE, state="closed")
    for name, value in more.items():
        setattr(pull, name, value)
    return github.world.add_pull(pull)


def brought(client: Client, commit: str = MERGE, *, exactly: bool = True) -> PullRequest | None:
    return pulls.brought(client, REPOSITORY, commit, exactly=exactly)


def test_the_pull_request_whose_merge_made_the_commit(github: FakeGitHub, client: Client) -> None:
    merged(github)
    assert brought(client) == PullRequest(8, HEAD, BASE, is_open=False, base_branch="main")


@pytest.mark.parametrize("origin", ["mallory/jobs", None], ids=["fork", "deleted-fork"])
def test_one_from_a_fork_is_known_as_such(
    github: FakeGitHub, client: Client, origin: str | None
) -> None:
    merged(github, head_repository=origin)
    found = brought(client)
    assert found
    assert found.is_fork


def test_a_push_without_a_pull_request_has_none(github: FakeGitHub, client: Client) -> None:
    github.world.changes.append(Change(MERGE, "2026-01-01T00:00:00Z", ("specs/a.yaml",)))
    assert brought(client) is None


def test_an_open_one_that_holds_the_commit_is_not_the_one(
    github: FakeGitHub, client: Client
) -> None:
    github.world.add_pull(Pull(9, HEAD, BASE, commits=(MERGE,)))
    github.world.add_pull(Pull(10, HEAD, BASE, merge=MERGE))
    assert brought(client) is None
    assert brought(client, exactly=False) is None


def test_a_merged_one_that_only_holds_the_commit_counts_where_that_is_asked(
    github: FakeGitHub, client: Client
) -> None:
    merged(github, commits=(OTHER,))
    assert brought(client, OTHER) is None
    found = brought(client, OTHER, exactly=False)
    assert found
    assert found.number == 8
    merged(github, 9, merge="e" * 40, commits=(OTHER,))
    assert brought(client, OTHER, exactly=False) is None


def test_a_commit_that_github_does_not_know_is_an_error(client: Client) -> None:
    with pytest.raises(GitHubError, match="No commit found") as raised:
        brought(client)
    assert raised.value.status == 422


@pytest.mark.parametrize("name", ["main", "", "..", "a" * 39, "a" * 40 + "/../x"])
def test_only_full_hashes_are_asked_for(github: FakeGitHub, client: Client, name: str) -> None:
    with pytest.raises(GitHubError, match="no full hash"):
        brought(client, name)
    with pytest.raises(GitHubError, match="no full hash"):
        pulls.last_change(client, REPOSITORY, name, ["specs"])
    assert not github.requests


@pytest.mark.parametrize(
    "answer",
    [
        {"number": 8},
        ["text"],
        [{"merged_at": "x", "merge_commit_sha": MERGE}],
        [{"merged_at": "x", "merge_commit_sha": MERGE, "number": True, "base": 5}],
    ],
)
def test_pull_requests_of_another_shape_are_an_error(
    github: FakeGitHub, client: Client, answer: object
) -> None:
    github.faults.add("commit_pulls", odd(answer))
    with pytest.raises(GitHubError):
        brought(client)


CHANGES = [
    Change("1" * 40, "2026-01-05T00:00:00Z", ("README.md",)),
    Change("2" * 40, "2026-01-04T00:00:00+02:00", ("specs/a.yaml", "vars.yaml")),
    Change("3" * 40, "2026-01-03T23:00:00Z", ("machines/b.json",)),
    Change("4" * 40, "2026-01-02T00:00:00Z", ("specs/a.yaml",)),
]


@pytest.mark.parametrize(
    ("start", "paths", "expected"),
    [
        ("1", ["specs"], "2"),
        ("1", ["machines/b.json"], "3"),
        # By date, whose time zones differ: the fourth of January at +02:00 is the third in UTC.
        ("1", ["specs/", "machines"], "3"),
        ("1", ["machines", "vars.yaml"], "3"),
        ("3", ["specs"], "4"),
        ("1", ["."], "1"),
        ("1", ["specs", "."], "1"),
        ("1", ["nowhere", "specs"], "2"),
        ("1", ["nowhere"], None),
        ("1", [], None),
    ],
)
def test_the_newest_commit_that_changed_any_of_the_paths(
    github: FakeGitHub, client: Client, start: str, paths: list[str], expected: str | None
) -> None:
    github.world.changes = CHANGES
    found = pulls.last_change(client, REPOSITORY, start * 40, paths)
    assert found == (expected and expected * 40)


def test_paths_are_sent_as_they_are(github: FakeGitHub, client: Client) -> None:
    github.world.changes = CHANGES
    pulls.last_change(client, REPOSITORY, "1" * 40, ["a&sha=x/ü ?#.yaml"])
    assert github.requests[0].query == {
        "sha": "1" * 40,
        "path": "a&sha=x/ü ?#.yaml",
        "per_page": "1",
    }


@pytest.mark.parametrize(
    "fault",
    [
        odd({}),
        odd([{}]),
        odd([{"sha": "1" * 40, "commit": {"committer": {"date": "yesterday"}}}]),
        odd([{"sha": "1" * 40, "commit": {"committer": {"date": "2026-01-01T00:00:00"}}}]),
        odd([{"sha": "x", "commit": {"committer": {"date": "2026-01-01T00:00:00Z"}}}]),
        BAD_GATEWAY,
    ],
)
def test_commits_of_another_shape_are_an_error(
    github: FakeGitHub, client: Client, fault: Fault
) -> None:
    github.faults.add("commits", fault)
    with pytest.raises(GitHubError):
        pulls.last_change(client, REPOSITORY, "1" * 40, ["specs"])


def test_what_was_merged_into_another_branch_is_not_the_one(
    github: FakeGitHub, client: Client
) -> None:
    merged(github, base_branch="dev")
    assert pulls.brought(client, REPOSITORY, MERGE, into="main") is None
    assert pulls.brought(client, REPOSITORY, MERGE, into="dev") is not None


def number_of(count: int) -> str:
    return f"{count:040x}"


def history(github: FakeGitHub, commits: int) -> None:
    """So many commits of the main branch, numbered from 1; every second one merged a pull request.

    GitHub tells of the lower numbers first, as if they had been updated last.
    """
    for count in range(commits, 0, -1):
        github.world.changes.append(Change(number_of(count), "2026-01-01T00:00:00Z", ("specs",)))
        if count % 2:
            merge = number_of(count)
            github.world.add_pull(Pull(count, HEAD, BASE, merge=merge, state="closed"))


def test_what_was_merged_since_is_told_newest_first_and_to_a_bound(
    github: FakeGitHub, client: Client
) -> None:
    history(github, 400)
    found = pulls.merged_since(client, REPOSITORY, number_of(10), number_of(391), into="main")
    assert [each.number for each in found] == list(range(391, 391 - 40, -2))


def test_what_was_merged_elsewhere_or_before_is_not_since(
    github: FakeGitHub, client: Client
) -> None:
    history(github, 9)
    github.world.pulls[7].base_branch = "dev"
    found = pulls.merged_since(client, REPOSITORY, number_of(3), number_of(8), into="main")
    assert [each.number for each in found] == [5]


@pytest.mark.parametrize("answer", [[], {}, {"commits": 1}, {"commits": [1]}, {"commits": [{}]}])
def test_a_comparison_of_another_shape_is_our_error(
    github: FakeGitHub, client: Client, answer: object
) -> None:
    history(github, 9)
    github.faults.add("compare", odd(answer))
    with pytest.raises(GitHubError):
        pulls.merged_since(client, REPOSITORY, number_of(3), number_of(8), into="main")


def test_whether_a_pull_request_is_open(github: FakeGitHub, client: Client) -> None:
    merged(github)
    github.world.add_pull(Pull(9, HEAD, BASE))
    assert pulls.is_open(client, REPOSITORY, 9)
    assert not pulls.is_open(client, REPOSITORY, 8)
