"""What an apply starts, against one endpoint that keeps its memory: a fact each."""

from __future__ import annotations

import json

import pytest

from runner.schedule import checking
from tests.cli.tools import job as document
from tests.fake_aws import slow
from tests.memory.fixtures import aws_environment, endpoint, kept_session, quiet, shop
from tests.memory.processes import applying
from tests.memory.tools import DAY, Endpoint, Looks, Shop, muted

__all__ = ["aws_environment", "endpoint", "kept_session", "quiet", "shop"]

SUM = "sum: {direction: output, type: integer}"


def job(name: str, *lines: str, n: int | str = 1, machine: str = "work") -> str:
    """A job with a parameter `n` and the output `sum`; `lines` are more of its spec."""
    return document(name, machine, "\n".join((*lines, f"parameters: {{n: {n}, {SUM}}}")))


def after(name: str, need: str, *lines: str, n: int | str = 1) -> str:
    """A job that takes a need's sum."""
    taken = f"from: '${{{{ jobs.{need}.outputs.sum }}}}'"
    return document(name, "work", "\n".join((*lines, f"parameters: {{n: {n}, {taken}, {SUM}}}")))


def chain(n: int = 1) -> tuple[str, ...]:
    """a, b after it, c after that, and d, which needs none of them."""
    return job("a", n=n), after("b", "a"), after("c", "b"), job("d")


# The second apply, and changes


def test_a_second_apply_starts_nothing_and_still_hands_outputs_on(shop: Shop) -> None:
    shop.write(*chain())
    first = shop.apply()
    assert first.started[0] in "ad"
    assert sorted(first.started) == ["a", "b", "c", "d"]
    second = shop.apply()
    assert second.started == []
    assert second.code == 0
    assert set(second.statuses.values()) == {"up_to_date"}
    assert (
        second.outputs
        == first.outputs
        == {n: {"sum": s} for n, s in zip("abcd", (1, 2, 3, 1), strict=True)}
    )


def test_a_changed_input_starts_the_job_and_what_comes_after_it(shop: Shop) -> None:
    shop.write(*chain(n=1))
    shop.apply()
    shop.write(*chain(n=5))
    changed = shop.apply()
    assert changed.started == ["a", "b", "c"]
    assert changed.outputs["c"] == {"sum": 7}
    assert changed.statuses["d"] == "up_to_date"


def test_a_change_in_the_middle_starts_nothing_before_it(shop: Shop) -> None:
    shop.write(job("a"), after("b", "a"), after("c", "b"))
    shop.apply()
    shop.write(job("a"), after("b", "a", n=9), after("c", "b"))
    changed = shop.apply()
    assert changed.started == ["b", "c"]
    assert changed.outputs["c"] == {"sum": 11}


def test_a_change_that_is_reverted_starts_them_again(shop: Shop) -> None:
    for n in (1, 5):
        shop.write(*chain(n))
        shop.apply()
    shop.write(*chain(n=1))
    planned = shop.plan()
    assert planned.actions == {"a": "run", "b": "run", "c": "run", "d": "up-to-date"}
    assert "changed back" in planned.reason("a")
    assert shop.apply().started == ["a", "b", "c"]
    assert shop.apply().started == []


def test_what_is_cosmetic_starts_nothing(shop: Shop) -> None:
    shop.write(job("a"), after("b", "a"))
    shop.apply()
    more = ("timeout: 2h", "retry: {maxAttempts: 3}", "onCancel: detach")
    labelled = job("a", *more).replace("{name: a}", "{name: a, labels: {team: x}, description: y}")
    shop.write(labelled, after("b", "a"))
    assert set(shop.plan().actions.values()) == {"up-to-date"}
    assert shop.apply().started == []


def test_the_order_of_what_stands_in_a_spec_is_no_change(shop: Shop) -> None:
    shop.write(job("a"), job("b"), document("c", more="needs: [a, b]\nparameters: {x: 1, y: 2}"))
    shop.write(job("a"), job("b"), document("c", "work", "needs: [a, b]\nparameters: {x: 1, y: 2}"))
    shop.apply()
    shop.write(document("c", "work", "needs: [b, a]\nparameters: {y: 2, x: 1}"), job("b"), job("a"))
    assert shop.apply().started == []


def test_a_new_job_is_the_only_one_that_starts(shop: Shop) -> None:
    shop.write(job("a"), after("b", "a"))
    shop.apply()
    shop.write(job("a"), after("b", "a"), after("c", "a"))
    added = shop.apply()
    assert added.started == ["c"]
    assert added.outputs["c"] == {"sum": 2}


