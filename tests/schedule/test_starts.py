"""Every answer that a start can have, and executions that are out of sight."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner import identity
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
from runner.identity import PublicInput
from runner.model import Retry, RunPolicy
from runner.provider import NameTaken, Started, StartOutcome, StartRequest
from tests.fakes import (
    ABORTED,
    FAILED,
    FOREVER,
    SUCCEEDED,
    TIMED_OUT,
    FakeProvider,
    Outcome,
    Ran,
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


def fingerprint(**values: str) -> str:
    return identity.fingerprint(
        project="shop",
        job="a",
        machine=str(machine("a")),
        public=PublicInput(values=values),
        needs={},
    )


def earlier(
    provider: FakeProvider, *, ago: float, attempt: int = 1, input: str = "{}"
) -> VirtualWorld:
    """A world in which an earlier run started an execution of job a."""
    world = VirtualWorld(provider)
    name = identity.execution_name("shop", "a", fingerprint(), run_id=None, attempt=attempt)
    provider.begin(StartRequest(machine("a"), name, input), ago=ago)
    return world


def numbers(ran: Ran) -> list[str]:
    return [request.name.rpartition("-")[2] for request in ran.provider.starts]


def test_the_name_follows_from_what_the_job_does() -> None:
    ran = run(plan(job("a", parameters=[input_("day", "today")])))
    name = identity.execution_name("shop", "a", fingerprint(day="today"), run_id=None, attempt=1)
    assert ran.provider.starts[0].name == name
    assert ran.results.jobs[0].fingerprint == fingerprint(day="today")


@pytest.mark.parametrize("made", [job("a", run=RunPolicy.ALWAYS), job("a", express=True)])
def test_the_run_stands_in_the_name_of_what_runs_every_time(made: object) -> None:
    assert isinstance(made, type(job("a")))
    names = {run(plan(made), run_id=run_id).provider.starts[0].name for run_id in ("r1", "r2")}
    assert len(names) == 2
    assert not any("-0-1" in name for name in names)


def test_a_need_that_ran_otherwise_makes_what_follows_new() -> None:
    first = run(plan(job("a", parameters=[input_("x", 1)]), "a -> b"))
    other = run(plan(job("a", parameters=[input_("x", 2)]), "a -> b"))
    assert first.provider.starts[1].name != other.provider.starts[1].name


def test_the_trace_header_is_sent() -> None:
    ran = run(plan(replace(job("a"), trace_header="Root=1-2-3")))
    assert ran.provider.starts[0].trace_header == "Root=1-2-3"


def test_an_execution_that_succeeded_before_is_taken_with_its_outputs() -> None:
    provider = FakeProvider(a=answers(rows=5))
    made = plan(
        job("a", parameters=[output("rows")]),
        job("b", ["a"], parameters=[input_("rows", "${{ jobs.a.outputs.rows }}")]),
    )
    ran = run(made, provider, world=earlier(provider, ago=3600))
    assert ran.statuses == {"a": "up_to_date", "b": "succeeded"}
    assert ran.provider.starts[1].input == '{"rows":5}'
    assert ran.results.jobs[0].attempts[0].adopted


def test_work_found_done_is_the_same_to_what_follows_as_work_just_done() -> None:
    made = plan(
        "a",
        job("b", ["a"], parameters=[input_("how", "${{ jobs.a.status }}")]),
    )
    fresh = run(made)
    provider = FakeProvider()
    again = run(made, provider, world=earlier(provider, ago=3600))
    assert again.statuses["a"] == "up_to_date"
    assert fresh.provider.starts[1] == again.provider.starts[1]


def test_an_execution_that_still_runs_is_adopted() -> None:
    provider = FakeProvider(a=Outcome(seconds=100))
    ran = run("a", provider, world=earlier(provider, ago=60))
    assert ran.statuses == {"a": "succeeded"}
    assert len(ran.provider.starts) == 1
    assert ran.results.jobs[0].attempts[0].adopted
    assert ran.events_of("a") == ["starting", "adopted", "succeeded"]
    assert 40 < ran.seconds < 45


def test_the_timeout_of_an_adopted_execution_counts_from_its_start() -> None:
    provider = FakeProvider(a=FOREVER)
    ran = run(plan(job("a", timeout=100)), provider, world=earlier(provider, ago=60))
    assert ran.statuses == {"a": "failed"}
    assert 40 < ran.seconds < 42


SKEWS = [-300, -10, 0, 10, 300]
"""Seconds by which the service's clock may be ahead of ours: no more than signatures bear."""


