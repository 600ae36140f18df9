"""Credentials that stop working in mid-run, for a while or for good."""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

import pytest

from runner.errors import CredentialsFailed, ProviderError, Transient
from runner.model import LocalPlatform, Retry, RetryMode
from runner.provider import Started
from runner.results import Status
from runner.schedule import (
    Note,
    Now,
    Observed,
    Options,
    Phase,
    Schedule,
    Start,
    StartAnswered,
    credentials,
)
from tests.fakes import (
    EPOCH,
    FAILED,
    FOREVER,
    FakeProvider,
    Outcome,
    Ran,
    VirtualWorld,
    again,
    answers,
    input_,
    job,
    look,
    output,
    plan,
    run,
)
from tests.schedule.earlier import CHANGED, begin, busy

if TYPE_CHECKING:
    from types import FrameType

    from runner.plan import Plan

EXPIRED = CredentialsFailed("they have expired", code="ExpiredTokenException")
LONG = Outcome(seconds=500, output="{}")


class Lapse:
    """Turns away every call between two moments, in seconds of a world's time.

    `only` names the machines, or the operations, that are meant; without, it is every call.
    """

    def __init__(self, *, since: float, until: float = 1e9, only: tuple[str, ...] = ()) -> None:
        self.since, self.until, self.only = since, until, only
        self.refused: list[str] = []
        self.moments: list[float] = []
        self.world: VirtualWorld | None = None

    def __call__(self, operation: str, about: str, nth: int) -> ProviderError | None:
        assert self.world is not None
        now = self.world.seconds - self.world.began
        if not self.since <= now < self.until:
            return None
        machine = about.split(":")[6] if ":" in about else about
        if self.only and not {machine, operation} & set(self.only):
            return None
        self.refused.append(operation)
        self.moments.append(now)
        return EXPIRED


def lapsing(made: Plan | str, lapse: Lapse, provider: FakeProvider, **more: object) -> Ran:
    lapse.world = VirtualWorld(provider)
    provider.fault = lapse
    return run(made, provider, world=lapse.world, **more)  # type: ignore[arg-type]


def on_other(made: Plan, *names: str) -> Plan:
    """The plan, with these jobs on a platform of their own."""
    jobs = (replace(one, platform="other") if one.name in names else one for one in made.jobs)
    first = next(iter(made.platforms.values()))
    other = LocalPlatform("other", first.place)
    return replace(made, jobs=tuple(jobs), platforms={**made.platforms, "other": other})


def notes(ran: Ran, event: str) -> list[object]:
    return [one["reason"] for one in ran.results.events if one["event"] == event]


def test_credentials_that_are_renewed_within_a_minute_are_waited_for() -> None:
    lapse = Lapse(since=5, until=50)
    ran = lapsing("a -> b c", lapse, FakeProvider(a=Outcome(seconds=20, output="{}")))
    assert set(ran.statuses.values()) == {"succeeded"}
    assert len(ran.provider.starts) == 3
    assert lapse.refused
    assert notes(ran, "credentials_failed") == ["they have expired"]
    assert not notes(ran, "credentials_lost")


def test_credentials_that_fail_twice_are_waited_for_twice() -> None:
    provider = FakeProvider(a=Outcome(seconds=300, output="{}"))
    world = VirtualWorld(provider)

    def fault(operation: str, about: str, nth: int) -> ProviderError | None:
        now = world.seconds - world.began
        return EXPIRED if 10 <= now < 60 or 120 <= now < 170 else None

    provider.fault = fault
    ran = run("a", provider, world=world)
    assert ran.statuses == {"a": "succeeded"}
    assert len(notes(ran, "credentials_failed")) == 2


def test_what_runs_is_left_running_with_the_way_out_once_credentials_are_lost() -> None:
    ran = lapsing("a -> b", Lapse(since=10), FakeProvider(a=LONG))
    assert ran.statuses == {"a": "running", "b": "pending"}
    assert ran.reasons["a"] == (
        "left running: renew the credentials of local and apply again, which adopts it; "
        "they do not work any more (ExpiredTokenException)"
    )
    assert "renew the credentials of local and apply again" in ran.reasons["b"]
    assert ran.result("a").execution_arn in ran.provider.executions
    assert 70 <= ran.seconds < 200
    assert ran.results.exit_code == 4
    assert len(notes(ran, "credentials_lost")) == 1


@pytest.mark.parametrize("express", [False, True])
def test_a_start_that_was_refused_has_started_nothing_and_is_pending(express: bool) -> None:
    ran = lapsing(plan(job("a", express=express), "a -> b"), Lapse(since=0), FakeProvider())
    assert ran.statuses == {"a": "pending", "b": "pending"}
    assert ran.reasons["a"].startswith("not started: renew the credentials of local")
    assert ran.result("a").attempts == ()
    assert ran.provider.starts == []
    assert 60 <= ran.seconds < 120


