"""When executions are looked at, by which call, and how few calls that takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.arns import parse_machine
from runner.errors import AccessDenied, Throttled, Transient
from runner.provider import LIST_PRICE, Execution, ExecutionStatus
from runner.quotas import Rate
from runner.schedule import Observe, Survey, Surveyed
from runner.schedule.watching.intervals import interval
from runner.schedule.watching.paces import Pace
from runner.schedule.watching.watch import Watch
from runner.schedule.watching.watched import LISTS_AT_ONCE, LOOKS_AT_ONCE
from tests.fakes import FakeProvider, Outcome, VirtualWorld, answers, job, output, plan, run
from tests.fakes import machine as machine_arn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runner.errors import ProviderError
    from runner.plan import Plan, PlannedParameter

LARGE = Pace("123456789012", Rate(200, 5), Rate(700, 35), soon=1.0)
MANY = LIST_PRICE + 1


def machine(number: int) -> str:
    return f"arn:aws:states:us-east-1:123456789012:stateMachine:m{number}"


def add(
    watch: Watch, arn: str, number: int = 0, *, since: float = 0.0, usual: float | None = None
) -> None:
    watch.add(arn, "aws", parse_machine(machine(number)), since=since, now=since, usual=usual)


def watching(count: int, *, machines: int, pace: Pace = LARGE) -> Watch:
    watch = Watch({"aws": pace})
    for number in range(count):
        add(watch, f"e{number}", number % machines)
    return watch


def surveys(effects: Iterable[Survey | Observe]) -> list[Survey]:
    return [effect for effect in effects if isinstance(effect, Survey)]


def observes(effects: Iterable[Survey | Observe]) -> list[str]:
    return [effect.execution_arn for effect in effects if isinstance(effect, Observe)]


def row(arn: str) -> Execution:
    return Execution(arn, arn, ExecutionStatus.RUNNING, "RUNNING", detailed=False)


def answer(
    watch: Watch,
    survey: Survey,
    now: float,
    *,
    lacks: Iterable[str] = (),
    error: ProviderError | None = None,
) -> None:
    found = {} if error else {arn: row(arn) for arn in survey.wanted if arn not in set(lacks)}
    watch.surveyed(Surveyed("aws", survey.machine, survey.wanted, found, error), now)


def test_a_short_job_is_seen_early() -> None:
    ran = run("a", FakeProvider(a=Outcome(seconds=0.02)))
    assert ran.seconds < 0.1


@pytest.mark.parametrize("seconds", [3.3, 17.7, 61.2, 95.0])
def test_the_end_of_one_of_few_jobs_is_noticed_within_about_a_second(seconds: float) -> None:
    ran = run("a", FakeProvider(a=Outcome(seconds=seconds)))
    assert seconds <= ran.seconds < seconds + 1.2


def test_a_job_of_hours_is_seen_within_half_a_minute() -> None:
    assert interval(36_000, 0.2, soon=1.0) == 30


def test_few_are_looked_at_by_themselves_and_many_by_a_list() -> None:
    few = watching(LIST_PRICE, machines=1).due(100)
    assert (observes(few), surveys(few)) == (["e0", "e1", "e2"], [])
    many = watching(MANY, machines=1).due(100)
    assert observes(many) == []
    assert [survey.wanted for survey in surveys(many)] == [tuple(f"e{n}" for n in range(MANY))]


def test_nothing_is_asked_twice_at_once() -> None:
    watch = watching(40, machines=20)
    first = watch.due(100)
    assert len(observes(first)) == LOOKS_AT_ONCE
    assert watch.due(100) == []
    assert watch.next_due() is None
    watch.observed(observes(first)[0], "aws", 100)
    again = observes(watch.due(100))
    assert len(again) == 1
    assert again[0] not in observes(first)


def test_lists_take_turns_where_there_are_many_machines() -> None:
    watch = watching(100 * MANY, machines=100)
    listed: list[str] = []
    while len(listed) < 100:
        effects = surveys(watch.due(100.0))
        assert 1 <= len(effects) <= LISTS_AT_ONCE
        for survey in effects:
            listed.append(str(survey.machine))
            answer(watch, survey, 100.0)
    assert len(set(listed)) == 100


def test_what_is_no_longer_watched_is_not_asked_about() -> None:
    watch = watching(3, machines=3)
    watch.remove("e1")
    assert observes(watch.due(100)) == ["e0", "e2"]
    watch.remove("e0")
    watch.remove("e2")
    watch.observed("e0", "aws", 101)
    watch.observed("e2", "aws", 101)
    assert watch.next_due() is None


def test_the_last_ones_of_a_machine_are_looked_at_by_themselves() -> None:
    watch = watching(MANY, machines=1)
    (survey,) = surveys(watch.due(10))
    watch.remove("e0")
    answer(watch, survey, 10)
    effects = watch.due(20)
    assert (surveys(effects), observes(effects)) == ([], ["e1", "e2", "e3"])


def test_an_execution_that_lists_lack_is_looked_at_by_itself_once_it_is_old_enough() -> None:
    watch = watching(MANY, machines=1)
    now = 0.0
    asked: list[str] = []
    lists = 0
    while not asked and now < 60:
        now = watch.next_due() or now
        effects = watch.due(now)
        for survey in surveys(effects):
            lists += 1
            answer(watch, survey, now, lacks=["e2"])
        asked = observes(effects)
    assert asked == ["e2"]
    assert lists >= 2
    assert now >= 10


def test_a_young_execution_that_a_lagging_list_lacks_costs_no_call_of_its_own() -> None:
    watch = watching(MANY, machines=1)
    for now in (1.0, 2.0, 3.0, 4.0, 5.0):
        effects = watch.due(now)
        assert observes(effects) == []
        for survey in surveys(effects):
            answer(watch, survey, now, lacks=survey.wanted)


def test_a_machine_that_may_not_be_listed_is_looked_at_one_by_one() -> None:
    watch = watching(MANY, machines=1)
    (survey,) = surveys(watch.due(10))
    watch.cannot_list("aws", survey.machine)
    answer(watch, survey, 10, error=AccessDenied("no ListExecutions"))
    effects = watch.due(20)
    assert (surveys(effects), len(observes(effects))) == ([], MANY)


def test_a_list_that_failed_is_asked_for_again() -> None:
    watch = watching(MANY, machines=1)
    (survey,) = surveys(watch.due(10))
    answer(watch, survey, 10, error=Transient("down"))
    assert surveys(watch.due(20)) == [survey]


def test_lists_that_fail_are_tried_again_and_meanwhile_each_is_looked_at_by_itself() -> None:
    watch = watching(MANY, machines=1)
    now, gave_up = 10.0, []
    lists: list[float] = []
    looked_at: set[str] = set()
    while now < 300:
        effects = watch.due(now)
        for survey in surveys(effects):
            lists.append(now)
            failed = Surveyed("aws", survey.machine, survey.wanted, {}, Throttled("slow"))
            gave_up.append(watch.surveyed(failed, now))
        for arn in observes(effects):
            assert len(lists) >= 2
            looked_at.add(arn)
            watch.observed(arn, "aws", now)
        now = max(watch.next_due() or now, now + 0.01)
    assert len(looked_at) == MANY
    assert gave_up == [False, True] + [False] * (len(lists) - 2)
    assert 6 <= len(lists) <= 12
    again: list[Survey] = []
    while not again and now < 400:
        again = surveys(effects := watch.due(now))
        for arn in observes(effects):
            watch.observed(arn, "aws", now)
        now = max(watch.next_due() or now, now + 0.01)
    answer(watch, again[0], now)
    later = watch.due(now + 31)
    assert (len(surveys(later)), observes(later)) == (1, [])


def test_what_began_while_lists_fail_is_looked_at_soon() -> None:
    watch = watching(MANY, machines=1)
    for now in (10.0, 20.0):
        (survey,) = surveys(watch.due(now))
        answer(watch, survey, now, error=Transient("down"))
    add(watch, "new", 0, since=21.0)
    assert "new" in observes(watch.due(21.5))


def test_a_look_in_vain_is_made_again_soon_however_many_others_are_to_be_looked_at() -> None:
    watch = watching(5000, machines=5000)
    (first, *_) = observes(watch.due(100))
    watch.observed(first, "aws", 100, in_vain=True)
    for arn in observes(watch.due(100.5)):
        watch.observed(arn, "aws", 100.5)
    due = watch._seen[first].group.account.looks.due(first)
    assert due is not None
    assert due <= 101


@pytest.mark.parametrize("in_vain", [False, True])
def test_what_was_looked_at_in_vain_is_listed_too(in_vain: bool) -> None:
    watch = watching(MANY, machines=1)
    now = 0.0
    asked: list[str] = []
    while not asked and now < 60:
        now = max(watch.next_due() or now, now + 0.01)
        effects = watch.due(now)
        for survey in surveys(effects):
            answer(watch, survey, now, lacks=["e2"])
        asked = observes(effects)
    watch.observed("e2", "aws", now, in_vain=in_vain)
    lists: list[Survey] = []
    while not lists and now < 120:
        now = max(watch.next_due() or now, now + 0.01)
        lists = surveys(effects := watch.due(now))
        for arn in observes(effects):
            watch.observed(arn, "aws", now, in_vain=in_vain)
    assert "e2" in lists[0].wanted


def test_what_ended_is_read_before_others_are_looked_at_but_not_for_ever() -> None:
    watch = Watch({"aws": LARGE})
    for number in range(12):
        add(watch, f"ended{number}", number)
        watch.fetch(f"ended{number}", 0.0)
    for number in range(4):
        add(watch, f"runs{number}", 50 + number)
    order = [arn.rstrip("0123456789") for arn in observes(watch.due(100))]
    assert order == ["ended", "ended", "ended", "runs"] * 4


def test_an_end_that_could_not_be_read_is_read_again_later() -> None:
    watch = Watch({"aws": LARGE})
    add(watch, "e")
    watch.fetch("e", 0.0)
    assert observes(watch.due(0.0)) == ["e"]
    watch.observed("e", "aws", 0.1)
    assert observes(watch.due(1.0)) == []
    assert observes(watch.due(5.2)) == ["e"]


def test_a_look_that_was_under_way_at_the_end_is_repeated_for_what_it_left() -> None:
    watch = watching(1, machines=1)
    assert observes(watch.due(10)) == ["e0"]
    watch.fetch("e0", 10.0)
    assert observes(watch.due(10.1)) == []
    watch.observed("e0", "aws", 10.2)
    assert observes(watch.due(10.2)) == ["e0"]


def test_a_job_is_looked_at_when_it_should_end_by_what_it_took_before() -> None:
    watch = Watch({"aws": LARGE})
    for number in range(2000):
        add(watch, f"e{number}", number, usual=600.0 if number == 7 else None)
    moments: list[float] = []
    now = 0.0
    while now < 700:
        now = max(watch.next_due() or now, now)
        for arn in observes(watch.due(now)):
            if arn == "e7":
                moments.append(now)
            watch.observed(arn, "aws", now)
    assert any(600 <= moment <= 602 for moment in moments)


def test_one_end_tells_when_to_look_at_all_that_began_with_it() -> None:
    watch = watching(1000, machines=10)
    now, lists = 0.0, 0
    ended_on: dict[str, float] = {}
    while len(ended_on) < 10:
        now = max(watch.next_due() or now, now)
        for survey in surveys(watch.due(now)):
            lists += 1
            if now >= 30:
                ended_on[str(survey.machine)] = now
                for arn in survey.wanted:
                    watch.ended(arn, 30.0, now)
                    watch.remove(arn)
            answer(watch, survey, now)
    assert max(ended_on.values()) < 33.5
    assert lists <= 70


@pytest.mark.parametrize("count", [1, MANY])
def test_ends_elsewhere_put_off_no_look_at_what_runs(count: int) -> None:
    watch = Watch({"aws": Pace("a", Rate(10, 0.2), Rate(20, 0.2), soon=1.0)})
    for number in range(count):
        add(watch, f"runs{number}", 0)
    add(watch, "first0", 1)
    add(watch, "first1", 1)
    looks = 0
    for second in range(1, 200):
        now = float(second)
        add(watch, f"e{second}", 2 + second, since=now - 0.9)
        watch.ended(f"e{second}", 0.9 * second, now)
        watch.remove(f"e{second}")
        for effect in watch.due(now):
            if isinstance(effect, Survey):
                looks += 1
                answer(watch, effect, now)
            else:
                looks += effect.execution_arn.startswith("runs")
                watch.observed(effect.execution_arn, "aws", now)
    assert looks > 10


def test_a_stop_is_looked_after_at_once() -> None:
    watch = watching(1000, machines=10)
    for survey in surveys(watch.due(3.6)):
        answer(watch, survey, 3.6)
    watch.hurry("e0", 20.0)
    assert (watch.next_due() or 0) <= 20.1


def test_platforms_of_one_account_share_its_quota() -> None:
    slow = Pace("one", Rate(1, 1), Rate(1, 1), soon=1.0)
    watch = Watch({"east": slow, "also": slow})
    for platform in ("east", "also"):
        watch.add(platform, platform, parse_machine(machine(1)), since=0, now=0)
    assert len(watch.due(10)) == 1


@given(
    starts=st.lists(
        st.tuples(st.floats(0, 30), st.integers(0, 5), st.floats(0, 200)), min_size=1, max_size=60
    )
)
def test_every_execution_is_seen_to_end_and_the_quota_is_kept(
    starts: list[tuple[float, int, float]],
) -> None:
    pace = Pace("a", Rate(10, 2), Rate(20, 6), soon=1.0)
    watch = Watch({"aws": pace})
    ends: dict[str, float] = {}
    calls: list[float] = []
    late: list[float] = []
    for number, (since, on, seconds) in enumerate(starts):
        add(watch, f"e{number}", on, since=since)
        ends[f"e{number}"] = since + seconds
    now = 30.0
    while ends:
        now = max(watch.next_due() or now, now)
        for effect in watch.due(now):
            calls.append(now)
            shown = effect.wanted if isinstance(effect, Survey) else [effect.execution_arn]
            for arn in [arn for arn in shown if ends.get(arn, now) < now]:
                late.append(now - max(ends.pop(arn), 30.0))
                watch.ended(arn, 1.0, now)
                watch.remove(arn)
            if isinstance(effect, Survey):
                answer(watch, effect, now)
            else:
                watch.observed(effect.execution_arn, "aws", now)
    assert max(late) <= 30
    for first in range(len(calls)):
        within = sum(1 for call in calls[first:] if call - calls[first] <= 10)
        assert within <= 10 + 20 + 10 * (2 + 6) + 2


def shared(count: int, *parameters: PlannedParameter) -> Plan:
    """A plan of jobs that are all on one machine."""
    on = machine_arn("shared")
    return plan(*(job(f"j{number}", on=on, parameters=parameters) for number in range(count)))


def test_many_jobs_without_outputs_take_hardly_more_calls_than_starts() -> None:
    provider = FakeProvider(otherwise=Outcome(seconds=20))
    ran = run(shared(300), provider, world=VirtualWorld(provider))
    assert set(ran.statuses.values()) == {"succeeded"}
    assert provider.observed == []
    assert len(provider.surveyed) < 110


def test_what_a_list_told_the_end_of_is_read_once_where_outputs_are_declared() -> None:
    provider = FakeProvider(otherwise=answers(rows=1))
    made = shared(20, output("rows"))
    ran = run(made, provider, world=VirtualWorld(provider))
    assert sorted(provider.observed) == sorted(provider.executions)
    assert all(one.outputs == {"rows": 1} for one in ran.results.jobs)