@pytest.mark.parametrize("skew", SKEWS)
def test_a_start_of_ours_is_ours_whatever_the_clocks_say(skew: float) -> None:
    provider = FakeProvider(a=FOREVER, skew=skew)
    ran = run(plan(job("a", timeout=30)), provider)
    assert ran.events_of("a") == ["starting", "started", "stopping", "failed"]
    assert 30 <= ran.seconds < 31


@pytest.mark.parametrize("skew", SKEWS)
def test_another_runs_start_is_adopted_whatever_the_clocks_say(skew: float) -> None:
    provider = FakeProvider(a=FOREVER, skew=skew)
    ran = run(plan(job("a", timeout=100)), provider, world=earlier(provider, ago=60))
    assert ran.events_of("a") == ["starting", "adopted", "stopping", "failed"]
    assert 40 <= ran.seconds < 41


@pytest.mark.parametrize("before", [FAILED, ABORTED, TIMED_OUT])
def test_an_earlier_runs_failure_gets_the_next_attempt(before: Outcome) -> None:
    provider = FakeProvider(a=[before, SUCCEEDED])
    ran = run("a", provider, world=earlier(provider, ago=3600))
    assert ran.statuses == {"a": "succeeded"}
    assert numbers(ran) == ["1", "2"]


def test_an_earlier_runs_failure_costs_no_attempt_of_this_one() -> None:
    provider = FakeProvider(a=[FAILED, FAILED, SUCCEEDED])
    made = plan(job("a", retry=Retry(2)))
    ran = run(made, provider, world=earlier(provider, ago=3600))
    assert ran.statuses == {"a": "succeeded"}
    assert numbers(ran) == ["1", "2", "3"]


def test_another_input_under_the_same_name_is_refused() -> None:
    provider = FakeProvider()
    ran = run("a", provider, world=earlier(provider, ago=3600, input='{"x":1}'))
    assert ran.statuses == {"a": "failed"}
    assert ran.reasons["a"].startswith("name collision: ")
    assert len(ran.provider.starts) == 1


def test_sensitive_and_carried_values_may_differ_under_the_same_name() -> None:
    made = plan(
        job(
            "a",
            parameters=[
                input_("token", "new", sensitive=True),
                input_("cursor", "9", carry=True),
            ],
        )
    )
    name = run(made).provider.starts[0].name
    provider = FakeProvider()
    world = VirtualWorld(provider)
    request = StartRequest(machine("a"), name, '{"token":"old","cursor":"3"}')
    provider.begin(request, ago=3600)
    assert run(made, provider, world=world).statuses == {"a": "up_to_date"}


def test_a_lost_answer_does_not_start_twice() -> None:
    ran = run("a", FakeProvider(lost=lost_answer))
    assert ran.statuses == {"a": "succeeded"}
    assert len(ran.provider.starts) == 1
    assert ran.events_of("a") == ["starting", "doubtful", "started", "succeeded"]


class Repeatedly(FakeProvider):
    """A provider that gets the answer to its start after a minute and a half of repeating it."""

    def start(self, request: StartRequest) -> StartOutcome:
        outcome = super().start(request)
        assert isinstance(outcome, Started)
        return replace(outcome, age=90.0)


