"""What a job's past makes of its work. Executions are told by a letter for their work."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.identity import execution_name, job_tag, read_name, run_digits
from runner.memory import (
    CLOCKS_DIFFER,
    KEPT,
    LeftFailed,
    Past,
    Seen,
    ToStart,
    UnderWay,
    UpToDate,
    Why,
    Work,
    decide,
    newcomer,
    not_before,
    pasts,
    remembered_until,
)
from runner.model import RunPolicy
from runner.provider import Execution, ExecutionStatus, History

if TYPE_CHECKING:
    import random

ARN = "arn:aws:states:us-east-1:123456789012:execution:load"
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
Letter = Literal["a", "b", "c"]
DONE, FAILED, ON, UNKNOWN = (
    ExecutionStatus.SUCCEEDED,
    ExecutionStatus.FAILED,
    ExecutionStatus.RUNNING,
    ExecutionStatus.UNRECOGNISED,
)


def execution(
    letter: Letter = "a",
    attempt: int = 1,
    *,
    began: float = 0,
    status: ExecutionStatus = DONE,
    run: str | None = None,
    job: str = "load",
    **more: Any,
) -> Execution:
    name = execution_name("shop", job, letter * 20, run_id=run, attempt=attempt)
    started = BEGINNING + timedelta(seconds=began)
    return Execution(f"{ARN}:{name}", name, status, status.value, started_at=started, **more)


def past(*executions: Execution, **more: Any) -> Past:
    """A past of executions that are given oldest first; each began a second after the last."""
    dated = [
        replace(one, started_at=BEGINNING + timedelta(seconds=second))
        for second, one in enumerate(executions)
    ]
    return Past(**more).added(*dated)


def work(
    letter: Letter = "a",
    policy: RunPolicy = RunPolicy.ON_CHANGE,
    *,
    run: str | None = None,
    retried: bool = True,
) -> Work:
    return Work((letter * 20,), policy, run_digits(run), retried)


ONCE, ALWAYS = RunPolicy.ONCE, RunPolicy.ALWAYS


def test_what_never_ran_is_started() -> None:
    assert decide(past(), work()) == ToStart(1, Why.NEVER)


def test_the_same_work_is_up_to_date_by_the_newest_execution() -> None:
    before = past(execution("b"), execution())
    assert decide(before, work()) == UpToDate(before.seen[0].execution)


def test_other_work_has_changed() -> None:
    before = past(execution("b"))
    assert decide(before, work()) == ToStart(1, Why.CHANGED, newest=before.seen[0].execution)


def test_a_change_that_is_reverted_runs_again_as_the_next_attempt() -> None:
    before = past(execution("a"), execution("a", 2), execution("b"))
    assert decide(before, work()) == ToStart(3, Why.REVERTED, newest=before.seen[0].execution)


def test_work_that_never_succeeded_was_not_reverted() -> None:
    before = past(execution("a", status=FAILED), execution("b"))
    assert decide(before, work()) == ToStart(2, Why.CHANGED, newest=before.seen[0].execution)


@pytest.mark.parametrize(
    "status", [FAILED, ExecutionStatus.TIMED_OUT, ExecutionStatus.ABORTED], ids=str
)
def test_what_failed_is_tried_again_unless_it_is_to_be_left(status: ExecutionStatus) -> None:
    before = past(execution("a"), execution("a", 2, status=status))
    newest = before.seen[0].execution
    assert decide(before, work()) == ToStart(3, Why.FAILED, newest=newest)
    assert decide(before, work(retried=False)) == LeftFailed(newest)


def test_only_the_failure_of_this_work_is_left() -> None:
    before = past(execution("a", status=FAILED), execution("b", status=FAILED))
    verdict = decide(before, work(retried=False))
    assert isinstance(verdict, ToStart)
    assert (verdict.attempt, verdict.why) == (2, Why.CHANGED)


def test_work_that_is_being_done_is_under_way_though_other_work_began_later() -> None:
    before = past(execution("a", status=ON), execution("b"))
    assert decide(before, work()) == UnderWay(before.seen[1].execution)


@pytest.mark.parametrize("policy", RunPolicy)
@pytest.mark.parametrize("status", [UNKNOWN, ExecutionStatus.PENDING_REDRIVE], ids=str)
def test_a_status_that_may_change_is_never_taken_for_an_end(
    status: ExecutionStatus, policy: RunPolicy
) -> None:
    before = past(execution("a", status=status))
    assert decide(before, work(policy=policy)) == UnderWay(before.seen[0].execution)


@pytest.mark.parametrize("status", [ON, UNKNOWN], ids=str)
def test_other_work_of_the_job_that_still_runs_has_to_end_first(status: ExecutionStatus) -> None:
    before = past(execution("b", status=status), execution("c"))
    newest, running = (one.execution for one in before.seen)
    assert decide(before, work()) == ToStart(1, Why.CHANGED, newest=newest, after=running)


def test_once_any_success_of_this_work_counts() -> None:
    before = past(execution("a"), execution("a", 2, status=FAILED), execution("b"))
    assert decide(before, work(policy=ONCE)) == UpToDate(before.seen[2].execution)
    assert isinstance(decide(before, work()), ToStart)


def test_once_what_never_succeeded_is_tried_again_whatever_came_since() -> None:
    before = past(execution("a", status=FAILED), execution("b"))
    newest = before.seen[0].execution
    assert decide(before, work(policy=ONCE)) == ToStart(2, Why.FAILED, newest=newest)
    assert decide(before, work(policy=ONCE, retried=False)) == LeftFailed(before.seen[1].execution)


def test_once_work_that_is_new_is_started() -> None:
    verdict = decide(past(execution("b")), work(policy=ONCE))
    assert isinstance(verdict, ToStart)
    assert (verdict.attempt, verdict.why) == (1, Why.CHANGED)


def test_what_runs_every_time_counts_only_its_own_run() -> None:
    before = past(execution("a", run="1"), execution("a", 3, run="2"))
    verdict = decide(before, work(policy=ALWAYS, run="3"))
    assert verdict == ToStart(1, Why.EVERY_RUN, newest=before.seen[0].execution)
    assert decide(before, work(policy=ALWAYS, run="1")) == UpToDate(before.seen[1].execution)


def test_a_run_that_goes_on_tries_what_it_left_failed() -> None:
    before = past(execution("a", 7, run="1"), execution("a", 2, run="2", status=FAILED))
    newest = before.seen[0].execution
    assert decide(before, work(run="2")) == ToStart(3, Why.FAILED, newest=newest)
    assert decide(before, work(run="2", retried=False)) == LeftFailed(newest)


def test_the_same_work_of_another_run_has_to_end_first() -> None:
    before = past(execution("a", run="1", status=ON))
    running = before.seen[0].execution
    assert decide(before, work(run="2")) == ToStart(1, Why.EVERY_RUN, running, running)


def test_what_was_run_again_by_hand_is_up_to_date_afterwards() -> None:
    before = past(execution("a"), execution("b"), execution("a", run="1"))
    assert decide(before, work()) == UpToDate(before.seen[0].execution)


def test_the_attempts_of_a_run_of_its_own_do_not_count_for_others() -> None:
    before = past(execution("a", 2, status=FAILED), execution("a", 9, run="1", status=FAILED))
    verdict = decide(before, work())
    assert isinstance(verdict, ToStart)
    assert (verdict.attempt, verdict.why) == (3, Why.FAILED)


def test_a_run_that_is_not_known_yet_has_started_nothing() -> None:
    verdict = decide(past(execution("a", run="1")), Work(("a" * 20,), ALWAYS, "?"))
    assert isinstance(verdict, ToStart)
    assert (verdict.attempt, verdict.why) == (1, Why.EVERY_RUN)


def test_an_upgrade_alone_starts_nothing() -> None:
    before = past(execution("b"))
    upgraded = Work(("a" * 20, "b" * 20), RunPolicy.ON_CHANGE)
    assert decide(before, upgraded) == UpToDate(before.seen[0].execution)


def test_a_redriven_execution_is_as_it_is_now() -> None:
    failed = execution("a", status=FAILED)
    redriven = replace(failed, status=DONE, redrive_count=1)
    assert decide(past(failed).added(redriven), work()) == UpToDate(redriven)


letters = st.sampled_from(["a", "b", "c"])
statuses = st.sampled_from([*ExecutionStatus])
runs = st.sampled_from([None, "1", "2"])
executions = st.builds(
    execution, letters, st.integers(1, 4), status=statuses, run=runs, began=st.integers(0, 99)
)
each_once = st.lists(
    executions, max_size=8, unique_by=(lambda one: one.arn, lambda one: one.started_at)
)
some_pasts = each_once.map(lambda some: Past().added(*some))
works = st.builds(work, letters, st.sampled_from(RunPolicy), run=runs, retried=st.booleans())


@given(some_pasts, works)
def test_only_a_success_of_this_work_is_up_to_date(before: Past, wanted: Work) -> None:
    verdict = decide(before, wanted)
    if isinstance(verdict, UpToDate):
        name = read_name(verdict.execution.name)
        assert name is not None
        assert verdict.execution.status is DONE
        assert name.fingerprint in wanted.fingerprints
        assert wanted.run in ("0", name.run)
        newest = before.newest
        assert wanted.policy is ONCE or wanted.is_of_run or newest == Seen(name, verdict.execution)


@given(some_pasts, works)
def test_a_start_never_takes_a_name_that_is_known(before: Past, wanted: Work) -> None:
    verdict = decide(before, wanted)
    if isinstance(verdict, ToStart):
        taken = {
            one.name.attempt
            for one in before.seen
            if (one.name.fingerprint, one.name.run) == (wanted.fingerprints[0], wanted.run)
        }
        assert verdict.attempt == max(taken, default=0) + 1


@given(some_pasts, works)
def test_nothing_is_started_beside_work_of_its_own_that_runs(before: Past, wanted: Work) -> None:
    verdict = decide(before, wanted)
    if isinstance(verdict, ToStart):
        running = [one.execution for one in before.seen if one.may_change]
        assert (verdict.after is not None) == bool(running)
        assert verdict.after is None or verdict.after in running


def started(verdict: ToStart, wanted: Work, at: float, status: ExecutionStatus) -> Execution:
    tag = job_tag("shop", "load")
    name = f"{tag}-{wanted.fingerprints[0]}-{wanted.run}-{verdict.attempt}"
    began = BEGINNING + timedelta(seconds=at)
    return Execution(f"{ARN}:{name}", name, status, status.value, started_at=began)


@given(some_pasts, works, statuses)
def test_what_was_started_decides_from_then_on(
    before: Past, wanted: Work, status: ExecutionStatus
) -> None:
    verdict = decide(before, wanted)
    if not isinstance(verdict, ToStart):
        return
    newest = started(verdict, wanted, 100, status)
    after = decide(before.added(newest), wanted)
    if status is DONE and wanted.policy is ONCE:
        assert isinstance(after, UpToDate)
    elif status is DONE:
        assert after == UpToDate(newest)
    elif status.is_running or status is UNKNOWN:
        assert after == UnderWay(newest)
    elif not wanted.retried:
        assert after == LeftFailed(newest)
    else:
        assert after == ToStart(verdict.attempt + 1, Why.FAILED, newest, verdict.after)


@given(each_once, works, st.randoms(use_true_random=False))
def test_the_order_in_which_executions_are_told_does_not_count(
    some: list[Execution], wanted: Work, chance: random.Random
) -> None:
    shuffled = chance.sample(some, len(some))
    told = pasts(History(tuple(some)), [job_tag("shop", "load")])[job_tag("shop", "load")]
    assert told == Past().added(*some) == Past().added(*shuffled)
    assert told == Past().added(*shuffled[::2]).added(*shuffled)
    assert decide(told, wanted) == decide(Past().added(*shuffled), wanted)


@given(st.lists(letters, max_size=12))
def test_every_change_runs_once_and_nothing_else_does(changes: list[Letter]) -> None:
    known, starts = Past(), 0
    for at, letter in enumerate(changes):
        verdict = decide(known, work(letter))
        if isinstance(verdict, ToStart):
            starts += 1
            known = known.added(started(verdict, work(letter), at, DONE))
        assert isinstance(decide(known, work(letter)), UpToDate)
    assert starts == sum(
        1 for index, letter in enumerate(changes) if index == 0 or changes[index - 1] != letter
    )
    assert len(known.seen) == starts


@given(st.lists(letters, max_size=12))
def test_once_every_work_runs_once(changes: list[Letter]) -> None:
    known = Past()
    for at, letter in enumerate(changes):
        verdict = decide(known, work(letter, ONCE))
        if isinstance(verdict, ToStart):
            known = known.added(started(verdict, work(letter, ONCE), at, DONE))
    assert len(known.seen) == len(set(changes))


def test_a_list_that_lags_is_not_taken_for_news() -> None:
    ended = execution(status=DONE, input="{}", output="[1]")
    assert past(ended).added(replace(ended, status=ON, input=None)) == past(ended)
    assert past(ended).added(replace(ended, input=None, output=None)) == past(ended)


def test_what_is_told_anew_is_taken() -> None:
    running = execution(status=ON)
    for status in ExecutionStatus:
        told = replace(running, status=status)
        assert past(running).added(told).seen[0].execution == told
    redriven = execution(status=ON, redrive_count=1)
    assert past(execution(status=FAILED)).added(redriven).seen[0].execution == redriven
    assert past(redriven).added(execution(status=FAILED)) == past(redriven)
    same_name_again = execution(status=ON, began=90 * 86_400)
    assert past(execution(input="{}")).added(same_name_again).seen[0].execution == same_name_again


def test_a_description_is_taken_for_a_row_of_a_list() -> None:
    row = execution()
    described = replace(row, input="{}", output="[]")
    assert past(row).added(described).seen[0].execution == described


def test_of_two_that_began_at_one_moment_the_one_told_later_is_the_newer() -> None:
    before = Past().added(execution("a"))
    before = before.added(execution("b")).added(execution("a", 2))
    assert [one.name.attempt for one in before.seen] == [2, 1, 1]
    assert decide(before, work()) == UpToDate(before.seen[0].execution)
    # What is known already keeps its place.
    assert before.added(execution("a", input="{}")).seen[2].execution.input == "{}"


def test_executions_of_other_names_are_left_out() -> None:
    other = replace(execution(), name="by-hand", arn=f"{ARN}:by-hand")
    assert past(other) == past()


def test_what_the_service_has_forgotten_is_taken_out() -> None:
    first, second = execution("a"), execution("b")
    assert past(first, second).without(second.arn) == past(first)
    assert past(first).without("arn:of-another") == past(first)


def test_a_machines_history_is_told_apart_by_job() -> None:
    load, merge = job_tag("shop", "load"), job_tag("shop", "merge")
    others = replace(execution(), name="by-hand", arn=f"{ARN}:by-hand")
    mine, theirs, newer = execution(), execution(job="merge"), execution("b", began=5)
    history = History((mine, others, theirs, newer, mine), rows=900, complete=False, problem="no")
    found = pasts(history, [load, job_tag("shop", "clean")])
    assert set(found) == {load, job_tag("shop", "clean")}
    assert [one.execution for one in found[load].seen] == [newer, mine]
    assert (found[load].rows, found[load].complete, found[load].problem) == (900, False, "no")
    assert found[job_tag("shop", "clean")] == Past((), 900, False, "no")
    assert [one.execution for one in pasts(history, [merge])[merge].seen] == [theirs]


def test_the_newest_and_the_newest_success_are_told() -> None:
    assert (past().newest, past().newest_success) == (None, None)
    before = past(execution("a"), execution("b"), execution("c", status=FAILED))
    assert before.newest == before.seen[0]
    assert before.newest_success == before.seen[1]


def test_newer_executions_are_known_by_their_beginnings() -> None:
    before = past(execution("a"), execution("b"))
    assert before.knows_newer(before.seen[1].execution)
    assert not before.knows_newer(before.seen[0].execution)
    assert before.knows_newer(execution("c", began=0.5))
    assert not before.knows_newer(execution("c", began=1))
    assert not before.knows_newer(replace(execution("c"), started_at=None))


def test_someone_newer_was_here() -> None:
    before = past(execution("a"))
    theirs = execution("b", began=9)
    assert newcomer(before, before.added(theirs), work("a")) == theirs
    assert newcomer(past(), past(theirs), work("a")) is not None


def test_who_does_the_same_work_is_no_newcomer() -> None:
    before = past(execution("a"))
    assert newcomer(before, before.added(execution("b", began=9)), work("b")) is None
    assert newcomer(before, before.added(execution("b", run="2", began=9)), work("b")) is None


def test_one_of_our_own_is_no_newcomer() -> None:
    before = past(execution("a"))
    ours = execution("b", began=9)
    assert newcomer(before, before.added(ours), work("c"), own=[ours.arn]) is None


def test_what_the_list_had_not_shown_yet_is_no_newcomer_when_it_is_older() -> None:
    before = Past().added(execution("a", began=9))
    late = execution("b", began=8)
    assert newcomer(before, before.added(late), work("c")) is None


@given(some_pasts, each_once, works)
def test_a_newcomer_is_other_work_that_was_not_known(
    before: Past, later: list[Execution], wanted: Work
) -> None:
    assert newcomer(before, before, wanted) is None
    found = newcomer(before, before.added(*later), wanted)
    if found is not None:
        assert found in later
        assert found.arn not in {one.execution.arn for one in before.seen}
        assert all(mark not in found.name for mark in wanted.fingerprints)
        assert newcomer(before, before.added(*later), wanted, own=[found.arn]) != found


def test_an_execution_is_remembered_for_ninety_days_after_its_end() -> None:
    assert remembered_until(execution()) is None
    assert remembered_until(execution(stopped_at=BEGINNING)) == BEGINNING + KEPT


def test_work_that_began_before_its_need_ran_again_is_tried_under_the_next_name() -> None:
    before, after = BEGINNING - timedelta(seconds=1), BEGINNING + timedelta(seconds=1)
    seen = past(execution("a"))
    assert isinstance(decide(seen, replace(work("a"), not_before=before)), UpToDate)
    assert isinstance(decide(seen, replace(work("a"), not_before=BEGINNING)), UpToDate)
    again = decide(seen, replace(work("a"), not_before=after))
    assert again == ToStart(2, Why.CHANGED, seen.seen[0].execution)


def test_work_that_still_runs_for_an_earlier_need_is_waited_for() -> None:
    seen = past(execution("a", status=ON))
    late = replace(work("a"), not_before=BEGINNING + timedelta(days=1))
    verdict = decide(seen, late)
    assert isinstance(verdict, ToStart)
    assert verdict.after == seen.seen[0].execution


@pytest.mark.parametrize("given", [{"policy": RunPolicy.ONCE}, {"run": run_digits("r1")}])
def test_what_runs_once_or_in_this_run_counts_whenever_it_began(given: dict[str, Any]) -> None:
    run = "r1" if "run" in given else None
    seen = past(execution("a", run=run))
    late = replace(work("a"), not_before=BEGINNING + timedelta(days=1), **given)
    assert isinstance(decide(seen, late), UpToDate)


def test_another_clock_is_given_some_minutes() -> None:
    hour = timedelta(hours=1)
    assert not_before([]) is None
    assert not_before([(None, True), (BEGINNING, True)]) == BEGINNING
    assert not_before([(BEGINNING, True), (BEGINNING + hour, False)]) == (
        BEGINNING + hour - CLOCKS_DIFFER
    )
