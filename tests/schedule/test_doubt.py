"""Starts that got no answer: there may be an execution, and it may be someone else's."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from runner.engine import Options
from runner.errors import NotFound, ProviderError, StartLost, Throttled, Transient
from runner.model import OnCancel, Retry, RetryMode
from runner.provider import StartRequest
from runner.schedule import Observe, Survey
from tests.fakes import (
    FAILED,
    FOREVER,
    SUCCEEDED,
    FakeProvider,
    Fault,
    Outcome,
    Ran,
    Script,
    VirtualWorld,
    answers,
    input_,
    job,
    lost_answer,
    machine,
    output,
    plan,
    run,
)

A = job("a", parameters=[input_("n", 1), output("x")])
MADE = plan(A, job("b", ["a"], parameters=[input_("x", "${{ jobs.a.outputs.x }}")]))
OURS, THEIRS = '{"n":1}', '{"n":2}'


def never_answered(operation: str, about: str, nth: int) -> ProviderError | None:
    """No start of job a has an effect, or an answer."""
    lost = operation == "StartExecution" and about == "a"
    return Transient("connection reset", operation=operation) if lost else None


def name_taken(operation: str, about: str, nth: int) -> ProviderError | None:
    """Its name is another execution's, which could not be described at once."""
    if operation != "StartExecution" or about != "a":
        return None
    return StartLost("an execution of the name exists", since_sent=0.0, is_anothers=True)


DOUBTS = pytest.mark.parametrize("doubt", [never_answered, name_taken])


@dataclass
class There:
    """An execution that has the name of a start that gets no answer."""

    doubt: Fault
    script: Script
    ago: float = 900.0
    sent: str = OURS
    queued: float = 0.0

    def __post_init__(self) -> None:
        name = run(MADE).provider.starts[0].name
        self.provider = FakeProvider(a=self.script, fault=self.doubt)
        self.world = VirtualWorld(self.provider, lambda: (self.queued, 0.01))
        self.provider.begin(StartRequest(machine("a"), name, self.sent), ago=self.ago)

    def run(self, timeout: float | None = None, *interrupts: float) -> Ran:
        made = plan(job("a", parameters=A.parameters, timeout=timeout), *MADE.jobs[1:])
        self.world.interrupt_at(*interrupts)
        return run(made, self.provider, world=self.world)


@DOUBTS
@pytest.mark.parametrize("script", [answers(x=1), FAILED, FOREVER])
@pytest.mark.parametrize("ago", [0.0, 900.0])
def test_other_work_that_has_the_name_is_refused(doubt: Fault, script: Script, ago: float) -> None:
    ran = There(doubt, script, ago, THEIRS).run()
    assert ran.statuses == {"a": "failed", "b": "skipped"}
    assert ran.reasons["a"].startswith("name collision: ")
    assert ran.result("a").outputs == {}


@DOUBTS
@pytest.mark.parametrize("moment", [0.1, 3.0])
def test_other_work_that_has_the_name_is_never_stopped(doubt: Fault, moment: float) -> None:
    ran = There(doubt, FOREVER, sent=THEIRS).run(0.1, moment)
    assert ran.provider.stops == []


@DOUBTS
def test_what_another_run_started_is_adopted_and_left_alone(doubt: Fault) -> None:
    ran = There(doubt, FOREVER).run(None, 20)
    assert ran.events_of("a")[:3] == ["starting", "doubtful", "adopted"]
    assert ran.provider.stops == []
    assert ran.reasons["a"] == "left running: another run started it"


def test_what_began_before_the_start_was_sent_is_not_surely_ours() -> None:
    ran = There(never_answered, FOREVER, ago=2).run(None, 20)
    assert ran.provider.stops == []
    assert ran.reasons["a"] == "left running: another run asked for it at the same time"


def test_what_has_a_taken_name_is_another_runs_however_young_it_is() -> None:
    ran = There(name_taken, FOREVER, ago=0).run(None, 20)
    assert ran.provider.stops == []
    assert ran.reasons["a"] == "left running: another run started it"


def test_the_wait_for_a_turn_makes_nothing_ours() -> None:
    ran = There(never_answered, FOREVER, ago=0, queued=3).run(None, 30)
    assert ran.provider.stops == []


def test_a_timeout_counts_from_the_beginning_of_what_is_found() -> None:
    ran = There(never_answered, FOREVER, ago=60).run(100)
    assert ran.statuses["a"] == "failed"
    assert len(ran.provider.stops) == 1
    assert 40 <= ran.seconds < 42


@DOUBTS
def test_earlier_work_that_succeeded_is_up_to_date(doubt: Fault) -> None:
    ran = There(doubt, answers(x=7)).run()
    assert ran.statuses == {"a": "up_to_date", "b": "succeeded"}
    assert ran.provider.starts[-1].input == '{"x":7}'


def test_an_earlier_runs_failure_gets_the_next_attempt() -> None:
    def fault(operation: str, about: str, nth: int) -> ProviderError | None:
        return never_answered(operation, about, nth) if nth == 0 else None

    ran = There(fault, [FAILED, answers(x=1)]).run()
    assert ran.statuses == {"a": "succeeded", "b": "succeeded"}
    assert [one.name[-2:] for one in ran.provider.starts[:2]] == ["-1", "-2"]


def test_an_execution_of_ours_that_is_found_is_stopped() -> None:
    provider = FakeProvider(a=FOREVER, lost=lost_answer)
    ran = run("a", provider, world=VirtualWorld(provider).interrupt_at(10))
    assert ran.statuses == {"a": "cancelled"}


