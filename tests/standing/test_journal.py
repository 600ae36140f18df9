"""What a journal adds to the results of a run that was killed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from runner import standing
from runner.model import Retry
from runner.results import RunStatus, Status, line
from tests.fakes import FAILED, FOREVER, FakeProvider, Outcome, VirtualWorld, job, plan, run

if TYPE_CHECKING:
    from runner.results import RunResults
    from tests.fakes import Ran


def journal_of(ran: Ran) -> list[str]:
    return [line(dict(event)) for event in ran.results.events]


def at_first(ran: Ran) -> RunResults:
    """The results as a run that was killed at once left them."""
    jobs = [replace(one, status=Status.PENDING, reason="", attempts=()) for one in ran.results.jobs]
    return replace(ran.results, status=RunStatus.RUNNING, ended_at=None, jobs=tuple(jobs))


def completed(ran: Ran, lines: list[str] | None = None) -> RunResults:
    found = standing.complete(at_first(ran), journal_of(ran) if lines is None else lines)
    assert found is not None
    return found


def interrupted(provider: FakeProvider) -> Ran:
    made = plan("a", job("b", retry=Retry(max_attempts=3, interval=1.0)), job("c", ["a"]), "d -> e")
    return run(made, provider, world=VirtualWorld(provider).interrupt_at(20))


def test_a_journal_tells_every_job_and_its_newest_execution() -> None:
    ran = interrupted(FakeProvider(b=[FAILED, Outcome(seconds=1)], c=FOREVER, d=FAILED))
    found = completed(ran)
    assert found.statuses == ran.results.statuses
    for one, other in zip(found.jobs, ran.results.jobs, strict=True):
        assert [(each.name, each.arn) for each in one.attempts] == [
            (each.name, each.arn) for each in other.attempts
        ]
        assert one.reason == other.reason


def test_results_that_know_more_keep_it() -> None:
    ran = interrupted(FakeProvider(b=[FAILED, Outcome(seconds=1)], c=FOREVER, d=FAILED))
    found = standing.complete(ran.results, journal_of(ran))
    assert found is not None
    assert [one.attempts for one in found.jobs] == [one.attempts for one in ran.results.jobs]


def test_an_intent_is_told_with_the_time_of_it() -> None:
    ran = run("a")
    lines = [each for each in journal_of(ran) if json.loads(each)["event"] == "starting"]
    first = journal_of(ran)[0]
    (attempt,) = completed(ran, [first, *lines]).jobs[0].attempts
    assert (attempt.arn, attempt.status) == (None, None)
    assert attempt.started_at is not None


def change(lines: list[str], **changes: object) -> list[str]:
    records: list[dict[str, Any]] = [json.loads(each) for each in lines]
    return [json.dumps({**each, **changes}) for each in records]


@pytest.mark.parametrize("lines", [[], ["{"], ["[]"], ['{"event": "started", "job": "a"}']])
def test_what_is_no_journal_completes_nothing(lines: list[str]) -> None:
    assert standing.complete(at_first(run("a")), lines) is None


def test_the_journal_of_another_run_completes_nothing() -> None:
    ran = run("a")
    assert standing.complete(at_first(ran), change(journal_of(ran), runId="another")) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"job": ["a"]},
        {"executionName": 5, "executionArn": {}},
        {"executionName": "x" * 10_000},
        {"status": "fine"},
        {"status": None, "event": None},
        {"time": "yesterday"},
        {"attempt": "first"},
    ],
)
def test_records_of_another_form_do_no_harm(changes: dict[str, object]) -> None:
    ran = run("a")
    first, *rest = journal_of(ran)
    found = completed(ran, [first, "", '{"event": "sta', *change(rest, **changes)])
    assert found.jobs[0].name == "a"
