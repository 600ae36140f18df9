"""The fake throttles, fails, lags and refuses credentials within what was asked for."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fake_aws import (
    RUNS_ON,
    Chaos,
    FakeAws,
    Outcome,
    Rates,
    SteppedClock,
    World,
    fails,
    published,
)
from tests.fake_aws.clients import client, code_of, started
from tests.fake_aws.fixtures import KEY, REGION, aws_environment, clock, fake
from tests.fake_aws.protocol import App

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_stepfunctions import SFNClient

__all__ = ["aws_environment", "client", "clock", "fake"]

DESCRIBE, LIST, START = "DescribeExecution", "ListExecutions", "StartExecution"


def codes(call: Callable[[], object], times: int) -> list[str]:
    """How each of so many calls went."""
    found = []
    for _ in range(times):
        try:
            call()
            found.append("ok")
        except ClientError as error:
            found.append(error.response["Error"]["Code"])
        except ConnectionClosedError:
            found.append("closed")
    return found


def test_a_bucket_holds_so_many_calls_and_refills_with_time(
    fake: FakeAws, client: SFNClient, clock: SteppedClock
) -> None:
    fake.machine("orders")
    arn = started(fake, client, "orders", "a")
    fake.limit({DESCRIBE: (3, 0.5)})
    took = codes(lambda: client.describe_execution(executionArn=arn), 5)
    assert took == ["ok"] * 3 + ["ThrottlingException"] * 2
    clock.step(4)
    assert codes(lambda: client.describe_execution(executionArn=arn), 3) == [
        "ok",
        "ok",
        "ThrottlingException",
    ]
    clock.step(1_000)
    took = codes(lambda: client.describe_execution(executionArn=arn), 4)
    assert took == ["ok"] * 3 + ["ThrottlingException"]
    assert fake.throttles == {DESCRIBE: 4}
    assert fake.calls == {START: 1, DESCRIBE: 12}


def test_a_throttle_is_answered_as_the_service_does(fake: FakeAws, client: SFNClient) -> None:
    fake.machine("orders")
    fake.limit({START: (0, 0)})
    with pytest.raises(ClientError) as raised:
        started(fake, client, "orders", "a")
    assert raised.value.response["Error"]["Code"] == "ThrottlingException"
    assert raised.value.response["Error"]["Message"] == "Rate exceeded"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert fake.world.starts == {}


def test_each_operation_has_its_own_bucket_and_express_starts_have_another(
    fake: FakeAws, client: SFNClient
) -> None:
    fake.machine("orders")
    fake.machine("score", type="EXPRESS")
    fake.limit({START: (1, 0), "StartExecution (Express)": (2, 0)})
    took = {
        name: codes(lambda name=name: started(fake, client, name, "a"), 3)  # type: ignore[misc]
        for name in ("orders", "score")
    }
    assert [one.count("ok") for one in took.values()] == [1, 2]
    assert codes(client.list_state_machines, 3) == ["ok"] * 3


def test_the_published_quotas_differ_by_region() -> None:
    large, other = published("us-east-1"), published("eu-central-1")
    assert (large[DESCRIBE], large[LIST], large[START]) == ((300, 15), (200, 5), (1300, 300))
    assert (other[DESCRIBE], other[LIST], other[START]) == ((250, 10), (100, 2), (800, 150))
    assert [one["GetExecutionHistory"] for one in (large, other)] == [(400, 20), (400, 20)]
    assert "StartSyncExecution" not in large


def drawn(chaos: Chaos, operation: str, count: int) -> list[str | None]:
    met = [chaos.next(operation) for _ in range(count)]
    return [one[0] if one else None for one in met]


def test_chaos_is_the_same_for_a_seed_whatever_other_operations_do() -> None:
    rates = Rates(lost=0.2, errors=0.2, slow=0.1)
    alone = drawn(Chaos(7, rates), START, 200)
    among = Chaos(7, rates)
    mixed = []
    for _ in range(200):
        among.next(DESCRIBE)
        mixed += drawn(among, START, 1)
    assert mixed == alone
    assert drawn(Chaos(8, rates), START, 200) != alone


def test_chaos_keeps_to_its_rates_and_to_its_slowest() -> None:
    rates = Rates(0.1, 0.1, 0.1, 0.1, 0.1, 0.1)
    chaos = Chaos(1, rates, {LIST: Rates()}, slowest=0.25)
    met = [chaos.next(START) for _ in range(6_000)]
    counts = Counter(one[0] if one else "none" for one in met)
    assert set(counts) == {
        "lost", "dropped", "errors", "unavailable", "throttles", "slow", "none"
    }  # fmt: skip
    assert all(400 < count < 800 for kind, count in counts.items() if kind != "none")
    late = [one[1].delay for one in met if one and one[0] == "slow"]
    assert 0 <= min(late) < max(late) <= 0.25
    assert not any(drawn(chaos, LIST, 1_000))


def test_rates_that_are_more_than_all_calls_are_refused() -> None:
    for shares in ((0.6, 0.6), (-0.1, 0.2)):
        with pytest.raises(ValueError, match="shares"):
            Rates(*shares)


@pytest.mark.parametrize(
    ("rates", "answer", "begun"),
    [
        (Rates(lost=1), "closed", {"a": 1}),
        (Rates(dropped=1), "closed", {}),
        (Rates(errors=1), "InternalFailure", {}),
        (Rates(unavailable=1), "ServiceUnavailable", {}),
        (Rates(throttles=1), "ThrottlingException", {}),
        (Rates(slow=1), "ok", {"a": 1}),
    ],
)
def test_each_kind_of_chaos_takes_effect_or_not(
    fake: FakeAws, client: SFNClient, rates: Rates, answer: str, begun: dict[str, int]
) -> None:
    fake.machine("orders")
    fake.chaos = Chaos(1, operations={START: rates}, slowest=0.01)
    assert codes(lambda: started(fake, client, "orders", "a"), 1) == [answer]
    assert fake.world.starts == begun
    assert codes(client.list_state_machines, 20) == ["ok"] * 20
    assert sum(fake.mishaps.values()) == 1
    assert fake.throttles == ({START: 1} if rates.throttles else {})
    fake.chaos = None
    started(fake, client, "orders", "b")


def test_each_answer_takes_the_latency_and_a_slow_one_more() -> None:
    world = World(clock=SteppedClock())
    app = App(world, latency=0.25)
    assert app.answer(b"AWSStepFunctions.ListStateMachines", "here", b"{}").delay == 0.25
    app.chaos = Chaos(1, Rates(slow=1), slowest=0.5)
    late = app.answer(b"AWSStepFunctions.ListStateMachines", "here", b"{}").delay
    assert 0.25 < late <= 0.75


def test_executions_are_seen_late_each_by_its_own_lag_and_never_later_than_the_bound(
    fake: FakeAws, client: SFNClient, clock: SteppedClock
) -> None:
    fake.world.lag = (0.5, 1.5)
    fake.machine("orders", Outcome(duration=10))
    machine = fake.world.machine_arn("orders")
    names = [f"e{number}" for number in range(20)]
    arns = [started(fake, client, "orders", name) for name in names]

    def looks() -> tuple[Counter[str], Counter[str]]:
        described: Counter[str] = Counter()
        for arn in arns:
            try:
                described[client.describe_execution(executionArn=arn)["status"]] += 1
            except ClientError as error:
                described[error.response["Error"]["Code"]] += 1
        rows = client.list_executions(stateMachineArn=machine)["executions"]
        return described, Counter(row["status"] for row in rows)

    assert looks() == ({"ExecutionDoesNotExist": 20}, {})
    clock.step(1)
    described, listed = looks()
    assert 0 < described["RUNNING"] < 20
    assert 0 < listed["RUNNING"] < 20
    clock.step(0.5)
    assert looks() == ({"RUNNING": 20}, {"RUNNING": 20})
    clock.step(8.75)
    assert looks() == ({"RUNNING": 20}, {"RUNNING": 20})
    clock.step(0.75)
    described, listed = looks()
    assert 0 < described["SUCCEEDED"] < 20
    assert 0 < listed["SUCCEEDED"] < 20
    clock.step(0.5)
    assert looks() == ({"SUCCEEDED": 20}, {"SUCCEEDED": 20})


def test_a_start_and_a_stop_see_what_is_true_though_others_see_it_late(
    fake: FakeAws, client: SFNClient, clock: SteppedClock
) -> None:
    fake.world.lag = (60, 60)
    fake.machine("orders", RUNS_ON)
    arn = started(fake, client, "orders", "a")
    assert started(fake, client, "orders", "a") == arn
    client.stop_execution(executionArn=arn)
    with pytest.raises(ClientError) as raised:
        started(fake, client, "orders", "a")
    assert code_of(raised) == "ExecutionAlreadyExists"
    clock.step(60)
    assert client.describe_execution(executionArn=arn)["status"] == "ABORTED"


Step = tuple[str, int]


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["start", "start", "wait", "stop", "redrive", "list"]),
            st.integers(0, 6),
        ),
        max_size=30,
    ),
    lag=st.sampled_from([(0.0, 0.0), (0.0, 4.0), (2.0, 2.0)]),
)
def test_a_list_that_is_kept_is_the_one_that_is_made_anew(
    fake: FakeAws,
    client: SFNClient,
    clock: SteppedClock,
    steps: list[Step],
    lag: tuple[float, float],
) -> None:
    world = fake.world
    world.lag = lag
    world.redrive_lag = lag
    machine = fake.machine("orders", lambda start: fails(duration=float(start.number % 4)))
    arn = world.machine_arn("orders")
    clock.step(100)
    arns: list[str] = []
    for kind, number in [*steps, ("list", 0), ("wait", 50), ("list", 0)]:
        if kind == "start":
            arns.append(started(fake, client, "orders", f"e{clock.now():.0f}-{len(arns)}"))
        elif kind == "wait":
            clock.step(number)
        elif kind == "stop" and arns:
            client.stop_execution(executionArn=arns[number % len(arns)])
        elif kind == "redrive" and arns:
            codes(lambda at=number: client.redrive_execution(executionArn=arns[at % len(arns)]), 1)  # type: ignore[misc]
        elif kind == "list":
            kept = client.list_executions(stateMachineArn=arn, maxResults=1_000)["executions"]
            machine.ledger.fill(machine.executions)
            anew = client.list_executions(stateMachineArn=arn, maxResults=1_000)["executions"]
            assert kept == anew
            for status in ("RUNNING", "FAILED", "ABORTED"):
                of_status = client.list_executions(stateMachineArn=arn, statusFilter=status)
                assert of_status["executions"] == [row for row in kept if row["status"] == status]


def test_calls_that_an_expired_key_signs_are_refused_until_it_is_renewed(
    fake: FakeAws, client: SFNClient, clock: SteppedClock
) -> None:
    fake.machine("orders")
    fake.world.expire_key(KEY, clock.now() + 60)
    fake.world.expire_key("AKIAOTHER")
    started(fake, client, "orders", "a")
    clock.step(60)
    with pytest.raises(ClientError) as raised:
        started(fake, client, "orders", "b")
    assert code_of(raised) == "ExpiredTokenException"
    assert fake.world.starts == {"a": 1}
    fake.world.renew_key(KEY)
    started(fake, client, "orders", "b")


def test_an_assumed_role_may_call_until_its_session_ends(
    fake: FakeAws, clock: SteppedClock
) -> None:
    fake.machine("orders")
    own = boto3.client("sts", region_name=REGION, endpoint_url=fake.url)
    assumed = own.assume_role(
        RoleArn="arn:aws:iam::123456789012:role/deploy", RoleSessionName="me", DurationSeconds=900
    )
    given = assumed["Credentials"]
    assert given["Expiration"].timestamp() == clock.now() + 900
    session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    config = Config(retries={"total_max_attempts": 1})
    states = session.client(
        "stepfunctions", region_name=REGION, endpoint_url=fake.url, config=config
    )
    sts = session.client("sts", region_name=REGION, endpoint_url=fake.url, config=config)
    assert sts.get_caller_identity()["Account"] == "123456789012"
    assert len(states.list_state_machines()["stateMachines"]) == 1
    clock.step(900)
    with pytest.raises(ClientError) as listed:
        states.list_state_machines()
    with pytest.raises(ClientError) as named:
        sts.get_caller_identity()
    assert (code_of(listed), code_of(named)) == ("ExpiredTokenException", "ExpiredToken")
    assert own.get_caller_identity()["Account"] == "123456789012"
    for one in (own, states, sts):
        one.close()
