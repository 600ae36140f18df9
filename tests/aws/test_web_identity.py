"""Roles assumed by web identity: real clients of the client library against the fake STS."""

from __future__ import annotations

import base64
import json
import logging
import socket
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from runner import aws
from runner.cli.providers import Providers
from runner.engine import Ledger, Reporter, drive, perform
from runner.errors import CredentialsFailed, GitHubError
from runner.model import AssumeRoleAuth, WebIdentityAuth
from runner.results import RunInfo, RunStatus
from runner.schedule import Now, Options, Schedule, Withdrawn, WithdrawStarts
from tests.fake_aws import EXPIRED, ApiError, FakeAws, Fault, Outcome, SteppedClock, denied
from tests.fake_aws.faults import NOT_AWS, SERVER_FAULT
from tests.fake_aws.fixtures import (
    KEY,
    REGION,
    aws_environment,
    closed_port,
    connected,
    platform,
    policy_in,
)
from tests.fakes import plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runner.provider import Provider
    from runner.results import RunResults
    from runner.schedule import Call, Event

__all__ = ["aws_environment"]

ROLE = "arn:aws:iam::123456789012:role/deploy"
SUB = "repo:shop/jobs:ref:refs/heads/main"
ASSUME = "AssumeRoleWithWebIdentity"
SECRET = "c2lnbmF0dXJlLXRoYXQtaXMtc2VjcmV0"


def part(claims: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")


class Tokens:
    """Tells a new token each time, as GitHub does, and counts them."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.error: GitHubError | None = None

    def __call__(self) -> str:
        if self.error is not None:
            raise self.error
        claims = {"sub": SUB, "aud": "sts.amazonaws.com", "jti": len(self.told)}
        self.told.append(f"{part({'alg': 'RS256'})}.{part(claims)}.{SECRET}")
        return self.told[-1]


@pytest.fixture
def tokens() -> Tokens:
    return Tokens()


@pytest.fixture
def fake(aws_environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAws]:
    """The fake, where STS is asked too; there are no other credentials on this machine."""
    with FakeAws() as running:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", running.url)
        yield running


def clock_of(fake: FakeAws) -> SteppedClock:
    assert isinstance(fake.world.clock, SteppedClock)
    return fake.world.clock


def assumed(fake: FakeAws, tokens: Tokens, name: str = "run 7") -> aws.Credentials:
    """Credentials in the fake's time."""
    identity = aws.WebIdentity(ROLE, name, tokens)
    clock = clock_of(fake)
    return aws.assume(identity, region=REGION, now=lambda: datetime.fromtimestamp(clock.now(), UTC))


def call(credentials: aws.Credentials, fake: FakeAws) -> None:
    """One signed call of a real client. Raises ProviderError."""
    session = aws.session(REGION, credentials)
    client = session.client("stepfunctions", endpoint_url=fake.url)
    with closing(client), aws.aws_errors("ListStateMachines"):
        client.list_state_machines()


def test_the_role_is_assumed_with_a_token_and_calls_are_signed_as_that_role(
    fake: FakeAws, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another's")
    made = assumed(fake, tokens)
    call(made, fake)
    (form,) = fake.forms(ASSUME)
    assert (form["RoleArn"], form["WebIdentityToken"]) == (ROLE, tokens.told[0])
    fake.world.expire_key("ASIA0000000000000001")
    with pytest.raises(CredentialsFailed, match="expired"):
        call(made, fake)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("run 7/é", "run-7--"),
        ("x" * 80, "x" * 64),
        ("", "stepfleet-"),
        ("7", "stepfleet-7"),
        ("a+b=c,d.e@f-g_h", "a+b=c,d.e@f-g_h"),
    ],
)
def test_the_session_has_a_name_that_sts_allows(
    fake: FakeAws, tokens: Tokens, name: str, shown: str
) -> None:
    assumed(fake, tokens, name)
    assert fake.forms(ASSUME)[0]["RoleSessionName"] == shown


@pytest.mark.parametrize(
    ("named", "host"),
    [(None, "sts.eu-central-1.amazonaws.com"), ("eu-west-1", "sts.eu-west-1.amazonaws.com")],
)
def test_sts_is_asked_where_the_platform_is_unless_a_region_is_named(
    aws_environment: None,
    tokens: Tokens,
    monkeypatch: pytest.MonkeyPatch,
    named: str | None,
    host: str,
) -> None:
    asked: list[bytes] = []

    def answer(server: socket.socket) -> None:
        for _ in range(3):
            connection, _ = server.accept()
            with connection:
                asked.append(connection.recv(4096).splitlines()[0])

    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.settimeout(30)
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        thread = threading.Thread(target=answer, args=(proxy,))
        thread.start()
        with pytest.raises(CredentialsFailed):
            aws.assume(aws.WebIdentity(ROLE, "run", tokens, region=named), region="eu-central-1")
        thread.join()
    assert {line.split()[1].decode() for line in asked} == {f"{host}:443"}


