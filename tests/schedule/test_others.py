"""Other work of the same job that still runs: it has to end first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.engine import Options
from runner.errors import AccessDenied, NotFound, ProviderError, Transient
from tests.fakes import (
    again,
    job,
    look,
    plan,
    run,
)
from tests.schedule.earlier import CHANGED, busy, failing, odd


def test_another_execution_of_the_job_is_waited_for_first() -> None:
    provider, world, arn = busy()
    made = plan(CHANGED, "b", concurrency=1)
    ran = run(made, provider, world=world, memory=look(made, provider, world))
    assert ran.statuses == {"a": "succeeded", "b": "succeeded"}
    assert ran.events_of("a") == ["waiting_for", "starting", "started", "succeeded"]
    waiting = next(event for event in ran.results.events if event["event"] == "waiting_for")
    assert waiting["waitingFor"] == arn
    assert provider.started == ["a", "b", "a"]
    assert 40 < ran.seconds < 45


def test_what_is_waited_for_is_not_stopped_by_a_timeout_nor_an_interrupt() -> None:
    provider, world, _ = busy()
    made = plan(replace(CHANGED, timeout=5.0))
    seen = look(made, provider, world)
    ran = run(made, provider, world=world.interrupt_at(20), memory=seen)
    assert ran.statuses == {"a": "cancelled"}
    assert ran.reasons["a"] == "not started: the run was interrupted"
    assert ran.result("a").attempts == ()
    assert provider.stops == []
    assert len(provider.starts) == 1


def test_a_run_that_does_not_wait_leaves_such_a_job_pending() -> None:
    provider, world, arn = busy()
    made = plan(CHANGED, "a -> b")
    made = replace(made, jobs=(CHANGED, job("b", ["a"])))
    seen = look(made, provider, world)
    ran = run(made, provider, world=world, memory=seen, options=Options(detach=True))
    assert ran.statuses == {"a": "pending", "b": "pending"}
    assert ran.reasons["a"] == f"after {arn}, which still runs: apply again"
    assert ran.results.exit_code == 4


def test_one_that_runs_on_with_a_status_unknown_here_is_not_waited_for_for_ever() -> None:
    second = again(odd("a"), plan(CHANGED))
    assert second.statuses == {"a": "failed"}
    assert "has to end first" in second.reasons["a"]
    assert len(second.provider.starts) == 1


@pytest.mark.parametrize(
    ("error", "status", "seconds"),
    [
        (NotFound("gone"), "succeeded", 60),
        (AccessDenied("no"), "failed", 0),
        (Transient("reset"), "failed", 600),
    ],
)
def test_what_is_waited_for_may_be_out_of_sight(
    error: ProviderError, status: str, seconds: float
) -> None:
    provider, world, arn = busy(1e9)
    provider.fault = failing(error, about=arn)
    made = plan(CHANGED)
    ran = run(made, provider, world=world, memory=look(made, provider, world))
    assert ran.statuses == {"a": status}
    assert seconds <= ran.seconds < seconds + 5
    if status == "failed":
        assert f"{arn}, of other work of this job, has to end first" in ran.reasons["a"]


def test_a_run_that_fails_fast_does_not_wait_for_another_execution() -> None:
    provider, world, _ = busy()
    made = plan(CHANGED, job("f", when="vars.x"))
    seen = look(made, provider, world)
    ran = run(made, provider, world=world, memory=seen, options=Options(fail_fast=True))
    assert ran.statuses == {"a": "skipped", "f": "failed"}
    assert ran.seconds < 1
