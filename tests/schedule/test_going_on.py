"""An apply that goes on with a run: what earlier applies of that run started is its own."""

from __future__ import annotations

from dataclasses import replace

from runner.model import OnCancel, RunPolicy
from runner.results import Attempt
from runner.schedule import Options
from tests.fakes import (
    FOREVER,
    SUCCEEDED,
    FakeProvider,
    Outcome,
    VirtualWorld,
    job,
    look,
    plan,
    run,
)
from tests.schedule.earlier import begin, name_of

DETACH = Options(detach=True)


def going_on(*names: str, left: Attempt | None = None) -> Options:
    return Options(own=frozenset(names), left={"a": left} if left else {})


def test_an_interrupt_stops_what_an_earlier_apply_of_the_run_started() -> None:
    provider = FakeProvider(a=FOREVER)
    arn = begin(provider, job("a"), ago=60)
    world = VirtualWorld(provider).interrupt_at(10)
    made = plan(job("a"))
    options = going_on(name_of(job("a")))
    ran = run(made, provider, world=world, memory=look(made, provider, world), options=options)
    assert ran.statuses == {"a": "cancelled"}
    assert [stop[0] for stop in provider.stops] == [arn]
    assert ran.events_of("a")[0] == "adopted"
    assert not ran.result("a").attempts[0].adopted


def test_it_is_left_where_its_job_detaches() -> None:
    provider = FakeProvider(a=FOREVER)
    made = plan(job("a", on_cancel=OnCancel.DETACH))
    begin(provider, made.jobs[0], ago=60)
    world = VirtualWorld(provider).interrupt_at(10)
    options = going_on(name_of(made.jobs[0]))
    ran = run(made, provider, world=world, memory=look(made, provider, world), options=options)
    assert ran.reasons["a"] == "left running: onCancel is detach"
    assert provider.stops == []


def test_an_execution_that_names_the_run_is_its_own_also_when_nothing_tells_so() -> None:
    provider = FakeProvider(a=FOREVER)
    made = plan(job("a", run=RunPolicy.ALWAYS))
    first = run(made, provider, options=DETACH)
    world = first.later
    second = run(made, provider, world=world, memory=look(made, provider, world), options=DETACH)
    assert second.result("a").attempts == first.result("a").attempts
    assert second.events_of("a") == ["adopted", "left"]


def test_one_that_no_list_shows_yet_is_stopped_as_well() -> None:
    provider = FakeProvider(a=FOREVER)
    arn = begin(provider, job("a"), ago=60)
    world = VirtualWorld(provider).interrupt_at(10)
    ran = run(plan(job("a")), provider, world=world, options=going_on(name_of(job("a"))))
    assert ran.statuses == {"a": "cancelled"}
    assert [stop[0] for stop in provider.stops] == [arn]


def test_one_that_is_being_described_when_the_interrupt_comes_is_stopped() -> None:
    provider = FakeProvider(a=FOREVER)
    arn = begin(provider, job("a"), ago=60)
    world = VirtualWorld(provider, lambda: (0, 3)).interrupt_at(1)
    made = plan(job("a"))
    options = going_on(name_of(job("a")))
    ran = run(made, provider, world=world, memory=look(made, provider, world), options=options)
    assert [stop[0] for stop in provider.stops] == [arn]
    assert ran.statuses["a"] in ("cancelled", "running")


def test_what_an_earlier_apply_left_is_told_until_the_run_comes_to_it() -> None:
    provider = FakeProvider(a=Outcome(seconds=30))
    left = Attempt(1, name_of(job("a")), "arn", "RUNNING")
    ran = run("a", provider, options=Options(left={"a": left}))
    assert ran.statuses == {"a": "succeeded"}
    assert '"executionArn":"arn"' in ran.documents[0]
    assert '"executionArn":"arn"' not in ran.documents[-1]


def test_what_was_not_come_to_before_an_interrupt_may_run() -> None:
    provider = FakeProvider(a=FOREVER)
    left = Attempt(1, name_of(job("b")), "arn-of-b", "RUNNING")
    world = VirtualWorld(provider).interrupt_at(10)
    ran = run("a -> b", provider, world=world, options=Options(left={"b": left}))
    assert ran.statuses == {"a": "cancelled", "b": "running"}
    assert "an earlier apply of this run left it" in ran.reasons["b"]
    assert [one.execution_arn for one in ran.results.still_running] == ["arn-of-b"]


def test_what_has_ended_meanwhile_is_not_told_to_be_left() -> None:
    provider = FakeProvider(b=SUCCEEDED, a=FOREVER)
    first = run("b", provider)
    (attempt,) = first.result("b").attempts
    world = first.later
    made = plan("a", job("b", ["a"]))
    left = replace(attempt, status="RUNNING", stopped_at=None)
    options = Options(left={"b": left})
    seen = look(made, provider, world)
    world = world.interrupt_at(world.seconds - 1000 + 10)
    ran = run(made, provider, world=world, memory=seen, options=options)
    assert ran.statuses == {"a": "cancelled", "b": "cancelled"}
    assert ran.result("b").attempts == ()
