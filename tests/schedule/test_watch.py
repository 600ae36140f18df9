"""How often executions are looked at, and how many share a call."""

from __future__ import annotations

from runner.schedule.policy import look_interval
from runner.schedule.watch import CALLS_AT_ONCE, Watch
from tests.fakes import FakeProvider, Outcome, plan, run


def test_a_short_job_is_seen_early() -> None:
    ran = run("a", FakeProvider(a=Outcome(seconds=0.02)))
    assert ran.seconds < 0.1


def test_a_job_of_a_minute_is_looked_at_about_once_a_second() -> None:
    assert 1 <= look_interval(60, 1, 7.5) <= 1.4


def test_a_job_of_hours_is_seen_within_half_a_minute() -> None:
    assert look_interval(36_000, 1, 7.5) == 30


def test_thousands_are_looked_at_no_faster_than_the_pace() -> None:
    for running in (100, 1000, 10_000):
        assert running / look_interval(3600, running, 7.5) <= 7.5 + 1e-9


def test_intervals_grow_with_age_and_never_vanish() -> None:
    for running in (1, 50, 5000):
        intervals = [look_interval(age / 10, running, 7.5) for age in range(1000)]
        assert intervals == sorted(intervals)
        assert intervals[0] >= 0.03


def watching(count: int, *, machines: int) -> Watch:
    watch = Watch({"aws": 7.5})
    for number in range(count):
        watch.add(f"e{number}", "aws", f"m{number % machines}", since=0, now=0)
    return watch


def test_every_execution_is_asked_about_once() -> None:
    watch = watching(250, machines=250)
    calls = watch.due(100)
    asked = [one.arn for call in calls for one in call.watched]
    assert sorted(asked) == sorted(f"e{number}" for number in range(250))
    assert len(calls) <= CALLS_AT_ONCE
    assert watch.due(100) == []


def test_executions_of_one_machine_share_a_call() -> None:
    calls = watching(2000, machines=2).due(100)
    machines = [{int(one.arn[1:]) % 2 for one in call.watched} for call in calls]
    assert sorted(map(sorted, machines)) == [[0], [1]]


def test_what_does_not_fit_waits_for_the_next_free_call() -> None:
    watch = watching(5000, machines=5000)
    calls = watch.due(100)
    assert watch.next_due() is None
    asked = {one.arn for call in calls for one in call.watched}
    for call in calls:
        watch.answered("aws", [one.arn for one in call.watched], 101)
        asked |= {one.arn for more in watch.due(101) for one in more.watched}
    assert len(asked) > 1500


def test_nothing_is_asked_about_what_is_no_longer_watched() -> None:
    watch = watching(3, machines=3)
    watch.remove("e1")
    assert {one.arn for call in watch.due(100) for one in call.watched} == {"e0", "e2"}
    watch.remove("e0")
    watch.remove("e2")
    assert watch.next_due() is None


def test_many_jobs_share_calls() -> None:
    ran = run(plan(*(f"j{number}" for number in range(300))), FakeProvider())
    assert len(ran.provider.observed) < 300
