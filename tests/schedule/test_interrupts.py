"""What an interrupt stops, what it leaves, and that it starts nothing."""

from __future__ import annotations

import pytest

from runner import identity
from runner.errors import AccessDenied, ProviderError, Throttled
from runner.identity import PublicInput
from runner.model import OnCancel, Retry
from runner.provider import StartRequest
from runner.schedule import Call, Observe, Stop, Survey
from tests.fakes import (
    FAILED,
    FOREVER,
    SUCCEEDED,
    FakeProvider,
    Outcome,
    VirtualWorld,
    job,
    machine,
    plan,
    run,
)

A = identity.execution_name(
    "shop",
    "a",
    identity.fingerprint(
        project="shop", job="a", machine=str(machine("a")), public=PublicInput(), needs={}
    ),
    run_id=None,
    attempt=1,
)
"""The name of the first attempt at job a."""


def test_an_interrupt_stops_what_runs_and_starts_nothing_more() -> None:
    provider = FakeProvider(a=FOREVER)
    ran = run("a -> b", provider, world=VirtualWorld(provider).interrupt_at(10))
    ((arn, error, cause),) = provider.stops
    assert arn == ran.results.jobs[0].execution_arn
    assert error == "Stepfleet.Interrupted"
    assert cause == "Stepfleet stopped it: run run-1 was interrupted"
    assert ran.statuses == {"a": "cancelled", "b": "cancelled"}
    assert ran.reasons["a"] == "stopped, as the run was interrupted"
    assert ran.reasons["b"] == "not started: the run was interrupted"
    assert provider.started == ["a"]
    assert ran.results.exit_code == 130
    assert ran.seconds < 11


@pytest.mark.parametrize(
    ("jobs", "told"),
    [
        (("a", "b"), ["2 executions are being stopped; interrupt again to leave them running"]),
        (("a",), ["1 execution is being stopped; interrupt again to leave it running"]),
        ((), []),
    ],
)
def test_who_interrupts_is_told_what_is_waited_for_and_how_not_to(
    jobs: tuple[str, ...], told: list[str]
) -> None:
    provider = FakeProvider(a=FOREVER, b=FOREVER)
    made = plan(*(job(name, on_cancel=_on_cancel(name in jobs)) for name in "ab"))
    ran = run(made, provider, world=VirtualWorld(provider).interrupt_at(10))
    reasons = [each["reason"] for each in ran.results.events if each["event"] == "interrupted"]
    assert reasons == ["SIGINT", *told]


def _on_cancel(is_stopped: bool) -> OnCancel:
    return OnCancel.STOP if is_stopped else OnCancel.DETACH


@pytest.mark.parametrize("skew", [-60, -10, 10, 60])
def test_clocks_that_differ_keep_nothing_from_being_stopped(skew: float) -> None:
    provider = FakeProvider(a=FOREVER, skew=skew)
    ran = run("a", provider, world=VirtualWorld(provider).interrupt_at(10))
    assert ran.statuses == {"a": "cancelled"}


def test_a_job_that_detaches_is_left_running() -> None:
    provider = FakeProvider(a=FOREVER)
    made = plan(job("a", on_cancel=OnCancel.DETACH))
    ran = run(made, provider, world=VirtualWorld(provider).interrupt_at(10))
    assert provider.stops == []
    assert ran.statuses == {"a": "running"}
    assert [one.execution_arn for one in ran.results.still_running] == list(provider.executions)
    assert ran.results.exit_code == 130


def test_what_another_run_started_is_left_alone() -> None:
    provider = FakeProvider(a=FOREVER)
    world = VirtualWorld(provider).interrupt_at(10)
    provider.begin(StartRequest(machine("a"), A, "{}"), ago=60)
    ran = run("a", provider, world=world)
    assert provider.stops == []
    assert ran.reasons["a"] == "left running: another run started it"


