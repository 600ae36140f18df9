"""Only a server whose certificate is trusted ever gets the token."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from runner.errors import GitHubError
from runner.github import Client
from tests.fake_github import FakeGitHub, Pull
from tests.fake_github.fixtures import BASE, HEAD, Time, client_for, time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["time"]

COMMENTS = "/repos/octo/jobs/issues/7/comments"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a key and a certificate for `localhost`, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def github(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGitHub]:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with FakeGitHub(tls=context) as running:
        running.world.add_pull(Pull(7, HEAD, BASE))
        yield running


def localhost(github: FakeGitHub, time: Time) -> Client:
    url = github.api_url.replace("127.0.0.1", "localhost")
    return Client(url, github.token, patience=time.patience())


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_authorities_that_the_environment_names_are_trusted(
    github: FakeGitHub,
    time: Time,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    monkeypatch.setenv(name, str(certificate))
    with localhost(github, time) as ready:
        assert ready.get(COMMENTS) == []


def test_others_are_not_and_get_no_request(github: FakeGitHub, time: Time) -> None:
    with localhost(github, time) as ready, pytest.raises(GitHubError, match="SSL_CERT_FILE"):
        ready.get(COMMENTS)
    assert not github.requests
    assert not time.waits


def test_a_certificate_for_another_name_is_not_trusted(
    github: FakeGitHub, time: Time, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with client_for(github, time) as ready, pytest.raises(GitHubError, match="is not trusted"):
        ready.get(COMMENTS)
    assert not github.requests


def test_a_bundle_that_cannot_be_read_is_told(time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    with (
        Client("https://ghe.invalid", "token", patience=time.patience(1)) as ready,
        pytest.raises(GitHubError, match="REQUESTS_CA_BUNDLE: can't read /nowhere"),
    ):
        ready.get("/x")
