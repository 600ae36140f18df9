"""Our comment is found, edited or written once, whatever GitHub does in between."""

from __future__ import annotations

import pytest

from runner.errors import GitHubError
from runner.github import Body, Client, body, comments
from tests.fake_github import (
    ACTIONS,
    BAD_GATEWAY,
    BROKEN,
    DROPPED,
    LOST,
    LOST_BEHIND_GATEWAY,
    READ_ONLY,
    TRUNCATED,
    UNAUTHORIZED,
    UNPROCESSABLE,
    FakeGitHub,
    Fault,
    Identity,
    limited,
    odd,
    throttled,
)
from tests.fake_github.fixtures import Time, client, client_for, github, time

__all__ = ["client", "github", "time"]

REPOSITORY = "octo/jobs"


def text(plan: str = "3 to run", label: str = "prod") -> str:
    return body.write(Body(label, review="1.abc", plan=plan))


def keep(client: Client, said: str, label: str = "prod") -> comments.Comment:
    return comments.keep(client, REPOSITORY, 7, said, label=label, author=ACTIONS)


def find(client: Client, label: str = "prod") -> comments.Comment | None:
    return comments.find(client, REPOSITORY, 7, label=label, author=ACTIONS)


def bodies(github: FakeGitHub) -> list[str]:
    return [note.body for note in github.world.notes_of(7)]


def test_the_first_plan_is_written(github: FakeGitHub, client: Client) -> None:
    comment = keep(client, text())
    assert bodies(github) == [text()]
    assert comment.url.endswith(f"/octo/jobs/pull/7#issuecomment-{comment.id}")


def test_the_next_plan_edits_the_same_comment(github: FakeGitHub, client: Client) -> None:
    first = keep(client, text("3 to run"))
    second = keep(client, text("2 to run"))
    assert second.id == first.id
    assert bodies(github) == [text("2 to run")]


def test_a_known_comment_is_not_looked_for(github: FakeGitHub, client: Client) -> None:
    first = keep(client, text())
    before = len(github.calls("list_comments"))
    comments.keep(client, REPOSITORY, 7, text("new"), label="prod", author=ACTIONS, known=first)
    assert len(github.calls("list_comments")) == before
    assert bodies(github) == [text("new")]


def test_each_label_has_a_comment_of_its_own(github: FakeGitHub, client: Client) -> None:
    for label in ("prod", "staging", "", "prod"):
        keep(client, text(label=label), label)
    assert bodies(github) == [text(label=label) for label in ("prod", "staging", "")]


def test_a_comment_on_the_third_page_is_found(github: FakeGitHub, client: Client) -> None:
    for number in range(250):
        github.world.add_note(7, "someone", f"comment {number}")
    ours = github.world.add_note(7, ACTIONS, text())
    keep(client, text("new"))
    assert ours.body == text("new")
    assert not github.calls("create_comment")
    pages = [call.query["page"] for call in github.calls("list_comments")]
    assert pages == ["1", "2", "3"]


def test_the_oldest_of_two_is_kept(github: FakeGitHub, client: Client) -> None:
    first, second = (github.world.add_note(7, ACTIONS, text()) for _ in range(2))
    keep(client, text("new"))
    assert (first.body, second.body) == (text("new"), text())


def test_somebody_elses_comment_with_our_marker_is_left_alone(
    github: FakeGitHub, client: Client
) -> None:
    forged = github.world.add_note(7, "mallory", text("forged"))
    orphan = github.world.add_note(7, None, text("of a deleted account"))
    assert find(client) is None
    keep(client, text())
    assert (forged.body, orphan.body) == (text("forged"), text("of a deleted account"))
    assert [note.author for note in github.world.notes_of(7)] == ["mallory", None, ACTIONS]


@pytest.mark.parametrize("before", [" ", "\n", "> ", "Look:\n"])
def test_our_own_comment_with_the_marker_further_down_is_not_taken(
    github: FakeGitHub, client: Client, before: str
) -> None:
    github.world.add_note(7, ACTIONS, before + text())
    assert find(client) is None


