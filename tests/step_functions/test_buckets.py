"""Calls that keep under the quotas which their account has in a region."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runner import step_functions
from runner.cli.providers import Providers
from runner.errors import ProviderError, Throttled
from runner.model import Limits
from runner.provider import Started, StartRequest
from runner.quotas import Rate, rates
from runner.retry import Policy, Tally
from runner.step_functions import Buckets, StepFunctions
from runner.step_functions.calls import Calls
from runner.step_functions.reads import LOOK_SECONDS
from tests.fake_aws import RUNS_ON, THROTTLED, FakeAws, SteppedClock
from tests.fake_aws.fixtures import (
    arn,
    aws_environment,
    clients_for,
    clock,
    fake,
    platform,
    policy_in,
)
from tests.fake_aws.quotas import published as as_published

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runner.model import AwsPlatform
    from runner.provider import Provider

__all__ = ["aws_environment", "clock", "fake"]

ACCOUNT = "123456789012"
SLOW = {"StartExecution": Rate(1, 0.001)}
"""One call, and then one every 1,000 seconds."""


def connect(fake: FakeAws, buckets: Buckets | None, *, policy: Policy, stop: Policy) -> Provider:
    return StepFunctions(clients_for(fake), policy=policy, stop_policy=stop, buckets=buckets)


@pytest.fixture
def in_its_time(
    fake: FakeAws, clock: SteppedClock
) -> Iterator[Callable[[Buckets | None], Provider]]:
    """Connects providers with given buckets; their waits step the fake's clock."""
    made: list[Provider] = []

    def wait(seconds: float) -> bool:
        # No real wait ends early, and the numbers of days since 1970 leave no finer steps.
        return clock.wait(seconds + 1e-6)

    def make(buckets: Buckets | None) -> Provider:
        policy = replace(policy_in(clock), wait=wait)
        made.append(connect(fake, buckets, policy=policy, stop=policy))
        return made[-1]

    yield make
    for each in made:
        each.close()


def start(provider: Provider, fake: FakeAws, name: str) -> str:
    outcome = provider.start(StartRequest(arn(fake, "orders"), name, "{}"))
    assert isinstance(outcome, Started)
    return outcome.arn


def look_often(provider: Provider, arn: str, count: int) -> None:
    for _ in range(count):
        provider.describe([arn])


def test_400_looks_take_the_time_that_the_quota_says_and_none_is_turned_away(
    fake: FakeAws, clock: SteppedClock, in_its_time: Callable[[Buckets | None], Provider]
) -> None:
    fake.machine("orders", RUNS_ON)
    fake.limit(as_published("us-east-1"))
    own = rates("us-east-1", share=1, raised={})
    provider = in_its_time(Buckets(own, clock=clock.now))
    running = start(provider, fake, "a")
    began = clock.now()
    look_often(provider, running, 400)
    looks = provider.calls()["DescribeExecution"]
    assert (looks.calls, looks.retries, looks.throttles) == (400, 0, 0)
    assert clock.now() - began == pytest.approx((400 - 300 * 0.97) / 15, abs=0.01)


def test_without_buckets_the_same_looks_are_turned_away(
    fake: FakeAws, in_its_time: Callable[[Buckets | None], Provider]
) -> None:
    fake.machine("orders", RUNS_ON)
    fake.limit(as_published("us-east-1"))
    provider = in_its_time(None)
    look_often(provider, start(provider, fake, "a"), 400)
    assert provider.calls()["DescribeExecution"].throttles > 10


def test_where_others_use_the_quota_too_calls_become_rarer_until_few_are_turned_away(
    fake: FakeAws, clock: SteppedClock, in_its_time: Callable[[Buckets | None], Provider]
) -> None:
    fake.machine("orders", RUNS_ON)
    fake.limit({"DescribeExecution": (10, 2)})
    provider = in_its_time(Buckets({"DescribeExecution": Rate(300, 15)}, clock=clock.now))
    look_often(provider, start(provider, fake, "a"), 200)
    looks = provider.calls()["DescribeExecution"]
    assert looks.calls - looks.throttles == 200
    assert 0 < looks.throttles < 60


def test_providers_with_the_same_buckets_share_them(
    fake: FakeAws, clock: SteppedClock, in_its_time: Callable[[Buckets | None], Provider]
) -> None:
    fake.machine("orders", RUNS_ON)
    buckets = Buckets({"StartExecution": Rate(2, 0.5)}, clock=clock.now)
    one, other = in_its_time(buckets), in_its_time(buckets)
    for number, provider in enumerate((one, other, one, other)):
        start(provider, fake, f"a{number}")
    assert clock.waits == pytest.approx([2, 2], abs=1e-3)


