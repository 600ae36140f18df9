"""Failed executions that are followed by another, and for how long a job may run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from runner.errors import AccessDenied, ProviderError, Throttled
from runner.model import Retry
from runner.schedule import EXPRESS_CALLS, RunExpress
from runner.schedule.policy import backoff, is_retried
from runner.schedule.words import duration
from tests.fakes import (
    ABORTED,
    FAILED,
    FOREVER,
    SUCCEEDED,
    TIMED_OUT,
    FakeProvider,
    Outcome,
    answers,
    job,
    output,
    plan,
    run,
)

if TYPE_CHECKING:
    from runner.plan import Plan


def names(ran_of: FakeProvider) -> list[str]:
    return [request.name.rpartition("-")[2] for request in ran_of.starts]


def test_without_retry_a_job_has_one_execution() -> None:
    assert names(run("a", FakeProvider(a=FAILED)).provider) == ["1"]


def test_a_retry_is_a_new_attempt_with_the_next_name() -> None:
    ran = run(plan(job("a", retry=Retry(3))), FakeProvider(a=[FAILED, FAILED, SUCCEEDED]))
    assert ran.statuses == {"a": "succeeded"}
    assert names(ran.provider) == ["1", "2", "3"]
    attempts = ran.results.jobs[0].attempts
    assert [attempt.status for attempt in attempts] == ["FAILED", "FAILED", "SUCCEEDED"]


def test_max_attempts_counts_the_first_execution() -> None:
    ran = run(plan(job("a", retry=Retry(2))), FakeProvider(a=FAILED))
    assert names(ran.provider) == ["1", "2"]
    assert ran.reasons["a"] == "Boom: it broke (attempt 2)"


def test_waits_grow_between_attempts() -> None:
    retry = Retry(4, interval=30, backoff_rate=2)
    ran = run(plan(job("a", retry=retry)), FakeProvider(a=FAILED))
    waits = [event["waitSeconds"] for event in ran.results.events if event["event"] == "retrying"]
    assert waits == [30, 60, 120]
    assert ran.seconds > 210


def test_a_waiting_retry_leaves_its_place_to_others() -> None:
    made = plan(job("a", retry=Retry(2, interval=100)), "b", concurrency=1)
    ran = run(made, FakeProvider(a=[FAILED, SUCCEEDED]))
    assert ran.provider.started == ["a", "b", "a"]


def test_what_a_person_stopped_is_never_retried() -> None:
    ran = run(plan(job("a", retry=Retry(5))), FakeProvider(a=ABORTED))
    assert ran.statuses == {"a": "cancelled"}
    assert names(ran.provider) == ["1"]


def test_a_missing_output_is_not_retried() -> None:
    made = plan(job("a", retry=Retry(5), parameters=[output("rows", required=True)]))
    ran = run(made, FakeProvider(a=answers(other=1)))
    assert ran.statuses == {"a": "failed"}
    assert ran.reasons["a"] == "the output has no 'rows'"
    assert names(ran.provider) == ["1"]


@pytest.mark.parametrize(
    ("wanted", "error", "retried"),
    [
        ((), "Boom", True),
        ((), None, True),
        (("Boom",), "Boom", True),
        (("Boom",), "Bang", False),
        (("Bang", "Boom"), "Boom", True),
        (("States.ALL",), "Boom", True),
        (("States.ALL",), None, True),
        (("States.ALL",), "States.Timeout", True),
        (("States.ALL",), "States.Runtime", False),
        (("States.ALL",), "States.DataLimitExceeded", False),
        (("States.Runtime",), "States.Runtime", True),
        (("States.TaskFailed",), "Boom", True),
        (("States.TaskFailed",), "States.Timeout", False),
        (("States.TaskFailed",), "Stepfleet.Timeout", False),
        (("States.Timeout",), "States.Timeout", True),
        (("States.Timeout",), "Stepfleet.Timeout", True),
        (("Stepfleet.Timeout",), "Stepfleet.Timeout", True),
        (("Stepfleet.Timeout",), "States.Timeout", False),
        (("States.Timeout",), "Boom", False),
        (("",), None, True),
    ],
)
def test_errors_match_as_in_amazon_states_language(
    wanted: tuple[str, ...], error: str | None, retried: bool
) -> None:
    assert is_retried(Retry(2, error_equals=wanted), error, 1) is retried


@pytest.mark.parametrize(
    ("retry", "executions", "seconds"),
    [
        (Retry(9, interval=3, backoff_rate=2), 1, 3),
        (Retry(9, interval=3, backoff_rate=2), 3, 12),
        (Retry(9, interval=3, backoff_rate=1), 9, 3),
        (Retry(9, interval=3, backoff_rate=2, max_interval=5), 3, 5),
        (Retry(9999, interval=1, backoff_rate=10), 5000, 365 * 86_400),
    ],
)
def test_backoff(retry: Retry, executions: int, seconds: float) -> None:
    assert backoff(retry, executions) == seconds


def test_an_execution_that_times_out_by_itself_matches_states_timeout() -> None:
    retry = Retry(2, error_equals=("States.Timeout",))
    no_error = Outcome("TIMED_OUT")
    for outcome in (TIMED_OUT, no_error):
        ran = run(plan(job("a", retry=retry)), FakeProvider(a=[outcome, SUCCEEDED]))
        assert ran.statuses == {"a": "succeeded"}


def test_a_job_that_outlasts_its_timeout_is_stopped_and_failed() -> None:
    ran = run(plan(job("a", timeout=60), "a -> b"), FakeProvider(a=FOREVER))
    ((_, error, cause),) = ran.provider.stops
    assert error == "Stepfleet.Timeout"
    assert cause == "Stepfleet stopped it: job a has a timeout of 1m"
    assert ran.statuses == {"a": "failed", "b": "skipped"}
    assert ran.reasons["a"] == "timed out after 1m and was stopped"
    assert 60 < ran.seconds < 62


def test_a_timeout_is_retried_where_states_timeout_is() -> None:
    retry = Retry(2, error_equals=("States.Timeout",))
    ran = run(
        plan(job("a", timeout=60, retry=retry)), FakeProvider(a=[FOREVER, Outcome(seconds=5)])
    )
    assert ran.statuses == {"a": "succeeded"}
    assert names(ran.provider) == ["1", "2"]


def test_every_attempt_has_the_whole_timeout() -> None:
    made = plan(job("a", timeout=60, retry=Retry(2, interval=5)))
    provider = FakeProvider(a=[Outcome("FAILED", seconds=40), Outcome(seconds=55)])
    assert run(made, provider).statuses == {"a": "succeeded"}


def test_a_job_that_ends_while_it_is_stopped_counts_as_it_ended() -> None:
    made = plan(job("a", timeout=10))
    ran = run(made, FakeProvider(a=Outcome(seconds=10.001)))
    assert ran.statuses == {"a": "succeeded"}


def test_a_stop_that_is_denied_leaves_the_job_unknown() -> None:
    def deny(operation: str, about: str, nth: int) -> ProviderError | None:
        return AccessDenied("no StopExecution") if operation == "StopExecution" else None

    ran = run(plan(job("a", timeout=10)), FakeProvider(a=FOREVER, fault=deny))
    assert ran.statuses == {"a": "unknown"}
    assert "could not be stopped: no StopExecution; it may still run" in ran.reasons["a"]
    assert [one.name for one in ran.results.still_running] == ["a"]


def test_an_express_job_that_outlasts_its_timeout_fails_and_says_that_it_runs_on() -> None:
    made = plan(job("a", timeout=10, express=True, retry=Retry(3)))
    ran = run(made, FakeProvider(a=Outcome(seconds=200)))
    assert ran.statuses == {"a": "failed"}
    assert "can't be stopped" in ran.reasons["a"]
    assert names(ran.provider) == ["1"]
    assert ran.provider.stops == []


def test_an_idempotent_express_job_is_retried_after_its_timeout() -> None:
    made = plan(job("a", timeout=10, express=True, idempotent=True, retry=Retry(2)))
    ran = run(made, FakeProvider(a=[Outcome(seconds=200), Outcome(seconds=1)]))
    assert ran.statuses == {"a": "succeeded"}
    assert names(ran.provider) == ["1", "2"]


def test_the_late_end_of_an_attempt_that_timed_out_counts_for_nothing() -> None:
    made = plan(job("a", timeout=10, express=True, idempotent=True, retry=Retry(2)))
    late = Outcome("FAILED", seconds=15, error="Late")
    ran = run(made, FakeProvider(a=[late, Outcome(seconds=8)]))
    assert ran.statuses == {"a": "succeeded"}
    assert [one.error for one in ran.results.jobs[0].attempts] == ["Stepfleet.Timeout", None]


def test_a_retry_after_a_delayed_start_has_a_name_of_its_own() -> None:
    def turn_away(operation: str, about: str, nth: int) -> ProviderError | None:
        return Throttled("slow down") if nth == 0 else None

    made = plan(job("a", express=True, retry=Retry(2)))
    ran = run(made, FakeProvider(a=[FAILED, SUCCEEDED], fault=turn_away))
    assert names(ran.provider) == ["1", "2"]


def express_jobs(number: int, **details: Any) -> Plan:
    return plan(*(job(f"x{one}", express=True, **details) for one in range(number)), "a")


def test_express_calls_wait_for_room_and_their_timeouts_with_them() -> None:
    provider = FakeProvider(otherwise=Outcome(seconds=3))
    ran = run(express_jobs(EXPRESS_CALLS + 50, timeout=4), provider)
    assert set(ran.statuses.values()) == {"succeeded"}
    assert provider.most_at_once == EXPRESS_CALLS + 1
    assert 6 < ran.seconds < 7


def test_a_call_of_a_job_that_timed_out_takes_its_place_until_it_is_answered() -> None:
    provider = FakeProvider(otherwise=Outcome(seconds=100))
    ran = run(express_jobs(EXPRESS_CALLS + 1, timeout=10), provider)
    assert provider.most_at_once == EXPRESS_CALLS + 1
    assert ran.reasons["x0"].startswith("timed out after 10s")
    assert 110 < ran.seconds < 111


def test_express_calls_that_wait_hold_up_nothing_else() -> None:
    provider = FakeProvider(otherwise=Outcome(seconds=100))
    ran = run(express_jobs(EXPRESS_CALLS + 1), provider)
    assert provider.started.index("a") < provider.started.index(f"x{EXPRESS_CALLS}")
    assert set(ran.statuses.values()) == {"succeeded"}


def test_calls_that_failed_make_room_again() -> None:
    def turn_away(operation: str, about: str, nth: int) -> ProviderError | None:
        return Throttled("slow down") if nth == 0 else None

    ran = run(express_jobs(EXPRESS_CALLS + 1), FakeProvider(fault=turn_away))
    assert set(ran.statuses.values()) == {"succeeded"}


def test_the_timeout_of_an_express_job_that_was_turned_away_counts_from_its_next_call() -> None:
    def turn_away(operation: str, about: str, nth: int) -> ProviderError | None:
        return Throttled("slow down") if nth == 0 else None

    made = plan(job("a", timeout=8, express=True))
    ran = run(made, FakeProvider(a=Outcome(seconds=7), fault=turn_away))
    assert ran.statuses == {"a": "succeeded"}
    assert 12 < ran.seconds < 13


def test_an_express_call_is_not_sent_any_more_once_its_job_has_timed_out() -> None:
    ran = run(plan(job("a", timeout=10, express=True), job("b", express=True)))
    sent = {call.job: call.within for call in ran.world.calls if isinstance(call, RunExpress)}
    assert sent == {"a": 10, "b": None}


def test_an_express_job_that_fails_is_retried() -> None:
    made = plan(job("a", express=True, retry=Retry(2)))
    ran = run(made, FakeProvider(a=[FAILED, SUCCEEDED]))
    assert ran.statuses == {"a": "succeeded"}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(5400, "1h30m"), (90, "1m30s"), (0.25, "250ms"), (86_400 * 3, "3d"), (0, "no time")],
)
def test_durations_are_said_as_the_spec_writes_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text