def test_a_job_that_is_taken_out_and_put_back_is_up_to_date(shop: Shop) -> None:
    shop.write(job("a"), job("b"))
    shop.apply()
    shop.write(job("a"))
    assert shop.apply().started == []
    shop.write(job("a"), job("b"))
    assert shop.apply().started == []


def test_a_renamed_job_runs_anew_and_so_does_what_needs_it(shop: Shop) -> None:
    shop.write(job("a"), after("b", "a"), job("c"))
    shop.apply()
    shop.write(job("z"), after("b", "z"), job("c"))
    assert shop.apply().started == ["z", "b"]


def test_a_new_need_is_a_change(shop: Shop) -> None:
    shop.write(job("a"), job("b"))
    shop.apply()
    shop.write(job("a"), job("b", "needs: [a]"))
    assert shop.apply().started == ["b"]


def test_a_rotated_secret_is_no_change_and_a_raised_revision_is(shop: Shop) -> None:
    def secret(revision: int) -> str:
        value = f"{{value: '${{{{ vars.token }}}}', sensitive: true, revision: {revision}}}"
        return document("a", "work", f"parameters: {{token: {value}}}")

    shop.write(secret(1))
    assert shop.apply("--var", "token=one").started == ["a"]
    assert shop.apply("--var", "token=two").started == []
    shop.write(secret(2))
    (start,) = shop.apply("--var", "token=two").starts
    assert start.input == {"token": "two"}


# Failures


def test_a_failed_job_is_retried_and_then_everything_after_it_runs(
    shop: Shop, endpoint: Endpoint
) -> None:
    shop.write(job("a"), after("b", "a"), after("c", "b"), job("d"))
    endpoint.failing["b"] = 1
    failed = shop.apply()
    assert failed.code == 1
    assert failed.statuses == {"a": "succeeded", "b": "failed", "c": "skipped", "d": "succeeded"}
    actions = {"a": "up-to-date", "b": "retry", "c": "run", "d": "up-to-date"}
    assert shop.plan().actions == actions
    again = shop.apply()
    assert again.started == ["b", "c"]
    assert again.code == 0
    assert [each.start.name[-2:] for each in endpoint.executions("b")] == ["-1", "-2"]
    assert again.outputs["c"] == {"sum": 3}
    assert shop.apply().started == []


def test_a_failure_handler_runs_again_for_the_second_failure(
    shop: Shop, endpoint: Endpoint
) -> None:
    shop.write(job("a"), job("alarm", "needs: [a]", "trigger: any-failed"))
    endpoint.failing["a"] = 2
    for _ in range(2):
        failed = shop.apply()
        assert failed.started == ["a", "alarm"]
        assert failed.statuses == {"a": "failed", "alarm": "succeeded"}
    mended = shop.apply()
    assert mended.started == ["a"]
    assert mended.statuses == {"a": "succeeded", "alarm": "skipped"}


def test_a_handler_behind_a_job_that_is_skipped_hears_of_a_failure(
    shop: Shop, endpoint: Endpoint
) -> None:
    alarm = job("alarm", "needs: [b]", "trigger: any-failed")
    shop.write(job("a"), job("b", "needs: [a]", "if: false"), alarm)
    assert shop.plan().actions == {"a": "run", "b": "skip", "alarm": "decide-later"}
    endpoint.failing["a"] = 1
    failed = shop.apply()
    assert failed.started == ["a", "alarm"]
    assert failed.statuses == {"a": "failed", "b": "skipped", "alarm": "succeeded"}


def test_a_failure_is_left_alone_with_no_retry(shop: Shop, endpoint: Endpoint) -> None:
    alarm = job("alarm", "needs: [a]", "trigger: any-failed")
    shop.write(job("a"), after("b", "a"), alarm, job("d"))
    endpoint.failing["a"] = 1
    shop.apply()
    planned = shop.plan("--no-retry")
    assert planned.actions["a"] == "skip"
    left = shop.apply("--no-retry")
    assert left.started == []
    assert left.code == 1
    assert left.statuses["a"] == "failed"
    assert left.statuses["b"] == "skipped"
    assert left.statuses["alarm"] == "up_to_date"
    assert left.job("a")["executionName"] == endpoint.executions("a")[0].start.name


def test_no_retry_still_starts_what_is_new(shop: Shop, endpoint: Endpoint) -> None:
    shop.write(job("a"))
    endpoint.failing["a"] = 1
    shop.apply()
    shop.write(job("a", n=2), job("d"))
    assert sorted(shop.apply("--no-retry").started) == ["a", "d"]


