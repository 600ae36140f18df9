"""Applies at once, applies that are killed, and starts that come late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.schedule import checking
from tests.fake_aws import slow
from tests.memory.fixtures import aws_environment, endpoint, kept_session, quiet, shop
from tests.memory.jobs import after, chain, job
from tests.memory.processes import applying
from tests.memory.tools import Endpoint, Looks, Shop, muted

if TYPE_CHECKING:
    import pytest

__all__ = ["aws_environment", "endpoint", "kept_session", "quiet", "shop"]


# Several applies, and applies that are killed


def test_an_apply_that_was_killed_is_gone_on_with(shop: Shop, endpoint: Endpoint) -> None:
    shop.write(*chain())
    endpoint.held = {"a"}
    with applying(shop, results="killed.json") as first:
        first.wait_for("a", "started")
        first.kill()
    with applying(shop, results="again.json") as second:
        second.wait_for("a", "adopted")
        endpoint.release("a")
        done = second.end()
    assert done.code == 0
    assert endpoint.started == ["a", "b", "c", "d"]
    assert done.statuses["a"] == "succeeded"
    assert done.outputs["c"] == {"sum": 3}


def test_an_unfinished_results_file_gives_its_run_id_back(shop: Shop, endpoint: Endpoint) -> None:
    """So what runs every time is not run twice."""
    shop.write(job("report", "run: always"), after("a", "report"), after("b", "a"))
    endpoint.held = {"a"}
    with applying(shop, results="results.json") as first:
        first.wait_for("a", "started")
        first.kill()
    unfinished = shop.results("results.json")["run"]
    assert unfinished["status"] == "running"
    endpoint.release("a")
    done = shop.run("apply", "specs", results="results.json")
    assert done.results["run"]["id"] == unfinished["id"]
    assert done.started == ["b"]
    assert done.statuses == {"report": "up_to_date", "a": "up_to_date", "b": "succeeded"}
    assert shop.run("apply", "specs", results="results.json").started == ["report", "a", "b"]


def test_two_applies_at_once_start_each_job_once(shop: Shop, endpoint: Endpoint) -> None:
    shop.write(*chain())
    endpoint.held = {"a"}
    with (
        applying(shop, results="one.json") as one,
        applying(shop, results="two.json") as two,
    ):
        for process in (one, two):
            process.wait_for("a", "started", "adopted")
        endpoint.release("a")
        both = one.end(), two.end()
    assert endpoint.started == ["a", "b", "c", "d"]
    for done in both:
        assert done.code == 0
        assert done.outputs["c"] == {"sum": 3}


def test_two_applies_that_both_looked_first_start_each_job_once(
    shop: Shop, endpoint: Endpoint
) -> None:
    shop.write(*chain())
    endpoint.fake.faults.add("StartExecution", slow(0.2), calls={1, 2})
    with muted(), Looks(together=2).watched():
        both = [shop.begin("--run-id", each) for each in ("one", "two")]
        done = [each.end() for each in both]
    assert endpoint.started == ["a", "b", "c", "d"]
    for each in done:
        assert each.code == 0
        assert each.outputs["c"] == {"sum": 3}


def test_two_applies_at_once_try_a_failing_job_once(shop: Shop, endpoint: Endpoint) -> None:
    alarm = job("alarm", "needs: [a]", "trigger: any-failed")
    shop.write(job("a"), after("b", "a"), alarm)
    endpoint.failing["a"] = 1
    with muted(), Looks(together=2).watched():
        both = [shop.begin("--run-id", each) for each in ("one", "two")]
        done = [each.end() for each in both]
    assert endpoint.started == ["a", "alarm"]
    for each in done:
        assert each.code == 1
        assert each.statuses["a"] == "failed"
        assert each.statuses["b"] == "skipped"


def test_two_applies_at_once_each_run_what_runs_every_time(shop: Shop, endpoint: Endpoint) -> None:
    shop.write(job("a"), after("report", "a", "run: always"), job("fast", machine="quick"))
    with muted(), Looks(together=2).watched():
        both = [shop.begin("--run-id", each) for each in ("one", "two")]
        done = [each.end() for each in both]
    assert [each.code for each in done] == [0, 0]
    assert endpoint.started == ["a", "fast", "fast", "report", "report"]


def test_other_work_of_a_job_that_still_runs_is_waited_for(shop: Shop, endpoint: Endpoint) -> None:
    shop.write(job("a", n=1))
    endpoint.held = {"a"}
    with applying(shop, results="one.json") as one:
        one.wait_for("a", "started")
        shop.write(job("a", n=2))
        planned = shop.plan()
        assert planned.actions == {"a": "run"}
        with applying(shop, results="two.json") as two:
            two.wait_for("a", "waiting_for")
            assert endpoint.started == ["a"]
            endpoint.release("a")
            done = one.end(), two.end()
    assert [each.code for each in done] == [0, 0]
    assert [each.input["n"] for each in endpoint.starts] == [1, 2]
    first, second = endpoint.executions("a")
    assert first.ended < second.started


def test_a_start_is_refused_where_someone_newer_was(
    shop: Shop, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "EVERY", 0.0)
    shop.write(job("slow"), job("a", "needs: [slow]", n=1), after("b", "a"))
    endpoint.held = {"slow"}
    with muted():
        older = shop.begin()
        endpoint.wait_for(lambda: "slow" in endpoint.started)
        shop.write(job("a", n=2))
        assert shop.apply().started == ["a"]
        endpoint.release("slow")
        done = older.end()
    assert [each.input["n"] for each in endpoint.starts if each.job == "a"] == [2]
    assert done.code == 1
    assert done.statuses == {"slow": "succeeded", "a": "failed", "b": "skipped"}
    assert endpoint.executions("a")[0].start.name in done.reason("a")


def test_new_code_before_a_late_start_of_a_reviewed_plan_refuses_that_start(
    shop: Shop, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "EVERY", 0.0)
    shop.write(job("slow", machine="other"), job("a", "needs: [slow]"))
    shop.plan("-o", "plan.json")
    endpoint.held = {"slow"}
    with muted():
        reviewed = shop.begin(specs="plan.json")
        endpoint.wait_for(lambda: "slow" in endpoint.started)
        endpoint.deploy("work", "22222222-2222-3333-4444-555555555555")
        endpoint.release("slow")
        done = reviewed.end()
    assert endpoint.started == ["slow"]
    assert done.code == 1
    assert done.statuses == {"slow": "succeeded", "a": "failed"}


def test_new_code_before_a_late_start_is_taken_where_no_plan_was_reviewed(
    shop: Shop, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "EVERY", 0.0)
    shop.write(job("slow", machine="other"), job("a", "needs: [slow]", "rerunOn: revision"))
    endpoint.held = {"slow"}
    with muted():
        running = shop.begin()
        endpoint.wait_for(lambda: "slow" in endpoint.started)
        endpoint.deploy("work", "22222222-2222-3333-4444-555555555555")
        endpoint.release("slow")
        assert running.end().code == 0
    assert endpoint.started == ["a", "slow"]
    assert shop.apply().started == []
