"""What tests of credentials share: the fake STS, identity tokens, and an AWS configuration."""

from __future__ import annotations

import base64
import json
import threading
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from runner import aws
from runner.cli import tokens
from tests.fake_aws import FakeAws, SteppedClock
from tests.fake_aws.fixtures import REGION, aws_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from runner.model import Auth

__all__ = ["aws_environment"]

ROLE = "arn:aws:iam::123456789012:role/deploy"
HUB = "arn:aws:iam::999999999999:role/hub"
ASSUME = "AssumeRole"
WEB = "AssumeRoleWithWebIdentity"
SECRET = "c2lnbmF0dXJlLXRoYXQtaXMtc2VjcmV0"
GITHUB = "https://token.actions.githubusercontent.com"


def part(claims: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")


def token(**claims: object) -> str:
    """A token as issuers sign them."""
    told = {"iss": GITHUB, "sub": "repo:shop/jobs:ref:refs/heads/main", "aud": "sts.amazonaws.com"}
    return f"{part({'alg': 'RS256'})}.{part(told | claims)}.{SECRET}"


@pytest.fixture
def sts(aws_environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAws]:
    """The fake, where STS is asked too. The environment has keys of a user."""
    names = (
        "ACTIONS_ID_TOKEN_REQUEST_URL",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AZURE_FEDERATED_TOKEN_FILE",
        "GITHUB_ACTIONS",
        "GITHUB_RUN_ID",
    )
    for name in names:
        monkeypatch.delenv(name, raising=False)
    with FakeAws() as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", running.url)
        yield running


def clock_of(fake: FakeAws) -> SteppedClock:
    assert isinstance(fake.world.clock, SteppedClock)
    return fake.world.clock


def keyring(
    fake: FakeAws,
    *,
    environ: dict[str, str] | None = None,
    stand_in: aws.WebIdentity | None = None,
    ahead: float = 0.0,
) -> aws.Keyring:
    """A keyring in the fake's time, by a clock that is so many seconds ahead of it."""
    clock = clock_of(fake)
    return aws.Keyring(
        tokens=lambda auth: tokens.of(auth, environ or {}),
        session_name=tokens.session_name(environ or {}),
        stand_in=stand_in,
        now=lambda: datetime.fromtimestamp(clock.now() + ahead, UTC),
    )


def signer(session: aws.Session) -> str:
    """The key that a call is signed with now. Raises ProviderError."""
    with aws.aws_errors("credentials"):
        found = session.get_credentials()
        assert found is not None
        return str(found.get_frozen_credentials().access_key)


def call(session: aws.Session, fake: FakeAws) -> None:
    """One signed call of a real client. Raises ProviderError."""
    client = session.client("stepfunctions", endpoint_url=fake.url)
    with closing(client), aws.aws_errors("ListStateMachines"):
        client.list_state_machines()


def had(fake: FakeAws, auth: Auth, **options: dict[str, str]) -> aws.Session:
    """A session with the auth's credentials. Raises CredentialsFailed."""
    return keyring(fake, **options).session(auth, REGION)  # type: ignore[arg-type]


def at_once(number: int, do: Callable[[], str]) -> list[str]:
    """What as many threads get that all begin at the same moment; errors as their texts."""
    barrier = threading.Barrier(number)
    results: list[str] = []

    def one() -> None:
        barrier.wait()
        try:
            results.append(do())
        except Exception as error:
            results.append(f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=one) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def configured(monkeypatch: pytest.MonkeyPatch, folder: Path, text: str) -> None:
    """An AWS configuration in a file, and no keys in the environment."""
    (folder / "config").write_text(text)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "config"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