def begun_before(seconds: float, skew: float = 0.0) -> FakeProvider:
    """A provider on which another run began the same execution, so long before our start."""

    def begin(operation: str, about: str, nth: int) -> ProviderError | None:
        if operation == "StartExecution":
            provider.begin(StartRequest(machine("a"), A, "{}"), ago=seconds)
        return None

    provider = FakeProvider(a=FOREVER, skew=skew, fault=begin)
    return provider


@pytest.mark.parametrize("skew", [-60, 0, 60])
@pytest.mark.parametrize("seconds", [1, 3])
def test_what_two_runs_started_at_once_is_stopped_by_the_first_alone(
    seconds: float, skew: float
) -> None:
    provider = begun_before(seconds, skew)
    ran = run("a", provider, world=VirtualWorld(provider).interrupt_at(10))
    assert provider.stops == []
    assert ran.statuses == {"a": "running"}
    assert ran.reasons["a"] == "left running: another run asked for it at the same time"
    assert len(ran.results.still_running) == 1


@pytest.mark.parametrize("seconds", [1, 3, 15])
def test_what_another_run_started_while_ours_waited_for_its_turn_is_left_alone(
    seconds: float,
) -> None:
    provider = begun_before(seconds)
    ran = run("a", provider, world=VirtualWorld(provider, lambda: (20, 0.01)).interrupt_at(30))
    assert provider.stops == []
    assert ran.statuses == {"a": "running"}


def test_a_start_whose_answer_took_long_is_stopped_as_our_own() -> None:
    provider = begun_before(3)
    ran = run("a", provider, world=VirtualWorld(provider, lambda: (0, 4)).interrupt_at(10))
    assert len(provider.stops) == 1
    assert ran.statuses == {"a": "cancelled"}


def test_the_longest_to_run_is_stopped_first() -> None:
    provider = FakeProvider(a=FOREVER, b=FOREVER, c=FOREVER)
    made = plan(job("a", timeout=50), job("b"), job("c", timeout=100))
    ran = run(made, provider, world=VirtualWorld(provider).interrupt_at(10))
    assert [call.job for call in ran.world.calls if isinstance(call, Stop)] == ["b", "c", "a"]


def test_an_interrupt_takes_back_starts_that_were_not_sent() -> None:
    provider = FakeProvider()
    world = VirtualWorld(provider, lambda: (5, 0)).interrupt_at(1)
    ran = run("a b", provider, world=world)
    assert provider.started == []
    assert set(ran.statuses.values()) == {"cancelled"}
    assert ran.results.jobs[0].attempts == ()


def test_a_start_that_was_under_way_is_stopped_when_its_answer_comes() -> None:
    provider = FakeProvider(a=FOREVER)
    ran = run("a", provider, world=VirtualWorld(provider, lambda: (0, 5)).interrupt_at(1))
    assert len(provider.stops) == 1
    assert ran.statuses == {"a": "cancelled"}


def test_a_start_that_is_turned_away_after_an_interrupt_is_not_asked_for_again() -> None:
    provider = FakeProvider(fault=lambda *_: Throttled("slow down"))
    world = VirtualWorld(provider, lambda: (0, 5)).interrupt_at(1)
    ran = run("a", provider, world=world)
    assert ran.statuses == {"a": "cancelled"}
    assert ran.seconds < 6


def test_an_express_job_under_way_is_unknown_and_said_to_run_on() -> None:
    provider = FakeProvider(a=Outcome(seconds=200))
    made = plan(job("a", express=True))
    ran = run(made, provider, world=VirtualWorld(provider).interrupt_at(10))
    assert ran.statuses == {"a": "unknown"}
    assert "can't be stopped" in ran.reasons["a"]
    assert ran.seconds < 11


def test_a_job_that_waits_for_its_retry_has_failed() -> None:
    provider = FakeProvider(a=FAILED)
    made = plan(job("a", retry=Retry(5, interval=100)))
    ran = run(made, provider, world=VirtualWorld(provider).interrupt_at(10))
    assert ran.statuses == {"a": "failed"}
    assert ran.reasons["a"] == (
        "Boom: it broke; not tried again: not started: the run was interrupted"
    )