# What runs when


def test_a_nightly_project_runs_once_for_each_date(shop: Shop) -> None:
    nightly = document("load", "work", f"parameters: {{day: '${{{{ vars.day }}}}', {SUM}}}")
    shop.write(nightly, after("mart", "load"), job("a"))
    assert len(shop.apply("--var", "day=2026-11-19").started) == 3
    assert shop.apply("--var", "day=2026-11-19").started == []
    second = shop.apply("--var", "day=2026-11-20")
    assert second.started == ["load", "mart"]
    assert second.starts[0].input == {"day": "2026-11-20"}
    assert shop.apply("--var", "day=2026-11-20").started == []


def test_a_watermark_moves_on(shop: Shop, endpoint: Endpoint) -> None:
    mark = "mark: {direction: inout, type: integer, value: 10, carry: true}"
    shop.write(document("load", "work", f"run: always\nparameters: {{{mark}}}"))
    sent = [shop.apply().starts[0].input["mark"] for _ in range(2)]
    endpoint.failing["load"] = 1
    sent += [shop.apply().starts[0].input["mark"] for _ in range(2)]
    assert sent == [10, 11, 12, 12]


def test_a_watermark_is_no_change_and_is_kept_over_changes(shop: Shop) -> None:
    def load(n: int) -> str:
        mark = "mark: {direction: inout, type: integer, value: 0, carry: true}"
        return document("load", "work", f"parameters: {{n: {n}, {mark}}}")

    shop.write(
        load(1), document("next", "work", "parameters: {m: '${{ jobs.load.outputs.mark }}'}")
    )
    assert shop.apply().started == ["load", "next"]
    again = shop.apply()
    assert again.started == []
    assert again.outputs["load"] == {"mark": 1}
    shop.write(
        load(2), document("next", "work", "parameters: {m: '${{ jobs.load.outputs.mark }}'}")
    )
    changed = shop.apply()
    assert [each.input for each in changed.starts] == [{"n": 2, "mark": 1}, {"m": 2}]


def test_once_runs_once_for_each_input_in_any_order(shop: Shop, endpoint: Endpoint) -> None:
    started = []
    endpoint.failing["load"] = 1
    for n in (1, 2, 1, 2, 3, 1):
        shop.write(job("load", "run: once", n=n))
        started += [start.input["n"] for start in shop.apply().starts]
    assert started == [1, 2, 1, 3]


def test_once_a_success_counts_whatever_came_after_it(shop: Shop, endpoint: Endpoint) -> None:
    shop.write(job("load", "run: once"))
    shop.apply()
    endpoint.failing["load"] = 1
    assert shop.apply("--rerun").code == 1
    again = shop.apply()
    assert again.started == []
    assert again.statuses == {"load": "up_to_date"}


def test_always_runs_in_every_apply_and_so_does_what_needs_it(shop: Shop) -> None:
    shop.write(job("a", "run: always"), after("b", "a"), job("c"))
    assert sorted(shop.apply().started) == ["a", "b", "c"]
    assert shop.plan().actions == {"a": "run", "b": "run", "c": "up-to-date"}
    assert shop.apply().started == ["a", "b"]


def test_always_runs_once_in_one_run(shop: Shop) -> None:
    shop.write(job("a", "run: always"), after("b", "a"))
    shop.apply("--run-id", "nightly-7")
    again = shop.apply("--run-id", "nightly-7")
    assert again.started == []
    assert again.statuses == {"a": "up_to_date", "b": "up_to_date"}


def test_an_input_with_the_run_id_is_new_in_every_run(shop: Shop) -> None:
    shop.write(document("a", "work", "parameters: {id: '${{ run.id }}'}"), job("b"))
    assert sorted(shop.apply("--run-id", "one").started) == ["a", "b"]
    assert shop.plan().actions == {"a": "run", "b": "up-to-date"}
    assert shop.apply("--run-id", "one").started == []
    assert shop.apply("--run-id", "two").starts[0].input == {"id": "two"}


def test_new_code_is_a_change_where_the_job_says_so(shop: Shop, endpoint: Endpoint) -> None:
    shop.write(job("a", "rerunOn: revision"), job("b"))
    shop.apply()
    assert shop.apply().started == []
    endpoint.deploy("work", "22222222-2222-3333-4444-555555555555")
    assert shop.plan().actions == {"a": "run", "b": "up-to-date"}
    assert shop.apply().started == ["a"]
    assert shop.apply().started == []


