"""Mistakes in a region, an address or a proxy are told for what they are."""

from __future__ import annotations

import socket
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import botocore.exceptions
import pytest
from botocore.config import Config
from botocore.session import Session

from runner.aws import aws_errors, clients, session
from runner.aws.hosts import hint, is_plain_on_tls, known
from runner.errors import AccessDenied, NotFound, ProviderError, Rejected, Transient, Unreachable
from tests.fake_aws.fixtures import REGION, aws_environment, closed_port

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["aws_environment"]

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:orders"
LOGIN = b"<!DOCTYPE html>\n<html><head><title>Sign in to\n ACME \x1b[31m</title></head></html>"
TLS_ALERT = b"\x15\x03\x01\x00\x02\x02\x46"


@contextmanager
def answering(reply: bytes) -> Iterator[str]:
    """The address of a server that answers the first call with these bytes, whatever it asks."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_answer, args=(server, reply))
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            thread.join()


def _answer(server: socket.socket, reply: bytes) -> None:
    connection, _ = server.accept()
    with connection, connection.makefile("rb") as asked:
        length = 0
        for line in iter(asked.readline, b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
            if line == b"\r\n" or not line.endswith(b"\n") or b"\x00" in line:
                break
        asked.read(length)
        connection.sendall(reply)


def page(status: str, body: bytes = LOGIN) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def failure(url: str) -> ProviderError:
    ready = clients(session(REGION), endpoint_url=url, threads=1)
    with (
        closing(ready.call),
        pytest.raises(ProviderError) as raised,
        aws_errors("DescribeStateMachine", MACHINE),
    ):
        ready.call.describe_state_machine(stateMachineArn=MACHINE)
    return raised.value


@pytest.mark.parametrize(
    ("status", "kind"),
    [("403 Forbidden", AccessDenied), ("404 Not Found", Rejected), ("502 Bad", Transient)],
)
def test_a_page_is_told_for_one_with_its_title(
    aws_environment: None, status: str, kind: type[ProviderError]
) -> None:
    with answering(page(status)) as address:
        error = failure(f"http://{address}")
    assert type(error) is kind
    assert "an HTML page titled 'Sign in to ACME " in str(error)
    assert "NO_PROXY" in str(error)
    assert str(error).isprintable()
    assert "Effect" not in str(error)


@pytest.mark.parametrize("body", [b"<html><head><title>x</title></head></html>", b"<html><br>"])
@pytest.mark.parametrize("status", ["403 Forbidden", "503 Unavailable", "302 Found"])
def test_a_page_in_place_of_an_answer_in_xml_is_told_for_one(
    aws_environment: None, status: str, body: bytes
) -> None:
    once = Config(retries={"total_max_attempts": 1})
    with (
        answering(page(status, body)) as address,
        pytest.raises(ProviderError, match="an HTML page") as raised,
        aws_errors("GetCallerIdentity"),
        closing(
            session(REGION).client("sts", endpoint_url=f"http://{address}", config=once)
        ) as sts,
    ):
        sts.get_caller_identity()
    assert "policy" not in str(raised.value)


def test_an_emulators_error_that_claims_to_be_a_page_is_read(aws_environment: None) -> None:
    body = b'{"__type": "StateMachineDoesNotExist", "message": "gone"}'
    with answering(page("400 Bad Request", body)) as address:
        error = failure(f"http://{address}")
    assert type(error) is NotFound
    assert "HTML" not in str(error)


def test_a_page_in_place_of_an_account_is_told_for_one(aws_environment: None) -> None:
    with (
        answering(page("200 OK")) as address,
        pytest.raises(Transient, match="an HTML page"),
        aws_errors("GetCallerIdentity"),
        closing(session(REGION).client("sts", endpoint_url=f"http://{address}")) as sts,
    ):
        sts.get_caller_identity()


def test_plain_http_on_a_port_of_tls_is_told(aws_environment: None) -> None:
    with answering(TLS_ALERT) as address:
        error = failure(f"http://{address}")
    assert "write https:// in `endpointUrl`" in str(error)
    body = b"<html><title>400 The plain HTTP request was sent to HTTPS port</title></html>"
    with answering(page("400 Bad Request", body)) as address:
        error = failure(f"http://{address}")
    assert "write https:// in `endpointUrl`" in str(error)


def test_tls_on_a_port_of_plain_http_is_told(aws_environment: None) -> None:
    with answering(page("400 Bad Request")) as address:
        error = failure(f"https://{address}")
    assert type(error) is Rejected
    assert "write http:// in `endpointUrl`" in str(error)


def test_a_proxy_that_wants_a_login_is_told(
    aws_environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with answering(page("407 Proxy Authentication Required")) as address:
        monkeypatch.setenv("HTTPS_PROXY", f"http://ana:hunter2@{address}")
        error = failure("https://states.example.com")
    assert type(error) is Unreachable
    assert "wants a login" in str(error)
    assert "hunter2" not in str(error)


def test_a_proxy_where_nobody_listens_is_told(
    aws_environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("HTTPS_PROXY", closed_port())
    error = failure("https://states.example.com")
    assert type(error) is Unreachable
    assert "check HTTPS_PROXY" in str(error)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://states.us-esat-1.amazonaws.com/", "did you mean 'us-east-1'?"),
        ("https://sts.eu-west-11.amazonaws.com/", "'eu-west-1'"),
        ("https://sync-states.cn-nort-1.amazonaws.com.cn/", "'cn-north-1'"),
        ("https://states.nowhere-9.amazonaws.com/", "No region 'nowhere-9' is known here."),
        ("https://states.us-east-1.amazonaws.com/", ""),
        ("https://states.example.com/", ""),
        ("https://[oops", ""),
        ("", ""),
    ],
)
def test_a_region_that_is_not_known_is_told_with_the_nearest(url: str, told: str) -> None:
    assert told in hint(url)
    assert bool(hint(url)) is bool(told)


def test_a_host_that_is_not_found_tells_the_region() -> None:
    error = botocore.exceptions.EndpointConnectionError(
        endpoint_url="https://states.us-esat-1.amazonaws.com/", error="Failed to resolve 'states'"
    )
    with pytest.raises(Unreachable, match="did you mean 'us-east-1'"), aws_errors("StartExecution"):
        raise error


def test_every_region_of_step_functions_is_known() -> None:
    core = Session()
    for partition in core.get_available_partitions():
        assert known() >= set(core.get_available_regions("stepfunctions", partition))
    assert "us-gov-west-1" in known()


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("http://states.us-east-1.amazonaws.com:443/", True),
        ("http://localhost:8443", True),
        ("https://localhost:443", False),
        ("http://localhost:4566", False),
        ("http://localhost:x", False),
    ],
)
def test_a_port_of_tls_is_known_by_its_number(url: str, is_one: bool) -> None:
    assert is_plain_on_tls(url) is is_one
