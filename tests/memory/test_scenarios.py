"""What an apply starts, against one endpoint that keeps its memory: a fact each."""

from __future__ import annotations

from tests.fake_aws import denied
from tests.memory.fixtures import aws_environment, endpoint, kept_session, quiet, shop
from tests.memory.jobs import SUM, after, chain, document, job
from tests.memory.tools import DAY, Endpoint, Shop

__all__ = ["aws_environment", "endpoint", "kept_session", "quiet", "shop"]


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


def test_a_handler_behind_a_skipped_job_runs_again_for_each_failure(
    shop: Shop, endpoint: Endpoint
) -> None:
    alarm = job("alarm", "needs: [b]", "trigger: any-failed")
    clean = job("clean", "needs: [b]", "trigger: all-finished")
    shop.write(job("a"), job("b", "needs: [a]"), alarm, clean)
    endpoint.failing["a"] = 3
    for _ in range(3):
        failed = shop.apply()
        assert sorted(failed.started) == ["a", "alarm", "clean"]
    assert shop.apply("--no-retry").started == []


def test_a_start_that_is_denied_is_told_each_time(shop: Shop, endpoint: Endpoint) -> None:
    shop.write(job("a"), job("alarm", "needs: [a]", "trigger: any-failed", machine="other"))
    endpoint.fake.faults.add(
        "StartExecution", denied("states:StartExecution"), about="stateMachine:work"
    )
    for _ in range(2):
        failed = shop.apply()
        assert failed.started == ["alarm"]
        assert failed.statuses == {"a": "failed", "alarm": "succeeded"}


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


def test_a_watermark_outlives_the_success_that_left_it(shop: Shop, endpoint: Endpoint) -> None:
    """A failure that came later remembers what it was sent."""
    mark = "mark: {direction: inout, type: integer, value: 0, carry: true}"
    shop.write(document("load", "work", f"run: always\nparameters: {{{mark}}}"))
    for _ in range(3):
        shop.apply()
    endpoint.clock.move_on(60 * DAY)
    endpoint.failing["load"] = 1
    assert shop.apply().starts[0].input["mark"] == 3
    endpoint.clock.move_on(40 * DAY)
    assert shop.plan().data["jobs"][0]["input"] == {"mark": 3}
    assert shop.apply().starts[0].input["mark"] == 3


def test_a_watermark_never_goes_back_where_its_success_is_out_of_sight(
    shop: Shop, endpoint: Endpoint
) -> None:
    mark = "mark: {direction: inout, type: integer, value: 0, carry: true}"
    shop.write(document("load", "work", f"run: always\nparameters: {{{mark}}}"))
    for _ in range(2):
        shop.apply()
    endpoint.fake.world.vanish(endpoint.executions("load")[-1].arn)
    refused = shop.apply()
    assert refused.started == []
    assert "does not show it yet" in refused.out + refused.err


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


def test_a_watermark_that_is_added_is_a_change(shop: Shop) -> None:
    shop.write(document("load", "work", "parameters: {n: 1}"))
    shop.apply()
    mark = "mark: {direction: inout, type: integer, value: 0, carry: true}"
    shop.write(document("load", "work", f"parameters: {{n: 1, {mark}}}"))
    assert shop.plan().actions == {"load": "run"}
    assert shop.apply().started == ["load"]
    assert shop.apply().started == []


def test_what_follows_a_forgotten_job_runs_again_though_the_name_is_the_same(
    shop: Shop, endpoint: Endpoint
) -> None:
    shop.write(job("a"), after("b", "a"), after("c", "b"))
    shop.apply()
    endpoint.clock.move_on(50 * DAY)
    shop.write(job("a"), after("b", "a", n=5), after("c", "b"))
    assert shop.apply().started == ["b", "c"]
    endpoint.clock.move_on(45 * DAY)
    assert shop.plan().actions == {"a": "run", "b": "run", "c": "run"}
    assert shop.apply().started == ["a", "b", "c"]
    assert shop.plan().actions == {"a": "up-to-date", "b": "up-to-date", "c": "up-to-date"}
    assert shop.apply().started == []


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
