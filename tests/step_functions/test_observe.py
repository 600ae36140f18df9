"""Observing one execution: by two calls that tell the same, whichever has room."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from runner.aws import clients, session
from runner.errors import (
    AccessDenied,
    CredentialsFailed,
    NotFound,
    ProviderError,
    Rejected,
    Throttled,
    Transient,
    Unreachable,
)
from runner.provider import ExecutionStatus, StartRequest
from runner.quotas import Rate, published
from runner.step_functions import Buckets
from runner.step_functions.reads import LOOK_SECONDS
from tests.fake_aws import (
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
from tests.fake_aws import published as published_by_aws
from tests.fake_aws.fixtures import (
    REGION,
    arn,
    aws_environment,
    clock,
    closed_port,
    connected,
    fake,
    policy_in,
    provider,
)
from tests.step_functions.executions import ENDS, EXPRESS, limited, start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runner.provider import Execution
    from runner.step_functions import StepFunctions

__all__ = ["aws_environment", "clock", "fake", "provider"]

DESCRIBE, HISTORY = "DescribeExecution", "GetExecutionHistory"
NO_DESCRIBE = {DESCRIBE: Rate(1, 1)}
KEY_FAULTS = ["KmsAccessDeniedException", "KmsInvalidStateException"]
MOST_BYTES = 262_144


def without_describe(clock: SteppedClock) -> Buckets:
    """Buckets of which the one for describing is empty: it has a token a second."""
    buckets = Buckets(NO_DESCRIBE, clock=clock.now)
    for _ in range(100):
        buckets.take(DESCRIBE)
    return buckets


@pytest.fixture
def historian(fake: FakeAws, clock: SteppedClock) -> Iterator[StepFunctions]:
    """A provider that has room for histories, and long waits for descriptions."""
    with limited(fake, clock, without_describe(clock)) as ready:
        yield ready


@pytest.fixture(params=[DESCRIBE, HISTORY])
def either(request: pytest.FixtureRequest) -> StepFunctions:
    """A provider that describes, then one that reads histories."""
    name = "provider" if request.param == DESCRIBE else "historian"
    found: StepFunctions = request.getfixturevalue(name)
    return found


def operation_of(either: StepFunctions) -> str:
    """The one that it called last of all."""
    (operation,) = either.calls()
    return operation


def begun(fake: FakeAws, outcome: Outcome = RUNS_ON) -> str:
    fake.machine("orders", outcome)
    return start(fake, 1)[0]


def left(seen: Execution) -> tuple[object, ...]:
    return (seen.status, seen.raw_status, seen.output, seen.error, seen.cause, seen.stopped_at)


@pytest.mark.parametrize("end", sorted(ENDS))
def test_an_execution_is_told_with_what_it_left(
    fake: FakeAws, either: StepFunctions, end: str
) -> None:
    one, expected = begun(fake, ENDS[end]), ENDS[end]
    seen = either.observe(one)
    status = "RUNNING" if end == "runs" else expected.status
    assert (seen.arn, seen.name, seen.status.value, seen.raw_status) == (
        one,
        "orders-0",
        status,
        status,
    )
    told = (seen.output, seen.error, seen.cause)
    assert told == (None if end == "runs" else expected.output, expected.error, expected.cause)
    assert seen.detailed
    assert sum(fake.calls.values()) == 1


def test_without_quotas_all_are_described(fake: FakeAws, provider: StepFunctions) -> None:
    one = begun(fake)
    for _ in range(3):
        provider.observe(one)
    assert fake.calls == {DESCRIBE: 3}


def test_the_newest_event_alone_is_read_of_a_history(
    fake: FakeAws, historian: StepFunctions
) -> None:
    one = begun(fake)
    historian.observe(one)
    assert fake.requests(HISTORY) == [{"executionArn": one, "reverseOrder": True, "maxResults": 1}]
    assert DESCRIBE not in fake.calls


def test_the_operation_that_has_a_token_sooner_is_called(
    fake: FakeAws, clock: SteppedClock
) -> None:
    one = begun(fake)
    buckets = Buckets({DESCRIBE: Rate(2, 1), HISTORY: Rate(3, 2)}, clock=clock.now)
    with limited(fake, clock, buckets) as provider:
        for _ in range(5):
            provider.observe(one)
        assert fake.calls == {DESCRIBE: 2, HISTORY: 3}
        assert clock.waits == []
        for _ in range(30):
            provider.observe(one)
    assert fake.calls == {DESCRIBE: 12, HISTORY: 23}
    assert sum(clock.waits) == pytest.approx(10)


def test_where_one_quota_is_used_up_by_others_the_other_one_is_used(
    fake: FakeAws, clock: SteppedClock
) -> None:
    one = begun(fake)
    fake.faults.add(DESCRIBE, THROTTLED, calls=(1,))
    with limited(fake, clock, Buckets(published(REGION), clock=clock.now)) as provider:
        provider.observe(one)
        fake.forget_calls()
        for _ in range(20):
            provider.observe(one)
    assert fake.calls[HISTORY] > fake.calls.get(DESCRIBE, 0)


def test_a_thousand_are_observed_by_both_quotas_without_a_throttle(
    fake: FakeAws, clock: SteppedClock
) -> None:
    fake.machine("orders", Outcome(output='{"rows":3}'))
    fake.limit(published_by_aws(REGION))
    arns = start(fake, 1000)

    def wait(seconds: float) -> bool:
        """As real waits are, never too short."""
        return clock.wait(seconds + 0.001)

    policy = replace(policy_in(clock), wait=wait)
    buckets = Buckets(published(REGION), clock=clock.now)
    began = clock.now()
    with limited(fake, clock, buckets, policy) as provider:
        assert {provider.observe(one).output for one in arns} == {'{"rows":3}'}
    took = clock.now() - began
    # 300 and 400 at once, then 15 and 20 a second.
    assert 300 / 35 - 0.1 <= took <= 300 / 35 + 0.5
    assert fake.throttles == {}
    assert fake.calls[DESCRIBE] == pytest.approx(300 + 15 * took, abs=2)
    assert fake.calls[HISTORY] == pytest.approx(400 + 20 * took, abs=2)


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
OUTPUTS = st.builds(
    lambda value, ascii: json.dumps(value, ensure_ascii=ascii), VALUES, st.booleans()
)
WHY = st.one_of(st.none(), st.just(""), st.text(max_size=80))
FAILURES = st.builds(
    lambda status, error, cause: Outcome(status, error=error, cause=cause),
    st.sampled_from(["FAILED", "TIMED_OUT", "ABORTED"]),
    WHY,
    WHY,
)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(outcome=st.one_of(st.builds(lambda text: Outcome(output=text), OUTPUTS), FAILURES))
@example(outcome=Outcome(output=json.dumps("x" * (MOST_BYTES - 2))))
@example(outcome=Outcome(output='"' + "\N{GRINNING FACE}" * ((MOST_BYTES - 4) // 4) + '"'))
@example(outcome=Outcome(output=r'"\ud83d\ude00 \u00e9 \ud800"'))
@example(outcome=Outcome(output='{"n": 1.10, "n": 10000000000000000000000001}'))
@example(outcome=Outcome(output="null"))
@example(outcome=Outcome("FAILED", error="\N{GRINNING FACE}" * 256, cause="é" * 32_768))
@example(outcome=Outcome("FAILED"))
def test_both_calls_tell_the_same_of_what_an_execution_left(
    fake: FakeAws, provider: StepFunctions, historian: StepFunctions, outcome: Outcome
) -> None:
    machine = f"orders-{len(fake.world.machines)}"
    fake.machine(machine, outcome)
    (one,) = start(fake, 1, machine)
    fake.forget_calls()
    described, read = provider.observe(one), historian.observe(one)
    assert fake.calls == {DESCRIBE: 1, HISTORY: 1}
    assert left(described) == left(read)
    assert (read.output, read.error, read.cause) == (outcome.output, outcome.error, outcome.cause)


def event(kind: str, **details: object) -> Fault:
    """A history whose newest event is this one."""
    told = {"id": 9, "previousEventId": 8, "type": kind, "timestamp": 1.75e9, **details}
    return Fault(body=json.dumps({"events": [told]}).encode())


@pytest.mark.parametrize(
    "newest",
    [
        event(
            "ExecutionSucceeded",
            executionSucceededEventDetails={"output": "{", "outputDetails": {"truncated": True}},
        ),
        event(
            "ExecutionSucceeded",
            executionSucceededEventDetails={"outputDetails": {"truncated": True}},
        ),
        event("ExecutionSucceeded", executionSucceededEventDetails={}),
        event("ExecutionSucceeded"),
    ],
)
def test_an_output_that_a_history_does_not_hold_whole_is_described(
    fake: FakeAws, historian: StepFunctions, newest: Fault
) -> None:
    one = begun(fake, Outcome(output='{"rows":3}'))
    fake.faults.add(HISTORY, newest)
    assert historian.observe(one).output == '{"rows":3}'
    assert fake.calls == {HISTORY: 1, DESCRIBE: 1}


def test_an_end_without_any_details_is_described(fake: FakeAws, historian: StepFunctions) -> None:
    one = begun(fake, Outcome("ABORTED"))
    fake.faults.add(HISTORY, event("ExecutionAborted"))
    assert historian.observe(one).status is ExecutionStatus.ABORTED


@pytest.mark.parametrize(
    "kind", ["ExecutionStarted", "TaskStateEntered", "ExecutionRedriven", "AnythingNew"]
)
def test_an_execution_whose_newest_event_is_no_end_runs(
    fake: FakeAws, historian: StepFunctions, kind: str
) -> None:
    one = begun(fake, fails())
    fake.faults.add(HISTORY, event(kind))
    seen = historian.observe(one)
    assert (seen.status, seen.stopped_at, seen.detailed) == (ExecutionStatus.RUNNING, None, True)


def test_one_that_was_redriven_runs_by_its_history_too(
    fake: FakeAws, historian: StepFunctions
) -> None:
    one = begun(fake, fails(then=RUNS_ON))
    assert historian.observe(one).status is ExecutionStatus.FAILED
    historian.redrive(one, token="t")
    assert historian.observe(one).status is ExecutionStatus.RUNNING


def test_seen_whole_an_execution_is_described_whatever_the_quotas_say(
    fake: FakeAws, historian: StepFunctions
) -> None:
    one = begun(fake, fails(then=fails("Again")))
    historian.redrive(one, token="t")
    seen = historian.observe(one, whole=True)
    assert (seen.error, seen.redrive_count) == ("Again", 1)
    assert seen.started_at is not None
    assert HISTORY not in fake.calls


def test_without_the_right_to_read_histories_they_are_asked_for_once(
    fake: FakeAws, historian: StepFunctions
) -> None:
    fake.machine("orders", Outcome(output='{"rows":3}'))
    fake.faults.add(HISTORY, denied("states:GetExecutionHistory"))
    for one in start(fake, 5):
        assert historian.observe(one).output == '{"rows":3}'
    assert fake.calls == {HISTORY: 1, DESCRIBE: 5}


def test_without_the_right_to_describe_it_says_so(fake: FakeAws, provider: StepFunctions) -> None:
    one = begun(fake)
    fake.faults.add(DESCRIBE, denied("states:DescribeExecution"))
    with pytest.raises(AccessDenied, match=f"DescribeExecution on {one}: access denied"):
        provider.observe(one)


@pytest.mark.parametrize("code", KEY_FAULTS)
@pytest.mark.parametrize("end", ["succeeds", "fails", "times out", "is stopped"])
def test_without_the_machines_key_an_end_is_told_and_not_what_was_left(
    fake: FakeAws, either: StepFunctions, end: str, code: str
) -> None:
    one = begun(fake, ENDS[end])
    fake.faults.add(HISTORY, denied("kms:Decrypt", code))
    fake.faults.add(DESCRIBE, denied("kms:Decrypt", code), calls=WithoutMetadata(fake))
    seen = either.observe(one)
    assert (seen.status.value, seen.detailed) == (ENDS[end].status, False)
    assert (seen.output, seen.error, seen.cause) == (None, None, None)
    assert sum(fake.calls.values()) == 2


class WithoutMetadata:
    """The calls of DescribeExecution that ask for payloads."""

    def __init__(self, fake: FakeAws) -> None:
        self._fake = fake

    def __contains__(self, call: object) -> bool:
        return "includedData" not in self._fake.requests(DESCRIBE)[-1]


@pytest.mark.parametrize("code", KEY_FAULTS)
def test_without_the_machines_key_one_that_runs_lacks_nothing(
    fake: FakeAws, either: StepFunctions, code: str
) -> None:
    one = begun(fake)
    fake.faults.add(HISTORY, denied("kms:Decrypt", code))
    fake.faults.add(DESCRIBE, denied("kms:Decrypt", code), calls=WithoutMetadata(fake))
    seen = either.observe(one)
    assert (seen.status, seen.detailed) == (ExecutionStatus.RUNNING, True)


def test_the_key_of_one_machine_keeps_no_other_from_its_history(
    fake: FakeAws, historian: StepFunctions
) -> None:
    fake.machine("orders", RUNS_ON)
    locked, other = start(fake, 2)
    fake.faults.add(HISTORY, denied("kms:Decrypt", KEY_FAULTS[0]), about=locked)
    for one in (locked, other):
        assert historian.observe(one).status is ExecutionStatus.RUNNING
    assert fake.calls == {HISTORY: 2, DESCRIBE: 1}


def test_one_that_is_not_visible_yet_is_not_found_at_once(
    fake: FakeAws, either: StepFunctions, clock: SteppedClock
) -> None:
    fake.world.visible_after = 60
    one = begun(fake)
    with pytest.raises(NotFound):
        either.observe(one)
    assert sum(fake.calls.values()) == 1
    clock.step(61)
    assert either.observe(one).status is ExecutionStatus.RUNNING


@pytest.mark.parametrize("whole", [True, False])
def test_an_express_execution_is_refused_without_a_call(
    fake: FakeAws, either: StepFunctions, whole: bool
) -> None:
    with pytest.raises(Rejected, match="Express"):
        either.observe(EXPRESS, whole=whole)
    assert fake.calls == {}


def test_an_odd_arn_is_refused(fake: FakeAws, either: StepFunctions) -> None:
    with pytest.raises(Rejected, match="InvalidArn"):
        either.observe("nonsense")


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (NOT_AWS, Transient),
        (Fault(body=b"{}"), Transient),
        (Fault(body=b'{"events": []}'), Transient),
        (Fault(body=b'{"events": [null]}'), Transient),
        (Fault(body=b'{"events": [{}]}'), Transient),
        (SERVER_FAULT, Transient),
        (LOST, Transient),
        (THROTTLED, Throttled),
        (Fault(ApiError("KmsThrottlingException")), Throttled),
        (Fault(ApiError("ExecutionDoesNotExist")), NotFound),
        (EXPIRED, CredentialsFailed),
    ],
)
def test_what_stays_wrong_is_raised_soon(
    fake: FakeAws,
    either: StepFunctions,
    clock: SteppedClock,
    fault: Fault,
    kind: type[ProviderError],
) -> None:
    one = begun(fake)
    fake.faults.add(DESCRIBE, fault)
    fake.faults.add(HISTORY, fault)
    began = clock.now()
    with pytest.raises(ProviderError) as raised:
        either.observe(one)
    assert type(raised.value) is kind
    assert raised.value.operation == operation_of(either)
    assert clock.now() - began <= LOOK_SECONDS


@pytest.mark.parametrize("fault", [THROTTLED, SERVER_FAULT, LOST, NOT_AWS])
def test_faults_are_repeated(fake: FakeAws, either: StepFunctions, fault: Fault) -> None:
    one = begun(fake)
    fake.faults.add(DESCRIBE, fault, calls=(1, 2))
    fake.faults.add(HISTORY, fault, calls=(1, 2))
    assert either.observe(one).status is ExecutionStatus.RUNNING
    assert fake.calls == {operation_of(either): 3}


def test_a_wait_for_a_token_is_no_fault_and_takes_nothing_from_the_time_for_faults(
    fake: FakeAws, clock: SteppedClock
) -> None:
    one = begun(fake)
    fake.faults.add(DESCRIBE, SERVER_FAULT, calls=(1, 2, 3))
    buckets = without_describe(clock)
    with limited(fake, clock, buckets) as provider:
        seen = provider.observe(one, whole=True)
    assert seen.status is ExecutionStatus.RUNNING
    assert sum(clock.waits) > 3 * LOOK_SECONDS


def test_where_nobody_listens_it_says_so(fake: FakeAws, clock: SteppedClock) -> None:
    ready = clients(session(REGION), endpoint_url=closed_port(), threads=1)
    with connected(ready, policy_in(clock)) as lost, pytest.raises(Unreachable):
        lost.observe(begun(fake))


@pytest.mark.parametrize("raw", [status.value for status in ExecutionStatus][:-1])
def test_each_known_status_is_itself(fake: FakeAws, provider: StepFunctions, raw: str) -> None:
    assert provider.observe(begun(fake, Outcome(raw))).status is ExecutionStatus(raw)


def test_a_status_that_is_new_is_unrecognised_and_no_success(
    fake: FakeAws, provider: StepFunctions
) -> None:
    seen = provider.observe(begun(fake, Outcome("PAUSED")))
    assert (seen.status, seen.raw_status) == (ExecutionStatus.UNRECOGNISED, "PAUSED")


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    ends=st.lists(st.sampled_from(sorted(ENDS)), min_size=1, max_size=20),
    others=st.integers(0, 20),
)
def test_lists_histories_and_descriptions_tell_the_same_status(
    fake: FakeAws,
    provider: StepFunctions,
    historian: StepFunctions,
    ends: list[str],
    others: int,
) -> None:
    machine = f"orders-{len(fake.world.machines)}"
    fake.machine(machine, [*(ENDS[end] for end in ends), RUNS_ON])
    arns = start(fake, len(ends), machine)
    start(fake, others, machine, first=len(ends))
    listed = provider.survey(arn(fake, machine), arns)
    for one in arns:
        described = provider.observe(one)
        assert historian.observe(one).status is described.status
        assert listed[one].status is described.status


def test_an_execution_of_a_version_is_observed_by_the_arn_that_its_start_gave(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders", versions=(2,))
    started = provider.start(StartRequest(arn(fake, "orders:2"), "orders-1", "{}"))
    one = arn(fake, "orders").execution("orders-1")
    seen = provider.observe(one)
    assert (seen.arn, seen.version) == (getattr(started, "arn", None), "2")