def test_comments_of_other_pull_requests_are_not_taken(github: FakeGitHub, client: Client) -> None:
    github.world.add_note(8, ACTIONS, text())
    assert find(client) is None


def test_logins_are_compared_without_case(github: FakeGitHub, client: Client) -> None:
    github.world.add_note(7, "GitHub-Actions[bot]", text())
    assert find(client) is not None


def test_an_edited_comment_with_crlf_is_found(github: FakeGitHub, client: Client) -> None:
    github.world.add_note(7, ACTIONS, text().replace("\n", "\r\n"))
    found = find(client)
    assert found
    assert body.read(found.body) == Body("prod", "1.abc", plan="3 to run")


def test_a_comment_that_was_deleted_meanwhile_is_written_anew(
    github: FakeGitHub, client: Client
) -> None:
    known = keep(client, text())
    github.world.notes.clear()
    comment = comments.keep(
        client, REPOSITORY, 7, text("new"), label="prod", author=ACTIONS, known=known
    )
    assert comment.id != known.id
    assert bodies(github) == [text("new")]


@pytest.mark.parametrize(
    "fault", [LOST, LOST_BEHIND_GATEWAY, TRUNCATED], ids=["cut", "502", "truncated"]
)
def test_a_lost_answer_makes_no_second_comment(
    github: FakeGitHub, client: Client, fault: Fault
) -> None:
    github.faults.add("create_comment", fault, calls={1})
    comment = keep(client, text())
    assert bodies(github) == [text()]
    assert comment.id == github.world.notes_of(7)[0].id
    assert len(github.calls("create_comment")) == 1


@pytest.mark.parametrize("fault", [DROPPED, BROKEN, BAD_GATEWAY], ids=["cut", "500", "502"])
def test_a_comment_that_was_not_made_is_sent_again(
    github: FakeGitHub, client: Client, fault: Fault
) -> None:
    github.faults.add("create_comment", fault, calls={1, 2})
    keep(client, text())
    assert bodies(github) == [text()]
    assert len(github.calls("create_comment")) == 3


def test_a_comment_that_another_run_wrote_meanwhile_gets_our_text(
    github: FakeGitHub, client: Client, time: Time
) -> None:
    github.faults.add("create_comment", DROPPED, calls={1})
    wait = time.wait

    def other_run(seconds: float) -> bool:
        github.world.add_note(7, ACTIONS, text("of another run"))
        return wait(seconds)

    time.wait = other_run  # type: ignore[method-assign]
    with client_for(github, time) as ready:
        keep(ready, text())
    assert bodies(github) == [text()]


@pytest.mark.parametrize("fault", [throttled(3), limited(retry_after="3")], ids=["429", "403"])
def test_a_rate_limit_is_waited_for_and_makes_no_look(
    github: FakeGitHub, client: Client, time: Time, fault: Fault
) -> None:
    github.faults.add("create_comment", fault, calls={1})
    keep(client, text())
    assert bodies(github) == [text()]
    assert time.waits == [4.0]
    assert len(github.calls("list_comments")) == 1


@pytest.mark.parametrize("fault", [LOST, BROKEN, BAD_GATEWAY, TRUNCATED, throttled(1)])
def test_an_edit_is_repeated(github: FakeGitHub, client: Client, fault: Fault) -> None:
    keep(client, text())
    github.faults.add("edit_comment", fault, calls={1, 2})
    keep(client, text("new"))
    assert bodies(github) == [text("new")]