def test_a_stop_that_fails_leaves_the_job_running_and_listed() -> None:
    def deny(operation: str, about: str, nth: int) -> ProviderError | None:
        return AccessDenied("no StopExecution") if operation == "StopExecution" else None

    provider = FakeProvider(a=FOREVER, fault=deny)
    ran = run("a", provider, world=VirtualWorld(provider).interrupt_at(10))
    assert ran.statuses == {"a": "running"}
    assert ran.reasons["a"] == "left running: it could not be stopped: no StopExecution"
    assert len(ran.results.still_running) == 1


UNSEEN = "it was asked to stop, and its end was not seen"


class Hangs(VirtualWorld):
    """A world in which nothing that looks at executions is ever answered."""

    def call(self, effect: Call) -> None:
        if isinstance(effect, (Survey, Observe)):
            self.calls.append(effect)
        else:
            super().call(effect)


def test_a_stop_that_was_taken_is_not_waited_for_where_looking_hangs() -> None:
    provider = FakeProvider(a=FOREVER)
    ran = run("a", provider, world=Hangs(provider).interrupt_at(10))
    assert len(provider.stops) == 1
    assert ran.statuses == {"a": "running"}
    assert ran.reasons["a"] == UNSEEN
    assert [one.execution_arn for one in ran.results.still_running] == list(provider.executions)
    assert 15 <= ran.seconds < 16


def test_a_stop_that_was_taken_has_not_failed_where_looking_is_turned_away() -> None:
    world: VirtualWorld | None = None

    def turn_away(operation: str, about: str, nth: int) -> ProviderError | None:
        assert world is not None
        late = world.seconds >= 1010
        return Throttled("slow down") if operation == "DescribeExecution" and late else None

    provider = FakeProvider(a=FOREVER, fault=turn_away)
    world = VirtualWorld(provider).interrupt_at(10)
    ran = run("a", provider, world=world)
    assert ran.reasons["a"] == UNSEEN
    assert 15 <= ran.seconds < 16


def test_the_first_look_that_is_answered_tells_the_end() -> None:
    def turn_away(operation: str, about: str, nth: int) -> ProviderError | None:
        assert world is not None
        late = 1010 <= world.seconds < 1012
        return Throttled("slow down") if operation == "DescribeExecution" and late else None

    provider = FakeProvider(a=FOREVER, fault=turn_away)
    world = VirtualWorld(provider).interrupt_at(10)
    ran = run("a", provider, world=world)
    assert ran.statuses == {"a": "cancelled"}
    assert 12 <= ran.seconds < 14


def test_an_execution_that_ends_before_its_stop_counts_as_it_ended() -> None:
    provider = FakeProvider(a=Outcome(seconds=9.9))
    world = VirtualWorld(provider, lambda: (0.6, 0)).interrupt_at(10)
    assert run("a", provider, world=world).statuses == {"a": "succeeded"}


def test_a_second_interrupt_ends_the_run_at_once() -> None:
    provider = FakeProvider(a=FOREVER, b=FOREVER)
    world = VirtualWorld(provider, lambda: (0, 30)).interrupt_at(40, 41)
    ran = run("a b", provider, world=world)
    assert ran.statuses == {"a": "running", "b": "running"}
    assert ran.reasons["a"] == "left running: the run was ended at once"
    assert ran.results.exit_code == 130
    assert ran.seconds < 42


def test_a_second_interrupt_leaves_starts_under_way_unknown() -> None:
    provider = FakeProvider(a=FOREVER)
    world = VirtualWorld(provider, lambda: (0, 30)).interrupt_at(1, 2)
    ran = run("a", provider, world=world)
    assert ran.statuses == {"a": "unknown"}
    assert [one.execution_arn for one in ran.results.still_running] == list(provider.executions)
    assert ran.results.exit_code == 130


def test_what_had_ended_stays_as_it_was() -> None:
    provider = FakeProvider(b=FOREVER, a=SUCCEEDED)
    ran = run("a -> b", provider, world=VirtualWorld(provider).interrupt_at(20))
    assert ran.statuses == {"a": "succeeded", "b": "cancelled"}