@pytest.mark.parametrize("express", [False, True])
def test_a_start_that_was_refused_is_made_once_credentials_work_again(express: bool) -> None:
    ran = lapsing(plan(job("a", express=express)), Lapse(since=0, until=30), FakeProvider())
    assert ran.statuses == {"a": "succeeded"}
    assert len(ran.provider.starts) == 1


def test_jobs_of_other_platforms_go_on() -> None:
    made = on_other(plan("a -> b", "c -> d", "b d -> e"), "c", "d", "e")
    provider = FakeProvider(a=LONG, c=Outcome(seconds=400, output="{}"))
    ran = lapsing(made, Lapse(since=10, only=("a", "b")), provider)
    assert ran.statuses == {
        "a": "running",
        "b": "pending",
        "c": "succeeded",
        "d": "succeeded",
        "e": "pending",
    }
    assert ran.reasons["e"] == "b has not run: apply again to go on from there"
    assert ran.provider.started == ["a", "c", "d"]


def test_a_job_that_waits_for_its_next_attempt_is_not_tried_again() -> None:
    made = plan(job("a", retry=Retry(max_attempts=2, interval=300)), "b", "a -> c")
    ran = lapsing(made, Lapse(since=10), FakeProvider(a=FAILED, b=LONG))
    assert ran.statuses == {"a": "failed", "b": "running", "c": "pending"}
    assert "Boom" in ran.reasons["a"]
    assert "not tried again: not started: renew the credentials" in ran.reasons["a"]


def test_a_redrive_is_asked_for_again() -> None:
    retry = Retry(max_attempts=2, interval=5, mode=RetryMode.REDRIVE)
    provider = FakeProvider(a=[FAILED, answers()])
    lapse = Lapse(since=0, until=40, only=("RedriveExecution",))
    ran = lapsing(plan(job("a", retry=retry)), lapse, provider)
    assert ran.statuses == {"a": "succeeded"}
    assert len(provider.redriven) == 1
    assert len(provider.starts) == 1


def test_a_stop_for_a_timeout_is_asked_for_again() -> None:
    lapse = Lapse(since=9, until=40)
    ran = lapsing(plan(job("a", timeout=10)), lapse, FakeProvider(a=FOREVER))
    assert "StopExecution" in lapse.refused
    assert ran.statuses == {"a": "failed"}
    assert ran.reasons["a"] == "timed out after 10s and was stopped"


def test_what_can_not_be_stopped_for_its_timeout_is_left_running() -> None:
    ran = lapsing(plan(job("a", timeout=10)), Lapse(since=9), FakeProvider(a=FOREVER))
    assert ran.statuses == {"a": "running"}
    assert "renew the credentials of local and apply again, which adopts it" in ran.reasons["a"]


def test_an_interrupt_does_not_wait_for_credentials() -> None:
    provider = FakeProvider(a=FOREVER)
    lapse = Lapse(since=9)
    lapse.world = VirtualWorld(provider).interrupt_at(15)
    provider.fault = lapse
    ran = run("a -> b", provider, world=lapse.world)
    assert ran.statuses == {"a": "running", "b": "cancelled"}
    assert "they have expired" in ran.reasons["a"]
    assert ran.seconds < 30


def test_one_whose_start_got_no_answer_is_unknown_and_names_its_execution() -> None:
    provider = FakeProvider(
        a=LONG, lost=lambda operation, *_: Transient("reset") if operation != "x" else None
    )
    ran = lapsing("a", Lapse(since=0, only=("DescribeExecution", "ListExecutions")), provider)
    assert ran.statuses == {"a": "unknown"}
    assert (ran.result("a").execution_arn or "none") in ran.reasons["a"]
    assert "renew the credentials of local and apply again" in ran.reasons["a"]


def test_what_one_handed_on_that_can_not_be_read_any_more_is_unknown() -> None:
    made = plan(*(job(name, parameters=[output("n")]) for name in "abcde"))
    provider = FakeProvider(otherwise=Outcome(seconds=20, output='{"n": 1}'))
    lapse = Lapse(since=19, only=("DescribeExecution",))
    ran = lapsing(on_one_machine(made), lapse, provider)
    assert set(ran.statuses.values()) == {"unknown"}
    assert "what it handed on can't be read" in ran.reasons["a"]


def on_one_machine(made: Plan) -> Plan:
    first = made.jobs[0].machine
    return replace(made, jobs=tuple(replace(one, machine=first) for one in made.jobs))


def test_a_second_apply_adopts_what_was_left_and_starts_the_rest_once() -> None:
    made = plan(
        job("a", parameters=[output("n")]),
        job("b", ["a"], parameters=[input_("n", "${{ jobs.a.outputs.n }}")]),
        "c -> d",
    )
    provider = FakeProvider(
        a=Outcome(seconds=4000, output='{"n": 7}'), c=Outcome(seconds=5, output="{}")
    )
    first = lapsing(made, Lapse(since=30), provider)
    assert first.statuses == {"a": "running", "b": "pending", "c": "succeeded", "d": "succeeded"}
    provider.fault = lambda *_: None
    second = again(first, made)
    assert second.statuses == {
        "a": "succeeded",
        "b": "succeeded",
        "c": "up_to_date",
        "d": "up_to_date",
    }
    assert provider.started == ["a", "c", "d", "b"]
    assert provider.starts[-1].input == '{"n":7}'