def test_a_start_that_was_repeated_for_long_is_ours_and_its_timeout_counts_from_its_start() -> None:
    provider = Repeatedly(a=FOREVER)
    ran = run(plan(job("a", timeout=200)), provider, world=VirtualWorld(provider, lambda: (0, 91)))
    assert ran.events_of("a")[1] == "started"
    stopping = next(event for event in ran.results.events if event["event"] == "stopping")
    assert stopping["time"] == "2024-05-01T12:03:21.000+00:00"


class Timeless(FakeProvider):
    """A service that does not tell the time of its answers."""

    def start(self, request: StartRequest) -> StartOutcome:
        return replace(super().start(request), age=None)


def test_without_the_services_time_nothing_that_runs_is_surely_ours_to_stop() -> None:
    provider = Timeless(a=FOREVER)
    ran = run("a", provider, world=VirtualWorld(provider).interrupt_at(10))
    assert provider.stops == []
    assert ran.statuses == {"a": "running"}
    assert len(ran.results.still_running) == 1


@pytest.mark.parametrize(("ago", "event"), [(0, "started"), (4, "started"), (60, "adopted")])
def test_without_the_services_time_ours_tells_the_age(ago: float, event: str) -> None:
    provider = Timeless(a=FOREVER)
    world = earlier(provider, ago=ago) if ago else VirtualWorld(provider)
    assert run(plan(job("a", timeout=90)), provider, world=world).events_of("a")[1] == event


class Repeats(FakeProvider):
    """A provider that repeats a start whose answer was lost, perhaps after the execution ended."""

    def __init__(self, *, ended: bool = True, a: Outcome = SUCCEEDED) -> None:
        super().__init__(a=replace(a, seconds=0) if ended else a)

    def start(self, request: StartRequest) -> StartOutcome:
        outcome = super().start(request)
        assert isinstance(outcome, Started)
        return NameTaken(self.executions[outcome.arn].at(self.wall()), repeated=True, age=0.0)


def test_a_repeated_start_that_meets_its_own_failed_execution_is_this_runs_failure() -> None:
    ran = run("a", Repeats(a=FAILED))
    assert ran.statuses == {"a": "failed"}
    assert len(ran.provider.starts) == 1
    assert not ran.results.jobs[0].attempts[0].adopted


def test_a_repeated_start_that_meets_its_own_success_has_succeeded() -> None:
    assert run("a", Repeats()).statuses == {"a": "succeeded"}


def test_a_repeated_start_that_meets_its_own_running_execution_may_be_stopped() -> None:
    provider = Repeats(a=FOREVER, ended=False)
    ran = run("a", provider, world=VirtualWorld(provider).interrupt_at(10))
    assert ran.statuses == {"a": "cancelled"}
    assert len(provider.stops) == 1


def test_a_lost_answer_of_a_start_that_had_no_effect_ends_unknown_with_the_way_out() -> None:
    def fail(operation: str, about: str, nth: int) -> ProviderError | None:
        return Transient("reset") if operation == "StartExecution" else None

    ran = run("a", FakeProvider(fault=fail))
    assert ran.statuses == {"a": "unknown"}
    assert "apply again, which adopts it" in ran.reasons["a"]
    assert 60 < ran.seconds < 75


@pytest.mark.parametrize("error", [Throttled("slow down"), Unreachable("no route")])
def test_a_start_that_had_no_effect_is_asked_for_again(error: ProviderError) -> None:
    def turn_away(operation: str, about: str, nth: int) -> ProviderError | None:
        return error if operation.startswith("Start") and nth < 3 else None

    for express in (False, True):
        made = plan(job("a", express=express))
        ran = run(made, FakeProvider(fault=turn_away))
        assert ran.statuses == {"a": "succeeded"}
        assert ran.events_of("a").count("delayed") == 3
        assert numbers(ran) == ["1"]


def test_a_start_is_not_asked_for_again_for_ever() -> None:
    def turn_away(operation: str, about: str, nth: int) -> ProviderError | None:
        return Throttled("slow down")

    ran = run("a", FakeProvider(fault=turn_away))
    assert ran.statuses == {"a": "failed"}
    assert 600 < ran.seconds < 1200