def test_a_read_only_token_is_told_the_permission_it_lacks(github: FakeGitHub, time: Time) -> None:
    github.world.tokens["ghs_ReadOnly"] = Identity(ACTIONS, can_write=False)
    with (
        client_for(github, time, "ghs_ReadOnly") as reader,
        pytest.raises(GitHubError, match="pull-requests: write") as raised,
    ):
        keep(reader, text())
    assert raised.value.status == 403
    assert len(github.calls("create_comment")) == 1
    assert not time.waits


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        (UNAUTHORIZED, 401, "Bad credentials; the token is wrong or has expired"),
        (READ_ONLY, 403, "permissions: pull-requests: write"),
        (UNPROCESSABLE, 422, "Validation Failed: body custom is odd"),
        (odd([]), 200, "the value is no object"),
        (odd({"id": "1", "html_url": "u", "body": "b"}), 200, "id is no number"),
        (odd({"id": 1, "html_url": "u", "body": 5}), 200, "body is no text"),
    ],
)
def test_a_refusal_is_told_and_not_repeated(
    github: FakeGitHub, client: Client, fault: Fault, status: int, words: str
) -> None:
    github.faults.add("create_comment", fault)
    with pytest.raises(GitHubError) as raised:
        keep(client, text())
    assert words in str(raised.value)
    assert raised.value.status in {status, None}
    assert len(github.calls("create_comment")) == 1


def test_a_comment_that_github_finds_too_long_is_an_error(
    github: FakeGitHub, client: Client
) -> None:
    with pytest.raises(GitHubError, match="too long"):
        keep(client, "x" * 65_537)


@pytest.mark.parametrize(
    "answer", [{"message": "hm"}, "text", [1], [{"user": 5}], [{"user": {"login": ACTIONS}}]]
)
def test_a_list_of_another_shape_is_an_error(
    github: FakeGitHub, client: Client, answer: object
) -> None:
    github.faults.add("list_comments", odd(answer))
    with pytest.raises(GitHubError):
        find(client)


def test_a_repository_that_is_no_name_is_never_called(github: FakeGitHub, client: Client) -> None:
    with pytest.raises(GitHubError, match="OWNER/NAME"):
        comments.find(client, "octo/jobs/../other", 7, label="", author=ACTIONS)
    assert not github.requests


def test_the_viewer_is_who_the_token_is_of(github: FakeGitHub, time: Time) -> None:
    github.world.tokens["ghp_Personal"] = Identity("octocat")
    with client_for(github, time) as workflow, client_for(github, time, "ghp_Personal") as person:
        assert (comments.viewer(workflow), comments.viewer(person)) == (ACTIONS, "octocat")


def test_the_viewer_of_a_token_without_graphql_is_that_of_workflows(
    github: FakeGitHub, time: Time
) -> None:
    github.world.tokens["ghs_NoGraphql"] = Identity("x[bot]", has_graphql=False)
    with client_for(github, time, "ghs_NoGraphql") as ready:
        assert comments.viewer(ready) == ACTIONS


@pytest.mark.parametrize(
    "answer",
    [{}, [], {"data": None}, {"data": {"viewer": None}}, {"data": {"viewer": {"login": "a b"}}}],
)
def test_a_viewer_that_is_not_told_is_that_of_workflows(
    github: FakeGitHub, client: Client, answer: object
) -> None:
    github.faults.add("graphql", odd(answer))
    assert comments.viewer(client) == ACTIONS


@pytest.mark.parametrize(
    "fault", [BAD_GATEWAY, odd({"errors": [{"type": "RATE_LIMITED"}]}), UNAUTHORIZED]
)
def test_a_fault_makes_no_other_viewer_of_us(
    github: FakeGitHub, client: Client, fault: Fault
) -> None:
    github.faults.add("graphql", fault)
    with pytest.raises(GitHubError):
        comments.viewer(client)


def test_graphql_elsewhere_never_gets_the_token(github: FakeGitHub, time: Time) -> None:
    with FakeGitHub() as other:
        ready = Client(
            github.api_url, github.token, graphql_url=other.graphql_url, patience=time.patience()
        )
        assert comments.viewer(ready) == ACTIONS
        assert not other.requests
