"""The embedded engine behind the provider's seam: every call that is made of it."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from runner.arns import MachineArn, parse_machine
from runner.errors import NotFound, Rejected
from runner.local.provider import revision
from runner.model import MachineType
from runner.provider import (
    Execution,
    ExecutionStatus,
    FoundMachine,
    History,
    Lookback,
    MissingMachine,
    NameTaken,
    Started,
    StartRequest,
)
from tests.local.engines import PATIENCE, arn, finish, local, request, start, state_machine
from tests.local.features.base import machine, passes, starts, task

if TYPE_CHECKING:
    from runner.local.provider import Local

LONG = {"Type": "Wait", "Seconds": 100_000}
RETRY = [{"ErrorEquals": ["Bad"], "IntervalSeconds": 100_000}]


def one(definition: Any, mocks: Any = None, *, express: bool = False) -> Any:
    return {"main": state_machine("main", definition, mocks, express=express)}


def test_machines_are_found_by_name_whatever_the_arn_says() -> None:
    engine = local({**one(machine(passes())), "fast": state_machine("fast", {}, express=True)})
    main = parse_machine("arn:aws:states:eu-west-1:999999999999:stateMachine:main:live")
    gone = arn("gone")

    found = engine.find_machines([main, arn("fast"), gone])

    assert isinstance(found[main], FoundMachine)
    assert found[arn("fast")] == FoundMachine(
        arn("fast"), MachineType.EXPRESS, revision(state_machine("fast", {}, express=True))
    )
    assert found[gone] == MissingMachine(
        gone, "it has no StateMachine document of the name 'gone' to run locally"
    )


def test_a_revision_changes_with_definition_mocks_and_type_alone() -> None:
    plain = state_machine("a", machine(passes()))

    assert revision(plain) == revision(state_machine("b", machine(passes())))
    others = [
        state_machine("a", machine(passes(Result=1))),
        state_machine("a", machine(passes()), {"A": {"result": 1}}),
        state_machine("a", machine(passes()), express=True),
    ]
    assert len({revision(plain), *map(revision, others)}) == 4


def test_times_carry_a_zone_and_input_stays_as_sent() -> None:
    engine = local(one(machine(passes())))
    outcome = engine.start(StartRequest(arn("main"), "run", '{"n": 1.10, "é": "\\u00e9"}'))
    assert isinstance(outcome, Started)
    end = finish(engine, outcome.arn)

    assert end.input == '{"n": 1.10, "é": "\\u00e9"}'
    assert outcome.started_at.tzinfo is not None
    assert end.started_at is not None
    assert end.stopped_at is not None
    assert end.stopped_at.tzinfo is not None
    assert end.started_at <= end.stopped_at
    engine.close()


def test_a_start_by_alias_in_another_account_runs_here() -> None:
    engine = local(one(machine(passes())))
    elsewhere = MachineArn("aws", "eu-west-1", "999999999999", "main", "live")

    outcome = engine.start(StartRequest(elsewhere, "run", "{}"))

    assert isinstance(outcome, Started)
    assert outcome.arn == "arn:aws:states:us-east-1:123456789012:execution:main:run"
    engine.close()


def test_a_name_and_input_that_still_run_are_the_same_execution() -> None:
    engine = local(one(machine(LONG)))
    first = engine.start(request("main", {"a": 1}))

    again = engine.start(request("main", {"a": 1}))
    other = engine.start(request("main", {"a": 2}))

    assert again == first
    assert isinstance(other, NameTaken)
    assert other.execution.status is ExecutionStatus.RUNNING
    assert json.loads(other.execution.input or "") == {"a": 1}
    engine.close()


def test_a_name_stays_taken_when_its_execution_has_ended() -> None:
    engine = local(one(machine(passes())))
    finish(engine, start(engine, "main"))

    outcome = engine.start(request("main"))

    assert isinstance(outcome, NameTaken)
    assert outcome.execution.status is ExecutionStatus.SUCCEEDED
    assert outcome.execution.output == "{}"
    engine.close()


def test_starts_that_race_for_a_name_make_one_execution() -> None:
    engine = local(one(machine(LONG)))
    start(engine, "main", name="other")
    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(lambda _: engine.start(request("main")), range(64)))

    assert {type(outcome) for outcome in outcomes} == {Started}
    assert len({outcome.arn for outcome in outcomes if isinstance(outcome, Started)}) == 1
    assert len(engine._open()[0].backend.state_machines[0].executions) == 2
    engine.close()


def await_beginning(engine: Local, execution_arn: str) -> None:
    execution = engine._open()[0].backend.describe_execution(execution_arn)
    deadline = time.monotonic() + PATIENCE
    while execution.stepfleet_run.root is None:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def await_visible(engine: Local, execution_arn: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with suppress(NotFound):
            engine.observe(execution_arn)
            return
        time.sleep(0.01)
    raise AssertionError(f"{execution_arn} did not begin")


STOPPED = {
    "Wait": (machine(LONG), None),
    "Parallel": (machine({"Type": "Parallel", "Branches": [machine(LONG), machine(LONG)]}), None),
    "Map": (machine({"Type": "Map", "ItemProcessor": machine(LONG)}), None),
    "the wait of a Retry": (machine(task(Retry=RETRY)), {"A": {"error": "Bad"}}),
    "a wait for a child": (machine(starts(".sync:2")), None),
    "a wait for a token": (
        machine(starts(".waitForTaskToken", Parameters={"Input": {"t.$": "$$.Task.Token"}})),
        None,
    ),
}


@pytest.mark.parametrize("where", STOPPED)
def test_stop_ends_an_execution_wherever_it_is(where: str) -> None:
    definition, mocks = STOPPED[where]
    machines = {**one(definition, mocks), "child": state_machine("child", machine(LONG))}
    engine = local(machines)
    running = start(engine, "main", [1, 2])
    await_beginning(engine, running)

    engine.stop(running, error="Why", cause="because")

    after = engine.observe(running)
    assert after.status is ExecutionStatus.ABORTED
    assert (after.error, after.cause, after.output) == ("Why", "because", None)
    assert after.stopped_at is not None
    assert finish(engine, running) == after
    engine.close()


def test_stopping_a_parent_stops_the_child_that_it_waits_for() -> None:
    machines = {
        **one(machine(starts(".sync:2", Parameters={"Name": "c"}))),
        "child": state_machine("child", machine(LONG)),
    }
    engine = local(machines)
    running = start(engine, "main")
    child = running.replace("main:run", "child:c")
    await_visible(engine, child)

    engine.stop(running, error="Why", cause="because")

    assert finish(engine, child).status is ExecutionStatus.ABORTED
    engine.close()


def test_stopping_what_has_ended_changes_nothing() -> None:
    engine = local(one(machine(passes())))
    end = finish(engine, start(engine, "main"))

    engine.stop(end.arn, error="Why", cause="because")
    assert engine.observe(end.arn) == end
    engine.close()


def test_many_are_surveyed_at_once_and_one_that_is_not_there_hides_none() -> None:
    engine = local(one(machine(passes(Parameters={"n.$": "$.n"}))))
    arns = [start(engine, "main", {"n": n}, name=f"r{n}") for n in range(30)]
    for each in arns:
        finish(engine, each)
    gone = arns[0].replace(":r0", ":gone")

    seen = engine.survey(arn("main"), [*arns, gone])

    assert set(seen) == set(arns)
    assert {each.status for each in seen.values()} == {ExecutionStatus.SUCCEEDED}
    assert not any(each.detailed for each in seen.values())
    assert engine.calls()["ListExecutions"].calls == 1
    assert [engine.observe(each).output for each in arns] == [f'{{"n":{n}}}' for n in range(30)]
    with pytest.raises(NotFound):
        engine.observe(gone)
    engine.close()


def test_a_failed_execution_can_not_be_redriven_here() -> None:
    engine = local(one(machine({"Type": "Fail"})))
    end = finish(engine, start(engine, "main"))

    with pytest.raises(Rejected, match="can't redrive"):
        engine.redrive(end.arn, token="t" * 32)
    engine.close()


def test_nothing_is_remembered_of_other_processes() -> None:
    engine = local(one(machine(passes())))
    wanted = Lookback(arn("main"), frozenset(["load"]))
    gone = arn("main").execution("gone")

    assert engine.recall([wanted]) == {arn("main"): History((), 0, complete=True)}
    assert [type(each) for each in engine.describe([gone]).values()] == [NotFound]
    assert engine.calls() == {}
    engine.close()


def test_what_this_process_ran_is_described() -> None:
    engine = local(one(machine(passes(Result=[1]))))
    done = start(engine, "main", {"n": 1}, name="r1")
    finish(engine, done)
    gone = done.replace(":r1", ":gone")

    found = engine.describe([done, gone])

    seen = found[done]
    assert isinstance(seen, Execution)
    assert (seen.input, seen.output) == ('{"n": 1}', "[1]")
    assert isinstance(found[gone], NotFound)
    assert engine.recall([Lookback(arn("main"), frozenset(["r1"]))]) == {arn("main"): History()}
    engine.close()


def test_an_execution_ran_the_definition_that_there_is() -> None:
    engine = local(one(machine(passes())))
    found = engine.find_machines([arn("main")])[arn("main")]

    assert isinstance(found, FoundMachine)
    assert engine.revision_of(arn("main").execution("any")) == found.revision
    for unknown in (arn("gone").execution("any"), "arn:nonsense"):
        with pytest.raises(NotFound):
            engine.revision_of(unknown)


def test_an_express_machine_runs_to_its_end_in_one_call() -> None:
    engine = local(one(machine(passes(Result="text")), express=True))
    end = engine.run_express(request("main", {"a": 1}), idempotent=False)

    assert (end.status, end.output) == (ExecutionStatus.SUCCEEDED, '"text"')
    assert ":express:main:run:" in end.arn
    assert end.started_at is not None
    assert end.stopped_at is not None
    engine.close()


def test_closing_ends_an_express_execution_that_is_awaited() -> None:
    engine = local(one(machine({"Type": "Wait", "Seconds": 200}), express=True))
    with ThreadPoolExecutor(1) as pool:
        awaited = pool.submit(engine.run_express, request("main"), idempotent=False)
        deadline = time.monotonic() + 10
        while not getattr(engine._open()[0].backend, "stepfleet_express", {}):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        engine.close()

        assert awaited.result(timeout=10).status is ExecutionStatus.FAILED


def test_the_trace_header_is_kept() -> None:
    engine = local(one(machine(passes())))
    engine.start(StartRequest(arn("main"), "run", "{}", "Root=1-5759e988-bd862e3fe1be46a994272793"))

    described = engine._open()[0].client.describe_execution(
        executionArn=arn("main").execution("run")
    )

    assert described["traceHeader"] == "Root=1-5759e988-bd862e3fe1be46a994272793"
    engine.close()


def test_each_type_of_machine_has_its_own_call() -> None:
    standard, express = local(one(machine(passes()))), local(one(machine(passes()), express=True))

    with pytest.raises(Rejected, match="it is Express"):
        express.start(request("main"))
    with pytest.raises(Rejected, match="it is Standard"):
        standard.run_express(request("main"), idempotent=False)
    with pytest.raises(NotFound, match="no StateMachine document of the name 'gone'"):
        standard.start(request("gone"))


def test_what_the_service_would_refuse_is_refused() -> None:
    engine = local(one(machine(passes())))

    for bad in ("", "a b", "x" * 81, "né"):
        with pytest.raises(Rejected):
            engine.start(request("main", name=bad))
    with pytest.raises(Rejected, match="262,144"):
        engine.start(request("main", "x" * 262_144))
    with pytest.raises(Rejected, match="InvalidExecutionInput"):
        engine.start(StartRequest(arn("main"), "run", "{no JSON"))
    engine.close()


def test_a_definition_that_the_engine_cannot_read_is_rejected_with_its_file() -> None:
    engine = local(one({"StartAt": "A", "States": {"A": {"Type": "Nonsense"}}}))

    with pytest.raises(Rejected, match=r"machine\.yaml: the embedded engine can't read"):
        engine.start(request("main"))


def test_calls_are_counted_and_there_is_no_page_to_look_at() -> None:
    engine = local(one(machine(passes())))
    assert engine.calls() == {}
    end = finish(engine, start(engine, "main"))

    assert engine.calls()["StartExecution"].calls == 1
    assert engine.calls()["DescribeExecution"].calls >= 1
    assert engine.monitor_url(end) is None
    engine.close()


def test_closing_ends_what_still_runs() -> None:
    engine = local(one(machine(LONG)))
    running = start(engine, "main")

    engine.close()

    backend = engine._open()[0].backend
    assert backend.describe_execution(running).status == "ABORTED"


def test_a_thousand_executions_run_at_once() -> None:
    engine = local(one(machine({"Type": "Wait", "Seconds": 1})), scale=1.0)
    arns = [start(engine, "main", name=f"r{n}") for n in range(1000)]

    ends = [finish(engine, each) for each in arns]

    assert {end.status for end in ends} == {ExecutionStatus.SUCCEEDED}
    engine.close()