@pytest.mark.parametrize("error", [AccessDenied("no"), Rejected("bad"), NotFound("gone")])
@pytest.mark.parametrize("express", [False, True])
def test_a_start_that_can_not_help_fails_the_job_at_once(
    error: ProviderError, express: bool
) -> None:
    ran = run(plan(job("a", express=express)), FakeProvider(fault=lambda *_: error))
    assert ran.statuses == {"a": "failed"}
    assert ran.seconds < 1


def test_an_express_job_whose_answer_is_lost_is_unknown_and_not_sent_again() -> None:
    ran = run(plan(job("a", express=True, retry=Retry(5))), FakeProvider(lost=lost_answer))
    assert ran.statuses == {"a": "unknown"}
    assert "apply again" in ran.reasons["a"]
    assert len(ran.provider.starts) == 1


def unseen(error: ProviderError, until: int) -> FakeProvider:
    def fault(operation: str, about: str, nth: int) -> ProviderError | None:
        return error if operation == "DescribeExecution" and nth < until else None

    return FakeProvider(fault=fault)


@pytest.mark.parametrize(
    "error", [NotFound("not yet"), Throttled("slow"), Transient("reset"), CredentialsFailed("old")]
)
def test_an_execution_may_be_out_of_sight_for_a_while(error: ProviderError) -> None:
    assert run("a", unseen(error, 10)).statuses == {"a": "succeeded"}


def test_patience_begins_anew_whenever_an_execution_is_seen() -> None:
    provider = FakeProvider(a=Outcome(seconds=1500))
    world = VirtualWorld(provider)

    def fault(operation: str, about: str, nth: int) -> ProviderError | None:
        out_of_sight = 10 < world.seconds - 1000 < 500 or 550 < world.seconds - 1000 < 1100
        return Transient("reset") if operation == "DescribeExecution" and out_of_sight else None

    provider.fault = fault
    assert run("a", provider, world=world).statuses == {"a": "succeeded"}


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (NotFound("not there"), 60),
        (Transient("reset"), 600),
        (AccessDenied("no DescribeExecution"), 0),
        (Rejected("bad"), 0),
    ],
)
def test_an_execution_that_stays_out_of_sight_is_unknown(
    error: ProviderError, seconds: float
) -> None:
    ran = run("a -> b", unseen(error, 10**9))
    assert ran.statuses == {"a": "unknown", "b": "skipped"}
    assert str(error) in ran.reasons["a"]
    arn = ran.results.jobs[0].execution_arn
    assert ran.reasons["a"].startswith(f"it may still run: look at {arn}, then apply again")
    assert seconds <= ran.seconds < seconds + 5
    assert [one.name for one in ran.results.still_running] == ["a"]


@pytest.mark.parametrize("stray", [NotFound("not there"), Throttled("slow down")])
def test_one_kind_of_trouble_does_not_use_up_the_patience_with_another(
    stray: ProviderError,
) -> None:
    """One answer of another kind comes late, in a row of the kind that may last longer."""
    provider = FakeProvider(a=Outcome(seconds=400))
    world = VirtualWorld(provider)
    strays = iter([stray])

    def fault(operation: str, about: str, nth: int) -> ProviderError | None:
        seconds = world.seconds - 1000
        if operation != "DescribeExecution" or seconds > 350:
            return None
        return Transient("reset") if seconds < 300 else next(strays, Transient("reset"))

    provider.fault = fault
    assert run("a", provider, world=world).statuses == {"a": "succeeded"}


def test_a_message_of_whole_sentences_stands_well_within_another() -> None:
    def deny(operation: str, about: str, nth: int) -> ProviderError | None:
        return AccessDenied("no. Allow it.") if operation == "StopExecution" else None

    ran = run(plan(job("a", timeout=10)), FakeProvider(a=FOREVER, fault=deny))
    assert ran.reasons["a"] == (
        "timed out after 10s and could not be stopped: no. Allow it; it may still run"
    )
