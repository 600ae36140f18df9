"""Observing many executions: few calls, an answer for each, and no end taken from a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
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
)
from runner.provider import Execution, ExecutionStatus, StartRequest, Watched
from tests.fake_aws import (
    EXPIRED,
    LOST,
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
    REGION,
    arn,
    aws_environment,
    clock,
    closed_port,
    connected,
    described,
    fake,
    policy_in,
    provider,
)
from tests.fake_aws.operations import start_execution

if TYPE_CHECKING:
    from runner.step_functions import StepFunctions

__all__ = ["aws_environment", "clock", "fake", "provider"]

FEW, MANY = 3, 40


def start(fake: FakeAws, count: int, machine: str = "orders", first: int = 0) -> list[str]:
    """Start executions behind the provider's back, in order."""
    return [
        start_execution(
            fake.world,
            {"stateMachineArn": str(arn(fake, machine)), "name": f"{machine}-{n}", "input": "{}"},
        )["executionArn"]
        for n in range(first, first + count)
    ]


def watch(arns: list[str], *, details: bool = True) -> list[Watched]:
    return [Watched(one, details) for one in arns]


def statuses(seen: object) -> list[str]:
    assert isinstance(seen, dict)
    return [
        one.status.value if isinstance(one, Execution) else type(one).__name__
        for one in seen.values()
    ]


def test_nothing_watched_is_no_call(fake: FakeAws, provider: StepFunctions) -> None:
    assert provider.observe([]) == {}
    assert fake.calls == {}


