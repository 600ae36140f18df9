"""Credentials that are renewed: in bounded time, in one account, and when AWS ends them."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from runner.aws.renewing import Fetched, Renewing
from runner.errors import CredentialsFailed, RenewalFailed, Transient
from runner.model import AssumeRoleAuth, ProfileAuth
from tests.aws.credentials import (
    ASSUME,
    HUB,
    ROLE,
    aws_environment,
    call,
    clock_of,
    configured,
    had,
    keyring,
    signer,
    sts,
)
from tests.fake_aws.faults import SERVER_FAULT
from tests.fake_aws.fixtures import KEY, REGION

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.fake_aws import FakeAws

__all__ = ["aws_environment", "sts"]

START = datetime(2026, 11, 21, tzinfo=UTC)
WHO = "GetCallerIdentity"


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def step(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Giver:
    """Gives credentials of an hour, numbered; `before` is done first."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.number = 0
        self.before: Callable[[], object] = lambda: None

    def __call__(self) -> Fetched:
        self.number += 1
        number = self.number
        self.before()
        end = self.clock.now + timedelta(hours=1)
        return {
            "access_key": f"K{number}",
            "secret_key": "s",
            "token": "t",
            "expiry_time": end.isoformat(),
        }


def renewing(giver: Giver) -> Renewing:
    return Renewing(giver, method="m", subject="somebody", now=giver.clock, patience=0.02)


def key(credentials: Renewing) -> str:
    return str(credentials.get_frozen_credentials().access_key)


def test_a_renewal_that_hangs_is_given_up_and_tried_again_after_a_pause() -> None:
    giver, answered = Giver(Clock()), threading.Event()
    credentials = renewing(giver)
    giver.before = answered.wait
    giver.clock.step(3600)
    for _ in range(2):
        with pytest.raises(RenewalFailed, match=r"somebody .* does not answer in 0.02 s"):
            key(credentials)
    assert giver.number == 2
    giver.before = lambda: None
    giver.clock.step(10)
    assert key(credentials) == "K3"
    answered.set()
    assert key(credentials) == "K3"


def test_while_the_old_ones_hold_a_renewal_that_hangs_costs_no_call() -> None:
    giver, answered = Giver(Clock()), threading.Event()
    credentials = renewing(giver)
    giver.before = answered.wait
    giver.clock.step(3000)
    assert {key(credentials) for _ in range(10)} == {"K1"}
    assert giver.number == 2
    answered.set()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (TimeoutError("a secret"), "fails with TimeoutError"),
        (KeyError("a secret"), "fails with KeyError"),
        (Transient("no answer"), "no answer"),
    ],
)
def test_whatever_a_renewal_fails_by_it_is_not_tried_again_at_every_call(
    error: Exception, told: str
) -> None:
    giver = Giver(Clock())
    credentials = renewing(giver)

    def fail() -> None:
        raise error

    giver.before = fail
    giver.clock.step(3000)
    assert {key(credentials) for _ in range(3)} == {"K1"}
    assert giver.number == 2
    giver.clock.step(600)
    for _ in range(3):
        with pytest.raises(RenewalFailed, match=told) as raised:
            key(credentials)
        assert "secret" not in str(raised.value)
    assert giver.number == 3


def test_credentials_that_aws_ends_early_are_renewed_for_the_next_call(sts: FakeAws) -> None:
    session = had(sts, AssumeRoleAuth(ROLE))
    sts.world.expire_key(signer(session))
    with pytest.raises(CredentialsFailed):
        call(session, sts)
    call(session, sts)
    assert sts.calls[ASSUME] == 2


def test_a_source_that_aws_ends_early_is_renewed_for_the_next_renewal(sts: FakeAws) -> None:
    session = had(sts, AssumeRoleAuth(ROLE, source=AssumeRoleAuth(HUB, duration=43200)))
    sts.world.expire_key("ASIA0000000000000001")
    clock_of(sts).step(2800)
    assert signer(session) == "ASIA0000000000000002"
    clock_of(sts).step(10)
    assert signer(session) == "ASIA0000000000000004"
    assert sts.signers(ASSUME)[-2:] == [KEY, "ASIA0000000000000003"]


def test_answers_to_older_calls_end_nothing_anew() -> None:
    giver = Giver(Clock())
    credentials = renewing(giver)
    for _ in range(20):
        credentials.end()
        key(credentials)
    assert giver.number == 2
    giver.clock.step(10)
    credentials.end()
    assert key(credentials) == "K3"


def test_credentials_are_renewed_after_the_time_that_was_asked_for_whatever_the_dates_say(
    sts: FakeAws,
) -> None:
    sts.world.session_seconds = 12 * 3600
    session = had(sts, AssumeRoleAuth(ROLE, duration=900))
    clock_of(sts).step(900)
    assert signer(session) == "ASIA0000000000000002"


def gives(file: Path, fake: FakeAws, number: int, account: str | None = None) -> None:
    end = datetime.fromtimestamp(clock_of(fake).now() + 900, UTC).isoformat()
    keys = {"AccessKeyId": f"ASIA{number}", "SecretAccessKey": "s", "SessionToken": "t"}
    known = {} if account is None else {"AccountId": account}
    file.write_text(json.dumps({"Version": 1, **keys, "Expiration": end, **known}))


def test_credentials_that_never_tell_their_account_are_asked_for_it_at_each_renewal(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer = tmp_path / "answer"
    configured(monkeypatch, tmp_path, f"[profile p]\ncredential_process = cat {answer}\n")
    ring, auth, clock = keyring(sts), ProfileAuth("p"), clock_of(sts)
    gives(answer, sts, 1)
    session = ring.session(auth, REGION)
    ring.hold_to(auth, REGION, "123456789012")
    clock.step(900)
    gives(answer, sts, 2)
    assert signer(session) == "ASIA2"
    assert (sts.calls, sts.signers(WHO)) == ({WHO: 1}, ["ASIA2"])
    clock.step(900)
    gives(answer, sts, 3, account="999999999999")
    with pytest.raises(RenewalFailed, match="of account 999999999999 now, and were of 1234567890"):
        signer(session)
    assert sts.calls == {WHO: 1}


def test_an_account_that_can_not_be_told_is_a_renewal_that_failed(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer = tmp_path / "answer"
    configured(monkeypatch, tmp_path, f"[profile p]\ncredential_process = cat {answer}\n")
    ring, auth = keyring(sts), ProfileAuth("p")
    gives(answer, sts, 1)
    session = ring.session(auth, REGION)
    ring.hold_to(auth, REGION, "999999999999")
    clock_of(sts).step(900)
    gives(answer, sts, 2)
    with pytest.raises(RenewalFailed, match="of account 123456789012 now, and were of 9999"):
        signer(session)
    sts.faults.add(WHO, SERVER_FAULT)
    clock_of(sts).step(10)
    with pytest.raises(RenewalFailed, match="of which account they are can't be told"):
        signer(session)


def test_roles_tell_their_account_and_nobody_else_is_asked(sts: FakeAws) -> None:
    ring, auth = keyring(sts), AssumeRoleAuth(ROLE)
    session = ring.session(auth, REGION)
    ring.hold_to(auth, REGION, "123456789012")
    clock_of(sts).step(3600)
    signer(session)
    assert sts.calls == {ASSUME: 2}
