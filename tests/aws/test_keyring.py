"""The credentials of each auth: had once, renewed in time by one thread, shared by sessions."""

from __future__ import annotations

import json
import socket
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from moto import mock_aws

from runner import aws
from runner.errors import CredentialsFailed, RenewalFailed
from runner.model import AssumeRoleAuth, DefaultAuth, ProfileAuth, WebIdentityAuth
from tests.aws.credentials import (
    ASSUME,
    HUB,
    ROLE,
    WEB,
    at_once,
    aws_environment,
    call,
    clock_of,
    configured,
    had,
    keyring,
    signer,
    sts,
    token,
)
from tests.fake_aws import FakeAws, denied
from tests.fake_aws.faults import NOT_AWS, SERVER_FAULT
from tests.fake_aws.fixtures import KEY, REGION, closed_port

if TYPE_CHECKING:
    from pathlib import Path

    from runner.model import Auth

__all__ = ["aws_environment", "sts"]

CHAINED = AssumeRoleAuth(ROLE, "shop:7", "orders", 900, AssumeRoleAuth(HUB, duration=1800))


def test_a_role_is_taken_with_the_keys_of_the_default_chain(sts: FakeAws) -> None:
    call(had(sts, AssumeRoleAuth(ROLE)), sts)
    (form,) = sts.forms(ASSUME)
    assert (form["RoleArn"], form["RoleSessionName"]) == (ROLE, "stepfleet")
    assert not {"ExternalId", "DurationSeconds"} & form.keys()
    assert sts.signers(ASSUME) == [KEY]


def test_a_chain_of_roles_is_taken_one_with_the_other(sts: FakeAws) -> None:
    session = had(sts, CHAINED)
    first, second = sts.forms(ASSUME)
    assert (first["RoleArn"], first["DurationSeconds"]) == (HUB, "1800")
    assert (second["RoleArn"], second["ExternalId"]) == (ROLE, "shop:7")
    assert (second["RoleSessionName"], second["DurationSeconds"]) == ("orders", "900")
    assert sts.signers(ASSUME) == [KEY, "ASIA0000000000000001"]
    assert signer(session) == "ASIA0000000000000002"


def test_sessions_in_a_github_workflow_have_the_runs_id(sts: FakeAws) -> None:
    keyring(sts, environ={"GITHUB_RUN_ID": "77"}).session(AssumeRoleAuth(ROLE), REGION)
    assert sts.forms(ASSUME)[0]["RoleSessionName"] == "stepfleet-77"


def test_platforms_with_one_auth_share_its_credentials_in_all_regions(sts: FakeAws) -> None:
    ring = keyring(sts)
    keys = {signer(ring.session(CHAINED, region)) for region in (REGION, "eu-west-1", REGION)}
    assert keys == {"ASIA0000000000000002"}
    assert sts.calls == {ASSUME: 2}
    signer(ring.session(CHAINED.source, REGION))
    assert sts.calls == {ASSUME: 2}
    signer(ring.session(AssumeRoleAuth(ROLE), REGION))
    assert sts.calls == {ASSUME: 3}


def test_what_stands_in_for_the_default_chain_is_a_source_too(sts: FakeAws) -> None:
    identity = aws.WebIdentity(HUB, "run", token)
    ring = keyring(sts, stand_in=identity)
    signer(ring.session(DefaultAuth(), REGION))
    signer(ring.session(AssumeRoleAuth(ROLE), REGION))
    assert sts.calls == {WEB: 1, ASSUME: 1}
    assert sts.signers(ASSUME) == ["ASIA0000000000000001"]
    with pytest.raises(CredentialsFailed, match="another role, and then holds for an hour"):
        ring.session(AssumeRoleAuth(ROLE, duration=3601), REGION)


