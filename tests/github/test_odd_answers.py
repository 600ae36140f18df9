"""Whatever comes back, a call returns or raises our own error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import urllib3.exceptions
from hypothesis import example, given
from hypothesis import strategies as st

from runner.errors import GitHubError
from runner.github import body, comments, http, id_token, pulls
from tests.fake_github import ACTIONS, FakeGitHub, odd
from tests.fake_github.fixtures import BASE, HEAD, MERGE, Time, client_for
from tests.fake_github.world import Pull

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runner.github import Client
    from tests.fake_github.faults import Route

REPOSITORY = "octo/jobs"
TEXT = body.write(body.Body("prod", "1.abc"))

WORDS = (
    "id html_url body user login data viewer errors type value sha commit committer date number"
    " head base repo full_name state merged_at merge_commit_sha message"
)
NAMES = st.sampled_from(WORDS.split())
TEXTS = ["", "x", HEAD, MERGE, ACTIONS, TEXT, "RATE_LIMITED"]
LEAVES = st.sampled_from([None, True, 1, -1, 1.5, *TEXTS])
ANSWERS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner), max_leaves=20
)
WHOLE_PULL = {
    "number": 7,
    "state": "closed",
    "merged_at": "x",
    "merge_commit_sha": MERGE,
    "head": {"sha": HEAD, "repo": {}},
    "base": {"sha": BASE, "repo": {"full_name": "octo/jobs"}},
}


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeGitHub]:
    with FakeGitHub() as running:
        running.world.add_pull(Pull(7, HEAD, BASE))
        yield running


def keep(client: Client) -> object:
    return comments.keep(client, REPOSITORY, 7, TEXT, label="prod", author=ACTIONS)


def is_read_or_ours(call: Callable[[], object]) -> None:
    """Any other exception than ours comes out."""
    error = ""
    try:
        call()
    except GitHubError as ours:
        error = str(ours)
    assert "\n" not in error


CALLS: list[tuple[Route, Callable[[Client], object]]] = [
    ("list_comments", keep),
    ("create_comment", keep),
    ("graphql", comments.viewer),
    ("commit_pulls", lambda client: pulls.brought(client, REPOSITORY, MERGE, exactly=False)),
    ("commits", lambda client: pulls.last_change(client, REPOSITORY, MERGE, ["specs"])),
]


@pytest.mark.parametrize(("route", "call"), CALLS, ids=[route for route, _ in CALLS])
@given(answer=ANSWERS)
@example(answer=[WHOLE_PULL])
@example(answer=[{"id": 1, "html_url": None, "body": TEXT, "user": {"login": ACTIONS}}])
@example(answer=[{"sha": HEAD, "commit": {"committer": {"date": "9999-99-99T00:00:00Z"}}}])
def test_an_answer_of_any_shape_is_read_or_our_error(
    fake: FakeGitHub, route: Route, call: Callable[[Client], object], answer: object
) -> None:
    fake.world.notes.clear()
    fake.faults.clear()
    fake.faults.add(route, odd(answer))
    with client_for(fake, Time()) as client:
        is_read_or_ours(lambda: call(client))


@given(answer=ANSWERS)
def test_an_identity_token_of_any_shape_is_read_or_our_error(
    fake: FakeGitHub, answer: object
) -> None:
    fake.faults.clear()
    fake.faults.add("id_token", odd(answer))
    is_read_or_ours(lambda: id_token(fake.environment(), patience=Time().patience()))


FAULTS = [
    kind
    for kind in vars(urllib3.exceptions).values()
    if isinstance(kind, type) and issubclass(kind, urllib3.exceptions.HTTPError)
]


@pytest.mark.parametrize("kind", [*FAULTS, OSError, TimeoutError, ConnectionResetError])
def test_every_error_of_the_library_becomes_ours(kind: type[Exception]) -> None:
    assert len(FAULTS) > 20
    origin = http.origin_of("https://api.github.com")
    error = kind.__new__(kind)
    # Some write these into their message.
    vars(error).update(partial=0, expected=0, length=b"")
    with pytest.raises(GitHubError), http._translated(origin):
        raise error
