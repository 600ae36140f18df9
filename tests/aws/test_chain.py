"""What the client library's own chain starts, reads and asks: looked at, bounded, explained."""

from __future__ import annotations

import json
import socket
import subprocess
from typing import TYPE_CHECKING

import pytest

from runner.aws.programs import Programs
from runner.errors import CredentialsFailed
from runner.model import AssumeRoleAuth, DefaultAuth, ProfileAuth
from tests.aws.credentials import ROLE, aws_environment, configured, had, signer, sts
from tests.fake_aws.fixtures import KEY

if TYPE_CHECKING:
    from pathlib import Path

    from runner.model import Auth
    from tests.fake_aws import FakeAws

__all__ = ["aws_environment", "sts"]

GIVEN = {"Version": 1, "AccessKeyId": KEY, "SecretAccessKey": "very-secret", "SessionToken": "tok"}
LATER = "2099-01-01T00:00:00Z"
KEYS = f"aws_access_key_id = {KEY}\naws_secret_access_key = s\n"


def told(fake: FakeAws, auth: Auth) -> str:
    with pytest.raises(CredentialsFailed) as failed:
        had(fake, auth)
    return str(failed.value)


@pytest.mark.parametrize(
    "case",
    [
        (["x"], "prints what is no JSON object"),
        ({**GIVEN, "Version": 2}, "prints no `Version` 1"),
        ({**GIVEN, "SecretAccessKey": 5}, "prints no SecretAccessKey"),
        ({**GIVEN, "AccessKeyId": f"{KEY}\n"}, "prints no AccessKeyId that is a text of one line"),
        ({**GIVEN, "SessionToken": "to\nk"}, "prints a SessionToken that is no text of one line"),
        ({**GIVEN, "Expiration": {"a": 1}}, "prints an Expiration, an end that is no time"),
        ({**GIVEN, "Expiration": 1e300}, "prints an Expiration, an end that is no time"),
        ({**GIVEN, "Expiration": "soon"}, "prints an Expiration, an end that is no time"),
    ],
)
@pytest.mark.parametrize("profile", ["p", "over"])
def test_a_program_that_prints_no_credentials_is_named_and_nothing_of_what_it_prints(
    sts: FakeAws,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    case: tuple[object, str],
    profile: str,
) -> None:
    answer, fault = case
    (tmp_path / "answer").write_text(json.dumps(answer))
    configured(
        monkeypatch,
        tmp_path,
        f"[profile p]\ncredential_process = cat {tmp_path / 'answer'}\n"
        f"[profile over]\nrole_arn = {ROLE}\nsource_profile = p\n",
    )
    story = told(sts, ProfileAuth(profile))
    assert f"the program 'cat' of `credential_process` {fault}" in story
    assert "very-secret" not in story


def test_a_program_that_prints_credentials_is_taken_at_its_word(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "answer").write_text(json.dumps({**GIVEN, "Expiration": LATER}))
    config = f"[profile p]\ncredential_process = cat {tmp_path / 'answer'}\n"
    configured(monkeypatch, tmp_path, config)
    assert signer(had(sts, ProfileAuth("p"))) == KEY


def test_a_program_that_does_not_answer_is_ended() -> None:
    started = Programs(0.01).start(["sleep", "600"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with pytest.raises(CredentialsFailed, match=r"program 'sleep' .* does not answer in 0.01 s"):
        started.communicate()
    assert started.poll() is not None


def test_what_such_a_program_started_is_not_waited_for() -> None:
    started = Programs(0.01).start(
        ["sh", "-c", "sleep 5 & wait"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with pytest.raises(CredentialsFailed, match="does not answer"):
        started.communicate()
    assert started.poll() is not None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (None, "does not exist"),
        ("", "is empty"),
        ("a file of another kind", "holds no token"),
    ],
)
def test_a_file_that_is_no_token_is_sent_nowhere(
    sts: FakeAws,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    text: str | None,
    fault: str,
) -> None:
    file = tmp_path / "token"
    if text is not None:
        file.write_text(text)
    configured(
        monkeypatch, tmp_path, f"[profile p]\nrole_arn = {ROLE}\nweb_identity_token_file = {file}\n"
    )
    story = told(sts, ProfileAuth("p"))
    assert f"{file}, named by the profile's web_identity_token_file, {fault}" in story
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(file))
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    story = told(sts, DefaultAuth())
    assert f"{file}, named by AWS_WEB_IDENTITY_TOKEN_FILE, {fault}" in story
    assert sts.calls == {}


def test_a_folder_in_a_token_files_place_is_told(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configured(monkeypatch, tmp_path, "")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path))
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    assert "can't be read: Is a directory" in told(sts, DefaultAuth())