def test_rerun_runs_a_job_again_and_what_comes_after_it(shop: Shop) -> None:
    shop.write(*chain())
    shop.apply()
    planned = shop.plan("--rerun", "b")
    assert planned.actions == {"a": "up-to-date", "b": "run", "c": "run", "d": "up-to-date"}
    assert shop.apply("--rerun", "b").started == ["b", "c"]
    assert shop.apply().started == []


def test_an_execution_that_was_forgotten_counts_as_new(shop: Shop, endpoint: Endpoint) -> None:
    shop.write(job("a"), after("b", "a"))
    shop.apply()
    endpoint.clock.move_on(89 * DAY)
    assert shop.apply().started == []
    endpoint.clock.move_on(2 * DAY)
    assert shop.plan().actions == {"a": "run", "b": "run"}
    assert shop.apply().started == ["a", "b"]


def test_an_execution_that_vanished_counts_as_new(shop: Shop, endpoint: Endpoint) -> None:
    endpoint.clock.turn_back(30 * DAY)
    shop.write(job("a"), after("b", "a"))
    shop.apply()
    endpoint.clock.move_on(30 * DAY)
    (gone,) = endpoint.executions("a")
    endpoint.fake.world.vanish(gone.arn)
    again = shop.apply()
    assert again.started == ["a", "b"]
    assert again.code == 0
    assert again.starts[0].name.endswith("-2")


# Selection


def test_a_need_that_is_not_selected_is_read_back_and_never_started(shop: Shop) -> None:
    shop.write(job("a", n=4), after("b", "a"), job("c"))
    shop.apply("--select", "a")
    selected = shop.apply("--select", "b")
    assert selected.started == ["b"]
    assert selected.code == 0
    assert selected.starts[0].input == {"n": 1, "from": 4}


def test_a_need_that_is_neither_selected_nor_up_to_date_refuses_the_plan(
    shop: Shop, endpoint: Endpoint
) -> None:
    shop.write(job("a"), after("b", "a"))
    refused = shop.apply("--select", "b")
    assert refused.code == 3
    assert refused.started == []
    assert "+b" in refused.err
    endpoint.failing["a"] = 1
    shop.apply()
    assert shop.apply("--select", "b").code == 3
    assert shop.apply("--select", "+b").started == ["a", "b"]


# Express


@pytest.mark.parametrize(("machine", "started"), [("flat", ["e"]), ("quick", ["e"])])
def test_what_needs_express_runs_only_if_what_that_hands_on_is_new(
    shop: Shop, machine: str, started: list[str]
) -> None:
    shop.write(job("e", machine=machine), after("b", "e"))
    first = shop.apply()
    assert first.started == ["e", "b"]
    assert shop.plan().actions == {"e": "run", "b": "decide-later"}
    second = shop.apply()
    assert second.started == started
    assert second.statuses == {"e": "succeeded", "b": "up_to_date"}
    assert second.outputs["b"] == first.outputs["b"]
    shop.write(job("e", n=2, machine=machine), after("b", "e"))
    assert shop.apply().started == ["e", "b"]


@pytest.mark.parametrize("machine", ["flat", "quick"])
def test_what_express_takes_counts_for_what_needs_it(shop: Shop, machine: str) -> None:
    """Whether it hands on the same (flat) or not: it did other work."""

    def jobs(n: int) -> tuple[str, ...]:
        taken = f"parameters: {{x: '${{{{ jobs.a.outputs.sum }}}}', {SUM}}}"
        return job("a", n=n), document("e", machine, taken), after("b", "e")

    shop.write(*jobs(1))
    assert shop.apply().started == ["a", "e", "b"]
    assert shop.apply().started == ["e"]
    shop.write(*jobs(2))
    assert shop.apply().started == ["a", "e", "b"]
    assert shop.apply().started == ["e"]


def test_what_needs_express_runs_when_that_hands_on_something_else_of_itself(
    shop: Shop, endpoint: Endpoint
) -> None:
    shop.write(job("e", machine="quick"), after("b", "e"))
    shop.apply()
    endpoint.moods["e"] = 7
    changed = shop.apply()
    assert changed.started == ["e", "b"]
    assert changed.outputs["b"] == {"sum": 9}
    assert shop.apply().started == ["e"]


def test_what_needs_express_that_hands_nothing_on_runs_every_time(shop: Shop) -> None:
    shop.write(
        document("e", "quick", "parameters: {n: 1}"), job("b", "needs: [e]"), after("c", "b")
    )
    shop.apply()
    assert shop.plan().actions == {"e": "run", "b": "run", "c": "run"}
    assert shop.apply().started == ["e", "b", "c"]


