"""Redriving: once for each token, and no lost answer is taken for a refusal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runner.errors import (
    AccessDenied,
    CredentialsFailed,
    NotFound,
    ProviderError,
    Rejected,
    Throttled,
    Transient,
)
from runner.provider import ExecutionStatus
from runner.quotas import Rate
from runner.step_functions import Buckets
from tests.fake_aws import (
    DROPPED,
    EXPIRED,
    LOST,
    NOT_AWS,
    RUNS_ON,
    SERVER_FAULT,
    THROTTLED,
    ApiError,
    FakeAws,
    Fault,
    Outcome,
    SteppedClock,
    denied,
    fails,
)
from tests.fake_aws.fixtures import (
    arn,
    aws_environment,
    clients_for,
    clock,
    connected,
    fake,
    policy_in,
    provider,
)
from tests.step_functions.executions import ENDS, EXPRESS, limited, start

if TYPE_CHECKING:
    from runner.step_functions import StepFunctions

__all__ = ["aws_environment", "clock", "fake", "provider"]

REDRIVE = "RedriveExecution"
NOT_REDRIVABLE = "ExecutionNotRedrivable"
TOKEN = "0123456789abcdef0123456789abcdef"


def ended(fake: FakeAws, outcome: Outcome) -> str:
    fake.machine("orders", replace(outcome, then=RUNS_ON))
    return start(fake, 1)[0]


@pytest.mark.parametrize("end", ["fails", "times out", "is stopped"])
def test_what_failed_goes_on_and_its_count_tells(
    fake: FakeAws, provider: StepFunctions, end: str
) -> None:
    one = ended(fake, ENDS[end])
    provider.redrive(one, token=TOKEN)
    seen = provider.observe(one, whole=True)
    assert (seen.status, seen.redrive_count) == (ExecutionStatus.RUNNING, 1)
    assert fake.requests(REDRIVE) == [{"executionArn": one, "clientToken": TOKEN}]


@pytest.mark.parametrize("fault", [LOST, NOT_AWS])
def test_a_redrive_whose_answer_was_lost_is_asked_for_again_and_made_once(
    fake: FakeAws, provider: StepFunctions, fault: Fault
) -> None:
    one = ended(fake, fails())
    fake.faults.add(REDRIVE, fault, calls=(1, 2))
    provider.redrive(one, token=TOKEN)
    assert [request["clientToken"] for request in fake.requests(REDRIVE)] == [TOKEN] * 3
    assert fake.world.redrives == {"orders-0": 1}


def test_two_runs_that_ask_with_one_token_make_one_redrive(
    fake: FakeAws, provider: StepFunctions, clock: SteppedClock
) -> None:
    one = ended(fake, fails())
    with connected(clients_for(fake), policy_in(clock)) as other:
        provider.redrive(one, token=TOKEN)
        other.redrive(one, token=TOKEN)
    assert fake.world.redrives == {"orders-0": 1}


@pytest.mark.parametrize("fault", [THROTTLED, SERVER_FAULT, DROPPED])
def test_faults_are_repeated(fake: FakeAws, provider: StepFunctions, fault: Fault) -> None:
    one = ended(fake, fails())
    fake.faults.add(REDRIVE, fault, calls=(1, 2))
    provider.redrive(one, token=TOKEN)
    assert fake.world.redrives == {"orders-0": 1}
    assert provider.calls()[REDRIVE].retries == 2


@pytest.mark.parametrize(
    "outcome", [RUNS_ON, Outcome(), Outcome("FAILED", redrivable=False)], ids=lambda one: one.status
)
def test_what_can_not_be_redriven_is_refused_at_once_with_the_services_code(
    fake: FakeAws, provider: StepFunctions, outcome: Outcome
) -> None:
    one = ended(fake, outcome)
    with pytest.raises(Rejected) as raised:
        provider.redrive(one, token=TOKEN)
    assert raised.value.code == NOT_REDRIVABLE
    assert fake.calls == {REDRIVE: 1}


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (THROTTLED, Throttled),
        (Fault(ApiError("ExecutionLimitExceeded")), Throttled),
        (denied("states:RedriveExecution"), AccessDenied),
        (Fault(ApiError("ExecutionDoesNotExist")), NotFound),
        (EXPIRED, CredentialsFailed),
        (NOT_AWS, Transient),
        (LOST, Transient),
    ],
)
def test_what_stays_wrong_is_raised(
    fake: FakeAws, provider: StepFunctions, fault: Fault, kind: type[ProviderError]
) -> None:
    one = ended(fake, fails())
    fake.faults.add(REDRIVE, fault)
    with pytest.raises(ProviderError) as raised:
        provider.redrive(one, token=TOKEN)
    assert type(raised.value) is kind
    assert raised.value.operation == REDRIVE


@pytest.mark.parametrize(
    "later",
    [THROTTLED, denied("states:RedriveExecution"), Fault(ApiError(NOT_REDRIVABLE)), EXPIRED],
)
def test_after_a_lost_answer_no_refusal_hides_that_it_may_have_been_redriven(
    fake: FakeAws, provider: StepFunctions, later: Fault
) -> None:
    one = ended(fake, fails())
    fake.faults.add(REDRIVE, LOST, calls=(1,))
    fake.faults.add(REDRIVE, later)
    with pytest.raises(Transient, match="may have taken effect"):
        provider.redrive(one, token=TOKEN)
    assert fake.world.redrives == {"orders-0": 1}


def test_what_is_seen_after_a_redrive_may_be_as_it_was_and_its_count_says_so(
    fake: FakeAws, provider: StepFunctions, clock: SteppedClock
) -> None:
    fake.world.redrive_lag = (5.0, 5.0)
    one = ended(fake, fails())
    provider.redrive(one, token=TOKEN)
    before = provider.observe(one, whole=True)
    clock.step(6)
    after = provider.observe(one, whole=True)
    assert (before.status, before.redrive_count) == (ExecutionStatus.FAILED, 0)
    assert (after.status, after.redrive_count) == (ExecutionStatus.RUNNING, 1)


def test_an_express_execution_is_never_redriven(fake: FakeAws, provider: StepFunctions) -> None:
    with pytest.raises(Rejected, match="Express"):
        provider.redrive(EXPRESS, token=TOKEN)
    assert fake.calls == {}


def test_redrives_keep_under_their_quota(fake: FakeAws, clock: SteppedClock) -> None:
    fake.machine("orders", fails(then=RUNS_ON))
    buckets = Buckets({REDRIVE: Rate(2, 1)}, clock=clock.now)
    with limited(fake, clock, buckets) as provider:
        for one in start(fake, 5):
            provider.redrive(one, token=TOKEN)
    assert sum(clock.waits) == pytest.approx(3)


def test_an_interrupt_ends_the_waits_of_a_redrive(fake: FakeAws, clock: SteppedClock) -> None:
    one = ended(fake, fails())
    fake.faults.add(REDRIVE, THROTTLED)
    interrupted = replace(policy_in(clock), wait=lambda _: True)
    with connected(clients_for(fake), interrupted) as provider, pytest.raises(Throttled):
        provider.redrive(one, token=TOKEN)
    assert fake.calls == {REDRIVE: 1}


def test_when_it_was_redriven_is_told_by_descriptions_and_lists(
    fake: FakeAws, provider: StepFunctions
) -> None:
    one = ended(fake, fails())
    assert provider.observe(one, whole=True).redriven_at is None
    provider.redrive(one, token=TOKEN)
    described = provider.describe([one])[one]
    assert not isinstance(described, ProviderError)
    assert described.redriven_at is not None
    assert described.started_at is not None
    assert described.redriven_at >= described.started_at
    listed = provider.survey(arn(fake, "orders"), [one])[one]
    assert listed.redriven_at == provider.observe(one, whole=True).redriven_at
    assert listed.redriven_at == described.redriven_at
