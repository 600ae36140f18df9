"""What lists tell of many executions: few calls, bounded pages, and nothing of what they lack."""

from __future__ import annotations

import json
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
    Unreachable,
)
from runner.provider import LIST_PRICE, ExecutionStatus
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
from tests.step_functions.executions import ENDS, start

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runner.provider import Execution
    from runner.step_functions import StepFunctions

__all__ = ["aws_environment", "clock", "fake", "provider"]

MANY = 40
POOR_PAGES = 3
BAD_TOKEN = Fault(ApiError("InvalidToken", "the token has expired"))


def survey(
    fake: FakeAws, provider: StepFunctions, wanted: Iterable[str], machine: str = "orders"
) -> Mapping[str, Execution]:
    return provider.survey(arn(fake, machine), list(wanted))


def statuses(seen: Mapping[str, Execution]) -> set[str]:
    return {one.status.value for one in seen.values()}


def rows_asked(fake: FakeAws) -> list[int]:
    return [request["maxResults"] for request in fake.requests("ListExecutions")]


def test_nothing_wanted_is_no_call(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders", RUNS_ON)
    assert survey(fake, provider, []) == {}
    assert fake.calls == {}


@pytest.mark.parametrize("count", [1, MANY, 800])
def test_all_of_a_machine_are_one_list(fake: FakeAws, provider: StepFunctions, count: int) -> None:
    fake.machine("orders", RUNS_ON)
    arns = start(fake, count)
    seen = survey(fake, provider, arns)
    assert set(seen) == set(arns)
    assert statuses(seen) == {"RUNNING"}
    assert fake.calls == {"ListExecutions": 1}
    assert "statusFilter" not in fake.requests("ListExecutions")[0]


def test_those_that_ended_are_told_by_the_same_list(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders", [Outcome(output="{}", duration=7), fails(duration=3), RUNS_ON])
    arns = start(fake, 5)
    assert isinstance(fake.world.clock, SteppedClock)
    fake.world.clock.step(10)
    seen = survey(fake, provider, arns)
    assert [seen[one].status.value for one in arns] == ["SUCCEEDED", "FAILED"] + ["RUNNING"] * 3
    assert (seen[arns[0]].seconds, seen[arns[1]].seconds, seen[arns[2]].seconds) == (7, 3, None)
    assert fake.calls == {"ListExecutions": 1}


def test_what_a_list_tells_is_not_in_detail(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders", [Outcome(output='{"rows":3}'), fails(), RUNS_ON])
    for one in survey(fake, provider, start(fake, 3)).values():
        assert not one.detailed
        assert (one.input, one.output, one.error, one.cause) == (None, None, None, None)


def test_only_those_wanted_are_told(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders", RUNS_ON)
    arns = start(fake, 20)
    assert set(survey(fake, provider, arns[5:15])) == set(arns[5:15])


def test_executions_of_another_machine_are_not_told(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders", RUNS_ON)
    fake.machine("stock", RUNS_ON)
    arns = start(fake, 3)
    assert set(survey(fake, provider, [*arns, *start(fake, 3, "stock")])) == set(arns)


@pytest.mark.parametrize(
    ("count", "rows"), [(1, 100), (MANY, 100), (400, 500), (800, 1000), (2000, 1000)]
)
def test_no_more_rows_are_asked_for_than_needed(
    fake: FakeAws, provider: StepFunctions, count: int, rows: int
) -> None:
    fake.machine("orders", RUNS_ON)
    survey(fake, provider, start(fake, count))
    assert set(rows_asked(fake)) == {rows}


def test_pages_are_read_while_they_pay(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders", RUNS_ON)
    arns = start(fake, 2500)
    assert len(survey(fake, provider, arns)) == 2500
    assert fake.calls == {"ListExecutions": 3}
    assert all("statusFilter" not in request for request in fake.requests("ListExecutions"))


def test_few_that_a_page_lacks_are_not_sought_on_the_next(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders", RUNS_ON)
    arns = start(fake, LIST_PRICE)
    start(fake, 5000, first=LIST_PRICE)
    newest = start(fake, 10, first=5000 + LIST_PRICE)
    assert set(survey(fake, provider, arns + newest)) == set(newest)
    assert fake.calls == {"ListExecutions": 1}


@pytest.mark.parametrize("count", [6, MANY, 700])
def test_those_that_run_behind_a_crowd_of_others_that_ended_are_two_lists(
    fake: FakeAws, provider: StepFunctions, count: int
) -> None:
    fake.machine("orders", RUNS_ON)
    arns = start(fake, count)
    fake.world.clock.step(10_000)  # type: ignore[attr-defined]
    fake.world.crowd("orders", 5000)
    seen = survey(fake, provider, arns)
    assert set(seen) == set(arns)
    assert [one.get("statusFilter") for one in fake.requests("ListExecutions")] == [None, "RUNNING"]


@pytest.mark.parametrize(
    ("count", "pages"), [(1, 1), (LIST_PRICE, 1), (2 * LIST_PRICE, 2), (MANY, POOR_PAGES)]
)
def test_where_others_that_run_are_newer_as_well_pages_are_bounded(
    fake: FakeAws, provider: StepFunctions, count: int, pages: int
) -> None:
    fake.machine("orders", RUNS_ON)
    arns = start(fake, count)
    start(fake, 5000, first=count)
    assert survey(fake, provider, arns) == {}
    assert fake.calls == {"ListExecutions": pages}


def test_what_ended_behind_a_million_others_costs_as_few_pages(
    fake: FakeAws, provider: StepFunctions, clock: SteppedClock
) -> None:
    fake.machine("orders")
    arns = start(fake, 900)
    clock.step(1_000_000)
    fake.world.crowd("orders", 1_000_000, every=0.5)
    assert survey(fake, provider, arns) == {}
    assert fake.calls == {"ListExecutions": POOR_PAGES}


def test_others_between_those_that_are_wanted_end_nothing_while_pages_pay(
    fake: FakeAws, provider: StepFunctions, clock: SteppedClock
) -> None:
    fake.machine("orders")
    arns = []
    for batch in range(300):
        arns += start(fake, 1, first=batch)
        clock.step(10)
    fake.world.crowd("orders", 3000, every=1)
    assert set(survey(fake, provider, arns)) == set(arns)
    # 3,300 rows, 375 on each page, and a page of those that run.
    assert fake.calls == {"ListExecutions": 10}


def test_pages_that_do_not_pay_end_a_survey_only_where_they_follow_one_another(
    fake: FakeAws, provider: StepFunctions, clock: SteppedClock
) -> None:
    fake.machine("orders")
    rows = 375
    groups = [("ours", 200), ("others", 2 * rows), ("ours", 100), ("others", 275), ("others", rows)]
    wanted: list[str] = []
    begun = 0
    for whose, count in groups:
        arns = start(fake, count, first=begun)
        begun += count
        clock.step(1)
        wanted += arns if whose == "ours" else []
    assert len(survey(fake, provider, wanted)) == 300
    assert set(rows_asked(fake)) == {rows, 1000}
    assert fake.calls == {"ListExecutions": 6}


def test_a_next_page_is_asked_for_as_the_first_one_was(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders", RUNS_ON)
    survey(fake, provider, start(fake, 2500))
    first, *others = fake.requests("ListExecutions")
    assert [{**one, "nextToken": None} for one in others] == [{**first, "nextToken": None}] * 2


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    runs=st.lists(st.tuples(st.integers(1, 60), st.integers(0, 150)), min_size=1, max_size=5),
    ends=st.sampled_from(sorted(ENDS)),
    others=st.sampled_from(["runs", "succeeds"]),
)
def test_no_survey_reads_more_pages_than_its_looks_would_cost(
    fake: FakeAws,
    provider: StepFunctions,
    runs: list[tuple[int, int]],
    ends: str,
    others: str,
) -> None:
    fake.forget_calls()
    machine = f"orders-{len(fake.world.machines)}"
    made = fake.machine(machine)
    wanted: list[str] = []
    for ours, theirs in runs:
        made.script = ENDS[ends]
        wanted += start(fake, ours, machine, first=made.begun)
        made.script = ENDS[others]
        start(fake, theirs, machine, first=made.begun)
        fake.world.clock.step(1)  # type: ignore[attr-defined]
    seen = survey(fake, provider, wanted, machine)
    assert set(seen) <= set(wanted)
    assert {one.status for one in seen.values()} <= {provider.observe(wanted[0]).status}
    assert fake.calls["ListExecutions"] <= max(1, len(wanted) // LIST_PRICE)


def test_an_execution_that_a_list_lacks_is_not_told(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders", RUNS_ON)
    fake.world.list_lag = 60
    assert survey(fake, provider, start(fake, MANY)) == {}


def test_a_list_that_lags_tells_how_it_was(
    fake: FakeAws, provider: StepFunctions, clock: SteppedClock
) -> None:
    fake.machine("orders", Outcome(duration=100))
    fake.world.list_lag = 60
    arns = start(fake, MANY)
    clock.step(120)
    assert statuses(survey(fake, provider, arns)) == {"RUNNING"}
    clock.step(60)
    assert statuses(survey(fake, provider, arns)) == {"SUCCEEDED"}


@pytest.mark.parametrize("raw", [status.value for status in ExecutionStatus][:-1])
def test_each_known_status_is_itself(fake: FakeAws, provider: StepFunctions, raw: str) -> None:
    fake.machine("orders", Outcome(raw))
    (seen,) = survey(fake, provider, start(fake, 1)).values()
    assert seen.status is ExecutionStatus(raw)


def test_a_status_that_is_new_is_unrecognised_and_no_success(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders", Outcome("PAUSED"))
    for one in survey(fake, provider, start(fake, MANY)).values():
        assert (one.status, one.raw_status) == (ExecutionStatus.UNRECOGNISED, "PAUSED")


def test_how_often_an_execution_was_redriven_is_told(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders", fails(then=RUNS_ON))
    (one,) = start(fake, 1)
    assert survey(fake, provider, [one])[one].redrive_count == 0
    provider.redrive(one, token="t")
    again = survey(fake, provider, [one])[one]
    assert (again.status, again.redrive_count) == (ExecutionStatus.RUNNING, 1)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (denied("states:ListExecutions"), AccessDenied),
        (EXPIRED, CredentialsFailed),
        (NOT_AWS, Transient),
        (Fault(body=b"{}"), Transient),
        (Fault(body=b'{"executions": [null]}'), Transient),
        (Fault(body=b'{"executions": [{}]}'), Transient),
        (Fault(ApiError("StateMachineDoesNotExist")), NotFound),
        (Fault(ApiError("StateMachineTypeNotSupported")), Rejected),
        (BAD_TOKEN, Rejected),
    ],
)
def test_what_is_wrong_with_the_first_page_is_raised(
    fake: FakeAws, provider: StepFunctions, fault: Fault, kind: type[ProviderError]
) -> None:
    fake.machine("orders", RUNS_ON)
    fake.faults.add("ListExecutions", fault)
    with pytest.raises(ProviderError) as raised:
        survey(fake, provider, start(fake, MANY))
    assert type(raised.value) is kind


@pytest.mark.parametrize("odd", [{"executionArn": 7}, {"status": None}, {"redriveCount": "one"}])
def test_a_row_that_can_not_be_read_hides_no_other(
    fake: FakeAws, provider: StepFunctions, odd: dict[str, object]
) -> None:
    fake.machine("orders", RUNS_ON)
    arns = start(fake, MANY)
    rows = [{"executionArn": one, "status": "RUNNING"} for one in arns]
    rows[3] |= odd  # type: ignore[arg-type]
    body = json.dumps({"executions": rows}).encode()
    fake.faults.add("ListExecutions", Fault(body=body))
    assert set(survey(fake, provider, arns)) == {*arns} - {arns[3]}


def test_a_survey_that_is_always_throttled_ends(
    fake: FakeAws, provider: StepFunctions, clock: SteppedClock
) -> None:
    fake.machine("orders", RUNS_ON)
    arns = start(fake, MANY)
    fake.faults.add("ListExecutions", THROTTLED)
    began = clock.now()
    with pytest.raises(Throttled):
        survey(fake, provider, arns)
    assert clock.now() - began <= LOOK_SECONDS


def test_where_nobody_listens_it_says_so(fake: FakeAws, clock: SteppedClock) -> None:
    fake.machine("orders", RUNS_ON)
    ready = clients(session(REGION), endpoint_url=closed_port(), threads=1)
    with connected(ready, policy_in(clock)) as lost, pytest.raises(Unreachable):
        survey(fake, lost, start(fake, MANY))


@pytest.mark.parametrize("fault", [THROTTLED, SERVER_FAULT, LOST])
def test_faults_are_repeated(fake: FakeAws, provider: StepFunctions, fault: Fault) -> None:
    fake.machine("orders", RUNS_ON)
    fake.faults.add("ListExecutions", fault, calls=(1, 2))
    assert len(survey(fake, provider, start(fake, MANY))) == MANY


@pytest.mark.parametrize(
    "fault",
    [
        BAD_TOKEN,
        THROTTLED,
        SERVER_FAULT,
        NOT_AWS,
        EXPIRED,
        denied("states:ListExecutions"),
        Fault(body=b'{"executions": [null]}'),
    ],
)
def test_what_is_wrong_with_a_later_page_keeps_what_was_found(
    fake: FakeAws, provider: StepFunctions, fault: Fault
) -> None:
    fake.machine("orders", RUNS_ON)
    arns = start(fake, 2500)
    fake.faults.add("ListExecutions", fault, about="nextToken")
    assert set(survey(fake, provider, arns)) == set(arns[-1000:])


@pytest.mark.parametrize("qualifier", ["2", "live"])
def test_a_machine_is_surveyed_whole_whatever_version_was_started(
    fake: FakeAws, provider: StepFunctions, qualifier: str
) -> None:
    fake.machine("orders", RUNS_ON, versions=(1, 2), aliases={"live": {2: 100}})
    arns = start(fake, 3)
    assert set(provider.survey(arn(fake, f"orders:{qualifier}"), arns)) == set(arns)
    assert fake.requests("ListExecutions")[0]["stateMachineArn"] == str(arn(fake, "orders"))