def hidden(seconds: float, *interrupts: float, timeout: float | None = None) -> Ran:
    """An execution of ours that shows late, and the answer to whose start was lost."""

    def fault(operation: str, about: str, nth: int) -> ProviderError | None:
        is_hidden = world.seconds - world.began < seconds
        return NotFound("not yet") if operation == "DescribeExecution" and is_hidden else None

    provider = FakeProvider(a=FOREVER, lost=lost_answer, fault=fault)
    world = VirtualWorld(provider).interrupt_at(*interrupts)
    return run(plan(job("a", timeout=timeout)), provider, world=world)


def test_an_interrupt_waits_for_the_look_that_tells_whose_an_execution_is() -> None:
    ran = hidden(12, 10)
    assert ran.statuses == {"a": "cancelled"}
    assert 12 <= ran.seconds < 16


def test_a_timeout_that_is_over_by_then_stops_what_is_found() -> None:
    ran = hidden(20, timeout=5)
    assert ran.statuses == {"a": "failed"}
    assert ran.reasons["a"] == "timed out after 5s and was stopped"
    assert 20 <= ran.seconds < 30


@pytest.mark.parametrize("on_cancel", OnCancel)
@pytest.mark.parametrize("moments", [(3.0,), (3.0, 3.1)])
def test_what_perhaps_never_began_is_not_told_to_run(
    on_cancel: OnCancel, moments: tuple[float, ...]
) -> None:
    provider = FakeProvider(fault=never_answered)
    world = VirtualWorld(provider).interrupt_at(*moments)
    ran = run(plan(job("a", on_cancel=on_cancel)), provider, world=world)
    arn = ran.result("a").execution_arn
    assert ran.statuses == {"a": "unknown"}
    assert f"it may run, as no answer came to its start: look at {arn}" in ran.reasons["a"]
    assert [one.execution_arn for one in ran.results.still_running] == [arn]
    assert "left running" not in ran.reasons["a"]
    assert ran.seconds < 8.1


def test_that_a_name_is_taken_is_told_of_what_stays_out_of_sight() -> None:
    provider = FakeProvider(fault=name_taken)
    ran = run("a", provider, world=VirtualWorld(provider).interrupt_at(3))
    assert ran.statuses == {"a": "unknown"}
    assert ran.reasons["a"].startswith("another execution has its name: look at arn:")
    assert provider.stops == []


CROWD = machine("crowd")


@pytest.mark.parametrize(
    ("script", "status"),
    [(Outcome(seconds=60), "succeeded"), (SUCCEEDED, "succeeded"), (FAILED, "failed")],
)
def test_no_list_settles_whose_an_execution_is(script: Outcome, status: str) -> None:
    def fault(operation: str, about: str, nth: int) -> ProviderError | None:
        hides = operation == "DescribeExecution" and nth < 2
        return Throttled("slow down", operation=operation) if hides else None

    provider = FakeProvider(crowd=script, fault=fault)
    provider.lost = lambda operation, about, nth: (
        Transient("reset") if operation == "StartExecution" else None
    )
    ran = run(plan(*(job(f"j{number}", on=CROWD) for number in range(8)), aws=True), provider)
    assert any(isinstance(call, Survey) for call in ran.world.calls)
    looked_at = {call.execution_arn for call in ran.world.calls if isinstance(call, Observe)}
    assert looked_at == {*provider.executions}
    assert set(ran.statuses.values()) == {status}


def test_a_run_that_does_not_wait_leaves_what_it_found_to_run() -> None:
    provider = FakeProvider(a=Outcome(seconds=7200), lost=lost_answer)
    ran = run("a -> b", provider, options=Options(detach=True))
    assert ran.statuses == {"a": "running", "b": "pending"}
    assert ran.reasons["a"] == "left running: the run does not wait"
    assert ran.seconds < 10


def test_a_run_that_does_not_wait_takes_what_has_ended_by_then() -> None:
    provider = FakeProvider(lost=lost_answer, otherwise=Outcome(seconds=0))
    ran = run("a", provider, options=Options(detach=True))
    assert ran.statuses == {"a": "succeeded"}


def test_a_run_that_does_not_wait_does_not_say_that_what_was_perhaps_redriven_runs() -> None:
    def fault(operation: str, about: str, nth: int) -> ProviderError | None:
        return Transient("reset") if operation == "RedriveExecution" else None

    retry = Retry(2, mode=RetryMode.REDRIVE, interval=0)
    provider = FakeProvider(a=Outcome("FAILED", seconds=0), lost=lost_answer, fault=fault)
    ran = run(plan(job("a", retry=retry)), provider, options=Options(detach=True))
    assert ran.statuses == {"a": "unknown"}
    assert "no answer came to its redrive" in ran.reasons["a"]


def test_trouble_with_a_start_uses_up_no_patience_with_the_looks_after_it() -> None:
    def fault(operation: str, about: str, nth: int) -> ProviderError | None:
        if operation == "StartExecution":
            return Throttled("slow down") if world.seconds - world.began < 300 else None
        is_first = operation == "DescribeExecution" and nth == 0
        return Throttled("slow down") if is_first else None

    def lost(operation: str, about: str, nth: int) -> ProviderError | None:
        return Transient("reset") if operation == "StartExecution" else None

    provider = FakeProvider(a=Outcome(seconds=400), fault=fault, lost=lost)
    world = VirtualWorld(provider, lambda: (0, 200))
    assert run("a", provider, world=world).statuses == {"a": "succeeded"}
