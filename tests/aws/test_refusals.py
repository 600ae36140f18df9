"""Each way in which there are no credentials, told with the least that would mend it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runner.aws import clocks
from runner.errors import CredentialsFailed, GitHubError
from runner.model import AssumeRoleAuth, DefaultAuth, ProfileAuth, WebIdentityAuth
from tests.aws.credentials import (
    ASSUME,
    HUB,
    ROLE,
    SECRET,
    WEB,
    aws_environment,
    clock_of,
    configured,
    keyring,
    signer,
    sts,
    token,
)
from tests.fake_aws import ApiError, FakeAws, Fault
from tests.fake_aws.fixtures import KEY, REGION
from tests.fake_github import UNAUTHORIZED, FakeGitHub
from tests.fake_github.fixtures import github

if TYPE_CHECKING:
    from runner.model import Auth

__all__ = ["aws_environment", "github", "sts"]

NEW_FORM = "repo:shop@12/jobs@345:environment:production"
OLD_FORM = "repo:shop/jobs:environment:production"


def says(code: str, message: str = "no") -> Fault:
    return Fault(ApiError(code, message, 403 if code.startswith("AccessDenied") else 400))


def told(sts: FakeAws, auth: Auth, *, ahead: float = 0.0, region: str = REGION) -> str:
    """Why there are no credentials."""
    with pytest.raises(CredentialsFailed) as raised:
        signer(keyring(sts, ahead=ahead).session(auth, region))
    assert SECRET not in str(raised.value)
    return str(raised.value)


@pytest.fixture
def by_file(tmp_path: Path) -> WebIdentityAuth:
    """An auth with a token in a file."""
    (tmp_path / "token").write_text(token())
    return WebIdentityAuth(ROLE, token_file=str(tmp_path / "token"))


def with_token(auth: WebIdentityAuth, **claims: object) -> WebIdentityAuth:
    assert auth.token_file is not None
    Path(auth.token_file).write_text(token(**claims))
    return auth


def test_a_provider_that_the_account_lacks_is_told_with_the_command_that_adds_it(
    sts: FakeAws, by_file: WebIdentityAuth
) -> None:
    issuer = "https://token.actions.githubusercontent.com"
    message = f"No OpenIDConnect provider found in your account for {issuer}"
    sts.faults.add(WEB, says("InvalidIdentityToken", message))
    story = told(sts, by_file)
    assert "Account 123456789012 does not know the token's issuer" in story
    assert (
        f"aws iam create-open-id-connect-provider --url {issuer} --client-id-list sts.amazonaws.com"
    ) in story


def test_an_audience_that_the_provider_lacks_is_told_with_the_command_that_adds_it(
    sts: FakeAws, by_file: WebIdentityAuth
) -> None:
    sts.faults.add(WEB, says("InvalidIdentityToken", "Incorrect token audience"))
    story = told(sts, with_token(by_file, aud=["https://gitlab.example"], iss="https://git.lab/x"))
    provider = "arn:aws:iam::123456789012:oidc-provider/git.lab/x"
    assert f"--open-id-connect-provider-arn {provider} --client-id https://gitlab.example" in story


@pytest.mark.parametrize("subject", [OLD_FORM, NEW_FORM])
def test_a_subject_that_the_trust_policy_lacks_is_told_in_both_forms(
    sts: FakeAws, by_file: WebIdentityAuth, subject: str
) -> None:
    sts.faults.add(WEB, says("AccessDenied", "Not authorized to perform the action"))
    ids = {"repository_owner_id": "12", "repository_id": "345"}
    story = told(sts, with_token(by_file, sub=subject, **ids))
    assert f"sub {subject!r}, aud 'sts.amazonaws.com'" in story
    assert "iss 'https://token.actions.githubusercontent.com'" in story
    assert f"'{OLD_FORM}', or for repositories that are new, renamed or moved '{NEW_FORM}'" in story
    assert "oidc-provider/token.actions.githubusercontent.com with conditions that" in story


def test_the_forms_of_github_are_of_no_concern_to_other_issuers(
    sts: FakeAws, by_file: WebIdentityAuth
) -> None:
    sts.faults.add(WEB, says("AccessDenied"))
    story = told(sts, with_token(by_file, iss="https://eks.example", sub=OLD_FORM))
    assert "GitHub" not in story


def test_the_ids_of_a_repository_that_the_token_does_not_tell_are_named(
    sts: FakeAws, by_file: WebIdentityAuth
) -> None:
    sts.faults.add(WEB, says("AccessDenied"))
    assert "'repo:shop@ORG_ID/jobs@REPO_ID:pull_request'" in told(
        sts, with_token(by_file, sub="repo:shop/jobs:pull_request")
    )


def test_a_token_that_had_expired_is_told_with_how_long_ago(
    sts: FakeAws, by_file: WebIdentityAuth
) -> None:
    sts.faults.add(WEB, says("ExpiredTokenException", "Token expired"))
    auth = with_token(by_file, exp=clock_of(sts).now() - 7300)
    story = told(sts, auth)
    assert "The token had expired 2 hours before" in story
    assert "have whoever writes its file renew it in time" in story
    assert "clock is 10 minutes ahead of AWS's" in told(sts, auth, ahead=600)


@pytest.mark.parametrize(
    ("ahead", "way"), [(720.0, "12 minutes ahead of"), (-7200.0, "2 hours behind")]
)
@pytest.mark.parametrize("code", ["SignatureDoesNotMatch", "RequestExpired", "ExpiredToken"])
def test_a_clock_that_is_wrong_is_told_by_how_much(
    sts: FakeAws, code: str, ahead: float, way: str
) -> None:
    sts.faults.add(ASSUME, says(code, "Signature expired: 20261121T1 is now earlier than"))
    story = told(sts, AssumeRoleAuth(ROLE), ahead=ahead)
    assert f"This machine's clock is {way} AWS's. The way out: set it right" in story


def test_a_clock_without_fault_is_not_blamed(sts: FakeAws) -> None:
    sts.faults.add(ASSUME, says("SignatureDoesNotMatch"))
    story = told(sts, AssumeRoleAuth(ROLE), ahead=20)
    assert "clock" not in story
    assert "check that the secret key of boto's default chain belongs to its key id" in story


def test_credentials_that_came_expired_tell_the_clock(sts: FakeAws) -> None:
    story = told(sts, AssumeRoleAuth(ROLE), ahead=5000)
    assert "this machine's clock is 1 hour ahead of AWS's" in story


def test_an_answer_without_a_time_blames_no_clock(sts: FakeAws) -> None:
    sts.world.tells_time = False
    sts.faults.add(ASSUME, says("SignatureDoesNotMatch"))
    assert "clock" not in told(sts, AssumeRoleAuth(ROLE), ahead=5000)


def test_a_role_that_may_not_be_taken_names_both_policies_and_the_external_id(
    sts: FakeAws,
) -> None:
    user = f"User: arn:aws:iam::1:user/u is not authorized to perform: sts:AssumeRole on {ROLE}"
    sts.faults.add(ASSUME, says("AccessDenied", user))
    story = told(sts, AssumeRoleAuth(ROLE))
    assert user in story
    assert "let the credentials of boto's default chain call sts:AssumeRole on the role" in story
    assert "If the trust policy has a condition on sts:ExternalId" in story
    assert "sts:ExternalId must be the platform's `externalId`" in told(
        sts, AssumeRoleAuth(ROLE, external_id="shop")
    )


def test_a_second_role_is_refused_to_the_first(sts: FakeAws) -> None:
    sts.faults.add(ASSUME, says("AccessDenied"), about="role%2Fdeploy")
    story = told(sts, AssumeRoleAuth(ROLE, source=AssumeRoleAuth(HUB)))
    assert f"let the credentials of {HUB} call sts:AssumeRole" in story


def test_more_than_the_role_allows_is_told_with_what_was_asked(
    sts: FakeAws, by_file: WebIdentityAuth
) -> None:
    sts.world.longest_session = 3600
    asked = "asks for 2 hours, which is longer than the role's MaxSessionDuration"
    assert asked in told(sts, AssumeRoleAuth(ROLE, duration=7200))
    auth = WebIdentityAuth(ROLE, duration=7200, token_file=by_file.token_file)
    assert asked in told(sts, auth)


def test_a_default_chain_that_is_a_role_itself_gives_an_hour_at_most(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    sts.world.callers[KEY] = "arn:aws:sts::123456789012:assumed-role/instance/i-1"
    story = told(sts, AssumeRoleAuth(ROLE, duration=7200))
    assert "boto's default chain are of a role themselves" in story
    assert "`duration: 1h` or less" in story


def test_keys_that_sts_does_not_know_are_of_another_partition_or_region(sts: FakeAws) -> None:
    sts.faults.add(ASSUME, says("InvalidClientTokenId", "The security token is invalid"))
    role = ROLE.replace("aws", "aws-cn", 1)
    story = told(sts, AssumeRoleAuth(role), region="cn-north-1")
    assert "STS in cn-north-1 does not know the keys of boto's default chain" in story
    assert "of another partition than aws-cn" in story
    assert "cn-north-1 is not enabled in their account" in story


def test_a_region_in_which_sts_is_not_activated_is_named(
    sts: FakeAws, by_file: WebIdentityAuth
) -> None:
    for operation in (ASSUME, WEB):
        sts.faults.add(operation, says("RegionDisabledException", "not activated"))
    for auth in (AssumeRoleAuth(ROLE), by_file):
        assert "STS is not activated in us-east-1 for the account" in told(sts, auth)


def test_an_issuer_that_aws_can_not_reach_is_named(sts: FakeAws, by_file: WebIdentityAuth) -> None:
    sts.faults.add(WEB, says("IDPCommunicationError"))
    assert "could not reach https://token.actions.githubusercontent.com" in told(sts, by_file)


def test_no_credentials_at_all_are_told_for_a_source_too(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configured(monkeypatch, tmp_path, "")
    assert "no credentials found" in told(sts, AssumeRoleAuth(ROLE))
    assert sts.calls == {}


def test_a_profile_that_is_missing_is_told_with_one_of_a_similar_name(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configured(monkeypatch, tmp_path, "[profile data-prod]\nregion = us-east-1\n")
    story = told(sts, ProfileAuth("data_prod"))
    assert "there is no profile 'data_prod'" in story
    assert "correct `profile` to 'data-prod'" in story
    assert "correct `profile`" in told(sts, AssumeRoleAuth(ROLE, source=ProfileAuth("zzz")))


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ("credential_process = /nowhere/program", "No such file or directory"),
        ("credential_process = echo hello", "prints what is no JSON"),
        ("credential_process = false", "the program 'false' of `credential_process` ended with 1"),
        (f"role_arn = {ROLE}\nsource_profile = gone", "gone"),
        ("region = us-east-1", "gives no credentials"),
    ],
)
def test_a_profile_that_gives_nothing_is_named_with_the_reason(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, config: str, reason: str
) -> None:
    configured(monkeypatch, tmp_path, f"[profile p]\n{config}\n")
    story = told(sts, ProfileAuth("p"))
    assert story.startswith("the profile 'p'")
    assert reason in story


def test_a_role_of_a_profile_that_is_refused_is_told(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keys = f"aws_access_key_id = {KEY}\naws_secret_access_key = s\n"
    config = f"[profile p]\nrole_arn = {ROLE}\nsource_profile = k\n[profile k]\n{keys}"
    configured(monkeypatch, tmp_path, config)
    sts.faults.add(ASSUME, says("AccessDenied", "User u is not authorized"))
    story = told(sts, ProfileAuth("p"))
    assert story.startswith(f"the profile 'p': the role {ROLE} may not be assumed")
    assert "let the credentials of the source of the profile 'p' call sts:AssumeRole" in story
    assert "If the trust policy has a condition on sts:ExternalId" in story


def test_a_second_factor_is_asked_of_nobody_where_nobody_sits(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keys = f"aws_access_key_id = {KEY}\naws_secret_access_key = s\n"
    serial = "mfa_serial = arn:aws:iam::123456789012:mfa/me"
    role = f"[profile p]\nrole_arn = {ROLE}\nsource_profile = k\n{serial}\n"
    configured(monkeypatch, tmp_path, f"{role}[profile k]\n{keys}")
    assert "second factor is asked for, and nobody is there" in told(sts, ProfileAuth("p"))
    assert sts.calls == {}


def test_a_token_of_the_default_chain_that_is_refused_tells_what_it_says(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configured(monkeypatch, tmp_path, "")
    (tmp_path / "token").write_text(token())
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    sts.faults.add(WEB, says("AccessDenied"))
    story = told(sts, DefaultAuth())
    assert f"the role {ROLE} may not be assumed" in story
    assert "sub 'repo:shop/jobs:ref:refs/heads/main'" in story


def test_a_token_file_that_is_missing_is_told_with_who_names_it(
    sts: FakeAws, tmp_path: Path
) -> None:
    auth = WebIdentityAuth(ROLE, token_file=str(tmp_path / "no"))
    assert f"{tmp_path}/no, named by `tokenFile`, does not exist" in told(sts, auth)
    ring = keyring(sts, environ={"AWS_WEB_IDENTITY_TOKEN_FILE": "/no/token"})
    with pytest.raises(CredentialsFailed, match="named by AWS_WEB_IDENTITY_TOKEN_FILE, does not"):
        ring.session(WebIdentityAuth(ROLE), REGION)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"root:x:0:0:root:/root:/bin/bash\n", "holds no token"),
        (b"a.b", "holds no token"),
        (b"\xff\xfe.a.b", "holds no token"),
        (b"a" * 20_001 + b".b.c", "holds no token"),
    ],
)
def test_what_is_no_token_is_sent_to_nobody(
    sts: FakeAws, tmp_path: Path, data: bytes, reason: str
) -> None:
    (tmp_path / "token").write_bytes(data)
    story = told(sts, WebIdentityAuth(ROLE, token_file=str(tmp_path / "token")))
    assert reason in story
    assert "root:" not in story
    assert sts.calls == {}


def test_a_token_file_that_is_none_is_told(sts: FakeAws, tmp_path: Path) -> None:
    assert "Is a directory" in told(sts, WebIdentityAuth(ROLE, token_file=str(tmp_path)))
    os.mkfifo(tmp_path / "pipe")
    auth = WebIdentityAuth(ROLE, token_file=str(tmp_path / "pipe"))
    assert "it is no regular file" in told(sts, auth)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_token_file_that_may_not_be_read_is_told(sts: FakeAws, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(token())
    (tmp_path / "token").chmod(0)
    auth = WebIdentityAuth(ROLE, token_file=str(tmp_path / "token"))
    assert "may not be read by this user" in told(sts, auth)


def test_a_token_for_another_audience_than_the_platforms_is_sent_to_nobody(
    sts: FakeAws, by_file: WebIdentityAuth
) -> None:
    auth = WebIdentityAuth(ROLE, token_file=by_file.token_file, audience="mine")
    assert "has aud 'sts.amazonaws.com', and the platform's `audience` is 'mine'" in told(sts, auth)
    assert sts.calls == {}


def test_without_any_token_it_is_told_where_they_come_from(sts: FakeAws) -> None:
    story = told(sts, WebIdentityAuth(ROLE))
    assert "`tokenFile`" in story
    assert "AWS_WEB_IDENTITY_TOKEN_FILE or AZURE_FEDERATED_TOKEN_FILE" in story
    ring = keyring(sts, environ={"GITHUB_ACTIONS": "true"})
    with pytest.raises(CredentialsFailed, match="permissions: id-token: write"):
        ring.session(WebIdentityAuth(ROLE), REGION)


def test_githubs_token_comes_before_the_files_of_the_environment(
    sts: FakeAws, github: FakeGitHub, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text(token())
    environ = {"AZURE_FEDERATED_TOKEN_FILE": str(tmp_path / "token")}
    by_environ, by_file = WebIdentityAuth(ROLE, audience="mine"), str(tmp_path / "token")
    keyring(sts, environ=environ | github.environment()).session(by_environ, REGION)
    assert github.requests[-1].query["audience"] == "mine"
    assert sts.forms(WEB)[-1]["WebIdentityToken"] != token()
    keyring(sts, environ=environ).session(WebIdentityAuth(ROLE), REGION)
    assert sts.forms(WEB)[-1]["WebIdentityToken"] == token()
    auth = WebIdentityAuth(ROLE, token_file=by_file)
    keyring(sts, environ=github.environment()).session(auth, REGION)
    assert len(github.requests) == 1


def test_a_token_that_github_refuses_is_told_with_the_jobs_permission(
    sts: FakeAws, github: FakeGitHub
) -> None:
    github.faults.add("id_token", UNAUTHORIZED)
    with pytest.raises(CredentialsFailed, match="id-token: write") as raised:
        keyring(sts, environ=github.environment()).session(WebIdentityAuth(ROLE), REGION)
    assert isinstance(raised.value.__cause__, GitHubError)
    assert github.world.oidc_token not in str(raised.value)


SAID = "no\x1b[31m ::error::x eyJa.eyJb.c AKIAIOSFODNN7EXAMPLE"


def test_text_of_sts_is_made_harmless(sts: FakeAws) -> None:
    sts.faults.add(
        ASSUME, says("AccessDenied", "no\x1b[31m ::error::x eyJa.eyJb.c AKIAIOSFODNN7EXAMPLE")
    )
    story = told(sts, AssumeRoleAuth(ROLE))
    assert "\x1b" not in story
    assert "eyJa.eyJb" not in story
    assert "IOSFODNN7" not in story


def test_the_default_chain_is_named_where_it_fails(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configured(monkeypatch, tmp_path, "[default]\ncredential_process = false\n")
    assert told(sts, DefaultAuth()).startswith("boto's default chain: ")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(59.9, "59 s"), (60, "1 minute"), (-7200, "2 hours"), (86400 * 3, "3 days")],
)
def test_spans_are_told_in_their_largest_unit(seconds: float, text: str) -> None:
    assert clocks.span(seconds) == text


@pytest.mark.parametrize("date", ["", "yesterday", "Sat, 99 Nov 2026 10:00:00 GMT"])
def test_a_date_that_is_none_tells_nothing(date: str) -> None:
    assert clocks.skew({"date": date}, datetime.now(UTC)) is None
    assert clocks.skew({}, datetime.now(UTC)) is None
