"""Late starts: who was there since the run looked, and is the machine what it was?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runner.engine import Options
from runner.errors import AccessDenied, ProviderError, Throttled, Transient
from runner.model import RerunOn, Retry
from runner.provider import MachineFinding, MissingMachine, StartRequest
from runner.schedule import Recheck
from tests.fakes import (
    FAILED,
    SUCCEEDED,
    FakeProvider,
    Outcome,
    Ran,
    again,
    answers,
    inout,
    input_,
    job,
    look,
    machine,
    plan,
    run,
)
from tests.fakes.world import VirtualWorld
from tests.schedule.earlier import begin, name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from runner.arns import MachineArn
    from runner.plan import Plan, PlannedJob
    from runner.provider import StartOutcome

LATE = 100.0
SLOW = Outcome(seconds=LATE, output="{}")


class Meanwhile(FakeProvider):
    """Something happens when the first execution has begun."""

    def __init__(self, happens: Callable[[FakeProvider], None], **scripts: object) -> None:
        super().__init__(first=SLOW, **scripts)  # type: ignore[arg-type]
        self._happens: Callable[[FakeProvider], None] | None = happens

    def start(self, request: StartRequest) -> StartOutcome:
        outcome = super().start(request)
        if self._happens is not None:
            happens, self._happens = self._happens, None
            happens(self)
        return outcome


def others(made: PlannedJob) -> Callable[[FakeProvider], None]:
    """Another run starts a job as it is given here."""

    def happens(provider: FakeProvider) -> None:
        provider.begin(StartRequest(made.machine, name_of(made), "{}"))

    return happens


def late(provider: FakeProvider, *jobs: str | PlannedJob, reviewed: bool = False) -> Ran:
    """Run jobs after a first one that takes long, on a platform that remembers."""
    world = VirtualWorld(provider)
    made = plan("first -> a", *jobs, aws=True)
    seen = look(made, provider, world)
    options = Options(reviewed=reviewed)
    return run(made, provider, world=world, memory=seen, options=options)


def checks(ran: Ran) -> list[str]:
    return [str(call.machine.name) for call in ran.world.calls if isinstance(call, Recheck)]


OTHER = job("a", parameters=[input_("n", 2)])


def nothing(_: FakeProvider) -> None:
    return


def test_an_early_start_is_preceded_by_no_look() -> None:
    provider = FakeProvider()
    world = VirtualWorld(provider)
    made = plan("a -> b", aws=True)
    assert checks(run(made, provider, world=world, memory=look(made, provider, world))) == []


def test_a_late_start_is_preceded_by_one_look_for_all_that_wait() -> None:
    jobs = [job(f"a{n}", on=machine("shared", "live")) for n in range(20)]
    made = [replace(one, needs=("first",)) for one in jobs]
    provider = Meanwhile(nothing)
    ran = late(provider, *made)
    assert set(ran.statuses.values()) == {"succeeded"}
    assert sorted(checks(ran)) == ["a", "shared"]
    check = next(
        call
        for call in ran.world.calls
        if isinstance(call, Recheck) and call.machine == machine("shared")
    )
    assert check.arns == (machine("shared", "live"),)
    assert check.wanted is not None
    assert len(check.wanted.tags) == 20


def test_a_machine_is_looked_at_every_30_seconds_at_most() -> None:
    jobs = [job(f"a{n}", on=machine("shared")) for n in range(10)]
    provider = FakeProvider(shared=Outcome(seconds=12, output="{}"))
    world = VirtualWorld(provider)
    made = plan(*jobs, aws=True, concurrency=1)
    ran = run(made, provider, world=world, memory=look(made, provider, world))
    assert ran.seconds > 120
    assert len(checks(ran)) == 3
    assert [one.machine.name for one in provider.starts] == ["shared"] * 10
    assert list(ran.statuses) == [event["job"] for event in started(ran)]


def started(ran: Ran) -> list[Mapping[str, object]]:
    return [event for event in ran.results.events if event["event"] == "starting"]


def test_without_memory_or_on_the_embedded_engine_nothing_is_looked_at() -> None:
    for made, remembers in ((plan("first -> a", aws=True), False), (plan("first -> a"), True)):
        provider = FakeProvider(first=SLOW)
        world = VirtualWorld(provider)
        seen = look(made, provider, world) if remembers else None
        ran = run(made, provider, world=world, memory=seen)
        assert checks(ran) == []
        assert ran.statuses["a"] == "succeeded"


def test_where_someone_newer_was_the_start_is_refused() -> None:
    provider = Meanwhile(others(OTHER))
    ran = late(provider)
    assert ran.statuses == {"first": "succeeded", "a": "failed"}
    arn = machine("a").execution(name_of(OTHER))
    assert ran.reasons["a"] == (
        f"other work of this job began after this run looked: {arn}; "
        "nothing was started: plan again"
    )
    assert ran.result("a").attempts == ()


@pytest.mark.parametrize("seconds", [1, 300])
def test_an_apply_that_planned_earlier_is_not_newer_and_is_waited_for(seconds: float) -> None:
    provider = Meanwhile(others(OTHER), a=[Outcome(seconds=seconds, output="{}"), SUCCEEDED])
    begin(provider, job("first", parameters=[input_("n", 2)]), ago=60)
    ran = late(provider, job("last", ["a"]))
    assert ran.statuses == {"first": "succeeded", "a": "succeeded", "last": "succeeded"}
    arn = machine("a").execution(name_of(OTHER))
    theirs, ours = (
        one.at(ran.world.now().wall)
        for one in provider.executions.values()
        if one.request.machine == machine("a")
    )
    assert theirs.arn == arn
    assert theirs.stopped_at is not None
    assert ours.started_at is not None
    assert theirs.stopped_at <= ours.started_at


def test_someone_newer_on_another_job_of_the_machine_is_no_matter() -> None:
    other = job("other", on=machine("a"))
    assert late(Meanwhile(others(other))).statuses["a"] == "succeeded"


def test_another_attempt_of_this_run_is_refused_too() -> None:
    slow = Outcome("FAILED", seconds=LATE, error="Boom")
    provider = Meanwhile(others(OTHER), a=[slow, slow])
    world = VirtualWorld(provider)
    made = plan(job("first"), job("a", retry=Retry(3, interval=10)), aws=True)
    ran = run(made, provider, world=world, memory=look(made, provider, world))
    assert ran.statuses["a"] == "failed"
    assert ran.reasons["a"].startswith(
        "Boom; not tried again, as other work of this job began after this run looked: "
    )
    assert [one.request.machine.name for one in provider.executions.values()].count("a") == 2


def same_as(ran: Ran) -> Callable[[FakeProvider], None]:
    """Another run starts what was started last in a run."""
    request = ran.provider.starts[-1]

    def happens(provider: FakeProvider) -> None:
        provider.begin(request)

    return happens


def test_what_another_run_did_meanwhile_is_up_to_date() -> None:
    made = job("a", ["first"], parameters=[inout("x", 1)])
    happens = same_as(late(FakeProvider(first=SLOW), made))
    provider = Meanwhile(happens, a=answers(x=2))
    ran = late(provider, made)
    assert ran.statuses["a"] == "up_to_date"
    assert ran.result("a").outputs == {"x": 2}
    assert len(provider.starts) == 2


def test_what_another_run_is_doing_is_followed() -> None:
    happens = same_as(late(FakeProvider(first=SLOW)))
    provider = Meanwhile(happens, a=Outcome(seconds=300, output="{}"))
    ran = late(provider)
    assert ran.events_of("a") == ["adopted", "succeeded"]
    assert len(provider.starts) == 2


def test_what_another_run_tried_meanwhile_is_this_attempts_end() -> None:
    happens = same_as(late(FakeProvider(first=SLOW)))
    provider = Meanwhile(happens, a=[FAILED, SUCCEEDED])
    ran = late(provider)
    assert ran.statuses["a"] == "failed"
    assert [one.adopted for one in ran.result("a").attempts] == [True]
    assert len(provider.starts) == 2
    retried = late(Meanwhile(happens, a=[FAILED, SUCCEEDED]), job("a", ["first"], retry=Retry(2)))
    assert retried.statuses["a"] == "succeeded"
    assert [one.number for one in retried.result("a").attempts] == [1, 2]


def test_so_it_is_where_a_look_for_another_job_showed_it_before_its_turn() -> None:
    shared = machine("shared")
    jobs = [
        job("n"),
        job("first"),
        job("w", ["first"], on=shared),
        job("a", ["n"], on=shared),
    ]
    made = plan(*jobs, aws=True)
    alone = run(plan(jobs[0], jobs[3]), FakeProvider(n=SLOW)).provider.starts[-1]
    provider = FakeProvider(n=SLOW, first=Outcome(seconds=110, output="{}"), shared=[FAILED, SLOW])
    world = VirtualWorld(provider)

    def fault(operation: str, about: str, nth: int) -> ProviderError | None:
        """What need n came to is not seen for a while; another run saw it, and went on."""
        seconds = world.seconds - world.began
        if seconds > 105 and not any(one.name == alone.name for one in provider.starts):
            provider.begin(alone)
        out_of_sight = ":n:" in about and seconds < 130
        return Transient("reset") if operation == "DescribeExecution" and out_of_sight else None

    seen = look(made, provider, world)
    provider.fault = fault
    ran = run(made, provider, world=world, memory=seen)
    assert ran.statuses["a"] == "failed"
    assert [(one.number, one.adopted) for one in ran.result("a").attempts] == [(1, True)]
    assert [one.machine.name for one in provider.starts].count("shared") == 2


# ---- revisions -----------------------------------------------------------------------------


def moved(provider: FakeProvider) -> None:
    provider.revisions["a"] = "2"


def test_a_machine_that_changed_is_taken_as_it_is_and_said_so() -> None:
    ran = late(Meanwhile(moved))
    assert ran.statuses["a"] == "succeeded"
    assert ran.events_of("a") == ["revision_moved", "starting", "started", "succeeded"]


def test_after_a_review_a_machine_that_changed_is_not_started() -> None:
    ran = late(Meanwhile(moved), reviewed=True)
    assert ran.statuses["a"] == "failed"
    assert ran.reasons["a"] == (
        "the state machine changed since the plan; nothing was started: plan again"
    )
    assert ran.provider.started == ["first"]


def test_after_a_review_a_machine_that_is_as_it_was_is_started() -> None:
    assert late(Meanwhile(nothing), reviewed=True).statuses["a"] == "succeeded"


class Denied(Meanwhile):
    def find_machines(self, arns: Sequence[MachineArn]) -> Mapping[MachineArn, MachineFinding]:
        return {arn: MissingMachine(arn, "no DescribeStateMachine") for arn in arns}


def test_after_a_review_a_machine_that_can_not_be_seen_is_not_started() -> None:
    ran = late(Denied(nothing), reviewed=True)
    assert ran.reasons["a"].startswith(
        "the state machine can't be looked at: no DescribeStateMachine"
    )
    assert late(Denied(nothing)).statuses["a"] == "succeeded"


def test_where_a_revision_is_part_of_the_work_it_is_other_work_then() -> None:
    made = job("a", ["first"], rerun_on=RerunOn.REVISION)
    before = late(Meanwhile(nothing), made)
    after = late(Meanwhile(moved), made)
    named = replace(made, revision="2")
    assert before.provider.starts[1].name != after.provider.starts[1].name
    assert after.provider.starts[1].name == late(FakeProvider(), named).provider.starts[1].name


def test_work_with_the_revision_that_is_there_now_may_be_done_already() -> None:
    made = job("a", ["first"], rerun_on=RerunOn.REVISION)
    done = late(FakeProvider(), replace(made, revision="2")).provider.starts[-1]

    def happens(provider: FakeProvider) -> None:
        moved(provider)
        provider.begin(done)

    ran = late(Meanwhile(happens), made)
    assert ran.statuses["a"] == "up_to_date"
    assert len(ran.provider.starts) == 2


def test_the_revision_of_a_version_is_not_asked_for() -> None:
    ran = late(Meanwhile(nothing), job("a", ["first"], on=machine("a", "3")))
    (check,) = [call for call in ran.world.calls if isinstance(call, Recheck)]
    assert check.arns == ()
    express = job("a", ["first"], express=True, on=machine("a", "3"))
    assert checks(late(Meanwhile(nothing), express)) == []


def test_of_an_express_machine_no_executions_are_listed() -> None:
    ran = late(Meanwhile(moved), job("a", ["first"], express=True), reviewed=True)
    (check,) = [call for call in ran.world.calls if isinstance(call, Recheck)]
    assert check.wanted is None
    assert ran.statuses["a"] == "failed"


# ---- looks that fail -----------------------------------------------------------------------


def failing_looks(error: ProviderError, times: int) -> Meanwhile:
    def begin(provider: FakeProvider) -> None:
        left = [times]

        def fault(operation: str, about: str, nth: int) -> ProviderError | None:
            if operation != "ListExecutions" or left[0] == 0:
                return None
            left[0] -= 1
            return error

        provider.fault = fault

    return Meanwhile(begin)


@pytest.mark.parametrize("reviewed", [False, True])
def test_a_machine_that_may_not_be_listed_holds_nothing_up(reviewed: bool) -> None:
    ran = late(
        failing_looks(AccessDenied("no ListExecutions"), 100), "first -> b", reviewed=reviewed
    )
    assert set(ran.statuses.values()) == {"succeeded"}
    notes = [event for event in ran.results.events if event["event"] == "check_failed"]
    assert [(note["stateMachine"], note["reason"]) for note in notes] == [
        (str(machine(name)), "no ListExecutions; starts go on") for name in ("a", "b")
    ]


@pytest.mark.parametrize("error", [Throttled("slow"), Transient("reset")])
def test_a_look_that_fails_is_repeated(error: ProviderError) -> None:
    ran = late(failing_looks(error, 3))
    assert ran.statuses["a"] == "succeeded"
    assert LATE + 15 <= ran.seconds < LATE + 30


def test_a_look_is_not_repeated_for_ever() -> None:
    ran = late(failing_looks(Throttled("slow"), 10**9))
    assert ran.statuses["a"] == "failed"
    assert "could not be looked at again for" in ran.reasons["a"]
    assert 600 < ran.seconds - LATE < 1000


def test_an_interrupt_does_not_wait_for_a_look() -> None:
    provider = failing_looks(Throttled("slow"), 10**9)
    world = VirtualWorld(provider).interrupt_at(LATE + 20)
    made = plan("first -> a", aws=True)
    ran = run(made, provider, world=world, memory=look(made, provider, world))
    assert ran.statuses["a"] == "cancelled"
    assert ran.seconds < LATE + 21


# ---- names that are taken ------------------------------------------------------------------


def test_a_success_that_the_look_could_not_see_is_up_to_date() -> None:
    first = run(plan("a", "b", aws=True))
    provider = first.provider
    made = plan(job("a"), aws=True)
    blind = replace(look(made, provider, first.later), pasts={})
    ran = run(made, provider, world=first.later, memory=blind)
    assert ran.statuses == {"a": "up_to_date"}
    assert ran.reasons["a"] == "succeeded on 2024-05-01 12:00 UTC"


def test_a_success_older_than_other_work_is_run_again() -> None:
    """The newest execution was seen and the one of this work was not: it is a revert."""
    one, two = (plan(job("a", parameters=[input_("n", n)]), aws=True) for n in (1, 2))
    second = again(run(one), two)
    second.provider._rows = 1
    third = again(second, one)
    assert third.statuses == {"a": "succeeded"}
    assert third.events_of("a") == ["starting", "found", "starting", "started", "succeeded"]
    assert [each.name[-2:] for each in third.provider.starts] == ["-1", "-1", "-2"]


def test_a_failure_that_the_look_could_not_see_is_left_where_nothing_is_retried() -> None:
    first = run("a", FakeProvider(a=FAILED))
    made: Plan = plan("a", retry_failed=False)
    ran = run(made, first.provider, world=first.later)
    assert ran.statuses == {"a": "failed"}
    assert ran.reasons["a"] == "failed in an earlier run, and is not tried again (--no-retry)"
    assert len(first.provider.starts) == 1
