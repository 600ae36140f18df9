"""Pull requests by the commits that they brought."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING

from runner.errors import GitHubError
from runner.github import shapes
from runner.github.client import repository_path
from runner.github.workflow import PullRequest, pull_request_of
from runner.report.cleaning import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runner.github.client import Client
    from runner.values import Json

MOST_MERGES = 20
"""Pull requests whose reviews are read besides the one that brought a commit."""

MOST_CLOSED = 500
MOST_COMMITS = 1_000
_PAGE = 100


def brought(
    client: Client, repository: str, commit: str, *, into: str = "", exactly: bool = True
) -> PullRequest | None:
    """The merged pull request whose merge made the commit, None where there is none.

    `into` is the branch that it was merged into, such as main; empty for any. Not `exactly`,
    it may also be the only merged one that the commit lies in: the newest change of a file lies
    on the pull request's branch, where that was merged as it was. Raises GitHubError, also
    where GitHub does not know the commit.
    """
    path = f"{repository_path(repository)}/commits/{_checked(commit)}/pulls"
    merged = [
        (_merge_of(entry), found)
        for page in client.pages(path)
        for entry in page
        if _merge_of(entry) is not None
        and (found := _pull_request(entry)).base_branch in (into or found.base_branch,)
    ]
    made = [found for merge, found in merged if merge == commit]
    candidates = made or ([] if exactly else [found for _, found in merged])
    return candidates[0] if len(candidates) == 1 else None


def is_open(client: Client, repository: str, number: int) -> bool:
    """Tell whether a pull request is open by now. Raises GitHubError."""
    return _pull_request(client.get(f"{repository_path(repository)}/pulls/{number}")).is_open


def merged_since(
    client: Client, repository: str, base: str, commit: str, *, into: str
) -> tuple[PullRequest, ...]:
    """The pull requests whose merges lie in a commit and not in an earlier one, newest first.

    At most MOST_MERGES, of those that were merged into the branch and updated lately, and among
    the first MOST_COMMITS commits. Raises GitHubError.
    """
    root = repository_path(repository)
    commits = _between(client, f"{root}/compare/{_checked(base)}...{_checked(commit)}")
    query = {"state": "closed", "base": into, "sort": "updated", "direction": "desc"}
    latest = (each for page in client.pages(f"{root}/pulls", query) for each in page)
    among = islice(latest, MOST_CLOSED)
    merged = [(_place_of(each, commits), each) for each in among if _merge_of(each) in commits]
    merged.sort(key=itemgetter(0), reverse=True)
    return tuple(_pull_request(each) for _, each in merged[:MOST_MERGES])


def _between(client: Client, path: str) -> dict[str, int]:
    """The commits of a comparison, oldest first, with their places."""
    found: dict[str, int] = {}
    for page in range(1, MOST_COMMITS // _PAGE + 1):
        answer = client.get(path, {"per_page": str(_PAGE), "page": str(page)})
        try:
            names = [shapes.commit(each, "sha") for each in shapes.entries(answer, "commits")]
        except shapes.Misshapen as error:
            raise _odd("a comparison", error) from error
        for name in names:
            found.setdefault(name, len(found))
        if len(names) < _PAGE:
            break
    return found


def _place_of(entry: Json, commits: Mapping[str, int]) -> int:
    merge = _merge_of(entry)
    return commits[merge] if merge is not None else -1


def last_change(client: Client, repository: str, at: str, paths: Iterable[str]) -> str | None:
    """The newest commit that changed any of the paths, None where none did.

    It is the newest up to `at`, a commit or a branch such as refs/heads/main: `at` itself
    wherever that changed one of them, whatever dates commits have, and else by their dates. Paths
    are relative to the repository's root, `.` is all of it. Raises GitHubError.
    """
    path = f"{repository_path(repository)}/commits"
    changes: list[tuple[datetime, str]] = []
    branch = at.removeprefix("refs/heads/")
    for name in paths:
        query = {"sha": _checked(at) if branch == at else branch, "per_page": "1"}
        if name not in {"", "."}:
            query["path"] = name
        changed = _newest(client.get(path, query))
        changes += [changed] if changed is not None else []
    if at in (commit for _, commit in changes):
        return at
    return max(changes)[1] if changes else None


def _checked(commit: str) -> str:
    if not shapes.is_commit(commit):
        raise GitHubError(f"{one_line(commit, 100)!r} is no full hash of a commit")
    return commit


def _merge_of(entry: Json) -> str | None:
    """The commit by which a pull request was merged, None where it was not."""
    try:
        is_merged = shapes.at(entry, "merged_at") is not None
        commit = shapes.at(entry, "merge_commit_sha")
    except shapes.Misshapen as error:
        raise _odd("a pull request", error) from error
    return commit if is_merged and isinstance(commit, str) else None


def _pull_request(entry: Json) -> PullRequest:
    try:
        return pull_request_of(entry)
    except shapes.Misshapen as error:
        raise _odd("a pull request", error) from error


def _newest(entries: Json) -> tuple[datetime, str] | None:
    """When the first commit of a list was made, and its hash."""
    if not isinstance(entries, list):
        raise GitHubError("the answer about commits is no list")
    if not entries:
        return None
    try:
        when = datetime.fromisoformat(shapes.text(entries[0], "commit", "committer", "date"))
        commit = shapes.commit(entries[0], "sha")
    except ValueError as error:
        raise _odd("a commit", error) from error
    if when.tzinfo is None:
        raise GitHubError("the date of a commit has no time zone")
    return when, commit


def _odd(what: str, error: Exception) -> GitHubError:
    return GitHubError(f"{what} is not as GitHub's API has it: {one_line(str(error), 200)}")
