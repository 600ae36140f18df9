"""Calls go to one origin alone, are repeated where that does no harm, and fail in our words."""

from __future__ import annotations

import logging
import threading
import traceback

import pytest

import runner
from runner.errors import GitHubError
from runner.github import Client, Patience, http
from tests.fake_aws.fixtures import closed_port
from tests.fake_github import (
    BAD_GATEWAY,
    BROKEN,
    DROPPED,
    LOST,
    NOT_JSON,
    TRUNCATED,
    FakeGitHub,
    Fault,
    limited,
    odd,
    redirect,
    slow,
    throttled,
)
from tests.fake_github.fixtures import Time, client, client_for, github, time

__all__ = ["client", "github", "time"]

NINETY = "Thu, 01 Jan 1970 00:01:30 GMT"
COMMENTS = "/repos/octo/jobs/issues/7/comments"


def test_a_call_carries_the_token_the_version_and_our_name(
    github: FakeGitHub, client: Client
) -> None:
    client.get(COMMENTS)
    sent = github.requests[0]
    assert sent.authorization == f"Bearer {github.token}"
    assert sent.headers["accept"] == "application/vnd.github+json"
    assert sent.headers["x-github-api-version"] == "2022-11-28"
    assert sent.headers["user-agent"] == f"stepfleet/{runner.__version__}"


@pytest.mark.parametrize(
    "fault",
    [DROPPED, LOST, TRUNCATED, BROKEN, BAD_GATEWAY, throttled(1), limited(retry_after="1")],
    ids=["dropped", "lost", "truncated", "500", "502", "429", "403"],
)
def test_reading_is_repeated_after_any_fault(
    github: FakeGitHub, client: Client, fault: Fault
) -> None:
    github.faults.add("list_comments", fault, calls={1, 2})
    assert client.get(COMMENTS) == []
    assert len(github.requests) == 3


def test_pauses_grow_with_jitter_up_to_a_bound(
    github: FakeGitHub, client: Client, time: Time
) -> None:
    github.faults.add("list_comments", BAD_GATEWAY, calls=range(1, 9))
    client.get(COMMENTS)
    assert time.waits == [0.5, 1, 2, 4, 8, 10, 10, 10]


def test_it_gives_up_before_the_deadline_with_the_last_error(
    github: FakeGitHub, client: Client, time: Time
) -> None:
    github.faults.add("list_comments", BAD_GATEWAY)
    with pytest.raises(GitHubError, match="502") as raised:
        client.get(COMMENTS)
    assert raised.value.status == 502
    assert sum(time.waits) <= 60


def test_all_calls_share_the_deadline_until_it_is_renewed(
    github: FakeGitHub, client: Client, time: Time
) -> None:
    client.get(COMMENTS)
    time.now += 61
    github.faults.add("list_comments", BAD_GATEWAY, calls={1, 2})
    with pytest.raises(GitHubError, match="502"):
        client.get(COMMENTS)
    assert not time.waits
    client.renew()
    assert client.get(COMMENTS) == []


def test_a_wait_that_is_cut_short_ends_the_call(
    github: FakeGitHub, client: Client, time: Time
) -> None:
    github.faults.add("list_comments", BAD_GATEWAY)
    time.is_cut_short = True
    with pytest.raises(GitHubError, match="502"):
        client.get(COMMENTS)
    assert len(github.requests) == 1


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        (throttled(7), 7),
        (limited(retry_after="7"), 7),
        (limited(retry_after="Thu, 01 Jan 1970 00:01:40 GMT", date=NINETY), 10),
        (limited(x_ratelimit_remaining="0", x_ratelimit_reset="105", date=NINETY), 15),
        (limited(x_ratelimit_remaining="0", x_ratelimit_reset="80", date=NINETY), 0),
    ],
)
def test_it_waits_as_long_as_github_asks_by_githubs_clock(
    github: FakeGitHub, client: Client, time: Time, fault: Fault, seconds: float
) -> None:
    github.faults.add("list_comments", fault, calls={1})
    client.get(COMMENTS)
    assert time.waits == [seconds + 1]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (throttled(3600), "429: Too many requests; it asks to wait 3600 s"),
        (limited(retry_after="61"), "it asks to wait 61 s"),
        (limited(), "it asks to wait 60 s"),
        (limited(x_ratelimit_remaining="0", x_ratelimit_reset="soon"), "asks to wait 60 s"),
        (limited(retry_after="-1"), "asks to wait 60 s"),
    ],
)
def test_a_longer_wait_than_there_is_time_gives_up_at_once_and_tells_it(
    github: FakeGitHub, client: Client, time: Time, fault: Fault, words: str
) -> None:
    github.faults.add("list_comments", fault)
    with pytest.raises(GitHubError, match=words):
        client.get(COMMENTS)
    assert not time.waits
    assert len(github.requests) == 1


