"""A provider made for a Platform, and what a Platform refuses."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from runner import step_functions
from runner.arns import parse_machine
from runner.errors import Rejected, Throttled
from runner.provider import Started, StartRequest, refusal
from tests.fake_aws import RUNS_ON, THROTTLED, FakeAws
from tests.fake_aws.fixtures import arn, aws_environment, fake, platform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runner.provider import Provider

__all__ = ["aws_environment", "fake"]

ORDERS = parse_machine("arn:aws:states:us-east-1:123456789012:stateMachine:orders-load:live")


@pytest.mark.parametrize(
    "allow",
    [
        (),
        ("*",),
        ("arn:aws:states:us-east-1:123456789012:stateMachine:orders-load",),
        ("arn:aws:states:us-east-1:123456789012:stateMachine:orders-load:live",),
        ("arn:aws:states:*:stateMachine:orders-*",),
        ("arn:aws:states:us-east-1:123456789012:stateMachine:orders-loa?",),
        ("arn:aws:states:us-east-1:1:stateMachine:x", "*:orders-load"),
    ],
)
def test_a_machine_that_matches_a_pattern_is_allowed(allow: tuple[str, ...]) -> None:
    assert refusal(platform(allow=allow), ORDERS) is None


@pytest.mark.parametrize(
    "pattern",
    [
        "arn:aws:states:us-east-1:123456789012:stateMachine:orders",
        "arn:aws:states:us-east-1:123456789012:stateMachine:orders-load:test",
        "arn:aws:states:us-east-1:123456789012:stateMachine:ORDERS-*",
        "arn:aws:states:us-east-1:123456789012:stateMachine:orders-[l]oad",
        "orders-load",
        "",
    ],
)
def test_a_machine_that_matches_no_pattern_is_refused(pattern: str) -> None:
    reason = refusal(platform(allow=(pattern,)), ORDERS)
    assert reason is not None
    assert "spec.allow" in reason


def test_a_hostile_pattern_is_matched_in_time() -> None:
    refused = refusal(platform(allow=("*a" * 60 + "!",)), ORDERS)
    assert refused is not None


def test_a_machine_of_another_region_or_account_is_refused() -> None:
    assert "us-west-2" in (refusal(platform(region="us-west-2"), ORDERS) or "")
    assert "999999999999" in (refusal(platform(account_id="999999999999"), ORDERS) or "")
    assert "999999999999" in (refusal(platform(), ORDERS, account="999999999999") or "")
    assert refusal(platform(account_id="123456789012"), ORDERS, account="999999999999") is None


@pytest.fixture
def made(fake: FakeAws) -> Iterator[Provider]:
    provider = step_functions.provider(platform(fake.url, allow=("*:orders-*",)))
    yield provider
    provider.close()


def test_a_start_checks_the_platform_again(fake: FakeAws, made: Provider) -> None:
    fake.machine("orders-load", RUNS_ON)
    fake.machine("payroll")
    assert isinstance(made.start(StartRequest(arn(fake, "orders-load"), "a", "{}")), Started)
    with pytest.raises(Rejected, match=r"payroll: no pattern"):
        made.start(StartRequest(arn(fake, "payroll"), "a", "{}"))
    assert fake.calls == {"StartExecution": 1}


def test_an_interrupt_ends_the_waits_of_calls_but_not_of_stops(fake: FakeAws) -> None:
    fake.machine("orders", RUNS_ON)
    interrupted = threading.Event()
    interrupted.set()
    provider = step_functions.provider(platform(fake.url), wait=interrupted.wait)
    started = provider.start(StartRequest(arn(fake, "orders"), "a", "{}"))
    assert isinstance(started, Started)
    fake.faults.add("StartExecution", THROTTLED)
    with pytest.raises(Throttled):
        provider.start(StartRequest(arn(fake, "orders"), "b", "{}"))
    fake.faults.add("StopExecution", THROTTLED, calls=(1,))
    provider.stop(started.arn, error="Stepfleet", cause="x")
    assert provider.observe(started.arn).status.value == "ABORTED"
    provider.close()


def test_many_threads_may_share_a_provider(fake: FakeAws) -> None:
    fake.machine("orders", RUNS_ON)
    provider = step_functions.provider(platform(fake.url), workers=8)

    def starts(worker: int) -> None:
        for number in range(20):
            request = StartRequest(arn(fake, "orders"), f"w{worker % 4}-{number}", "{}")
            assert isinstance(provider.start(request), Started)

    threads = [threading.Thread(target=starts, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fake.world.starts) == 80
    assert set(fake.world.starts.values()) == {1}
    assert provider.calls()["StartExecution"].calls == 160
    provider.close()


def test_the_account_is_asked_again_when_it_is_turned_away(fake: FakeAws) -> None:
    fake.faults.add("GetCallerIdentity", THROTTLED, calls=(1,))
    assert step_functions.account(platform(fake.url)) == "123456789012"
    assert fake.calls == {"GetCallerIdentity": 2}


def test_default_policies_are_in_real_time() -> None:
    policy, stop = step_functions.policies()
    assert policy.clock is time.monotonic
    assert stop.clock is time.monotonic
    assert max(stop.deadline, stop.unreachable) == step_functions.STOP_SECONDS < policy.deadline