def test_jobs_that_were_read_back_or_checked_when_credentials_were_lost_are_pending() -> None:
    made = plan(job("a", parameters=[output("n")]), "a -> b")
    first = run(made, FakeProvider(a=answers(n=1)))
    world = first.later
    lapse = Lapse(since=0)
    lapse.world, first.provider.fault = world, lapse
    second = again(first, made, world=world)
    assert second.statuses == {"a": "pending", "b": "pending"}


def test_one_of_another_run_that_could_not_be_adopted_is_left_running() -> None:
    provider = FakeProvider(a=LONG)
    arn = begin(provider, job("a"), ago=10)
    world = VirtualWorld(provider)
    seen = look(plan("a"), provider, world)
    ran = lapsing("a -> b", Lapse(since=0), provider, memory=seen)
    assert ran.statuses == {"a": "running", "b": "pending"}
    assert ran.result("a").execution_arn == arn
    assert "which adopts it" in ran.reasons["a"]


def test_one_that_waits_behind_other_work_is_pending() -> None:
    provider, world, _ = busy(seconds=1000)
    seen = look(plan(CHANGED), provider, world)
    ran = lapsing(plan(CHANGED), Lapse(since=20), provider, memory=seen)
    assert ran.statuses == {"a": "pending"}
    assert len(provider.starts) == 1


def test_one_whose_machine_could_not_be_checked_again_is_pending() -> None:
    made = plan("first -> b", aws=True)
    provider = FakeProvider(first=Outcome(seconds=40, output="{}"))
    lapse = Lapse(since=39, only=("b", "ListExecutions", "DescribeStateMachine"))
    ran = lapsing(made, lapse, provider, memory=look(made, provider, VirtualWorld(provider)))
    assert ran.statuses == {"first": "succeeded", "b": "pending"}
    assert provider.started == ["first"]
    assert "StartExecution" not in lapse.refused


def test_one_whose_start_is_answered_after_all_is_left_running_with_its_arn() -> None:
    def now(seconds: float) -> Now:
        return Now(seconds, EPOCH)

    made = plan("a b")
    schedule = Schedule(made, run_id="r", context={}, options=Options(), now=now(0))
    requests = {one.job: one.request for one in schedule.begin(now(0)) if isinstance(one, Start)}
    arns = {name: one.machine.execution(one.name) for name, one in requests.items()}
    schedule.handle(StartAnswered("a", 1, Started(arns["a"], EPOCH)), now(0.1))
    for seconds in (1, 30, 62):
        schedule.handle(Observed("local", arns["a"], EXPIRED), now(seconds))
    assert schedule.jobs["a"].phase is Phase.SETTLED
    assert schedule.jobs["b"].phase is Phase.STARTING
    effects = schedule.handle(StartAnswered("b", 1, Started(arns["b"], EPOCH)), now(63))
    assert schedule.is_finished
    assert schedule.jobs["b"].status is Status.RUNNING
    assert schedule.jobs["b"].arn == arns["b"]
    assert all(isinstance(effect, Note) for effect in effects)


def test_nothing_is_asked_of_a_platform_that_is_given_up() -> None:
    lapse = Lapse(since=10, only=("a", "b"))
    ran = lapsing(on_other(plan("a b -> d", "c"), "c"), lapse, FakeProvider(otherwise=LONG))
    assert ran.statuses == {"a": "running", "b": "running", "c": "succeeded", "d": "pending"}
    assert ran.seconds > 400
    assert max(lapse.moments) < 80


def calls_where_all_are_being_started(jobs: int) -> int:
    """Calls of functions that deal with credentials while so many starts are turned away."""
    number = count()
    lapse = Lapse(since=0.5)
    provider = FakeProvider(otherwise=LONG, fault=lapse)
    lapse.world = VirtualWorld(provider, lambda: (min(next(number) / 2, 100.0), 0.05))
    made = plan(*(job(f"j{n}", revision=None) for n in range(jobs)), aws=True)
    calls = 0

    def profile(frame: FrameType, event: str, _: object) -> None:
        nonlocal calls
        calls += event == "call" and frame.f_code.co_filename == credentials.__file__

    sys.setprofile(profile)
    try:
        ran = run(made, provider, world=lapse.world)
    finally:
        sys.setprofile(None)
    assert set(ran.statuses.values()) <= {"pending", "running"}
    return calls


def test_what_a_loss_costs_grows_with_the_jobs_and_not_with_their_square() -> None:
    few, many = (calls_where_all_are_being_started(jobs) for jobs in (250, 1000))
    assert many < 6 * few
