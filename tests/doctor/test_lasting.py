"""Credentials last no longer than what they are renewed from."""

from __future__ import annotations

import getpass
import io
import threading
import time
from datetime import UTC, datetime, timedelta
from functools import partial
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
from tests.fake_aws.api import ApiError
from tests.fake_aws.faults import Fault
from tests.fake_aws.iam import ANYTHING

if TYPE_CHECKING:
    from collections.abc import Callable
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


SERIAL = f"mfa_serial = arn:aws:iam::{ACCOUNT}:mfa/me\n"
USER = (
    "[profile hub]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"
    "aws_secret_access_key = verysecretkey\n"
)
DEPLOY = f"[profile deploy]\nrole_arn = {ROLE}\n"


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    return partial(_configured, monkeypatch, tmp_path)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each second factor was asked for in the main thread, of a person who gives it."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    asked = []

    def answer(_: str) -> str:
        asked.append(threading.current_thread() is threading.main_thread())
        return "123456"

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr(getpass, "getpass", answer)
    return asked


OF_DEPLOY = "{method: profile, profile: deploy}"


ASKING = f"{DEPLOY}source_profile = hub\n{SERIAL}{USER}"
BELOW = f"source_profile = q\n[profile q]\nrole_arn = {ROLE}\nsource_profile = hub\n{SERIAL}"


@pytest.mark.parametrize(
    "case",
    [
        (ASKING, OF_DEPLOY, "and last 59 min more"),
        (ASKING, f"{{method: assume-role, roleArn: '{ROLE}', source: {OF_DEPLOY}}}", "59 min more"),
        (f"{DEPLOY}{BELOW}{USER}", OF_DEPLOY, "nothing tells when the session of the second fac"),
    ],
)
def test_a_second_factor_is_asked_for_once_and_by_the_main_thread_alone(
    shell: Shell,
    fake: FakeAws,
    configure: Callable[[str], None],
    asked: list[bool],
    case: tuple[str, str, str],
) -> None:
    config, auth, told = case
    configure(config)
    last = _last(shell, fake, auth)
    assert asked == [True]
    assert last["verdict"] == ("unknown" if "nothing" in told else "fail")
    assert told in last["message"]
    assert _last(shell, fake, auth, "30m")["verdict"] == "pass"


def test_a_second_factor_that_is_wrong_is_not_asked_for_again(
    shell: Shell,
    fake: FakeAws,
    configure: Callable[[str], None],
    asked: list[bool],
) -> None:
    configure(ASKING)
    fake.faults.add("AssumeRole", Fault(ApiError("AccessDenied", "no", 403)))
    shell.write(job_on("echo"), project=project_at(fake.url, f", auth: {OF_DEPLOY}"))
    found = of(examined(shell)[1], "credentials")
    assert (found["verdict"], asked) == ("fail", [True])
    assert "may not be assumed" in found["message"]


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
