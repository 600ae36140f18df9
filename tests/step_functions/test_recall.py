"""Looking for earlier executions, describing them, and telling their machine's revision."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

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
from runner.identity import execution_name, job_tag
from runner.provider import Execution, ExecutionStatus, FoundMachine, History, Lookback
from tests.fake_aws import (
    EXPIRED,
    NOT_AWS,
    RUNS_ON,
    SERVER_FAULT,
    THROTTLED,
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
    clients_for,
    clock,
    closed_port,
    connected,
    described,
    fake,
    policy_in,
    provider,
)

if TYPE_CHECKING:
    from runner.step_functions import StepFunctions
    from tests.fake_aws.world import Execution as Held

__all__ = ["aws_environment", "clock", "fake", "provider"]

LIST = "ListExecutions"
DESCRIBE = "DescribeExecution"
DAY = 86_400.0


def name(job: str, letter: str = "a", attempt: int = 1) -> str:
    return execution_name("shop", job, letter * 20, run_id=None, attempt=attempt)


def past(fake: FakeAws, job: str, letter: str = "a", *, ago: float, **more: Any) -> Held:
    """An earlier execution of a job on the machine `orders`."""
    return fake.world.past("orders", name(job, letter), ago=ago, **more)


def looked(fake: FakeAws, *jobs: str, successes: tuple[str, ...] = ()) -> Lookback:
    return Lookback(
        arn(fake, "orders"),
        frozenset(job_tag("shop", job) for job in jobs),
        frozenset(job_tag("shop", job) for job in successes),
    )


def recall(provider: StepFunctions, wanted: Lookback) -> History:
    return provider.recall([wanted])[wanted.machine]


def seen(history: History) -> list[str]:
    return [execution.name for execution in history.executions]


def test_the_executions_of_the_jobs_asked_for_are_told_newest_first(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders")
    past(fake, "load", "a", ago=40)
    past(fake, "merge", ago=30, outcome=fails())
    past(fake, "clean", ago=20)
    past(fake, "load", "b", ago=10, outcome=RUNS_ON)
    fake.world.past("orders", "by-hand", ago=5)
    history = recall(provider, looked(fake, "load", "merge"))
    assert seen(history) == [name("load", "b"), name("merge"), name("load", "a")]
    assert [one.status for one in history.executions] == ["RUNNING", "FAILED", "SUCCEEDED"]
    assert (history.rows, history.complete, history.problem) == (5, True, None)
    assert fake.calls == {LIST: 1}


def test_a_machine_is_listed_whole_in_pages_as_large_as_can_be(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders")
    recall(provider, looked(fake, "load"))
    (asked,) = fake.requests(LIST)
    assert asked == {"stateMachineArn": fake.world.machine_arn("orders"), "maxResults": 1000}


def test_a_machine_that_never_ran_has_a_complete_and_empty_history(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders")
    assert recall(provider, looked(fake, "load")) == History(reached=True)


def test_they_are_in_the_order_of_their_beginnings_whatever_ended_last(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders")
    past(fake, "load", "a", ago=100, outcome=Outcome(duration=90))
    past(fake, "load", "b", ago=50, outcome=Outcome(duration=5))
    history = recall(provider, looked(fake, "load"))
    assert seen(history) == [name("load", "b"), name("load", "a")]


def test_versions_and_aliases_are_told_as_they_were_started(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders", versions=(3, 4), aliases={"live": {3: 10, 4: 90}})
    for job, qualifier in (("load", None), ("merge", "3"), ("clean", "live")):
        past(fake, job, ago=10, qualifier=qualifier)
    rows = recall(provider, looked(fake, "load", "merge", "clean")).executions
    told = {row.name: (row.version, row.alias) for row in rows}
    assert told == {
        name("load"): (None, None),
        name("merge"): ("3", None),
        name("clean"): ("4", "live"),
    }
    found = provider.describe([row.arn for row in rows])
    assert {
        described(one).name: (described(one).version, described(one).alias)
        for one in found.values()
    } == told


def test_pages_are_read_until_every_job_was_seen(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders")
    fake.world.crowd("orders", 10_000, every=1)
    past(fake, "load", ago=500)
    past(fake, "merge", ago=2_500)
    past(fake, "clean", ago=9_000)
    for jobs, pages in ((["load"], 1), (["load", "merge"], 3), (["clean"], 10)):
        fake.forget_calls()
        history = recall(provider, looked(fake, *jobs))
        assert {one.name for one in history.executions} == {name(job) for job in jobs}
        assert (fake.calls, history.rows) == ({LIST: pages}, pages * 1000)
        assert not history.complete


def test_a_job_that_never_ran_has_every_page_read(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders")
    fake.world.crowd("orders", 2_400)
    history = recall(provider, looked(fake, "load"))
    assert history == History((), 2_400, complete=True, reached=True)
    assert fake.calls == {LIST: 3}


def test_a_success_is_looked_for_beyond_the_newest_execution_where_it_is_wanted(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders")
    fake.world.crowd("orders", 10_000, every=1)
    past(fake, "load", "a", ago=4_500)
    past(fake, "load", "b", ago=10, outcome=fails())
    assert seen(recall(provider, looked(fake, "load"))) == [name("load", "b")]
    history = recall(provider, looked(fake, "load", successes=("load",)))
    assert seen(history) == [name("load", "b"), name("load", "a")]
    assert fake.calls == {LIST: 1 + 5}


def test_a_later_look_reads_no_further_back_than_the_one_before(
    fake: FakeAws, provider: StepFunctions, clock: SteppedClock
) -> None:
    fake.machine("orders")
    fake.world.crowd("orders", 5_000, every=1)
    past(fake, "merge", ago=1_500)
    past(fake, "load", ago=5_000, outcome=Outcome(duration=3_800))
    since = datetime.fromtimestamp(clock.now() - 1_400, UTC)
    wanted = replace(looked(fake, "load", "merge", "clean"), since=since)
    history = recall(provider, wanted)
    assert name("load") in seen(history)
    assert (history.rows, history.complete) == (2_000, False)
    assert fake.calls == {LIST: 2}
    whole = replace(wanted, since=None, tags=frozenset([job_tag("shop", "load")]))
    assert name("load") in seen(provider.recall([wanted, whole])[wanted.machine])
    assert fake.calls == {LIST: 2 + 6}


def test_a_machine_with_a_million_executions_of_others_stays_bounded_and_honest(
    fake: FakeAws, clock: SteppedClock
) -> None:
    fake.machine("orders")
    fake.world.crowd("orders", 1_000_000, every=0.1)
    past(fake, "merge", ago=60)
    past(fake, "load", ago=30 * DAY)
    with connected(clients_for(fake), policy_in(clock), lookback=7) as provider:
        history = recall(provider, looked(fake, "load", "merge"))
    assert seen(history) == [name("merge")]
    assert (history.rows, history.complete, history.problem) == (6_000, False, None)
    assert fake.calls == {LIST: 7}


def test_what_runs_is_seen_however_far_back_it_began(fake: FakeAws, clock: SteppedClock) -> None:
    fake.machine("orders")
    fake.world.crowd("orders", 1_000_000, every=0.1)
    past(fake, "load", ago=3 * DAY, outcome=RUNS_ON)
    past(fake, "merge", ago=3 * DAY)
    for pages, names in ((1, []), (2, [name("load")]), (3, [name("load")])):
        fake.forget_calls()
        with connected(clients_for(fake), policy_in(clock), lookback=pages) as provider:
            history = recall(provider, looked(fake, "load", "merge"))
        assert seen(history) == names
        assert (history.rows, history.complete) == (max(1, pages - 1) * 1_000, False)
        assert fake.calls == {LIST: pages}


def page(*rows: Held, token: str | None = None) -> Fault:
    """A page of a list in place of the one that would be given."""
    shown = [
        {"executionArn": row.arn, "name": row.start.name, "status": "SUCCEEDED"} for row in rows
    ]
    return Fault(body=json.dumps({"executions": shown, "nextToken": token}).encode())


def test_rows_that_a_page_repeats_count_once(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders")
    oldest, middle, newest = (past(fake, "load", letter, ago=5) for letter in "abc")
    fake.faults.add(LIST, page(newest, middle, token="2"), calls=(1,))
    fake.faults.add(LIST, page(middle, oldest), calls=(2,))
    history = recall(provider, looked(fake, "load", "merge"))
    assert seen(history) == [newest.start.name, middle.start.name, oldest.start.name]
    assert (history.rows, history.complete) == (3, True)


def test_an_empty_page_is_not_the_end_while_there_is_another(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders")
    fake.faults.add(LIST, page(token="2"), calls=(1,))
    fake.faults.add(LIST, page(past(fake, "load", ago=5)), calls=(2,))
    assert seen(recall(provider, looked(fake, "load"))) == [name("load")]


def test_machines_are_each_listed_once_whoever_asks(fake: FakeAws, provider: StepFunctions) -> None:
    machines = [f"machine-{number}" for number in range(20)]
    for machine in machines:
        fake.machine(machine)
        fake.world.past(machine, name("load"), ago=5)
        fake.world.past(machine, name("merge"), ago=5)
    wanted = [
        Lookback(arn(fake, machine), frozenset([job_tag("shop", job)]))
        for machine in machines
        for job in ("load", "merge")
    ]
    found = provider.recall(wanted)
    assert list(found) == [arn(fake, machine) for machine in machines]
    assert all(set(seen(one)) == {name("load"), name("merge")} for one in found.values())
    assert fake.calls == {LIST: 20}


def test_nothing_is_listed_for_nothing(fake: FakeAws, provider: StepFunctions) -> None:
    assert provider.recall([]) == {}
    assert provider.describe([]) == {}
    assert fake.calls == {}


@pytest.mark.parametrize(
    ("machine", "why"), [("orders", "states:ListExecutions"), ("nothing", "does not exist")]
)
def test_a_machine_of_which_nothing_may_be_read_says_why_and_hides_no_other(
    fake: FakeAws, provider: StepFunctions, machine: str, why: str
) -> None:
    fake.machine("orders")
    fake.machine("stock")
    fake.world.past("stock", name("load"), ago=5)
    fake.faults.add(LIST, denied("states:ListExecutions"), about=":orders")
    tags = frozenset([job_tag("shop", "load")])
    one, other = provider.recall(
        [Lookback(arn(fake, machine), tags), Lookback(arn(fake, "stock"), tags)]
    ).values()
    assert (one.executions, one.rows, one.complete) == ((), 0, False)
    assert one.problem is not None
    assert why in one.problem
    assert seen(other) == [name("load")]


def test_an_express_machine_remembers_nothing_and_says_so(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders", type="EXPRESS")
    history = recall(provider, looked(fake, "load"))
    assert not history.complete
    assert "not supported" in (history.problem or "")


def test_what_was_seen_before_a_page_was_refused_is_kept(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders")
    fake.world.crowd("orders", 5_000)
    past(fake, "merge", ago=5)
    fake.faults.add(LIST, denied("states:ListExecutions"), calls=range(3, 9))
    history = recall(provider, looked(fake, "load", "merge"))
    assert seen(history) == [name("merge")]
    assert (history.rows, history.complete) == (2_000, False)
    assert "states:ListExecutions" in (history.problem or "")


@pytest.mark.parametrize("fault", [THROTTLED, SERVER_FAULT, NOT_AWS], ids=["rate", "fault", "page"])
def test_a_fault_that_passes_leaves_no_hole(
    fake: FakeAws, provider: StepFunctions, fault: Any
) -> None:
    fake.machine("orders")
    fake.world.crowd("orders", 3_000)
    past(fake, "load", ago=2_500)
    fake.faults.add(LIST, fault, calls=(1, 3, 4))
    history = recall(provider, looked(fake, "load"))
    assert (seen(history), history.rows) == ([name("load")], 3_000)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [(EXPIRED, CredentialsFailed), (THROTTLED, Throttled), (NOT_AWS, Transient)],
    ids=["credentials", "rate", "page"],
)
def test_what_holds_for_every_machine_is_raised(
    fake: FakeAws, provider: StepFunctions, fault: Any, kind: type[ProviderError]
) -> None:
    fake.machine("orders")
    fake.faults.add(LIST, fault)
    with pytest.raises(kind):
        recall(provider, looked(fake, "load"))


def test_where_nobody_listens_is_told_soon(fake: FakeAws, clock: SteppedClock) -> None:
    ready = clients(session(REGION), endpoint_url=closed_port(), threads=4)
    wanted = [
        Lookback(arn(fake, f"machine-{number}"), frozenset(["load"])) for number in range(100)
    ]
    executions = [one.machine.execution("load") for one in wanted]
    with connected(ready, policy_in(clock)) as provider:
        with pytest.raises(Unreachable):
            provider.recall(wanted)
        with pytest.raises(Unreachable):
            provider.revision_of(executions[0])
        found = provider.describe(executions)
    assert all(isinstance(one, Unreachable) for one in found.values())
    # Four threads at once, three questions, each of at most ten seconds.
    assert sum(clock.waits) <= 120


@settings(
    max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    ages=st.lists(
        st.tuples(st.sampled_from(["load", "merge", "clean"]), st.integers(0, 4_000)),
        max_size=8,
        unique_by=lambda each: each[1],
    ),
    crowd=st.integers(0, 4_000),
    pages=st.integers(1, 4),
)
def test_the_newest_of_a_job_is_never_missed_but_where_it_is_said(
    fake: FakeAws, clock: SteppedClock, ages: list[tuple[str, int]], crowd: int, pages: int
) -> None:
    fake.machine("orders")
    fake.world.executions.clear()
    fake.forget_calls()
    if crowd:
        fake.world.crowd("orders", crowd)
    began: dict[str, list[tuple[float, str]]] = {}
    for number, (job, ago) in enumerate(ages):
        held = fake.world.past("orders", name(job, attempt=number + 1), ago=ago + 0.5)
        began.setdefault(job, []).append((held.started, held.start.name))
    with connected(clients_for(fake), policy_in(clock), lookback=pages) as provider:
        history = recall(provider, looked(fake, "load", "merge"))
    for job in ("load", "merge"):
        newest = max(began.get(job, []), default=None)
        found = [one for one in seen(history) if one.startswith(job)]
        if found or history.complete:
            assert (newest[1] if newest else None) == (found[0] if found else None)
        else:
            assert history.rows == max(1, pages - 1) * 1_000
    assert fake.calls[LIST] <= pages


def test_executions_are_described_in_full_and_each_answers_for_itself(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders")
    done = past(fake, "load", ago=5, input='{"day":1}', outcome=Outcome(output="[2]")).arn
    failed = past(fake, "merge", ago=5, outcome=fails("E", "why")).arn
    gone = fake.world.execution_arn("orders", "gone")
    express = "arn:aws:states:us-east-1:123456789012:express:score:a:b"
    hidden = past(fake, "clean", ago=5).arn
    fake.faults.add(DESCRIBE, denied("kms:Decrypt", "KmsAccessDeniedException"), about=hidden)
    found = provider.describe([done, gone, failed, express, hidden, done])
    assert list(found) == [done, gone, failed, express, hidden]
    assert (described(found[done]).input, described(found[done]).output) == ('{"day":1}', "[2]")
    assert (described(found[failed]).error, described(found[failed]).cause) == ("E", "why")
    kinds = {key: type(found[key]) for key in (gone, express, hidden)}
    assert kinds == {gone: NotFound, express: Rejected, hidden: AccessDenied}
    assert fake.calls == {DESCRIBE: 4}


def test_what_holds_for_every_execution_is_found_out_once(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders")
    fake.faults.add(DESCRIBE, EXPIRED)
    arns = [fake.world.execution_arn("orders", f"e{number}") for number in range(500)]
    found = provider.describe(arns)
    assert all(isinstance(one, CredentialsFailed) for one in found.values())
    assert fake.calls[DESCRIBE] < 50


def test_many_are_described_through_throttles(fake: FakeAws, provider: StepFunctions) -> None:
    fake.machine("orders")
    arns = [past(fake, "load", "a", ago=1).arn] + [
        fake.world.past("orders", f"e{number}", ago=1).arn for number in range(99)
    ]
    fake.faults.add(DESCRIBE, THROTTLED, calls=range(1, 150, 3))
    found = provider.describe(arns)
    assert all(
        isinstance(one, Execution) and one.status is ExecutionStatus.SUCCEEDED
        for one in found.values()
    )


def test_an_execution_tells_the_revision_that_its_machine_had(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders", revision="r-1")
    before = past(fake, "load", ago=5).arn
    fake.world.update("orders", "r-2")
    after = past(fake, "merge", ago=1).arn
    assert (provider.revision_of(before), provider.revision_of(after)) == ("r-1", "r-2")
    found = provider.find_machines([arn(fake, "orders")])[arn(fake, "orders")]
    assert isinstance(found, FoundMachine)
    assert found.revision == provider.revision_of(after)
    asked = fake.requests("DescribeStateMachineForExecution")
    assert asked[0] == {"executionArn": before, "includedData": "METADATA_ONLY"}


def test_the_revision_of_a_machine_that_was_never_updated_is_the_same_by_both_ways(
    fake: FakeAws, provider: StepFunctions, clock: SteppedClock
) -> None:
    fake.machine("orders", revision=None)
    clock.step(DAY)
    found = provider.find_machines([arn(fake, "orders")])[arn(fake, "orders")]
    assert isinstance(found, FoundMachine)
    assert provider.revision_of(past(fake, "load", ago=5).arn) == found.revision


def test_an_execution_that_is_forgotten_tells_no_revision(
    fake: FakeAws, provider: StepFunctions
) -> None:
    fake.machine("orders")
    with pytest.raises(NotFound):
        provider.revision_of(fake.world.execution_arn("orders", "gone"))
    with pytest.raises(Rejected):
        provider.revision_of("arn:aws:states:us-east-1:123456789012:express:score:a:b")