# What can't be seen


def test_a_crowded_machine_is_looked_through_in_bounds_and_names_are_asked_for(
    shop: Shop, endpoint: Endpoint
) -> None:
    shop.project = shop.project.rstrip("\n") + "\n  limits: {lookback: 1}\n"
    shop.write(job("a"), after("b", "a"))
    shop.apply()
    endpoint.crowd("work", 2_500)
    endpoint.fake.forget_calls()
    planned = shop.plan()
    assert planned.actions == {"a": "up-to-date", "b": "up-to-date"}
    assert endpoint.fake.calls["ListExecutions"] == 1
    assert "the newest 1,000 executions" in planned.reason("a")
    again = shop.apply()
    assert again.started == []
    assert again.outputs["b"] == {"sum": 2}
    shop.write(job("a", n=3), after("b", "a"))
    assert shop.apply().started == ["a", "b"]


def test_a_watermark_that_cannot_be_seen_refuses_the_plan(shop: Shop, endpoint: Endpoint) -> None:
    shop.project = shop.project.rstrip("\n") + "\n  limits: {lookback: 1}\n"
    mark = "mark: {direction: inout, type: integer, value: 0, carry: true}"
    shop.write(document("load", "work", f"run: always\nparameters: {{{mark}}}"))
    endpoint.crowd("work", 2_500)
    refused = shop.apply()
    assert refused.code == 3
    assert refused.started == []
    assert "lookback" in refused.err


# Saved plans, and plans without AWS


def test_a_saved_plan_starts_what_it_says(shop: Shop) -> None:
    shop.write(*chain())
    shop.plan("-o", "plan.json")
    applied = shop.apply(specs="plan.json")
    assert applied.code == 0
    assert sorted(applied.started) == ["a", "b", "c", "d"]
    assert applied.outputs["c"] == {"sum": 3}


def test_that_jobs_have_meanwhile_finished_is_no_reason_to_refuse(shop: Shop) -> None:
    shop.write(*chain())
    shop.plan("-o", "plan.json")
    shop.apply("--select", "a")
    assert sorted(shop.apply(specs="plan.json").started) == ["b", "c", "d"]
    assert shop.apply(specs="plan.json").started == []


def test_a_saved_plan_is_refused_when_a_machine_has_new_code(
    shop: Shop, endpoint: Endpoint
) -> None:
    shop.write(*chain())
    shop.plan("-o", "plan.json")
    endpoint.deploy("work", "22222222-2222-3333-4444-555555555555")
    refused = shop.apply(specs="plan.json")
    assert refused.code == 3
    assert refused.started == []
    assert "22222222" in refused.out + refused.err


def test_a_saved_plan_is_refused_when_it_would_start_what_it_does_not_say(shop: Shop) -> None:
    shop.write(*chain())
    shop.apply()
    shop.plan("-o", "plan.json")
    shop.write(*chain(n=2))
    shop.apply()
    refused = shop.apply(specs="plan.json")
    assert refused.code == 3
    assert refused.started == []
    assert "a" in refused.out + refused.err


def test_the_same_answers_give_the_same_plan(shop: Shop) -> None:
    shop.write(*chain())
    assert shop.plan().out == shop.plan().out
    shop.apply()
    assert shop.plan().out == shop.plan().out


def test_offline_nothing_is_asked_and_that_is_said(shop: Shop, endpoint: Endpoint) -> None:
    shop.write(*chain())
    shop.apply()
    endpoint.fake.forget_calls()
    planned = shop.plan("--offline")
    assert planned.code == 0
    assert endpoint.fake.calls == {}
    assert planned.data["offline"] is True
    assert "offline" in planned.reason("a")
    assert planned.actions["a"] == "run"


def test_the_exit_code_tells_whether_an_apply_would_start_something(shop: Shop) -> None:
    shop.write(*chain())
    assert shop.plan().code == 0
    assert shop.plan("--detailed-exitcode").code == 2
    shop.apply()
    assert shop.plan("--detailed-exitcode").code == 0


def test_a_saved_plan_holds_what_was_decided(shop: Shop) -> None:
    shop.write(*chain())
    shop.apply()
    shop.plan("-o", "plan.json")
    saved = json.loads((shop.folder / "plan.json").read_text())
    assert {each["action"] for each in saved["jobs"]} == {"up-to-date"}


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
