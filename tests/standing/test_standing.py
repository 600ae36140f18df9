"""What can't be brought about with the fake: answers that come in part, or not in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from runner import standing
from runner.errors import CredentialsFailed, Throttled, Transient
from runner.provider import Execution, ExecutionStatus
from runner.report import status_markdown, stops_text
from runner.results import PlatformInfo, Status
from runner.schedule import Options
from runner.standing import Asked, Result
from tests.fakes import FOREVER, FakeProvider, job, plan, run

if TYPE_CHECKING:
    from runner.results import RunResults
    from runner.standing import Standing, Trail


NOW = datetime(2026, 11, 21, tzinfo=UTC)


def left(*names: str) -> tuple[RunResults, dict[str, Trail]]:
    """A run that left these jobs running, and one more that waits for the first of them."""
    jobs = [*(job(name) for name in names), job("last", [names[0]])]
    provider = FakeProvider(otherwise=FOREVER)
    results = run(plan(*jobs), provider, options=Options(detach=True)).results
    where = {one.platform: _where(one.machine) for one in results.jobs}
    results = replace(results, run=replace(results.run, platforms=where))
    return results, standing.trace(results)


def _where(machine: str) -> PlatformInfo:
    return PlatformInfo("aws-step-functions", machine.split(":")[3], machine.split(":")[4])


def arn_of(trails: dict[str, Trail], name: str) -> str:
    trail = trails[name]
    assert isinstance(trail, Asked)
    return trail.arn


def seen(arn: str, status: ExecutionStatus) -> Execution:
    return Execution(arn, arn.rpartition(":")[2], status, status.value)


def test_credentials_that_expire_on_the_way_leave_what_was_told_before() -> None:
    results, trails = left("a", "b")
    a, b = arn_of(trails, "a"), arn_of(trails, "b")
    running = seen(a, ExecutionStatus.RUNNING)
    told = standing.tell(results, trails, {a: running, b: CredentialsFailed("they expired")})
    assert {each.job.name: each.now for each in told.jobs} == {
        "a": Status.RUNNING,
        "b": Status.UNKNOWN,
        "last": Status.PENDING,
    }
    assert told.jobs[1].reason == "how it is can't be told: they expired"
    assert told.exit_code == 1


def test_a_status_that_is_new_is_never_success() -> None:
    results, trails = left("a")
    a = arn_of(trails, "a")
    halted = replace(seen(a, ExecutionStatus.UNRECOGNISED), raw_status="HALTED")
    told = standing.tell(results, trails, {a: halted})
    assert (told.jobs[0].now, told.exit_code) == (Status.UNKNOWN, 1)
    assert "HALTED" in told.jobs[0].reason


def test_one_that_waits_for_its_redrive_runs() -> None:
    results, trails = left("a")
    a = arn_of(trails, "a")
    told = standing.tell(results, trails, {a: seen(a, ExecutionStatus.PENDING_REDRIVE)})
    assert (told.jobs[0].now, told.exit_code) == (Status.RUNNING, 4)


def test_one_that_still_runs_after_its_stop_is_not_taken_for_stopped() -> None:
    results, trails = left("a")
    a = arn_of(trails, "a")
    choice = standing.choose(results, trails)
    stops = standing.conclude(
        results, choice, sent={a: None}, seen={a: seen(a, ExecutionStatus.RUNNING)}, now=NOW
    )
    assert [(each.result, each.reason) for each in stops.jobs] == [
        (Result.NOT_STOPPED, "it was asked to stop, and still runs")
    ]
    assert stops.exit_code == 1
    assert a in stops_text(stops)


def test_a_stop_without_an_answer_counts_where_its_end_is_seen() -> None:
    results, trails = left("a")
    a = arn_of(trails, "a")
    ended = replace(seen(a, ExecutionStatus.ABORTED), error="Stepfleet.Stopped")
    stops = standing.conclude(
        results,
        standing.choose(results, trails),
        sent={a: Transient("the connection broke")},
        seen={a: ended},
        now=NOW,
    )
    assert (stops.jobs[0].result, stops.exit_code) == (Result.STOPPED, 0)


def test_an_interrupt_tells_what_was_not_asked_to_stop() -> None:
    results, trails = left("a", "b", "c")
    a, b = arn_of(trails, "a"), arn_of(trails, "b")
    stops = standing.conclude(
        results,
        standing.choose(results, trails),
        sent={a: None, b: Throttled("too many calls")},
        seen={},
        now=NOW,
        interrupted=True,
    )
    assert [each.reason for each in stops.jobs] == [
        "it was asked to stop; interrupted before its end was seen",
        "could not be stopped: too many calls",
        "interrupted before it was asked to stop",
    ]
    assert stops.exit_code == 130


def many(number: int) -> Standing:
    results, trails = left(*(f"j{index}" for index in range(number)))
    answers = {
        trail.arn: seen(trail.arn, ExecutionStatus.RUNNING)
        for trail in trails.values()
        if isinstance(trail, Asked)
    }
    return standing.tell(results, trails, answers)


def test_markdown_keeps_within_its_limit_and_counts_the_rest() -> None:
    text = status_markdown(many(100), limit=3000)
    assert len(text.encode()) <= 3000
    assert " more jobs\n" in text
    assert "more jobs" not in status_markdown(many(100))