class Waits:
    """A wait that is always interrupted, and how long each would have been."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> bool:
        self.seconds.append(seconds)
        return True


def started_by_both(fake: FakeAws, one: AwsPlatform, other: AwsPlatform) -> list[bool]:
    """Whether each of two platforms could start an execution at once, one after the other."""
    fake.machine("orders", RUNS_ON)
    started = []
    with Providers(wait=Waits()) as providers:
        providers.accounts((one, other))
        for each in (one, other):
            try:
                start(providers.provider(each, {}), fake, each.name)
                started.append(True)
            except Throttled:
                started.append(False)
    return started


def slow(fake: FakeAws, name: str, **details: object) -> AwsPlatform:
    limits = Limits(share=1, quotas=SLOW)
    fields: dict[str, object] = {"name": name, "limits": limits, "account_id": ACCOUNT}
    return platform(fake.url, **(fields | details))


def test_platforms_on_one_account_and_region_share_its_quotas(fake: FakeAws) -> None:
    assert started_by_both(fake, slow(fake, "a"), slow(fake, "b")) == [True, False]
    assert fake.calls["StartExecution"] == 1


def test_a_platform_that_names_its_account_shares_with_one_that_does_not(fake: FakeAws) -> None:
    assert started_by_both(fake, slow(fake, "a"), slow(fake, "b", account_id=None)) == [True, False]


def test_of_platforms_on_one_account_the_lowest_limits_count(fake: FakeAws) -> None:
    fast = slow(fake, "a", limits=Limits(share=1))
    assert started_by_both(fake, fast, slow(fake, "b")) == [True, True]
    with Providers(wait=Waits()) as providers:
        one = providers.provider(fast, {})
        providers.provider(slow(fake, "b"), {})
        start(one, fake, "c")
        with pytest.raises(Throttled):
            start(one, fake, "d")


def test_other_endpoints_have_quotas_of_their_own(fake: FakeAws) -> None:
    with FakeAws() as second, Providers(wait=Waits()) as providers:
        for each in (fake, second):
            each.machine("orders", RUNS_ON)
            start(providers.provider(slow(each, each.url), {}), each, "a")
        assert fake.calls == second.calls == {"StartExecution": 1}


def test_other_accounts_and_regions_have_quotas_of_their_own(fake: FakeAws) -> None:
    limits = Limits(share=1, quotas={"DescribeExecution": Rate(1, 0.001)})
    fake.machine("orders", RUNS_ON)
    with Providers(wait=Waits()) as providers:
        running = start(providers.provider(slow(fake, "a"), {}), fake, "a")
        for region, account in (
            ("us-east-1", "1" * 12),
            ("us-east-1", "2" * 12),
            ("r-2", "2" * 12),
        ):
            each = platform(
                fake.url, name=region + account, region=region, account_id=account, limits=limits
            )
            seen = providers.provider(each, {}).describe([running, running + "x"])
            assert [isinstance(one, Throttled) for one in seen.values()].count(True) == 1


def test_an_interrupt_ends_the_wait_for_a_token_at_once_and_nothing_is_sent(
    fake: FakeAws,
) -> None:
    fake.machine("orders", RUNS_ON)
    interrupted, waiting = threading.Event(), threading.Event()
    raised: list[ProviderError] = []

    def wait(seconds: float) -> bool:
        waiting.set()
        return interrupted.wait(seconds)

    buckets = Buckets(SLOW)
    policy, stop = step_functions.policies(wait)
    provider = connect(fake, buckets, policy=policy, stop=stop)
    start(provider, fake, "a")

    def start_another() -> None:
        try:
            start(provider, fake, "b")
        except ProviderError as error:
            raised.append(error)

    thread = threading.Thread(target=start_another)
    thread.start()
    assert waiting.wait(30)
    interrupted.set()
    thread.join(30)
    assert not thread.is_alive()
    assert fake.calls == {"StartExecution": 1}
    (error,) = raised
    assert isinstance(error, Throttled)
    assert str(error).endswith("orders: the run was interrupted before the call was sent")
    assert provider.calls()["StartExecution"].throttles == 0
    provider.close()


def test_the_token_of_a_call_that_was_interrupted_goes_to_the_next(
    fake: FakeAws, clock: SteppedClock
) -> None:
    fake.machine("orders", RUNS_ON)
    buckets = Buckets({"StartExecution": Rate(1, 1)}, clock=clock.now)
    waits = Waits()
    hasty = Policy(wait=waits, clock=clock.now)
    provider = connect(fake, buckets, policy=hasty, stop=hasty)
    start(provider, fake, "a")
    for _ in range(5):
        with pytest.raises(Throttled):
            start(provider, fake, "b")
    assert buckets.take("StartExecution") == pytest.approx(1, abs=1e-3)
    provider.close()


def test_no_interrupt_ends_the_wait_of_a_stop(fake: FakeAws, clock: SteppedClock) -> None:
    fake.machine("orders", RUNS_ON)
    buckets = Buckets({"StopExecution": Rate(1, 0.5)}, clock=clock.now)
    interrupted = Policy(wait=Waits(), clock=clock.now)
    provider = connect(fake, buckets, policy=interrupted, stop=policy_in(clock))
    running = [start(provider, fake, name) for name in ("a", "b", "c")]
    for each in running:
        provider.stop(each, error="Stepfleet", cause="x")
    assert clock.waits == pytest.approx([2, 2], abs=1e-3)
    assert fake.calls["StopExecution"] == 3
    provider.close()


@pytest.mark.parametrize("operation", ["DescribeExecution", "ListExecutions"])
def test_a_look_is_repeated_for_its_own_time_and_by_no_interrupt_cut_short(
    fake: FakeAws, clock: SteppedClock, operation: str
) -> None:
    fake.machine("orders", RUNS_ON)
    policy, stop = step_functions.policies(Waits())
    policy = replace(policy, clock=clock.now, draw=lambda: 1.0)
    stop = replace(stop, wait=clock.wait, clock=clock.now)
    provider = connect(fake, None, policy=policy, stop=stop)
    running = start(provider, fake, "a")
    fake.faults.add(operation, THROTTLED)
    began = clock.now()
    with pytest.raises(Throttled):
        look(provider, fake, running, operation)
    assert step_functions.STOP_SECONDS < clock.now() - began <= LOOK_SECONDS
    provider.close()


def look(provider: Provider, fake: FakeAws, running: str, operation: str) -> None:
    if operation == "ListExecutions":
        provider.survey(arn(fake, "orders"), [running])
    else:
        provider.observe(running)


def test_an_operation_without_a_quota_is_never_waited_for(clock: SteppedClock) -> None:
    buckets = Buckets(SLOW, clock=clock.now)
    assert [buckets.take("StartSyncExecution") for _ in range(5)] == [0] * 5
    buckets.throttled("StartSyncExecution")
    buckets.give_back("StartSyncExecution")
    assert buckets.take("StartSyncExecution") == 0


class Flaky:
    """A request that meets the given errors one after another and then succeeds."""

    def __init__(self, *errors: ProviderError) -> None:
        self._errors = list(errors)

    def __call__(self) -> str:
        if self._errors:
            raise self._errors.pop(0)
        return "done"


def throttled_with(code: str) -> Throttled:
    return Throttled("turned away", operation="StartExecution", code=code)


@pytest.mark.parametrize(
    ("code", "wait"),
    [("ThrottlingException", 0.15), ("KmsThrottlingException", 0), ("ExecutionLimitExceeded", 0)],
)
def test_only_a_throttle_of_the_operation_itself_makes_its_bucket_give_way(
    clock: SteppedClock, code: str, wait: float
) -> None:
    buckets = Buckets({"StartExecution": Rate(100, 10)}, clock=clock.now)
    calls = Calls(Tally(), buckets)
    once = Policy(deadline=0, wait=clock.wait, clock=clock.now)
    with pytest.raises(Throttled):
        calls.read("StartExecution", Flaky(throttled_with(code)), about="x", policy=once)
    assert buckets.take("StartExecution") == pytest.approx(wait, rel=0.05)


def test_the_wait_for_a_token_does_not_count_against_the_deadline(clock: SteppedClock) -> None:
    buckets = Buckets({"StartExecution": Rate(1, 0.01)}, clock=clock.now)
    calls = Calls(Tally(), buckets)
    buckets.take("StartExecution")
    policy = Policy(deadline=5, wait=clock.wait, clock=clock.now, draw=lambda: 1.0)
    began = clock.now()
    flaky = Flaky(*[throttled_with("KmsThrottlingException")] * 2)
    assert calls.read("StartExecution", flaky, about="x", policy=policy) == "done"
    assert clock.now() - began == pytest.approx(300, abs=1e-3)


def test_the_deadline_holds_for_all_other_time(clock: SteppedClock) -> None:
    buckets = Buckets({"StartExecution": Rate(1, 0.01)}, clock=clock.now)
    policy = Policy(deadline=5, base=2, wait=clock.wait, clock=clock.now, draw=lambda: 1.0)
    flaky = Flaky(*[throttled_with("KmsThrottlingException")] * 9)
    tally = Tally()
    with pytest.raises(Throttled):
        Calls(tally, buckets).read("StartExecution", flaky, about="x", policy=policy)
    assert tally.counts()["StartExecution"].calls == 2


def test_the_operation_that_has_a_token_soonest_is_told(clock: SteppedClock) -> None:
    buckets = Buckets({"A": Rate(1, 1), "B": Rate(2, 0.5)}, clock=clock.now)
    assert buckets.soonest("A", "B") == "A"
    buckets.take("A")
    assert buckets.soonest("A", "B") == "B"
    for _ in range(2):
        buckets.take("B")
    assert buckets.soonest("B", "A") == "A"
    assert buckets.soonest("A", "StartSyncExecution") == "StartSyncExecution"


def test_no_token_is_given_to_two_threads() -> None:
    buckets = Buckets({"A": Rate(5, 1)}, clock=lambda: 0.0)
    waits: list[float] = []

    def take() -> None:
        waits.extend([buckets.take("A") for _ in range(100)])

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == [0.0] * 5 + [float(number) for number in range(1, 796)]