def test_an_hour_of_credentials_is_renewed_before_it_ends_and_not_at_every_call(
    fake: FakeAws, tokens: Tokens
) -> None:
    made = assumed(fake, tokens)
    for _ in range(4 * 60):
        clock_of(fake).step(60)
        call_signed(made)
    assert fake.calls[ASSUME] == 6
    assert len(set(tokens.told)) == 6


def call_signed(credentials: aws.Credentials) -> str:
    """The key that a call is signed with now."""
    return str(credentials.get_frozen_credentials().access_key)


def test_five_minutes_of_credentials_are_renewed_a_handful_of_times_in_ten(
    fake: FakeAws, tokens: Tokens
) -> None:
    fake.world.session_seconds = 300
    made = assumed(fake, tokens)
    for _ in range(600):
        clock_of(fake).step(1)
        assert not fake.world.has_expired(call_signed(made))
    assert fake.calls[ASSUME] <= 4
    assert {form["WebIdentityToken"] for form in fake.forms(ASSUME)} == {*tokens.told}


def test_what_is_renewed_is_really_new(fake: FakeAws, tokens: Tokens) -> None:
    fake.world.clock = RealTime()
    later = [0.0]
    identity = aws.WebIdentity(ROLE, "run", tokens)
    made = aws.assume(
        identity, region=REGION, now=lambda: datetime.now(UTC) + timedelta(seconds=later[0])
    )
    later[0] = 3000
    assert call_signed(made) == "ASIA0000000000000002"


def test_a_renewal_that_fails_fails_no_call_while_the_old_ones_hold(
    fake: FakeAws, tokens: Tokens
) -> None:
    made = assumed(fake, tokens)
    fake.faults.add(ASSUME, denied("sts:AssumeRoleWithWebIdentity", "AccessDenied"))
    clock_of(fake).step(3000)
    for _ in range(58):
        assert call_signed(made) == "ASIA0000000000000001"
        clock_of(fake).step(10)
    fake.faults.clear()
    clock_of(fake).step(2)
    assert call_signed(made) == "ASIA0000000000000002"


def test_a_renewal_that_fails_is_not_tried_again_at_every_call(
    fake: FakeAws, tokens: Tokens
) -> None:
    made = assumed(fake, tokens)
    fake.faults.add(ASSUME, denied("sts:AssumeRoleWithWebIdentity", "AccessDenied"))
    clock_of(fake).step(3000)
    for _ in range(100):
        call_signed(made)
        clock_of(fake).step(1)
    assert fake.calls[ASSUME] <= 11


def test_once_the_old_ones_have_ended_calls_fail_with_the_reason(
    fake: FakeAws, tokens: Tokens
) -> None:
    made = assumed(fake, tokens)
    fake.faults.add(ASSUME, denied("sts:AssumeRoleWithWebIdentity", "AccessDenied"))
    clock_of(fake).step(3601)
    for _ in range(3):
        with pytest.raises(CredentialsFailed, match="trust policy"):
            call(made, fake)
    fake.faults.clear()
    clock_of(fake).step(11)
    call(made, fake)


def test_threads_that_call_at_once_renew_once(fake: FakeAws, tokens: Tokens) -> None:
    made = assumed(fake, tokens)
    clock_of(fake).step(3601)
    keys: list[str] = []
    threads = [threading.Thread(target=lambda: keys.append(call_signed(made))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert keys == ["ASIA0000000000000002"] * 16
    assert fake.calls[ASSUME] == 2


def test_a_fault_of_sts_is_borne_by_itself(fake: FakeAws, tokens: Tokens) -> None:
    fake.faults.add(ASSUME, SERVER_FAULT, calls={1})
    assumed(fake, tokens)
    assert fake.calls[ASSUME] == 2


def sts_says(code: str, message: str = "no") -> Fault:
    return Fault(ApiError(code, message, 403 if code == "AccessDenied" else 400))


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (sts_says("AccessDenied"), "trust policy"),
        (sts_says("InvalidIdentityToken", "Incorrect token audience"), "OpenID Connect provider"),
        (sts_says("InvalidIdentityToken", "Incorrect token audience"), "Incorrect token audience"),
        (sts_says("IDPRejectedClaim"), "trust policy"),
        (sts_says("ExpiredTokenException"), "this machine's clock"),
        (sts_says("RegionDisabledException", "STS is not activated"), "STS is not activated"),
        (sts_says("Throttling"), "rate"),
        (NOT_AWS, "can't be read"),
    ],
)
def test_what_sts_refuses_is_told_with_the_way_out(
    fake: FakeAws, tokens: Tokens, fault: Fault, told: str
) -> None:
    fake.faults.add(ASSUME, fault)
    with pytest.raises(CredentialsFailed, match=told) as raised:
        assumed(fake, tokens)
    assert SECRET not in str(raised.value)


