"""The token of a job's identity is asked for as GitHub has it, and told to nobody."""

from __future__ import annotations

import base64
import json
import traceback

import pytest

from runner.errors import GitHubError
from runner.github import id_token
from tests.fake_github import (
    BAD_GATEWAY,
    DROPPED,
    NOT_JSON,
    UNAUTHORIZED,
    FakeGitHub,
    Fault,
    odd,
    redirect,
    throttled,
)
from tests.fake_github.fixtures import Time, github, time

__all__ = ["github", "time"]

URL, TOKEN = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"


def asked(github: FakeGitHub, time: Time, **more: str) -> str:
    return id_token({**github.environment(), **more}, patience=time.patience(30))


def test_the_token_is_for_the_audience(github: FakeGitHub, time: Time) -> None:
    token = asked(github, time)
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert claims["aud"] == "sts.amazonaws.com"
    sent = github.requests[0]
    assert sent.query == {"api-version": "2.0", "audience": "sts.amazonaws.com"}
    assert sent.authorization == f"Bearer {github.world.oidc_token}"


def test_another_audience_is_sent_as_it_is(github: FakeGitHub, time: Time) -> None:
    id_token(github.environment(), audience="a&b=ü", patience=time.patience())
    assert github.requests[0].query["audience"] == "a&b=ü"


def test_an_address_without_a_query_gets_one(github: FakeGitHub, time: Time) -> None:
    asked(github, time, **{URL: github.oidc_url.split("?")[0]})
    assert github.requests[0].query == {"audience": "sts.amazonaws.com"}


def test_each_call_yields_a_new_token(github: FakeGitHub, time: Time) -> None:
    assert asked(github, time) != asked(github, time)


@pytest.mark.parametrize("fault", [BAD_GATEWAY, DROPPED, throttled(2)])
def test_faults_are_repeated(github: FakeGitHub, time: Time, fault: Fault) -> None:
    github.faults.add("id_token", fault, calls={1, 2})
    assert asked(github, time) == github.world.id_tokens[-1]


def test_repeats_end(github: FakeGitHub, time: Time) -> None:
    github.faults.add("id_token", BAD_GATEWAY)
    with pytest.raises(GitHubError, match="the identity token: GitHub answers 502"):
        asked(github, time)
    assert sum(time.waits) <= 30


@pytest.mark.parametrize(
    "fault",
    [
        UNAUTHORIZED,
        NOT_JSON,
        odd([]),
        odd({"value": None}),
        odd({"value": ""}),
        odd({"value": "a b\n"}),
        odd({"count": 1}),
    ],
)
def test_anything_else_than_a_token_is_an_error_and_not_repeated(
    github: FakeGitHub, time: Time, fault: Fault
) -> None:
    github.faults.add("id_token", fault)
    with pytest.raises(GitHubError, match="the identity token"):
        asked(github, time)
    assert len(github.requests) == 1


def test_redirects_are_not_followed(github: FakeGitHub, time: Time) -> None:
    with FakeGitHub() as other:
        github.faults.add("id_token", redirect(other.oidc_url))
        with pytest.raises(GitHubError, match="redirects are not followed"):
            asked(github, time)
        assert not other.requests


@pytest.mark.parametrize("name", [URL, TOKEN])
def test_a_missing_variable_tells_the_permission(github: FakeGitHub, time: Time, name: str) -> None:
    with pytest.raises(
        GitHubError, match=f"{name} is not set: give the job `permissions: id-token"
    ):
        asked(github, time, **{name: ""})


@pytest.mark.parametrize(
    "url", ["http://example.com/token", "file:///etc/passwd", "nonsense", "https://u@example.com/"]
)
def test_an_address_without_tls_never_gets_the_token(
    github: FakeGitHub, time: Time, url: str
) -> None:
    with pytest.raises(GitHubError):
        asked(github, time, **{URL: url})


def test_no_token_is_told_in_an_error(github: FakeGitHub, time: Time) -> None:
    secret = github.world.oidc_token
    github.faults.add("id_token", Fault(400, odd({"message": f"bad {secret}"}).body))
    with pytest.raises(GitHubError) as raised:
        asked(github, time)
    assert secret not in "".join(traceback.format_exception(raised.value))
    with pytest.raises(GitHubError) as raised:
        asked(github, time, **{TOKEN: "s3cret\n"})
    assert "s3cret" not in str(raised.value)
