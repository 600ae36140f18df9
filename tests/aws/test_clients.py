"""Sessions, clients and the account, against the fake and against what boto makes of it."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC
from typing import TYPE_CHECKING, Any

import pytest
from botocore.utils import parse_timestamp
from hypothesis import given
from hypothesis import strategies as st

from runner.aws import STAND_IN_ACCOUNT, Clients, account_id, clients, session
from runner.aws.clients import read_time
from runner.errors import AccessDenied, CredentialsFailed, ProviderError, Rejected, Unreachable
from tests.fake_aws import DROPPED, EXPIRED, FakeAws, denied
from tests.fake_aws.fixtures import KEY, REGION, SECRET, aws_environment, closed_port, fake

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_stepfunctions import SFNClient

__all__ = ["aws_environment", "fake"]


@pytest.fixture
def of_aws(aws_environment: None) -> Iterator[Clients]:
    made = clients(session(REGION), endpoint_url=None, threads=40)
    yield made
    for client in (made.call, made.express, made.stop):
        client.close()


def test_no_client_repeats_calls_by_itself(of_aws: Clients) -> None:
    for client in (of_aws.call, of_aws.express, of_aws.stop):
        retries: dict[str, object] = client.meta.config.retries  # type: ignore[attr-defined]
        assert retries["total_max_attempts"] == 1


def test_an_express_answer_may_come_after_five_minutes(of_aws: Clients) -> None:
    assert of_aws.express.meta.config.read_timeout > 300  # type: ignore[attr-defined]
    assert of_aws.call.meta.config.read_timeout < 60  # type: ignore[attr-defined]
    assert of_aws.stop.meta.config.read_timeout <= 5  # type: ignore[attr-defined]


def test_each_client_has_a_pool_of_its_own_for_all_threads(of_aws: Clients) -> None:
    sessions = set()
    for client in (of_aws.call, of_aws.express, of_aws.stop):
        assert client.meta.config.max_pool_connections == 40  # type: ignore[attr-defined]
        sessions.add(id(_http_session(client)))
    assert len(sessions) == 3


def _http_session(client: SFNClient) -> object:
    return client._endpoint.http_session  # type: ignore[attr-defined]


def test_aws_itself_is_told_from_other_endpoints(of_aws: Clients, fake: FakeAws) -> None:
    other = clients(session(REGION), endpoint_url=fake.url, threads=1)
    assert of_aws.is_aws
    assert not other.is_aws
    for client in (other.call, other.express, other.stop):
        client.close()


@pytest.mark.parametrize("region", ["us-gov-west-1", "cn-north-1", "eusc-de-east-1"])
def test_every_partition_is_aws(aws_environment: None, region: str) -> None:
    made = clients(session(region), endpoint_url=None, threads=1)
    assert made.is_aws
    for client in (made.call, made.express, made.stop):
        client.close()


def test_an_endpoint_of_the_environment_is_not_aws(
    fake: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", fake.url)
    made = clients(session(REGION), endpoint_url=None, threads=1)
    assert not made.is_aws
    made.express.list_state_machines()
    assert fake.calls == {"ListStateMachines": 1}
    for client in (made.call, made.express, made.stop):
        client.close()


def test_the_account_is_asked_of_sts(fake: FakeAws) -> None:
    fake.world.account = "000000000000"
    assert account_id(session(REGION), endpoint_url=fake.url) == "000000000000"
    assert fake.calls == {"GetCallerIdentity": 1}


def test_an_endpoint_without_sts_gets_a_stand_in_account(fake: FakeAws) -> None:
    fake.world.has_sts = False
    assert account_id(session(REGION), endpoint_url=fake.url) == STAND_IN_ACCOUNT


def test_an_endpoint_that_hangs_up_on_sts_gets_a_stand_in_account(fake: FakeAws) -> None:
    fake.faults.add("GetCallerIdentity", DROPPED)
    assert account_id(session(REGION), endpoint_url=fake.url) == STAND_IN_ACCOUNT


def test_no_account_is_made_up_for_aws(fake: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", fake.url)
    fake.faults.add("GetCallerIdentity", denied("sts:GetCallerIdentity"))
    with pytest.raises(AccessDenied):
        account_id(session(REGION), endpoint_url=None)


def test_expired_credentials_are_told_at_once(fake: FakeAws) -> None:
    fake.faults.add("GetCallerIdentity", EXPIRED)
    with pytest.raises(CredentialsFailed, match="expired"):
        account_id(session(REGION), endpoint_url=fake.url)


def test_an_endpoint_where_nobody_listens_is_told_with_its_address(aws_environment: None) -> None:
    url = closed_port()
    with pytest.raises(Unreachable, match="refuses the connection") as raised:
        account_id(session(REGION), endpoint_url=url)
    assert url in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        "localhost:4566",
        "ftp://localhost",
        "http://",
        "http://localhost:port",
        "http://localhost:99999",
        "http://[::1",
        f"http://user:{SECRET}@localhost",
        f"http://{KEY}@localhost",
        "",
    ],
)
def test_an_address_that_is_none_is_refused_and_shows_no_password(
    aws_environment: None, url: str
) -> None:
    for connect in (account_id, lambda *a, **k: clients(*a, **k, threads=1)):
        with pytest.raises(Rejected, match="endpointUrl") as raised:
            connect(session(REGION), endpoint_url=url)
        assert SECRET.partition("/")[0] not in str(raised.value)
        assert KEY not in str(raised.value)


def test_without_credentials_the_message_says_where_they_come_from(
    fake: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(CredentialsFailed, match="AWS_PROFILE"):
        account_id(session(REGION), endpoint_url=fake.url)


def test_half_of_the_credentials_are_told_apart_from_none(
    fake: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(CredentialsFailed, match="AWS_SECRET_ACCESS_KEY is missing") as raised:
        account_id(session(REGION), endpoint_url=fake.url)
    assert KEY not in str(raised.value)


def test_a_profile_that_does_not_exist_is_named(
    aws_environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    with pytest.raises(CredentialsFailed, match="'production'"):
        session(REGION)


def test_a_broken_configuration_file_is_an_error_of_the_credentials(
    aws_environment: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text("no section")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    with pytest.raises(CredentialsFailed):
        clients(session(REGION), endpoint_url=None, threads=1)


def test_a_region_that_is_none_is_refused(aws_environment: None) -> None:
    with pytest.raises(ProviderError):
        clients(session("not a region"), endpoint_url=None, threads=1)


def test_importing_the_provider_brings_in_no_client_library() -> None:
    code = "import sys, runner.step_functions, runner.aws; sys.exit('botocore' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


parse: Any = parse_timestamp


@given(st.floats(min_value=0, max_value=4_000_000_000) | st.integers(0, 4_000_000_000))
def test_times_of_answers_are_those_that_the_client_library_reads(told: float) -> None:
    assert read_time(told) == parse(told)
    assert read_time(told).tzinfo is UTC


@pytest.mark.parametrize("told", ["2026-11-21T14:00:00Z", "1763733600"])
def test_times_of_another_form_are_read_by_the_client_library(told: str) -> None:
    assert read_time(told) == parse(told)


def test_a_time_that_is_none_is_refused_as_the_client_library_does() -> None:
    with pytest.raises(RuntimeError):
        read_time(1e18)
