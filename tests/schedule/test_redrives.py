"""Failed executions that go on from where they failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.errors import AccessDenied, CredentialsFailed, ProviderError, Throttled, Transient
from runner.model import Retry, RetryMode
from runner.schedule import Redrive
from tests.fakes import (
    ABORTED,
    FAILED,
    FOREVER,
    SUCCEEDED,
    FakeProvider,
    Outcome,
    VirtualWorld,
    again,
    answers,
    input_,
    job,
    output,
    plan,
    run,
)
from tests.fakes.provider import FakeExecution

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runner.plan import Plan, PlannedJob, PlannedParameter
    from runner.provider import Execution
    from tests.fakes import Ran
    from tests.fakes.provider import Fault

REDRIVE = Retry(3, mode=RetryMode.REDRIVE)


def redriven(
    name: str = "a",
    retry: Retry = REDRIVE,
    *,
    timeout: float | None = None,
    parameters: Iterable[PlannedParameter] = (),
) -> PlannedJob:
    return job(name, retry=retry, timeout=timeout, parameters=parameters)


def made(retry: Retry = REDRIVE) -> Plan:
    return plan(redriven(retry=retry))


def tokens(ran: Ran) -> list[str]:
    return [call.token for call in ran.world.calls if isinstance(call, Redrive)]


def only_first(kind: type[ProviderError]) -> Fault:
    """The first redrive fails."""

    def fault(operation: str, about: str, nth: int) -> ProviderError | None:
        fails = operation == "RedriveExecution" and nth == 0
        return kind("no", operation=operation) if fails else None

    return fault


def test_a_failed_execution_goes_on_under_its_own_name() -> None:
    ran = run(made(), FakeProvider(a=[FAILED, SUCCEEDED]))
    assert ran.statuses == {"a": "succeeded"}
    assert len(ran.provider.starts) == 1
    (attempt,) = ran.result("a").attempts
    assert (attempt.status, attempt.redrive_count, attempt.error) == ("SUCCEEDED", 1, None)
    assert ran.events_of("a") == [
        "starting",
        "started",
        "retrying",
        "redriving",
        "redriven",
        "succeeded",
    ]


def test_each_redrive_counts_as_one_of_the_executions_that_are_allowed() -> None:
    ran = run(made(), FakeProvider(a=FAILED))
    assert len(ran.provider.redriven) == 2
    assert ran.reasons["a"] == "Boom: it broke (attempt 3)"
    assert ran.result("a").attempts[0].redrive_count == 2


def test_each_redrive_has_a_token_of_its_own() -> None:
    ran = run(made(), FakeProvider(a=FAILED))
    assert len(set(tokens(ran))) == len(tokens(ran)) == 2


def test_what_the_redriven_execution_leaves_is_handed_on() -> None:
    chain = plan(
        redriven(parameters=[output("rows")]),
        job("b", ["a"], parameters=[input_("rows", "${{ jobs.a.outputs.rows }}")]),
    )
    ran = run(chain, FakeProvider(a=[FAILED, answers(rows=7)]))
    assert ran.provider.starts[-1].input == '{"rows":7}'


def test_what_can_not_be_redriven_is_started_anew() -> None:
    class Final(FakeProvider):
        def redrive(self, execution_arn: str, *, token: str) -> None:
            self.final.add(execution_arn)
            super().redrive(execution_arn, token=token)

    ran = run(made(), Final(a=[FAILED, FAILED, SUCCEEDED]))
    assert ran.statuses == {"a": "succeeded"}
    assert [one.name.rpartition("-")[2] for one in ran.provider.starts] == ["1", "2", "3"]
    assert ran.events_of("a").count("not_redriven") == 1
    assert len(ran.result("a").attempts) == 3


def test_without_the_right_to_redrive_a_new_one_is_started() -> None:
    def deny(operation: str, about: str, nth: int) -> ProviderError | None:
        denied = AccessDenied("states:RedriveExecution is missing", operation=operation)
        return denied if operation == "RedriveExecution" else None

    ran = run(made(), FakeProvider(a=[FAILED, SUCCEEDED], fault=deny))
    assert ran.statuses == {"a": "succeeded"}
    told = next(event for event in ran.results.events if event["event"] == "not_redriven")
    assert "states:RedriveExecution is missing" in str(told["reason"])


def test_a_lost_answer_makes_no_second_redrive() -> None:
    lost = only_first(Transient)
    ran = run(made(), FakeProvider(a=[FAILED, Outcome(seconds=60)], lost=lost))
    assert ran.statuses == {"a": "succeeded"}
    assert len(ran.provider.redriven) == len(tokens(ran)) == 1
    assert "doubtful" in ran.events_of("a")


def test_a_redrive_that_was_lost_on_its_way_is_asked_for_again_with_its_token() -> None:
    ran = run(made(), FakeProvider(a=[FAILED, SUCCEEDED], fault=only_first(Transient)))
    assert ran.statuses == {"a": "succeeded"}
    assert len(tokens(ran)) == 2
    assert len(set(tokens(ran))) == len(ran.provider.redriven) == 1


def test_a_redrive_in_doubt_keeps_its_place() -> None:
    lost = only_first(Transient)
    provider = FakeProvider(a=[FAILED, Outcome(seconds=60)], b=Outcome(seconds=60), lost=lost)
    ran = run(plan(redriven(), job("b"), concurrency=1), provider)
    assert set(ran.statuses.values()) == {"succeeded"}
    assert provider.most_at_once == 1
    assert ran.seconds > 120


def test_without_the_right_to_ask_again_what_may_run_is_not_started_anew() -> None:
    def fault(operation: str, about: str, nth: int) -> ProviderError | None:
        if operation != "RedriveExecution":
            return None
        return Transient("lost") if nth == 0 else AccessDenied("revoked", operation=operation)

    ran = run(made(), FakeProvider(a=[FAILED, SUCCEEDED], fault=fault))
    assert ran.statuses == {"a": "unknown"}
    assert len(ran.provider.starts) == 1


def test_a_throttled_redrive_is_asked_for_again() -> None:
    ran = run(made(), FakeProvider(a=[FAILED, SUCCEEDED], fault=only_first(Throttled)))
    assert ran.statuses == {"a": "succeeded"}
    assert len(ran.provider.redriven) == 1


def test_a_redrive_that_is_refused_for_credentials_is_asked_for_again() -> None:
    ran = run(made(), FakeProvider(a=[FAILED, SUCCEEDED], fault=only_first(CredentialsFailed)))
    assert ran.statuses == {"a": "succeeded"}


def test_what_is_shown_of_it_before_its_redrive_is_no_end() -> None:
    class Lags(FakeProvider):
        """Shows a redriven execution as it was for 20 seconds."""

        def observe(self, execution_arn: str, *, whole: bool = False) -> Execution:
            there = self.executions[execution_arn]
            if there.resumed is None or (self.clock() - there.resumed).total_seconds() > 20:
                return super().observe(execution_arn, whole=whole)
            before = FakeExecution(there.arn, there.request, FAILED, there.began)
            return before.at(self.clock())

    ran = run(made(), Lags(a=[FAILED, Outcome(seconds=5)]))
    assert ran.statuses == {"a": "succeeded"}
    assert len(ran.provider.redriven) == 1


def test_what_a_person_stopped_is_not_redriven() -> None:
    ran = run(made(), FakeProvider(a=ABORTED))
    assert ran.statuses == {"a": "cancelled"}
    assert ran.provider.redriven == []


def test_an_execution_that_outlasts_the_timeout_is_stopped_and_redriven() -> None:
    one = redriven(retry=Retry(2, mode=RetryMode.REDRIVE), timeout=30.0)
    ran = run(plan(one), FakeProvider(a=[FOREVER, Outcome(seconds=20)]))
    assert ran.statuses == {"a": "succeeded"}
    assert len(ran.provider.redriven) == 1


def test_the_timeout_counts_anew_from_the_redrive() -> None:
    one = redriven(timeout=30.0)
    ran = run(plan(one), FakeProvider(a=[Outcome("FAILED", 25, error="E"), Outcome(seconds=25)]))
    assert ran.statuses == {"a": "succeeded"}


def test_after_an_interrupt_nothing_is_redriven() -> None:
    provider = FakeProvider(a=FAILED)
    slow = Retry(3, mode=RetryMode.REDRIVE, interval=60)
    ran = run(made(retry=slow), provider, world=VirtualWorld(provider).interrupt_at(30))
    assert provider.redriven == []
    assert ran.statuses == {"a": "failed"}


def test_a_redriven_execution_that_runs_is_stopped_by_an_interrupt() -> None:
    provider = FakeProvider(a=[FAILED, FOREVER])
    ran = run(made(), provider, world=VirtualWorld(provider).interrupt_at(60))
    assert ran.statuses == {"a": "cancelled"}
    assert len(provider.stops) == 1


def test_a_later_apply_takes_a_redriven_success_for_done() -> None:
    ran = run(made(), FakeProvider(a=[FAILED, SUCCEEDED]))
    second = again(ran, made())
    assert second.statuses == {"a": "up_to_date"}
    assert len(ran.provider.starts) == 1


def test_a_later_apply_does_not_run_what_follows_a_redriven_success_again() -> None:
    chain = plan(redriven(), job("b", ["a"]))
    second = again(run(chain, FakeProvider(a=[FAILED, SUCCEEDED])), chain)
    assert set(second.statuses.values()) == {"up_to_date"}


def test_a_later_apply_starts_anew_what_failed_after_its_redrives() -> None:
    ran = run(made(), FakeProvider(a=[FAILED, FAILED, FAILED, SUCCEEDED]))
    second = again(ran, made())
    assert second.statuses == {"a": "succeeded"}
    assert [one.name.rpartition("-")[2] for one in ran.provider.starts] == ["1", "2"]


def test_places_that_concurrency_allows_are_kept_by_redrives() -> None:
    names = [f"j{number}" for number in range(6)]
    flaky = {name: [Outcome("FAILED", 3, error="E"), Outcome(seconds=3)] for name in names}
    ran = run(plan(*(redriven(name) for name in names), concurrency=2), FakeProvider(scripts=flaky))
    assert set(ran.statuses.values()) == {"succeeded"}
    assert len(ran.provider.redriven) == 6