@pytest.mark.parametrize("fault", [NOT_JSON, odd("text"), Fault(200, b"\xff\xfe")])
def test_what_is_no_json_or_no_list_is_an_error(
    github: FakeGitHub, client: Client, fault: Fault
) -> None:
    github.faults.add("list_comments", fault)
    with pytest.raises(GitHubError, match="the answer is no"):
        next(client.pages(COMMENTS))


def test_deeply_nested_json_is_an_error(github: FakeGitHub, client: Client) -> None:
    github.faults.add("list_comments", Fault(200, b"[" * 100_000))
    with pytest.raises(GitHubError, match="nested deeper"):
        client.get(COMMENTS)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(github: FakeGitHub, client: Client, status: int) -> None:
    with FakeGitHub() as other:
        github.faults.add("list_comments", redirect(f"{other.api_url}{COMMENTS}", status))
        with pytest.raises(GitHubError, match="redirects are not followed") as raised:
            client.get(COMMENTS)
        assert raised.value.status == status
        assert not other.requests
    assert len(github.requests) == 1


def test_the_next_page_of_a_list_is_asked_of_the_same_origin(
    github: FakeGitHub, client: Client
) -> None:
    with FakeGitHub() as other:
        link = {"Link": f'<{other.api_url}{COMMENTS}?page=2>; rel="next"'}
        github.faults.add("list_comments", Fault(200, b"[]", link), calls={1})
        assert list(client.pages(COMMENTS)) == [[], []]
        assert not other.requests


def test_calls_share_a_connection(
    github: FakeGitHub, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "urllib3")
    for _ in range(3):
        client.get(COMMENTS)
    assert len(github.requests) == 3
    assert caplog.text.count("Starting new HTTP connection") == 1


def test_a_list_without_an_end_is_an_error(github: FakeGitHub, client: Client) -> None:
    github.faults.add("list_comments", Fault(200, b"[]", {"Link": "<x>; rel=next"}))
    with pytest.raises(GitHubError, match="more than 5000 entries"):
        list(client.pages(COMMENTS))
    assert len(github.requests) == 50


def test_an_answer_that_is_too_large_is_an_error(
    github: FakeGitHub, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "MAX_ANSWER", 1000)
    github.faults.add("list_comments", Fault(200, b" " * 200_000 + b"[]"), calls={1})
    with pytest.raises(GitHubError, match="more than 1000 bytes"):
        client.get(COMMENTS)
    assert client.get(COMMENTS) == []
    assert len(github.requests) == 2


def test_an_answer_that_does_not_come_in_time_is_an_error(
    github: FakeGitHub, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "READ_SECONDS", 0.05)
    github.faults.add("list_comments", slow(60), calls={1})
    with client_for(github, time) as ready:
        # The fake answers the next calls while it sits on the first one.
        assert ready.get(COMMENTS) == []
    assert len(github.requests) == 2


def test_an_answer_that_trickles_beyond_the_deadline_is_an_error(github: FakeGitHub) -> None:
    seconds = iter(range(0, 100_000, 25))
    github.faults.add("list_comments", Fault(200, b" " * 1_000_000))
    patience = Patience(wait=lambda _: False, clock=lambda: next(seconds), draw=lambda: 1.0)
    with (
        Client(github.api_url, github.token, patience=patience) as ready,
        pytest.raises(GitHubError, match="takes too long"),
    ):
        ready.get(COMMENTS)


