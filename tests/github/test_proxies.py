"""Calls go through the proxy that the environment names, which sees no token."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from runner.errors import GitHubError
from runner.github import Client
from tests.fake_aws.fixtures import closed_port
from tests.fake_github.fixtures import Time, client, github, time
from tests.fake_github.server import Incoming, Outgoing, Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fake_github import FakeGitHub

__all__ = ["client", "github", "time"]

COMMENTS = "/repos/octo/jobs/issues/7/comments"


@contextmanager
def proxy(seen: list[Incoming]) -> Iterator[str]:
    """A proxy that remembers what it is asked for and lets nobody through."""

    def answer(incoming: Incoming) -> Outgoing:
        seen.append(incoming)
        return Outgoing(502, b"")

    server = Server(answer)
    server.start()
    try:
        yield server.url
    finally:
        server.close()


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.mark.usefixtures("no_proxies")
def test_the_proxy_of_the_environment_is_asked_for_a_tunnel_and_gets_no_token(
    time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Incoming] = []
    with proxy(seen) as url:
        monkeypatch.setenv("HTTPS_PROXY", url.replace("//", "//user:p%40ss@"))
        with (
            Client("https://ghe.invalid/api/v3", "s3cret", patience=time.patience(1)) as ready,
            pytest.raises(GitHubError, match=r"no connection to ghe\.invalid:443"),
        ):
            ready.get("/x")
    assert {(one.method, one.target) for one in seen} == {("CONNECT", "ghe.invalid:443")}
    assert seen[0].headers["proxy-authorization"] == "Basic dXNlcjpwQHNz"
    assert "s3cret" not in repr(seen)


@pytest.mark.usefixtures("no_proxies")
@pytest.mark.parametrize("names", ["ghe.invalid", ".invalid", "*"])
def test_what_the_environment_excepts_goes_past_the_proxy(
    time: Time, monkeypatch: pytest.MonkeyPatch, names: str
) -> None:
    seen: list[Incoming] = []
    with proxy(seen) as url:
        monkeypatch.setenv("HTTPS_PROXY", url)
        monkeypatch.setenv("NO_PROXY", names)
        with (
            Client("https://ghe.invalid/api/v3", "token", patience=time.patience(1)) as ready,
            pytest.raises(GitHubError, match="no connection"),
        ):
            ready.get("/x")
    assert not seen


@pytest.mark.usefixtures("no_proxies")
def test_this_machine_itself_is_never_asked_for_through_a_proxy(
    github: FakeGitHub, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", closed_port())
    assert client.get(COMMENTS) == []


@pytest.mark.usefixtures("no_proxies")
@pytest.mark.parametrize(
    "proxy",
    ["socks5://127.0.0.1:1", "http://", "nonsense://x", "[::1", ":", "http://user:s3cret@[:"],
)
def test_a_proxy_that_cannot_be_one_is_an_error(
    time: Time, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    ready = Client("https://ghe.invalid", "t", patience=time.patience(1))
    with ready, pytest.raises(GitHubError) as raised:
        ready.get("/x")
    assert "s3cret" not in str(raised.value)
