"""Credentials last no longer than what they are renewed from."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from runner.aws import of_token_file
from tests.aws.credentials import token
from tests.doctor.tools import (
    ACCOUNT,
    aws_environment,
    examined,
    fake,
    job_on,
    of,
    project_at,
    shell,
)
from tests.fake_aws.iam import ANYTHING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.tools import Shell
    from tests.fake_aws import FakeAws

__all__ = ["aws_environment", "fake", "shell"]

ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
ASSUMED = f"{{method: assume-role, roleArn: '{ROLE}'}}"
TWICE = f"{{method: assume-role, roleArn: '{ROLE}', source: {ASSUMED}}}"


@pytest.fixture(autouse=True)
def _with_roles(fake: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", fake.url)
    for name in ("ACTIONS_ID_TOKEN_REQUEST_URL", "AWS_WEB_IDENTITY_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    fake.directory.role(ROLE, None, ANYTHING)


def _last(shell: Shell, fake: FakeAws, auth: str, timeout: str = "12h") -> Any:
    project = project_at(fake.url, f", auth: {auth}")
    shell.write(job_on("echo", f"timeout: {timeout}"), project=project)
    checks = examined(shell)[1]
    assert of(checks, "credentials")["verdict"] == "pass"
    return of(checks, "credentials-last")


def _configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    path = tmp_path / "config"
    path.write_text(text)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))


@pytest.mark.parametrize("auth", [ASSUMED, TWICE])
def test_a_role_that_is_taken_with_a_session_is_not_renewed_beyond_it(
    shell: Shell, fake: FakeAws, monkeypatch: pytest.MonkeyPatch, auth: str
) -> None:
    assert _last(shell, fake, auth)["verdict"] == "pass"
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-token-of-a-session")
    last = _last(shell, fake, auth)
    assert last["verdict"] == "unknown"
    assert "nothing tells when the session of the environment ends" in last["message"]
    assert _last(shell, fake, auth, "30m")["verdict"] == "pass"
    end = datetime.now(UTC) + timedelta(hours=2)
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", end.strftime("%Y-%m-%dT%H:%M:%SZ"))
    last = _last(shell, fake, auth)
    assert (last["verdict"], "last 119 min more" in last["message"]) == ("fail", True)
    assert _last(shell, fake, auth, "90m")["verdict"] == "pass"


def test_a_token_in_a_file_may_be_replaced_or_not(
    shell: Shell, fake: FakeAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "token"
    path.write_text(token(exp=int(time.time()) + 7300))
    auth = f"{{method: web-identity, tokenFile: '{path}', roleArn: '{ROLE}'}}"
    last = _last(shell, fake, auth)
    assert (last["verdict"], "is replaced is not known" in last["message"]) == ("unknown", True)
    assert _last(shell, fake, auth, "2h")["verdict"] == "pass"
    nested = f"{{method: assume-role, roleArn: '{ROLE}', source: {auth}}}"
    assert _last(shell, fake, nested)["verdict"] == "unknown"
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(path))
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    assert _last(shell, fake, "{method: default}")["verdict"] == "unknown"
    unnamed = f"{{method: web-identity, roleArn: '{ROLE}'}}"
    assert _last(shell, fake, unnamed)["verdict"] == "unknown"


@pytest.mark.parametrize(
    "told",
    [
        ("source_profile = hub\n[profile hub]\n", "pass"),
        ("source_profile = hub\n[profile hub]\naws_session_token = t\n", "unknown"),
        ("credential_source = Environment\n", "unknown"),
    ],
)
def test_the_role_of_a_profile_lasts_as_long_as_its_source(
    shell: Shell,
    fake: FakeAws,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    told: tuple[str, str],
) -> None:
    source, verdict = told
    keys = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = verysecretkey\n"
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-token-of-a-session")
    text = f"[profile deploy]\nrole_arn = {ROLE}\n{source}{keys if 'hub' in source else ''}"
    _configured(monkeypatch, tmp_path, text)
    assert _last(shell, fake, "{method: profile, profile: deploy}")["verdict"] == verdict


@pytest.mark.parametrize(
    ("path", "renews"),
    [
        ("/var/run/secrets/eks.amazonaws.com/serviceaccount/token", True),
        ("/var/run/secrets/azure/tokens/azure-identity-token", True),
        ("/builds/shop/token", False),
        ("/run/secrets/token", False),
    ],
)
def test_a_cluster_writes_its_tokens_anew(path: str, renews: bool) -> None:
    assert of_token_file(path).renews is renews