@pytest.mark.parametrize("host", ["a" * 64 + ".invalid", "a..b.invalid", "ü.invalid", "%zz"])
def test_a_host_that_cannot_be_one_is_an_error(time: Time, host: str) -> None:
    with (
        pytest.raises(GitHubError),
        Client(f"https://{host}", "t", patience=time.patience(1)) as it,
    ):
        it.get("/x")


def test_where_nobody_listens_calls_are_repeated_and_told(time: Time) -> None:
    with (
        Client(closed_port(), "token", patience=time.patience()) as nobody,
        pytest.raises(GitHubError, match=r"no connection to 127\.0\.0\.1:\d+"),
    ):
        nobody.create("/x", {}, read=str, look=lambda: pytest.fail("looked in vain"))
    assert len(time.waits) > 3


def test_text_from_github_is_cleaned_and_bounded(github: FakeGitHub, client: Client) -> None:
    hostile = {"message": "\x1b[31m\n::error::boo\u202e" + "x" * 5000, "errors": "none"}
    github.faults.add("list_comments", Fault(418, odd(hostile).body))
    with pytest.raises(GitHubError) as raised:
        client.get(COMMENTS)
    said = str(raised.value)
    assert "\\x1b[31m" in said
    assert not {"\x1b", "\n", "\u202e"} & {*said}
    assert len(said) < 600


def test_a_page_of_html_is_not_shown(github: FakeGitHub, client: Client) -> None:
    github.faults.add("list_comments", Fault(403, BAD_GATEWAY.body))
    with pytest.raises(GitHubError) as raised:
        client.get(COMMENTS)
    assert str(raised.value) == f"GET {COMMENTS}: GitHub answers 403"


@pytest.mark.parametrize("token", ["", "a\nb", "a\r\nX: y", "töken", "a b", "\u2028", "a\x00"])
def test_what_cannot_be_a_token_is_refused_without_telling_it(token: str) -> None:
    with pytest.raises(GitHubError, match="the token for GitHub") as raised:
        Client("https://api.github.com", token)
    assert not token or token not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.github.com",
        "ftp://api.github.com",
        "api.github.com",
        "https://",
        "https://user:pass@api.github.com",
        "https://api.github.com:port",
        "http://127.0.0.1.example.com",
        "https://[::1",
    ],
)
def test_an_address_without_tls_or_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(GitHubError):
        Client(url, "token")


@pytest.mark.parametrize(
    "graphql_url",
    [
        "http://api.github.com/graphql",
        "https://api.github.com:444/graphql",
        "https://api.github.com.example/graphql",
        "https://github.com/graphql",
        "https://x@api.github.com/graphql",
        "nonsense",
        "",
    ],
)
def test_graphql_of_another_origin_is_not_used(graphql_url: str) -> None:
    ready = Client("https://api.github.com", "token", graphql_url=graphql_url)
    assert not ready.has_graphql
    with pytest.raises(GitHubError, match="GraphQL"):
        ready.query("query { viewer { login } }")


def test_the_same_origin_may_be_spelled_in_other_ways() -> None:
    ready = Client("https://api.github.com", "t", graphql_url="https://API.github.com:443/graphql")
    assert ready.has_graphql


def test_the_token_is_in_no_message_log_or_representation(
    github: FakeGitHub, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    github.faults.add("list_comments", odd({}), calls={1})
    github.faults.add("list_comments", Fault(400, odd({"message": f"no {github.token}"}).body))
    shown = [repr(client), repr(vars(client)["_http"])]
    for call in (lambda: list(client.pages(COMMENTS)), lambda: client.get(COMMENTS)):
        with pytest.raises(GitHubError) as raised:
            call()
        shown += traceback.format_exception(raised.value)
    assert "no ***" in "".join(shown)
    assert github.token not in "".join(shown) + caplog.text


def test_a_call_waits_no_longer_than_an_event_is_unset(github: FakeGitHub) -> None:
    """`threading.Event.wait` fits as the way to wait: who sets it ends all repeats."""
    stop = threading.Event()
    stop.set()
    github.faults.add("list_comments", BAD_GATEWAY)
    ready = Client(github.api_url, github.token, patience=Patience(wait=stop.wait))
    with ready, pytest.raises(GitHubError, match="502"):
        ready.get(COMMENTS)