def test_few_are_described_each(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders", RUNS_ON)
    seen = provider.observe(watch(start(fake, FEW)))
    assert statuses(seen) == ["RUNNING"] * FEW
    assert fake.calls == {"DescribeExecution": FEW}


def test_many_running_ones_of_a_machine_are_one_list(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders", RUNS_ON)
    seen = provider.observe(watch(start(fake, 900)))
    assert statuses(seen) == ["RUNNING"] * 900
    assert fake.calls == {"ListExecutions": 1}
    assert fake.requests("ListExecutions")[0]["statusFilter"] == "RUNNING"


def test_only_those_that_left_the_list_are_described(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders", RUNS_ON)
    arns = start(fake, MANY)
    for one in arns[:5]:
        fake.world.finish(one, Outcome(output='{"rows":3}'))
    seen = provider.observe(watch(arns))
    assert fake.calls == {"ListExecutions": 1, "DescribeExecution": 5}
    ended = described(seen[arns[0]])
    assert (ended.status, ended.output) == (ExecutionStatus.SUCCEEDED, '{"rows":3}')
    assert described(seen[arns[5]]).status is ExecutionStatus.RUNNING


def test_ended_ones_without_details_are_told_by_a_list_too(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders", Outcome(output="{}"))
    seen = provider.observe(watch(start(fake, MANY), details=False))
    assert statuses(seen) == ["SUCCEEDED"] * MANY
    assert fake.calls == {"ListExecutions": 2}


def test_a_failure_is_described_for_its_error_even_without_details(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders", {"orders-0": fails("Orders.Late", "too late")})
    arns = start(fake, MANY)
    seen = provider.observe(watch(arns, details=False))
    failed = described(seen[arns[0]])
    assert (failed.status.value, failed.error, failed.cause) == (
        "FAILED",
        "Orders.Late",
        "too late",
    )
    assert fake.calls == {"ListExecutions": 2, "DescribeExecution": 2}


def test_without_details_no_payload_is_asked_for(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders")
    arns = start(fake, 1)
    ended = described(provider.observe(watch(arns, details=False))[arns[0]])
    assert (ended.status, ended.input, ended.output) == (ExecutionStatus.SUCCEEDED, None, None)
    assert fake.requests("DescribeExecution") == [
        {"executionArn": arns[0], "includedData": "METADATA_ONLY"}
    ]


def test_who_asks_for_details_gets_them_though_another_does_not(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders", Outcome(output='{"rows":3}'))
    (one,) = start(fake, 1)
    seen = provider.observe([Watched(one, True), Watched(one, False)])
    assert described(seen[one]).output == '{"rows":3}'
    assert fake.calls == {"DescribeExecution": 1}


def test_pages_are_read_while_they_pay(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders", RUNS_ON)
    arns = start(fake, 2500)
    seen = provider.observe(watch(arns))
    assert statuses(seen) == ["RUNNING"] * 2500
    assert fake.calls == {"ListExecutions": 3}


def test_behind_a_crowd_of_newer_executions_they_are_described_in_the_end(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders", RUNS_ON)
    arns = start(fake, 8)
    start(fake, 5000, first=8)
    seen = provider.observe(watch(arns))
    assert statuses(seen) == ["RUNNING"] * 8
    assert fake.calls == {"ListExecutions": 2, "DescribeExecution": 8}


def test_few_that_a_page_lacks_are_described_rather_than_sought_on_the_next(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders", RUNS_ON)
    arns = start(fake, 2)
    start(fake, 5000, first=2)
    arns += start(fake, 10, first=5002)
    provider.observe(watch(arns))
    assert fake.calls == {"ListExecutions": 1, "DescribeExecution": 2}


def test_an_execution_that_a_list_lacks_is_not_taken_to_have_ended(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders", RUNS_ON)
    fake.world.list_lag = 60
    seen = provider.observe(watch(start(fake, MANY)))
    assert statuses(seen) == ["RUNNING"] * MANY


def test_one_that_is_not_visible_yet_is_not_found_and_hides_no_other(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders", RUNS_ON)
    arns = [*start(fake, 2), fake.world.execution_arn("orders", "none")]
    assert statuses(provider.observe(watch(arns))) == ["RUNNING", "RUNNING", "NotFound"]


def test_executions_of_several_machines_are_told_together(
    fake: FakeAws, provider: StepFunctions
) -> None:
    arns = []
    for name, count in (("orders", MANY), ("stock", MANY), ("score", 2)):
        fake.machine(name, RUNS_ON)
        arns += start(fake, count, name)
    seen = provider.observe(watch(arns))
    assert set(seen) == set(arns)
    assert fake.calls == {"ListExecutions": 2, "DescribeExecution": 2}


def test_without_the_right_to_list_each_is_described(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders", RUNS_ON)
    fake.faults.add("ListExecutions", denied("states:ListExecutions"))
    assert statuses(provider.observe(watch(start(fake, MANY)))) == ["RUNNING"] * MANY


def test_without_the_right_to_describe_each_says_so(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders", RUNS_ON)
    arns = start(fake, 2)
    fake.faults.add("DescribeExecution", denied("states:DescribeExecution"))
    seen = provider.observe(watch(arns))
    assert statuses(seen) == ["AccessDenied", "AccessDenied"]
    assert arns[0] in str(seen[arns[0]])


def test_without_rights_on_the_key_a_failure_without_details_is_still_a_failure(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders", fails())
    (one,) = start(fake, 1)
    fake.faults.add(
        "DescribeExecution", denied("kms:Decrypt", "KmsAccessDeniedException"), calls=(2,)
    )
    failed = described(provider.observe(watch([one], details=False))[one])
    assert (failed.status, failed.error) == (ExecutionStatus.FAILED, None)


@pytest.mark.parametrize("fault", [THROTTLED, SERVER_FAULT, LOST])
def test_faults_are_repeated(fake: FakeAws, provider: StepFunctions, fault: Fault) -> None:
    fake.machine("orders", RUNS_ON)
    fake.faults.add("ListExecutions", fault, calls=(1, 2))
    fake.faults.add("DescribeExecution", fault, calls=(1, 2))
    arns = start(fake, MANY)
    fake.world.finish(arns[0])
    assert statuses(provider.observe(watch(arns))) == ["SUCCEEDED"] + ["RUNNING"] * (MANY - 1)


def test_a_round_that_is_always_throttled_ends(
    fake: FakeAws, provider: StepFunctions, clock: SteppedClock
) -> None:
    fake.machine("orders", RUNS_ON)
    fake.machine("stock", RUNS_ON)
    arns = [*start(fake, MANY), *start(fake, 2, "stock")]
    fake.faults.add("ListExecutions", THROTTLED)
    fake.faults.add("DescribeExecution", THROTTLED)
    began = clock.now()
    seen = provider.observe(watch(arns))
    assert statuses(seen) == ["Throttled"] * len(arns)
    assert clock.now() - began < 300


def test_expired_credentials_are_found_out_once(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders", RUNS_ON)
    arns = start(fake, MANY)
    fake.faults.add("ListExecutions", EXPIRED)
    fake.faults.add("DescribeExecution", EXPIRED)
    assert statuses(provider.observe(watch(arns))) == ["CredentialsFailed"] * MANY
    assert fake.calls == {"ListExecutions": 1}


def test_where_nobody_listens_a_round_does_not_try_each(fake: FakeAws, clock: SteppedClock) -> None:
    fake.machine("orders", RUNS_ON)
    fake.machine("stock", RUNS_ON)
    watched = watch([*start(fake, MANY), *start(fake, 3, "stock")])
    ready = clients(session(REGION), endpoint_url=closed_port(), threads=1)
    with connected(ready, policy_in(clock)) as provider:
        seen = provider.observe(watched)
        assert statuses(seen) == ["Unreachable"] * (MANY + 3)
        assert "DescribeExecution" not in provider.calls()


def test_an_express_execution_and_an_odd_arn_are_errors_of_their_own(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders", RUNS_ON)
    express = "arn:aws:states:us-east-1:123456789012:express:score:score-1:0000"
    (one,) = start(fake, 1)
    seen = provider.observe(watch([express, "nonsense", one]))
    assert isinstance(seen[express], Rejected)
    assert isinstance(seen["nonsense"], Rejected)
    assert described(seen[one]).status is ExecutionStatus.RUNNING


@pytest.mark.parametrize(
    "raw", ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"]
)
def test_each_known_status_is_itself(fake: FakeAws, provider: StepFunctions, raw: str) -> None:
    fake.machine("orders", Outcome(raw))
    (one,) = start(fake, 1)
    assert described(provider.observe(watch([one]))[one]).status is ExecutionStatus(raw)


@pytest.mark.parametrize("count", [1, MANY])
@pytest.mark.parametrize("details", [True, False])
def test_a_status_that_is_new_is_unrecognised_and_no_success(
    fake: FakeAws, provider: StepFunctions, count: int, details: bool
) -> None:
    fake.machine("orders", Outcome("PAUSED"))
    arns = start(fake, count)
    for one in provider.observe(watch(arns, details=details)).values():
        assert described(one).status is ExecutionStatus.UNRECOGNISED
        assert described(one).raw_status == "PAUSED"


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(body=b"<html>"), Transient),
        (Fault(body=b"{}"), Transient),
        (Fault(ApiError("KmsThrottlingException")), Throttled),
        (Fault(ApiError("ExecutionDoesNotExist")), NotFound),
        (denied("x"), AccessDenied),
        (EXPIRED, CredentialsFailed),
    ],
)
def test_an_error_is_the_answer_for_its_execution(
    fake: FakeAws, provider: StepFunctions, fault: Fault, kind: type[ProviderError]
) -> None:
    fake.machine("orders", RUNS_ON)
    (one,) = start(fake, 1)
    fake.faults.add("DescribeExecution", fault)
    assert type(provider.observe(watch([one]))[one]) is kind


ENDS = {
    "runs": RUNS_ON,
    "succeeds": Outcome(output='{"rows":3}'),
    "fails": fails(),
    "times out": Outcome("TIMED_OUT"),
    "is stopped": Outcome("ABORTED"),
}


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    asked=st.lists(
        st.tuples(st.sampled_from(sorted(ENDS)), st.booleans()), min_size=1, max_size=30
    ),
    others=st.integers(0, 20),
    lag=st.sampled_from([0, 60]),
)
def test_however_it_is_asked_the_answer_is_what_a_describe_says(
    fake: FakeAws, provider: StepFunctions, asked: list[tuple[str, bool]], others: int, lag: int
) -> None:
    fake.world.list_lag = lag
    machine = f"orders-{len(fake.world.machines)}"
    fake.machine(machine, [*(ENDS[end] for end, _ in asked), RUNS_ON])
    arns = start(fake, len(asked), machine)
    start(fake, others, machine, first=len(asked))
    wanted = [Watched(one, details) for one, (_, details) in zip(arns, asked, strict=True)]
    seen = provider.observe(wanted)
    assert list(seen) == arns
    for one in wanted:
        single = described(provider.observe([Watched(one.arn)])[one.arn])
        together = described(seen[one.arn])
        assert together.status is single.status
        assert (together.error, together.cause) == (single.error, single.cause)
        if one.details:
            assert together.output == single.output


def test_an_execution_of_a_version_is_observed_by_the_arn_that_its_start_gave(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders", versions=(2,))
    started = provider.start(StartRequest(arn(fake, "orders:2"), "orders-1", "{}"))
    one = arn(fake, "orders").execution("orders-1")
    assert described(provider.observe([Watched(one)])[one]).arn == getattr(started, "arn", None)