def test_a_second_factor_of_a_profile_below_is_asked_of_nobody_either(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configured(
        monkeypatch,
        tmp_path,
        f"[profile over]\nrole_arn = {ROLE}\nsource_profile = p\n"
        f"[profile p]\nrole_arn = {ROLE}\nsource_profile = k\n"
        f"mfa_serial = arn:aws:iam::123456789012:mfa/me\n[profile k]\n{KEYS}",
    )
    assert "second factor is asked for, and nobody is there" in told(sts, ProfileAuth("over"))
    assert sts.calls == {}


CYCLE = f"role_arn = {ROLE}\nsource_profile = q\n[profile q]\nrole_arn = {ROLE}\nsource_profile = p"


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (CYCLE, "Infinite loop"),
        (f"role_arn = {ROLE}\nsource_profile = gone", "does not exist. The way out"),
        (f"role_arn = {ROLE}\ncredential_source = Wrong", 'The credential source "Wrong"'),
    ],
)
def test_a_profile_that_can_lead_nowhere_is_to_be_corrected(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, config: str, reason: str
) -> None:
    configured(monkeypatch, tmp_path, f"[profile p]\n{config}\n")
    story = told(sts, ProfileAuth("p"))
    assert reason in story
    assert "The way out: correct that in the AWS configuration" in story


@pytest.mark.parametrize(
    ("variables", "told_of"),
    [
        (
            {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://evil.example/x"},
            "Unsupported host 'evil.example'",
        ),
        (
            {
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9/x",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/nowhere/token",
            },
            "No such file or directory: /nowhere/token",
        ),
    ],
)
def test_a_container_that_gives_no_credentials_is_not_blamed_on_step_functions(
    sts: FakeAws,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    variables: dict[str, str],
    told_of: str,
) -> None:
    configured(monkeypatch, tmp_path, "")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    story = told(sts, DefaultAuth())
    assert told_of in story
    assert "Step Functions" not in story


@pytest.mark.parametrize("auth", [ProfileAuth("p"), AssumeRoleAuth(ROLE, source=ProfileAuth("k"))])
def test_an_address_of_sts_that_is_none_is_told(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, auth: Auth
) -> None:
    config = f"[profile p]\nrole_arn = {ROLE}\nsource_profile = k\n[profile k]\n{KEYS}"
    configured(monkeypatch, tmp_path, config)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "foo")
    story = told(sts, auth)
    assert "Invalid endpoint: foo. The way out: write it with http:// or https://" in story
    monkeypatch.delenv("AWS_ENDPOINT_URL_STS")
    monkeypatch.setenv("AWS_STS_REGIONAL_ENDPOINTS", "nonsense")
    assert "The way out: correct `sts_regional_endpoints`" in told(sts, auth)


def test_a_file_of_authorities_that_is_not_there_is_told(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere/ca.pem")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"https://127.0.0.1:{listening.getsockname()[1]}"
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", url)
        story = told(sts, AssumeRoleAuth(ROLE))
    assert "the file of certificate authorities can't be read" in story
    assert "correct AWS_CA_BUNDLE" in story


def test_no_profile_is_proposed_that_is_not_much_alike(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configured(monkeypatch, tmp_path, "[profile good]\nregion = us-east-1\n")
    assert "good" not in told(sts, ProfileAuth("nobody"))
    assert "to 'good'" in told(sts, ProfileAuth("goood"))