def test_a_refusal_tells_what_the_token_says_to_compare_with_the_trust_policy(
    fake: FakeAws, tokens: Tokens
) -> None:
    fake.faults.add(ASSUME, sts_says("AccessDenied"))
    with pytest.raises(CredentialsFailed) as raised:
        assumed(fake, tokens)
    assert f"sub {SUB!r}, aud 'sts.amazonaws.com'" in str(raised.value)
    assert ROLE in str(raised.value)


@pytest.mark.parametrize("token", ["", "no token", "a.b.c", f"e30.{part([1])}.x", "a.!!.c"])
def test_a_token_of_another_form_is_sent_as_it_is(fake: FakeAws, token: str) -> None:
    fake.faults.add(ASSUME, sts_says("AccessDenied"))
    with pytest.raises(CredentialsFailed):
        aws.assume(aws.WebIdentity(ROLE, "run", lambda: token), region=REGION)


def test_without_a_token_the_way_out_is_the_jobs_permission(fake: FakeAws, tokens: Tokens) -> None:
    tokens.error = GitHubError("the token's address answers 403", status=403)
    with pytest.raises(CredentialsFailed, match="id-token: write") as raised:
        assumed(fake, tokens)
    assert "answers 403" in str(raised.value)
    assert ASSUME not in fake.calls


