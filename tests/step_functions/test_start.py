"""Starting Standard executions: at most one for a name, whatever goes wrong between."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.errors import (
    AccessDenied,
    CredentialsFailed,
    NotFound,
    Rejected,
    StartLost,
    Throttled,
    Transient,
)
from runner.provider import ExecutionStatus, NameTaken, Started, StartRequest
from runner.quotas import Rate
from runner.step_functions import MAX_INPUT, Buckets
from tests.fake_aws import (
    DROPPED,
    EXPIRED,
    LOST,
    NOT_AWS,
    RUNS_ON,
    SERVER_FAULT,
    THROTTLED,
    UNAVAILABLE,
    FakeAws,
    Fault,
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
from tests.step_functions.executions import limited

if TYPE_CHECKING:
    from runner.step_functions import StepFunctions

__all__ = ["aws_environment", "clock", "fake", "provider"]

NAME = "orders-1a2b3c4d-0123456789abcdef0123-0-1"


def request(
    fake: FakeAws, machine: str = "orders", name: str = NAME, text: str = '{"day":1}'
) -> StartRequest:
    return StartRequest(arn(fake, machine), name, text)


def test_a_start_sends_name_input_and_trace_header(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders")
    header = "Root=1-5759e988-bd862e3fe1be46a994272793"
    started = provider.start(StartRequest(arn(fake, "orders"), NAME, '{"day":1}', header))
    assert isinstance(started, Started)
    assert started.arn == fake.world.execution_arn("orders", NAME)
    assert fake.requests("StartExecution") == [
        {
            "stateMachineArn": str(arn(fake, "orders")),
            "name": NAME,
            "input": '{"day":1}',
            "traceHeader": header,
        }
    ]


def test_without_a_trace_header_none_is_sent(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders")
    provider.start(request(fake))
    assert "traceHeader" not in fake.requests("StartExecution")[0]


@pytest.mark.parametrize("qualifier", ["7", "live"])
def test_a_version_or_an_alias_is_started_by_its_own_arn(
    fake: FakeAws, provider: StepFunctions, qualifier: str
) -> None:
    fake.machine("orders", versions=(7,), aliases={"live": {7: 100}})
    started = provider.start(request(fake, f"orders:{qualifier}"))
    assert isinstance(started, Started)
    assert started.arn == arn(fake, f"orders:{qualifier}").execution(NAME)
    sent = fake.requests("StartExecution")[0]["stateMachineArn"]
    assert sent.endswith(f":stateMachine:orders:{qualifier}")


def test_the_same_name_and_input_while_it_runs_is_the_same_execution(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders", RUNS_ON)
    assert provider.start(request(fake)) == provider.start(request(fake))
    assert fake.world.starts == {NAME: 1}


def test_the_age_of_an_execution_is_told_by_the_services_clock_alone(
    fake: FakeAws, provider: StepFunctions, clock: SteppedClock
) -> None:
    fake.machine("orders", RUNS_ON)
    ages = []
    for seconds in (0, 90):
        clock.step(seconds)
        started = provider.start(request(fake))
        assert isinstance(started, Started)
        ages.append(started.age)
    assert ages == pytest.approx([0, 90])


def test_the_age_of_an_execution_whose_name_is_taken_is_told(
    fake: FakeAws, provider: StepFunctions, clock: SteppedClock
) -> None:
    fake.machine("orders")
    provider.start(request(fake))
    clock.step(90)
    taken = provider.start(request(fake))
    assert isinstance(taken, NameTaken)
    assert taken.age == pytest.approx(90)


def test_no_age_is_told_where_the_service_does_not_tell_the_time(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders", RUNS_ON)
    fake.world.tells_time = False
    started = provider.start(request(fake))
    assert isinstance(started, Started)
    assert started.age is None


def test_the_wait_for_a_turn_is_no_time_in_which_a_start_was_sent(
    fake: FakeAws, clock: SteppedClock
) -> None:
    fake.machine("orders", RUNS_ON)
    buckets = Buckets({"StartExecution": Rate(1, 0.1)}, clock=clock.now)
    with limited(fake, clock, buckets) as provider:
        outcomes = [provider.start(request(fake, name=name)) for name in ("one", "two")]
    assert clock.waits == [10]
    assert [outcome.since_sent for outcome in outcomes] == [0, 0]


def test_what_was_turned_away_was_not_sent(
    fake: FakeAws, provider: StepFunctions, clock: SteppedClock
) -> None:
    fake.machine("orders")
    fake.faults.add("StartExecution", THROTTLED, calls=(1, 3))
    fake.faults.add("StartExecution", LOST, calls=(2,))
    taken = provider.start(request(fake))
    assert isinstance(taken, NameTaken)
    assert taken.since_sent == pytest.approx(sum(clock.waits[1:]))


def test_a_start_is_as_long_ago_as_it_was_sent_first(
    fake: FakeAws, provider: StepFunctions, clock: SteppedClock
) -> None:
    fake.machine("orders")
    fake.faults.add("StartExecution", LOST, calls=(1, 2))
    fake.world.visible_after = 20
    taken = provider.start(request(fake))
    assert isinstance(taken, NameTaken)
    assert taken.since_sent == pytest.approx(sum(clock.waits))
    assert taken.age == pytest.approx(taken.since_sent)


def test_the_name_of_an_execution_that_has_ended_is_taken(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders", fails("Orders.Late", "too late"))
    provider.start(request(fake))
    taken = provider.start(request(fake))
    assert isinstance(taken, NameTaken)
    assert not taken.repeated
    assert taken.execution.status is ExecutionStatus.FAILED
    assert taken.execution.input == '{"day":1}'
    assert taken.execution.error == "Orders.Late"


def test_the_name_of_a_running_execution_with_another_input_is_taken(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders", RUNS_ON)
    provider.start(request(fake, text='{"day":1}'))
    taken = provider.start(request(fake, text='{"day":2}'))
    assert isinstance(taken, NameTaken)
    assert taken.execution.status is ExecutionStatus.RUNNING
    assert taken.execution.input == '{"day":1}'


@pytest.mark.parametrize("fault", [THROTTLED, SERVER_FAULT, UNAVAILABLE, DROPPED, LOST])
def test_a_start_survives_faults_and_begins_once(
    fake: FakeAws, provider: StepFunctions, fault: Fault
) -> None:
    fake.machine("orders", RUNS_ON)
    fake.faults.add("StartExecution", fault, calls=(1, 2))
    assert isinstance(provider.start(request(fake)), Started)
    assert fake.world.starts == {NAME: 1}
    assert fake.calls["StartExecution"] == 3
    assert provider.calls()["StartExecution"].retries == 2


def test_a_lost_answer_to_a_short_execution_ends_at_that_execution(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders")
    fake.faults.add("StartExecution", LOST, calls=(1,))
    taken = provider.start(request(fake))
    assert isinstance(taken, NameTaken)
    assert taken.repeated
    assert taken.execution.status is ExecutionStatus.SUCCEEDED
    assert fake.world.starts == {NAME: 1}


def test_an_execution_whose_name_is_taken_is_waited_for_until_it_is_visible(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders")
    fake.world.visible_after = 20
    provider.start(request(fake))
    taken = provider.start(request(fake))
    assert isinstance(taken, NameTaken)
    assert provider.calls()["DescribeExecution"].retries > 0


def test_a_name_that_is_taken_but_never_visible_is_not_known(
    fake: FakeAws, provider: StepFunctions, clock: SteppedClock
) -> None:
    fake.machine("orders")
    fake.world.visible_after = 10**9
    provider.start(request(fake))
    before = clock.now()
    with pytest.raises(Transient, match="exists, but can't be described"):
        provider.start(request(fake))
    assert clock.now() - before <= 60


def test_a_name_that_is_taken_but_may_not_be_described_is_not_known(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders")
    provider.start(request(fake))
    fake.faults.add("DescribeExecution", denied("states:DescribeExecution"))
    with pytest.raises(StartLost, match="access denied") as raised:
        provider.start(request(fake))
    assert raised.value.is_anothers


def test_a_taken_name_may_be_that_of_an_earlier_sending(
    fake: FakeAws, provider: StepFunctions, clock: SteppedClock
) -> None:
    fake.machine("orders")
    fake.faults.add("StartExecution", LOST, calls=(1,))
    fake.faults.add("DescribeExecution", denied("states:DescribeExecution"))
    with pytest.raises(StartLost) as raised:
        provider.start(request(fake))
    assert not raised.value.is_anothers
    assert raised.value.since_sent == pytest.approx(sum(clock.waits))


@pytest.mark.parametrize("fault", [THROTTLED, EXPIRED, denied("states:StartExecution")])
def test_what_comes_after_a_lost_answer_does_not_hide_that_it_may_have_begun(
    fake: FakeAws, provider: StepFunctions, fault: Fault
) -> None:
    fake.machine("orders")
    fake.faults.add("StartExecution", LOST, calls=(1,))
    fake.faults.add("StartExecution", fault, calls=range(2, 1000))
    with pytest.raises(Transient, match="may have taken effect"):
        provider.start(request(fake))


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (THROTTLED, Throttled),
        (EXPIRED, CredentialsFailed),
        (denied("states:StartExecution"), AccessDenied),
        (SERVER_FAULT, Transient),
        (NOT_AWS, Transient),
    ],
)
def test_a_start_that_never_comes_through_raises_what_hindered_it(
    fake: FakeAws, provider: StepFunctions, fault: Fault, kind: type[Exception]
) -> None:
    fake.machine("orders")
    fake.faults.add("StartExecution", fault)
    with pytest.raises(kind):
        provider.start(request(fake))


def test_a_throttle_is_counted(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders")
    fake.faults.add("StartExecution", THROTTLED, calls=(1,))
    provider.start(request(fake))
    counts = provider.calls()["StartExecution"]
    assert (counts.calls, counts.retries, counts.throttles) == (2, 1, 1)


def test_a_machine_that_does_not_exist_is_not_found(fake: FakeAws, provider: StepFunctions) -> None:
    with pytest.raises(NotFound, match="StartExecution on arn:aws:states"):
        provider.start(request(fake, "nothing"))
    assert fake.calls["StartExecution"] == 1


def test_an_express_machine_that_was_started_as_standard_is_told(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders", type="EXPRESS")
    with pytest.raises(Transient, match="Express"):
        provider.start(request(fake))


@pytest.mark.parametrize(
    "name", ["", "a" * 81, "two words", "a:b", "ä", "a\n", "a/b", "a.b", "\x00"]
)
def test_a_name_that_the_service_would_not_take_is_not_sent(
    fake: FakeAws, provider: StepFunctions, name: str
) -> None:
    with pytest.raises(Rejected, match="name"):
        provider.start(request(fake, name=name))
    assert fake.calls == {}


def test_input_is_measured_in_bytes(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders")
    most = json.dumps("ä" * ((MAX_INPUT - 2) // 2), ensure_ascii=False)
    assert len(most.encode()) == MAX_INPUT
    assert isinstance(provider.start(request(fake, text=most)), Started)
    with pytest.raises(Rejected, match="262,145 bytes"):
        provider.start(request(fake, name="next", text=most + " "))
    assert fake.calls["StartExecution"] == 1


@pytest.mark.parametrize("header", ["x" * 257, "Root=ä", "a\nb", "a\x00"])
def test_a_trace_header_that_the_service_would_not_take_is_not_sent(
    fake: FakeAws, provider: StepFunctions, header: str
) -> None:
    with pytest.raises(Rejected, match="trace header"):
        provider.start(StartRequest(arn(fake, "orders"), NAME, "{}", header))
    assert fake.calls == {}


def test_a_machine_that_the_platform_refuses_is_not_started(
    fake: FakeAws, clock: SteppedClock
) -> None:
    fake.machine("orders")
    fake.machine("express", type="EXPRESS")
    with connected(clients_for(fake), policy_in(clock), lambda _: "not allowed") as provider:
        with pytest.raises(Rejected, match="not allowed"):
            provider.start(request(fake))
        with pytest.raises(Rejected, match="not allowed"):
            provider.run_express(request(fake, "express"), idempotent=False)
    assert fake.calls == {}


FAULTS = {
    "throttled": THROTTLED,
    "lost": LOST,
    "dropped": DROPPED,
    "fault": SERVER_FAULT,
    "fine": None,
}
numbers = itertools.count()


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    faults=st.lists(st.sampled_from(sorted(FAULTS)), max_size=6),
    runs_on=st.booleans(),
    starts=st.integers(1, 3),
)
def test_no_sequence_of_faults_begins_a_name_twice(
    fake: FakeAws, provider: StepFunctions, faults: list[str], runs_on: bool, starts: int
) -> None:
    fake.machine("orders", RUNS_ON if runs_on else fails())
    name = f"{NAME[:-2]}-{next(numbers)}"
    fake.faults.clear()
    for number, fault in enumerate(faults, 1):
        happening = FAULTS[fault]
        if happening is not None:
            fake.faults.add("StartExecution", happening, calls=(number,))
    outcomes = [provider.start(request(fake, name=name)) for _ in range(starts)]
    assert fake.world.starts[name] == 1
    arns = {
        outcome.arn if isinstance(outcome, Started) else outcome.execution.arn
        for outcome in outcomes
    }
    assert arns == {fake.world.execution_arn("orders", name)}