def test_other_methods_use_their_own_whatever_stands_in(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configured(monkeypatch, tmp_path, f"[profile p]\naws_access_key_id={KEY}\n" + SECRET_LINE)
    ring = keyring(sts, stand_in=aws.WebIdentity(HUB, "run", token))
    assert signer(ring.session(ProfileAuth("p"), REGION)) == KEY
    assert sts.calls == {}


SECRET_LINE = "aws_secret_access_key=anything\n"


def test_a_day_of_calls_with_a_chain_renews_each_role_in_its_own_time(sts: FakeAws) -> None:
    session = had(sts, CHAINED)
    for _ in range(24 * 60):
        clock_of(sts).step(60)
        assert not sts.world.has_expired(signer(session))
    roles = [form["RoleArn"] for form in sts.forms(ASSUME)]
    assert roles.count(HUB) <= 24 * 4
    assert roles.count(ROLE) <= 24 * 7


@pytest.mark.parametrize("auth", [AssumeRoleAuth(ROLE, duration=900), CHAINED])
def test_of_32_threads_at_the_moment_of_expiry_one_renews(sts: FakeAws, auth: Auth) -> None:
    session = had(sts, auth)
    before = sts.calls[ASSUME]
    for seconds in (900, 1800, 901, 900):
        clock_of(sts).step(seconds)
        sts.forget_calls()
        keys = at_once(32, lambda: signer(session))
        assert len(keys) == 32
        assert len(set(keys)) == 1
        assert not sts.world.has_expired(keys[0])
        assert sts.calls[ASSUME] in (before, 1)


def test_32_threads_that_call_at_the_moment_of_expiry_are_all_let_in(sts: FakeAws) -> None:
    session = had(sts, CHAINED)
    clock_of(sts).step(1800)
    sts.forget_calls()
    client = session.client("stepfunctions", endpoint_url=sts.url)
    with closing(client):
        told = at_once(32, lambda: str(len(client.list_state_machines()["stateMachines"])))
    assert told == ["0"] * 32
    assert sts.calls == {ASSUME: 2, "ListStateMachines": 32}
    assert len(set(sts.signers("ListStateMachines"))) == 1


def test_of_32_threads_one_fails_to_renew_and_all_are_told_the_same(sts: FakeAws) -> None:
    session = had(sts, AssumeRoleAuth(ROLE))
    sts.faults.add(ASSUME, denied("sts:AssumeRole", "AccessDenied"))
    clock_of(sts).step(3600)
    sts.forget_calls()
    told = at_once(32, lambda: signer(session))
    assert len(told) == 32
    assert all(one.startswith("RenewalFailed: the credentials of the role") for one in told)
    assert sts.calls == {ASSUME: 1}


def test_a_call_of_32_threads_in_the_time_before_the_end_waits_for_no_renewal(
    sts: FakeAws,
) -> None:
    session = had(sts, AssumeRoleAuth(ROLE))
    clock_of(sts).step(3000)
    keys = at_once(32, lambda: signer(session))
    assert set(keys) <= {"ASIA0000000000000001", "ASIA0000000000000002"}
    assert "ASIA0000000000000002" in keys
    assert sts.calls == {ASSUME: 2}


def test_a_failure_to_renew_is_told_apart_from_a_call_that_failed(sts: FakeAws) -> None:
    session = had(sts, AssumeRoleAuth(ROLE))
    sts.world.expire_key("ASIA0000000000000001")
    with pytest.raises(CredentialsFailed) as failed:
        call(session, sts)
    assert not isinstance(failed.value, RenewalFailed)
    assert failed.value.operation == "ListStateMachines"
    sts.faults.add(ASSUME, denied("sts:AssumeRole", "AccessDenied"))
    clock_of(sts).step(3600)
    sts.forget_calls()
    with pytest.raises(RenewalFailed, match="could not be renewed") as lost:
        call(session, sts)
    assert (lost.value.operation, lost.value.code) == (ASSUME, "AccessDenied")
    assert sts.calls == {ASSUME: 1}


def test_a_failure_to_begin_is_none_to_renew(sts: FakeAws) -> None:
    sts.faults.add(ASSUME, denied("sts:AssumeRole", "AccessDenied"))
    with pytest.raises(CredentialsFailed) as failed:
        had(sts, AssumeRoleAuth(ROLE))
    assert not isinstance(failed.value, RenewalFailed)


@pytest.mark.parametrize("ahead", [-240.0, 240.0])
def test_a_clock_that_is_some_minutes_off_lets_nothing_expire(sts: FakeAws, ahead: float) -> None:
    session = keyring(sts, ahead=ahead).session(AssumeRoleAuth(ROLE, duration=900), REGION)
    for _ in range(120):
        clock_of(sts).step(30)
        assert not sts.world.has_expired(signer(session))
    assert sts.calls[ASSUME] <= 8


def test_faults_of_sts_are_borne(sts: FakeAws) -> None:
    sts.faults.add(ASSUME, SERVER_FAULT, calls={1})
    assert signer(had(sts, AssumeRoleAuth(ROLE)))


def test_an_sts_that_is_none_is_told(sts: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    sts.faults.add(ASSUME, NOT_AWS)
    with pytest.raises(CredentialsFailed, match="can't be read"):
        had(sts, AssumeRoleAuth(ROLE))
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", closed_port())
    with pytest.raises(CredentialsFailed, match="refuses the connection"):
        had(sts, AssumeRoleAuth(ROLE))


PROCESS = """
import json, pathlib, sys
count = pathlib.Path(sys.argv[1])
number = int(count.read_text()) + 1 if count.exists() else 1
count.write_text(str(number))
print(json.dumps({"Version": 1, "AccessKeyId": "ASIA" + str(number), "SecretAccessKey": "s",
    "SessionToken": "t", "Expiration": pathlib.Path(sys.argv[2]).read_text()}))
"""


def test_a_program_that_gives_a_quarter_of_an_hour_is_not_asked_at_every_call(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "give.py").write_text(PROCESS)
    count, end = tmp_path / "count", tmp_path / "end"
    command = f"{sys.executable} {tmp_path / 'give.py'} {count} {end}"
    configured(monkeypatch, tmp_path, f"[profile p]\ncredential_process = {command}\n")
    clock = clock_of(sts)

    def ends_in(seconds: float) -> None:
        end.write_text(datetime.fromtimestamp(clock.now() + seconds, UTC).isoformat())

    ends_in(900)
    session = had(sts, ProfileAuth("p"))
    for _ in range(20):
        signer(session)
        clock.step(29)
    assert count.read_text() == "1"
    ends_in(900)
    clock.step(30)
    assert signer(session) == "ASIA2"
    end.write_text("no time")
    clock.step(900)
    with pytest.raises(RenewalFailed, match="an end that is no time"):
        signer(session)


@pytest.mark.parametrize("source", ["source_profile = keys", "credential_source = Environment"])
def test_a_profile_that_takes_a_role_for_a_quarter_of_an_hour_asks_sts_no_more_than_it_must(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: str
) -> None:
    configured(
        monkeypatch,
        tmp_path,
        f"[profile p]\nrole_arn = {ROLE}\nduration_seconds = 900\n{source}\n"
        f"[profile keys]\naws_access_key_id = {KEY}\n{SECRET_LINE}",
    )
    if "Environment" in source:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anything")
    session = had(sts, ProfileAuth("p"))
    assert sts.forms(ASSUME)[0]["DurationSeconds"] == "900"
    for _ in range(50):
        signer(session)
    assert sts.calls == {ASSUME: 1}


def test_a_default_chain_that_leads_to_a_short_role_asks_sts_no_more_than_it_must(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text(token())
    configured(monkeypatch, tmp_path, "")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    sts.world.session_seconds = 900
    session = had(sts, DefaultAuth())
    for _ in range(50):
        signer(session)
    assert sts.calls == {WEB: 1}
    clock_of(sts).step(880)
    signer(session)
    assert sts.calls == {WEB: 2}


def test_the_keys_of_a_profile_win_over_those_of_the_environment(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configured(
        monkeypatch, tmp_path, f"[profile p]\naws_access_key_id = AKIAPROFILE\n{SECRET_LINE}"
    )
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anything")
    assert signer(had(sts, ProfileAuth("p"))) == "AKIAPROFILE"
    assert signer(had(sts, DefaultAuth())) == KEY


def test_a_profile_gives_its_configuration_to_the_role_that_it_is_the_source_of(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configured(
        monkeypatch,
        tmp_path,
        f"[profile p]\naws_access_key_id = {KEY}\n{SECRET_LINE}services = here\nca_bundle = /ca\n"
        f"[services here]\nsts =\n  endpoint_url = {sts.url}\n",
    )
    for name in ("AWS_ENDPOINT_URL_STS", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    session = had(sts, AssumeRoleAuth(ROLE, source=ProfileAuth("p")))
    assert sts.calls == {ASSUME: 1}
    core = session._session
    assert core.get_config_variable("ca_bundle") == "/ca"


def test_environment_credentials_with_an_end_say_so_when_it_has_come(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = datetime.fromtimestamp(clock_of(sts).now() + 900, UTC).isoformat()
    monkeypatch.setenv("AWS_SESSION_TOKEN", "t")
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", end)
    session = had(sts, DefaultAuth())
    assert signer(session) == KEY
    clock_of(sts).step(900)
    with pytest.raises(RenewalFailed, match=r"boto's default chain .* had expired when they came"):
        signer(session)


def test_a_token_in_a_file_is_read_anew_for_each_renewal(sts: FakeAws, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{token(jti='1')}\n")
    session = had(sts, WebIdentityAuth(ROLE, token_file=str(file), duration=900))
    file.write_text(token(jti="2"))
    clock_of(sts).step(900)
    signer(session)
    told = [form["WebIdentityToken"] for form in sts.forms(WEB)]
    assert told == [token(jti="1"), token(jti="2")]
    assert sts.forms(WEB)[0]["DurationSeconds"] == "900"


def test_credentials_stand_in_no_repr_and_no_log(
    sts: FakeAws, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    ring = keyring(sts)
    call(ring.session(CHAINED, REGION), sts)
    everything = json.dumps([repr(ring), repr(ring.session(CHAINED, REGION)), caplog.text])
    assert "session-1" not in everything
    assert "ASIA0" not in everything


def test_credentials_that_turn_into_another_accounts_are_no_renewal(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer = tmp_path / "answer"
    configured(monkeypatch, tmp_path, f"[profile p]\ncredential_process = cat {answer}\n")

    def gives(account: str | None) -> None:
        end = datetime.fromtimestamp(clock_of(sts).now() + 900, UTC).isoformat()
        known = {} if account is None else {"AccountId": account}
        keys = {"AccessKeyId": f"ASIA{account}", "SecretAccessKey": "s", "SessionToken": "t"}
        answer.write_text(json.dumps({"Version": 1, **keys, "Expiration": end, **known}))

    gives("111111111111")
    session = had(sts, ProfileAuth("p"))
    for account in (None, "111111111111"):
        clock_of(sts).step(900)
        gives(account)
        assert signer(session) == f"ASIA{account}"
    clock_of(sts).step(900)
    gives("222222222222")
    with pytest.raises(RenewalFailed, match="are of account 222222222222 now, and were of 1111"):
        signer(session)


@pytest.mark.parametrize(
    ("region", "partition", "host"),
    [
        ("cn-north-1", "aws-cn", "sts.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "sts.us-gov-west-1.amazonaws.com"),
        ("eusc-de-east-1", "aws-eusc", "sts.eusc-de-east-1.amazonaws.eu"),
    ],
)
def test_sts_is_asked_in_the_platforms_own_region_and_through_the_proxy(
    aws_environment: None,
    monkeypatch: pytest.MonkeyPatch,
    region: str,
    partition: str,
    host: str,
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL_STS", raising=False)
    asked: list[str] = []

    def answer(server: socket.socket) -> None:
        for _ in range(3):
            connection, _ = server.accept()
            with connection:
                asked.append(connection.recv(4096).split()[1].decode())

    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.settimeout(30)
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        thread = threading.Thread(target=answer, args=(proxy,))
        thread.start()
        ring = aws.Keyring(tokens=lambda _: token, session_name="x")
        role = f"arn:{partition}:iam::123456789012:role/r"
        with pytest.raises(CredentialsFailed, match="AssumeRole"):
            ring.session(AssumeRoleAuth(role), region)
        thread.join()
    assert set(asked) == {f"{host}:443"}


def test_another_fake_of_sts_takes_the_same_requests(
    aws_environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL_STS", raising=False)
    with mock_aws():
        ring = aws.Keyring(tokens=lambda _: token, session_name="run-7")
        hub = WebIdentityAuth(HUB, duration=3600)
        auth = AssumeRoleAuth(ROLE, external_id="shop", duration=900, source=hub)
        session = ring.session(auth, REGION)
        assert aws.caller(session).arn == f"{ASSUMED}/run-7"
        assert aws.source(session).renews


ASSUMED = "arn:aws:sts::123456789012:assumed-role/deploy"