def test_an_sts_that_is_not_there_is_told(
    fake: FakeAws, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", closed_port())
    with pytest.raises(CredentialsFailed, match="refuses the connection"):
        assumed(fake, tokens)


def test_credentials_that_came_expired_are_a_matter_of_clocks(
    fake: FakeAws, tokens: Tokens
) -> None:
    with pytest.raises(CredentialsFailed, match="clock"):
        aws.assume(aws.WebIdentity(ROLE, "run", tokens), region=REGION)


def test_neither_the_token_nor_the_keys_are_logged_or_shown(
    fake: FakeAws,
    tokens: Tokens,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.INFO)
    made = assumed(fake, tokens)
    call(made, fake)
    quoting = Fault(ApiError("InvalidIdentityToken", f"the token {tokens.told[0]} is bad"))
    fake.faults.add(ASSUME, quoting)
    clock_of(fake).step(3601)
    with pytest.raises(CredentialsFailed) as raised:
        call(made, fake)
    written = capfd.readouterr()
    identity = repr(aws.WebIdentity(ROLE, "run", tokens))
    errors = f"{raised.value} {raised.value!r}"
    everything = " ".join([errors, identity, written.out, written.err])
    for secret in (SECRET, "session-1", tokens.told[0].split(".")[1]):
        assert secret not in everything
    assert written.err == ""


class SteppedWorld:
    """Calls are made one by one, by a real client, in the fake's time."""

    def __init__(self, provider: Provider, clock: SteppedClock) -> None:
        self._provider, self._clock = provider, clock
        self._events: list[Event] = []

    def now(self) -> Now:
        return Now(self._clock.now(), datetime.fromtimestamp(self._clock.now(), UTC))

    def call(self, effect: Call) -> None:
        if isinstance(effect, WithdrawStarts):
            self._events.append(Withdrawn(frozenset()))
        else:
            self._events.append(perform(self._provider, effect))

    def wait(self, until: float | None) -> Sequence[Event]:
        if not self._events:
            assert until is not None, "the schedule waits for nothing"
            self._clock.step(max(0.0, until - self._clock.now()))
        events, self._events = self._events, []
        return events


def run(fake: FakeAws, credentials: aws.Credentials, chain: str) -> RunResults:
    """Run a plan with a real client in the fake's time."""
    clock = clock_of(fake)
    clients = aws.clients(aws.session(REGION, credentials), endpoint_url=fake.url, threads=4)
    with connected(clients, policy_in(clock)) as provider:
        world, made = SteppedWorld(provider, clock), plan(chain)
        schedule = Schedule(
            made, run_id="r", context={"vars": {}, "env": {}}, options=Options(), now=world.now()
        )
        ledger = Ledger(
            schedule,
            run=RunInfo("r", made.project),
            providers=dict.fromkeys(made.platforms, provider),
            secrets=(),
            include_inputs=False,
            now=world.now(),
        )
        reporter = Reporter(ledger, path=None, sinks=[], view=None, seconds=clock.now)
        return drive(schedule, world, reporter)


def test_jobs_of_ten_minutes_lose_nothing_with_credentials_of_five(
    fake: FakeAws, tokens: Tokens
) -> None:
    fake.world.session_seconds = 300
    for name in "abc":
        fake.machine(name, Outcome(duration=600))
    results = run(fake, assumed(fake, tokens), "a b -> c")
    assert set(results.statuses.values()) == {"succeeded"}
    assert fake.calls["StartExecution"] == 3
    assert fake.calls[ASSUME] <= 8
    assert not [one for one in results.events if "credentials" in str(one["event"])]


def test_a_run_whose_role_may_not_be_assumed_any_more_is_left_in_good_order(
    fake: FakeAws, tokens: Tokens
) -> None:
    fake.world.session_seconds = 300
    for name in "ab":
        fake.machine(name, Outcome(duration=600))
    made = assumed(fake, tokens)
    fake.faults.add(ASSUME, sts_says("AccessDenied"))
    results = run(fake, made, "a -> b")
    assert results.status is RunStatus.DETACHED
    assert results.exit_code == 4
    assert results.statuses == {"a": "running", "b": "pending"}
    reason = results.jobs[0].reason
    assert "renew the credentials of local and apply again, which adopts it" in reason
    lost = [one["reason"] for one in results.events if one["event"] == "credentials_lost"]
    assert "trust policy" in str(lost[0])
    assert "they could not be renewed (AccessDenied)" in reason
    told = [one["renewal"] for one in results.events if "credentials" in str(one["event"])]
    assert told == [True, True]
    assert fake.calls[ASSUME] < 30


def test_jobs_of_ten_minutes_lose_nothing_with_a_chain_of_roles_of_five(
    fake: FakeAws, tokens: Tokens
) -> None:
    fake.world.session_seconds = 300
    for name in "abc":
        fake.machine(name, Outcome(duration=600))
    clock = clock_of(fake)
    ring = aws.Keyring(
        tokens=lambda _: tokens,
        session_name="run",
        now=lambda: datetime.fromtimestamp(clock.now(), UTC),
    )
    session = ring.session(AssumeRoleAuth(ROLE, source=WebIdentityAuth(ROLE)), REGION)
    chained = session.get_credentials()
    assert chained is not None
    results = run(fake, chained, "a b -> c")
    assert set(results.statuses.values()) == {"succeeded"}
    assert fake.calls["StartExecution"] == 3
    assert fake.calls[ASSUME] <= 10
    assert 4 <= fake.calls["AssumeRole"] <= 10
    assert not [one for one in results.events if "credentials" in str(one["event"])]


def test_a_run_whose_credentials_are_refused_is_told_apart(fake: FakeAws, tokens: Tokens) -> None:
    fake.machine("a", Outcome(duration=600))
    made = assumed(fake, tokens)
    fake.faults.add("DescribeExecution", EXPIRED)
    fake.faults.add("ListExecutions", EXPIRED)
    results = run(fake, made, "a")
    assert results.status is RunStatus.DETACHED
    told = [one["renewal"] for one in results.events if "credentials" in str(one["event"])]
    assert told == [False, False]
    assert "they do not work any more (ExpiredTokenException)" in results.jobs[0].reason


def test_platforms_share_the_credentials_of_one_role(fake: FakeAws, tokens: Tokens) -> None:
    fake.world.clock = RealTime()
    one = platform(fake.url, account_id="123456789012")
    other = replace(one, name="other", region="eu-west-1")
    with Providers(identity=aws.WebIdentity(ROLE, "run", tokens)) as providers:
        for each in (one, other):
            providers.provider(each, {}).calls()
        assert fake.calls == {ASSUME: 1}
        named = replace(one, name="third", endpoint_url=fake.url, account_id=None)
        assert providers.accounts([named]) == {"third": "123456789012"}
    assert fake.calls == {ASSUME: 1, "GetCallerIdentity": 1}


class RealTime:
    """The fake's clock as this machine's."""

    def now(self) -> float:
        return datetime.now(UTC).timestamp()

    def real_seconds(self, seconds: float) -> float:
        return seconds


def test_without_an_identity_boto_finds_its_own_credentials(
    fake: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anything")
    with Providers() as providers:
        providers.accounts([platform(fake.url)])
    assert fake.calls == {"GetCallerIdentity": 1}
